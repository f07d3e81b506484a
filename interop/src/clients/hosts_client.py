"""Python's ftplib with virtual hosts over TLS: SCENARIO HOST PORT USER PASSWORD DIRECTORY.

The hosts are one.example and two.example; USER is a user of each, whose file `who` is the host's name. The environment's
AUTHORITY has the certificates of both. A scenario is a function of this file; what it finds wrong is an AssertionError.
"""

import ftplib
import os
import ssl
import sys


class Named(ftplib.FTP_TLS):
    """Names a host in the handshake; a data connection resumes the session `offered`, or that of its control connection."""

    name = None
    offered = None

    def auth(self):
        reply = self.voidcmd("AUTH TLS")
        self.sock = self.context.wrap_socket(self.sock, server_hostname=self.name)
        self.file = self.sock.makefile(mode="r", encoding=self.encoding)
        return reply

    def ntransfercmd(self, cmd, rest=None):
        data, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        session = self.offered or self.sock.session
        return self.context.wrap_socket(data, server_hostname=self.name, session=session), size


def context(version):
    made = ssl.create_default_context(cafile=os.environ["AUTHORITY"])
    made.minimum_version = made.maximum_version = version
    return made


def login(target, made, name, said=None):
    host, port, user, password = target
    ftp = Named(timeout=10, context=made)
    ftp.name = name
    ftp.connect(host, int(port))
    ftp.auth()
    if said is not None:
        assert ftp.sendcmd(f"HOST {said}").startswith("220"), said
    ftp.login(user, password)
    ftp.prot_p()
    return ftp


def retrieved(ftp):
    got = bytearray()
    ftp.retrbinary("RETR who", got.extend)
    return bytes(got).decode()


def named(target, made):
    """By the name in the handshake, with and without HOST; two names that differ are refused."""
    for name in ("one.example", "two.example"):
        for said in (None, name):
            assert retrieved(login(target, made, name, said)) == name, (name, said)
    try:
        login(target, made, "one.example", "two.example")
    except ftplib.error_perm as error:
        assert str(error).startswith("504"), error
    else:
        raise AssertionError("two names")


def stranger(target, made):
    """A ticket of one host is none for data of the other, and is good where it comes from."""
    one = login(target, made, "one.example")
    assert retrieved(one) == "one.example"
    two = login(target, made, "two.example")
    assert retrieved(two) == "two.example"
    two.offered = one.sock.session
    assert two.offered is not None
    try:
        got = retrieved(two)
    except (OSError, EOFError, ftplib.Error):
        pass
    else:
        raise AssertionError(f"served {got}")
    assert retrieved(one) == "one.example"


if __name__ == "__main__":
    scenario, *rest = sys.argv[1:]
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        globals()[scenario](rest[:4], context(version))
