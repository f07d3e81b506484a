use std::{
    collections::{BTreeMap, HashMap, HashSet},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use async_trait::async_trait;
use tokio::{sync::Semaphore, task::spawn_blocking};
use tracing::{info, warn};
use wharf::{
    SpeedLimits,
    core::{
        pathname::escape_for_display,
        principal::{Authenticator, LoginAttempt, LoginError, Principal, Secret},
    },
    server::UserSpeed,
    storage::{Local, Storage},
};

use crate::{
    Answer, PasswordHash, ProfileError, Settings, Source, expiry,
    profile::Profile,
    tree::{self, Folders, Usage},
};

/// Who may log in to a server, and what for: sources of users, and groups whose settings they share.
#[derive(Clone, Debug)]
pub struct Accounts {
    sources: Vec<Arc<dyn Source>>,
    groups: BTreeMap<String, Settings>,
    defaults: Settings,
    host: Option<String>,
    anonymous: Option<Settings>,
    lasting: Lasting,
}

/// What outlives a change of the accounts.
#[derive(Clone, Debug)]
pub struct Lasting(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    /// How many passwords may be hashed at a time: each takes a core and 19 MiB.
    hashing: Semaphore,
    /// The speeds that all sessions of a user share, while there are any.
    speeds: Mutex<HashMap<String, Weak<SpeedLimits>>>,
    /// What is kept in the roots that have a quota, while somebody is there or the count is believed.
    usages: Mutex<HashMap<PathBuf, Arc<Usage>>>,
    /// The folders of those who are there.
    folders: Folders,
    /// The folders in which an earlier server's unfinished uploads were looked for.
    swept: Mutex<HashSet<PathBuf>>,
}

impl Lasting {
    /// Nothing yet.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let hashing = Semaphore::new(cores);
        Self(Arc::new(Kept {
            hashing,
            speeds: Mutex::default(),
            usages: Mutex::default(),
            folders: Folders::default(),
            swept: Mutex::default(),
        }))
    }

    /// The limits that a user's sessions share as long as one of them has this, with these numbers from now on.
    fn speed(&self, name: &str, wanted: &SpeedLimits) -> Arc<SpeedLimits> {
        let mut all = self.0.speeds.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = all.get(name).and_then(Weak::upgrade).unwrap_or_else(|| {
            all.retain(|_, speed| speed.strong_count() > 0);
            let speed = Arc::default();
            all.insert(name.to_owned(), Arc::downgrade(&speed));
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
    let folder = folder.display();
    match storage.remove_leftovers().await {
        Ok(0) => {}
        Ok(removed) => info!("removed {removed} unfinished uploads of an earlier server from {folder}"),
        Err(error) => {
            warn!(%error, "unfinished uploads of an earlier server could not be looked for in {folder}");
        }
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
            groups: BTreeMap::new(),
            defaults: Settings::default(),
            host: None,
            anonymous: None,
            lasting,
        }
    }

    /// Adds a source; the first that knows a name is the one that counts.
    #[must_use]
    pub fn source(mut self, source: impl Source) -> Self {
        self.sources.push(Arc::new(source));
        self
    }

    /// Sets the groups that settings can name.
    ///
    /// # Errors
    /// A group with what only a user can have; the name of the group comes with it.
    pub fn groups(mut self, groups: BTreeMap<String, Settings>) -> Result<Self, (String, ProfileError)> {
        for (name, settings) in &groups {
            of_many(settings).map_err(|error| (name.clone(), error))?;
        }
        self.groups = groups;
        Ok(self)
    }

    /// Sets what holds for all who say nothing else, and whose groups do not either.
    ///
    /// # Errors
    /// They have what only a user can have.
    pub fn defaults(mut self, settings: Settings) -> Result<Self, ProfileError> {
        of_many(&settings)?;
        self.defaults = settings;
        Ok(self)
    }

    /// Makes these the accounts of one of several virtual hosts: `anna` is `anna@HOST` in logs, and where sessions and speeds
    /// are counted, so that she is not the `anna` of another host. In names of folders she is `anna`.
    #[must_use]
    pub fn of_host(mut self, host: &str) -> Self {
        self.host = Some(host.to_owned());
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
        self.profile(name, settings.clone()).map(drop)
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
    async fn find(&self, attempt: &LoginAttempt<'_>) -> Result<Answer, LoginError> {
        if let (b"anonymous" | b"ftp", Some(settings)) = (attempt.name, &self.anonymous) {
            return Ok(Answer::Proved(Box::new(settings.clone())));
        }
        for source in &self.sources {
            match source.find(attempt).await.map_err(LoginError::Unavailable)? {
                Answer::Unknown => {}
                answer => return Ok(answer),
            }
        }
        Ok(Answer::Unknown)
    }

    /// Whether the password is the one of the hash; without a hash it takes as long, and is not.
    async fn is_right(&self, hash: Option<PasswordHash>, given: Option<&Secret>) -> bool {
        let Ok(_turn) = self.lasting.0.hashing.acquire().await else { return false };
        let given = given.cloned().unwrap_or_default();
        let compare = move || match hash {
            Some(hash) => hash.matches(given.expose()),
            None => {
                PasswordHash::of_nobody().matches(given.expose());
                false
            }
        };
        spawn_blocking(compare).await.unwrap_or(false)
    }

    /// The principal, if the attempt is admitted.
    async fn admit(&self, attempt: &LoginAttempt<'_>) -> Result<Principal, LoginError> {
        let (settings, proved) = match self.find(attempt).await? {
            Answer::Known(settings) => (Some(*settings), false),
            Answer::Proved(settings) => (Some(*settings), true),
            Answer::Unknown | Answer::Refused => (None, false),
        };
        let name = String::from_utf8_lossy(attempt.name);
        let name =
            if proved && self.anonymous.is_some() && name == "ftp" { "anonymous".into() } else { name };
        let profile = settings.and_then(|settings| {
            let profile = self.profile(&name, settings);
            profile.map_err(|error| Answer::broken(attempt, &error)).ok()
        });
        let certified =
            profile.as_ref().is_some_and(|profile| profile.is_certified(attempt.client_certificate));
        let by_certificate = certified && profile.as_ref().is_some_and(Profile::needs_no_password);
        let hash = profile.as_ref().and_then(|profile| profile.password.clone());
        let proved = proved || by_certificate || self.is_right(hash, attempt.password).await;
        let shown = escape_for_display(attempt.name);
        let Some(profile) = profile.filter(|_| proved & certified) else { return Err(LoginError::Incorrect) };
        if !profile.admission.admits(attempt.peer.ip(), &expiry::now()) {
            info!(name = %shown, peer = %attempt.peer, "the account is closed to this address, or at this time");
            return Err(LoginError::Incorrect);
        }
        self.principal(&name, profile).await.map_err(|error| {
            warn!(name = %shown, %error, "the account's folder cannot be served");
            LoginError::Unavailable(error.into())
        })
    }

    async fn principal(&self, name: &str, profile: Profile) -> io::Result<Principal> {
        let lasting = self.lasting.clone();
        let open = move || {
            let storage = tree::open(&profile, &lasting)?;
            Ok::<_, io::Error>((storage, profile))
        };
        let (storage, profile) = spawn_blocking(open).await??;
        let name = &match &self.host {
            Some(host) => format!("{name}@{host}"),
            None => name.to_owned(),
        };
        let together = self.lasting.speed(name, &profile.speed.together());
        let mut principal = Principal::new(name.as_str(), storage)
            .home(profile.home)
            .permissions(profile.permissions)
            .require_protection(profile.protection)
            .extension(UserSpeed { together: SpeedLimits::clone(&together), each: profile.speed.each() })
            .extension(Held(together));
        if let Some(sessions) = profile.sessions {
            principal = principal.session_limit(sessions);
        }
        Ok(principal)
    }
}

/// What a user's sessions share, which is forgotten with the last of them.
struct Held(#[expect(dead_code, reason = "it is given back")] Arc<SpeedLimits>);

/// Settings of more than one user.
fn of_many(settings: &Settings) -> Result<(), ProfileError> {
    let only = [
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
        let Ok(Answer::Known(settings)) = self.find(attempt).await else { return true };
        let profile = self.profile(&String::from_utf8_lossy(attempt.name), *settings);
        !profile.is_ok_and(|profile| {
            profile.needs_no_password() && profile.is_certified(attempt.client_certificate)
        })
    }

    async fn authenticate(&self, attempt: &LoginAttempt<'_>) -> Result<Principal, LoginError> {
        self.admit(attempt).await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wharf::storage::Memory;

    use super::*;

    #[test]
    fn sessions_of_a_user_share_limits_that_can_change() {
        let lasting = Lasting::new();
        let anna = lasting.speed("anna", &SpeedLimits::new(Some(1000), None));
        let berta = lasting.speed("berta", &SpeedLimits::new(Some(1000), None));
        // Another login, after the configuration has changed.
        let again = lasting.speed("anna", &SpeedLimits::new(Some(2000), Some(3000)));
        assert_eq!((anna.upload.limit(), anna.download.limit()), (Some(2000), Some(3000)));
        assert_eq!((again.upload.limit(), berta.upload.limit()), (Some(2000), Some(1000)));
    }

    #[test]
    fn the_speeds_of_those_who_have_gone_are_forgotten() {
        let lasting = Lasting::new();
        let anna = lasting.speed("anna", &SpeedLimits::new(Some(1000), None));
        drop(lasting.speed("berta", &SpeedLimits::unlimited()));
        let carla = lasting.speed("carla", &SpeedLimits::unlimited());
        assert_eq!(lasting.0.speeds.lock().unwrap().len(), 2, "berta has gone");
        let again = lasting.speed("anna", &SpeedLimits::new(Some(2000), None));
        assert!(Arc::ptr_eq(&anna, &again));
        drop((anna, again, carla));
        lasting.speed("dora", &SpeedLimits::unlimited());
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
