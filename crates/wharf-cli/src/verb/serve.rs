//! `wharf serve`: a folder of this machine, or nothing but memory, as an FTP server.

mod account;
mod accounts;
mod addresses;
mod check;
mod configured;
mod event;
mod example;
mod gateway;
mod health;
mod metrics;
mod notice;
mod notify;
mod reload;
mod service_manager;
#[cfg(not(feature = "otel"))]
#[path = "serve/telemetry/none.rs"]
mod telemetry;
#[cfg(feature = "otel")]
mod telemetry;
mod tls;
mod transfer_log;
mod validity;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use tokio::time::timeout;
use tracing::{info, level_filters::LevelFilter, warn};
use wharf::{
    Permissions, Server, ServerBuilder,
    core::pathname::escape_for_display,
    server::{ServeError, ServeErrorKind},
    storage::{Local, Memory},
};

use self::{
    account::Account, addresses::Family, metrics::Metrics, notice::Notice, telemetry::Telemetry, tls::Tls,
};
use super::OwnVerb;
use crate::{
    beside,
    config::{Loaded, telemetry::Section},
    confine, descriptors,
    exit::{Exit, Failure},
    log, numbers,
    output::Output,
    runtime::{self, Cores, Signals},
};

/// How long sessions without a transfer, which wait for their clients to hang up, may take when the server is told to end
/// at once.
const AT_ONCE: Duration = Duration::from_millis(1500);

/// Serve a folder over FTP.
///
/// Unless told otherwise it listens on this machine only, lets one user in with a password made up for this run, and
/// lets nobody change anything. What is served is DIR and nothing outside it, whatever links say.
///
/// The address, the user, the password and a command to try it with are printed on standard output when the server is
/// ready, the log goes to standard error. Ctrl-C or SIGTERM ends it: transfers that run may finish, see
/// --shutdown-timeout; a second one ends it at once. The exit code is 0 then, or 1 if transfers were cut off.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "WHARF_LOG=debug (or info, warn, error, off) has more say over the log than -q and -v."
)]
pub(crate) struct Serve {
    /// The folder to serve
    #[arg(required_unless_present_any = ["memory", "config"], conflicts_with = "memory")]
    dir: Option<PathBuf>,

    /// The file that says everything: see `wharf config example`. It is read again when it changes, and on SIGHUP
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "dir", "memory", "write", "user", "password_file", "anonymous", "host", "port", "family", "passive_ports",
        "passive_address", "no_tree_streams", "idle_timeout", "login_timeout", "shutdown_timeout", "max_sessions", "tls", "tls_cert", "tls_key",
        "tls_resume", "implicit_port", "tls_client_ca", "tls_client_cert",
    ])]
    config: Option<PathBuf>,

    /// Serve nothing: say what clients would be told of the server's addresses and ports, what a firewall must let pass, and
    /// what will not work
    #[arg(long, requires = "config")]
    check: bool,

    /// A value over that of the file, such as limits.sessions=100; may be repeated
    #[arg(long, value_name = "KEY=VALUE", requires = "config")]
    set: Vec<String>,

    /// Serve an empty tree in memory, which ends with the program and holds 1 GiB at most. Implies --write
    #[arg(long)]
    memory: bool,

    /// Let clients also create, change and delete files. What unfinished uploads of a server that crashed have left is
    /// removed
    #[arg(long)]
    write: bool,

    /// The name of the one user
    #[arg(long, value_name = "NAME", default_value = "wharf")]
    user: String,

    /// The file that holds the user's password, in place of one made up; - is standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Let anybody in, as `anonymous` or `ftp` with any password, in place of the one user
    #[arg(long, conflicts_with_all = ["user", "password_file"])]
    anonymous: bool,

    /// Name or address to listen on; may be repeated [default: this machine only]
    ///
    /// 0.0.0.0 is every IPv4 address of this machine; :: is every IPv6 address and, where the system does so, every
    /// IPv4 address too.
    #[arg(long, value_name = "HOST")]
    host: Vec<String>,

    /// Port to listen on; 0 is any free one
    #[arg(long, default_value_t = 2121)]
    port: u16,

    /// Which addresses of a host to listen on; auto is both
    #[arg(long, value_enum, default_value_t)]
    family: Family,

    /// Ports for passive data connections, such as 21000-21099 [default: any free one]
    #[arg(long, value_name = "LO-HI", value_parser = numbers::ports)]
    passive_ports: Option<RangeInclusive<u16>>,

    /// IPv4 address for PASV to name, where clients see another one than this machine does
    #[arg(long, value_name = "ADDRESS")]
    passive_address: Option<Ipv4Addr>,

    /// Do not let clients move whole trees through one data connection
    #[arg(long)]
    no_tree_streams: bool,

    /// How long a session may do nothing
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = numbers::seconds)]
    idle_timeout: Duration,

    /// How long a login may take
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = numbers::seconds)]
    login_timeout: Duration,

    /// How long running transfers may take to finish when the server is told to end
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = numbers::seconds)]
    shutdown_timeout: Duration,

    /// How many sessions there may be at a time
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = numbers::at_least_one)]
    max_sessions: usize,

    /// Log errors only
    #[arg(short, long)]
    quiet: bool,

    /// Log each command and reply
    #[arg(short, long, conflicts_with = "quiet")]
    verbose: bool,

    /// What a line of the log looks like [default: text, or what the file says]
    #[arg(long, value_name = "FORMAT", value_enum)]
    log_format: Option<log::Format>,

    #[command(flatten)]
    tls: tls::Options,
}

impl OwnVerb for Serve {
    const EXAMPLES: &'static str = "\
wharf serve ./some-dir
wharf serve /srv/ftp --user anna --password-file anna.password --write --host :: --tls required
wharf serve --memory
wharf serve --config /etc/wharf.toml";

    /// Serves until Ctrl-C or SIGTERM.
    fn run(self, output: Output) -> Result<(), Failure> {
        if let Some(file) = self.config.as_ref().filter(|_| !self.check) {
            let loaded = Loaded::read(file, &self.set)?;
            loaded.unmade().into_iter().next().map_or(Ok(()), |unmade| Err(Failure::from(unmade)))?;
            confine::restrict(&loaded)?;
        }
        descriptors::allow_all();
        runtime::block_on_cores(async |cores| serve(self, output, cores).await)
    }
}

async fn serve(arguments: Serve, output: Output, cores: &Cores) -> Result<(), Failure> {
    let level = match (arguments.quiet, arguments.verbose) {
        (true, _) => Some(LevelFilter::ERROR),
        (_, true) => Some(LevelFilter::DEBUG),
        _ => None,
    };
    if let Some(file) = arguments.config {
        if arguments.check {
            return check::run(&Loaded::read(&file, &arguments.set)?, output).await;
        }
        return configured::serve(
            configured::Arguments { file, set: arguments.set, level, format: arguments.log_format },
            output,
            cores,
        )
        .await;
    }
    let format = arguments.log_format.unwrap_or_default();
    let begun = log::begin_beside(level.unwrap_or(LevelFilter::INFO), format);
    let _last_words = begun.map_err(|error| Failure::local("cannot log", &error))?;
    let account = match arguments.anonymous {
        true => Account::Anonymous,
        false => Account::new(arguments.user.clone(), arguments.password_file.as_deref())?,
    };
    let writable = arguments.write || arguments.memory;
    let permissions = if writable { Permissions::read_write() } else { Permissions::read_only() };
    let (user, example, what) = match &arguments.dir {
        Some(dir) => {
            let shown = escape_for_display(dir.as_os_str().as_encoded_bytes());
            let fails = |error| Failure::local(&format!("cannot serve {shown}"), &error);
            let storage = Local::open(dir).map_err(fails)?;
            let example = example::find(&storage).await;
            let full = dir.canonicalize().map_err(fails)?;
            if writable {
                tokio::spawn(remove_leftovers(storage.clone()));
            }
            (
                account.user(storage),
                example,
                escape_for_display(full.as_os_str().as_encoded_bytes()).to_string(),
            )
        }
        None => (account.user(Memory::new()), None, "a tree in memory".to_owned()),
    };
    let (out, _last_events) =
        beside::start(io::stdout()).map_err(|error| Failure::local("cannot tell of events", &error))?;
    // A folder has no file to say where telemetry is sent, but the environment may.
    let telemetry = Telemetry::begin(&Section::default(), Vec::new(), &Metrics::new(false))?;
    let told = telemetry.clone();
    let mut builder = Server::builder()
        .user(user.permissions(permissions))
        .limits(|limits| limits.sessions = Some(arguments.max_sessions))
        .tree_streams(!arguments.no_tree_streams)
        .runtimes(cores.handles().iter().cloned())
        .timeouts(|timeouts| {
            timeouts.idle = arguments.idle_timeout;
            timeouts.login = arguments.login_timeout;
        })
        .command_events(telemetry.is_some())
        .on_event(move |event| {
            if let Some(telemetry) = &told {
                telemetry.event(event);
            }
            log::event(event);
            event::tell(output, out.clone(), event);
        });
    if let Some(ports) = arguments.passive_ports {
        builder = builder.passive_ports(ports);
    }
    if let Some(address) = arguments.passive_address {
        builder = builder.passive_address(address);
    }
    // From here on a signal ends the server, and not the program.
    let mut signals = Signals::new().map_err(|error| Failure::local("cannot wait for signals", &error))?;
    let addresses = addresses::resolve(&arguments.host, arguments.port, arguments.family).await?;
    let tls = arguments.tls.tls(&addresses)?;
    let chains = arguments.tls.chains().to_vec();
    let server = listen(builder, &addresses, tls.as_ref()).await?;
    let _ageing = validity::tell_of(chains);
    let notice = Notice {
        what: &what,
        writable,
        addresses: server.addresses().get(..addresses.len()).unwrap_or_default(),
        implicit: server.addresses().get(addresses.len()..).unwrap_or_default(),
        tls: tls.as_ref(),
        account: &account,
        // What has been read from standard input is nowhere any more.
        password_file: arguments.password_file.as_deref().filter(|file| *file != Path::new("-")),
        example: example.as_ref(),
    };
    notice.print(output)?;
    signals.next().await;
    end(server, telemetry, arguments.shutdown_timeout, &mut signals).await
}

/// Ends the server when running transfers have ended, or `grace` is over, or another signal comes; then the last telemetry is
/// sent, in what is left of `grace`.
async fn end(
    server: Server,
    telemetry: Option<Telemetry>,
    grace: Duration,
    signals: &mut Signals,
) -> Result<(), Failure> {
    let began = Instant::now();
    let seconds = grace.as_secs();
    info!("shutting down; running transfers may finish for {seconds} s; once more to end at once");
    let mut end = std::pin::pin!(server.shut_down(grace));
    let (drained, left) = tokio::select! {
        drained = &mut end => (drained, grace.saturating_sub(began.elapsed()).max(AT_ONCE)),
        _ = signals.next() => (timeout(AT_ONCE, end).await.unwrap_or(false), AT_ONCE),
    };
    if let Some(telemetry) = telemetry {
        tokio::select! {
            () = telemetry.stop(left) => {}
            _ = signals.next() => {}
        }
    }
    match drained {
        true => Ok(()),
        false => Err(Failure::new(Exit::Failed, "transfers were cut off")),
    }
}

/// Frees the room of uploads that ended with an earlier server, while this one serves.
async fn remove_leftovers(storage: Local) {
    match storage.remove_leftovers().await {
        Ok(0) => {}
        Ok(removed) => info!("removed {removed} unfinished uploads of an earlier server"),
        Err(error) => warn!(
            error = error.to_string(),
            "unfinished uploads of an earlier server could not be looked for"
        ),
    }
}

async fn listen(
    builder: ServerBuilder,
    addresses: &[SocketAddr],
    tls: Option<&Tls>,
) -> Result<Server, Failure> {
    let mut builder = addresses.iter().fold(builder, ServerBuilder::listen);
    let mut addresses = addresses.to_vec();
    if let Some(tls) = tls {
        builder = tls.add_to(builder, &addresses);
        addresses.extend(tls.implicit(&addresses));
    }
    builder.serve().await.map_err(|error| does_not_serve(error, &addresses))
}

/// What is told of a server that does not begin at these addresses.
fn does_not_serve(error: ServeError, addresses: &[SocketAddr]) -> Failure {
    let exit = exit_of(&error);
    if error.kind() != ServeErrorKind::Listen {
        return Failure::new(exit, format!("cannot serve: {error}"));
    }
    let all = addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
    let error = io::Error::from(error);
    let hint = match error.kind() {
        io::ErrorKind::AddrInUse => "; --port chooses another port, --port 0 any free one",
        io::ErrorKind::PermissionDenied => "; ports below 1024 are for root",
        _ => "",
    };
    Failure::new(exit, format!("cannot listen on {all}: {error}{hint}"))
}

/// That of a server that does not begin.
fn exit_of(error: &ServeError) -> Exit {
    match error.kind() {
        ServeErrorKind::Settings => Exit::Usage,
        ServeErrorKind::Listen => Exit::Network,
        _ => Exit::Failed,
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// A server that lacks the rights for something else than its port needs no other port.
    #[tokio::test]
    async fn only_what_cannot_be_listened_on_is_said_of_addresses() {
        let said = async |address: SocketAddr| {
            let builder = Server::builder()
                .user(wharf::User::anonymous(Memory::new()))
                .once_bound(|| Err(io::ErrorKind::PermissionDenied.into()));
            let failure = listen(builder, &[address], None).await.unwrap_err();
            (failure.exit, failure.text.unwrap())
        };
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let (exit, text) = said(address).await;
        assert_eq!(exit, Exit::Network);
        assert!(text.starts_with(&format!("cannot listen on {address}: ")), "{text}");
        assert!(text.ends_with("; --port chooses another port, --port 0 any free one"), "{text}");
        let (exit, text) = said(([127, 0, 0, 1], 0).into()).await;
        assert_eq!(exit, Exit::Failed);
        assert_eq!(text, format!("cannot serve: {}", io::Error::from(io::ErrorKind::PermissionDenied)));
    }
}
