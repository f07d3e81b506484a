use async_trait::async_trait;
use wharf_core::principal::{Authenticator, LoginAttempt, LoginError, Principal};

use super::Bans;

/// An authenticator that is not asked about who is banned, so that nothing depends on what they guess.
///
/// Whoever refuses sees to it that the answer comes no sooner than that to a wrong password.
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
        let is_banned = || self.bans.refuses(attempt.peer.ip(), attempt.name);
        if is_banned() {
            return Err(LoginError::Incorrect);
        }
        let asked = self.authenticator.authenticate(attempt).await;
        // Others may have failed meanwhile.
        if is_banned() { Err(LoginError::Incorrect) } else { asked }
    }
}
