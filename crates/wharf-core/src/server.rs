//! The server half: a line in, a decision out.
//!
//! A driver owns the sockets and the clock. It gives each line to [`dispatch`] and does what the [`Action`] says; what
//! a command needs of the outside besides storage, it asks of the driver's [`Host`].

use std::{fmt, net::SocketAddr, panic::AssertUnwindSafe, time::SystemTime};

use async_trait::async_trait;
use futures_util::FutureExt;
use wharf_storage::{Capabilities, Pathname, Sink, SourceBody};

use crate::{
    command::{Argument, ArgumentError, Registered, Registry, foreign},
    extensions::Extensions,
    failure::Failure,
    line::LineError,
    policy,
    principal::{Authenticator, Principal},
    reply::Reply,
    representation::RepresentationType,
    session::{Session, Stage},
    spec::{Clears, Spec},
    view::View,
};

/// What a command's `serve` gives.
pub type Served = Result<Action, Failure>;

/// What the driver is to do.
#[derive(Debug)]
pub enum Action {
    /// Send this.
    Reply(Reply),
    /// Move octets over the data connection.
    Transfer(Transfer),
    /// Send this, then close the session.
    Close(Reply),
}

/// One use of the data connection.
#[non_exhaustive]
pub struct Transfer {
    /// The preliminary reply.
    pub opening: Reply,
    /// The reply when all octets have moved and storage has them.
    pub completion: Reply,
    /// The octets' way.
    pub body: TransferBody,
    /// How they look on the data connection.
    pub representation: RepresentationType,
    /// The file, where it is one: for events and logs.
    pub pathname: Option<Pathname>,
}

/// Which way the octets of a transfer go.
pub enum TransferBody {
    /// To the client.
    Send(SourceBody),
    /// From the client.
    Receive(Box<dyn Sink>),
}

impl Transfer {
    /// A transfer of octets as they are, announced by 150 and ended by 226.
    pub fn new(body: TransferBody) -> Self {
        Self {
            opening: Reply::new(150, "Opening data connection."),
            completion: Reply::new(226, "Transfer complete."),
            body,
            representation: RepresentationType::Image,
            pathname: None,
        }
    }

    /// A transfer that sends what the stream yields.
    pub fn send<S>(chunks: S) -> Self
    where
        S: futures_core::Stream<Item = wharf_storage::Result<wharf_storage::Bytes>> + Send + 'static,
    {
        Self::new(TransferBody::Send(SourceBody::Stream(Box::pin(chunks))))
    }

    /// Changes the preliminary reply.
    #[must_use]
    pub fn opening(mut self, reply: Reply) -> Self {
        self.opening = reply;
        self
    }

    /// Changes the completion reply.
    #[must_use]
    pub fn completion(mut self, reply: Reply) -> Self {
        self.completion = reply;
        self
    }

    /// Says how the octets look on the data connection.
    #[must_use]
    pub fn representation(mut self, representation: RepresentationType) -> Self {
        self.representation = representation;
        self
    }

    /// Says which file it is.
    #[must_use]
    pub fn pathname(mut self, pathname: Pathname) -> Self {
        self.pathname = Some(pathname);
        self
    }
}

/// What a command may ask of the driver.
#[async_trait]
pub trait Host: Send + Sync {
    /// Waits for the next data connection and gives the address to tell the client. One before it is given up.
    ///
    /// # Errors
    /// A reply: 425 where no port is free.
    async fn listen(&mut self) -> Result<SocketAddr, Failure>;

    /// Whether the server itself is reached at this address: nobody may have data sent there.
    fn is_own(&self, address: SocketAddr) -> bool;

    /// Gives up a data connection that is waited for or waiting.
    fn close_data(&mut self);

    /// Counts a login that the authenticator granted.
    ///
    /// # Errors
    /// 530 where the principal has too many sessions.
    fn admit(&mut self, principal: &Principal) -> Result<(), Failure>;

    /// Is told of a refused login; it may wait to slow down guessing.
    async fn login_failed(&mut self, name: &[u8]);

    /// Is told that nobody is logged in any more, if somebody was.
    fn logged_out(&mut self);

    /// Octets that the running transfer has moved; `None` if none runs.
    fn progress(&self) -> Option<u64>;
}

/// What is the same for all sessions of a server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The answer to SYST.
    pub system_type: String,
    /// Whether PORT and EPRT are offered.
    pub active_mode: bool,
    /// Values of the embedding program for its own commands.
    pub extensions: Extensions,
}

impl Default for Settings {
    fn default() -> Self {
        Self { system_type: "UNIX Type: L8".into(), active_mode: true, extensions: Extensions::default() }
    }
}

/// What a command finds around it.
pub struct Context<'a> {
    /// What is known of the control connection.
    pub session: &'a mut Session,
    /// The driver.
    pub host: &'a mut dyn Host,
    /// Who decides on logins.
    pub authenticator: &'a dyn Authenticator,
    /// All commands.
    pub registry: &'a Registry,
    /// What is the same for all sessions.
    pub settings: &'a Settings,
    /// The time.
    pub now: SystemTime,
    /// The row of the command that runs.
    pub spec: &'static Spec,
}

impl Context<'_> {
    /// Reads a pathname as seen from the working directory.
    ///
    /// # Errors
    /// 501 or 553 for what cannot be one.
    pub fn resolve(&self, pathname: &[u8]) -> Result<Pathname, Failure> {
        Ok(self.session.working_directory.resolve(pathname)?)
    }

    /// The storage of who is logged in, as far as the command's Spec and the principal's permissions allow.
    ///
    /// # Errors
    /// 530 where nobody is.
    pub fn storage(&self) -> Result<View<'_>, Failure> {
        let principal = self.session.principal().ok_or_else(|| Failure::new(530, "Not logged in."))?;
        Ok(View::new(principal, self.spec.access))
    }

    /// What the storage of who is logged in can do; everything before login, since it is not known then.
    pub fn capabilities(&self) -> Capabilities {
        self.session.principal().map_or(Capabilities::all(), |principal| principal.storage().capabilities())
    }

    /// A value that the embedding program put into the settings.
    pub fn extension<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.settings.extensions.get()
    }
}

/// The parts of a context that stay while a session lives.
#[derive(Clone, Copy, Debug)]
pub struct Service<'a> {
    /// All commands.
    pub registry: &'a Registry,
    /// Who decides on logins.
    pub authenticator: &'a dyn Authenticator,
    /// What is the same for all sessions.
    pub settings: &'a Settings,
}

/// Runs the command on one line. Every line has exactly one outcome; a panic of the command is a 451.
pub async fn dispatch(
    line: Result<Vec<u8>, LineError>,
    service: Service<'_>,
    session: &mut Session,
    host: &mut dyn Host,
    now: SystemTime,
) -> Served {
    let line = line.map_err(|error| match error {
        LineError::TooLong => Failure::new(500, "The line is too long."),
        _ => Failure::new(501, "A line cannot contain NUL or a bare CR."),
    })?;
    let Some((command, argument)) = service.registry.lookup(&line) else {
        session.clear(Clears::RENAME_SOURCE);
        return match session.stage {
            Stage::Greeted if foreign::is_foreign(&line) => Ok(Action::Close(foreign::reply())),
            _ => Err(Failure::new(500, "Unknown command.")),
        };
    };
    policy::check(command.spec, session, service.settings)
        .inspect_err(|_| session.clear(command.spec.clears))?;
    let Service { registry, authenticator, settings } = service;
    let mut context = Context { session, host, authenticator, registry, settings, now, spec: command.spec };
    let served = serve(command, argument, &mut context).await;
    session.clear(command.spec.clears);
    served
}

async fn serve(command: Registered, argument: Argument, context: &mut Context<'_>) -> Served {
    match AssertUnwindSafe(command.serve(argument, context)).catch_unwind().await {
        Ok(Ok(served)) => served,
        Ok(Err(error)) => Err(describe(error, command.spec)),
        Err(_) => {
            Err(Failure::new(451, "The command failed inside the server.").caused_by("the command panicked"))
        }
    }
}

fn describe(error: ArgumentError, spec: &Spec) -> Failure {
    match error {
        ArgumentError::Missing => Failure::new(501, &format!("{} needs an argument.", spec.verb)),
        ArgumentError::Unexpected => Failure::new(501, &format!("{} takes no argument.", spec.verb)),
        error => error.into(),
    }
}

impl From<Reply> for Action {
    fn from(reply: Reply) -> Self {
        Self::Reply(reply)
    }
}

impl From<Transfer> for Action {
    fn from(transfer: Transfer) -> Self {
        Self::Transfer(transfer)
    }
}

impl fmt::Debug for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transfer")
            .field("opening", &self.opening)
            .field("pathname", &self.pathname)
            .finish_non_exhaustive()
    }
}
