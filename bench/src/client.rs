//! The load client: blocking sockets, a thread for each session, and no octet copied that the kernel can move.

mod control;
mod data;
mod wire;

use std::{
    io::{self, Read},
    net::{Ipv4Addr, SocketAddr},
};

use wharf_interop::Target;

use self::control::Control;
use crate::tls::ClientTls;

pub(crate) use self::{data::Content, wire::Wire};

/// A session of the load client; what a server does against the protocol is an error.
pub(crate) struct Session {
    control: Control,
    server: SocketAddr,
    source: Option<Ipv4Addr>,
    tls: Option<ClientTls>,
    /// Whether a data connection under TLS resumed no session.
    full_handshakes: bool,
    /// Empty until the first transfer: there may be thousands of sessions.
    buffer: Vec<u8>,
}

impl Session {
    /// Connects from `source`, or from wherever the system chooses, and logs in; under TLS, with protected data
    /// connections, if there is to be TLS.
    pub(crate) fn login(
        target: &Target,
        tls: Option<&ClientTls>,
        source: Option<Ipv4Addr>,
    ) -> io::Result<Self> {
        let server = target.address;
        let socket = Wire::connect(server, source)?;
        socket.set_nodelay(true)?;
        let mut control = Control::new(Wire::Clear(socket));
        control.reply("220")?;
        let tls = tls.map(ClientTls::renewed);
        if tls.is_some() {
            control.send(b"AUTH TLS\r\n")?;
            control.reply("234")?;
            control = control.protected(server, tls.as_ref())?;
        }
        let mut session = Self { control, server, source, tls, full_handshakes: false, buffer: Vec::new() };
        session.command("USER", &target.user, "331")?;
        session.command("PASS", &target.password, "230")?;
        if session.tls.is_some() {
            session.command("PBSZ", "0", "200")?;
            session.command("PROT", "P", "200")?;
        }
        Ok(session)
    }

    /// Changes to `directory`, and sets TYPE I.
    pub(crate) fn enter(&mut self, directory: &str) -> io::Result<()> {
        self.command("CWD", directory, "250")?;
        self.command("TYPE", "I", "200")
    }

    /// Reads the file from octet `offset` to its end, and returns how many octets came.
    pub(crate) fn retrieve(&mut self, name: &str, offset: u64) -> io::Result<u64> {
        let data = self.data_connection("RETR", name, offset)?;
        let len = data::discard(data, &mut self.buffer)?;
        self.control.reply("2")?;
        Ok(len)
    }

    /// Writes the file.
    pub(crate) fn store(&mut self, name: &str, content: &Content<'_>) -> io::Result<()> {
        let data = self.data_connection("STOR", name, 0)?;
        data::send(data, content)?;
        self.control.reply("2").map(drop)
    }

    /// Reads a listing to its end, and returns the number of its rows.
    pub(crate) fn list(&mut self, verb: &str, pathname: &str) -> io::Result<u64> {
        let data = self.data_connection(verb, pathname, 0)?;
        let rows = data::count_lines(data, &mut self.buffer)?;
        self.control.reply("2")?;
        Ok(rows)
    }

    /// Begins to read the file, and leaves the rest: by ABOR, or by closing the data connection.
    pub(crate) fn abandon(&mut self, name: &str, abort: bool) -> io::Result<()> {
        let mut data = self.data_connection("RETR", name, 0)?;
        data.read_exact(&mut [0; 1000])?;
        if abort {
            self.control.send(b"ABOR\r\n")?;
        }
        drop(data);
        // A transfer that was over before it heard of the end is a success too.
        let reply = self.control.reply("")?;
        if ![&b"426"[..], b"226"].iter().any(|code| reply.starts_with(code)) {
            return Err(io::Error::other(String::from_utf8_lossy(reply)));
        }
        if abort {
            self.control.reply("22")?;
        }
        Ok(())
    }

    /// One command that is answered at once.
    pub(crate) fn round_trip(&mut self, line: &[u8]) -> io::Result<()> {
        self.control.send(line)?;
        self.control.reply("2").map(drop)
    }

    /// Commands in one write, and then as many replies.
    pub(crate) fn pipeline(&mut self, lines: &[u8], replies: usize) -> io::Result<()> {
        self.control.send(lines)?;
        (0..replies).try_for_each(|_| self.control.reply("2").map(drop))
    }

    /// Says QUIT and hears the answer.
    pub(crate) fn quit(&mut self) -> io::Result<()> {
        self.round_trip(b"QUIT\r\n")
    }

    /// Ends the session, and waits until the server has.
    pub(crate) fn leave(mut self) -> io::Result<()> {
        self.quit()?;
        self.control.end()
    }

    /// EPSV, a connection there, and the command that uses it, up to its preliminary reply.
    fn data_connection(&mut self, verb: &str, pathname: &str, offset: u64) -> io::Result<Wire> {
        self.control.send(b"EPSV\r\n")?;
        let port = data::extended_passive_port(self.control.reply("229")?)?;
        let socket = Wire::connect(SocketAddr::new(self.server.ip(), port), self.source)?;
        if offset > 0 {
            // Some servers forget it with whatever comes between.
            self.command("REST", &offset.to_string(), "350")?;
        }
        self.control.send_command(verb, pathname)?;
        if self.tls.is_none() {
            self.control.reply("1")?;
            return Ok(Wire::Clear(socket));
        }
        // Some say 150 before the handshake, and some behind it.
        let data = Wire::new(socket, self.server, self.tls.as_ref())?;
        self.full_handshakes |= data.has_new_tls_session();
        self.control.reply("1")?;
        Ok(data)
    }

    /// Whether a data connection under TLS has had to make a full handshake.
    pub(crate) fn had_full_handshakes(&self) -> bool {
        self.full_handshakes
    }

    fn command(&mut self, verb: &str, argument: &str, expected: &str) -> io::Result<()> {
        self.control.send_command(verb, argument)?;
        self.control.reply(expected).map(drop)
    }
}
