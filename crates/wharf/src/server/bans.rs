//! Who fails to log in too often, and for how long nobody listens to them.

mod list;
mod tally;

use std::{
    fmt, io,
    net::IpAddr,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};
use wharf_core::pathname::escape_for_display;

use self::tally::Tallies;
use super::network::Network;

/// Nothing lasts longer: a hundred years. A clock cannot hold every length of time.
pub(super) const LONGEST: Duration = Duration::from_secs(100 * 366 * 24 * 3600);

/// Names that are longer are nobody's, and are not remembered.
const MAX_NAME: usize = 128;

/// When failed logins are too many, and what follows.
///
/// Failures are counted across sessions, and a login that succeeds takes none of them back: who has an account of their
/// own could go on guessing at others' with it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BanPolicy {
    /// After how many failures an address is banned: its connections are answered 421, its logins 530. An IPv6 address
    /// stands for its /64. 20.
    pub failures_of_address: Option<u32>,
    /// After how many failures nobody can log in with the name, wherever they come from; the answer is that to a wrong
    /// password. Anybody can have a name banned who is not banned first. 100.
    pub failures_of_user: Option<u32>,
    /// How long failures are counted, from the first one on. 10 minutes.
    pub within: Duration,
    /// How long a ban lasts. 15 minutes.
    pub length: Duration,
    /// How many addresses, and how many names, are remembered: those that failed longest ago are forgotten first. 10,000.
    pub remembered: usize,
    /// Whose addresses are never banned.
    pub never: Vec<Network>,
    /// Where bans are written down, so that they outlast the server.
    pub file: Option<PathBuf>,
}

impl Default for BanPolicy {
    fn default() -> Self {
        Self {
            failures_of_address: Some(20),
            failures_of_user: Some(100),
            within: Duration::from_secs(600),
            length: Duration::from_secs(900),
            remembered: 10_000,
            never: Vec::new(),
            file: None,
        }
    }
}

/// Who is banned.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Banned {
    /// Whoever has one of these addresses.
    Address(Network),
    /// Whoever gives this name.
    User(Box<[u8]>),
}

impl fmt::Display for Banned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(network) => write!(f, "address {network}"),
            Self::User(name) => write!(f, "user {}", escape_for_display(name)),
        }
    }
}

/// The bans of a server; clones are the same.
#[derive(Clone, Debug)]
pub struct Bans(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    policy: BanPolicy,
    tallies: Mutex<Tallies>,
    /// How many bans there may be: a server without needs no look at them.
    bans: AtomicUsize,
    changed: Notify,
}

impl Bans {
    /// The bans that were written down.
    pub(super) fn load(policy: BanPolicy) -> io::Result<Self> {
        let mut tallies = Tallies::new(policy.remembered);
        if let Some(file) = &policy.file {
            for (whom, left) in list::read(file)? {
                tallies.ban(whom, Instant::now() + left.min(LONGEST));
            }
        }
        let bans = AtomicUsize::new(tallies.bans());
        Ok(Self(Arc::new(Shared { policy, tallies: Mutex::new(tallies), bans, changed: Notify::new() })))
    }

    /// Who is banned, and for how long yet.
    pub fn list(&self) -> Vec<(Banned, Duration)> {
        let now = Instant::now();
        self.tallies().banned(now).map(|(whom, until)| (whom.clone(), until - now)).collect()
    }

    /// Bans somebody for so long from now.
    pub fn ban(&self, whom: Banned, length: Duration) {
        self.change(|tallies| tallies.ban(whom, Instant::now() + length.min(LONGEST)));
    }

    /// Takes a ban back, and forgets the failures that led to it; whether there was one.
    pub fn lift(&self, whom: &Banned) -> bool {
        self.change(|tallies| tallies.lift(whom, Instant::now()))
    }

    /// Whether nobody listens to this address.
    pub(super) fn has_address(&self, address: IpAddr) -> bool {
        self.any() && {
            let (mut tallies, now) = (self.tallies(), Instant::now());
            Network::all_around(address).any(|network| tallies.is_banned(&Banned::Address(network), now))
        }
    }

    /// Whether nobody with this address may log in with this name.
    pub(super) fn refuses(&self, address: IpAddr, name: &[u8]) -> bool {
        self.any() && (self.has_address(address) || self.has(&Banned::User(name.into())))
    }

    /// Counts a failed login; gives who is banned for it now.
    pub(super) fn login_failed(&self, address: IpAddr, name: &[u8]) -> Vec<Banned> {
        let by_name = (name.len() <= MAX_NAME).then(|| self.failed(Banned::User(name.into()))).flatten();
        self.misbehaved(address).into_iter().chain(by_name).collect()
    }

    /// Counts what nobody does who means to log in; gives who is banned for it now.
    pub(super) fn misbehaved(&self, address: IpAddr) -> Option<Banned> {
        let spared = self.0.policy.never.iter().any(|network| network.contains(address));
        (!spared).then(|| self.failed(Banned::Address(Network::of_client(address)))).flatten()
    }

    /// How long a ban lasts.
    pub(super) fn length(&self) -> Duration {
        self.0.policy.length
    }

    fn failed(&self, whom: Banned) -> Option<Banned> {
        let policy = &self.0.policy;
        let limit = match &whom {
            Banned::Address(_) => policy.failures_of_address,
            Banned::User(_) => policy.failures_of_user,
        }?;
        let now = Instant::now();
        if self.tallies().fail(&whom, now, policy.within) != limit {
            return None;
        }
        self.change(|tallies| tallies.ban(whom.clone(), now + policy.length.min(LONGEST)));
        Some(whom)
    }

    fn any(&self) -> bool {
        self.0.bans.load(Ordering::Relaxed) > 0
    }

    fn has(&self, whom: &Banned) -> bool {
        self.tallies().is_banned(whom, Instant::now())
    }

    fn change<T>(&self, change: impl FnOnce(&mut Tallies) -> T) -> T {
        let mut tallies = self.tallies();
        let changed = change(&mut tallies);
        self.0.bans.store(tallies.bans(), Ordering::Relaxed);
        drop(tallies);
        self.0.changed.notify_one();
        changed
    }

    /// Writes bans down as they come, for ever.
    pub(super) async fn keep(self) {
        loop {
            self.0.changed.notified().await;
            let bans = self.clone();
            // What fails is logged where it does.
            let _ = tokio::task::spawn_blocking(move || bans.write()).await;
        }
    }

    /// Writes them down now.
    pub(super) fn write(&self) {
        let Some(file) = &self.0.policy.file else { return };
        if let Err(error) = list::write(file, &self.list()) {
            tracing::error!(%error, file = %file.display(), "the bans could not be written down");
        }
    }

    fn tallies(&self) -> MutexGuard<'_, Tallies> {
        self.0.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
