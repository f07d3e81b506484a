//! One use of the data connection: from the command that begins it to the reply that ends it.

use std::{
    future::{Future, pending},
    sync::atomic::Ordering,
    time::Duration,
};

use tokio::{
    io::AsyncWriteExt,
    pin,
    time::{interval, sleep, timeout},
};
use wharf_core::{
    client::CommandId,
    command::{Command, feature::Feat},
    feature::Features,
    reply::{Reply, Severity},
    representation::RepresentationType,
    spec::DataUse,
    transfer::RestartOffset,
    tree_stream::Want,
};
use wharf_storage::{Pathname, Sink, SourceBody, Storage};

use super::{
    Connection, DataMode,
    batch::{about, line_of},
    control::Control,
    data::{Opening, data_failed, is_open},
};
use crate::{
    Error, Phase, Throttle,
    net::{
        data,
        pump::{self, Flow, PumpError},
        stream::Stream,
        tree::{self, Moved, Sent, Trust},
    },
};

/// How often a transfer tells how far it is.
const REPORT_INTERVAL: Duration = Duration::from_millis(100);

/// How long the octets that are on their way are waited for when the control connection is gone.
const AFTERMATH: Duration = Duration::from_secs(1);

/// How long the server has to say why a data connection cannot be made.
const EXPLANATION: Duration = Duration::from_secs(1);

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

impl Connection {
    /// Begins a transfer and waits for the reply that opens it: see [`start`](Self::start).
    pub(super) async fn begin<C: Command>(
        &mut self,
        command: C,
        offset: u64,
        representation: Option<RepresentationType>,
    ) -> Result<Begun, Error> {
        self.check(&command, offset)?;
        self.control.synchronize().await?;
        let mut transfer = self.start(command, offset, representation).await?;
        let opening = transfer.opened(self).await?;
        Ok((transfer, opening))
    }

    /// Begins a transfer, on a connection that is in step: TYPE, EPSV or its like and REST as needed, all at once; then the
    /// command and the data connection, at once.
    ///
    /// The reply to the command may not be there when it returns, but for an upload that must wait for it. Without a `representation` the type does not matter.
    pub(super) async fn start<C: Command>(
        &mut self,
        command: C,
        offset: u64,
        representation: Option<RepresentationType>,
    ) -> Result<Transfer, Error> {
        let follows = std::mem::take(&mut self.another_follows);
        let (line, offset) = self.check(&command, offset)?;
        let argument = command.argument().into_owned();
        let protection = self.queue_private().await?;
        let set = match representation {
            Some(representation) => self.queue_representation(representation).await?,
            None => None,
        };
        let features = match follows && self.must_ask_features() {
            true => Some(self.queue(Feat).await?),
            false => None,
        };
        let planned = self.plan_data(offset).await;
        if self.control.is_open() {
            self.answer_private(protection).await?;
            if let Some(set) = set {
                self.answer(set).await?;
            }
            if let Some(features) = features
                && let Err(error) = self.answer_features(features).await
            {
                if !self.control.is_open() || error.reply().is_none() {
                    return Err(error);
                }
                // No reason against the transfer, and not asked again.
                self.learned.features = Some(Features::new());
            }
        }
        let door = planned?;
        self.control.room(line.len()).await.map_err(|error| about(&command, error))?;
        let mut opening = self.open_data(door);
        let data = match self.settings.route.is_direct() {
            true => None,
            // A connection through a proxy that is given up ends in order, as an empty file does: no command before it.
            false => Some(opening.as_mut().await.map_err(connect_failed)?),
        };
        let id = self.control.queue_transfer(&line, &C::SPEC).map_err(|error| about(&command, error))?;
        let representation = representation.unwrap_or(RepresentationType::Image);
        let heard = Heard::default();
        let mut transfer = Transfer { data, representation, id, verb: C::SPEC.verb, argument, heard };
        if follows && self.keeps_commands() {
            self.ask_ahead().await?;
        }
        if transfer.data.is_none() {
            transfer.connect(self, opening).await?;
        }
        let sends = C::SPEC.data == DataUse::Receives && !self.takes_data_before_its_command();
        if sends || self.tls.is_some() {
            // Under TLS a refusal must cost no ticket: there are few.
            transfer.opened(self).await?;
        }
        transfer.protect(self).await?;
        if let Some(stream) = &transfer.data {
            data::is_in_use(stream).map_err(|error| transfer.about(data_failed().caused_by(error)))?;
        }
        Ok(transfer)
    }

    /// What can be found wrong before an octet is sent.
    fn check<C: Command>(&self, command: &C, offset: u64) -> Result<(Vec<u8>, RestartOffset), Error> {
        let line = line_of(command)?;
        let offset = RestartOffset::new(offset);
        let offset =
            offset.ok_or_else(|| about(command, Error::invalid_input("the restart offset is too large")))?;
        self.control.allow(&C::SPEC).map_err(|error| about(command, error))?;
        Ok((line, offset))
    }
}

impl Transfer {
    /// Names the transfer in an error.
    pub(super) fn about(&self, error: Error) -> Error {
        error.verb_is(self.verb).argument_is(&self.argument)
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

    /// Waits for the data connection, and hears what the server says meanwhile.
    async fn connect(&mut self, client: &mut Connection, mut opening: Opening) -> Result<(), Error> {
        let listens = client.settings.data_mode == DataMode::Active;
        // Who connects to a server has a limit of its own.
        let late = sleep(client.settings.reply_timeout);
        pin!(late);
        let opened = loop {
            tokio::select! {
                biased;
                opened = &mut opening => break opened,
                said = client.control.reply_of(self.id), if !self.is_answered() => {
                    let said = said.map_err(|error| self.about(error))?;
                    self.hear(client, said);
                    if self.is_refused() {
                        return Err(self.refusal());
                    }
                    match self.is_answered() && listens {
                        // It is done: there will be no other connection than one that is here.
                        true => match is_open(&mut opening).await {
                            Some(opened) => break opened,
                            None => return Ok(()),
                        },
                        false => late.set(sleep(client.settings.data_connect_timeout)),
                    }
                }
                () = &mut late, if listens => {
                    let phase = if self.heard.opening.is_some() { Phase::Data } else { Phase::Command };
                    return Err(self.about(Error::timeout(phase)));
                }
            }
        };
        match opened {
            Ok(stream) => self.data = Some(stream),
            Err(_) if self.is_answered() => {}
            Err(error) => return Err(self.explained(client, connect_failed(error)).await),
        }
        Ok(())
    }

    /// The error of a data connection that could not be made: the server's, if it says at once what is wrong.
    async fn explained(&mut self, client: &mut Connection, error: Error) -> Error {
        let hearing = async {
            while !self.is_answered() {
                let said = client.control.reply_of(self.id).await?;
                self.hear(client, said);
            }
            self.complete(client).await
        };
        match timeout(EXPLANATION, hearing).await {
            Ok(Err(servers)) if servers.reply().is_some() => servers,
            _ => self.about(error),
        }
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
    pub(crate) async fn receive(
        mut self,
        client: &mut Connection,
        sink: &mut dyn Sink,
        moved: Option<&(dyn Fn(u64) + Sync)>,
    ) -> Result<u64, Error> {
        let flow = self.flow(client, client.settings.speed_limits.download.clone());
        let Self { data, heard, id, .. } = &mut self;
        let Some(stream) = data else { return self.complete(client).await.map(|()| 0) };
        let pumping = pump::receive(stream, sink, &flow);
        let pumped = listen_beside(&mut client.control, *id, heard, pumping, &flow, AFTERMATH, moved).await;
        if pumped.is_ok() && !self.is_refused() {
            self.close_after_end();
        }
        self.end(client, pumped).await?;
        Ok(flow.moved.load(Ordering::Relaxed))
    }

    /// Sends all of `body`. `moved` is told the octets so far.
    pub(crate) async fn send(
        mut self,
        client: &mut Connection,
        body: SourceBody,
        moved: Option<&(dyn Fn(u64) + Sync)>,
    ) -> Result<u64, Error> {
        let flow = self.flow(client, client.settings.speed_limits.upload.clone());
        let Self { data, heard, id, .. } = &mut self;
        let Some(stream) = data else {
            return Err(self.about(data_failed().message("the server wanted no data")));
        };
        let pumping = pump::send(body, stream, &flow);
        let mut pumped =
            listen_beside(&mut client.control, *id, heard, pumping, &flow, Duration::ZERO, moved).await;
        if let (Ok(()), Some(stream)) = (&pumped, &mut self.data)
            && !self.heard.is_refused()
        {
            pumped = match timeout(flow.stall_timeout, stream.shutdown()).await {
                Ok(ended) => ended.map_err(|error| data_failed().caused_by(error)),
                Err(_) => Err(pump_failed(PumpError::Stalled)),
            };
        }
        self.end(client, pumped).await?;
        Ok(flow.moved.load(Ordering::Relaxed))
    }

    /// Receives a tree stream, of the entries that are wanted, into `base` of `storage`. `moved` is told of each entry.
    pub(super) async fn receive_tree(
        mut self,
        client: &mut Connection,
        (storage, base, trust): (&dyn Storage, &Pathname, Trust),
        wants: &[Want],
        moved: &mut (dyn FnMut(Moved) -> bool + Send),
    ) -> Result<(), Error> {
        let flow = self.flow(client, client.settings.speed_limits.download.clone());
        let Self { data, heard, id, .. } = &mut self;
        let Some(stream) = data else { return Err(self.about(data_failed())) };
        let moving = tree::download((storage, base, trust), wants, stream, &flow, moved);
        let ended = listen_beside(&mut client.control, *id, heard, moving, &flow, AFTERMATH, None).await;
        self.end(client, ended).await
    }

    /// Sends a tree stream, of what is at `base` of `storage` as far as `sent` says. `moved` is told of
    /// each entry.
    pub(super) async fn send_tree(
        mut self,
        client: &mut Connection,
        storage: &dyn Storage,
        base: &Pathname,
        sent: Sent,
        moved: &mut (dyn FnMut(Moved) -> bool + Send),
    ) -> Result<(), Error> {
        let flow = self.flow(client, client.settings.speed_limits.upload.clone());
        let Self { data, heard, id, .. } = &mut self;
        let Some(stream) = data else { return Err(self.about(data_failed())) };
        let moving = tree::upload(storage, base, sent, stream, &flow, moved);
        let ended = listen_beside(&mut client.control, *id, heard, moving, &flow, AFTERMATH, None).await;
        self.end(client, ended).await
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

/// Moves octets, and hears what the server says meanwhile: an end it declares early is one.
///
/// A refusal ends the transfer at once, also when it comes before anything else was said. When the control connection is
/// gone it is `aftermath` later that the transfer has failed: what came until then can be gone on from.
async fn listen_beside(
    control: &mut Control,
    id: CommandId,
    heard: &mut Heard,
    pumping: impl Future<Output = Result<(), PumpError>>,
    flow: &Flow,
    aftermath: Duration,
    moved: Option<&(dyn Fn(u64) + Sync)>,
) -> Result<(), Error> {
    pin!(pumping);
    let mut ticks = moved.map(|_| interval(REPORT_INTERVAL));
    let mut lost = None;
    let over = sleep(Duration::ZERO);
    pin!(over);
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
                return lost.map_or_else(|| pumped.map_err(pump_failed), Err);
            }
            said = control.reply_of(id), if heard.last.is_none() && lost.is_none() => match said {
                Ok(said) => {
                    heard.take_in(said);
                    if heard.is_refused() {
                        return Ok(());
                    }
                }
                Err(error) => {
                    lost = Some(error.phase_is(Phase::Command));
                    over.set(sleep(aftermath));
                }
            },
            () = &mut over, if lost.is_some() => return lost.map_or(Ok(()), Err),
            () = tick => drop(report()),
        }
    }
}

fn connect_failed(error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::TimedOut => Error::timeout(Phase::Data),
        _ => data_failed().caused_by(error),
    }
}

fn pump_failed(error: PumpError) -> Error {
    match error {
        PumpError::Storage(error) => error.into(),
        PumpError::Data(error) => data_failed().caused_by(error),
        PumpError::Stalled => Error::timeout(Phase::Data).message("the data connection stalled"),
    }
}
