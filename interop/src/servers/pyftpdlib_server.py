"""Serves a directory with pyftpdlib: HOST PORT USER PASSWORD DIRECTORY [--load]."""

import logging
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.log import config_logging
from pyftpdlib.servers import FTPServer

host, port, user, password, directory, *load = sys.argv[1:]
# Commands and replies, for whoever has to find out why a test failed; nothing, where speed is measured.
config_logging(level=logging.ERROR if load else logging.DEBUG)
authorizer = DummyAuthorizer()
authorizer.add_user(user, password, directory, perm="elradfmwMT")
FTPHandler.authorizer = authorizer
# A test that logs in wrongly should not wait for the next reply.
FTPHandler.auth_failed_timeout = 0
server = FTPServer((host, int(port)), FTPHandler)
if load:
    server.max_cons = 20000
server.serve_forever()
