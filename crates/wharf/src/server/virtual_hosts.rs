use std::sync::Arc;

use async_trait::async_trait;
use wharf_core::{
    account::Account,
    host_name::HostName,
    principal::{Authenticator, LoginAttempt, LoginError, Principal},
};

use super::not_let_in::not_let_in;

/// Several servers behind one address, each with its own users and files.
///
/// Which one is meant, the client says by HOST or in the handshake of TLS. Who says nothing, or another name, means the
/// [others](Self::others)' server; without one, they cannot log in.
///
/// ```no_run
/// use wharf::{Server, User, core::host_name::HostName, server::{Users, VirtualHosts}, storage::Local};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let (one, two) = (HostName::parse("one.example")?, HostName::parse("two.example")?);
/// let hosts = VirtualHosts::new()
///     .host(one, Users::new().with(User::new("anna", "correct horse", Local::open("/srv/one")?)))
///     .host(two, Users::new().with(User::new("anna", "battery staple", Local::open("/srv/two")?)));
/// let server = Server::builder().listen("[::]:21").virtual_hosts(hosts).serve().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct VirtualHosts {
    hosts: Vec<(HostName, Arc<dyn Authenticator>)>,
    others: Option<Arc<dyn Authenticator>>,
}

impl VirtualHosts {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a server: a name, and who may log in there. The first of several with the same name counts.
    ///
    /// Its users' accounts are those of this host, unless the authenticator names one itself: that of a server with several
    /// names does, so that an account is the same by each of them.
    #[must_use]
    pub fn host(mut self, name: HostName, authenticator: impl Authenticator) -> Self {
        self.hosts.push((name, Arc::new(authenticator)));
        self
    }

    /// Sets who may log in without one of the names.
    #[must_use]
    pub fn others(mut self, authenticator: impl Authenticator) -> Self {
        self.others = Some(Arc::new(authenticator));
        self
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &HostName> {
        self.hosts.iter().map(|(name, _)| name)
    }

    /// Who is asked about an attempt, and of which host that is.
    fn meant(&self, attempt: &LoginAttempt<'_>) -> Option<(Option<&HostName>, &Arc<dyn Authenticator>)> {
        let named = self.hosts.iter().find(|(name, _)| Some(name) == attempt.host_name);
        let named = named.map(|(name, authenticator)| (Some(name), authenticator));
        named.or_else(|| self.others.as_ref().map(|authenticator| (None, authenticator)))
    }
}

#[async_trait]
impl Authenticator for VirtualHosts {
    async fn needs_password(&self, attempt: &LoginAttempt<'_>) -> bool {
        match self.meant(attempt) {
            Some((_, authenticator)) => authenticator.needs_password(attempt).await,
            None => true,
        }
    }

    async fn authenticate(&self, attempt: &LoginAttempt<'_>) -> Result<Principal, LoginError> {
        match self.meant(attempt) {
            Some((host, authenticator)) => {
                let principal = authenticator.authenticate(attempt).await?;
                let account = of_host(principal.counted_for().clone(), host);
                Ok(principal.account(account))
            }
            None => {
                let reason = "the client means none of the hosts, and nobody is outside of them";
                not_let_in(attempt.peer, attempt.name, reason);
                Err(LoginError::Incorrect)
            }
        }
    }

    fn account(&self, attempt: &LoginAttempt<'_>) -> Account {
        match self.meant(attempt) {
            Some((host, authenticator)) => of_host(authenticator.account(attempt), host),
            None => Account::new(attempt.name),
        }
    }
}

/// The account as one of this host, where it is of none.
fn of_host(account: Account, host: Option<&HostName>) -> Account {
    match (account.host(), host) {
        (None, Some(host)) => account.of_host(host.clone()),
        _ => account,
    }
}
