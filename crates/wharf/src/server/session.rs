//! One session: one task, which hears the next control line and the running transfer.
//!
//! ```text
//!              ┌────────────── a line waits ◀──── lines kept during a transfer
//!   greeting ─▶│ idle ─▶ dispatch ─▶ Reply ────▶ queued, written when no further line is here
//!              │   ▲             ├─▶ Transfer ─▶ 150, pump │ control: ABOR ends it, STAT is answered,
//!              │   │             │               226, 4xx  │ the rest is kept in order
//!              │   └─────────────┴────────────────┘
//!              └▶ 421 after too long, too many errors or at shutdown; QUIT; the peer is gone
//! ```

mod command;
mod hash;
mod lines;
mod octets;
mod transfer;

pub(super) use command::log;

use std::{
    collections::VecDeque,
    future::{Future, ready},
    io,
    pin::pin,
    sync::{Arc, atomic::Ordering},
};

use futures_util::{FutureExt, future::Abortable};
use tokio::{
    net::TcpStream,
    sync::watch,
    time::{Instant, sleep_until, timeout, timeout_at},
};
use tracing::Instrument;
use wharf_core::{
    failure::Failure, host_name::HostName, line::LineError, protection::Requirements, reply::Reply,
    server::Action, session::Session,
};

use self::lines::Next;
use super::{
    Event, SessionId,
    counters::{BeforeLogin, SessionSlots},
    host::SessionHost,
    listener::{Arrival, Entrance},
    pace::Pace,
    shared::{self, Shared},
};
use crate::net::control::Control;

type Line = Result<Vec<u8>, LineError>;

/// Serves a control connection until it ends.
///
/// Most sessions wait for a line most of the time, so this future holds what that takes, and once: it is put together here, since
/// an async block would keep a place for what it was given. What is larger and comes now and then, a transfer or a handshake,
/// has a box of its own.
pub(super) fn run(
    stream: TcpStream,
    arrival: Arrival,
    slots: SessionSlots,
    before_login: BeforeLogin,
    shared: Arc<Shared>,
) -> impl Future<Output = ()> + Send {
    let session = shared.next_session.fetch_add(1, Ordering::Relaxed);
    let peer = arrival.peer;
    shared.emit(&Event::SessionOpened { session, peer });
    let end = shared.roster.enter(session, peer);
    let closed = Closed { session, shared: Arc::clone(&shared) };
    let span = tracing::info_span!("session", id = session, %peer);
    match Driver::new(stream, arrival, session, slots, before_login, shared) {
        Ok(driver) => {
            let serving = Abortable::new(driver.serve().instrument(span), end);
            let over = move |served: Result<io::Result<()>, _>| {
                closed.after(served.unwrap_or_else(|_| Err(io::Error::other("it was ended from here"))));
            };
            serving.map(over).left_future()
        }
        Err(error) => {
            closed.after(Err(error));
            ready(()).right_future()
        }
    }
}

/// Reports the end of a session, however it comes.
struct Closed {
    session: SessionId,
    shared: Arc<Shared>,
}

impl Closed {
    fn after(self, served: io::Result<()>) {
        if let Err(error) = served {
            tracing::debug!(
                session = self.session,
                error = error.to_string(),
                "the control connection was lost"
            );
        }
    }
}

impl Drop for Closed {
    fn drop(&mut self) {
        self.shared.roster.leave(self.session);
        self.shared.emit(&Event::SessionClosed { session: self.session });
    }
}

struct Driver {
    /// Given back before the connection is closed.
    slots: SessionSlots,
    control: Control,
    state: Session,
    host: SessionHost,
    shared: Arc<Shared>,
    kept: VecDeque<Line>,
    errors_before_login: u32,
    pace: Option<Pace>,
    login_deadline: Instant,
    shutting_down: watch::Receiver<bool>,
}

/// Why lines are not served any more, or not in clear.
enum End {
    /// The session ends, with this reply if the peer is there to get one.
    Close(Option<Reply>),
    /// TLS begins after this reply.
    Protect(Reply),
}

impl Driver {
    /// In a box, since it is moved about, and a future has room for each place that it holds something in.
    fn new(
        stream: TcpStream,
        Arrival { peer, reached, entrance }: Arrival,
        id: SessionId,
        slots: SessionSlots,
        before_login: BeforeLogin,
        shared: Arc<Shared>,
    ) -> io::Result<Box<Self>> {
        let mut state = Session::new(stream.local_addr()?, peer);
        state.protection.required = match (entrance, &shared.tls) {
            (Entrance::Explicit(Some(required)), _) => required,
            (_, Some(tls)) => tls.required,
            (_, None) => Requirements::NONE,
        };
        state.protection.private_by_default = entrance == Entrance::Implicit;
        Ok(Box::new(Self {
            slots,
            control: Control::new(stream, shared.limits.line),
            host: SessionHost::new(Arc::clone(&shared), id, &state, reached, before_login),
            state,
            kept: VecDeque::new(),
            errors_before_login: 0,
            pace: shared.limits.commands_per_second.map(Pace::new),
            login_deadline: Instant::now() + shared.timeouts.login,
            shutting_down: shared.shutting_down.clone(),
            shared,
        }))
    }

    async fn serve(mut self: Box<Self>) -> io::Result<()> {
        if self.state.protection.private_by_default {
            self = Box::pin(self.protect()).await?;
        }
        self.control.queue(&self.shared.greeting);
        let last = loop {
            match self.run().await? {
                End::Protect(reply) => {
                    if self.control.has_input() || !self.kept.is_empty() {
                        break Some(Reply::new(503, "Nothing may follow AUTH before TLS."));
                    }
                    self.control.queue(&reply);
                    self.flush().await?;
                    self = Box::pin(self.protect()).await?;
                }
                End::Close(last) => break last,
            }
        };
        if let Some(last) = last {
            self.control.queue(&last);
        }
        self.flush().await?;
        let Self { slots, control, host, .. } = *self;
        // Whoever sees the end of a session can have its place.
        drop((slots, host));
        control.close().await
    }

    /// Goes on under TLS, with nothing left of what was said in clear. The handshake is a part of the login.
    async fn protect(mut self: Box<Self>) -> io::Result<Box<Self>> {
        let said = self.state.host_name.take();
        let tls = self.host.tls_for(said.as_ref()).ok_or(io::ErrorKind::Unsupported)?;
        if self.state.principal().is_some() {
            self.login_deadline = Instant::now() + self.shared.timeouts.login;
        }
        self.control = tokio::select! {
            made = timeout_at(self.login_deadline, self.control.protect(&tls)) => made??,
            () = shared::told(&mut self.shutting_down) => return Err(io::ErrorKind::ConnectionAborted.into()),
        };
        self.host.handshake_made(self.control.server_name(), said);
        self.state.protect(self.control.peer_certificate().map(Into::into));
        self.state.server_name = self.control.server_name().and_then(|name| HostName::parse(name).ok());
        Ok(self)
    }

    /// Serves line after line.
    async fn run(&mut self) -> io::Result<End> {
        loop {
            let line = match self.next().await? {
                Next::Line(line) => line,
                Next::Gone => return Ok(End::Close(None)),
                Next::Close(reply) => return Ok(End::Close(Some(reply))),
            };
            if let Some(due) = self.pace.as_mut().and_then(Pace::next) {
                self.flush().await?;
                tokio::select! {
                    () = sleep_until(due) => {}
                    () = shared::told(&mut self.shutting_down) => return Ok(End::Close(Some(shutting_down()))),
                }
            }
            let was_logged_in = self.state.principal().is_some();
            let served = self.dispatch(line).await;
            if was_logged_in && self.state.principal().is_none() {
                self.login_deadline = Instant::now() + self.shared.timeouts.login;
            }
            match served {
                Ok(Action::Reply(reply)) => self.control.queue(&reply),
                Ok(Action::Close(reply)) => return Ok(End::Close(Some(reply))),
                Ok(Action::Protect(reply)) => return Ok(End::Protect(reply)),
                Ok(Action::Hash(hashing)) => {
                    if !Box::pin(self.hash(hashing)).await? {
                        return Ok(End::Close(None));
                    }
                }
                Ok(Action::Transfer(transfer)) => {
                    if !Box::pin(self.transfer(transfer)).await? {
                        return Ok(End::Close(None));
                    }
                }
                Err(failure) => {
                    self.control.queue(failure.reply());
                    if let Some(last) = self.has_failed_too_often() {
                        return Ok(End::Close(Some(last)));
                    }
                }
            }
            if self.control.is_full() {
                self.flush().await?;
            }
        }
    }

    /// Writes the replies that were queued; most often they go at once, and cost no timer.
    async fn flush(&mut self) -> io::Result<()> {
        let mut writing = pin!(self.control.flush());
        match writing.as_mut().now_or_never() {
            Some(written) => written,
            None => timeout(self.shared.timeouts.stall, writing).await?,
        }
    }
}

fn shutting_down() -> Reply {
    Reply::new(421, "The server shuts down.")
}

fn panicked() -> Failure {
    Failure::new(451, "The transfer failed inside the server.").caused_by("the transfer panicked")
}
