//! A session that costs its client little: a socket, and a buffer of some hundred octets.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use super::Shared;

/// How long anything may take.
const WITHIN: Duration = Duration::from_secs(60);
/// How much of a reply is read at once.
const REPLY: usize = 256;

pub(super) struct Session {
    control: BufReader<TcpStream>,
    server: SocketAddr,
    source: Ipv4Addr,
}

impl Session {
    pub(super) async fn log_in(server: SocketAddr, source: Ipv4Addr) -> io::Result<Self> {
        let control = within(connect(source, server)).await?;
        control.set_nodelay(true)?;
        let mut session = Self { control: BufReader::with_capacity(REPLY, control), server, source };
        session.reply("220").await?;
        for (line, code) in [("USER load", "331"), ("PASS secret", "230"), ("TYPE I", "200")] {
            session.ask(line, code).await?;
        }
        Ok(session)
    }

    /// Reads a file, which must be the one that all files are.
    pub(super) async fn retrieve(&mut self, name: &str, shared: &Shared) -> io::Result<()> {
        let mut data = self.data_connection(&format!("RETR {name}"), shared).await?;
        let mut rest = shared.content.as_slice();
        let mut chunk = [0; 16 << 10];
        loop {
            let read = within(data.read(&mut chunk)).await?;
            if read == 0 {
                break;
            }
            let received = chunk.get(..read).unwrap_or_default();
            rest = rest.strip_prefix(received).ok_or_else(|| io::Error::other("other octets came back"))?;
        }
        if !rest.is_empty() {
            return Err(io::Error::other(format!("{} octets are missing", rest.len())));
        }
        self.reply("226").await
    }

    pub(super) async fn store(&mut self, name: &str, shared: &Shared) -> io::Result<()> {
        let mut data = self.data_connection(&format!("STOR {name}"), shared).await?;
        for chunk in shared.content.chunks(16 << 10) {
            within(data.write_all(chunk)).await?;
        }
        data.shutdown().await?;
        self.reply("226").await
    }

    pub(super) async fn list(&mut self, directory: &str, shared: &Shared) -> io::Result<()> {
        let mut data = self.data_connection(&format!("MLSD {directory}"), shared).await?;
        let mut rows = Vec::new();
        within(data.read_to_end(&mut rows)).await?;
        if !rows.ends_with(b"\r\n") {
            return Err(io::Error::other("a listing is cut off"));
        }
        self.reply("226").await
    }

    pub(super) async fn quit(mut self) -> io::Result<()> {
        self.ask("QUIT", "221").await
    }

    async fn data_connection(&mut self, line: &str, shared: &Shared) -> io::Result<TcpStream> {
        let asked = Instant::now();
        self.send("EPSV").await?;
        let reply = self.line("229").await?;
        shared.slowest.fetch_max(asked.elapsed().as_micros() as u64, Ordering::Relaxed);
        shared.commands.fetch_add(2, Ordering::Relaxed);
        let port = reply.split('|').nth(3).and_then(|port| port.parse().ok());
        let port = port.ok_or_else(|| io::Error::other(reply))?;
        let data = within(connect(self.source, SocketAddr::new(self.server.ip(), port))).await?;
        self.ask(line, "150").await?;
        Ok(data)
    }

    async fn ask(&mut self, line: &str, expected: &str) -> io::Result<()> {
        self.send(line).await?;
        self.reply(expected).await
    }

    async fn send(&mut self, line: &str) -> io::Result<()> {
        within(self.control.write_all(format!("{line}\r\n").as_bytes())).await
    }

    async fn reply(&mut self, expected: &str) -> io::Result<()> {
        self.line(expected).await.map(drop)
    }

    /// A reply of one line, which must begin with this code.
    async fn line(&mut self, expected: &str) -> io::Result<String> {
        let mut line = String::new();
        within(self.control.read_line(&mut line)).await?;
        match line.strip_prefix(expected) {
            Some(text) if text.starts_with(' ') => Ok(line),
            _ => Err(io::Error::other(format!("{expected} was expected, {line:?} came"))),
        }
    }
}

async fn connect(source: Ipv4Addr, to: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind((source, 0).into())?;
    socket.connect(to).await
}

async fn within<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(WITHIN, work).await.unwrap_or_else(|_| Err(io::Error::other("nothing happened for a minute")))
}
