"""aioftp's client: SCENARIO HOST PORT USER PASSWORD DIRECTORY.

The directory holds the same tree as the server.
"""

import asyncio
import pathlib
import sys
import tempfile

import aioftp

LARGE = "five-mebibytes.bin"


def files(top):
    return {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*") if path.is_file()}


async def trees(client, local):
    """A whole tree there and back."""
    await client.upload(local, "copy", write_into=True)
    with tempfile.TemporaryDirectory() as other:
        await client.download("copy", other, write_into=True)
        assert files(pathlib.Path(other)) == files(local)
    await client.remove("copy")
    assert not await client.exists("copy")


async def listing(client, local):
    """MLSD, recursive too, and MLST."""
    listed = {str(path).lstrip("/"): facts for path, facts in await client.list("/", recursive=True)}
    for name, content in files(local).items():
        assert listed[name]["type"] == "file", listed
        assert int(listed[name]["size"]) == len(content), listed
    assert listed["a/b"]["type"] == "dir"
    assert (await client.stat("a/b/c/deep.txt"))["type"] == "file"
    assert await client.is_dir("a") and await client.is_file(LARGE) and not await client.exists("missing")
    by_list = {str(path): facts for path, facts in await client.list("a/b", raw_command="LIST")}
    assert set(by_list) == {"a/b/c", "a/b/beside.bin"}, by_list


async def names(client, local):
    """Directories and renames."""
    await client.make_directory("x/y \u6587/z")
    await client.change_directory("x/y \u6587")
    assert str(await client.get_current_directory()) == "/x/y \u6587"
    await client.change_directory()
    await client.change_directory("/")
    await client.rename("a/b/beside.bin", "x/moved.bin")
    assert await client.is_file("x/moved.bin") and not await client.exists("a/b/beside.bin")
    await client.remove("x")
    assert not await client.exists("x")


async def streams(client, local):
    """Streams with an offset, and appending."""
    content = (local / LARGE).read_bytes()
    async with client.download_stream(LARGE, offset=4_000_000) as stream:
        assert await stream.read() == content[4_000_000:]
    async with client.upload_stream("parts.bin") as stream:
        await stream.write(content[:1000])
    async with client.upload_stream("parts.bin", offset=500) as stream:
        await stream.write(content[500:2000])
    async with client.append_stream("parts.bin") as stream:
        await stream.write(content[2000:])
    async with client.download_stream("parts.bin") as stream:
        assert await stream.read() == content


async def abort(client, local):
    """ABOR during a download, and with nothing to abort."""
    async with client.upload_stream("huge.bin") as stream:
        for _ in range(48):
            await stream.write(bytes(1 << 20))
    stream = await client.download_stream("huge.bin")
    await stream.read(1000)
    await client.abort()
    stream.close()
    await client.abort()
    assert await client.is_file(LARGE)


async def main():
    scenario, host, port, user, password, directory = sys.argv[1:]
    async with aioftp.Client.context(host, int(port), user, password, socket_timeout=10) as client:
        await globals()[scenario](client, pathlib.Path(directory))


asyncio.run(main())
