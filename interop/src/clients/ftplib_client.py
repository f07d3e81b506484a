"""Python's ftplib: SCENARIO HOST PORT USER PASSWORD DIRECTORY.

The directory holds the same tree as the server. A scenario is a function of this file; what it finds wrong is an
AssertionError. Where the environment's AUTHORITY names a certificate, all is over TLS, and data connections resume the
session of the control connection.
"""

import ftplib
import io
import os
import pathlib
import socket
import ssl
import sys
import threading

LARGE = "five-mebibytes.bin"


class Resuming(ftplib.FTP_TLS):
    """FTP_TLS makes a full handshake for each data connection; this does not."""

    resumed = 0

    def ntransfercmd(self, cmd, rest=None):
        data, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        data = self.context.wrap_socket(data, server_hostname=self.host, session=self.sock.session)
        self.resumed += data.session_reused
        return data, size


def login(host, port, user, password, protected=Resuming):
    if "AUTHORITY" in os.environ:
        context = ssl.create_default_context(cafile=os.environ["AUTHORITY"])
        ftp = protected(timeout=10, encoding="utf-8", context=context)
    else:
        ftp = ftplib.FTP(timeout=10, encoding="utf-8")
    ftp.connect(host, int(port))
    ftp.login(user, password)
    if "AUTHORITY" in os.environ:
        ftp.prot_p()
    return ftp


def retrieved(ftp, name, rest=None):
    got = bytearray()
    ftp.retrbinary(f"RETR {name}", got.extend, rest=rest)
    return bytes(got)


def files(local):
    return {str(path.relative_to(local)): path.read_bytes() for path in local.rglob("*") if path.is_file()}


def binary(ftp, local):
    """Every file there, and back under another name."""
    for name, content in files(local).items():
        assert retrieved(ftp, name) == content, name
        assert ftp.size(name) == len(content), name
        reply = ftp.storbinary(f"STOR {name}.copy", io.BytesIO(content))
        assert reply.startswith("226"), reply
        assert retrieved(ftp, f"{name}.copy") == content, name


def active(ftp, local):
    """The server connects: PORT, or EPRT over IPv6."""
    ftp.set_pasv(False)
    binary(ftp, local)
    assert "empty" in ftp.nlst()


def text(ftp, local):
    """TYPE A: CR LF on the wire, the server's line ends in its files."""
    content = (local / "text.txt").read_bytes()
    lines = []
    ftp.retrlines("RETR text.txt", lines.append)
    assert lines == content.decode().split("\n"), lines
    ftp.sendcmd("TYPE A")
    with ftp.transfercmd("RETR text.txt") as data:
        wire = b"".join(iter(lambda: data.recv(65536), b""))
    ftp.voidresp()
    assert wire == content.replace(b"\n", b"\r\n")
    ftp.storlines("STOR stored.txt", io.BytesIO(content + b"\n"))
    assert retrieved(ftp, "stored.txt") == content + b"\n"


def listing(ftp, local):
    """NLST, LIST and MLSD name what is there, and their facts are true."""
    here = {path.name: path for path in local.iterdir()}
    shown = {name for name in here if not name.startswith(".")}
    assert shown <= set(ftp.nlst()) <= set(here), ftp.nlst()
    assert "deep.txt" in {pathlib.PurePosixPath(name).name for name in ftp.nlst("a/b/c")}
    lines = []
    ftp.dir(lines.append)
    assert all(any(line.endswith(" " + name) for line in lines) for name in shown), lines
    facts = {name: row for name, row in ftp.mlsd() if row["type"] not in ("cdir", "pdir")}
    assert set(facts) == set(here), facts
    for name, path in here.items():
        assert facts[name]["type"] == ("dir" if path.is_dir() else "file"), facts[name]
        if path.is_file():
            assert int(facts[name]["size"]) == path.stat().st_size, facts[name]
            assert ftp.voidcmd(f"MDTM {name}")[4:18] == facts[name]["modify"][:14], facts[name]
    try:
        ftp.nlst("missing")
    except ftplib.Error as error:
        assert str(error)[:3] in ("450", "550"), error


def resume(ftp, local):
    """REST before RETR and STOR, and APPE."""
    content = (local / LARGE).read_bytes()
    assert retrieved(ftp, LARGE, rest=1_234_567) == content[1_234_567:]
    assert retrieved(ftp, LARGE, rest=len(content)) == b""
    # The offset is used up.
    assert retrieved(ftp, LARGE) == content
    ftp.storbinary("STOR parts.bin", io.BytesIO(content[:100_000]))
    ftp.storbinary("STOR parts.bin", io.BytesIO(content[100_000:300_000]), rest=100_000)
    ftp.storbinary("APPE parts.bin", io.BytesIO(content[300_000:]))
    assert retrieved(ftp, "parts.bin") == content
    ftp.storbinary("STOR parts.bin", io.BytesIO(b"shorter"))
    assert retrieved(ftp, "parts.bin") == b"shorter"


def names(ftp, local):
    """Directories and renames, with names that need quoting."""
    for name in ('say "when"', "two  spaces", "d\u00e9j\u00e0 \u6587", "-dash", "per%cent;semi=colon"):
        assert ftp.mkd(name) == f"/{name}", name
        assert ftp.cwd(name).startswith("250")
        assert ftp.pwd() == f"/{name}"
        ftp.storbinary("STOR within", io.BytesIO(b"x"))
        ftp.rename("within", "renamed")
        assert ftp.size("renamed") == 1
        ftp.cwd("..")
        assert ftp.pwd() == "/"
        try:
            ftp.rmd(name)
            raise AssertionError("a directory that is not empty was removed")
        except ftplib.error_perm as error:
            assert str(error).startswith("550"), error
        ftp.delete(f"{name}/renamed")
        ftp.rmd(name)
        assert name not in ftp.nlst()


def refusals(ftp, local):
    """A failure has its reply, and the session goes on."""
    for command, codes in {
        "RETR missing": ("550",),
        "DELE missing": ("550",),
        "CWD missing": ("550",),
        "RNFR missing": ("550",),
        "SIZE missing": ("550",),
        "FROB": ("500", "502"),
        "TYPE X": ("501", "504"),
    }.items():
        if command.startswith("RETR"):
            ftp.voidcmd("TYPE I")
        try:
            reply = ftp.transfercmd(command) if command.startswith("RETR") else ftp.sendcmd(command)
            raise AssertionError(f"{command}: {reply}")
        except ftplib.Error as error:
            assert str(error)[:3] in codes, (command, error)
    assert ftp.voidcmd("NOOP").startswith("2")
    assert retrieved(ftp, "a/b/c/deep.txt") == (local / "a/b/c/deep.txt").read_bytes()


def abort(ftp, local):
    """ABOR as urgent data, during a transfer and idle."""

    def aborted(data):
        reply = ftp.abort()
        data.close()
        if reply.startswith("426"):
            reply = ftp.getresp()
        assert reply[:3] in ("225", "226"), reply
        assert ftp.voidcmd("NOOP").startswith("2")

    ftp.voidcmd("TYPE I")
    # More than the sockets can hold, so that the transfer is running.
    ftp.storbinary("STOR huge.bin", io.BytesIO(bytes(48 << 20)))
    data = ftp.transfercmd("RETR huge.bin")
    assert data.recv(1000)
    aborted(data)
    data = ftp.transfercmd("STOR cut.bin")
    data.sendall(bytes(100_000))
    aborted(data)
    reply = ftp.abort()
    assert reply[:3] in ("225", "226"), reply
    assert retrieved(ftp, LARGE) == (local / LARGE).read_bytes()


def gone(ftp, local):
    """A data connection that is closed early costs a 426, not the session."""
    ftp.voidcmd("TYPE I")
    ftp.storbinary("STOR huge.bin", io.BytesIO(bytes(48 << 20)))
    data = ftp.transfercmd("RETR huge.bin")
    data.recv(1)
    data.close()
    try:
        raise AssertionError(ftp.voidresp())
    except ftplib.error_temp as error:
        assert str(error).startswith("426"), error
    assert ftp.pwd() == "/"


def together(ftp, local):
    """Several sessions at once."""
    content = (local / LARGE).read_bytes()
    wrong = []

    def session(number):
        with login(*sys.argv[2:6]) as own:
            own.storbinary(f"STOR {number}.bin", io.BytesIO(content))
            if retrieved(own, f"{number}.bin") != content or retrieved(own, LARGE) != content:
                wrong.append(number)

    threads = [threading.Thread(target=session, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong
    assert {f"{number}.bin" for number in range(8)} <= set(ftp.nlst())


def byte_by_byte(ftp, local):
    """A command in many segments, and many commands in one."""
    ftp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for octet in b"NOOP\r\n":
        ftp.sock.sendall(bytes([octet]))
    assert ftp.getresp().startswith("2")
    ftp.sock.sendall(b"NOOP\r\nPWD\r\n" * 25)
    for number in range(50):
        assert ftp.getresp()[:3] == ("257" if number % 2 else "200")


def resumed(ftp, local):
    """One session, a hundred transfers of each kind."""
    content = (local / "text.txt").read_bytes()
    for number in range(100):
        ftp.storbinary("STOR again.txt", io.BytesIO(content))
        assert retrieved(ftp, "again.txt") == content, number
    assert ftp.resumed == 200, ftp.resumed


def stranger(ftp, local):
    """A data connection with a full handshake gets nothing."""
    with login(*sys.argv[2:6], protected=ftplib.FTP_TLS) as other:
        other.voidcmd("TYPE I")
        got = bytearray()
        try:
            with other.transfercmd(f"RETR {LARGE}") as data:
                got.extend(data.recv(65536))
        except OSError:
            pass
        assert not got, "a stranger got something"
        other.close()
    assert retrieved(ftp, LARGE) == (local / LARGE).read_bytes()


if __name__ == "__main__":
    scenario, *target, directory = sys.argv[1:]
    session = login(*target)
    globals()[scenario](session, pathlib.Path(directory))
    session.quit()
