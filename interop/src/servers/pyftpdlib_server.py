"""Serves a directory with pyftpdlib; with a certificate, TLS is required on both connections."""

import argparse
import logging

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.log import config_logging
from pyftpdlib.servers import FTPServer

parser = argparse.ArgumentParser()
for name in ("host", "port", "user", "password", "directory"):
    parser.add_argument(name)
parser.add_argument("--load", action="store_true")
parser.add_argument("--partners", action="store_true")
parser.add_argument("--certificate")
parser.add_argument("--key")
parser.add_argument("--implicit-port", type=int)
options = parser.parse_args()

# Commands and replies, for whoever has to find out why a test failed; nothing, where speed is measured.
config_logging(level=logging.ERROR if options.load else logging.DEBUG)
authorizer = DummyAuthorizer()
authorizer.add_user(options.user, options.password, options.directory, perm="elradfmwMT")
FTPHandler.authorizer = authorizer
# A test that logs in wrongly should not wait for the next reply.
FTPHandler.auth_failed_timeout = 0
FTPHandler.permit_foreign_addresses = options.partners
handler = FTPHandler

if options.certificate:
    from pyftpdlib.handlers import TLS_FTPHandler as handler

    handler.certfile, handler.keyfile = options.certificate, options.key
    handler.tls_control_required = handler.tls_data_required = True

    class Implicit(handler):
        """Greets behind the handshake."""

        def handle(self):
            self.secure_connection(self.ssl_context)

        def handle_ssl_established(self):
            super().handle()

    if options.implicit_port:
        # Both are served by the one loop that they share.
        FTPServer((options.host, options.implicit_port), Implicit)

server = FTPServer((options.host, int(options.port)), handler)
if options.load:
    server.max_cons = 20000
server.serve_forever()
