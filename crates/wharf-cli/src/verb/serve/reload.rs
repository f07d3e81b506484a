//! A configuration that changes while the server runs.

use std::{
    fs, io,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use tokio::time::{MissedTickBehavior, interval};
use tracing::{error, info, warn};
use wharf::{SpeedLimits, server::VirtualHosts};

use super::{accounts::Current, metrics::Metrics};
use crate::config::{Loaded, difference, earlier::Earlier, problem::Problem};

/// How often the file is looked at.
const PERIOD: Duration = Duration::from_secs(1);

/// After how long a configuration that was no good is tried again: what is wrong may be in another file.
pub(super) const RETRY: Duration = Duration::from_secs(5);

/// The sections whose changes take effect at once, also within one of a virtual host.
const AT_ONCE: [&str; 5] = ["accounts", "user", "group", "defaults", "speed"];

/// What can be changed in a server that runs.
pub(super) struct Running {
    pub(super) file: PathBuf,
    pub(super) set: Vec<String>,
    pub(super) loaded: Loaded,
    pub(super) earlier: Earlier,
    pub(super) accounts: Current,
    /// Of all sessions together, and of each.
    pub(super) speed: [SpeedLimits; 2],
    pub(super) metrics: Metrics,
    /// What was wrong at the last attempt.
    pub(super) wrong: Option<String>,
}

impl Running {
    /// Reads the file again. What is wrong with it is logged, and all stays as it is until that is mended.
    pub(super) fn reload(&mut self) {
        self.wrong = None;
        self.retry();
    }

    /// Once more, without a word if the same is wrong still.
    pub(super) fn retry(&mut self) {
        let before = self.wrong.take();
        match self.read() {
            Ok((loaded, accounts)) => self.change(loaded, accounts),
            Err(problem) => {
                let problem = problem.to_string();
                if before.as_ref() != Some(&problem) {
                    error!("the configuration stays as it was: {problem}");
                }
                self.wrong = Some(problem);
            }
        }
        self.metrics.configured(!self.is_wrong());
    }

    /// Whether the last attempt failed, and another is worth while.
    pub(super) fn is_wrong(&self) -> bool {
        self.wrong.is_some()
    }

    fn read(&mut self) -> Result<(Loaded, VirtualHosts), Problem> {
        let loaded = Loaded::read_alone(&self.file, &self.set)?;
        let accounts = loaded.accounts(&mut self.earlier);
        accounts.map_err(|wrong| loaded.problem(wrong)).map(|accounts| (loaded, accounts))
    }

    fn change(&mut self, loaded: Loaded, accounts: VirtualHosts) {
        // Before it is told of: who reads the log finds it so.
        self.accounts.replace(accounts);
        let speed = [loaded.config.speed.together(), loaded.config.speed.each()];
        for (limits, wanted) in self.speed.iter().zip(speed) {
            limits.upload.set_limit(wanted.upload.limit());
            limits.download.set_limit(wanted.download.limit());
        }
        let shown = crate::output::shown(&self.file);
        let changes = difference::between(&self.loaded.config, &loaded.config);
        let (count, s) = (changes.len(), if changes.len() == 1 { "" } else { "s" });
        info!("{shown} was read again: {count} change{s}");
        for change in changes {
            match is_at_once(&change) {
                true => info!("{change}"),
                false => warn!("{change}, from the next start on"),
            }
        }
        if (&loaded.config.tls, &loaded.config.host) != (&self.loaded.config.tls, &self.loaded.config.host)
            && let Err(wrong) = loaded.check_certificates()
        {
            warn!("it could not start with the new TLS: {}", loaded.problem(wrong));
        }
        self.loaded = loaded;
    }
}

fn is_at_once(change: &str) -> bool {
    let mut parts = change.split(['.', ':']);
    let section = match parts.next() {
        Some("host") => parts.nth(1),
        other => other,
    };
    section.is_some_and(|section| AT_ONCE.contains(&section))
}

/// Tells when a file has changed.
pub(super) struct Watched {
    file: PathBuf,
    seen: Option<Stamp>,
}

/// What changes with a file.
type Stamp = (SystemTime, u64);

impl Watched {
    pub(super) fn new(file: PathBuf) -> Self {
        Self { seen: stamp(&file).ok(), file }
    }

    /// Waits until the file is another one. A file that is gone is not.
    pub(super) async fn changed(&mut self) {
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            // A file of a local disk, once a second.
            if let Ok(now) = stamp(&self.file)
                && self.seen.replace(now) != Some(now)
            {
                return;
            }
        }
    }
}

fn stamp(file: &PathBuf) -> io::Result<Stamp> {
    let metadata = fs::metadata(file)?;
    Ok((metadata.modified()?, metadata.len()))
}
