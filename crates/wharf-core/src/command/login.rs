//! USER, PASS, ACCT, REIN and QUIT: who is there, and for how long (RFC 959 section 4.1.1).

use std::borrow::Cow;

use super::{Argument, ArgumentError, Command, no_argument};
use crate::{
    failure::Failure,
    principal::{LoginAttempt, LoginError, Secret},
    reply::Reply,
    server::{Context, Served},
    session::{Session, Stage},
    spec::{Clears, Grammar, Login, Spec},
};

const CLEARS_ALL: Clears = Clears::all();

/// How a login goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginStep {
    /// The login is complete (230, or 202 and 232 for what needs no more).
    Complete,
    /// PASS is wanted (331).
    PasswordNeeded,
    /// ACCT is wanted (332).
    AccountNeeded,
}

fn login_step(reply: &Reply) -> Option<LoginStep> {
    match reply.code().as_u16() {
        200 | 202 | 230 | 232 => Some(LoginStep::Complete),
        331 => Some(LoginStep::PasswordNeeded),
        332 => Some(LoginStep::AccountNeeded),
        _ => None,
    }
}

/// USER: names who wants to log in (RFC 959 section 4.1.1).
///
/// Nothing of the session before survives it: identity, working directory, restart offset, rename source and data
/// connection are gone, whatever the answer.
///
/// ```text
/// C: USER anna
/// S: 331 Password required.
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The name.
    pub name: Argument,
}

impl User {
    /// The command for this name.
    ///
    /// # Errors
    /// CR, LF or NUL in it.
    pub fn new(name: impl AsRef<[u8]>) -> Result<Self, ArgumentError> {
        Ok(Self { name: Argument::new(name)? })
    }
}

impl Command for User {
    const SPEC: Spec = Spec {
        verb: "USER",
        reference: "RFC 959 section 4.1.1",
        help: "Name the user who logs in.",
        argument: Grammar::Required("name"),
        good: &["anna", "anonymous"],
        bad: &[""],
        login: Login::NotRequired,
        identifies: true,
        clears: CLEARS_ALL,
        replies: &[230, 331, 332],
        ..Spec::DENY
    };

    type Output = LoginStep;

    fn parse(name: Argument) -> Result<Self, ArgumentError> {
        Ok(Self { name })
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        self.name.as_bytes().into()
    }

    fn accept(&self, reply: &Reply) -> Option<LoginStep> {
        login_step(reply)
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        log_out(context);
        let name = self.name.as_bytes();
        let attempt = attempt(context.session, name, None, None);
        if context.authenticator.needs_password(&attempt).await {
            context.session.stage = Stage::Named { name: name.to_vec() };
            return Ok(Reply::new(331, "Password required.").into());
        }
        authenticate(context, name, None, None).await
    }
}

/// PASS: proves it (RFC 959 section 4.1.1). Its argument may be empty.
///
/// ```text
/// C: PASS ...
/// S: 230 Logged in.
/// ```
#[derive(Clone, Debug)]
pub struct Pass {
    password: Secret,
}

impl Pass {
    /// The command for this password.
    ///
    /// # Errors
    /// CR, LF or NUL in it.
    pub fn new(password: impl AsRef<[u8]>) -> Result<Self, ArgumentError> {
        Argument::new(password).and_then(Self::parse)
    }
}

impl Command for Pass {
    const SPEC: Spec = Spec {
        verb: "PASS",
        reference: "RFC 959 section 4.1.1",
        help: "Give the password of the user.",
        argument: Grammar::Optional("password"),
        good: &["", "secret", " with spaces "],
        login: Login::NotRequired,
        identifies: true,
        secret: true,
        replies: &[202, 230, 332, 503],
        ..Spec::DENY
    };

    type Output = LoginStep;

    fn parse(password: Argument) -> Result<Self, ArgumentError> {
        Ok(Self { password: Secret::new(password.as_bytes()) })
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        self.password.expose().into()
    }

    fn accept(&self, reply: &Reply) -> Option<LoginStep> {
        login_step(reply)
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        match std::mem::take(&mut context.session.stage) {
            Stage::Named { name } => authenticate(context, &name, Some(self.password), None).await,
            other => {
                context.session.stage = other;
                Err(Failure::new(503, "Send USER first."))
            }
        }
    }
}

/// ACCT: names the account, where the server asks for one (RFC 959 section 4.1.1).
///
/// ```text
/// C: ACCT building-3
/// S: 230 Logged in.
/// ```
#[derive(Clone, Debug)]
pub struct Acct {
    account: Secret,
}

impl Acct {
    /// The command for this account.
    ///
    /// # Errors
    /// CR, LF or NUL in it.
    pub fn new(account: impl AsRef<[u8]>) -> Result<Self, ArgumentError> {
        Argument::new(account).and_then(Self::parse)
    }
}

impl Command for Acct {
    const SPEC: Spec = Spec {
        verb: "ACCT",
        reference: "RFC 959 section 4.1.1",
        help: "Give the account of the user, where one is asked for.",
        argument: Grammar::Required("account"),
        good: &["building-3"],
        bad: &[""],
        login: Login::NotRequired,
        identifies: true,
        secret: true,
        replies: &[202, 230, 503],
        ..Spec::DENY
    };

    type Output = LoginStep;

    fn parse(account: Argument) -> Result<Self, ArgumentError> {
        Ok(Self { account: Secret::new(account.as_bytes()) })
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        self.account.expose().into()
    }

    fn accept(&self, reply: &Reply) -> Option<LoginStep> {
        login_step(reply)
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        match std::mem::take(&mut context.session.stage) {
            Stage::NeedsAccount { name, password } => {
                authenticate(context, &name, Some(password), Some(self.account)).await
            }
            logged_in @ Stage::LoggedIn(_) => {
                context.session.stage = logged_in;
                Ok(Reply::new(202, "No account is needed.").into())
            }
            other => {
                context.session.stage = other;
                Err(Failure::new(503, "Send USER and PASS first."))
            }
        }
    }
}

/// REIN: forgets the user and everything else, keeping the connection (RFC 959 section 4.1.1).
///
/// ```text
/// C: REIN
/// S: 220 Ready for a new user.
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rein;

impl Command for Rein {
    const SPEC: Spec = Spec {
        verb: "REIN",
        reference: "RFC 959 section 4.1.1",
        help: "Log out and start over on the same connection.",
        login: Login::NotRequired,
        clears: CLEARS_ALL,
        replies: &[220],
        ..Spec::DENY
    };

    type Output = ();

    no_argument!();

    fn accept(&self, reply: &Reply) -> Option<()> {
        (reply.code() == 220).then_some(())
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        log_out(context);
        context.session.host_name = None;
        Ok(Reply::new(220, "Ready for a new user.").into())
    }
}

/// QUIT: closes the session, after a transfer that runs (RFC 959 section 4.1.1).
///
/// ```text
/// C: QUIT
/// S: 221 Goodbye.
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quit;

impl Command for Quit {
    const SPEC: Spec = Spec {
        verb: "QUIT",
        reference: "RFC 959 section 4.1.1",
        help: "Close the session.",
        closes: true,
        login: Login::NotRequired,
        clears: CLEARS_ALL,
        replies: &[221],
        ..Spec::DENY
    };

    type Output = ();

    no_argument!();

    fn accept(&self, reply: &Reply) -> Option<()> {
        (reply.code() == 221).then_some(())
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        log_out(context);
        Ok(crate::server::Action::Close(Reply::new(221, "Goodbye.")))
    }
}

fn log_out(context: &mut Context<'_>) {
    context.host.close_data();
    context.host.logged_out();
    context.session.reset();
}

async fn authenticate(
    context: &mut Context<'_>,
    name: &[u8],
    password: Option<Secret>,
    account: Option<Secret>,
) -> Served {
    let attempt = attempt(context.session, name, password.as_ref(), account.as_ref());
    match context.authenticator.authenticate(&attempt).await {
        Ok(principal) if principal.required_protection().control && !context.session.protection.control => {
            // No more than to who is refused: the text does not tell that the password was right.
            let reason = "the user needs TLS";
            context.host.login_failed(&attempt, Some(reason)).await;
            Err(Failure::new(530, "Login incorrect.").caused_by(reason))
        }
        Ok(principal) => {
            let principal = context.host.admit(principal).await?;
            context.session.log_in(principal);
            Ok(Reply::new(230, "Logged in.").into())
        }
        Err(LoginError::AccountNeeded) if account.is_none() => {
            let password = password.unwrap_or_default();
            context.session.stage = Stage::NeedsAccount { name: name.to_vec(), password };
            Ok(Reply::new(332, "Account required.").into())
        }
        Err(LoginError::Unavailable(source)) => {
            context.host.login_unavailable().await;
            Err(unavailable(source))
        }
        Err(LoginError::Concealed(source)) => {
            context.host.login_failed(&attempt, None).await;
            Err(unavailable(source))
        }
        Err(refused @ (LoginError::Incorrect | LoginError::AccountNeeded)) => {
            let wants_another = matches!(refused, LoginError::AccountNeeded);
            let reason = wants_another.then_some("another account is needed than was given");
            context.host.login_failed(&attempt, reason).await;
            Err(Failure::new(530, "Login incorrect."))
        }
    }
}

fn unavailable(source: Box<dyn std::error::Error + Send + Sync>) -> Failure {
    Failure::new(451, "The login service is not available, try again later.").caused_by(source)
}

fn attempt<'a>(
    session: &'a Session,
    name: &'a [u8],
    password: Option<&'a Secret>,
    account: Option<&'a Secret>,
) -> LoginAttempt<'a> {
    LoginAttempt {
        peer: session.peer(),
        protected: session.protection.control,
        client_certificate: session.client_certificate.as_deref(),
        host_name: session.host_name.as_ref().or(session.server_name.as_ref()),
        name,
        password,
        account,
    }
}
