"""Serves a directory with aioftp: HOST PORT USER PASSWORD DIRECTORY [--load]."""

import asyncio
import sys

import aioftp

host, port, user, password, directory, *load = sys.argv[1:]
# Blocks as large as the other servers'.
options = {"block_size": 256 * 1024} if load else {}


async def main():
    account = aioftp.User(user, password, base_path=directory)
    await aioftp.Server([account], **options).run(host, int(port))


asyncio.run(main())
