use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::SystemTime,
};

use async_trait::async_trait;
use wharf_storage::{Capabilities, Pathname, Storage};

use super::Settings;
use crate::{
    command::Registry,
    failure::Failure,
    host_name::HostName,
    principal::{Authenticator, LoginAttempt, Principal},
    protection::ProtectionLevel,
    reply::Reply,
    session::Session,
    spec::Spec,
    view::{Guarded, View},
};

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

    /// The same storage as [`storage`](Self::storage) gives, for a transfer: each call is checked likewise.
    ///
    /// # Errors
    /// 530 where nobody is logged in.
    pub fn guarded_storage(&self) -> Result<Arc<dyn Storage>, Failure> {
        let principal = self.session.principal().ok_or_else(|| Failure::new(530, "Not logged in."))?;
        Ok(Arc::new(Guarded::new(principal.clone(), self.spec.access)))
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

/// What a command may ask of the driver.
#[async_trait]
pub trait Host: Send + Sync {
    /// Waits for the next data connection, protected at this level, and gives the address to tell the client. One before it is given up.
    ///
    /// # Errors
    /// A reply: 425 where no port is free.
    async fn listen(&mut self, level: ProtectionLevel) -> Result<SocketAddr, Failure>;

    /// Whether the server itself is reached at this address: nobody may have data sent there.
    fn is_own(&self, address: SocketAddr) -> bool;

    /// Whether this is the address of another server, to which data may go as to the client's own.
    fn is_partner(&self, address: IpAddr) -> bool {
        let _ = address;
        false
    }

    /// Whether the server has this name, and whether the handshake of TLS, if there was one, was for it; and what it says of
    /// itself by that name, if anything.
    ///
    /// # Errors
    /// 504 otherwise (RFC 7151 sections 3.2 and 4).
    fn check_host_name(&self, name: &HostName) -> Result<Option<Reply>, Failure>;

    /// Gives up a data connection that is waited for or waiting.
    fn close_data(&mut self);

    /// Counts a login that the authenticator granted, and may change what it grants.
    ///
    /// # Errors
    /// 530 where the principal has too many sessions, or may not log in now.
    async fn admit(&mut self, principal: Principal) -> Result<Principal, Failure>;

    /// Is told of a refused login, and why, where the authenticator was not the one that refused it: for the log. It waits, to slow
    /// down guessing, and until nobody can tell by the clock what was wrong.
    async fn login_failed(&mut self, attempt: &LoginAttempt<'_>, reason: Option<&'static str>);

    /// Is told of a login that nobody could decide. It waits as for one that is refused.
    async fn login_unavailable(&mut self);

    /// Is told that nobody is logged in any more, if somebody was.
    fn logged_out(&mut self);

    /// Octets that the running transfer has moved; `None` if none runs.
    fn progress(&self) -> Option<u64>;
}
