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

use std::{
    collections::VecDeque,
    io,
    ops::RangeInclusive,
    panic::AssertUnwindSafe,
    pin::pin,
    sync::{Arc, atomic::Ordering},
    time::{Duration, SystemTime},
};

use futures_util::{FutureExt, future::Abortable};
use tokio::{
    net::TcpStream,
    sync::watch,
    time::{Instant, sleep, sleep_until, timeout, timeout_at},
};
use tracing::Instrument;
use wharf_core::{
    failure::Failure,
    host_name::HostName,
    line::LineError,
    protection::Requirements,
    reply::{Reply, Severity},
    server::{Action, Hashing, Service, Transfer, TransferBody, Tree, TreeWay, dispatch},
    session::{DataPlan, Session},
    spec::{DuringTransfer, Spec},
    storage::Pathname,
};

use super::{
    Deed, Direction, Event, SessionId,
    counters::{SessionSlots, Slot},
    host::{DataConnection, SessionHost},
    listener::{Arrival, Entrance},
    pace::Pace,
    shared::{self, Shared},
    tree_witness::TreeWitness,
};
use crate::{
    hashing,
    net::{
        control::Control,
        data,
        pump::{self, Flow, PumpError},
        stream::Stream,
        tree,
    },
};

/// The most octets of commands that are kept while a transfer runs; then the control connection is read no further.
const MAX_KEPT: usize = 32 * 1024;

/// How long, as a part of the time that an upload took, its end waits for the news that the client is gone. The system
/// of a program that is killed closes its connections in any order; an upload of some length is worth the hundredth.
const GRACE_DIVISOR: u32 = 100;

/// The bounds of that wait; below the lower one, the resolution of the timer, there is none.
const GRACE: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_millis(10);

type Line = Result<Vec<u8>, LineError>;

/// Serves a control connection until it ends.
///
/// Most sessions wait for a line most of the time, so this future holds what that takes. What is larger and comes now and
/// then, a transfer or a handshake, has a box of its own.
pub(super) async fn run(
    stream: TcpStream,
    arrival: Arrival,
    slots: SessionSlots,
    before_login: Slot<()>,
    shared: Arc<Shared>,
) {
    let session = shared.next_session.fetch_add(1, Ordering::Relaxed);
    let peer = arrival.peer;
    shared.emit(&Event::SessionOpened { session, peer });
    let end = shared.roster.enter(session, peer);
    let closed = Closed { session, shared: Arc::clone(&shared) };
    let span = tracing::info_span!("session", id = session, %peer);
    let served = match Driver::new(stream, arrival, session, before_login, shared) {
        Ok(driver) => {
            let served = Abortable::new(driver.serve(slots).instrument(span), end).await;
            served.unwrap_or_else(|_| Err(io::Error::other("it was ended from here")))
        }
        Err(error) => Err(error),
    };
    if let Err(error) = served {
        tracing::debug!(session, %error, "the control connection was lost");
    }
    drop(closed);
}

/// Reports the end of a session, however it comes.
struct Closed {
    session: SessionId,
    shared: Arc<Shared>,
}

impl Drop for Closed {
    fn drop(&mut self) {
        self.shared.roster.leave(self.session);
        self.shared.emit(&Event::SessionClosed { session: self.session });
    }
}

struct Driver {
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

/// Why a session does not wait for the next line any more.
enum Next {
    Line(Line),
    Gone,
    Close(Reply),
}

/// Why lines are not served any more, or not in clear.
enum End {
    /// The session ends, with this reply if the peer is there to get one.
    Close(Option<Reply>),
    /// TLS begins after this reply.
    Protect(Reply),
}

/// How a transfer ended.
enum Outcome {
    Ended(Result<(), Failure>),
    Aborted,
    Gone,
}

impl Driver {
    /// In a box, since it is moved about, and a future has room for each place that it holds something in.
    fn new(
        stream: TcpStream,
        Arrival { peer, reached, entrance }: Arrival,
        id: SessionId,
        before_login: Slot<()>,
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
            control: Control::new(stream, shared.limits.line)?,
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

    async fn serve(mut self: Box<Self>, slots: SessionSlots) -> io::Result<()> {
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
        let Self { control, host, .. } = *self;
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

    /// The next line: one that was kept, one that is here, or one that comes in time.
    async fn next(&mut self) -> io::Result<Next> {
        if *self.shutting_down.borrow() {
            return Ok(Next::Close(shutting_down()));
        }
        if let Some(line) = self.kept.pop_front().or_else(|| self.control.next_line()) {
            return Ok(Next::Line(line));
        }
        self.flush().await?;
        let logged_in = self.state.principal().is_some();
        let deadline =
            if logged_in { Instant::now() + self.shared.timeouts.idle } else { self.login_deadline };
        // A line that is here may take the data connection, before the runtime is asked to watch for it.
        let mut here = self.control.fill().now_or_never();
        loop {
            let filled = match here.take() {
                Some(filled) => filled?,
                None => tokio::select! {
                    filled = self.control.fill() => filled?,
                    () = self.host.accept_data() => continue,
                    // Woken each time that a peer may stall, so that no transfer has to set the runtime an earlier hour.
                    () = sleep_until(deadline.min(Instant::now() + self.shared.timeouts.stall)) => {
                        if Instant::now() < deadline {
                            continue;
                        }
                        return Ok(Next::Close(Reply::new(421, "Too long without a command, closing.")));
                    }
                    () = shared::told(&mut self.shutting_down) => return Ok(Next::Close(shutting_down())),
                },
            };
            match (filled, self.control.next_line()) {
                (_, Some(line)) => return Ok(Next::Line(line)),
                (true, None) => {}
                (false, None) => return Ok(Next::Gone),
            }
        }
    }

    async fn dispatch(&mut self, line: Line) -> Result<Action, Failure> {
        let known = line.as_ref().ok().and_then(|line| self.shared.registry.lookup(line));
        let spec = known.as_ref().map(|(command, _)| command.spec);
        let verb = spec.map_or("", |spec| spec.verb);
        match (&known, &line) {
            (Some((command, _)), _) if command.spec.secret => {
                tracing::debug!(verb, "command, its argument is secret")
            }
            (Some((_, argument)), _) => tracing::debug!(verb, ?argument, "command"),
            // What stands behind a mistyped verb may be a password.
            (None, Ok(line)) => {
                tracing::debug!(verb = ?first_word(line), octets = line.len(), "unknown command")
            }
            (None, Err(error)) => tracing::debug!(%error, "no command"),
        }
        let Shared { registry, authenticator, settings, .. } = &*self.shared;
        let service = Service { registry, authenticator: &**authenticator, settings };
        let mut served = dispatch(line, service, &mut self.state, &mut self.host, SystemTime::now()).await;
        if let Ok(Action::Hash(hashing)) = &mut served {
            hashing.verb = verb;
        }
        let code = match &served {
            Ok(Action::Reply(reply) | Action::Close(reply) | Action::Protect(reply)) => Some(reply.code()),
            Ok(Action::Transfer(_) | Action::Hash(_)) => None,
            Err(failure) => {
                log(verb, spec.is_some_and(Spec::transfers), failure);
                Some(failure.reply().code())
            }
        };
        if let Some(code) = code {
            tracing::debug!(%code, "reply");
            self.host.emit(&Event::CommandServed { session: self.host.session, verb, code: code.as_u16() });
        }
        served
    }

    /// Moves a file and answers for it; `false` if the peer is gone. Meanwhile lines are heard.
    async fn transfer(&mut self, transfer: Transfer) -> io::Result<bool> {
        let Transfer { opening, completion, body, representation, announced, pathname, .. } = transfer;
        let (direction, is_tree) = match &body {
            TransferBody::Send(_) => (Direction::Download, false),
            TransferBody::Receive(_) => (Direction::Upload, false),
            TransferBody::Tree(Tree { way: TreeWay::Send, .. }) => (Direction::Download, true),
            TransferBody::Tree(Tree { way: TreeWay::Receive, .. }) => (Direction::Upload, true),
        };
        let active = match std::mem::take(&mut self.state.data_plan) {
            DataPlan::Active(address) => Some(address),
            DataPlan::Passive | DataPlan::None => None,
        };
        // A client that keeps no ticket but the last must have a new one before it sends, or it does not read it. Where
        // its handshake is under way, half of the reply wakes it up to end that first.
        if direction == Direction::Upload && active.is_none() && self.host.meets_early() {
            self.control.queue_first(&opening);
            self.flush().await?;
            self.host.meet().await;
        }
        let connection = self.host.take_data(active, self.state.protection.level, direction);
        self.control.queue(&opening);
        let mut flow = Flow::new(self.shared.timeouts.stall);
        flow.representation = representation;
        flow.announced = announced;
        flow.throttles = self.host.throttles(direction);
        self.host.show_progress(Some(Arc::clone(&flow.moved)));
        let shown = (direction, pathname.clone(), Arc::clone(&flow.moved));
        self.shared.roster.moves(self.host.session, Some(shown));
        let began = Instant::now();
        let witness = self.host.tree_witness(direction);
        let file = pathname.as_ref().filter(|_| !is_tree);
        let mut ended = None;
        let moving = self.move_octets(body, connection, &flow, file, &witness, &mut ended);
        let (outcome, lost) = match moving.await {
            Ok(outcome) => (outcome, None),
            Err(error) => (Outcome::Gone, Some(error)),
        };
        self.host.show_progress(None);
        self.shared.roster.moves(self.host.session, None);
        if !matches!(outcome, Outcome::Ended(Ok(()))) {
            self.host.close_kept_port();
        }
        // Of a tree, it is the file that a cut has left unfinished.
        let unfinished = if is_tree { witness.unfinished() } else { pathname.clone() };
        let octets = flow.moved.load(Ordering::Relaxed).saturating_sub(witness.octets());
        let outcome = match &unfinished {
            Some(pathname) => self.tell_of_transfer(outcome, direction, pathname, octets).await,
            None => outcome,
        };
        let gone = matches!(outcome, Outcome::Gone);
        let reply = match outcome {
            Outcome::Ended(Ok(())) => completion,
            Outcome::Ended(Err(failure)) => {
                log("transfer", true, &failure);
                failure.into_reply()
            }
            Outcome::Aborted | Outcome::Gone => Reply::new(426, "Transfer aborted."),
        };
        self.host.emit(&Event::TransferEnded {
            session: self.host.session,
            direction,
            pathname,
            octets,
            duration: began.elapsed(),
            code: reply.code().as_u16(),
        });
        self.control.queue(&reply);
        if ended.is_some() && !self.control.has_input() && self.kept.is_empty() {
            // The client need not wait until its end of the connection is closed here too.
            self.flush().await?;
        }
        lost.map_or(Ok(!gone), Err)
    }

    /// Computes a digest and answers for it; `false` if the peer is gone. Meanwhile lines are heard.
    async fn hash(&mut self, hashing: Hashing) -> io::Result<bool> {
        let Hashing { body, length, algorithm, verb, reply, .. } = hashing;
        let turns = Arc::clone(&self.shared.hashes);
        let work = async move {
            // Nobody closes it.
            let _turn = turns.acquire_owned().await;
            hashing::digest(body, length, algorithm).await.map_err(Failure::from)
        };
        let work = AssertUnwindSafe(timeout(self.shared.timeouts.hash, work)).catch_unwind();
        // What came together with the command is heard first.
        let heard = match self.hear().await? {
            true => Heard::Interrupted(Outcome::Aborted),
            false => self.hear_during(work).await?,
        };
        let computed = match heard {
            Heard::Interrupted(Outcome::Gone) => return Ok(false),
            Heard::Interrupted(_) => Err(Failure::new(426, "It was aborted.")),
            Heard::Done(Ok(Ok(computed))) => computed,
            Heard::Done(Ok(Err(_))) => Err(Failure::new(450, "It takes too long, try again later.")),
            Heard::Done(Err(_)) => Err(panicked()),
        };
        let reply = match computed {
            Ok(digest) => reply(&digest),
            Err(failure) => {
                log(verb, true, &failure);
                failure.into_reply()
            }
        };
        let code = reply.code().as_u16();
        self.host.emit(&Event::CommandServed { session: self.host.session, verb, code });
        self.control.queue(&reply);
        Ok(true)
    }

    /// Has the hook hear how a file's transfer ended, before the client does.
    async fn tell_of_transfer(
        &self,
        outcome: Outcome,
        direction: Direction,
        pathname: &Pathname,
        octets: u64,
    ) -> Outcome {
        let pathname = || pathname.clone();
        match (outcome, direction) {
            (Outcome::Ended(Ok(())), Direction::Upload) => {
                Outcome::Ended(self.host.after(|| Deed::Uploaded { pathname: pathname(), octets }).await)
            }
            (Outcome::Ended(Ok(())), Direction::Download) => {
                Outcome::Ended(self.host.after(|| Deed::Downloaded { pathname: pathname(), octets }).await)
            }
            (cut, Direction::Upload) => {
                if let Err(failure) =
                    self.host.after(|| Deed::UploadCut { pathname: pathname(), octets }).await
                {
                    log("transfer", true, &failure);
                }
                cut
            }
            (cut, Direction::Download) => cut,
        }
    }

    /// Moves the octets. A connection that the client has ended is left in `ended`, to be closed.
    async fn move_octets(
        &mut self,
        body: TransferBody,
        from: DataConnection,
        flow: &Flow,
        pathname: Option<&Pathname>,
        witness: &Arc<TreeWitness>,
        ended: &mut Option<Stream>,
    ) -> io::Result<Outcome> {
        let began = Instant::now();
        let (shared, id) = (Arc::clone(&self.shared), self.host.session);
        let opening = from.open(id, &shared);
        let opened = match self.hear_during(opening).await? {
            Heard::Done(opened) => opened,
            Heard::Interrupted(outcome) => return Ok(outcome),
        };
        let mut stream = match opened {
            Ok(stream) => stream,
            Err(error) => {
                let failure = Failure::new(425, "The data connection could not be opened.");
                return Ok(Outcome::Ended(Err(failure.caused_by(error))));
            }
        };
        let moving = AssertUnwindSafe(move_over(body, &mut stream, flow, witness)).catch_unwind();
        let moved = match self.hear_during(moving).await {
            Ok(Heard::Done(moved)) => moved.unwrap_or_else(|_| Err(panicked())),
            Ok(Heard::Interrupted(outcome)) => {
                data::reset(stream);
                flow.settled().await;
                return Ok(outcome);
            }
            Err(error) => {
                data::reset(stream);
                flow.settled().await;
                return Err(error);
            }
        };
        let sink = match moved {
            Ok(sink) => sink,
            Err(failure) => {
                data::reset(stream);
                // A thread that was too late may still write: not behind the reply.
                flow.settled().await;
                return Ok(Outcome::Ended(Err(failure)));
            }
        };
        let Some(sink) = sink else { return Ok(Outcome::Ended(Ok(()))) };
        self.flush().await?;
        // A client that aborts or dies closes the data connection too: its end is no end of file then.
        let grace = (began.elapsed() / GRACE_DIVISOR).min(*GRACE.end());
        if grace >= *GRACE.start()
            && let Heard::Interrupted(outcome) = self.hear_during(sleep(grace)).await?
        {
            return Ok(outcome);
        }
        let open = self.control.is_open();
        if self.hear().await? {
            return Ok(Outcome::Aborted);
        }
        if !open && !self.will_quit() {
            return Ok(Outcome::Gone);
        }
        if let Some(pathname) = pathname
            && let Err(refused) = self.host.before(|| uploaded(pathname, flow)).await
        {
            return Ok(Outcome::Ended(Err(refused)));
        }
        let ending = async { sink.finish().await.map_err(Failure::from) };
        let stored = AssertUnwindSafe(ending).catch_unwind().await.unwrap_or_else(|_| Err(panicked()));
        if stored.is_ok() {
            // An end that is not taken takes nothing from what was stored.
            let _ = data::finish_before_closing(&mut stream, flow.stall_timeout).await;
            *ended = Some(stream);
        }
        Ok(Outcome::Ended(stored))
    }

    /// Waits for `work`; meanwhile commands that may interrupt or run during a transfer do, and others are kept.
    ///
    /// What was queued is written before the first wait, not before: where the data connection is there and takes all of
    /// a short file at once, the client is woken once for 150 and 226.
    async fn hear_during<T>(&mut self, work: impl Future<Output = T>) -> io::Result<Heard<T>> {
        tokio::pin!(work);
        if let Some(done) = work.as_mut().now_or_never() {
            return Ok(Heard::Done(done));
        }
        self.flush().await?;
        // What came in one piece with the command that began it.
        if self.hear().await? {
            return Ok(Heard::Interrupted(Outcome::Aborted));
        }
        let mut open = true;
        loop {
            let room = open && self.kept_octets() < MAX_KEPT;
            // Not biased: neither may keep the other from going on.
            tokio::select! {
                filled = self.control.fill(), if room => {
                    open = matches!(filled, Ok(true));
                    if self.hear().await? {
                        return Ok(Heard::Interrupted(Outcome::Aborted));
                    }
                    if !open && !self.will_quit() {
                        return Ok(Heard::Interrupted(Outcome::Gone));
                    }
                }
                done = &mut work => return Ok(Heard::Done(done)),
            }
        }
    }

    /// Sorts the lines that are here; whether one of them ends the transfer. All keep their turn.
    async fn hear(&mut self) -> io::Result<bool> {
        let mut interrupted = false;
        while let Some(line) = self.control.next_line() {
            let during = match line.as_ref().ok().and_then(|line| self.shared.registry.lookup(line)) {
                Some((command, _)) => command.spec.during_transfer,
                None => DuringTransfer::Waits,
            };
            match during {
                DuringTransfer::Runs if self.kept.is_empty() && !interrupted && self.is_in_time() => {
                    let reply = match self.dispatch(line).await {
                        Ok(Action::Reply(reply)) => reply,
                        Ok(_) => Reply::new(503, "Not while a transfer runs."),
                        Err(failure) => failure.into_reply(),
                    };
                    self.control.queue(&reply);
                    self.flush().await?;
                }
                DuringTransfer::Interrupts => {
                    interrupted = true;
                    self.kept.push_back(line);
                }
                DuringTransfer::Runs | DuringTransfer::Waits => self.kept.push_back(line),
            }
        }
        Ok(interrupted)
    }

    /// Whether a command may be served while a transfer runs, which is not held up by it.
    fn is_in_time(&mut self) -> bool {
        self.pace.as_mut().is_none_or(|pace| !pace.is_ahead() && pace.next().is_none())
    }

    fn kept_octets(&self) -> usize {
        let lines = self.kept.iter().map(|line| line.as_ref().map_or(0, Vec::len) + size_of::<Line>());
        lines.sum::<usize>() + self.control.buffered()
    }

    /// Whether the client said that it ends the session: then its silence does not mean that it is gone.
    fn will_quit(&mut self) -> bool {
        while let Some(line) = self.control.next_line() {
            self.kept.push_back(line);
        }
        let lines = self.kept.iter().filter_map(|line| line.as_ref().ok());
        let mut commands = lines.filter_map(|line| self.shared.registry.lookup(line));
        commands.any(|(command, _)| command.spec.closes)
    }

    /// The last reply for a peer that guesses passwords, or that does not speak FTP.
    fn has_failed_too_often(&mut self) -> Option<Reply> {
        if self.state.principal().is_some() {
            return None;
        }
        self.errors_before_login += 1;
        if self.host.login_failures >= self.shared.limits.login_attempts || self.host.is_banned() {
            return Some(Reply::new(421, "Too many login attempts."));
        }
        if self.errors_before_login < self.shared.limits.errors_before_login {
            return None;
        }
        let peer = self.state.peer();
        self.shared.tell_banned(peer, self.shared.bans.misbehaved(peer.ip()));
        Some(Reply::new(421, "Too many errors."))
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

enum Heard<T> {
    Done(T),
    Interrupted(Outcome),
}

/// Moves the octets; for an upload, gives the sink that is to be finished.
async fn move_over(
    body: TransferBody,
    stream: &mut Stream,
    flow: &Flow,
    witness: &Arc<TreeWitness>,
) -> Result<Option<Box<dyn wharf_core::storage::Sink>>, Failure> {
    match body {
        // Each of its files ends in the stream.
        TransferBody::Tree(tree) => {
            tree::serve(&tree, stream, flow, Arc::clone(witness) as _).await.map_err(describe)?;
            data::finish(stream, flow.stall_timeout).await.map_err(|_| describe(PumpError::Stalled))?;
            Ok(None)
        }
        TransferBody::Send(body) => {
            pump::send(body, stream, flow).await.map_err(describe)?;
            let ended = data::finish_before_closing(stream, flow.stall_timeout).await;
            ended.map_err(|_| describe(PumpError::Stalled))?;
            Ok(None)
        }
        TransferBody::Receive(mut sink) => {
            pump::receive(stream, &mut *sink, flow).await.map_err(describe)?;
            Ok(Some(sink))
        }
    }
}

fn uploaded(pathname: &Pathname, flow: &Flow) -> Deed {
    Deed::Uploaded { pathname: pathname.clone(), octets: flow.moved.load(Ordering::Relaxed) }
}

fn describe(error: PumpError) -> Failure {
    match error {
        PumpError::Storage(error) => error.into(),
        PumpError::Data(error) => Failure::new(426, "The data connection was lost.").caused_by(error),
        PumpError::Stalled => Failure::new(426, "The data connection stalled."),
    }
}

fn shutting_down() -> Reply {
    Reply::new(421, "The server shuts down.")
}

/// The letters that a line begins with.
fn first_word(line: &[u8]) -> &str {
    let letters = line.split(|octet| !octet.is_ascii_alphabetic()).next().unwrap_or_default();
    str::from_utf8(letters).unwrap_or_default()
}

fn panicked() -> Failure {
    Failure::new(451, "The transfer failed inside the server.").caused_by("the transfer panicked")
}

/// Logs a refused command: what the server has failed at as a warning, what keeps a file from its way as news.
pub(super) fn log(verb: &'static str, transfers: bool, failure: &Failure) {
    let source = std::error::Error::source(failure).map(ToString::to_string);
    let server_fault = failure.reply().severity() == Severity::TransientNegative && source.is_some();
    match (server_fault, transfers) {
        (true, _) => tracing::warn!(verb, reply = %failure, source, "failed"),
        (false, true) => tracing::info!(verb, reply = %failure, source, "refused"),
        (false, false) => tracing::debug!(verb, reply = %failure, source, "refused"),
    }
}
