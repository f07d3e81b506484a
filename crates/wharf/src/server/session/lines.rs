//! The lines of a client: the next one, and those that come while something else is done.

use std::{future::Future, io};

use futures_util::FutureExt;
use tokio::time::{Instant, sleep_until};
use wharf_core::{reply::Reply, server::Action, spec::DuringTransfer};

use super::{Driver, Line, shutting_down};
use crate::server::shared;

/// The most octets of commands that are kept while a transfer runs; then the control connection is read no further.
const MAX_KEPT: usize = 32 * 1024;

/// Why a session does not wait for the next line any more.
pub(super) enum Next {
    Line(Line),
    Gone,
    Close(Reply),
}

/// What became of something that was waited for while lines were heard.
pub(super) enum Heard<T> {
    Done(T),
    Interrupted(Interruption),
}

/// What ends work before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interruption {
    Aborted,
    Gone,
}

impl Driver {
    /// The next line: one that was kept, one that is here, or one that comes in time.
    pub(super) async fn next(&mut self) -> io::Result<Next> {
        if *self.shutting_down.borrow() {
            return Ok(Next::Close(shutting_down()));
        }
        self.host.close_late_port();
        if let Some(line) = self.kept.pop_front().or_else(|| self.control.next_line()) {
            return Ok(Next::Line(line));
        }
        self.flush().await?;
        let logged_in = self.state.principal().is_some();
        let deadline =
            if logged_in { Instant::now() + self.shared.timeouts.idle } else { self.login_deadline };
        let tick = self.shared.timeouts.stall.min(self.shared.timeouts.data_connection);
        // A line that is here may take the data connection, before the runtime is asked to watch for it.
        let mut here = self.control.fill().now_or_never();
        loop {
            let filled = match here.take() {
                Some(filled) => filled?,
                None => tokio::select! {
                    filled = self.control.fill() => filled?,
                    () = self.host.accept_data() => continue,
                    // Woken each time that a peer may stall or leave a port open, so that no transfer has to set the runtime an
                    // earlier hour.
                    () = sleep_until(deadline.min(Instant::now() + tick)) => {
                        self.host.close_late_port();
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

    /// Waits for `work`; meanwhile commands that may interrupt or run during a transfer do, and others are kept.
    ///
    /// What was queued is written before the first wait, not before: where the data connection is there and takes all of
    /// a short file at once, the client is woken once for 150 and 226.
    pub(super) async fn hear_during<T>(&mut self, work: impl Future<Output = T>) -> io::Result<Heard<T>> {
        tokio::pin!(work);
        if let Some(done) = work.as_mut().now_or_never() {
            return Ok(Heard::Done(done));
        }
        self.flush().await?;
        // What came in one piece with the command that began it.
        if self.hear().await? {
            return Ok(Heard::Interrupted(Interruption::Aborted));
        }
        let mut open = true;
        loop {
            let room = open && self.kept_octets() < MAX_KEPT;
            // Not biased: neither may keep the other from going on.
            tokio::select! {
                filled = self.control.fill(), if room => {
                    open = matches!(filled, Ok(true));
                    if self.hear().await? {
                        return Ok(Heard::Interrupted(Interruption::Aborted));
                    }
                    if !open && !self.will_quit() {
                        return Ok(Heard::Interrupted(Interruption::Gone));
                    }
                }
                () = self.host.close_port_in_time() => {}
                done = &mut work => return Ok(Heard::Done(done)),
            }
        }
    }

    /// Sorts the lines that are here; whether one of them ends the transfer. All keep their turn.
    pub(super) async fn hear(&mut self) -> io::Result<bool> {
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
    pub(super) fn will_quit(&mut self) -> bool {
        while let Some(line) = self.control.next_line() {
            self.kept.push_back(line);
        }
        let lines = self.kept.iter().filter_map(|line| line.as_ref().ok());
        let mut commands = lines.filter_map(|line| self.shared.registry.lookup(line));
        commands.any(|(command, _)| command.spec.closes)
    }
}
