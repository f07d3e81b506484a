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

use tokio::{sync::watch, time::Instant};
use wharf_core::account::Account;

use self::tally::Tallies;
use super::{Network, timeouts::LONGEST};

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
    /// After how many failures nobody can log in with the name, at its virtual host, wherever they come from; the answer is that to a wrong
    /// password. Anybody can have a name banned who is not banned first; what an address that is banned had under way does not count. 100.
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
    /// Whoever gives the name of this account, however it is spelled: it is [folded](Account::folded).
    User(Account),
}

impl fmt::Display for Banned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(network) => write!(f, "address {network}"),
            Self::User(account) => write!(f, "{account}"),
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
    changed: watch::Sender<()>,
    /// Held while they are written down: each writer has the same file beside the one that it replaces.
    writing: Mutex<()>,
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
        let (tallies, changed) = (Mutex::new(tallies), watch::Sender::new(()));
        Ok(Self(Arc::new(Shared { policy, tallies, bans, changed, writing: Mutex::default() })))
    }

    /// Who is banned, and for how long yet.
    pub fn list(&self) -> Vec<(Banned, Duration)> {
        let now = Instant::now();
        self.tallies().banned(now).map(|(whom, until)| (whom.clone(), until - now)).collect()
    }

    /// Bans somebody for so long from now.
    pub fn ban(&self, whom: Banned, length: Duration) {
        let whom = folded(whom);
        self.change(|tallies| tallies.ban(whom, Instant::now() + length.min(LONGEST)));
    }

    /// Takes a ban back, and forgets the failures that led to it; whether there was one.
    pub fn lift(&self, whom: &Banned) -> bool {
        let whom = folded(whom.clone());
        self.change(|tallies| tallies.lift(&whom, Instant::now()))
    }

    /// Whether nobody listens to this address.
    pub(super) fn has_address(&self, address: IpAddr) -> bool {
        self.any() && {
            let (mut tallies, now) = (self.tallies(), Instant::now());
            Network::all_around(address).any(|network| tallies.is_banned(&Banned::Address(network), now))
        }
    }

    /// Whether nobody with this address may log in to this account.
    pub(super) fn refuses(&self, address: IpAddr, account: &Account) -> bool {
        self.any() && (self.has_address(address) || self.has(&folded(Banned::User(account.clone()))))
    }

    /// Waits until nobody with this address may log in to this account. Cancel safe.
    pub(super) async fn refused(&self, address: IpAddr, account: &Account) {
        let mut changes = self.0.changed.subscribe();
        while !self.refuses(address, account) {
            // An error would say that there are no bans any more: these are.
            let _ = changes.changed().await;
        }
    }

    /// Counts a failed login; gives who is banned for it now. What an address that is banned had under way counts for no name: it could
    /// keep everybody from one.
    pub(super) fn login_failed(&self, address: IpAddr, account: &Account) -> Vec<Banned> {
        if self.has_address(address) {
            return Vec::new();
        }
        let by_name = self.failed(folded(Banned::User(account.clone())));
        self.misbehaved(address).into_iter().chain(by_name).collect()
    }

    /// Counts a login that nobody could decide, in whichever session; gives who is banned for it now.
    pub(super) fn login_undecided(&self, address: IpAddr) -> Option<Banned> {
        let whom = Banned::Address(Network::of_client(address));
        let counts = self.tallies().undecided(&whom, Instant::now(), self.0.policy.within);
        counts.then(|| self.misbehaved(address)).flatten()
    }

    /// Counts what nobody does who means to log in; gives who is banned for it now, which is nobody who is already.
    pub(super) fn misbehaved(&self, address: IpAddr) -> Option<Banned> {
        let spared = self.0.policy.never.iter().any(|network| network.contains(address));
        let counts = !spared && !self.has_address(address);
        counts.then(|| self.failed(Banned::Address(Network::of_client(address)))).flatten()
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
        self.0.changed.send_replace(());
        changed
    }

    /// Writes bans down as they come, for ever.
    pub(super) async fn keep(self) {
        let mut changes = self.0.changed.subscribe();
        // What came before is not missed.
        changes.mark_changed();
        while changes.changed().await.is_ok() {
            let bans = self.clone();
            // What fails is logged where it does.
            let _ = tokio::task::spawn_blocking(move || bans.write()).await;
        }
    }

    /// Writes them down now; what fails is logged.
    pub(super) fn write(&self) {
        if let Err(error) = self.try_write() {
            tracing::error!(error = error.to_string(), "the bans could not be written down");
        }
    }

    /// Writes them down now.
    ///
    /// # Errors
    /// The file, which the error names, cannot be written.
    pub(super) fn try_write(&self) -> io::Result<()> {
        let Some(file) = &self.0.policy.file else { return Ok(()) };
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", file.display()));
        let _alone = self.0.writing.lock().unwrap_or_else(PoisonError::into_inner);
        list::write(file, &self.list()).map_err(named)
    }

    fn tallies(&self) -> MutexGuard<'_, Tallies> {
        self.0.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As it is counted.
fn folded(whom: Banned) -> Banned {
    match whom {
        Banned::User(account) => Banned::User(account.folded()),
        address @ Banned::Address(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Attempts that wait when their address is banned end all at once.
    #[test]
    fn what_a_banned_address_had_under_way_counts_for_nobody() {
        let policy = BanPolicy {
            failures_of_address: Some(2),
            failures_of_user: Some(4),
            remembered: 80,
            ..BanPolicy::default()
        };
        let (bans, anna) = (Bans::load(policy).unwrap(), Account::new("anna"));
        let from = |last: u8| bans.login_failed([192, 0, 2, last].into(), &anna);
        let address = Banned::Address(Network::of_client([192, 0, 2, 1].into()));
        assert_eq!([from(1), from(1)], [vec![], vec![address.clone()]]);
        for _ in 0..9 {
            assert_eq!(from(1), []);
        }
        assert_eq!(bans.misbehaved([192, 0, 2, 1].into()), None);
        assert_eq!(bans.list().len(), 1);
        assert_eq!([from(2), from(3)], [vec![], vec![Banned::User(anna.clone())]]);
    }

    /// One that finds the other's file gone has written nothing, and what is left may be older than what was.
    #[tokio::test]
    async fn many_may_write_them_down_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bans");
        let bans = Bans::load(BanPolicy { file: Some(file.clone()), ..BanPolicy::default() }).unwrap();
        std::thread::scope(|scope| {
            let write = |from: u8| {
                let (bans, day) = (&bans, Duration::from_secs(86_400));
                move || {
                    for last in 0..20 {
                        bans.ban(Banned::Address(Network::of_client([192, 0, from, last].into())), day);
                        bans.try_write().unwrap();
                    }
                }
            };
            for from in 0..4 {
                scope.spawn(write(from));
            }
        });
        assert_eq!(list::read(&file).unwrap().len(), 80);
    }
}
