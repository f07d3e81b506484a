//! A server that plays whole dialogues, on a tree in memory, as far as it is told: at that step it goes silent, hangs up, or
//! resets its connections.
//!
//! What a server does one after the other are its steps: the greeting, each reply and half of each reply, each handshake, the
//! opening, the midst and the end of each transfer. A rehearsal counts them; then each can be the last.

use std::{
    future::pending,
    io,
    net::{Shutdown, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, mpsc},
    time::SystemTime,
};

use futures_util::StreamExt;
use socket2::{SockRef, Socket};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};
use tokio_rustls::TlsAcceptor;
use wharf::{
    core::{pathname::Pathname, timestamp::Timestamp},
    storage::{Memory, Metadata, Storage},
};

/// How a dialogue ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The server says and does nothing more, and keeps its connections.
    Silence,
    Fin,
    Reset,
}

/// For whom it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The session that came to the step; there can be others.
    Session,
    /// All sessions, those that are still to come too.
    Server,
}

/// What a server is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Greeting,
    /// The handshake of the control connection.
    Handshake,
    Reply,
    /// The other half of a reply.
    Half,
    /// To take the data connection.
    Accept,
    /// The preliminary reply.
    Opening,
    /// The handshake of the data connection.
    DataHandshake,
    /// To move octets.
    Data,
    /// To move some more.
    More,
    /// To end the data connection, or to take note of its end.
    End,
    /// The reply that ends a transfer.
    Completion,
}

/// A step, and the command that it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub at: At,
    pub verb: String,
}

/// Such a server.
pub struct Stage {
    pub address: SocketAddr,
    /// What it serves.
    pub files: Memory,
    play: Arc<Play>,
    playing: JoinHandle<()>,
}

struct Play {
    files: Memory,
    acceptor: Option<TlsAcceptor>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last: Option<(usize, Ending, Scope)>,
    passed: usize,
    /// The step that it has ended at.
    ended: Option<Step>,
    sessions: usize,
    /// Where transfers began that did not begin at the start.
    offsets: Vec<usize>,
    /// While this is here, the runtime's clock stands still.
    time: Option<mpsc::Sender<()>>,
}

impl Stage {
    /// Serves `files`, under explicit TLS with an `acceptor`.
    pub async fn new(files: Memory, acceptor: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let play = Arc::new(Play { files: files.clone(), acceptor, state: Mutex::default() });
        let playing = tokio::spawn(play_to_all(listener, Arc::clone(&play)));
        Self { address, files, play, playing }
    }

    /// Ends at this step, counted from 1. Until then the runtime's clock, which is paused, stands still: however slow the
    /// machine is, nobody is taken for silent who is not.
    pub fn end_at(&self, step: usize, ending: Ending, scope: Scope) {
        let (running, stopped) = mpsc::channel();
        // A clock that is paused does not go on by itself while a blocking task runs.
        tokio::task::spawn_blocking(move || stopped.recv().unwrap_err());
        let mut state = self.play.state();
        state.last = Some((step, ending, scope));
        state.time = Some(running);
    }

    /// Plays to the end of each dialogue again, and lets time go by.
    pub fn recover(&self) {
        let mut state = self.play.state();
        state.last = None;
        state.time = None;
    }

    /// The steps so far.
    pub fn passed(&self) -> usize {
        self.play.state().passed
    }

    /// The step that it has ended at.
    pub fn ended(&self) -> Option<Step> {
        self.play.state().ended.clone()
    }

    /// Where transfers began that did not begin at the start.
    pub fn offsets(&self) -> Vec<usize> {
        self.play.state().offsets.clone()
    }

    /// How many sessions there were.
    pub fn sessions(&self) -> usize {
        self.play.state().sessions
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.recover();
        self.playing.abort();
    }
}

async fn play_to_all(listener: TcpListener, play: Arc<Play>) {
    let mut sessions = JoinSet::new();
    while let Ok((tcp, _)) = listener.accept().await {
        play.state().sessions += 1;
        sessions.spawn(Session::new(Arc::clone(&play), tcp).play());
    }
}

impl Play {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    async fn step(&self, at: At, verb: &str) -> Result<(), Cut> {
        let ending = {
            let mut state = self.state();
            state.passed += 1;
            match state.last {
                Some((last, ending, _)) if state.passed == last => {
                    state.ended = Some(Step { at, verb: verb.to_owned() });
                    state.time = None;
                    ending
                }
                Some((last, ending, Scope::Server)) if state.passed > last => ending,
                _ => return Ok(()),
            }
        };
        match ending {
            Ending::Silence => pending().await,
            Ending::Fin | Ending::Reset => Err(Cut::Wanted(ending)),
        }
    }
}

/// Why a session is over.
enum Cut {
    Wanted(Ending),
    /// The client has gone, or said goodbye.
    Over,
}

impl From<io::Error> for Cut {
    fn from(_: io::Error) -> Self {
        Self::Over
    }
}

trait Octets: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Octets for T {}

/// A connection, in clear or under TLS.
struct Line {
    octets: BufReader<Box<dyn Octets>>,
    /// The same one below TLS.
    socket: Socket,
}

impl Line {
    fn new(tcp: TcpStream) -> Self {
        tcp.set_nodelay(true).unwrap();
        let socket = SockRef::from(&tcp).try_clone().unwrap();
        Self { octets: BufReader::new(Box::new(tcp)), socket }
    }

    async fn protect(self, acceptor: &TlsAcceptor) -> io::Result<Self> {
        let protected = acceptor.accept(self.octets.into_inner()).await?;
        Ok(Self { octets: BufReader::new(Box::new(protected)), socket: self.socket })
    }

    async fn say(&mut self, octets: &[u8]) -> io::Result<()> {
        self.octets.write_all(octets).await?;
        self.octets.flush().await
    }

    fn end(self, ending: Ending) {
        match ending {
            Ending::Reset => self.socket.set_linger(Some(std::time::Duration::ZERO)).unwrap(),
            // Whatever TLS would have to say first.
            _ => drop(self.socket.shutdown(Shutdown::Write)),
        }
    }
}

struct Session {
    play: Arc<Play>,
    control: Option<Line>,
    data: Option<Line>,
    passive: Option<TcpListener>,
    protected: bool,
    offset: usize,
    rename_source: Option<Pathname>,
}

impl Session {
    fn new(play: Arc<Play>, tcp: TcpStream) -> Self {
        let control = Some(Line::new(tcp));
        let (data, passive, rename_source) = (None, None, None);
        Self { play, control, data, passive, protected: false, offset: 0, rename_source }
    }

    async fn play(mut self) {
        let ending = match self.dialogue().await {
            Ok(()) | Err(Cut::Over) => Ending::Fin,
            Err(Cut::Wanted(ending)) => ending,
        };
        for line in [self.data, self.control].into_iter().flatten() {
            line.end(ending);
        }
    }

    fn control(&mut self) -> &mut Line {
        self.control.as_mut().unwrap()
    }

    async fn dialogue(&mut self) -> Result<(), Cut> {
        self.play.step(At::Greeting, "").await?;
        self.say(At::Half, "", "220 The curtain rises").await?;
        loop {
            let mut line = Vec::new();
            if self.control().octets.read_until(b'\n', &mut line).await? == 0 {
                return Ok(());
            }
            let line = String::from_utf8(line).unwrap();
            let (verb, argument) = line.trim_end().split_once(' ').unwrap_or((line.trim_end(), ""));
            let reply = match verb {
                "MLSD" | "RETR" | "STOR" | "APPE" => self.transfer(verb, argument).await?,
                _ => self.answer(verb, argument).await,
            };
            let at = if reply.starts_with("226") { At::Completion } else { At::Reply };
            self.play.step(at, verb).await?;
            self.say(At::Half, verb, &reply).await?;
            match verb {
                "AUTH" => {
                    self.play.step(At::Handshake, verb).await?;
                    let acceptor = self.play.acceptor.clone().unwrap();
                    self.control = Some(self.control.take().unwrap().protect(&acceptor).await?);
                }
                "QUIT" => return Ok(()),
                _ => {}
            }
        }
    }

    /// Says half of the reply, makes a step, and says the other half.
    async fn say(&mut self, at: At, verb: &str, reply: &str) -> Result<(), Cut> {
        let reply = format!("{reply}\r\n");
        let (half, rest) = reply.as_bytes().split_at(reply.len() / 2);
        self.control().say(half).await?;
        self.play.step(at, verb).await?;
        Ok(self.control().say(rest).await?)
    }

    async fn answer(&mut self, verb: &str, argument: &str) -> String {
        let files = self.play.files.clone();
        let made = |made: wharf::storage::Result<()>, reply: &str| match made {
            Ok(()) => reply.to_owned(),
            Err(error) => format!("550 {error}"),
        };
        match verb {
            "AUTH" if self.play.acceptor.is_some() => "234 Go on".to_owned(),
            "PROT" => {
                self.protected = argument == "P";
                "200 Ok".to_owned()
            }
            "TYPE" | "PBSZ" | "NOOP" | "OPTS" => "200 Ok".to_owned(),
            "USER" => "331 And the password?".to_owned(),
            "PASS" => "230 In".to_owned(),
            "FEAT" => {
                "211-It has\r\n SIZE\r\n MDTM\r\n MFMT\r\n MLST type*;size*;modify*;\r\n REST STREAM\r\n \
                       UTF8\r\n211 End"
                    .to_owned()
            }
            "PWD" => "257 \"/\"".to_owned(),
            "EPSV" => {
                let passive = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let port = passive.local_addr().unwrap().port();
                self.passive = Some(passive);
                format!("229 Here (|||{port}|)")
            }
            "REST" => {
                self.offset = argument.parse().unwrap();
                "350 Go on".to_owned()
            }
            "MLST" => match files.metadata(&path(argument)).await {
                Ok(metadata) => format!("250-It is\r\n {} {argument}\r\n250 End", facts(&metadata)),
                Err(error) => format!("550 {error}"),
            },
            "SIZE" => match files.metadata(&path(argument)).await {
                Ok(metadata) => format!("213 {}", metadata.size),
                Err(error) => format!("550 {error}"),
            },
            "MDTM" => match files.metadata(&path(argument)).await {
                Ok(metadata) => format!("213 {}", time(&metadata)),
                Err(error) => format!("550 {error}"),
            },
            "MFMT" => {
                let (time, name) = argument.split_once(' ').unwrap();
                let modified = Timestamp::parse(time.as_bytes()).unwrap().to_system_time();
                let reply = format!("213 Modify={time}; {name}");
                made(files.set_modified(&path(name), modified).await, &reply)
            }
            "MKD" => made(files.make_dir(&path(argument)).await, &format!("257 \"{argument}\"")),
            "RMD" => made(files.remove_dir(&path(argument)).await, "250 Gone"),
            "DELE" => made(files.remove_file(&path(argument)).await, "250 Gone"),
            "RNFR" => {
                self.rename_source = Some(path(argument));
                made(files.metadata(&path(argument)).await.map(drop), "350 To?")
            }
            "RNTO" => {
                let from = self.rename_source.take().unwrap();
                made(files.rename(&from, &path(argument)).await, "250 Renamed")
            }
            "QUIT" => "221 The curtain falls".to_owned(),
            _ => "502 Not in this play".to_owned(),
        }
    }

    /// Moves the octets, and gives the last reply.
    async fn transfer(&mut self, verb: &str, argument: &str) -> Result<String, Cut> {
        let offset = std::mem::take(&mut self.offset);
        if offset > 0 {
            self.play.state().offsets.push(offset);
        }
        let content = match verb {
            "RETR" => self.play.files.read_file(path(argument).as_bytes()),
            "MLSD" => listing(&self.play.files, argument).await,
            _ => Ok(Vec::new()),
        };
        let content = match content {
            Ok(content) => content,
            Err(error) => return Ok(format!("550 {error}")),
        };
        let passive = self.passive.take().unwrap();
        self.play.step(At::Accept, verb).await?;
        let (data, _) = passive.accept().await?;
        self.data = Some(Line::new(data));
        self.play.step(At::Opening, verb).await?;
        self.say(At::Half, verb, "150 Here").await?;
        if self.protected {
            self.play.step(At::DataHandshake, verb).await?;
            let acceptor = self.play.acceptor.clone().unwrap();
            self.data = Some(self.data.take().unwrap().protect(&acceptor).await?);
        }
        match verb {
            "STOR" | "APPE" => self.receive(verb, argument, offset).await?,
            _ => self.send(verb, content.get(offset..).unwrap_or_default()).await?,
        }
        Ok("226 Done".to_owned())
    }

    async fn send(&mut self, verb: &str, content: &[u8]) -> Result<(), Cut> {
        let (half, rest) = content.split_at(content.len() / 2);
        for (at, octets) in [(At::Data, half), (At::More, rest)] {
            self.play.step(at, verb).await?;
            self.data.as_mut().unwrap().say(octets).await?;
        }
        self.play.step(At::End, verb).await?;
        self.data.as_mut().unwrap().octets.shutdown().await?;
        self.data = None;
        Ok(())
    }

    /// Stores what comes, and keeps what came before an end that was not to be, as most servers do.
    async fn receive(&mut self, verb: &str, argument: &str, offset: usize) -> Result<(), Cut> {
        let (files, target) = (self.play.files.clone(), path(argument));
        let mut content = match verb {
            "APPE" => files.read_file(target.as_bytes()).unwrap_or_default(),
            _ if offset > 0 => files.read_file(target.as_bytes()).unwrap()[..offset].to_vec(),
            _ => Vec::new(),
        };
        let half = content.len() + 10_000;
        self.play.step(At::Data, verb).await?;
        let data = self.data.as_mut().unwrap();
        while content.len() < half && data.octets.read_buf(&mut content).await? > 0 {}
        files.write_file(target.as_bytes(), &content).unwrap();
        self.play.step(At::More, verb).await?;
        let data = self.data.as_mut().unwrap();
        while data.octets.read_buf(&mut content).await? > 0 {}
        files.write_file(target.as_bytes(), &content).unwrap();
        self.play.step(At::End, verb).await?;
        self.data.as_mut().unwrap().octets.shutdown().await?;
        self.data = None;
        Ok(())
    }
}

/// A pathname, from the root.
pub fn path(text: &str) -> Pathname {
    Pathname::parse(format!("/{}", text.trim_start_matches('/')).as_bytes()).unwrap()
}

fn time(metadata: &Metadata) -> String {
    let mut digits = Vec::new();
    Timestamp::new(metadata.modified.unwrap_or(SystemTime::UNIX_EPOCH), 0).encode(&mut digits);
    String::from_utf8(digits).unwrap()
}

fn facts(metadata: &Metadata) -> String {
    match metadata.is_dir() {
        true => format!("type=dir;modify={};", time(metadata)),
        false => format!("type=file;size={};modify={};", metadata.size, time(metadata)),
    }
}

async fn listing(files: &Memory, directory: &str) -> wharf::storage::Result<Vec<u8>> {
    let entries = files.list(&path(directory)).await?;
    let lines = entries.map(|entry| {
        let entry = entry.unwrap();
        [facts(&entry.metadata).as_bytes(), b" ", &entry.name, b"\r\n"].concat()
    });
    Ok(lines.collect::<Vec<_>>().await.concat())
}
