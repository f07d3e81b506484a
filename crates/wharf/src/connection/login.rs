//! Logging in.

use wharf_core::command::{
    ArgumentError,
    login::{Acct, LoginStep, Pass, User},
};

use super::Connection;
use crate::{Error, ErrorKind, Phase};

impl Connection {
    /// Logs in. A password is sent only if the server asks for it.
    ///
    /// # Errors
    /// As [`send`](Self::send), with the phase [`Login`](Phase::Login). A server that asks for an account gives
    /// [`UnexpectedReply`](crate::ErrorKind::UnexpectedReply): use
    /// [`login_with_account`](Self::login_with_account).
    ///
    /// Cancel safe as the [module](super) says.
    pub async fn login(&mut self, user: impl AsRef<[u8]>, password: impl AsRef<[u8]>) -> Result<(), Error> {
        let (user, password) = (User::new(user), Pass::new(password));
        self.log_in(user, password, None).await.map_err(|error| error.phase_is(Phase::Login))
    }

    /// Logs in to a server that may ask for an account too (RFC 959 section 4.1.1). See [`login`](Self::login).
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub async fn login_with_account(
        &mut self,
        user: impl AsRef<[u8]>,
        password: impl AsRef<[u8]>,
        account: impl AsRef<[u8]>,
    ) -> Result<(), Error> {
        let (user, password, account) = (User::new(user), Pass::new(password), Acct::new(account));
        self.log_in(user, password, Some(account)).await.map_err(|error| error.phase_is(Phase::Login))
    }

    /// Each secret is sent once at most, so that a server cannot ask for ever.
    async fn log_in(
        &mut self,
        user: Result<User, ArgumentError>,
        password: Result<Pass, ArgumentError>,
        account: Option<Result<Acct, ArgumentError>>,
    ) -> Result<(), Error> {
        let user = user?;
        let mut password = Some(password?);
        let mut account = account.transpose()?;
        self.control.synchronize().await?;
        let first = !self.learned.logged_in && !self.altered;
        let mut step = self.exchange(user).await?;
        loop {
            step = match step {
                LoginStep::Complete => {
                    self.altered = !first;
                    self.ensure_private().await?;
                    return self.agree_on_utf8().await;
                }
                LoginStep::PasswordNeeded => {
                    let password =
                        password.take().ok_or_else(|| asked_for("the server asks for the password again"))?;
                    self.exchange(password).await?
                }
                LoginStep::AccountNeeded => {
                    let account =
                        account.take().ok_or_else(|| asked_for("the server asks for an account"))?;
                    self.exchange(account).await?
                }
            };
        }
    }
}

fn asked_for(what: &'static str) -> Error {
    Error::new(ErrorKind::UnexpectedReply, Phase::Login).message(what)
}
