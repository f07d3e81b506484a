//! The octets of a transfer, and what the server says while they move.

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
use wharf_core::{client::CommandId, tree_stream::Want};
use wharf_storage::{Pathname, Sink, SourceBody, Storage};

use super::{Heard, Transfer};
use crate::{
    Error, Phase, Throttle,
    connection::{Connection, control::Control, data::data_failed},
    net::{
        pump::{self, Flow, PumpError},
        tree::{self, Moved, Sent, Trust},
    },
};

/// How often a transfer tells how far it is.
const REPORT_INTERVAL: Duration = Duration::from_millis(100);

/// How long the octets that are on their way are waited for when the control connection is gone.
const AFTERMATH: Duration = Duration::from_secs(1);

impl Transfer {
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
    pub(in crate::connection) async fn receive_tree(
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
    pub(in crate::connection) async fn send_tree(
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
        flow.for_a_reader = true;
        flow.representation = self.representation;
        flow.throttles.push(throttle);
        flow
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

fn pump_failed(error: PumpError) -> Error {
    match error {
        PumpError::Storage(error) => error.into(),
        PumpError::Data(error) => data_failed().caused_by(error),
        PumpError::Stalled => Error::timeout(Phase::Data).message("the data connection stalled"),
    }
}
