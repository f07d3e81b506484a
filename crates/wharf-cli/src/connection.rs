//! What all commands that talk to a server have in common: their options, connecting and logging in.

use std::{
    net::IpAddr,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use tracing::level_filters::LevelFilter;
use wharf::{
    Client, Connection, ConnectionBuilder, Error, Proxy, SpeedLimits,
    client::ClientBuilder,
    connection::{ClientTls, DataMode, PassiveForm},
    core::{charset::Charset, pathname::escape_for_display},
};

use crate::{
    bind::Bind,
    exit::{Exit, Failure},
    hints, log, numbers,
    password::{self, Login},
    proxy, tls,
    url::{self, Url},
};

/// Options of what talks to a server.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ServerOptions {
    /// The file that holds the password
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]
    #[arg(long, value_name = "SECONDS", value_parser = numbers::seconds)]
    timeout: Option<Duration>,

    /// The charset of the server's names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server
    /// does not say UTF8]
    #[arg(long, value_name = "NAME")]
    pub(crate) charset: Option<Charset>,

    /// Show errors only
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// Show each command and reply
    #[arg(short, long, conflicts_with = "quiet")]
    verbose: bool,

    /// Make connections from this address, or from those of this interface
    #[arg(long, value_name = "ADDRESS|INTERFACE")]
    bind: Option<Bind>,

    #[command(flatten)]
    proxy: proxy::Options,

    #[command(flatten)]
    pub(crate) tls: tls::Options,
}

/// Options of the connection.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Options {
    /// Have the server make the data connections
    #[arg(long, conflicts_with = "passive")]
    active: bool,

    /// The address that the server is told to connect to, where a translator stands before this machine
    #[arg(long, value_name = "ADDRESS", requires = "active")]
    active_address: Option<IpAddr>,

    /// The ports to await the server's connections on [default: any]
    #[arg(long, value_name = "FIRST-LAST", requires = "active", value_parser = numbers::ports)]
    active_ports: Option<RangeInclusive<u16>>,

    /// Use only this form of passive data connections [default: epsv, then pasv]
    #[arg(long, value_name = "FORM")]
    passive: Option<Form>,

    /// The most octets a second to move; K, M, G and T are 1024 and its powers
    #[arg(long, value_name = "RATE", value_parser = numbers::octets)]
    limit_rate: Option<u64>,

    #[command(flatten)]
    pub(crate) server: ServerOptions,
}

/// A form of passive data connections.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Form {
    Epsv,
    Pasv,
}

/// A server to talk to, and who to be there.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) url: Url,
    pub(crate) login: Login,
    pub(crate) tls: Option<ClientTls>,
    pub(crate) proxy: Option<Proxy>,
}

impl ServerOptions {
    /// Reads the files of TLS, and finds out the password, which may be asked for on the terminal.
    ///
    /// # Errors
    /// Those of [`tls::Options::client`] and of [`password::find`].
    pub(crate) fn target(&self, url: Url) -> Result<Target, Failure> {
        self.target_with(url, tls::Options::client)
    }

    /// As [`target`](Self::target), with TLS as `tls` makes it of the options.
    ///
    /// # Errors
    /// Those of [`target`](Self::target).
    pub(crate) fn target_with(
        &self,
        url: Url,
        tls: impl FnOnce(&tls::Options, &Url) -> Result<Option<ClientTls>, Failure>,
    ) -> Result<Target, Failure> {
        let tls = tls(&self.tls, &url)?;
        let proxy = self.proxy.to(&url.host)?;
        let login = password::find(&url, self.password_file.as_deref(), password::PLACES)?;
        Ok(Target { url, login, tls, proxy })
    }

    /// As [`target`](Self::target), of a second server: its password is elsewhere.
    ///
    /// # Errors
    /// Those of [`target`](Self::target).
    pub(crate) fn target_of_dst(&self, url: Url, password_file: Option<&Path>) -> Result<Target, Failure> {
        let tls = self.tls.client(&url)?;
        let proxy = self.proxy.to(&url.host)?;
        let login = password::find(&url, password_file, password::PLACES_OF_DST)?;
        Ok(Target { url, login, tls, proxy })
    }

    /// Begins to log, once.
    pub(crate) fn begin_log(&self) {
        log::begin(match (self.quiet, self.verbose) {
            (true, _) => LevelFilter::ERROR,
            (_, true) => LevelFilter::DEBUG,
            _ => LevelFilter::WARN,
        });
    }

    /// A connection to be set up further.
    pub(crate) fn builder(&self, target: &Target) -> ConnectionBuilder {
        self.set(Connection::builder(), target).tls(target.tls.clone())
    }

    /// The pathname of `url`, as the server has it.
    pub(crate) fn path_of(&self, url: &Url) -> Vec<u8> {
        self.charset.unwrap_or_default().to_remote(&url.path).into_owned()
    }

    /// Sets timeouts, the charset and the way to the server.
    fn set(&self, builder: ConnectionBuilder, target: &Target) -> ConnectionBuilder {
        let mut builder = builder.charset(self.charset);
        if let Some(timeout) = self.timeout {
            builder = builder.connect_timeout(timeout).reply_timeout(timeout);
            builder = builder.data_connect_timeout(timeout).stall_timeout(timeout);
        }
        for address in self.bind.iter().flat_map(Bind::addresses) {
            builder = builder.local_address(address);
        }
        builder.proxy(target.proxy.clone())
    }
}

impl Target {
    /// Another place on the same server, for the same user.
    pub(crate) fn at(&self, url: Url) -> Self {
        Self { url, login: self.login.clone(), tls: self.tls.clone(), proxy: self.proxy.clone() }
    }

    /// Connects.
    ///
    /// # Errors
    /// [`Exit::Network`] for the most part.
    pub(crate) async fn connect(&self, builder: ConnectionBuilder) -> Result<Connection, Failure> {
        hints::before(&self.url);
        builder.connect(self.url.address()).await.map_err(|error| self.fails(error))
    }

    /// Logs in.
    ///
    /// # Errors
    /// [`Exit::Login`] for the most part.
    pub(crate) async fn log_in(&self, client: &mut Connection) -> Result<(), Failure> {
        let Login { user, password, account, .. } = &self.login;
        let logged_in = match account {
            Some(account) => client.login_with_account(user, password.expose(), account.expose()).await,
            None => client.login(user, password.expose()).await,
        };
        logged_in.map_err(|error| self.fails(error))
    }

    /// A failure, with the address in it where it is the way to the server that failed.
    pub(crate) fn named_in(&self, mut failure: Failure) -> Failure {
        let of_the_way = matches!(failure.exit, Exit::Network | Exit::TimedOut | Exit::Tls | Exit::Login);
        if let Some(text) = failure.text.as_mut().filter(|_| of_the_way) {
            let address = self.url.address();
            text.insert_str(0, &format!("{}: ", escape_for_display(address.as_bytes())));
        }
        failure
    }

    /// The failure of a connection, with the address in it.
    pub(crate) fn fails(&self, error: Error) -> Failure {
        let hint = hints::after(&self.url, &error);
        let failure = Failure::from(error);
        let hint = match failure.exit {
            Exit::Login if self.login.nobody && hint.is_none() => {
                Some("without a user it is anonymous who logs in: ftp://USER@host/")
            }
            _ => hint,
        };
        let text = failure.text.unwrap_or_default();
        let address = self.url.address();
        let failure =
            Failure::new(failure.exit, format!("{}: {text}", escape_for_display(address.as_bytes())));
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl Options {
    /// As [`ServerOptions::target`].
    ///
    /// # Errors
    /// Those of [`ServerOptions::target`].
    pub(crate) fn target(&self, url: Url) -> Result<Target, Failure> {
        self.server.target(url)
    }

    /// A client.
    ///
    /// # Errors
    /// The options do not go together.
    pub(crate) fn client(&self, target: &Target) -> Result<Client, Failure> {
        self.server.begin_log();
        Ok(self.client_builder(target).build()?)
    }

    /// A client to be set up further.
    pub(crate) fn client_builder(&self, target: &Target) -> ClientBuilder {
        hints::before(&target.url);
        let Login { user, password, account, .. } = &target.login;
        let client = Client::builder(target.url.address()).tls(target.tls.clone());
        let client = match account {
            Some(account) => client.login_with_account(user, password.expose(), account.expose()),
            None => client.login(user, password.expose()),
        };
        let mode = match (self.active, self.passive) {
            (true, _) => DataMode::Active,
            (_, Some(Form::Epsv)) => DataMode::Passive(vec![PassiveForm::Extended]),
            (_, Some(Form::Pasv)) => DataMode::Passive(vec![PassiveForm::Plain]),
            _ => DataMode::default(),
        };
        let limits = match self.limit_rate {
            Some(rate) => SpeedLimits::new(Some(rate), Some(rate)),
            None => SpeedLimits::unlimited(),
        };
        let set = |builder: ConnectionBuilder| {
            let mut builder = self.server.set(builder, target).data_mode(mode);
            if let Some(address) = self.active_address {
                builder = builder.active_address(address);
            }
            if let Some(ports) = &self.active_ports {
                builder = builder.active_ports(ports.clone());
            }
            builder
        };
        client.connection(set).speed_limits(limits)
    }
}

/// Says goodbye. What was to be done is done: that a server hangs up without a word changes nothing.
pub(crate) async fn quit(client: Connection) {
    if let Err(error) = client.quit().await {
        tracing::debug!(error = error.to_string(), "the server said no goodbye");
    }
}

/// What `error` means for `path`: servers have one code for what is not there and what is forbidden, so they are asked.
pub(crate) async fn explain(client: &mut Connection, path: &[u8], error: Error) -> Failure {
    let doubtful = error.is_not_found() && !is_denied(&error, path);
    let mut failure = Failure::from(error);
    if doubtful && failure.exit == Exit::Refused && matches!(client.exists(path).await, Ok(false)) {
        failure.exit = Exit::NotFound;
    }
    failure
}

/// Whether the server says of `path` that it is not permitted. Where that cannot be told from what is not there, it is not said.
fn is_denied(error: &Error, path: &[u8]) -> bool {
    let text = error.reply().map(|reply| reply.text().to_ascii_lowercase()).unwrap_or_default();
    let path = String::from_utf8_lossy(path).to_ascii_lowercase();
    let name = path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(&path);
    let says =
        |text: &str| ["denied", "not permitted", "not allowed"].iter().any(|words| text.contains(words));
    // Servers repeat the name, which may have such words in it.
    if says(name) { says(&text.replace(name, "")) } else { says(&text) }
}

/// What `error` means for `path`, which was to be made: what is missing then is the directory that it would be in.
pub(crate) async fn explain_new(client: &mut Connection, path: &[u8], error: Error) -> Failure {
    let doubtful =
        error.is_permanent_refusal() && Exit::of(&error) == Exit::Refused && !is_denied(&error, path);
    let mut failure = Failure::from(error);
    let path = path.strip_suffix(b"/").unwrap_or(path);
    if doubtful
        && let Some(directory) = url::directory(path)
        && matches!(client.exists(directory).await, Ok(false))
    {
        failure.exit = Exit::NotFound;
    }
    failure
}
