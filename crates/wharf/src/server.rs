//! The server: sessions over sockets.
//!
//! ```no_run
//! use wharf::{Permissions, Server, User, storage::Local};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let files = Local::open("/srv/ftp")?;
//! let server = Server::builder()
//!     .listen("0.0.0.0:2121")
//!     .user(User::new("anna", "correct horse", files).permissions(Permissions::read_write()))
//!     .serve()
//!     .await?;
//! println!("ftp://{}", server.address());
//! server.wait().await;
//! # Ok(())
//! # }
//! ```

mod advertise;
mod banning_authenticator;
mod bans;
mod builder;
mod certificate;
mod counters;
mod event;
mod hook;
mod host;
mod limits;
mod listener;
mod not_let_in;
mod pace;
mod roster;
mod serve_error;
mod session;
mod shared;
mod timed_authenticator;
mod timeouts;
mod tls;
mod tree_witness;
mod turns;
mod users;
mod virtual_hosts;
mod witnessed;

pub use crate::net::{
    direction::Direction,
    network::{Network, NetworkError},
    speed::SpeedLimits,
    tls::Resumption,
};
pub use advertise::Advertised;
pub use bans::{BanPolicy, Banned, Bans};
pub use builder::ServerBuilder;
pub use event::{Event, Refusal, SessionId};
pub use hook::{Actor, Deed, Hook, HookError};
pub use limits::Limits;
pub use roster::{Roster, SessionInfo, TransferInfo};
pub use serve_error::{ServeError, ServeErrorKind};
pub use timeouts::Timeouts;
pub use tls::ServerTls;
pub use users::{User, UserSpeed, Users};
pub use virtual_hosts::VirtualHosts;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinHandle, time::timeout};

/// A running server. Dropping it ends every session at once; [`shut_down`](Self::shut_down) lets transfers finish.
#[derive(Debug)]
pub struct Server {
    addresses: Vec<SocketAddr>,
    shutting_down: watch::Sender<bool>,
    listening: JoinHandle<()>,
    sessions: Arc<counters::Counter<()>>,
    bans: Bans,
    roster: Roster,
}

impl Server {
    /// A server to be set up.
    pub fn builder() -> ServerBuilder {
        ServerBuilder::default()
    }

    /// The first address that it listens on: with port 0, here is the real one.
    #[allow(clippy::indexing_slicing, reason = "a server is made with at least one address")]
    pub fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// All addresses that it listens on.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// How many sessions there are.
    pub fn sessions(&self) -> usize {
        self.sessions.count(&())
    }

    /// The sessions as they are now, and a way to end one.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// Who is banned.
    pub fn bans(&self) -> &Bans {
        &self.bans
    }

    /// Waits until the server ends, which it does not by itself. Cancel safe.
    pub async fn wait(&self) {
        self.shutting_down.closed().await;
    }

    /// Ends the server: no new session is accepted, sessions without a transfer are answered 421 and closed, running
    /// transfers may finish until `grace` is over, which [`Duration::MAX`] never is. Gives whether all sessions ended by
    /// themselves.
    pub async fn shut_down(mut self, grace: Duration) -> bool {
        self.shutting_down.send_replace(true);
        timeout(grace, &mut self.listening).await.is_ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.listening.abort();
    }
}
