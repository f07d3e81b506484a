use std::{
    collections::{BTreeMap, HashMap, HashSet},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use async_trait::async_trait;
use tokio::task::spawn_blocking;
use tracing::{error, info, warn};
use wharf::{
    SpeedLimits,
    core::{
        account::Account,
        host_name::HostName,
        pathname::escape_for_display,
        principal::{Authenticator, LoginAttempt, LoginError, Principal},
    },
    server::UserSpeed,
    storage::{Local, Storage},
};

use crate::{
    Answer, PasswordHash, ProfileError, Settings, Source, SourceError,
    checks::Checks,
    decoys::Decoys,
    expiry,
    profile::Profile,
    tree::{self, Folders, Usage},
    turns::Turns,
};

/// Who may log in to a server, and what for: sources of users, and groups whose settings they share.
#[derive(Clone, Debug)]
pub struct Accounts {
    sources: Vec<Arc<dyn Source>>,
    /// Those of the sources where they stay the same.
    fixed_hashes: Vec<PasswordHash>,
    groups: BTreeMap<String, Settings>,
    defaults: Settings,
    host: Option<HostName>,
    anonymous: Option<Settings>,
    lasting: Lasting,
}

/// What outlives a change of the accounts.
#[derive(Clone, Debug)]
pub struct Lasting(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    /// As many passwords are hashed at a time as there are cores.
    hashing: Turns,
    /// What is checked in vain for who is refused.
    decoys: Decoys,
    /// The speeds that all sessions of a user share, while there are any.
    speeds: Mutex<HashMap<Account, Weak<SpeedLimits>>>,
    /// What is kept in the roots that have a quota, while somebody is there or the count is believed.
    usages: Mutex<HashMap<PathBuf, Arc<Usage>>>,
    /// The folders of those who are there.
    folders: Folders,
    /// The folders in which an earlier server's unfinished uploads were looked for. One that users of several virtual hosts have is in it
    /// once: what is left over does not depend on who opens it, and whoever may not change a folder does not have it looked through.
    swept: Mutex<HashSet<PathBuf>>,
}

impl Lasting {
    /// Nothing yet.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self(Arc::new(Kept {
            hashing: Turns::new(cores),
            decoys: Decoys::default(),
            speeds: Mutex::default(),
            usages: Mutex::default(),
            folders: Folders::default(),
            swept: Mutex::default(),
        }))
    }

    /// The limits that a user's sessions share as long as one of them has this, with these numbers from now on.
    fn speed(&self, account: &Account, wanted: &SpeedLimits) -> Arc<SpeedLimits> {
        let mut all = self.0.speeds.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = all.get(account).and_then(Weak::upgrade).unwrap_or_else(|| {
            all.retain(|_, speed| speed.strong_count() > 0);
            let speed = Arc::default();
            all.insert(account.clone(), Arc::downgrade(&speed));
            speed
        });
        shared.upload.set_limit(wanted.upload.limit());
        shared.download.set_limit(wanted.download.limit());
        shared
    }
}

impl tree::Shared for Lasting {
    /// Counted once for all sessions of all who have the root.
    fn usage(&self, root: &Path, counting: Arc<dyn Storage>) -> Arc<Usage> {
        let mut all = self.0.usages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(usage) = all.get(root) {
            return Arc::clone(usage);
        }
        all.retain(|_, usage| Arc::strong_count(usage) > 1 || usage.is_counted());
        let usage = Usage::new(counting);
        all.insert(root.to_owned(), Arc::clone(&usage));
        usage
    }

    fn open(&self, folder: &Path, umask: u32) -> io::Result<Arc<Local>> {
        self.0.folders.open(folder, umask)
    }

    /// The first time, what uploads that a crash ended have left there is removed, while the session goes on.
    fn opened(&self, folder: &Path, storage: &Local) {
        let mut swept = self.0.swept.lock().unwrap_or_else(PoisonError::into_inner);
        if swept.insert(folder.to_owned()) {
            tokio::spawn(remove_leftovers(folder.to_owned(), storage.clone()));
        }
    }
}

/// Frees the room of uploads that ended with an earlier server.
async fn remove_leftovers(folder: PathBuf, storage: Local) {
    let folder = folder.display().to_string();
    match storage.remove_leftovers().await {
        Ok(0) => {}
        Ok(removed) => info!(folder, "removed {removed} unfinished uploads of an earlier server"),
        Err(error) => warn!(
            folder,
            error = error.to_string(),
            "unfinished uploads of an earlier server could not be looked for"
        ),
    }
}

impl Default for Lasting {
    fn default() -> Self {
        Self::new()
    }
}

impl Accounts {
    /// Nobody; with what lasts of earlier accounts of the same server.
    pub fn new(lasting: Lasting) -> Self {
        Self {
            sources: Vec::new(),
            fixed_hashes: Vec::new(),
            groups: BTreeMap::new(),
            defaults: Settings::default(),
            host: None,
            anonymous: None,
            lasting,
        }
    }

    /// As [`new`](Self::new), with the groups that settings can name, and with what holds for all who say nothing else, and whose
    /// groups do not either.
    ///
    /// # Errors
    /// They have what only a user can have; of a group it is [`ProfileError::InGroup`].
    pub fn with_groups(
        lasting: Lasting,
        groups: BTreeMap<String, Settings>,
        defaults: Settings,
    ) -> Result<Self, ProfileError> {
        of_many(&defaults)?;
        for (group, settings) in &groups {
            of_many(settings)
                .map_err(|error| ProfileError::InGroup { group: group.clone(), source: Box::new(error) })?;
        }
        Ok(Self { groups, defaults, ..Self::new(lasting) })
    }

    /// Adds a source; the first that knows a name is the one that counts.
    #[must_use]
    pub fn source(mut self, source: impl Source) -> Self {
        if source.has_fixed_hashes() {
            self.fixed_hashes.extend(source.hashes());
        }
        self.sources.push(Arc::new(source));
        self
    }

    /// Makes these the accounts of one of several virtual hosts: sessions, speeds and failed logins of `anna` are counted as those
    /// of this host's, who is `anna@HOST` in logs. In names of folders she is `anna`.
    #[must_use]
    pub fn of_host(mut self, host: HostName) -> Self {
        self.host = Some(host);
        self
    }

    /// Lets whoever logs in as `anonymous` or `ftp` in, with any password. Nobody gets in that way without it.
    ///
    /// # Errors
    /// Settings that make no account.
    pub fn anonymous(mut self, settings: Settings) -> Result<Self, ProfileError> {
        if settings.password.is_some() {
            return Err(ProfileError::OnlyForUsers("password: it is for anonymous users, who may give any"));
        }
        self.check("anonymous", &settings)?;
        self.anonymous = Some(settings);
        Ok(self)
    }

    /// Whether these settings, with those of their groups, make an account of `name`.
    ///
    /// # Errors
    /// They do not.
    pub fn check(&self, name: &str, settings: &Settings) -> Result<(), ProfileError> {
        self.profile(settings.name.as_deref().unwrap_or(name), settings.clone()).map(drop)
    }

    /// The folders that must be there for such a user to log in: the root, unless it is made then, and others in it.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn folders(&self, name: &str, settings: &Settings) -> Result<Vec<PathBuf>, ProfileError> {
        let profile = self.profile(settings.name.as_deref().unwrap_or(name), settings.clone())?;
        let root = (!profile.create_root).then_some(profile.root);
        Ok(root.into_iter().chain(profile.folders.into_iter().map(|(_, folder)| folder)).collect())
    }

    fn profile(&self, name: &str, settings: Settings) -> Result<Profile, ProfileError> {
        let mut whole = settings;
        for group in whole.groups.clone().unwrap_or_default() {
            let others = self.groups.get(&group).ok_or(ProfileError::NoSuchGroup(group))?;
            whole = whole.or(others.clone());
        }
        Profile::new(name, whole.or(self.defaults.clone()))
    }

    /// What the first source that knows the name says; or that it is anybody.
    async fn find(&self, attempt: &LoginAttempt<'_>) -> Result<Found<'_>, LoginError> {
        if let (b"anonymous" | b"ftp", Some(settings)) = (attempt.name, &self.anonymous) {
            let name = Some("anonymous".to_owned());
            let answer = Answer::Proved(Box::new(Settings { name, ..settings.clone() }));
            return Ok(Found { answer, is_exact: true, later: &self.sources });
        }
        let mut later = self.sources.iter();
        while let Some(source) = later.next() {
            match source.find(attempt).await.map_err(LoginError::Unavailable)? {
                Answer::Unknown => {}
                answer => return Ok(Found { answer, is_exact: source.is_exact(), later: later.as_slice() }),
            }
        }
        Ok(Found { answer: Answer::Unknown, is_exact: true, later: &[] })
    }

    /// Takes what it would have taken to check a hash of each kind that users have, where one of them was checked or none: a
    /// refusal takes as long for who is not known, whose password is wrong, and who may not log in.
    async fn take_as_long(&self, checks: &mut Checks<'_>, checked: Option<&PasswordHash>) {
        let decoys = &self.lasting.0.decoys;
        decoys.learn(&self.fixed_hashes);
        let changing = self.sources.iter().filter(|source| !source.has_fixed_hashes());
        changing.for_each(|source| decoys.learn(&source.hashes()));
        for decoy in decoys.besides(checked) {
            if checks.check(decoy).await.is_none() {
                break;
            }
        }
    }

    /// The principal, if the attempt is admitted. A refusal says nothing of why: all who are refused have had all sources asked about
    /// them and a hash of each kind checked.
    async fn admit(&self, attempt: &LoginAttempt<'_>) -> Result<Principal, LoginError> {
        let Found { answer, is_exact, later } = self.find(attempt).await?;
        let mut checks = Checks::new(&self.lasting.0.hashing, attempt);
        let checked = match self.decide(attempt, answer, is_exact, &mut checks).await {
            Ok(principal) => return Ok(principal),
            Err(checked) => checked,
        };
        if let Err(away) = checks.pause(ask_in_vain(later, attempt)).await {
            // Who is known is refused, which counts, unless nobody has looked at the password.
            return match checked.is_none() || checks.any() {
                true => Err(LoginError::Concealed(away)),
                false => Err(LoginError::Unavailable(away)),
            };
        }
        self.take_as_long(&mut checks, checked.as_ref()).await;
        match checks.any() {
            true => Err(LoginError::Incorrect),
            false => Err(LoginError::Unavailable("there was no turn to check a password".into())),
        }
    }

    /// The principal, if what is known of the name admits this attempt; else the hash that was checked, if one was.
    async fn decide(
        &self,
        attempt: &LoginAttempt<'_>,
        answer: Answer,
        is_exact: bool,
        checks: &mut Checks<'_>,
    ) -> Result<Principal, Option<PasswordHash>> {
        let (settings, proved, nobody) = match answer {
            Answer::Known(settings) => (Some(*settings), false, "the user's settings are no good"),
            Answer::Proved(settings) => (Some(*settings), true, "the user's settings are no good"),
            Answer::Unknown => (None, false, "there is no such user"),
            Answer::Refused => (None, false, "who knows the user says no"),
        };
        let own_name = settings.as_ref().and_then(|settings| settings.name.clone());
        let is_exact = is_exact || own_name.is_some();
        let name = own_name.unwrap_or_else(|| String::from_utf8_lossy(attempt.name).into_owned());
        let profile = settings.and_then(|settings| {
            let profile = self.profile(&name, settings);
            profile.map_err(|error| Answer::broken(attempt, &error)).ok()
        });
        let certified =
            profile.as_ref().is_some_and(|profile| profile.is_certified(attempt.client_certificate));
        let by_certificate = certified && profile.as_ref().is_some_and(Profile::needs_no_password);
        let proved = proved || by_certificate;
        let hash = profile.as_ref().and_then(|profile| profile.password.clone());
        let has_password = hash.is_some();
        let checked = hash.filter(|_| !proved);
        let right = match &checked {
            Some(hash) => {
                self.lasting.0.decoys.learn(std::slice::from_ref(hash));
                checks.check(hash.clone()).await
            }
            None => Some(proved),
        };
        // In quotes: it forges no other line for a program that reads the log.
        let shown = escape_for_display(attempt.name).to_string();
        let closed = |profile: &Profile| profile.admission.closed(attempt.peer.ip(), &expiry::now());
        // For the log: the client is not told which it is.
        let reason = match (&profile, right) {
            (None, _) => Some(nobody),
            (Some(_), _) if !certified => Some("the client has shown none of the user's certificates"),
            (Some(_), None) => Some("the password could not be checked in time"),
            (Some(_), Some(false)) if !has_password => Some("the user has no password"),
            (Some(_), Some(false)) => Some("the password is wrong"),
            (Some(profile), Some(true)) => closed(profile),
        };
        let (Some(profile), None) = (profile, reason) else {
            info!(peer = %attempt.peer, reason, name = shown, "not let in");
            return Err(checked);
        };
        let account = self.account_of(name.as_bytes());
        let account = if is_exact { account } else { account.folded() };
        self.principal(&name, account, profile).await.map_err(|error| {
            // Any other answer than that to a wrong password would tell that it was right.
            let reason = error.to_string();
            error!(peer = %attempt.peer, reason, name = shown, "not let in: the account's folder cannot be served");
            checked
        })
    }

    fn account_of(&self, name: &[u8]) -> Account {
        let account = Account::new(name);
        match &self.host {
            Some(host) => account.of_host(host.clone()),
            None => account,
        }
    }

    async fn principal(&self, name: &str, account: Account, profile: Profile) -> io::Result<Principal> {
        let lasting = self.lasting.clone();
        let open = move || {
            let storage = tree::open(&profile, &lasting)?;
            Ok::<_, io::Error>((storage, profile))
        };
        let (storage, profile) = spawn_blocking(open).await??;
        let shown = match &self.host {
            Some(host) => format!("{name}@{host}"),
            None => name.to_owned(),
        };
        let together = self.lasting.speed(&account, &profile.speed.together());
        let mut principal = Principal::new(shown, storage)
            .account(account)
            .home(profile.home)
            .permissions(profile.permissions)
            .require_protection(profile.protection)
            .extension(UserSpeed::new(SpeedLimits::clone(&together), profile.speed.each()))
            .extension(Held(together));
        if let Some(sessions) = profile.sessions {
            principal = principal.session_limit(sessions);
        }
        Ok(principal)
    }
}

/// What a user's sessions share, which is forgotten with the last of them.
struct Held(#[expect(dead_code, reason = "it is given back")] Arc<SpeedLimits>);

/// What is known of a name.
struct Found<'a> {
    answer: Answer,
    /// Whether names are told apart where it was found.
    is_exact: bool,
    /// The sources that were not asked.
    later: &'a [Arc<dyn Source>],
}

/// Asks the sources that need not be asked about somebody who is refused, so that neither the clock nor one that does not answer tells in
/// which source a name is, or that it is in one.
async fn ask_in_vain(sources: &[Arc<dyn Source>], attempt: &LoginAttempt<'_>) -> Result<(), SourceError> {
    for source in sources {
        source.find(attempt).await?;
    }
    Ok(())
}

/// Settings of more than one user.
fn of_many(settings: &Settings) -> Result<(), ProfileError> {
    let only = [
        (settings.name.is_some(), "name"),
        (settings.password.is_some(), "password"),
        (settings.groups.is_some(), "groups"),
        (settings.certificates.is_some(), "certificates"),
    ];
    match only.iter().find(|(is, _)| *is) {
        Some((_, key)) => Err(ProfileError::OnlyForUsers(key)),
        None => Ok(()),
    }
}

#[async_trait]
impl Authenticator for Accounts {
    async fn needs_password(&self, attempt: &LoginAttempt<'_>) -> bool {
        if attempt.client_certificate.is_none() {
            return true;
        }
        let Ok(Found { answer: Answer::Known(settings), .. }) = self.find(attempt).await else { return true };
        let name = settings.name.clone();
        let name = name.unwrap_or_else(|| String::from_utf8_lossy(attempt.name).into_owned());
        let profile = self.profile(&name, *settings);
        !profile.is_ok_and(|profile| {
            profile.needs_no_password() && profile.is_certified(attempt.client_certificate)
        })
    }

    async fn authenticate(&self, attempt: &LoginAttempt<'_>) -> Result<Principal, LoginError> {
        self.admit(attempt).await
    }

    fn account(&self, attempt: &LoginAttempt<'_>) -> Account {
        self.account_of(attempt.name).folded()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            atomic::{AtomicUsize, Ordering::Relaxed},
            mpsc,
        },
        time::Duration,
    };

    use futures_util::FutureExt;
    use tokio::time::Instant;
    use wharf::{core::principal::Secret, storage::Memory};

    use super::*;
    use crate::checks::{PATIENCE, PATIENCE_FOR_A_TURN};

    #[test]
    fn sessions_of_a_user_share_limits_that_can_change() {
        let lasting = Lasting::new();
        let anna = lasting.speed(&Account::new("anna"), &SpeedLimits::new(Some(1000), None));
        let berta = lasting.speed(&Account::new("berta"), &SpeedLimits::new(Some(1000), None));
        // Another login, after the configuration has changed.
        let again = lasting.speed(&Account::new("anna"), &SpeedLimits::new(Some(2000), Some(3000)));
        assert_eq!((anna.upload.limit(), anna.download.limit()), (Some(2000), Some(3000)));
        assert_eq!((again.upload.limit(), berta.upload.limit()), (Some(2000), Some(1000)));
    }

    #[test]
    fn what_only_a_user_can_have_is_refused_with_the_groups_name() {
        let of = |text: &str| toml::from_str::<Settings>(text).unwrap();
        let made = |group: &str, defaults: &str| {
            let groups = BTreeMap::from([("staff".to_owned(), of(group))]);
            Accounts::with_groups(Lasting::new(), groups, of(defaults)).map(drop)
        };
        assert_eq!(made("sessions = 1", "root = \"/srv\""), Ok(()));
        let only = ProfileError::OnlyForUsers("name");
        let in_group = made("name = \"anna\"", "").unwrap_err();
        assert_eq!(in_group.to_string(), "group \"staff\": a group has no name");
        assert_eq!(in_group, ProfileError::InGroup { group: "staff".into(), source: Box::new(only.clone()) });
        assert_eq!(made("", "name = \"anna\""), Err(only));
    }

    /// Whoever is called as somebody of a host is written in a log.
    #[tokio::test]
    async fn a_speed_is_that_of_a_user_of_a_host() {
        let folder = tempfile::tempdir().unwrap();
        let lasting = Lasting::new();
        let users = |name: &str, speed: &str| {
            let root = folder.path().display();
            let password = "password = \"$1$saltsalt$9xy1btjgzLYfb7hivXtC//\"";
            let text = format!(
                "[{name}]\nroot = {root:?}\n{password}\nspeed = {{ upload = {speed:?} }}\n",
                root = root.to_string()
            );
            toml::from_str::<BTreeMap<String, Settings>>(&text).unwrap()
        };
        let one = HostName::parse("one.example").unwrap();
        let of_host = Accounts::new(lasting.clone()).of_host(one.clone()).source(users("anna", "1K"));
        let others = Accounts::new(lasting.clone()).source(users("\"anna@one.example\"", "9K"));
        let secret = Secret::new("secret");
        let log_in = async |accounts: &Accounts, name: &str| {
            let mut attempt = LoginAttempt::new("127.0.0.1:9".parse().unwrap(), name.as_bytes());
            attempt.password = Some(&secret);
            let principal = accounts.authenticate(&attempt).await.unwrap();
            assert_eq!(principal.counted_for(), &accounts.account(&attempt));
            (principal.extensions().get::<UserSpeed>().unwrap().together.clone(), principal)
        };
        let (anna, hers) = log_in(&of_host, "anna").await;
        let (other, _) = log_in(&others, "anna@one.example").await;
        assert_eq!((anna.upload.limit(), other.upload.limit()), (Some(1 << 10), Some(9 << 10)));
        assert_eq!(hers.name(), "anna@one.example", "so it stands in logs");
        assert_eq!(hers.counted_for(), &Account::new("anna").of_host(one));
    }

    /// A source that is asked for somebody or its hashes so many times; the second field is whether they are fixed.
    #[derive(Debug)]
    struct Asked(Arc<AtomicUsize>, bool);

    #[async_trait]
    impl Source for Asked {
        async fn find(&self, _: &LoginAttempt<'_>) -> Result<Answer, SourceError> {
            self.0.fetch_add(1, Relaxed);
            Ok(Answer::Unknown)
        }

        fn hashes(&self) -> Vec<PasswordHash> {
            self.0.fetch_add(1, Relaxed);
            vec!["$1$saltsalt$9xy1btjgzLYfb7hivXtC//".parse().unwrap()]
        }

        fn has_fixed_hashes(&self) -> bool {
            self.1
        }
    }

    #[tokio::test]
    async fn hashes_that_stay_the_same_are_asked_for_once() {
        assert!(BTreeMap::<String, Settings>::new().has_fixed_hashes());
        for (is_fixed, times) in [(true, 1), (false, 3)].map(|(is_fixed, times)| (is_fixed, 3 + times)) {
            let asked = Arc::new(AtomicUsize::new(0));
            let accounts = Accounts::new(Lasting::new()).source(Asked(Arc::clone(&asked), is_fixed));
            for _ in 0..3 {
                let attempt = LoginAttempt::new("127.0.0.1:9".parse().unwrap(), b"anna");
                assert!(matches!(accounts.authenticate(&attempt).await, Err(LoginError::Incorrect)));
            }
            assert_eq!(asked.load(Relaxed), times);
            assert_eq!(
                accounts.lasting.0.decoys.besides(None)[0].expose(),
                "$1$........$......................"
            );
        }
    }

    /// Answers to the attempts of `anna`, who is known, and of `nobody`, with this password; and how long they took.
    async fn of_both(accounts: &Accounts, password: &str) -> [(Result<Principal, LoginError>, Duration); 2] {
        let secret = Secret::new(password);
        let log_in = async |name: &str| {
            let mut attempt = LoginAttempt::new("127.0.0.1:9".parse().unwrap(), name.as_bytes());
            attempt.password = Some(&secret);
            let began = Instant::now();
            (accounts.authenticate(&attempt).await, began.elapsed())
        };
        tokio::join!(log_in("anna"), log_in("nobody")).into()
    }

    fn anna(root: &Path) -> BTreeMap<String, Settings> {
        let text = format!("[anna]\nroot = {:?}\npassword = {ANNA:?}\n", root.display().to_string());
        toml::from_str(&text).unwrap()
    }

    const ANNA: &str = "$1$saltsalt$9xy1btjgzLYfb7hivXtC//";

    /// A password that nobody has looked at is not wrong, and whether there is somebody who has one cannot be told.
    #[tokio::test(start_paused = true)]
    async fn who_is_given_no_turn_has_the_same_answer_at_the_same_time_known_or_not() {
        let mut lasting = Lasting::new();
        Arc::get_mut(&mut lasting.0).unwrap().hashing = Turns::new(0);
        let accounts = Accounts::new(lasting).source(anna(Path::new("/")));
        for (answer, took) in of_both(&accounts, "wrong").await {
            assert!(matches!(answer, Err(LoginError::Unavailable(_))), "{answer:?}");
            let late = PATIENCE_FOR_A_TURN + Duration::from_secs(1);
            assert!(took >= PATIENCE_FOR_A_TURN && took < late, "{took:?}");
        }
    }

    /// Nobody has looked at the password, whoever is away.
    #[tokio::test(start_paused = true)]
    async fn who_is_given_no_turn_while_a_source_is_away_has_guessed_nothing() {
        let mut lasting = Lasting::new();
        Arc::get_mut(&mut lasting.0).unwrap().hashing = Turns::new(0);
        let accounts = Accounts::new(lasting).source(anna(Path::new("/"))).source(Away(Arc::default()));
        for (answer, _) in of_both(&accounts, "wrong").await {
            assert!(matches!(answer, Err(LoginError::Unavailable(_))), "{answer:?}");
        }
    }

    /// Answers to both, of a server on which the hashing of each password takes longer than anybody has patience.
    fn of_both_late(password: &str) -> [Result<Principal, LoginError>; 2] {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_time().start_paused(true).max_blocking_threads(1).build().unwrap().block_on(async {
            let mut lasting = Lasting::new();
            Arc::get_mut(&mut lasting.0).unwrap().hashing = Turns::new(2);
            let accounts = Accounts::new(lasting).source(anna(Path::new("/")));
            let (release, held) = mpsc::channel::<()>();
            let before = spawn_blocking(move || held.recv());
            let answers = of_both(&accounts, password);
            // The clock stands still while a thread is at work.
            let later = async {
                for _ in 0..11 {
                    tokio::time::advance(Duration::from_secs(1)).await;
                }
                drop(release);
            };
            let (answers, ()) = tokio::join!(answers, later);
            assert!(before.await.unwrap().is_err());
            answers.map(|(answer, took)| {
                assert!(took >= PATIENCE, "{took:?}");
                answer
            })
        })
    }

    /// And a wrong one counts for the name: else whoever keeps a server busy might guess without end.
    #[test]
    fn a_password_whose_turn_has_come_is_looked_at_to_the_end() {
        let [anna, nobody] = of_both_late("secret");
        assert!(anna.is_ok(), "{anna:?}");
        assert!(matches!(nobody, Err(LoginError::Incorrect)), "{nobody:?}");
        for answer in of_both_late("wrong") {
            assert!(matches!(answer, Err(LoginError::Incorrect)), "{answer:?}");
        }
    }

    /// There would come to be more at a time than cores.
    #[test]
    fn a_check_that_nobody_waits_for_keeps_its_turn() {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_time().max_blocking_threads(1).build().unwrap().block_on(async {
            let (turns, at) = (Turns::new(1), LoginAttempt::new("127.0.0.1:9".parse().unwrap(), b"anna"));
            let (release, held) = mpsc::channel::<()>();
            let before = spawn_blocking(move || held.recv());
            let nobody = PasswordHash::of_nobody().clone();
            assert_eq!(Checks::new(&turns, &at).check(nobody).now_or_never(), None);
            let from = wharf::server::Network::of_client(at.peer.ip());
            let mut next = Box::pin(turns.take(from));
            assert!(next.as_mut().now_or_never().is_none());
            drop(release);
            assert!(before.await.unwrap().is_err());
            next.await;
        });
    }

    /// A source that is asked so often, and does not answer.
    #[derive(Debug)]
    struct Away(Arc<AtomicUsize>);

    #[async_trait]
    impl Source for Away {
        async fn find(&self, _: &LoginAttempt<'_>) -> Result<Answer, SourceError> {
            self.0.fetch_add(1, Relaxed);
            Err("it is away".into())
        }
    }

    #[tokio::test]
    async fn a_refusal_asks_all_sources_whichever_knows_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let unchanging = Asked(Arc::clone(&asked), true);
        let accounts = Accounts::new(Lasting::new()).source(anna(folder.path())).source(unchanging);
        for (answer, _) in of_both(&accounts, "wrong").await {
            assert!(matches!(answer, Err(LoginError::Incorrect)), "{answer:?}");
        }
        assert_eq!(asked.swap(0, Relaxed), 3, "once for its hashes, and about both");
        let away = Accounts::new(Lasting::new()).source(anna(folder.path())).source(Away(Arc::clone(&asked)));
        let [(anna, _), (nobody, _)] = of_both(&away, "wrong").await;
        assert!(matches!(anna, Err(LoginError::Concealed(_))), "it counts as a wrong password: {anna:?}");
        assert!(matches!(nobody, Err(LoginError::Unavailable(_))), "{nobody:?}");
        assert_eq!(asked.swap(0, Relaxed), 2);
        let [(in_an_earlier_one, _), _] = of_both(&away, "secret").await;
        assert!(in_an_earlier_one.is_ok());
        assert_eq!(asked.load(Relaxed), 1, "about nobody");
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_is_as_a_wrong_password() {
        let folder = tempfile::tempdir().unwrap();
        let accounts = Accounts::new(Lasting::new()).source(anna(&folder.path().join("gone")));
        for (answer, _) in of_both(&accounts, "secret").await {
            assert!(matches!(answer, Err(LoginError::Incorrect)), "{answer:?}");
        }
    }

    #[test]
    fn the_speeds_of_those_who_have_gone_are_forgotten() {
        let lasting = Lasting::new();
        let anna = lasting.speed(&Account::new("anna"), &SpeedLimits::new(Some(1000), None));
        drop(lasting.speed(&Account::new("berta"), &SpeedLimits::unlimited()));
        let carla = lasting.speed(&Account::new("carla"), &SpeedLimits::unlimited());
        assert_eq!(lasting.0.speeds.lock().unwrap().len(), 2, "berta has gone");
        let again = lasting.speed(&Account::new("anna"), &SpeedLimits::new(Some(2000), None));
        assert!(Arc::ptr_eq(&anna, &again));
        drop((anna, again, carla));
        lasting.speed(&Account::new("dora"), &SpeedLimits::unlimited());
        assert_eq!(lasting.0.speeds.lock().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn what_nobody_counts_any_more_is_forgotten() {
        let lasting = Lasting::new();
        let usage = |root: &str| tree::Shared::usage(&lasting, Path::new(root), Arc::new(Memory::new()));
        let known = || lasting.0.usages.lock().unwrap().len();
        let there = usage("/there");
        // It is not counted again for each who comes and goes.
        usage("/counted").count(Duration::ZERO).await.unwrap();
        drop(usage("/gone"));
        assert_eq!(known(), 3);
        let next = usage("/next");
        assert_eq!(known(), 3, "only /gone has gone");
        assert!(Arc::ptr_eq(&there, &usage("/there")));
        assert!(usage("/counted").is_counted());
        drop(next);
    }
}
