//! What all commands that talk to a server have in common: their options, connecting and logging in.

use std::{path::PathBuf, time::Duration};

use tracing::level_filters::LevelFilter;
use wharf::{
    Client, Error, Proxy, SpeedLimits,
    client::{ClientTls, DataMode, PassiveForm},
    core::pathname::escape_for_display,
};

use crate::{
    exit::{Exit, Failure},
    log, numbers,
    password::{self, Login},
    tls,
    url::Url,
};

/// Options of the connection.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Options {
    /// The file that holds the password
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Have the server make the data connections
    #[arg(long, conflicts_with = "passive")]
    active: bool,

    /// Use only this form of passive data connections [default: epsv, then pasv]
    #[arg(long, value_name = "FORM")]
    passive: Option<Form>,

    /// How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]
    #[arg(long, value_name = "SECONDS", value_parser = numbers::seconds)]
    timeout: Option<Duration>,

    /// The most octets a second to move; K, M and G are 1024 and its powers
    #[arg(long, value_name = "RATE", value_parser = numbers::octets)]
    limit_rate: Option<u64>,

    /// The SOCKS 5 proxy to connect through
    #[arg(long, value_name = "HOST:PORT")]
    socks5: Option<String>,

    /// Show errors only
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// Show each command and reply
    #[arg(short, long, conflicts_with = "quiet")]
    verbose: bool,

    #[command(flatten)]
    tls: tls::Options,
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
    login: Login,
    tls: Option<ClientTls>,
}

impl Options {
    /// Reads `url`, and the files of TLS, and finds out the password, which may be asked for on the terminal.
    ///
    /// # Errors
    /// Those of [`Url::parse`], of [`tls::Options::client`] and of [`password::find`].
    pub(crate) fn target(&self, url: &str) -> Result<Target, Failure> {
        let url = Url::parse(url)?;
        let tls = self.tls.client(&url)?;
        let login = password::find(&url, self.password_file.as_deref())?;
        Ok(Target { url, login, tls })
    }

    /// Connects and logs in.
    ///
    /// # Errors
    /// [`Exit::Network`] and [`Exit::Login`] for the most part.
    pub(crate) async fn connect(&self, target: &Target) -> Result<Client, Failure> {
        log::begin(match (self.quiet, self.verbose) {
            (true, _) => LevelFilter::ERROR,
            (_, true) => LevelFilter::DEBUG,
            _ => LevelFilter::WARN,
        });
        let address = target.url.address();
        let fails = |error: Error| {
            let failure = Failure::from(error);
            let text = failure.text.unwrap_or_default();
            Failure::new(failure.exit, format!("{}: {text}", escape_for_display(address.as_bytes())))
        };
        let mut builder = Client::builder().tls(target.tls.clone());
        if let Some(timeout) = self.timeout {
            builder = builder.connect_timeout(timeout).reply_timeout(timeout);
            builder = builder.data_connect_timeout(timeout).stall_timeout(timeout);
        }
        if self.active {
            builder = builder.data_mode(DataMode::Active);
        }
        if let Some(form) = self.passive {
            let form = match form {
                Form::Epsv => PassiveForm::Extended,
                Form::Pasv => PassiveForm::Plain,
            };
            builder = builder.data_mode(DataMode::Passive(vec![form]));
        }
        if self.limit_rate.is_some() {
            builder = builder.speed_limits(SpeedLimits::new(self.limit_rate, self.limit_rate));
        }
        if let Some(proxy) = &self.socks5 {
            builder = builder.proxy(Proxy::socks5(proxy));
        }
        let mut client = builder.connect(&address).await.map_err(fails)?;
        let Login { user, password, account } = &target.login;
        match account {
            Some(account) => client.login_with_account(user, password.expose(), account.expose()).await,
            None => client.login(user, password.expose()).await,
        }
        .map_err(fails)?;
        Ok(client)
    }
}

/// Says goodbye. What was to be done is done: that a server hangs up without a word changes nothing.
pub(crate) async fn quit(client: Client) {
    if let Err(error) = client.quit().await {
        tracing::debug!(%error, "the server said no goodbye");
    }
}

/// What `error` means for `path`: servers have one code for what is not there and what is forbidden, so they are asked.
pub(crate) async fn explain(client: &mut Client, path: &[u8], error: Error) -> Failure {
    let doubtful = error.is_not_found();
    let mut failure = Failure::from(error);
    if doubtful && failure.exit == Exit::Refused && matches!(client.exists(path).await, Ok(false)) {
        failure.exit = Exit::NotFound;
    }
    failure
}
