"""Serves a directory with pyftpdlib: HOST PORT USER PASSWORD DIRECTORY."""

import logging
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.log import config_logging
from pyftpdlib.servers import FTPServer

# Commands and replies, for whoever has to find out why a test failed.
config_logging(level=logging.DEBUG)
host, port, user, password, directory = sys.argv[1:]
authorizer = DummyAuthorizer()
authorizer.add_user(user, password, directory, perm="elradfmwMT")
FTPHandler.authorizer = authorizer
# A test that logs in wrongly should not wait for the next reply.
FTPHandler.auth_failed_timeout = 0
FTPServer((host, int(port)), FTPHandler).serve_forever()
