//! The log of `wharf serve`: what happens, one line each, on standard error.

use std::io::{self, IsTerminal};

use serde::{Deserialize, Serialize};
use tracing::{info, level_filters::LevelFilter, warn};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};
use wharf::Event;

use crate::{
    beside::{self, LastWords},
    progress::AboveBars,
};

/// Says in the manner of `RUST_LOG` what is logged, over `-q` and `-v`.
const VARIABLE: &str = "WHARF_LOG";

/// What a line of the log looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Format {
    /// For who reads it
    #[default]
    Text,
    /// A JSON object
    Json,
}

/// Begins to log to standard error.
pub(crate) fn begin(level: LevelFilter) {
    begin_with(level, Format::Text, || AboveBars);
}

/// As [`begin`], for a server: a thread of its own writes, since a pipe that nobody reads must not stop the sessions.
///
/// # Errors
/// The system has no thread.
pub(crate) fn begin_beside(level: LevelFilter, format: Format) -> io::Result<LastWords> {
    let (writer, last_words) = beside::start(io::stderr())?;
    begin_with(level, format, move || writer.clone());
    Ok(last_words)
}

fn begin_with(
    level: LevelFilter,
    format: Format,
    writer: impl for<'w> MakeWriter<'w> + Send + Sync + 'static,
) {
    let filter =
        EnvFilter::builder().with_default_directive(level.into()).with_env_var(VARIABLE).from_env_lossy();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        // They would be told on standard error, by a call that panics where that is closed.
        .log_internal_errors(false)
        .with_ansi(format == Format::Text && io::stderr().is_terminal())
        .with_target(false);
    match format {
        Format::Text => log.init(),
        Format::Json => log.json().flatten_event(true).with_span_list(false).init(),
    }
}

/// Logs what happened in the server. What it logs by itself is not repeated here.
pub(crate) fn event(event: &Event) {
    match event {
        Event::SessionOpened { session, peer } => info!(session, %peer, "connected"),
        Event::SessionRefused { peer, reason } => warn!(%peer, ?reason, "turned away"),
        Event::LoggedIn { user, .. } => info!(user = &**user, "logged in"),
        Event::TransferEnded { direction, pathname: Some(file), octets, duration, code, .. } => {
            info!(
                file = file.to_string(),
                octets,
                milliseconds = duration.as_millis(),
                code,
                "{}",
                direction.name()
            );
        }
        Event::SessionClosed { session } => info!(session, "disconnected"),
        _ => {}
    }
}
