use std::{fmt, net::IpAddr, ops::RangeInclusive, sync::Arc, time::Duration};

use wharf_core::{
    charset::Charset,
    host_name::HostName,
    listing::{ListFormat, ListParser},
    reply::ReplyLimits,
};

use super::{ClientTls, Connection, HostMemory, Pipelining, list::CustomParser, tls::Begin};
#[cfg(feature = "proxy")]
use crate::Proxy;
use crate::{
    Error, SpeedLimits,
    net::{
        connect::{Host, Route},
        listen::PassivePorts,
    },
};

/// How a [`Connection`] connects and behaves.
///
/// ```no_run
/// # async fn run() -> Result<(), wharf::Error> {
/// use std::time::Duration;
/// use wharf::{Connection, connection::DataMode};
///
/// let mut connection = Connection::builder()
///     .reply_timeout(Duration::from_secs(20))
///     .data_mode(DataMode::Active)
///     .connect("ftp.example.org")
///     .await?;
/// connection.login("anna", "secret").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ConnectionBuilder {
    settings: Settings,
}

/// What holds for the life of a client.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) connect_timeout: Duration,
    pub(super) reply_timeout: Duration,
    pub(super) data_connect_timeout: Duration,
    pub(super) stall_timeout: Duration,
    pub(super) reply_limits: ReplyLimits,
    pub(super) data_mode: DataMode,
    pub(super) trust_passive_address: bool,
    pub(super) active_address: Option<IpAddr>,
    pub(super) active_ports: PassivePorts,
    pub(super) speed_limits: SpeedLimits,
    pub(super) list_parser: Option<CustomParser>,
    pub(super) list_format: Option<ListFormat>,
    pub(super) charset: Option<Charset>,
    pub(super) route: Route,
    pub(super) tls: Option<ClientTls>,
    pub(super) host_name: Option<HostName>,
    pub(super) pipelining: Pipelining,
    pub(super) host_memory: HostMemory,
}

/// Who connects to whom for data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataMode {
    /// The client connects to the server, which says where in one of these forms. The first is tried first; one that
    /// the server refuses for good gives way to the next, for the rest of the session.
    Passive(Vec<PassiveForm>),
    /// The server connects to the client: PORT on IPv4, EPRT on IPv6. Only the server's own address is let in.
    Active,
}

/// How the server says where it listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PassiveForm {
    /// EPSV: a port (RFC 2428).
    Extended,
    /// PASV: an IPv4 address, which is [not used](ConnectionBuilder::trust_passive_address), and a port (RFC 959).
    Plain,
}

impl DataMode {
    /// Whether it can be used on this route.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput).
    pub(super) fn check(&self, route: &Route) -> Result<(), Error> {
        match self {
            Self::Passive(forms) if forms.is_empty() => {
                Err(Error::invalid_input("passive mode needs one form at least"))
            }
            Self::Active if !route.is_direct() => {
                Err(Error::invalid_input("active mode does not go through a proxy"))
            }
            _ => Ok(()),
        }
    }
}

impl Default for DataMode {
    /// EPSV, then PASV.
    fn default() -> Self {
        Self::Passive(vec![PassiveForm::Extended, PassiveForm::Plain])
    }
}

impl Default for ConnectionBuilder {
    fn default() -> Self {
        Self {
            settings: Settings {
                connect_timeout: Duration::from_secs(30),
                reply_timeout: Duration::from_secs(60),
                data_connect_timeout: Duration::from_secs(30),
                stall_timeout: Duration::from_secs(60),
                reply_limits: ReplyLimits::default(),
                data_mode: DataMode::default(),
                trust_passive_address: false,
                active_address: None,
                active_ports: PassivePorts::new(None),
                speed_limits: SpeedLimits::default(),
                list_parser: None,
                list_format: None,
                charset: None,
                route: Route::default(),
                tls: None,
                host_name: None,
                pipelining: Pipelining::default(),
                host_memory: HostMemory::default(),
            },
        }
    }
}

impl ConnectionBuilder {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how long making the control connection may take, name lookup and proxy included: 30 s unless set.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.connect_timeout = timeout;
        self
    }

    /// Sets how long a reply may take: 60 s unless set. A server may be busy with a large upload until it replies.
    pub fn reply_timeout(mut self, timeout: Duration) -> Self {
        self.settings.reply_timeout = timeout;
        self
    }

    /// Sets how long making a data connection may take: 30 s unless set.
    pub fn data_connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.data_connect_timeout = timeout;
        self
    }

    /// Sets how long no octet may move on a data connection before the transfer fails: 60 s unless set.
    pub fn stall_timeout(mut self, timeout: Duration) -> Self {
        self.settings.stall_timeout = timeout;
        self
    }

    /// Sets how large a reply may be: [`ReplyLimits::default`] unless set.
    pub fn reply_limits(mut self, limits: ReplyLimits) -> Self {
        self.settings.reply_limits = limits;
        self
    }

    /// Sets who connects to whom for data: the client to the server, by EPSV or PASV, unless set.
    pub fn data_mode(mut self, mode: DataMode) -> Self {
        self.settings.data_mode = mode;
        self
    }

    /// Sets whether data connections go to the address that the server names in reply to PASV.
    ///
    /// They do not unless set: a server could send the client anywhere with it, and servers behind a translator often
    /// name an address that cannot be reached. They go to the address of the control connection.
    pub fn trust_passive_address(mut self, trust: bool) -> Self {
        self.settings.trust_passive_address = trust;
        self
    }

    /// Sets the speed limits. Clients that are built with clones share them.
    pub fn speed_limits(mut self, limits: SpeedLimits) -> Self {
        self.settings.speed_limits = limits;
        self
    }

    /// Reads LIST in this format, whatever its lines look like: the lines of each listing choose unless set.
    pub fn list_format(mut self, format: impl Into<Option<ListFormat>>) -> Self {
        self.settings.list_format = format.into();
        self
    }

    /// Sets the charset of the server's names. Unless it is set it is UTF-8, or, where the server does not say `UTF8` in FEAT
    /// and has listed names that are not, what those [look like](Connection::guess_charset).
    ///
    /// Methods take and give names octet for octet all the same. The charset is for where they meet names that are text:
    /// those of local files in [`download`](Connection::download) and [`upload`](Connection::upload), and what a program
    /// shows, by [`Connection::charset`]. A name that is no text of the charset is used as it is.
    ///
    /// For any other than UTF-8, servers that have both are not asked for UTF-8.
    pub fn charset(mut self, charset: impl Into<Option<Charset>>) -> Self {
        self.settings.charset = charset.into();
        self
    }

    /// Puts this parser of LIST before those that are known: it reads a listing that it reads as well as any of them.
    pub fn list_parser_first(mut self, parser: Arc<dyn ListParser>) -> Self {
        self.settings.list_parser = Some(CustomParser::First(parser));
        self
    }

    /// Puts this parser of LIST after those that are known: it reads a listing that it reads better than any of them.
    pub fn list_parser_last(mut self, parser: Arc<dyn ListParser>) -> Self {
        self.settings.list_parser = Some(CustomParser::Last(parser));
        self
    }

    /// Protects control and data connections with TLS: none unless set.
    pub fn tls(mut self, tls: impl Into<Option<ClientTls>>) -> Self {
        self.settings.tls = tls.into();
        self
    }

    /// Tells the server with HOST which of its names is meant, before the login (RFC 7151): not said unless set.
    ///
    /// With TLS it is said in the handshake already, and servers want the two to agree. A server that does not know HOST
    /// or the name gives [`Refused`](crate::ErrorKind::Refused) from [`connect`](Self::connect).
    pub fn host_name(mut self, name: HostName) -> Self {
        self.settings.host_name = Some(name);
        self
    }

    /// Sets how far commands may run ahead of their answers: as far as the server is known to stand it, unless set.
    pub fn pipelining(mut self, pipelining: Pipelining) -> Self {
        self.settings.pipelining = pipelining;
        self
    }

    /// Sets where it is remembered which servers answer out of order: with what is built from clones of this, unless set.
    pub fn host_memory(mut self, memory: HostMemory) -> Self {
        self.settings.host_memory = memory;
        self
    }

    /// Makes control and data connections from this address of the machine, and listens on it in active mode: the system
    /// chooses unless set. Set twice, for IPv4 and for IPv6, each holds for its family; a family without one is not used.
    ///
    /// Through a proxy, it is the address from which the proxy is reached.
    pub fn local_address(mut self, address: IpAddr) -> Self {
        self.settings.route.local.set(address);
        self
    }

    /// Sets the address that the server is told to connect to in active mode, on control connections of its family: that
    /// of the control connection unless set. It is for a machine behind a translator of addresses, which hands the
    /// [ports](Self::active_ports) on.
    pub fn active_address(mut self, address: IpAddr) -> Self {
        self.settings.active_address = Some(address);
        self
    }

    /// Sets the ports on which the server's connections are awaited in active mode: any that is free unless set. There
    /// should be more than connections at a time.
    pub fn active_ports(mut self, ports: RangeInclusive<u16>) -> Self {
        self.settings.active_ports = PassivePorts::new(Some(ports));
        self
    }

    /// Makes control and data connections through a proxy: straight to the server unless set. Active mode does not go
    /// through one.
    #[cfg(feature = "proxy")]
    pub fn proxy(mut self, proxy: impl Into<Option<Proxy>>) -> Self {
        self.settings.route.proxy = proxy.into();
        self
    }

    /// Connects and waits for the greeting; with [`tls`](Self::tls), protects the connection too.
    ///
    /// `address` is a host name or an address, with or without a port: `ftp.example.org`, `ftp.example.org:2121`,
    /// `[::1]:2121`, or a [`SocketAddr`](std::net::SocketAddr). Without a port it is 21, and 990
    /// for implicit TLS.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput), [`Connect`](crate::ErrorKind::Connect),
    /// [`Timeout`](crate::ErrorKind::Timeout), or [`Closed`](crate::ErrorKind::Closed) with the server's 421.
    /// With TLS also [`Tls`](crate::ErrorKind::Tls), and [`Refused`](crate::ErrorKind::Refused) with the server's reply to
    /// AUTH, PBSZ or PROT.
    ///
    /// Cancel safe: a dropped call leaves no connection.
    pub async fn connect(self, address: impl fmt::Display) -> Result<Connection, Error> {
        let host = self.check(&address.to_string())?;
        Connection::open_to_resume(host, self.settings).await
    }

    /// The charset of the names of the server at `address`, as far as it is known by now.
    pub(crate) fn charset_of(&self, address: &str) -> Charset {
        let guessed = || self.settings.host_memory.charset(&self.check(address).ok()?);
        self.settings.charset.or_else(guessed).unwrap_or_default()
    }

    /// The name and the port that an address stands for; `None` where it is none.
    pub(crate) fn address_of(&self, address: &str) -> Option<(String, u16)> {
        self.check(address).ok().map(|host| (host.name, host.port))
    }

    /// Whether what is stored on the server at `address` is not seen before it is complete, as far as is known by now.
    pub(crate) fn stores_atomically(&self, address: &str) -> bool {
        self.check(address).is_ok_and(|host| self.settings.host_memory.stores_atomically(&host))
    }

    /// Whether this can work at all, before anything is sent: which server is meant.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput).
    pub(crate) fn check(&self, address: &str) -> Result<Host, Error> {
        let settings = &self.settings;
        let implicit = settings.tls.as_ref().is_some_and(|tls| tls.begin == Begin::Implicit);
        let host = Host::parse(address, if implicit { Host::IMPLICIT_PORT } else { Host::PORT })
            .ok_or_else(|| match address.contains("://") {
                true => Error::invalid_input(
                    "an address is a host, with or without :port; Client::builder takes a URL, ConnectionBuilder::tls has TLS",
                ),
                false => Error::invalid_input("an address is a host, with or without :port"),
            })?;
        settings.data_mode.check(&settings.route)?;
        #[cfg(feature = "proxy")]
        if let Some(proxy) = &settings.route.proxy {
            proxy.check()?;
        }
        Ok(host)
    }
}
