use std::{net::SocketAddr, time::Duration};

use bytes::BytesMut;
use futures_util::FutureExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{error::Elapsed, timeout},
};
use tracing::debug;
use wharf_core::{
    client::{CommandId, Dialogue, Event},
    command::{Command, abort::Abor, status::Noop},
    line::{Telnet, write_line},
    pathname::escape_for_display,
    reply::{Reply, ReplyLimits, Severity},
    spec::Spec,
};

use super::protect;
use crate::{
    Error, ErrorKind, Phase,
    net::{
        connect::{Host, Route},
        dial_tls::DialTls,
        stream::{Protected, Stream},
    },
};

/// How long a transfer that was dropped has to end by itself before it is aborted.
const DROPPED_TRANSFER_GRACE: Duration = Duration::from_secs(1);
/// How long a server has to answer ABOR before the data connection is reset.
const ABORT_HEARING: Duration = Duration::from_millis(300);
/// How long the second of the two replies to an aborted transfer and to ABOR may be away from the first.
const ABORT_REPLIES_GAP: Duration = Duration::from_millis(500);

/// The client's end of a control connection: commands out, replies in.
///
/// Whatever future is dropped, what was not yet written and what is not yet answered stays known here, so that
/// [`synchronize`](Self::synchronize) can bring the two sides back into step.
#[derive(Debug)]
pub(super) struct Control {
    /// `None` after it was closed.
    stream: Option<Stream>,
    dialogue: Dialogue,
    unwritten: BytesMut,
    incoming: BytesMut,
    /// The transfer command whose last reply has not come.
    transfer: Option<CommandId>,
    /// Whether the server is not trusted with passwords and files.
    keeps_secrets: bool,
    reply_timeout: Duration,
    local: SocketAddr,
    peer: SocketAddr,
}

impl Control {
    pub(super) async fn connect(
        route: &Route,
        host: &Host,
        within: Duration,
        reply_timeout: Duration,
        limits: ReplyLimits,
    ) -> Result<Self, Error> {
        let failed = || Error::new(ErrorKind::Connect, Phase::Connect);
        let stream = timeout(within, route.control(host)).await;
        let stream = stream.map_err(|_| Error::timeout(Phase::Connect))?;
        let stream = stream.map_err(|error| failed().caused_by(error))?;
        let local = stream.local_addr().map_err(|error| failed().caused_by(error))?;
        let peer = stream.peer_addr().map_err(|error| failed().caused_by(error))?;
        Ok(Self {
            stream: Some(stream.into()),
            dialogue: Dialogue::new(limits),
            unwritten: BytesMut::new(),
            incoming: BytesMut::new(),
            transfer: None,
            keeps_secrets: false,
            reply_timeout,
            local,
            peer,
        })
    }

    /// This side's address.
    pub(super) fn local(&self) -> SocketAddr {
        self.local
    }

    /// The other side's address: the server's, or the proxy's.
    pub(super) fn peer(&self) -> SocketAddr {
        self.peer
    }

    pub(super) fn is_open(&self) -> bool {
        self.stream.is_some()
    }

    pub(super) fn close(&mut self) {
        if let Some(stream) = self.stream.take() {
            stream.close();
        }
        self.unwritten.clear();
    }

    /// Sets whether commands that say who logs in, that hold a secret or that transfer are refused here and not sent.
    pub(super) fn keeps_secrets(&mut self, keeps: bool) {
        self.keeps_secrets = keeps;
    }

    /// Whether this command may be sent to this server.
    pub(super) fn allow(&self, spec: &Spec) -> Result<(), Error> {
        match self.keeps_secrets && (spec.identifies || spec.secret || spec.transfers()) {
            true => Err(protect::distrusted()),
            false => Ok(()),
        }
    }

    /// What TLS looks like here.
    pub(super) fn protected(&self) -> Option<Protected> {
        self.stream.as_ref()?.protected()
    }

    /// Goes on under TLS. Cancelled, it leaves the connection closed.
    ///
    /// # Errors
    /// The connection is closed then. One of them is that octets came in clear which are no part of the reply to AUTH:
    /// somebody may have put them there, to be read as replies that are protected.
    pub(super) async fn protect(&mut self, tls: &DialTls, within: Duration) -> Result<(), Error> {
        let stream = self.stream.take();
        let Some(Stream::Plain(tcp)) = stream else { return Err(closed()) };
        if !self.unwritten.is_empty() || !self.incoming.is_empty() || self.dialogue.has_input() {
            return Err(Error::new(ErrorKind::Protocol, Phase::Tls)
                .message("the server sent something in clear behind its reply to AUTH"));
        }
        let made = timeout(within, tls.control(tcp)).await.map_err(|_| Error::timeout(Phase::Tls))?;
        self.stream = Some(made.map_err(|error| protect::failed(&error))?);
        Ok(())
    }

    /// Waits for the greeting: its lines.
    pub(super) async fn greeting(&mut self) -> Result<Reply, Error> {
        let within = self.reply_timeout;
        let waiting = async {
            loop {
                let event = self.event().await.map_err(|error| error.phase_is(Phase::Greeting))?;
                if event.last {
                    return Ok::<_, Error>(event.reply);
                }
            }
        };
        let reply = timeout(within, waiting).await.map_err(|_| Error::timeout(Phase::Greeting))??;
        match reply.severity() {
            Severity::Completion => Ok(reply),
            _ => Err(Error::refused(reply).phase_is(Phase::Greeting)),
        }
    }

    /// Puts a line in the queue to be written. It is written when the reply is awaited.
    pub(super) fn queue(&mut self, line: &[u8], spec: &Spec) -> Result<CommandId, Error> {
        if !self.is_open() {
            return Err(closed());
        }
        self.allow(spec)?;
        let mut octets = Vec::with_capacity(line.len() + 2);
        write_line(line, &mut octets, Telnet::Ignore)
            .map_err(|error| Error::new(ErrorKind::InvalidInput, Phase::Command).caused_by(error))?;
        match spec.secret {
            true => debug!(target: "wharf::connection", "--> {} ***", spec.verb),
            false => debug!(target: "wharf::connection", "--> {}", escape_for_display(line)),
        }
        self.unwritten.extend_from_slice(&octets);
        Ok(self.dialogue.send(spec))
    }

    /// As [`queue`](Self::queue), for a command that uses the data connection.
    pub(super) fn queue_transfer(&mut self, line: &[u8], spec: &Spec) -> Result<CommandId, Error> {
        let id = self.queue(line, spec)?;
        self.transfer = Some(id);
        Ok(id)
    }

    /// The reply that ends the command `id`.
    ///
    /// Cancel safe: the reply is taken out by [`synchronize`](Self::synchronize) then.
    pub(super) async fn reply(&mut self, id: CommandId) -> Result<Reply, Error> {
        loop {
            let event = self.next_reply().await?;
            if event.last && event.command == Some(id) {
                return Ok(event.reply);
            }
        }
    }

    /// The next reply of any kind, within the reply timeout. Cancel safe.
    pub(super) async fn next_reply(&mut self) -> Result<Event, Error> {
        let within = self.reply_timeout;
        timeout(within, self.event()).await.map_err(|_| Error::timeout(Phase::Command))?
    }

    /// Writes what is queued and waits for the next reply, as long as it takes. Cancel safe.
    ///
    /// # Errors
    /// The connection is closed then.
    pub(super) async fn event(&mut self) -> Result<Event, Error> {
        let event = self.exchange().await;
        match &event {
            Ok(event) => {
                debug!(target: "wharf::connection", "<-- {}", event.reply);
                if event.last && event.command.is_some() && event.command == self.transfer {
                    self.transfer = None;
                }
            }
            Err(_) => self.close(),
        }
        event
    }

    async fn exchange(&mut self) -> Result<Event, Error> {
        let mut write_error = None;
        loop {
            if let Some(event) = self.dialogue.next_event() {
                return Ok(event?);
            }
            let stream = self.stream.as_mut().ok_or_else(closed)?;
            while !self.unwritten.is_empty() {
                if let Err(error) = stream.write_buf(&mut self.unwritten).await {
                    // The server may have said why it went: that is read first.
                    write_error = Some(error);
                    self.unwritten.clear();
                }
            }
            // What was written may wait in the buffer of TLS, of a call before this one too.
            if let Err(error) = stream.flush().await {
                write_error.get_or_insert(error);
            }
            self.incoming.reserve(4096);
            let read = stream.read_buf(&mut self.incoming).await;
            match (read, write_error.take()) {
                (Ok(0), None) => return Err(closed().message("the server closed the control connection")),
                (Ok(0), Some(error)) | (Err(error), _) => return Err(closed().caused_by(error)),
                (Ok(_), error) => {
                    write_error = error;
                    self.dialogue.push(&self.incoming.split());
                }
            }
            if self.incoming.is_empty() {
                self.incoming = BytesMut::new();
            }
        }
    }

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
    pub(super) fn is_ready(&mut self) -> bool {
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
    pub(super) async fn synchronize(&mut self) -> Result<(), Error> {
        self.settle(DROPPED_TRANSFER_GRACE).await
    }

    /// Ends the running transfer: sends ABOR, and calls `reset` to break its data connection once the server has
    /// answered, or is not going to before that.
    ///
    /// In this order, because a data connection that breaks by itself costs some servers their place (pyftpdlib) or the
    /// whole session (aioftp); others do not listen during a transfer, and notice the break.
    ///
    /// Cancel safe, with errors as [`synchronize`](Self::synchronize); `reset` may then not have been called.
    pub(super) async fn abort(&mut self, reset: impl FnOnce()) -> Result<(), Error> {
        self.take_in();
        if !self.is_open() || self.transfer.is_none() {
            reset();
            return self.synchronize().await;
        }
        let within = self.reply_timeout;
        let aborted = timeout(within, async {
            self.queue(b"ABOR", &Abor::SPEC)?;
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
            self.event().await?;
        }
        Ok(())
    }

    /// Sends ABOR and waits until both the transfer and ABOR are answered.
    ///
    /// Plain, without the Telnet signals of RFC 959 section 4.1.3: every server of today reads it, and some take the
    /// signals for a part of the verb.
    ///
    /// Cancel safe: [`synchronize`](Self::synchronize) goes on from there.
    async fn send_abort(&mut self) -> Result<(), Error> {
        self.queue(b"ABOR", &Abor::SPEC)?;
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
        self.queue(b"NOOP", &Noop::SPEC)?;
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

fn closed() -> Error {
    Error::new(ErrorKind::Closed, Phase::Command)
}
