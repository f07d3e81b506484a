use async_trait::async_trait;
use wharf_core::{
    account::Account,
    pathname::escape_for_display,
    principal::{Authenticator, LoginAttempt, LoginError, Principal},
};

use super::Bans;

/// An authenticator that is not asked about who is banned, so that nothing depends on what they guess; and not waited for any longer once
/// they are: attempts that queue for their turn leave the queue then, and those that run come to nothing.
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
        let account = self.account(attempt);
        // First the ban: it counts more than an answer that comes with it.
        tokio::select! {
            biased;
            () = self.bans.refused(attempt.peer.ip(), &account) => {}
            asked = self.authenticator.authenticate(attempt) => return asked,
        }
        let name = escape_for_display(attempt.name).to_string();
        tracing::info!(peer = %attempt.peer, reason = "there is a ban", name, "not let in");
        Err(LoginError::Incorrect)
    }

    fn account(&self, attempt: &LoginAttempt<'_>) -> Account {
        self.authenticator.account(attempt)
    }
}
