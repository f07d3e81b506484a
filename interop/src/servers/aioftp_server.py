"""Serves a directory with aioftp: HOST PORT USER PASSWORD DIRECTORY."""

import asyncio
import sys

import aioftp

host, port, user, password, directory = sys.argv[1:]


async def main():
    account = aioftp.User(user, password, base_path=directory)
    await aioftp.Server([account]).run(host, int(port))


asyncio.run(main())
