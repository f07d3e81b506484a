use std::{fmt, sync::Arc, time::Duration};

use wharf_core::principal::Secret;

use super::{Client, address::Address, pool::Pool};
use crate::{ConnectionBuilder, Error, SpeedLimits, connection::ClientTls};

/// How a [`Client`] reaches its server, who it is there, and how many connections it makes.
///
/// ```
/// use std::time::Duration;
/// use wharf::{Client, connection::DataMode};
///
/// let client = Client::builder("ftpes://ftp.example.org")
///     .login("anna", "secret")
///     .connections(8)
///     .connection(|connection| connection.reply_timeout(Duration::from_secs(20)).data_mode(DataMode::Active))
///     .build()?;
/// # Ok::<(), wharf::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ClientBuilder {
    address: Result<Address, Error>,
    settings: Settings,
    /// Who was set to log in, instead of whom the URL names.
    login: Option<Login>,
    tls: Option<Option<ClientTls>>,
}

/// What holds for the life of a client.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) host: String,
    pub(super) connection: ConnectionBuilder,
    pub(super) login: Login,
    pub(super) connections: usize,
    pub(super) idle_timeout: Duration,
    pub(super) acquire_timeout: Duration,
    pub(super) reconnects: u32,
    pub(super) speed_limits: SpeedLimits,
}

/// Who logs in.
#[derive(Clone)]
pub(super) struct Login {
    pub(super) user: Vec<u8>,
    pub(super) password: Arc<Secret>,
    pub(super) account: Option<Arc<Secret>>,
}

impl Login {
    fn new(user: impl AsRef<[u8]>, password: impl AsRef<[u8]>) -> Self {
        let password = Arc::new(Secret::new(password.as_ref()));
        Self { user: user.as_ref().to_vec(), password, account: None }
    }
}

impl Default for Login {
    /// Nobody in particular (RFC 1635).
    fn default() -> Self {
        Self::new("anonymous", "anonymous@")
    }
}

impl ClientBuilder {
    /// The number of connections unless it is set.
    pub const CONNECTIONS: usize = 4;

    pub(super) fn new(address: impl fmt::Display) -> Self {
        let settings = Settings {
            host: String::new(),
            connection: ConnectionBuilder::new(),
            login: Login::default(),
            connections: Self::CONNECTIONS,
            idle_timeout: Duration::from_secs(30),
            acquire_timeout: Duration::from_secs(120),
            reconnects: 8,
            speed_limits: SpeedLimits::unlimited(),
        };
        Self { address: Address::parse(&address.to_string()), settings, login: None, tls: None }
    }

    /// Sets who logs in: `anonymous` unless set here or in the URL.
    pub fn login(mut self, user: impl AsRef<[u8]>, password: impl AsRef<[u8]>) -> Self {
        self.login = Some(Login::new(user, password));
        self
    }

    /// Sets who logs in, for a server that may ask for an account too (RFC 959 section 4.1.1).
    pub fn login_with_account(
        mut self,
        user: impl AsRef<[u8]>,
        password: impl AsRef<[u8]>,
        account: impl AsRef<[u8]>,
    ) -> Self {
        let account = Some(Arc::new(Secret::new(account.as_ref())));
        self.login = Some(Login { account, ..Login::new(user, password) });
        self
    }

    /// Sets how the connections are protected, instead of what the URL's scheme says.
    pub fn tls(mut self, tls: impl Into<Option<ClientTls>>) -> Self {
        self.tls = Some(tls.into());
        self
    }

    /// Sets the speed limits, which hold for all connections together. Clients that are built with clones share them.
    pub fn speed_limits(mut self, limits: SpeedLimits) -> Self {
        self.settings.speed_limits = limits;
        self
    }

    /// Sets how each connection behaves: timeouts, data mode, proxy and all else that a [`ConnectionBuilder`] knows, but
    /// for TLS and speed limits, which are set here.
    pub fn connection(mut self, set: impl FnOnce(ConnectionBuilder) -> ConnectionBuilder) -> Self {
        self.settings.connection = set(self.settings.connection);
        self
    }

    /// Sets how many connections there are at the most: [`CONNECTIONS`](Self::CONNECTIONS) unless set, 1 at least. A server
    /// that allows fewer gets fewer.
    pub fn connections(mut self, connections: usize) -> Self {
        self.settings.connections = connections.max(1);
        self
    }

    /// Sets after what time without work a connection is closed: 30 s unless set.
    ///
    /// Servers and translators of addresses forget connections after a minute or more, and not all say so.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.settings.idle_timeout = timeout;
        self
    }

    /// Sets how long a call may wait for a connection, opening it included: 120 s unless set.
    pub fn acquire_timeout(mut self, timeout: Duration) -> Self {
        self.settings.acquire_timeout = timeout;
        self
    }

    /// Sets how often work that was cut is taken up again without having come further: 8 times unless set, which is about
    /// a minute with the pauses between. What comes further counts anew; 0 takes nothing up again.
    pub fn reconnects(mut self, reconnects: u32) -> Self {
        self.settings.reconnects = reconnects;
        self
    }

    /// The client. It connects when it has something to do.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for an address that is none.
    pub fn build(self) -> Result<Client, Error> {
        let Self { address, mut settings, login, tls } = self;
        let address = address?;
        settings.login = login.or(address.login).unwrap_or_default();
        settings.host = address.host;
        settings.connection =
            settings.connection.tls(tls.unwrap_or(address.tls)).speed_limits(settings.speed_limits.clone());
        settings.connection.check(&settings.host)?;
        Ok(Client { pool: Arc::new(Pool::new(settings)) })
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.user.escape_ascii())
    }
}
