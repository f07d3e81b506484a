//! The service manager, where there is one: sockets that it has bound, and what it is told.

use std::{net::TcpListener, time::Duration};

use tokio::{task::JoinHandle, time::interval};

use self::platform::{State, notify};
use crate::exit::Failure;

/// The sockets that it hands to this process, which are listened on in place of the addresses in the configuration.
///
/// # Errors
/// One of them is no listening TCP socket.
pub(super) fn sockets() -> Result<Vec<TcpListener>, Failure> {
    let fails = |error| Failure::local("a socket of the service manager cannot be listened on", &error);
    platform::sockets().map_err(fails)
}

/// Tells it that the server is ready, and from then on that it lives, until this is dropped.
pub(super) struct Told(Option<JoinHandle<()>>);

impl Told {
    pub(super) fn ready() -> Self {
        notify(State::Ready);
        Self(platform::watchdog().map(|within| tokio::spawn(live(within / 2))))
    }

    /// The server takes no more sessions.
    pub(super) fn stopping(&self) {
        notify(State::Stopping);
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        if let Some(living) = &self.0 {
            living.abort();
        }
    }
}

/// On the runtime that accepts sessions: where that hangs, nothing is told.
async fn live(period: Duration) {
    let mut ticks = interval(period.max(Duration::from_millis(1)));
    loop {
        ticks.tick().await;
        notify(State::Living);
    }
}

#[cfg(unix)]
mod platform {
    use std::io;

    use sd_notify::NotifyState;
    use tracing::warn;

    use super::*;

    #[derive(Clone, Copy, Debug)]
    pub(super) enum State {
        Ready,
        Living,
        Stopping,
    }

    pub(super) fn sockets() -> io::Result<Vec<TcpListener>> {
        let mut handed = listenfd::ListenFd::from_env();
        let mut sockets = Vec::new();
        for place in 0..handed.len() {
            sockets.extend(handed.take_tcp_listener(place)?);
        }
        Ok(sockets)
    }

    pub(super) fn watchdog() -> Option<Duration> {
        sd_notify::watchdog_enabled()
    }

    pub(super) fn notify(state: State) {
        let told = match state {
            State::Ready => NotifyState::Ready,
            State::Living => NotifyState::Watchdog,
            State::Stopping => NotifyState::Stopping,
        };
        if let Err(error) = sd_notify::notify(&[told]) {
            warn!(error = error.to_string(), ?state, "the service manager cannot be told");
        }
    }
}

#[cfg(not(unix))]
mod platform {
    use std::io;

    use super::*;

    #[derive(Clone, Copy, Debug)]
    pub(super) enum State {
        Ready,
        Living,
        Stopping,
    }

    #[allow(clippy::unnecessary_wraps, reason = "as on Unix")]
    pub(super) fn sockets() -> io::Result<Vec<TcpListener>> {
        Ok(Vec::new())
    }

    pub(super) fn watchdog() -> Option<Duration> {
        None
    }

    pub(super) fn notify(_: State) {}
}
