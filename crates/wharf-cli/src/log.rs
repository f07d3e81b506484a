//! The log of `wharf serve`: what happens, one line each, on standard error.

use std::io::{self, IsTerminal};

use tracing::{info, level_filters::LevelFilter, warn};
use tracing_subscriber::EnvFilter;
use wharf::{Event, server::Direction};

/// Says in the manner of `RUST_LOG` what is logged, over `-q` and `-v`.
const VARIABLE: &str = "WHARF_LOG";

/// Begins to log to standard error.
pub(crate) fn begin(level: LevelFilter) {
    let filter =
        EnvFilter::builder().with_default_directive(level.into()).with_env_var(VARIABLE).from_env_lossy();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .init();
}

/// Logs what happened in the server. What it logs by itself is not repeated here.
pub(crate) fn event(event: &Event) {
    match event {
        Event::SessionOpened { session, peer } => info!(session, %peer, "connected"),
        Event::SessionRefused { peer } => warn!(%peer, "turned away: too many sessions"),
        Event::LoggedIn { user, .. } => info!(user = %user, "logged in"),
        Event::TransferEnded { direction, pathname: Some(file), octets, duration, code, .. } => {
            let what = match direction {
                Direction::Upload => "upload",
                Direction::Download => "download",
            };
            info!(%file, octets, milliseconds = duration.as_millis(), code, "{what}");
        }
        Event::SessionClosed { session } => info!(session, "disconnected"),
        _ => {}
    }
}
