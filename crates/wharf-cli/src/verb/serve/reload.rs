//! A configuration that changes while the server runs.

use std::{
    fs, io,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use tokio::time::{MissedTickBehavior, interval};
use tracing::{error, info, warn};
use wharf::SpeedLimits;
use wharf_accounts::Lasting;

use super::accounts::Current;
use crate::config::{Loaded, difference};

/// How often the file is looked at.
const PERIOD: Duration = Duration::from_secs(1);

/// The sections whose changes take effect at once.
const AT_ONCE: [&str; 4] = ["accounts", "user", "group", "speed"];

/// What can be changed in a server that runs.
pub(super) struct Running {
    pub(super) file: PathBuf,
    pub(super) set: Vec<String>,
    pub(super) loaded: Loaded,
    pub(super) lasting: Lasting,
    pub(super) accounts: Current,
    /// Of all sessions together, and of each.
    pub(super) speed: [SpeedLimits; 2],
}

impl Running {
    /// Reads the file again. What is wrong with it is logged, and all stays as it is.
    pub(super) fn reload(&mut self) {
        let shown = crate::output::shown(&self.file);
        let loaded = match Loaded::read(&self.file, &self.set) {
            Ok(loaded) => loaded,
            Err(problem) => {
                error!("the configuration stays as it was: {problem}");
                return;
            }
        };
        let accounts = match loaded.config.accounts.accounts(&loaded, self.lasting.clone()) {
            Ok(accounts) => accounts,
            Err(wrong) => {
                error!("the configuration stays as it was: {}", loaded.problem(wrong));
                return;
            }
        };
        let changes = difference::between(&self.loaded.config, &loaded.config);
        info!("{shown} was read again: {} changes", changes.len());
        for change in changes {
            match AT_ONCE.iter().any(|section| change.starts_with(section)) {
                true => info!("{change}"),
                false => warn!("{change}, from the next start on"),
            }
        }
        self.accounts.replace(accounts);
        let speed = [loaded.config.speed.together(), loaded.config.speed.each()];
        for (limits, wanted) in self.speed.iter().zip(speed) {
            limits.upload.set_limit(wanted.upload.limit());
            limits.download.set_limit(wanted.download.limit());
        }
        self.loaded = loaded;
    }
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
