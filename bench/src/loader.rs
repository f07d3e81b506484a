use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use wharf_interop::Target;

/// More than any round takes, and less than a person waits.
const LIMIT: Duration = Duration::from_secs(60);

/// A plain FTP client that adds little of its own: blocking sockets, one buffer.
pub(crate) struct Session {
    replies: BufReader<TcpStream>,
    server: SocketAddr,
    buffer: Vec<u8>,
}

impl Session {
    /// Logs in, changes to `directory` and sets TYPE I.
    pub(crate) fn login(target: &Target, directory: &str) -> Self {
        let replies = BufReader::new(connect(target.address));
        let mut session = Self { replies, server: target.address, buffer: vec![0; 256 << 10] };
        session.reply("220");
        session.command(&format!("USER {}", target.user), "331");
        session.command(&format!("PASS {}", target.password), "230");
        session.command(&format!("CWD {directory}"), "250");
        session.command("TYPE I", "200");
        session
    }

    /// Reads the file to its end, and returns its length.
    pub(crate) fn retrieve(&mut self, name: &str) -> usize {
        let mut data = self.data_connection();
        self.command(&format!("RETR {name}"), "1");
        let mut len = 0;
        loop {
            match data.read(&mut self.buffer).expect("the server sends") {
                0 => break,
                read => len += read,
            }
        }
        drop(data);
        self.reply("226");
        len
    }

    /// Writes the file.
    pub(crate) fn store(&mut self, name: &str, content: &[u8]) {
        let mut data = self.data_connection();
        self.command(&format!("STOR {name}"), "1");
        data.write_all(content).expect("the server reads");
        drop(data);
        self.reply("226");
    }

    /// Reads a listing to its end, and returns the number of its rows.
    pub(crate) fn list(&mut self, command: &str) -> usize {
        let data = self.data_connection();
        self.command(command, "1");
        let rows = BufReader::new(data).split(b'\n').count();
        self.reply("2");
        rows
    }

    /// Begins to read the file, and leaves the rest: by ABOR, or by closing the data connection.
    pub(crate) fn abandon(&mut self, name: &str, abort: bool) {
        let mut data = self.data_connection();
        self.command(&format!("RETR {name}"), "1");
        data.read_exact(&mut [0; 1000]).expect("the server sends");
        if abort {
            self.replies.get_mut().write_all(b"ABOR\r\n").expect("the server listens");
        }
        drop(data);
        // A transfer that was over before it heard of the end is a success too.
        let reply = self.reply("");
        assert!(reply.starts_with("426") || reply.starts_with("226"), "{reply}");
        if abort {
            self.reply("22");
        }
    }

    /// Ends the session, and waits until the server has.
    pub(crate) fn quit(mut self) {
        self.command("QUIT", "221");
        let rest = self.replies.read_to_end(&mut Vec::new());
        assert!(rest.is_ok(), "the server hangs up after QUIT: {rest:?}");
    }

    fn data_connection(&mut self) -> TcpStream {
        let reply = self.command("EPSV", "229");
        let port = reply.split("|||").nth(1).and_then(|rest| rest.split('|').next());
        let port = port.and_then(|port| port.parse().ok()).unwrap_or_else(|| panic!("no port in {reply}"));
        connect(SocketAddr::new(self.server.ip(), port))
    }

    fn command(&mut self, line: &str, expected: &str) -> String {
        self.replies.get_mut().write_all(format!("{line}\r\n").as_bytes()).expect("the server listens");
        self.reply(expected)
    }

    fn reply(&mut self, expected: &str) -> String {
        let mut reply = String::new();
        loop {
            let start = reply.len();
            let read = self.replies.read_line(&mut reply).expect("the server answers");
            assert!(read > 0, "the server hung up after {reply}");
            let last = reply.get(start..).unwrap_or_default();
            if last.get(..3).is_some_and(|code| code.parse::<u16>().is_ok()) && last.get(3..4) == Some(" ") {
                assert!(last.starts_with(expected), "{expected} was expected, not {reply}");
                return reply;
            }
        }
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&address, LIMIT).expect("the server accepts");
    stream.set_nodelay(true).expect("a socket option");
    stream.set_read_timeout(Some(LIMIT)).expect("a socket option");
    stream.set_write_timeout(Some(LIMIT)).expect("a socket option");
    stream
}
