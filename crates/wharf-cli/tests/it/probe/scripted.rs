//! A server that lies about its address, lists as DOS does in a zone of its own, has a clock of its own, and sends what a
//! terminal obeys.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use jiff::{Timestamp, ToSpan};

/// How far its clock is ahead of ours, in seconds.
const AHEAD: i64 = 5000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    None,
    /// It hangs up at this verb.
    EndsAt(&'static str),
    /// Nobody listens where it says.
    NoData,
}

/// What it was told to keep.
#[derive(Debug, Default)]
struct Files {
    names: Vec<String>,
    uploads: usize,
}

pub(super) struct Scripted {
    address: SocketAddr,
    files: Arc<Mutex<Files>>,
}

impl Scripted {
    pub(super) fn start() -> Self {
        Self::with(Flaw::None)
    }

    pub(super) fn start_and_end_at(verb: &'static str) -> Self {
        Self::with(Flaw::EndsAt(verb))
    }

    pub(super) fn start_without_data() -> Self {
        Self::with(Flaw::NoData)
    }

    /// It serves until the tests' process ends.
    fn with(flaw: Flaw) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let files = Arc::new(Mutex::new(Files::default()));
        let kept = Arc::clone(&files);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let kept = Arc::clone(&kept);
                thread::spawn(move || session(stream.unwrap(), flaw, &kept));
            }
        });
        Self { address, files }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("ftp://anna@{}/{path}", self.address)
    }

    /// Whether nothing that was uploaded is left.
    pub(super) fn is_clean(&self) -> bool {
        self.files.lock().unwrap().names.is_empty()
    }

    pub(super) fn uploads(&self) -> usize {
        self.files.lock().unwrap().uploads
    }
}

/// By its own clock.
fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    Timestamp::from_second(i64::try_from(now).unwrap() + AHEAD).unwrap()
}

fn accept(listener: &mut Option<TcpListener>) -> TcpStream {
    listener.take().unwrap().accept().unwrap().0
}

fn session(mut stream: TcpStream, flaw: Flaw, files: &Mutex<Files>) {
    let lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut say = |text: &[u8]| stream.write_all(&[text, b"\r\n"].concat()).is_ok();
    say("220 \u{1b}[2J\u{9b}31m odd \u{202e}".as_bytes());
    let (mut logged_in, mut listener) = (false, None::<TcpListener>);
    for line in lines.map_while(Result::ok) {
        let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
        if matches!(flaw, Flaw::EndsAt(end) if end == verb) {
            return;
        }
        let text: Vec<u8> = match verb {
            "USER" => b"331 Password.".into(),
            "PASS" => {
                logged_in = true;
                b"230 Welcome.".into()
            }
            "AUTH" | "EPSV" | "MLSD" => b"502 No.".into(),
            "QUIT" => b"221 Bye.".into(),
            _ if !logged_in => b"530 Log in.".into(),
            "FEAT" => b"211-Features:\r\n SIZE\r\n XODD \x1b]0;\r\n211 End".into(),
            "SYST" => b"215 Windows_NT".into(),
            "PWD" => b"257 \"/\"".into(),
            "PASV" => {
                let made = TcpListener::bind("127.0.0.1:0").unwrap();
                let port = made.local_addr().unwrap().port();
                listener = Some(made).filter(|_| flaw != Flaw::NoData);
                format!("227 Entering (10,1,2,3,{},{})", port >> 8, port & 255).into()
            }
            "LIST" | "STOR" if listener.is_none() => b"425 No data connection.".into(),
            "LIST" => {
                say(b"150 Here.");
                let shown = (now() + 2.hours()).strftime("%m-%d-%y  %I:%M%p").to_string();
                let mut rows = format!("{shown}                 5 file.txt\r\n\u{7}what is this\r\n");
                for name in &files.lock().unwrap().names {
                    rows.push_str(&format!("{shown}                 5 {name}\r\n"));
                }
                accept(&mut listener).write_all(rows.as_bytes()).unwrap();
                b"226 Done.".into()
            }
            "STOR" => {
                say(b"150 Go.");
                accept(&mut listener).read_to_end(&mut Vec::new()).unwrap();
                let mut files = files.lock().unwrap();
                files.names.push(argument.to_owned());
                files.uploads += 1;
                b"226 Done.".into()
            }
            "MDTM" => format!("213 {}", now().strftime("%Y%m%d%H%M%S")).into(),
            "DELE" => {
                files.lock().unwrap().names.retain(|name| name != argument);
                b"250 Gone.".into()
            }
            _ => b"200 Yes.".into(),
        };
        if !say(&text) {
            return;
        }
    }
}
