//! A server without sockets: octets in, octets out, data connections as plain vectors.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use futures_executor::block_on;
use futures_util::StreamExt;
use wharf_core::{
    command::Registry,
    digest::Hasher,
    failure::Failure,
    host_name::HostName,
    line::{LineDecoder, Telnet},
    principal::{Authenticator, LoginAttempt, LoginError, Permissions, Principal, Secret},
    protection::{ProtectionLevel, Requirements},
    reply::Reply,
    representation::{AsciiDecoder, AsciiEncoder, RepresentationType},
    server::{Action, Hashing, Host, Service, Settings, Transfer, TransferBody, dispatch},
    session::{DataPlan, Session},
    spec::Access,
    storage::{Bytes, Memory, Pathname, SourceBody, Storage},
};

/// Users `anna` (read and write), `guest` (no password, read only), `nobody` (no permission), `clerk` (with account),
/// `bits-N` (the kinds of access of the number N) and `private` (who must use TLS). Each password is `secret`, each has the
/// same files.
#[derive(Debug)]
pub(crate) struct Users(pub(crate) Arc<Memory>);

#[async_trait]
impl Authenticator for Users {
    async fn needs_password(&self, attempt: &LoginAttempt<'_>) -> bool {
        attempt.name != b"guest"
    }

    async fn authenticate(&self, attempt: &LoginAttempt<'_>) -> Result<Principal, LoginError> {
        let permissions = match attempt.name {
            b"anna" | b"clerk" => Permissions::read_write(),
            b"guest" => Permissions::read_only(),
            b"nobody" => Permissions::none(),
            b"private" => Permissions::read_write(),
            name => {
                match name.strip_prefix(b"bits-").and_then(|bits| str::from_utf8(bits).ok()?.parse().ok()) {
                    Some(bits) => {
                        Permissions::none().with(Pathname::root(), Access::from_bits_truncate(bits))
                    }
                    None => return Err(LoginError::Incorrect),
                }
            }
        };
        let password = attempt.password.map(Secret::expose);
        match (attempt.name, password, attempt.account) {
            (b"guest", ..) => {}
            (_, Some(b"secret"), None) if attempt.name == b"clerk" => return Err(LoginError::AccountNeeded),
            (_, Some(b"secret"), _) => {}
            _ => return Err(LoginError::Incorrect),
        }
        let required = if attempt.name == b"private" { Requirements::ALL } else { Requirements::NONE };
        let name = String::from_utf8_lossy(attempt.name).into_owned();
        let principal = Principal::new(name, Arc::clone(&self.0) as Arc<dyn Storage>);
        Ok(principal.permissions(permissions).require_protection(required))
    }
}

/// A host that hands out port 40000 and counts.
#[derive(Debug, Default)]
pub(crate) struct MemoryHost {
    pub(crate) listening: bool,
    pub(crate) failed_logins: usize,
}

#[async_trait]
impl Host for MemoryHost {
    async fn listen(&mut self, _: ProtectionLevel) -> Result<SocketAddr, Failure> {
        self.listening = true;
        Ok(SocketAddr::from(([127, 0, 0, 1], 40_000)))
    }

    fn is_own(&self, address: SocketAddr) -> bool {
        address.port() == 2121
    }

    fn check_host_name(&self, name: &HostName) -> Result<Option<Reply>, Failure> {
        let names = ["ftp.example.org", "files.example.org", "192.0.2.1", "[2001:db8::1]"];
        let known = names.contains(&name.to_string().as_str());
        known.then_some(None).ok_or_else(|| Failure::new(504, "No such host here."))
    }

    fn close_data(&mut self) {
        self.listening = false;
    }

    async fn admit(&mut self, principal: Principal) -> Result<Principal, Failure> {
        Ok(principal)
    }

    async fn login_failed(&mut self, _: &LoginAttempt<'_>, _: Option<&'static str>) {
        self.failed_logins += 1;
    }

    async fn login_unavailable(&mut self) {
        self.failed_logins += 1;
    }

    fn logged_out(&mut self) {}

    fn progress(&self) -> Option<u64> {
        None
    }
}

/// The server half of a session.
pub(crate) struct Machine {
    pub(crate) session: Session,
    pub(crate) host: MemoryHost,
    pub(crate) registry: Registry,
    pub(crate) settings: Settings,
    pub(crate) storage: Arc<Memory>,
    pub(crate) closed: bool,
    /// What the client sends over the next data connections.
    pub(crate) uploads: VecDeque<Vec<u8>>,
    /// What it received over those that were.
    pub(crate) downloads: VecDeque<Vec<u8>>,
    users: Users,
    decoder: LineDecoder,
}

/// 2026-11-23 02:09:18 UTC.
pub(crate) fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_399_758)
}

impl Machine {
    pub(crate) fn new() -> Self {
        let storage = Arc::new(Memory::new());
        let mut settings = Settings::default();
        settings.tls = true;
        settings.host_names = true;
        Self {
            session: Session::new(([127, 0, 0, 1], 2121).into(), ([127, 0, 0, 1], 50_000).into()),
            host: MemoryHost::default(),
            registry: Registry::standard(),
            settings,
            users: Users(Arc::clone(&storage)),
            storage,
            closed: false,
            uploads: VecDeque::new(),
            downloads: VecDeque::new(),
            decoder: LineDecoder::new(LineDecoder::DEFAULT_MAX_LEN, Telnet::Interpret),
        }
    }

    /// A server on which `anna` is logged in.
    pub(crate) fn logged_in() -> Self {
        Self::as_user("anna")
    }

    pub(crate) fn as_user(name: &str) -> Self {
        let mut machine = Self::new();
        machine.feed(format!("USER {name}\r\nPASS secret\r\n").as_bytes());
        assert!(machine.session.principal().is_some());
        machine
    }

    /// Puts a file there, and the directories above it.
    pub(crate) fn put(&self, path: &str, content: &[u8]) {
        block_on(async {
            let path = Pathname::parse(path.as_bytes()).unwrap();
            let mut above = Vec::from_iter(std::iter::successors(path.parent(), Pathname::parent));
            while let Some(directory) = above.pop() {
                // The root and others may be there.
                let _ = self.storage.make_dir(&directory).await;
            }
            let mut sink =
                self.storage.open_write(&path, wharf_core::storage::WriteMode::Replace).await.unwrap();
            sink.write(Bytes::copy_from_slice(content)).await.unwrap();
            sink.finish().await.unwrap();
            self.storage.set_modified(&path, now() - Duration::from_secs(3600)).await.unwrap();
        });
    }

    /// What a file holds; `None` if there is none.
    pub(crate) fn get(&self, path: &str) -> Option<Vec<u8>> {
        block_on(async {
            let source = self.storage.open_read(&Pathname::parse(path.as_bytes()).unwrap(), 0).await.ok()?;
            Some(collect(source.body, RepresentationType::Image).await.unwrap())
        })
    }

    /// Takes in what the client sends; gives what it gets.
    pub(crate) fn feed(&mut self, octets: &[u8]) -> Vec<u8> {
        self.decoder.push(octets);
        let mut out = Vec::new();
        while let Some(line) = self.decoder.next_line() {
            if self.closed {
                break;
            }
            for reply in block_on(self.answer(line)) {
                reply.encode(&mut out);
            }
        }
        out
    }

    /// Whether nothing of a line has come yet.
    pub(crate) fn is_between_lines(&self) -> bool {
        self.decoder.is_empty()
    }

    async fn answer(&mut self, line: Result<Vec<u8>, wharf_core::line::LineError>) -> Vec<Reply> {
        let Self { registry, users, settings, session, host, .. } = self;
        let service = Service { registry, authenticator: users, settings };
        match dispatch(line, service, session, host, now()).await {
            Ok(Action::Reply(reply)) => vec![reply],
            // What stands behind AUTH is never run.
            Ok(Action::Protect(_)) if !self.decoder.is_empty() => {
                self.closed = true;
                vec![Reply::new(503, "Nothing may follow AUTH before TLS.")]
            }
            Ok(Action::Protect(reply)) => {
                self.session.protect(None);
                vec![reply]
            }
            Ok(Action::Close(reply)) => {
                self.closed = true;
                vec![reply]
            }
            Ok(Action::Transfer(transfer)) => self.transfer(transfer).await,
            Ok(Action::Hash(hashing)) => vec![hash(hashing).await],
            Err(failure) => vec![failure.into_reply()],
        }
    }

    async fn transfer(&mut self, transfer: Transfer) -> Vec<Reply> {
        let Transfer { opening, completion, body, representation, .. } = transfer;
        assert_ne!(std::mem::take(&mut self.session.data_plan), DataPlan::None);
        let ended = match body {
            TransferBody::Send(body) => match collect(body, representation).await {
                Ok(octets) => {
                    self.downloads.push_back(octets);
                    Ok(())
                }
                Err(error) => Err(error),
            },
            TransferBody::Receive(mut sink) => {
                let mut octets = Bytes::from(self.uploads.pop_front().unwrap_or_default());
                if representation == RepresentationType::Ascii {
                    let mut decoder = AsciiDecoder::new();
                    octets = [decoder.decode(octets), decoder.finish()].concat().into();
                }
                let written = sink.write(octets).await;
                match written {
                    Ok(()) => sink.finish().await,
                    failed => failed,
                }
            }
            // What is in the stream is the library's to tell.
            TransferBody::Tree(_) => Ok(()),
        };
        let last = match ended {
            Ok(()) => completion,
            Err(error) => Failure::from(error).into_reply(),
        };
        vec![opening, last]
    }
}

/// Computes a digest, as drivers do on other threads.
async fn hash(hashing: Hashing) -> Reply {
    let Hashing { body, length, algorithm, reply, .. } = hashing;
    let octets = collect(body, RepresentationType::Image).await.unwrap();
    let mut hasher = Hasher::new(algorithm);
    hasher.update(&octets[..length.map_or(octets.len(), |length| length as usize)]);
    reply(&hasher.finish())
}

async fn collect(
    body: SourceBody,
    representation: RepresentationType,
) -> wharf_core::storage::Result<Vec<u8>> {
    let SourceBody::Stream(mut chunks) = body else { panic!("memory streams") };
    let mut encoder = AsciiEncoder::new();
    let mut octets = Vec::new();
    while let Some(chunk) = chunks.next().await {
        match representation {
            RepresentationType::Ascii => octets.extend_from_slice(&encoder.encode(chunk?)),
            RepresentationType::Image => octets.extend_from_slice(&chunk?),
        }
    }
    Ok(octets)
}
