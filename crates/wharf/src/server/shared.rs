use std::{
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::AtomicU64},
};

use tokio::sync::watch;
use wharf_core::{
    command::Registry, host_name::HostName, principal::Authenticator, reply::Reply, server::Settings,
};

use super::{
    Banned, Bans, Event, Hook, Limits, Roster, ServerTls, SessionId, SpeedLimits, Timeouts,
    advertise::Advertisement, counters::Counters, turns::Turns,
};
use crate::net::listen::PassivePorts;

pub(super) type OnEvent = Arc<dyn Fn(&Event) + Send + Sync>;

/// What all sessions of a server share.
pub(super) struct Shared {
    pub(super) registry: Registry,
    pub(super) authenticator: Arc<dyn Authenticator>,
    pub(super) settings: Settings,
    pub(super) greeting: Reply,
    pub(super) timeouts: Timeouts,
    pub(super) limits: Limits,
    pub(super) bans: Bans,
    pub(super) tls: Option<ServerTls>,
    /// And what is said to who names one.
    pub(super) host_names: Vec<(HostName, Option<Reply>)>,
    pub(super) passive_ports: PassivePorts,
    pub(super) advertisement: Advertisement,
    pub(super) speed: SpeedLimits,
    pub(super) speed_of_each: SpeedLimits,
    pub(super) on_event: OnEvent,
    /// Whether commands are events too.
    pub(super) command_events: bool,
    pub(super) hook: Option<Arc<dyn Hook>>,
    /// A turn for each digest that may be computed at the same time.
    pub(super) hashes: Turns,
    pub(super) counters: Counters,
    pub(super) roster: Roster,
    pub(super) next_session: AtomicU64,
    pub(super) listening_ports: Vec<u16>,
    pub(super) shutting_down: watch::Receiver<bool>,
}

impl Shared {
    /// Tells the program. If its hook panics, that is logged and the session lives; if its log does, nothing more is said.
    pub(super) fn emit(&self, event: &Event) {
        let tell = || {
            tracing::debug!(?event);
            (self.on_event)(event);
        };
        if catch_unwind(AssertUnwindSafe(tell)).is_err() {
            let _ = catch_unwind(|| tracing::error!(?event, "the event hook panicked"));
        }
    }

    /// Reports who was banned for something that `peer` did.
    pub(super) fn tell_banned(&self, peer: SocketAddr, banned: impl IntoIterator<Item = Banned>) {
        for whom in banned {
            let length = self.bans.length();
            tracing::warn!(%peer, whom = whom.to_string(), seconds = length.as_secs(), "banned");
            self.emit(&Event::Banned { peer, whom, length });
        }
    }

    /// Reports a connection to a passive port that was turned away.
    pub(super) fn refuse(&self, session: SessionId, stranger: SocketAddr) {
        tracing::warn!(session, %stranger, "a stranger connected to a passive port");
        self.emit(&Event::StrangerRefused { session, stranger });
    }
}

/// Waits until the server is told to shut down, or is gone. Cancel safe.
pub(super) async fn told(shutting_down: &mut watch::Receiver<bool>) {
    // An error says that the server is gone, which is no different.
    let _ = shutting_down.wait_for(|yes| *yes).await;
}
