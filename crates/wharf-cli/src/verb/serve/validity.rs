//! Certificates that are not good any more, or not for long: in the log at the start, once a day, and when they were changed.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use futures_util::future::{FutureExt, select_all};
use jiff::Timestamp;
use tokio::{task::JoinHandle, time::sleep};
use tracing::warn;

use super::reload::Watched;
use crate::validity::Validity;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Tells of them until this is dropped.
pub(super) struct Telling(JoinHandle<()>);

impl Drop for Telling {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Tells of the certificates in these chains.
pub(super) fn tell_of(chains: Vec<PathBuf>) -> Telling {
    let mut watched: Vec<_> = chains.iter().cloned().map(Watched::new).collect();
    Telling(tokio::spawn(async move {
        loop {
            chains.iter().for_each(|chain| tell(chain));
            if watched.is_empty() {
                return;
            }
            let changed = select_all(watched.iter_mut().map(|file| file.changed().boxed()));
            tokio::select! {
                _ = changed => {}
                () = sleep(DAY) => {}
            }
        }
    }))
}

fn tell(chain: &Path) {
    if let Some(doubt) = Validity::of_file(chain).and_then(|validity| validity.doubt(Timestamp::now())) {
        warn!("the certificate in {}: {}", crate::output::shown(chain), doubt.text());
    }
}
