"""aioftp's client on whole trees: OPERATION HOST PORT USER PASSWORD REMOTE LOCAL."""

import asyncio
import sys

import aioftp


async def main():
    operation, host, port, user, password, remote, local = sys.argv[1:]
    async with aioftp.Client.context(host, int(port), user, password) as client:
        if operation == "get":
            await client.download(remote, local, write_into=True)
        elif operation == "put":
            await client.upload(local, remote, write_into=True)
        elif operation == "list":
            for path, _ in await client.list(remote, recursive=True):
                print(path)
        else:
            await client.remove(remote)


asyncio.run(main())
