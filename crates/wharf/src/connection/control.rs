mod step;

use std::{collections::VecDeque, io, net::SocketAddr, time::Duration};

use bytes::BytesMut;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};
use tracing::debug;
use wharf_core::{
    client::{CommandId, Dialogue, Event},
    line::{Telnet, write_line},
    pathname::escape_for_display,
    reply::{Reply, ReplyLimits, Severity},
    spec::Spec,
};

use super::{data::Ahead, protect};
use crate::{
    Error, ErrorKind, Phase,
    net::{
        connect::{Destination, Host, Route},
        dial_tls::DialTls,
        stream::{Protected, Stream},
    },
};

/// The most commands that are sent and not answered at a time. Servers keep few, and a system keeps what they leave unread.
const MAX_OUTSTANDING: usize = 16;
/// The most octets of such commands, unless it is a single one.
///
/// ABOR, and the NOOP behind it, go beyond both: they are for a server that does not answer.
const MAX_OUTSTANDING_OCTETS: usize = 4096;

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
    /// Last replies that came while another command's was awaited.
    answered: VecDeque<(CommandId, Reply)>,
    /// A question whose answer is for a later call.
    ahead: Option<Ahead>,
    /// The most commands that may be outstanding.
    window: usize,
    /// The transfer command whose last reply has not come.
    transfer: Option<CommandId>,
    /// Whether the server is not trusted with passwords and files.
    keeps_secrets: bool,
    reply_timeout: Duration,
    local: SocketAddr,
    peer: SocketAddr,
    destination: Destination,
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
        let (stream, destination) =
            route.control(host, within).await.map_err(|error| match (error.kind(), error.get_ref()) {
                (io::ErrorKind::TimedOut, None) => Error::timeout(Phase::Connect),
                (io::ErrorKind::TimedOut, Some(_)) => Error::timeout(Phase::Connect).caused_by(error),
                _ => failed().caused_by(error),
            })?;
        let local = stream.local_addr().map_err(|error| failed().caused_by(error))?;
        let peer = stream.peer_addr().map_err(|error| failed().caused_by(error))?;
        Ok(Self {
            stream: Some(stream.into()),
            dialogue: Dialogue::new(limits),
            unwritten: BytesMut::new(),
            incoming: BytesMut::new(),
            answered: VecDeque::new(),
            ahead: None,
            window: MAX_OUTSTANDING,
            transfer: None,
            keeps_secrets: false,
            reply_timeout,
            local,
            peer,
            destination,
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

    /// Where it leads to: the server, as far as it is known.
    pub(super) fn destination(&self) -> &Destination {
        &self.destination
    }

    pub(super) fn is_open(&self) -> bool {
        self.stream.is_some()
    }

    pub(super) fn close(&mut self) {
        if let Some(stream) = self.stream.take() {
            stream.close();
        }
        self.unwritten.clear();
        self.answered.clear();
        self.ahead = None;
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
        Ok(self.dialogue.send(spec, octets.len()))
    }

    /// Sets how many commands may be outstanding: 1 for no command before the one before it is answered.
    pub(super) fn set_window(&mut self, commands: usize) {
        self.window = commands.clamp(1, MAX_OUTSTANDING);
    }

    /// Whether a command may be sent before others are answered.
    pub(super) fn pipelines(&self) -> bool {
        self.window > 1
    }

    /// Whether a line of so many octets may be sent now.
    pub(super) fn has_room(&self, line: usize) -> bool {
        let waiting = self.dialogue.waiting();
        let octets = self.dialogue.waiting_octets() + line + 2;
        waiting == 0 || waiting < self.window && octets <= MAX_OUTSTANDING_OCTETS
    }

    /// Waits until a line of so many octets may be sent. Cancel safe.
    pub(super) async fn room(&mut self, line: usize) -> Result<(), Error> {
        while !self.has_room(line) {
            let event = self.next_reply().await?;
            self.put_by(event);
        }
        Ok(())
    }

    /// Writes what is queued, and does not wait for a reply. Cancel safe: what is not written now is written with the next
    /// wait for a reply.
    ///
    /// An error is found by that wait, too: the server may have said why it went.
    pub(super) async fn write_queued(&mut self) {
        if let Some(stream) = &mut self.stream {
            while !self.unwritten.is_empty() {
                if stream.write_buf(&mut self.unwritten).await.is_err() {
                    return;
                }
            }
            let _ = stream.flush().await;
        }
    }

    /// As [`queue`](Self::queue), for a command that uses the data connection. There must be [`room`](Self::room) for it.
    pub(super) fn queue_transfer(&mut self, line: &[u8], spec: &Spec) -> Result<CommandId, Error> {
        let id = self.queue(line, spec)?;
        self.transfer = Some(id);
        Ok(id)
    }

    /// The reply that ends the command `id`. Those of others are kept.
    ///
    /// Cancel safe: the reply is taken out by [`synchronize`](Self::synchronize) then.
    pub(super) async fn reply(&mut self, id: CommandId) -> Result<Reply, Error> {
        self.reply_within(id, self.reply_timeout).await
    }

    /// As [`reply`](Self::reply), where so much time may pass before each reply.
    pub(super) async fn reply_within(&mut self, id: CommandId, within: Duration) -> Result<Reply, Error> {
        loop {
            if let Some(reply) = self.answered(id) {
                return Ok(reply);
            }
            let event = timeout(within, self.event()).await;
            let event = event.unwrap_or_else(|_| Err(self.silent(Some(id))))?;
            self.put_by(event);
        }
    }

    /// The reply that ends the command `id`, if it has come already.
    pub(super) fn answered(&mut self, id: CommandId) -> Option<Reply> {
        let at = self.answered.iter().position(|(answered, _)| *answered == id)?;
        self.answered.remove(at).map(|(_, reply)| reply)
    }

    /// Whether the reply that ends the command `id` has come already.
    pub(super) fn is_answered(&self, id: CommandId) -> bool {
        self.answered.iter().any(|(answered, _)| *answered == id)
    }

    /// The next reply to the command `id`, as long as it takes, and whether it is the last. Those that end others are kept.
    /// Cancel safe.
    pub(super) async fn reply_of(&mut self, id: CommandId) -> Result<(Reply, bool), Error> {
        if let Some(reply) = self.answered(id) {
            return Ok((reply, true));
        }
        loop {
            let event = self.event().await?;
            if event.command == Some(id) {
                return Ok((event.reply, event.last));
            }
            self.put_by(event);
        }
    }

    /// As [`reply_of`](Self::reply_of), within the reply timeout.
    pub(super) async fn next_reply_of(&mut self, id: CommandId) -> Result<(Reply, bool), Error> {
        let within = self.reply_timeout;
        let said = timeout(within, self.reply_of(id)).await;
        said.unwrap_or_else(|_| Err(self.silent(Some(id))))
    }

    fn put_by(&mut self, event: Event) {
        if let (Some(id), true) = (event.command, event.last) {
            self.answered.push_back((id, event.reply));
        }
    }

    /// Notes a question whose answer is for a later call. It is kept while the two sides are in step.
    pub(super) fn keep_ahead(&mut self, ahead: Ahead) {
        self.ahead = Some(ahead);
    }

    /// The question that was asked for now, if one was.
    pub(super) fn take_ahead(&mut self) -> Option<Ahead> {
        self.ahead.take()
    }

    /// The question that was asked for later.
    pub(super) fn ahead(&self) -> Option<&Ahead> {
        self.ahead.as_ref()
    }

    /// Puts an answer that was looked at back for the one who waits for it.
    pub(super) fn keep_answer(&mut self, id: CommandId, reply: Reply) {
        self.answered.push_back((id, reply));
    }

    /// Whether a transfer command is unanswered.
    pub(super) fn is_transferring(&self) -> bool {
        self.transfer.is_some()
    }

    /// Forgets the answers that nobody waits for any more.
    fn forget_answers(&mut self) {
        let ahead = self.ahead.as_ref().map(Ahead::id);
        self.answered.retain(|(id, _)| Some(*id) == ahead);
    }

    /// The next reply of any kind, within the reply timeout. Cancel safe.
    pub(super) async fn next_reply(&mut self) -> Result<Event, Error> {
        let within = self.reply_timeout;
        let event = timeout(within, self.event()).await;
        event.unwrap_or_else(|_| Err(self.silent(None)))
    }

    /// The error of a server that has not answered in time; where it owes an answer to another command than `awaited`, that
    /// is named.
    ///
    /// The connection is closed, unless only one answer is due, and not about data: there is nothing else that it could be taken
    /// for, and the next call waits for it once more.
    fn silent(&mut self, awaited: Option<CommandId>) -> Error {
        let error = Error::timeout(Phase::Command);
        let error = match self.dialogue.oldest() {
            Some((id, verb)) if Some(id) != awaited => error.verb_is(verb),
            _ => error,
        };
        if self.dialogue.waiting() > 1 || self.dialogue.is_about_data() {
            self.close();
        }
        error
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
}

pub(super) fn closed() -> Error {
    Error::new(ErrorKind::Closed, Phase::Command)
}
