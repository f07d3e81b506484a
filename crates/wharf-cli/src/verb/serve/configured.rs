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
use tracing::{info, level_filters::LevelFilter};
use wharf::{core::pathname::escape_for_display, server::Advertised};

use super::{
    accounts::Current,
    check::Plan,
    end, event, gateway, health,
    metrics::Metrics,
    notify::Notifier,
    reload::{RETRY, Running, Watched},
    service_manager,
    transfer_log::TransferLog,
};
use crate::{
    beside,
    config::{Loaded, accounts::Earlier, listen},
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
    let transfers = loaded.config.log.transfers().map(|file| TransferLog::open(loaded.path(file)));
    let (transfers, _last_transfers) = transfers.transpose()?.unzip();
    let written = transfers.clone();
    let wrong = |wrong| Failure::from(loaded.problem(wrong));
    let mut earlier = Earlier::default();
    let accounts = Current::new(loaded.accounts(&mut earlier).map_err(wrong)?);
    earlier.serves();
    let speed = [loaded.config.speed.together(), loaded.config.speed.each()];
    let [together, each] = speed.clone();
    let metrics = Metrics::new();
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
        .on_event(move |event| {
            if let Some(metrics) = &counted {
                metrics.count(event);
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
    let told_of = notifier.clone();
    let builder = builder.once_bound(move || {
        user.map_or(Ok(()), |user| confine::become_user(&user))?;
        told_of.map_or(Ok(()), |notifier| notifier.open())
    });
    let server = builder.serve().await;
    let server = server.map_err(|error| Failure::new(Exit::Network, format!("cannot serve: {error}")))?;
    let _control = match &loaded.config.control.socket {
        Some(socket) => Some(control::listen(&loaded.path(socket), server.roster(), server.bans())?),
        None => None,
    };
    let config = &loaded.config;
    let url = |address: &SocketAddr| {
        let scheme = listen::Section::scheme(&config.listen, config.tls.is_some(), *address);
        format!("{}://{address}", scheme.as_str())
    };
    let urls = server.addresses().iter().map(url).collect();
    tell(output, &Serving { what: &file, addresses: server.addresses(), urls })?;
    let _telling = notifier.as_ref().map(Notifier::begin);
    let answering = match loaded.config.metrics.listen {
        Some(address) => Some(health::listen(address, metrics.clone()).await?),
        None => None,
    };
    if let Some(answering) = &answering {
        info!("metrics at http://{}/metrics", answering.address);
    }
    let mut plan = Plan::of(&loaded).map_err(wrong)?;
    plan.test().await;
    plan.lines().iter().for_each(|line| info!("{line}"));
    let grace = loaded.config.server.shutdown_timeout.map_or(Duration::from_secs(30), |time| time.0);
    let told = service_manager::Told::ready();
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
    end(server, grace, &mut signals).await
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
