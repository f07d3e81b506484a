//! Bringing the two sides of a control connection back into step.

use std::time::Duration;

use bytes::BytesMut;
use futures_util::FutureExt;
use tokio::{
    io::AsyncReadExt,
    time::{error::Elapsed, timeout},
};
use wharf_core::{
    command::{Command, abort::Abor, status::Noop},
    reply::{Reply, Severity},
};

use super::{Control, closed};
use crate::{Error, Phase};

/// How long a transfer that was dropped has to end by itself before it is aborted.
const DROPPED_TRANSFER_GRACE: Duration = Duration::from_secs(1);
/// How long a server has to answer ABOR before the data connection is reset.
const ABORT_HEARING: Duration = Duration::from_millis(300);
/// How long the second of the two replies to an aborted transfer and to ABOR may be away from the first.
const ABORT_REPLIES_GAP: Duration = Duration::from_millis(500);

impl Control {
    /// Takes in what is here already: what came unasked must not be read as the reply to the next command.
    fn take_in(&mut self) {
        let Some(stream) = &mut self.stream else { return };
        self.incoming.reserve(4096);
        // An end or an error is found by the next read.
        if let Some(Ok(1..)) = stream.read_buf(&mut self.incoming).now_or_never() {
            self.dialogue.push(&self.incoming.split());
        }
        self.incoming = BytesMut::new();
    }

    /// Whether the next command can be sent at once: all is answered, and nothing came unasked. A server that said
    /// something is about to go, or has gone: the connection is closed then.
    pub(in crate::connection) fn is_ready(&mut self) -> bool {
        if !self.is_open() || !self.is_in_step() {
            return false;
        }
        let Some(stream) = &mut self.stream else { return false };
        let said_nothing = stream.read_buf(&mut self.incoming).now_or_never().is_none();
        if !said_nothing {
            self.close();
        }
        said_nothing
    }

    /// Whether every command is written and answered.
    fn is_in_step(&self) -> bool {
        self.unwritten.is_empty() && self.dialogue.waiting() == 0 && !self.dialogue.has_input()
    }

    /// Brings the two sides back into step, if a future or a stream was dropped before its end: waits for the replies
    /// that are due, and aborts a transfer that does not end by itself.
    ///
    /// Cancel safe.
    ///
    /// # Errors
    /// The connection is closed already, or now, because it could not be brought into step.
    pub(in crate::connection) async fn synchronize(&mut self) -> Result<(), Error> {
        self.settle(DROPPED_TRANSFER_GRACE).await
    }

    /// Ends the running transfer: sends ABOR, and calls `reset` to break its data connection once the server has
    /// answered, or is not going to before that.
    ///
    /// In this order, because a data connection that breaks by itself costs some servers their place (pyftpdlib) or the
    /// whole session (aioftp); others do not listen during a transfer, and notice the break.
    ///
    /// Cancel safe, with errors as [`synchronize`](Self::synchronize); `reset` may then not have been called.
    pub(in crate::connection) async fn abort(&mut self, reset: impl FnOnce()) -> Result<(), Error> {
        self.take_in();
        if !self.is_open() || self.transfer.is_none() {
            reset();
            return self.synchronize().await;
        }
        self.ahead = None;
        let within = self.reply_timeout;
        let aborted = timeout(within, async {
            self.queue(Abor::SPEC.verb.as_bytes(), &Abor::SPEC)?;
            let heard = timeout(ABORT_HEARING.min(within / 2), self.event()).await;
            reset();
            let first = match heard {
                Ok(first) => first?,
                Err(_) => self.event().await?,
            };
            self.after_abort(&first.reply).await
        });
        let aborted = aborted.await;
        self.settled(aborted)
    }

    async fn settle(&mut self, grace: Duration) -> Result<(), Error> {
        if !self.is_open() {
            return Err(closed());
        }
        self.take_in();
        if self.transfer.is_some() {
            self.ahead = None;
        }
        self.forget_answers();
        if self.is_in_step() {
            return Ok(());
        }
        let within = self.reply_timeout;
        let settled = match self.transfer {
            None => timeout(within, self.drain()).await,
            Some(_) => match timeout(grace.min(within), self.drain()).await {
                Err(_) => timeout(within, self.send_abort()).await,
                ended => ended,
            },
        };
        self.settled(settled)
    }

    /// Closes the connection if the two sides are not in step.
    fn settled(&mut self, settled: Result<Result<(), Error>, Elapsed>) -> Result<(), Error> {
        let error = match settled {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error,
            Err(_) => closed().message("the control connection was out of step and is closed"),
        };
        self.close();
        Err(error.phase_is(Phase::Resynchronization))
    }

    /// Waits for all replies that are due.
    async fn drain(&mut self) -> Result<(), Error> {
        while !self.is_in_step() {
            let event = self.event().await?;
            self.put_by(event);
        }
        self.forget_answers();
        Ok(())
    }

    /// Sends ABOR and waits until both the transfer and ABOR are answered.
    ///
    /// Plain, without the Telnet signals of RFC 959 section 4.1.3: every server of today reads it, and some take the
    /// signals for a part of the verb.
    ///
    /// Cancel safe: [`synchronize`](Self::synchronize) goes on from there.
    async fn send_abort(&mut self) -> Result<(), Error> {
        self.queue(Abor::SPEC.verb.as_bytes(), &Abor::SPEC)?;
        let first = self.event().await?.reply;
        self.after_abort(&first).await
    }

    /// Waits until both the transfer and ABOR are answered, when the first reply is there.
    ///
    /// Servers differ in how many replies they give to the two commands; where one stays away, a NOOP finds the place.
    ///
    /// But where the one reply is 225, the server says that there is no transfer, of one that it has not answered: it has
    /// lost it, and pyftpdlib for one then puts it on the next data connection. Nothing good can follow.
    async fn after_abort(&mut self, first: &Reply) -> Result<(), Error> {
        match timeout(ABORT_REPLIES_GAP, self.drain()).await {
            Ok(drained) => drained,
            Err(_) if first.code() == 225 => Err(closed().message("the server has lost the transfer")),
            Err(_) => self.find_place().await,
        }
    }

    /// Sends NOOP and waits for what only NOOP is answered.
    async fn find_place(&mut self) -> Result<(), Error> {
        self.queue(Noop::SPEC.verb.as_bytes(), &Noop::SPEC)?;
        loop {
            let reply = self.event().await?.reply;
            let is_noops =
                reply.severity() == Severity::Completion && !matches!(reply.code().as_u16(), 225 | 226);
            if is_noops {
                break;
            }
        }
        self.dialogue.forget();
        self.transfer = None;
        Ok(())
    }
}
