use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::time::timeout;
use wharf_core::{
    account::Account,
    principal::{Authenticator, LoginAttempt, LoginError, Principal},
};

/// An authenticator that is not waited for without end, such as a directory service that hangs.
#[derive(Debug)]
pub(super) struct TimedAuthenticator {
    authenticator: Arc<dyn Authenticator>,
    within: Duration,
}

impl TimedAuthenticator {
    pub(super) fn new(authenticator: Arc<dyn Authenticator>, within: Duration) -> Self {
        Self { authenticator, within }
    }
}

#[async_trait]
impl Authenticator for TimedAuthenticator {
    async fn needs_password(&self, attempt: &LoginAttempt<'_>) -> bool {
        timeout(self.within, self.authenticator.needs_password(attempt)).await.unwrap_or(true)
    }

    async fn authenticate(&self, attempt: &LoginAttempt<'_>) -> Result<Principal, LoginError> {
        let asked = timeout(self.within, self.authenticator.authenticate(attempt)).await;
        asked.unwrap_or_else(|late| Err(LoginError::Unavailable(late.into())))
    }

    fn account(&self, attempt: &LoginAttempt<'_>) -> Account {
        self.authenticator.account(attempt)
    }
}
