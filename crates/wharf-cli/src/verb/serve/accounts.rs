//! Who may log in, as long as the server runs: the accounts can be replaced under it.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use wharf::{
    core::principal::{Authenticator, LoginAttempt, LoginError, Principal},
    server::VirtualHosts,
};

/// The accounts of now. Sessions that are logged in keep what they have.
#[derive(Clone, Debug)]
pub(super) struct Current(Arc<RwLock<Arc<VirtualHosts>>>);

impl Current {
    pub(super) fn new(accounts: VirtualHosts) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(accounts))))
    }

    /// Has logins from now on decided by others.
    pub(super) fn replace(&self, accounts: VirtualHosts) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(accounts);
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
}
