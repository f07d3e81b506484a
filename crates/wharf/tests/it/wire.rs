//! A client that knows as little FTP as it can: it sends octets, also those that no client should send, and reads replies.

use std::{
    fmt,
    future::Future,
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_rustls::client::TlsStream;

/// How long anything may take before a test fails.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// The most octets of a reply.
const MAX_REPLY: usize = 1 << 20;

/// A control connection.
pub struct Wire {
    stream: Connection,
    unread: Vec<u8>,
    /// Whether the control connection ended with a reset.
    is_reset: bool,
}

/// In clear or under TLS.
enum Connection {
    Clear(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A reply, octet for octet.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    pub code: u16,
    /// All lines with their ends.
    pub octets: Vec<u8>,
}

/// Waits for what must come.
pub async fn in_time<T>(work: impl Future<Output = T>) -> T {
    timeout(DEADLINE, work).await.expect("nothing came in time")
}

impl Wire {
    /// Connects, and leaves the greeting to be read.
    pub async fn connect(server: SocketAddr) -> Self {
        Self::over(in_time(TcpStream::connect(server)).await.expect("the server listens"))
    }

    /// Takes over a connection that was made.
    pub fn over(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        Self { stream: Connection::Clear(stream), unread: Vec::new(), is_reset: false }
    }

    /// Takes over a connection that was made and protected.
    pub fn over_tls(stream: TlsStream<TcpStream>) -> Self {
        stream.get_ref().0.set_nodelay(true).unwrap();
        Self { stream: Connection::Tls(Box::new(stream)), unread: Vec::new(), is_reset: false }
    }

    /// Connects and is greeted.
    pub async fn open(server: SocketAddr) -> Self {
        let mut wire = Self::connect(server).await;
        assert_eq!(wire.reply().await.code, 220);
        wire
    }

    /// Connects, logs in as `anna` and sets TYPE I.
    pub async fn login(server: SocketAddr) -> Self {
        Self::login_as(server, "anna", "secret").await
    }

    /// Connects, logs in and sets TYPE I.
    pub async fn login_as(server: SocketAddr, name: &str, password: &str) -> Self {
        let mut wire = Self::open(server).await;
        wire.expect(&format!("USER {name}"), 331).await;
        wire.expect(&format!("PASS {password}"), 230).await;
        wire.expect("TYPE I", 200).await;
        wire
    }

    /// The client's end.
    pub fn local(&self) -> SocketAddr {
        self.stream.tcp().local_addr().unwrap()
    }

    /// The server's end.
    pub fn peer(&self) -> SocketAddr {
        self.stream.tcp().peer_addr().unwrap()
    }

    /// Sends octets as they are.
    pub async fn send(&mut self, octets: impl AsRef<[u8]>) {
        in_time(self.stream.write_all(octets.as_ref())).await.expect("the server reads");
    }

    /// Sends octets as they are, to a server that may be gone.
    pub async fn try_send(&mut self, octets: impl AsRef<[u8]>) -> io::Result<()> {
        in_time(self.stream.write_all(octets.as_ref())).await
    }

    /// Sends octets as urgent data.
    pub fn send_urgent(&mut self, octets: &[u8]) {
        let sent = SockRef::from(self.stream.tcp()).send_out_of_band(octets).unwrap();
        assert_eq!(sent, octets.len());
    }

    /// The next reply.
    pub async fn reply(&mut self) -> Answer {
        self.try_reply().await.unwrap_or_else(|| {
            let unread = self.unread.escape_ascii();
            panic!("the server closed the control connection after \"{unread}\"")
        })
    }

    /// The next reply; `None` if the server has closed the control connection instead.
    pub async fn try_reply(&mut self) -> Option<Answer> {
        loop {
            if let Some(end) = end_of_reply(&self.unread) {
                let octets: Vec<u8> = self.unread.drain(..end).collect();
                let code = std::str::from_utf8(&octets[..3]).unwrap().parse().unwrap();
                return Some(Answer { code, octets });
            }
            assert!(self.unread.len() < MAX_REPLY, "a reply without end");
            let mut octets = [0; 4096];
            match in_time(self.stream.read(&mut octets)).await {
                Ok(0) => return None,
                Err(_) => {
                    self.is_reset = true;
                    return None;
                }
                Ok(read) => self.unread.extend_from_slice(&octets[..read]),
            }
        }
    }

    /// The first line of a reply of several, whose last has not come yet.
    pub async fn first_line(&mut self) -> String {
        loop {
            if let Some(end) = self.unread.windows(2).position(|pair| pair == b"\r\n") {
                let line: Vec<u8> = self.unread.drain(..end + 2).collect();
                assert_eq!(self.unread.escape_ascii().to_string(), "");
                return String::from_utf8(line).unwrap();
            }
            let mut octets = [0; 4096];
            let read = in_time(self.stream.read(&mut octets)).await.unwrap();
            assert_ne!(read, 0, "the server closed the control connection");
            self.unread.extend_from_slice(&octets[..read]);
        }
    }

    /// Sends a line and reads the reply.
    pub async fn ask(&mut self, line: impl AsRef<[u8]>) -> Answer {
        self.send([line.as_ref(), b"\r\n"].concat()).await;
        self.reply().await
    }

    /// Sends a line and expects a reply with this code.
    pub async fn expect(&mut self, line: impl AsRef<[u8]>, code: u16) -> Answer {
        let answer = self.ask(line.as_ref()).await;
        assert_eq!(answer.code, code, "{} gave {answer}", line.as_ref().escape_ascii());
        answer
    }

    /// Expects a reply with this code.
    pub async fn expect_reply(&mut self, code: u16) -> Answer {
        let answer = self.reply().await;
        assert_eq!(answer.code, code, "{answer}");
        answer
    }

    /// Expects that the session lives, and that no reply too many was sent.
    pub async fn expect_in_step(&mut self) {
        self.expect("HELP NOOP", 214).await;
    }

    /// Expects the end of the control connection, with no reply before it and not by a reset.
    pub async fn expect_end(&mut self) {
        let answer = self.try_reply().await;
        assert!(answer.is_none(), "{}", answer.unwrap());
        assert_eq!(self.unread.escape_ascii().to_string(), "");
        assert!(!self.is_reset, "the control connection was reset");
    }

    /// The connection, where no reply was read halfway.
    pub fn into_stream(self) -> TcpStream {
        assert!(self.unread.is_empty());
        self.stream.into_tcp()
    }

    /// Ends the client's way of the control connection.
    pub async fn half_close(&mut self) {
        self.stream.shutdown().await.unwrap();
    }

    /// Is gone with a reset.
    pub fn reset(self) {
        self.stream.tcp().set_zero_linger().unwrap();
    }

    /// Where the server listens after EPSV.
    pub async fn epsv(&mut self) -> SocketAddr {
        let answer = self.expect("EPSV", 229).await;
        let text = answer.to_string();
        let port = text.split("(|||").nth(1).and_then(|rest| rest.split("|)").next()).expect(&text);
        SocketAddr::new(self.peer().ip(), port.parse().expect(&text))
    }

    /// Where the server says it listens after PASV.
    pub async fn pasv(&mut self) -> SocketAddr {
        let answer = self.expect("PASV", 227).await;
        let text = answer.to_string();
        let numbers = text.split(['(', ')']).nth(1).expect(&text);
        let numbers: Vec<u8> = numbers.split(',').map(|number| number.parse().expect(&text)).collect();
        let [h1, h2, h3, h4, p1, p2] = numbers[..] else { panic!("{text}") };
        (Ipv4Addr::new(h1, h2, h3, h4), u16::from_be_bytes([p1, p2])).into()
    }

    /// A passive data connection.
    pub async fn passive(&mut self) -> TcpStream {
        let address = self.epsv().await;
        connect(address).await
    }

    /// A listener on the client's side that the server was told of.
    pub async fn active(&mut self) -> TcpListener {
        let listener = TcpListener::bind((self.local().ip(), 0)).await.unwrap();
        let line = eprt(listener.local_addr().unwrap());
        self.expect(line, 200).await;
        listener
    }

    /// What a command sends over a passive data connection, with its two replies asserted.
    pub async fn download(&mut self, line: impl AsRef<[u8]>) -> Vec<u8> {
        let data = self.passive().await;
        self.expect(line, 150).await;
        let octets = read_all(data).await.expect("a data connection that ends");
        self.expect_reply(226).await;
        octets
    }

    /// Gives a command these octets over a passive data connection, with its two replies asserted.
    pub async fn upload(&mut self, line: impl AsRef<[u8]>, octets: impl AsRef<[u8]>) {
        let mut data = self.passive().await;
        self.expect(line, 150).await;
        in_time(data.write_all(octets.as_ref())).await.unwrap();
        drop(data);
        self.expect_reply(226).await;
    }
}

impl Connection {
    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Clear(tcp) => tcp,
            Self::Tls(tls) => tls.get_ref().0,
        }
    }

    fn into_tcp(self) -> TcpStream {
        match self {
            Self::Clear(tcp) => tcp,
            Self::Tls(tls) => tls.into_inner().0,
        }
    }

    async fn write_all(&mut self, octets: &[u8]) -> io::Result<()> {
        match self {
            Self::Clear(tcp) => tcp.write_all(octets).await,
            Self::Tls(tls) => {
                tls.write_all(octets).await?;
                tls.flush().await
            }
        }
    }

    async fn read(&mut self, octets: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Clear(tcp) => tcp.read(octets).await,
            Self::Tls(tls) => tls.read(octets).await,
        }
    }

    async fn shutdown(&mut self) -> io::Result<()> {
        match self {
            Self::Clear(tcp) => tcp.shutdown().await,
            Self::Tls(tls) => tls.shutdown().await,
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(String::from_utf8_lossy(&self.octets).trim_end())
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.octets.escape_ascii())
    }
}

/// Connects, where somebody listens.
pub async fn connect(address: SocketAddr) -> TcpStream {
    in_time(TcpStream::connect(address)).await.expect("somebody listens")
}

/// A connection to whoever listens there, if somebody does: one that met itself, as it may at a free port, is none.
pub async fn knock(address: SocketAddr) -> Option<TcpStream> {
    let stream = in_time(TcpStream::connect(address)).await.ok()?;
    (stream.local_addr().ok() != stream.peer_addr().ok()).then_some(stream)
}

/// Whether nobody listens there.
pub async fn nobody_listens(address: SocketAddr) -> bool {
    knock(address).await.is_none()
}

/// All octets up to the end.
pub async fn read_all(mut stream: impl AsyncRead + Unpin) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    in_time(stream.read_to_end(&mut octets)).await?;
    Ok(octets)
}

/// EPRT for this address.
pub fn eprt(address: SocketAddr) -> String {
    let protocol = if address.is_ipv4() { 1 } else { 2 };
    format!("EPRT |{protocol}|{}|{}|", address.ip(), address.port())
}

/// Where the first whole reply ends, if there is one: at a line with its code and a space (RFC 959 section 4.2).
fn end_of_reply(octets: &[u8]) -> Option<usize> {
    let mut at = 0;
    let mut last = None;
    while let Some(length) = octets[at..].windows(2).position(|pair| pair == b"\r\n") {
        let line = &octets[at..at + length];
        at += length + 2;
        let code = line.get(..3).filter(|code| code.iter().all(u8::is_ascii_digit));
        match (&last, line.get(3)) {
            (None, Some(b' ')) if code.is_some() => return Some(at),
            (None, Some(b'-')) if code.is_some() => last = Some([code.unwrap(), b" "].concat()),
            (None, _) => panic!("no reply: \"{}\"", line.escape_ascii()),
            (Some(last), _) if line.starts_with(last) => return Some(at),
            (Some(_), _) => {}
        }
    }
    None
}
