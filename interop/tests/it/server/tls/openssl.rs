//! `openssl s_client`, by hand: a session, and data connections with and without its TLS session.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::SocketAddr,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use wharf_interop::{Server, fixture::Tree};

use super::{at, serving};

/// A running `openssl s_client`, which `timeout` ends after 20 seconds.
struct Client {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Client {
    fn connect(server: &Server, address: SocketAddr, options: &[&str]) -> Self {
        let mut command = Command::new("timeout");
        command.args(["20", "openssl", "s_client", "-quiet", "-verify_return_error"]);
        command.args(["-CAfile", server.authority(), "-connect", &address.to_string()]).args(options);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let (to, from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, to, from }
    }

    fn send(&mut self, command: &str) {
        self.to.write_all(format!("{command}\r\n").as_bytes()).unwrap();
    }

    /// The last line of the next reply with one of these codes; other replies are passed over.
    fn reply(&mut self, code: &str) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.from.read_line(&mut line).unwrap(), 0, "the session ends before {code}");
            if line.starts_with(&format!("{code} ")) {
                return line;
            }
            assert!(!line.starts_with(['4', '5']), "{line}");
        }
    }

    /// All that comes until the server ends it.
    fn rest(mut self) -> Vec<u8> {
        let mut all = Vec::new();
        self.from.read_to_end(&mut all).unwrap();
        all
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// On one port: a stranger with a full handshake gets nothing, and the owner everything.
#[test]
fn a_full_handshake_is_refused_and_a_resumed_one_served() {
    for (implicit, version) in [(false, "-tls1_2"), (false, "-tls1_3"), (true, "-tls1_2"), (true, "-tls1_3")]
    {
        let (server, local) = serving();
        let session = at(&local, "session");
        let (address, starttls) = match implicit {
            true => (server.implicit(), &[][..]),
            false => (server.target.address, &["-starttls", "ftp"][..]),
        };
        let options = [starttls, &[version, "-sess_out", &session]].concat();
        let mut control = Client::connect(&server, address, &options);
        if implicit {
            control.reply("220");
        }
        for (command, code) in [
            (format!("USER {}", server.target.user), "331"),
            (format!("PASS {}", server.target.password), "230"),
            ("PBSZ 0".to_owned(), "200"),
            ("PROT P".to_owned(), "200"),
            ("TYPE I".to_owned(), "200"),
            ("EPSV".to_owned(), "229"),
        ] {
            control.send(&command);
            let reply = control.reply(code);
            if code == "229" {
                let port = reply.split('|').nth(3).unwrap().parse().unwrap();
                let data = SocketAddr::new(address.ip(), port);
                control.send("RETR five-mebibytes.bin");
                let stranger = Client::connect(&server, data, &[version]).rest();
                assert!(stranger.is_empty(), "{version} {implicit}: {} octets", stranger.len());
                let owner = Client::connect(&server, data, &[version, "-sess_in", &session]).rest();
                assert!(owner == Tree::difficult().file("five-mebibytes.bin"), "{version} {implicit}");
            }
        }
        control.reply("226");
    }
}
