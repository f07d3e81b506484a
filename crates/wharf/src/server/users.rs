use std::{fmt, sync::Arc};

use async_trait::async_trait;
use subtle::ConstantTimeEq;
use wharf_core::{
    principal::{Authenticator, LoginAttempt, LoginError, Permissions, Principal, Secret},
    protection::Requirements,
};
use wharf_storage::{Pathname, Storage};

use super::{SpeedLimits, not_let_in::not_let_in};

/// Somebody who may log in, given in code.
///
/// ```
/// use wharf::{Permissions, User, storage::Memory};
///
/// let user = User::new("anna", "secret", Memory::new()).permissions(Permissions::read_write());
/// ```
#[derive(Clone)]
pub struct User {
    name: String,
    password: Password,
    certificate: Option<Vec<u8>>,
    principal: Principal,
}

#[derive(Clone)]
enum Password {
    Needed(Secret),
    Any,
    None,
}

impl User {
    /// A user whose files are in `storage`, and who may list and read them. An empty password never matches.
    pub fn new(name: impl Into<String>, password: impl Into<Vec<u8>>, storage: impl Storage) -> Self {
        Self::with(name.into(), Password::Needed(Secret::new(password)), Arc::new(storage))
    }

    /// A user who logs in with the name alone.
    pub fn without_password(name: impl Into<String>, storage: impl Storage) -> Self {
        Self::with(name.into(), Password::None, Arc::new(storage))
    }

    /// Whoever logs in as `anonymous` or `ftp`, with any password (RFC 1635).
    pub fn anonymous(storage: impl Storage) -> Self {
        Self::with("anonymous".into(), Password::Any, Arc::new(storage))
    }

    fn with(name: String, password: Password, storage: Arc<dyn Storage>) -> Self {
        let principal = Principal::new(name.as_str(), storage).permissions(Permissions::read_only());
        Self { name, password, certificate: None, principal }
    }

    /// Sets the working directory after login.
    #[must_use]
    pub fn home(mut self, home: Pathname) -> Self {
        self.principal = self.principal.home(home);
        self
    }

    /// Sets what the user may do where, in place of listing and reading everywhere.
    #[must_use]
    pub fn permissions(mut self, permissions: Permissions) -> Self {
        self.principal = self.principal.permissions(permissions);
        self
    }

    /// Sets how many sessions the user may have at a time. They are counted after the password.
    #[must_use]
    pub fn session_limit(mut self, sessions: usize) -> Self {
        self.principal = self.principal.session_limit(sessions);
        self
    }

    /// Limits the speed of all the user's sessions together, and of each of them.
    #[must_use]
    pub fn speed(mut self, together: SpeedLimits, each: SpeedLimits) -> Self {
        self.principal = self.principal.extension(UserSpeed::new(together, each));
        self
    }

    /// Sets what TLS must protect for this user, besides what the server asks.
    #[must_use]
    pub fn require_protection(mut self, required: Requirements) -> Self {
        self.principal = self.principal.require_protection(required);
        self
    }

    /// Lets nobody in who has not proved to own this certificate, in DER, to the TLS of the control connection.
    ///
    /// With [`without_password`](Self::without_password) it takes the place of a password. The server must ask for
    /// certificates: [`ServerTls::accept_client_certificates`](crate::server::ServerTls::accept_client_certificates).
    #[must_use]
    pub fn client_certificate(mut self, certificate: impl Into<Vec<u8>>) -> Self {
        self.certificate = Some(certificate.into());
        self
    }

    fn is_proved(&self, attempt: &LoginAttempt<'_>) -> bool {
        let wanted = self.certificate.as_deref();
        wanted.is_none_or(|wanted| attempt.client_certificate == Some(wanted))
    }

    fn is_named(&self, name: &[u8]) -> bool {
        match self.password {
            Password::Any => matches!(name, b"anonymous" | b"ftp"),
            _ => self.name.as_bytes() == name,
        }
    }
}

/// What a principal's sessions may move: an [extension](Principal::extension) of a principal that an authenticator makes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UserSpeed {
    /// All of them together. Clones share the limits, so every login of a user is to get a clone of the same.
    pub together: SpeedLimits,
    /// Each of them: a pattern, from which each session gets limits of its own.
    pub each: SpeedLimits,
}

impl UserSpeed {
    /// Of what all of them may move together, and each.
    pub fn new(together: SpeedLimits, each: SpeedLimits) -> Self {
        Self { together, each }
    }
}

/// Users given in code. Without any, nobody can log in.
///
/// A server has some of its own: [`ServerBuilder::user`](super::ServerBuilder::user). These are for an authenticator that is
/// made of others, such as [`VirtualHosts`](super::VirtualHosts).
#[derive(Clone, Debug, Default)]
pub struct Users(pub(super) Vec<User>);

impl Users {
    /// Nobody yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds somebody. The first of several with the same name counts.
    #[must_use]
    pub fn with(mut self, user: User) -> Self {
        self.0.push(user);
        self
    }
}

#[async_trait]
impl Authenticator for Users {
    async fn needs_password(&self, attempt: &LoginAttempt<'_>) -> bool {
        // Who lacks the certificate is asked for a password, as if there were no such user.
        let user = self.0.iter().find(|user| user.is_named(attempt.name));
        !user.is_some_and(|user| matches!(user.password, Password::None) && user.is_proved(attempt))
    }

    async fn authenticate(&self, attempt: &LoginAttempt<'_>) -> Result<Principal, LoginError> {
        let user = self.0.iter().find(|user| user.is_named(attempt.name));
        let given = attempt.password.map(Secret::expose);
        // An unknown name takes as long as a wrong password.
        let nobody = Password::Needed(Secret::default());
        let granted = match (user.map_or(&nobody, |user| &user.password), given) {
            (Password::Needed(password), given) => {
                let given = given.unwrap_or_default();
                !password.expose().is_empty() & bool::from(password.expose().ct_eq(given))
            }
            (Password::Any, given) => given.is_some(),
            (Password::None, _) => true,
        };
        let reason = match user {
            None => "there is no such user",
            Some(user) if !user.is_proved(attempt) => "the client has shown none of the user's certificates",
            Some(_) if !granted => "the password is wrong",
            Some(user) => return Ok(user.principal.clone()),
        };
        not_let_in(attempt.peer, attempt.name, reason);
        Err(LoginError::Incorrect)
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("name", &self.name).finish_non_exhaustive()
    }
}
