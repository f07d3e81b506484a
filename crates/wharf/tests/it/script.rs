//! A server that follows a script: what it expects and what it says, line by line.
//!
//! ```text
//! S: 220 Hello            it sends a reply line
//! C: EPSV                 it expects this command line; "C: PORT ..." expects the beginning
//! S: 229 Ok (|||{port}|)  {port}, and {p1} {p2}, are those of a data listener
//! D: connect              it connects to where PORT or EPRT said
//! D> a\r\n                it sends these octets over the data connection
//! D< abc                  it expects these octets, and the end of the data connection
//! D: close                it ends the data connection;  D: reset  it resets it;  D: gone  it expects a reset
//! D: half                 it expects the client's end of the data connection, and goes on with its own
//! C: silence              it expects nothing before it goes on, under a clock that is paused
//! D: silence              likewise on the data connection
//! S: close                it closes the control connection
//! C: close                it expects that the client does
//! ```
//!
//! A line with anything else than the script says fails the test.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};
use wharf::{Connection, ConnectionBuilder};

/// A running script.
pub(crate) struct Script {
    address: SocketAddr,
    playing: JoinHandle<()>,
}

/// The lines of a login.
const LOGIN: &str = "S: 220 Hello\nC: USER anna\nS: 331 Password\nC: PASS secret\nS: 230 In\n";

impl Script {
    /// Plays `script` to the first client.
    pub(crate) async fn new(script: &str) -> Self {
        Self::at("127.0.0.1:0", script).await
    }

    pub(crate) async fn at(address: &str, script: &str) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let lines: Vec<String> = script.lines().map(|line| line.trim_start().to_owned()).collect();
        Self { address, playing: tokio::spawn(play(listener, lines)) }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Plays a login and then `script`, to a client that logs in.
    pub(crate) async fn logged_in(script: &str) -> (Self, Connection) {
        Self::logged_in_with(Connection::builder(), script).await
    }

    pub(crate) async fn logged_in_with(builder: ConnectionBuilder, script: &str) -> (Self, Connection) {
        let script = Self::new(&format!("{LOGIN}{script}")).await;
        let mut client = builder.connect(script.address).await.unwrap();
        client.login("anna", "secret").await.unwrap();
        (script, client)
    }

    /// Waits until the script has been played to its end.
    pub(crate) async fn done(self) {
        timeout(Duration::from_secs(20), self.playing).await.expect("the script goes on").unwrap();
    }
}

#[derive(Default)]
struct Data {
    listener: Option<TcpListener>,
    active: Option<SocketAddr>,
    stream: Option<TcpStream>,
}

impl Data {
    async fn stream(&mut self) -> &mut TcpStream {
        if self.stream.is_none() {
            let listener = self.listener.take().expect("a line with {port} before");
            self.stream = Some(listener.accept().await.unwrap().0);
        }
        self.stream.as_mut().unwrap()
    }
}

async fn play(listener: TcpListener, lines: Vec<String>) {
    let (control, _) = listener.accept().await.unwrap();
    control.set_nodelay(true).unwrap();
    let host = control.local_addr().unwrap().ip();
    let mut control = BufReader::new(control);
    let mut data = Data::default();
    for line in lines.iter().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (mark, text) = line.split_at(2);
        let text = text.strip_prefix(' ').unwrap_or(text);
        match (mark, text) {
            ("S:", "close") => return,
            ("S:", text) => {
                let mut text = text.to_owned();
                if text.contains("{p") {
                    let listener = TcpListener::bind((host, 0)).await.unwrap();
                    let port = listener.local_addr().unwrap().port();
                    data = Data { listener: Some(listener), ..Data::default() };
                    text = text.replace("{port}", &port.to_string());
                    text = text
                        .replace("{p1}", &(port / 256).to_string())
                        .replace("{p2}", &(port % 256).to_string());
                }
                let mut octets = unescape(&text);
                octets.extend_from_slice(b"\r\n");
                control.write_all(&octets).await.unwrap();
            }
            ("C:", "close") => {
                let mut rest = Vec::new();
                let _ = control.read_to_end(&mut rest).await;
                assert_eq!(rest.escape_ascii().to_string(), "", "after the last line of the script");
            }
            ("C:", "silence") => {
                tokio::time::sleep(Duration::from_secs(1)).await;
                let mut octets = control.buffer().to_vec();
                let _ = control.get_ref().try_read_buf(&mut octets);
                assert_eq!(octets.escape_ascii().to_string(), "", "before its time");
            }
            ("C:", expected) => {
                let mut line = Vec::new();
                control.read_until(b'\n', &mut line).await.unwrap();
                let line = line.strip_suffix(b"\r\n").unwrap_or(&line).escape_ascii().to_string();
                match expected.strip_suffix("...") {
                    Some(start) => assert!(line.starts_with(start), "expected {expected}, got {line}"),
                    None => assert_eq!(line, unescape(expected).escape_ascii().to_string()),
                }
                if let Some(address) = active_address(&line) {
                    data = Data { active: Some(address), ..Data::default() };
                }
            }
            ("D:", "silence") => {
                let stream = data.stream().await;
                tokio::time::sleep(Duration::from_secs(1)).await;
                let mut octets = Vec::new();
                let read = stream.try_read_buf(&mut octets).map_err(|error| error.kind());
                assert_eq!(read, Err(std::io::ErrorKind::WouldBlock), "before its time: {octets:?}");
            }
            ("D:", "connect") => {
                data.stream = Some(TcpStream::connect(data.active.unwrap()).await.unwrap());
            }
            ("D:", "close") => {
                data.stream().await.shutdown().await.unwrap();
                data.stream = None;
            }
            ("D:", "reset") => {
                data.stream().await.set_zero_linger().unwrap();
                data.stream = None;
            }
            ("D:", "half") => {
                assert_eq!(data.stream().await.read(&mut [0]).await.unwrap(), 0);
            }
            ("D:", "gone") => {
                let mut rest = Vec::new();
                let read = data.stream().await.read_to_end(&mut rest).await;
                assert_eq!(read.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
                data.stream = None;
            }
            ("D>", octets) => data.stream().await.write_all(&unescape(octets)).await.unwrap(),
            ("D<", expected) => {
                let mut octets = Vec::new();
                data.stream().await.read_to_end(&mut octets).await.unwrap();
                assert_eq!(octets.escape_ascii().to_string(), unescape(expected).escape_ascii().to_string());
                data.stream = None;
            }
            _ => panic!("not a line of a script: {line}"),
        }
    }
}

fn active_address(line: &str) -> Option<SocketAddr> {
    use wharf::core::address::{ExtendedAddress, HostPort};
    let (verb, argument) = line.split_once(' ')?;
    match verb {
        "PORT" => Some(HostPort::parse(argument.as_bytes()).unwrap().into()),
        "EPRT" => Some(ExtendedAddress::parse(argument.as_bytes()).unwrap().into()),
        _ => None,
    }
}

/// `\r`, `\n`, `\\` and `\xNN` as in Rust.
fn unescape(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first != b'\\' {
            octets.push(first);
            continue;
        }
        match rest[0] {
            b'r' => octets.push(b'\r'),
            b'n' => octets.push(b'\n'),
            b'x' => {
                octets.push(u8::from_str_radix(std::str::from_utf8(&rest[1..3]).unwrap(), 16).unwrap());
                rest = &rest[2..];
            }
            other => octets.push(other),
        }
        rest = &rest[1..];
    }
    octets
}
