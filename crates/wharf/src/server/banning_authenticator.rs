use async_trait::async_trait;
use wharf_core::principal::{Authenticator, LoginAttempt, LoginError, Principal};

use super::Bans;

/// An authenticator whose word does not count for who is banned.
///
/// It is asked all the same, so that the answer comes no sooner: a guess that was right tells nothing.
#[derive(Debug)]
pub(super) struct BanningAuthenticator<A> {
    authenticator: A,
    bans: Bans,
}

impl<A> BanningAuthenticator<A> {
    pub(super) fn new(authenticator: A, bans: Bans) -> Self {
        Self { authenticator, bans }
    }
}

#[async_trait]
impl<A: Authenticator> Authenticator for BanningAuthenticator<A> {
    async fn needs_password(&self, attempt: &LoginAttempt<'_>) -> bool {
        self.authenticator.needs_password(attempt).await
    }

    async fn authenticate(&self, attempt: &LoginAttempt<'_>) -> Result<Principal, LoginError> {
        let asked = self.authenticator.authenticate(attempt).await;
        match self.bans.refuses(attempt.peer.ip(), attempt.name) {
            true => Err(LoginError::Incorrect),
            false => asked,
        }
    }
}
