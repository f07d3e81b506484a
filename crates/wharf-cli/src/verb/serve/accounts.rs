//! Who may log in, as long as the server runs: the accounts can be replaced under it.

use std::{
    collections::HashSet,
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;
use wharf::{
    core::{
        account::Account,
        principal::{Authenticator, LoginAttempt, LoginError, Principal},
    },
    server::{Users, VirtualHosts},
};

/// The accounts of now. Sessions that are logged in keep what they have.
#[derive(Clone, Debug)]
pub(super) struct Current(Arc<RwLock<Arc<VirtualHosts>>>);

impl Current {
    pub(super) fn new(accounts: VirtualHosts) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(accounts))))
    }

    /// Has logins from now on decided by others. A host that is none any more has nobody: whoever names it does not mean those
    /// who log in without a name.
    pub(super) fn replace(&self, accounts: VirtualHosts) {
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let known: HashSet<_> = accounts.names().cloned().collect();
        let former: HashSet<_> = current.names().filter(|name| !known.contains(*name)).cloned().collect();
        let with_former = former.into_iter().fold(accounts, |hosts, name| hosts.host(name, Users::new()));
        *current = Arc::new(with_former);
    }

    fn get(&self) -> Arc<VirtualHosts> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Authenticator for Current {
    async fn needs_password(&self, attempt: &LoginAttempt<'_>) -> bool {
        self.get().needs_password(attempt).await
    }

    async fn authenticate(&self, attempt: &LoginAttempt<'_>) -> Result<Principal, LoginError> {
        self.get().authenticate(attempt).await
    }

    fn account(&self, attempt: &LoginAttempt<'_>) -> Account {
        self.get().account(attempt)
    }
}

#[cfg(test)]
mod tests {
    use wharf::core::host_name::HostName;

    use super::*;

    #[test]
    fn a_host_of_before_is_known_once_however_often_it_is_replaced() {
        let hosts = |names: &[&str]| {
            let names = names.iter().map(|name| HostName::parse(name).unwrap());
            names.fold(VirtualHosts::new(), |hosts, name| hosts.host(name, Users::new()))
        };
        let current = Current::new(hosts(&["one.example", "two.example"]));
        for _ in 0..3 {
            current.replace(hosts(&["one.example"]));
            let known = current.get();
            let mut names: Vec<_> = known.names().map(ToString::to_string).collect();
            names.sort();
            assert_eq!(names, ["one.example", "two.example"]);
        }
    }
}
