//! One use of the data connection: from the command that begins it to the reply that ends it.

mod direct;
mod octets;
mod start;

use wharf_core::{
    client::CommandId,
    command::{Command, abort::Abor},
    product::Product,
    reply::{Reply, Severity},
    representation::RepresentationType,
};

use super::{Connection, control::Control, data::data_failed};
use crate::{
    Error, Phase,
    net::{data, stream::Stream},
};

/// A transfer under way. Dropped before its end, it resets the data connection; the client then synchronizes.
#[derive(Debug)]
pub(crate) struct Transfer {
    /// `None` once it has ended in order.
    pub(super) data: Option<Stream>,
    pub(super) representation: RepresentationType,
    id: CommandId,
    verb: &'static str,
    argument: Vec<u8>,
    heard: Heard,
}

/// A transfer, and the reply with which the server has opened it.
pub(crate) type Begun = (Transfer, Reply);

/// What the server has said to the transfer command.
#[derive(Debug, Default)]
struct Heard {
    /// The reply that opened it; the last one where there was no preliminary.
    opening: Option<Reply>,
    /// The reply that ended it, once it has come.
    last: Option<Reply>,
}

impl Transfer {
    /// Names the transfer in an error.
    pub(super) fn about(&self, error: Error) -> Error {
        error.command_is(self.verb, &self.argument)
    }

    /// Whether the reply that ends it has come.
    pub(super) fn is_answered(&self) -> bool {
        self.heard.last.is_some()
    }

    /// Waits for the reply that opens it; the one that ends it where there is no other.
    async fn opened(&mut self, client: &mut Connection) -> Result<Reply, Error> {
        loop {
            match &self.heard.opening {
                _ if self.is_refused() => return Err(self.refusal()),
                Some(opening) => return Ok(opening.clone()),
                None => {
                    let said = client.control.next_reply_of(self.id).await;
                    self.hear(client, said.map_err(|error| self.about(error))?);
                }
            }
        }
    }

    /// The next thing that the server says to it, as long as it takes. Cancel safe.
    pub(super) async fn next_said(&self, control: &mut Control) -> Result<(Reply, bool), Error> {
        control.reply_of(self.id).await.map_err(|error| self.about(error))
    }

    /// Takes in what the server has said.
    pub(super) fn hear(&mut self, client: &mut Connection, said: (Reply, bool)) {
        self.heard.take_in(said);
        if !self.is_refused() {
            client.learned.restart_offset = false;
        }
    }

    /// Whether the server has said that nothing will come of it.
    pub(super) fn is_refused(&self) -> bool {
        self.heard.is_refused()
    }

    /// Waits for the reply that ends the transfer, when the data connection has done its part.
    pub(super) async fn complete(&mut self, client: &mut Connection) -> Result<(), Error> {
        while self.heard.last.is_none() {
            let said = client.control.next_reply_of(self.id).await;
            self.heard.take_in(said.map_err(|error| self.about(error.phase_is(Phase::Data)))?);
        }
        if self.is_refused() {
            return Err(self.refusal());
        }
        client.learned.restart_offset = false;
        // Both sides are done with it: an end, not a reset.
        if let Some(stream) = self.data.take() {
            data::read_to_end(stream).await;
        }
        Ok(())
    }

    /// The reply that ended the transfer, once it has.
    pub(super) fn last_reply(&self) -> Option<&Reply> {
        self.heard.last.as_ref()
    }

    /// The error of a transfer of which nothing will come.
    pub(super) fn refusal(&mut self) -> Error {
        let phase = if self.heard.is_opened() { Phase::Data } else { Phase::Command };
        match self.heard.last.take() {
            Some(reply) => self.about(Error::refused(reply).phase_is(phase)),
            None => self.about(data_failed()),
        }
    }

    /// The error of a data connection that broke: the server's, if it says what went wrong.
    pub(super) async fn broken(&mut self, client: &mut Connection, error: Error) -> Error {
        self.reset();
        match self.complete(client).await {
            Ok(()) => self.about(error),
            Err(servers) if servers.reply().is_some() => servers,
            Err(_) => self.about(error),
        }
    }

    /// Ends the transfer before its end, and waits until the server has done so too.
    pub(super) async fn abort(mut self, client: &mut Connection) -> Result<(), Error> {
        client.control.abort(|| self.reset()).await.map_err(|error| error.verb_is(Abor::SPEC.verb))
    }

    /// Ends our side of a data connection on which the server sends, where that saves it a wait for us.
    pub(super) fn end_early(&self, client: &Connection) {
        // Proxies may take it for the end of both.
        let saves =
            client.settings.route.is_direct() && client.product().is_some_and(Product::waits_for_the_end);
        if let (true, Some(stream)) = (saves, &self.data) {
            data::end_early(stream);
        }
    }

    /// Closes the data connection, whose end was read. Servers that linger, ProFTPD for 10 seconds, wait for this before
    /// they send the last reply.
    pub(super) fn close_after_end(&mut self) {
        if let Some(stream) = self.data.take() {
            stream.close();
        }
    }

    fn reset(&mut self) {
        if let Some(stream) = self.data.take() {
            data::reset(stream);
        }
    }
}

impl Heard {
    fn take_in(&mut self, (reply, last): (Reply, bool)) {
        if last {
            self.last = Some(reply.clone());
        }
        self.opening.get_or_insert(reply);
    }

    /// Whether there was a preliminary reply.
    fn is_opened(&self) -> bool {
        self.opening.as_ref().is_some_and(|reply| reply.severity() == Severity::Preliminary)
    }

    /// Whether nothing will come of the transfer. 202 says that the command is not known.
    fn is_refused(&self) -> bool {
        self.last.as_ref().is_some_and(|last| {
            last.severity() != Severity::Completion || last.code() == 202 && !self.is_opened()
        })
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        self.reset();
    }
}
