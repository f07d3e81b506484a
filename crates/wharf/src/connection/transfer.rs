//! One use of the data connection: from the command that begins it to the reply that ends it.

use std::{
    future::{Future, pending},
    sync::atomic::Ordering,
    time::Duration,
};

use tokio::{
    io::AsyncWriteExt,
    pin,
    time::{interval, timeout},
};
use wharf_core::{
    client::CommandId,
    command::{Command, transfer::Rest},
    reply::{Reply, Severity},
    representation::RepresentationType,
    transfer::RestartOffset,
};
use wharf_storage::{Sink, SourceBody};

use super::{Connection, control::Control, data::data_failed};
use crate::{
    Error, Phase, Throttle,
    net::{
        data,
        pump::{self, Flow, PumpError},
        stream::Stream,
    },
};

/// How often a transfer tells how far it is.
const REPORT_INTERVAL: Duration = Duration::from_millis(100);

/// A transfer under way. Dropped before its end, it resets the data connection; the client then synchronizes.
#[derive(Debug)]
pub(crate) struct Transfer {
    /// `None` once it has ended in order.
    pub(super) data: Option<Stream>,
    pub(super) representation: RepresentationType,
    id: CommandId,
    verb: &'static str,
    argument: Vec<u8>,
    /// The reply that opened it; the last one where there was no preliminary.
    opening: Reply,
    /// The reply that ended it, once it has come.
    pub(super) last: Option<Reply>,
}

impl Connection {
    /// Begins a transfer: TYPE if needed, EPSV or its like, the data connection, REST if needed, the command.
    ///
    /// Without a `representation` the type does not matter.
    pub(super) async fn begin<C: Command>(
        &mut self,
        command: C,
        offset: u64,
        representation: Option<RepresentationType>,
    ) -> Result<Transfer, Error> {
        let verb = C::SPEC.verb;
        let argument = command.argument().into_owned();
        let about = |error: Error| error.verb_is(verb).argument_is(&argument);
        let line = command.line().map_err(|error| about(error.into()))?;
        let offset = RestartOffset::new(offset)
            .ok_or_else(|| about(Error::invalid_input("the restart offset is too large")))?;
        self.control.allow(&C::SPEC).map_err(about)?;
        self.control.synchronize().await?;
        if let Some(representation) = representation {
            self.ensure_representation(representation).await?;
        }
        self.ensure_private().await?;
        let opened = self.open_data().await?;
        if !offset.is_zero() || self.learned.restart_offset {
            let before = std::mem::replace(&mut self.learned.restart_offset, true);
            let set = self.exchange(Rest(offset)).await;
            if set.as_ref().is_err_and(|error| error.reply().is_some()) {
                self.learned.restart_offset = before && !offset.is_zero();
            }
            set?;
        }
        let id = self.control.queue_transfer(&line, &C::SPEC).map_err(about)?;
        let event = self.control.next_reply().await.map_err(about)?;
        if event.last && (event.reply.severity() != Severity::Completion || event.reply.code() == 202) {
            return Err(about(Error::refused(event.reply)));
        }
        self.learned.restart_offset = false;
        let (last, data) = match event.last {
            true => (Some(event.reply.clone()), opened.connected()),
            false => {
                let within = self.settings.data_connect_timeout;
                (None, Some(opened.accept(&mut self.control, within).await.map_err(about)?))
            }
        };
        let representation = representation.unwrap_or(RepresentationType::Image);
        let mut transfer = Transfer { data, representation, id, verb, argument, opening: event.reply, last };
        transfer.protect(self).await?;
        Ok(transfer)
    }
}

impl Transfer {
    /// The reply that opened it.
    pub(super) fn opening(&self) -> &Reply {
        &self.opening
    }

    /// Names the transfer in an error.
    pub(super) fn about(&self, error: Error) -> Error {
        error.verb_is(self.verb).argument_is(&self.argument)
    }

    /// Waits for the reply that ends the transfer, when the data connection has done its part.
    pub(super) async fn complete(&mut self, client: &mut Connection) -> Result<(), Error> {
        let reply = match self.last.take() {
            Some(reply) => reply,
            None => {
                let reply = client.control.reply(self.id).await;
                reply.map_err(|error| self.about(error.phase_is(Phase::Data)))?
            }
        };
        match reply.severity() {
            Severity::Completion => {
                // Both sides are done with it: an end, not a reset.
                if let Some(stream) = self.data.take() {
                    data::read_to_end(stream).await;
                }
                Ok(())
            }
            _ => Err(self.about(Error::refused(reply).phase_is(Phase::Data))),
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
        client.control.abort(|| self.reset()).await.map_err(|error| error.verb_is("ABOR"))
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

    /// Receives all of it into `sink`, which the caller finishes or drops. `moved` is told the octets so far.
    pub(super) async fn receive(
        mut self,
        client: &mut Connection,
        sink: &mut dyn Sink,
        moved: Option<&(dyn Fn(u64) + Sync)>,
    ) -> Result<u64, Error> {
        let flow = self.flow(client, client.settings.speed_limits.download.clone());
        let Self { data, last, .. } = &mut self;
        let Some(stream) = data else { return self.complete(client).await.map(|()| 0) };
        let pumping = pump::receive(stream, sink, &flow);
        let pumped = listen_beside(&mut client.control, last, pumping, &flow, moved).await;
        if pumped.is_ok() && self.last.as_ref().is_none_or(Reply::is_positive) {
            self.close_after_end();
        }
        self.end(client, pumped).await?;
        Ok(flow.moved.load(Ordering::Relaxed))
    }

    /// Sends all of `body`. `moved` is told the octets so far.
    pub(super) async fn send(
        mut self,
        client: &mut Connection,
        body: SourceBody,
        moved: Option<&(dyn Fn(u64) + Sync)>,
    ) -> Result<u64, Error> {
        let flow = self.flow(client, client.settings.speed_limits.upload.clone());
        let Self { data, last, .. } = &mut self;
        let Some(stream) = data else {
            return Err(self.about(data_failed().message("the server wanted no data")));
        };
        let pumping = pump::send(body, stream, &flow);
        let mut pumped = listen_beside(&mut client.control, last, pumping, &flow, moved).await;
        if let (Ok(()), Some(stream)) = (&pumped, &mut self.data)
            && self.last.as_ref().is_none_or(Reply::is_positive)
        {
            pumped = match timeout(flow.stall_timeout, stream.shutdown()).await {
                Ok(ended) => ended.map_err(|error| data_failed().caused_by(error)),
                Err(_) => Err(pump_failed(PumpError::Stalled)),
            };
        }
        self.end(client, pumped).await?;
        Ok(flow.moved.load(Ordering::Relaxed))
    }

    /// The outcome, when no more octets move.
    async fn end(&mut self, client: &mut Connection, pumped: Result<(), Error>) -> Result<(), Error> {
        match pumped {
            Ok(()) => self.complete(client).await,
            Err(error) if error.phase() == Phase::Data => Err(self.broken(client, error).await),
            Err(error) => {
                self.reset();
                Err(self.about(error))
            }
        }
    }

    fn flow(&self, client: &Connection, throttle: Throttle) -> Flow {
        let mut flow = Flow::new(client.settings.stall_timeout);
        flow.representation = self.representation;
        flow.throttles.push(throttle);
        flow
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        self.reset();
    }
}

/// Moves octets, and hears what the server says meanwhile: an end it declares early is one.
///
/// A negative reply ends the transfer at once; it is in `last` then.
async fn listen_beside(
    control: &mut Control,
    last: &mut Option<Reply>,
    pumping: impl Future<Output = Result<(), PumpError>>,
    flow: &Flow,
    moved: Option<&(dyn Fn(u64) + Sync)>,
) -> Result<(), Error> {
    pin!(pumping);
    let mut ticks = moved.map(|_| interval(REPORT_INTERVAL));
    let report = || moved.inspect(|moved| moved(flow.moved.load(Ordering::Relaxed)));
    loop {
        let tick = async {
            match &mut ticks {
                Some(ticks) => drop(ticks.tick().await),
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            pumped = &mut pumping => {
                report();
                return pumped.map_err(pump_failed);
            }
            event = control.event(), if last.is_none() => {
                let event = event.map_err(|error| error.phase_is(Phase::Command))?;
                if event.last {
                    let positive = event.reply.is_positive();
                    *last = Some(event.reply);
                    if !positive {
                        return Ok(());
                    }
                }
            }
            () = tick => drop(report()),
        }
    }
}

fn pump_failed(error: PumpError) -> Error {
    match error {
        PumpError::Storage(error) => error.into(),
        PumpError::Data(error) => data_failed().caused_by(error),
        PumpError::Stalled => Error::timeout(Phase::Data).message("the data connection stalled"),
    }
}
