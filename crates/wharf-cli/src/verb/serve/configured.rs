//! `wharf serve --config FILE`.

use std::{
    fmt::Write as _,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Serialize;
use tokio::time::sleep;
use tracing::{info, level_filters::LevelFilter, warn};
use wharf::{core::pathname::escape_for_display, server::Advertised};

use super::{
    accounts::Current,
    check::{self, Plan},
    end, event, exit_of, gateway, health,
    metrics::Metrics,
    notify::Notifier,
    reload::{RETRY, Running, Watched},
    service_manager,
    telemetry::{self, Telemetry},
    transfer_log::TransferLog,
    validity,
};
use crate::{
    beside,
    config::{Loaded, earlier::Earlier, listen},
    confine, control,
    exit::{Exit, Failure},
    log,
    output::{Output, Record},
    runtime::{Cores, Hangups, Signals},
};

/// What the command line says besides the file.
pub(super) struct Arguments {
    pub(super) file: PathBuf,
    pub(super) set: Vec<String>,
    /// What `-q` or `-v` say of the log.
    pub(super) level: Option<LevelFilter>,
    /// What `--log-format` says.
    pub(super) format: Option<log::Format>,
}

/// Serves as the file says, until Ctrl-C or SIGTERM.
pub(super) async fn serve(arguments: Arguments, output: Output, cores: &Cores) -> Result<(), Failure> {
    let Arguments { file, set, level, format } = arguments;
    let loaded = Loaded::read(&file, &set)?;
    let format = format.unwrap_or_else(|| loaded.config.log.format());
    let begun = log::begin_beside(level.unwrap_or_else(|| loaded.config.log.level()), format);
    let _last_words = begun.map_err(|error| Failure::local("cannot log", &error))?;
    let (out, _last_events) =
        beside::start(io::stdout()).map_err(|error| Failure::local("cannot tell of events", &error))?;
    let transfers = loaded.config.log.transfers().map(|file| TransferLog::new(loaded.path(file))).transpose();
    let (transfers, _last_transfers) =
        transfers.map_err(|error| Failure::local("cannot log transfers", &error))?.unzip();
    let written = transfers.clone();
    let wrong = |wrong| Failure::from(loaded.problem(wrong));
    let mut earlier = Earlier::default();
    let accounts = Current::new(loaded.accounts(&mut earlier).map_err(wrong)?);
    earlier.serves();
    let speed = [loaded.config.speed.together(), loaded.config.speed.each()];
    let [together, each] = speed.clone();
    let metrics = Metrics::new(telemetry::sends_spans(&loaded.config.telemetry));
    let headers = loaded.config.telemetry.headers(&loaded);
    let headers =
        headers.map_err(|error| Failure::new(Exit::Usage, format!("telemetry.headers-file: {error}")))?;
    let telemetry = Telemetry::begin(&loaded.config.telemetry, headers, &metrics)?;
    let sent = telemetry.clone();
    let notifier = Notifier::of(&loaded)?;
    let told_of = notifier.clone();
    let counted = loaded.config.metrics.listen.map(|_| metrics.clone());
    let outside = Advertised::changing().outside_only();
    let _asking = match loaded.config.passive.is_auto() {
        true => Some(gateway::ask_from_now_on(&outside).await?),
        false => None,
    };
    let builder = loaded
        .builder(service_manager::sockets()?, &outside)
        .map_err(wrong)?
        .speed(together, each)
        .authenticator(accounts.clone())
        .runtimes(cores.handles().iter().cloned())
        .command_events(counted.is_some() || telemetry.is_some())
        .on_event(move |event| {
            if let Some(metrics) = &counted {
                metrics.count(event);
            }
            if let Some(telemetry) = &sent {
                telemetry.event(event);
            }
            if let Some(notifier) = &told_of {
                notifier.event(event);
            }
            if let Some(transfers) = &written {
                transfers.event(event);
            }
            log::event(event);
            event::tell(output, out.clone(), event);
        });
    // From here on a signal ends the server, and not the program.
    let mut signals = Signals::new().map_err(|error| Failure::local("cannot wait for signals", &error))?;
    let mut hangups = Hangups::new().map_err(|error| Failure::local("cannot wait for signals", &error))?;
    let mut watched = Watched::new(file.clone());
    let builder = match &notifier {
        Some(notifier) => builder.hook(notifier.clone()),
        None => builder,
    };
    let user = loaded.config.process.user.clone();
    let (told_of, logged) = (notifier.clone(), transfers.clone());
    let builder = builder.once_bound(move || {
        user.map_or(Ok(()), |user| confine::become_user(&user))?;
        logged.map_or(Ok(()), |transfers| transfers.open())?;
        told_of.map_or(Ok(()), |notifier| notifier.open())
    });
    let metrics_at = match loaded.config.metrics.listen {
        Some(address) => Some(health::bind(address).await?),
        None => None,
    };
    let server = builder.serve().await;
    let server = server.map_err(|error| Failure::new(exit_of(&error), format!("cannot serve: {error}")))?;
    let _control = match &loaded.config.control.socket {
        Some(socket) => Some(control::listen(&loaded.path(socket), server.roster(), server.bans())?),
        None => None,
    };
    let config = &loaded.config;
    let url = |(place, address): (usize, &SocketAddr)| {
        let has_tls = config.tls.is_some();
        let scheme = listen::Section::scheme(&config.listen, has_tls, server.addresses(), place);
        format!("{}://{address}", scheme.as_str())
    };
    let urls = server.addresses().iter().enumerate().map(url).collect();
    tell(output, &Serving { what: &file, addresses: server.addresses(), urls })?;
    let _telling = notifier.as_ref().map(Notifier::begin);
    let answering = metrics_at.map(|listener| health::answer(listener, metrics.clone())).transpose()?;
    if let Some(answering) = &answering {
        info!("metrics at http://{}/metrics", answering.address);
    }
    let mut plan = Plan::of(&loaded).map_err(wrong)?;
    plan.test(check::AT_START).await;
    plan.lines().iter().for_each(|line| info!("{line}"));
    plan.warnings().for_each(|line| warn!("{line}"));
    let grace = loaded.config.server.shutdown_timeout.map_or(Duration::from_secs(30), |time| time.0);
    let told = service_manager::Told::ready();
    check::log_doubts(&loaded);
    let _ageing = validity::tell_of(loaded.chains());
    let mut running = Running { file, set, loaded, earlier, accounts, speed, metrics, wrong: None };
    loop {
        tokio::select! {
            _ = signals.next() => break,
            () = hangups.next() => {
                info!("SIGHUP: reading the configuration again");
                if let Some(transfers) = &transfers {
                    transfers.reopen();
                }
                running.reload();
            }
            () = watched.changed() => running.reload(),
            () = sleep(RETRY), if running.is_wrong() => running.retry(),
        }
    }
    told.stopping();
    running.metrics.stopping();
    end(server, telemetry, grace, &mut signals).await
}

/// Where it serves, for programs.
#[derive(Serialize)]
struct Serving<'a> {
    what: &'a Path,
    addresses: &'a [SocketAddr],
    urls: Vec<String>,
}

impl Record for Serving<'_> {
    const NAME: &'static str = "serving";
}

fn tell(output: Output, serving: &Serving<'_>) -> Result<(), Failure> {
    output.put(serving, |serving| {
        let shown = escape_for_display(serving.what.as_os_str().as_encoded_bytes());
        let mut text = format!("wharf {} serves as {shown} says.\n\n", env!("CARGO_PKG_VERSION"));
        for url in &serving.urls {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  address   {url}");
        }
        text.push_str("\nCtrl-C ends it.\n");
        text.into_bytes()
    })
}
