//! The octets of a transfer: the data connection, what moves over it, and the end of an upload.

use std::{
    io,
    ops::RangeInclusive,
    panic::AssertUnwindSafe,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures_util::FutureExt;
use tokio::time::{Instant, sleep};
use wharf_core::{
    failure::Failure,
    server::TransferBody,
    storage::{Pathname, Sink},
};

use super::{Driver, lines::Heard, panicked, transfer::Outcome};
use crate::{
    net::{
        data,
        pump::{self, Flow, PumpError},
        stream::Stream,
        tree,
    },
    server::{Deed, host::DataConnection, tree_witness::TreeWitness},
};

/// How long, as a part of the time that an upload took, its end waits for the news that the client is gone. The system
/// of a program that is killed closes its connections in any order; an upload of some length is worth the hundredth.
const GRACE_DIVISOR: u32 = 100;

/// The bounds of that wait; below the lower one, the resolution of the timer, there is none.
const GRACE: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_millis(10);

impl Driver {
    /// Moves the octets. A connection that the client has ended is left in `ended`, to be closed.
    pub(super) async fn move_octets(
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
            Heard::Interrupted(outcome) => return Ok(outcome.into()),
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
                return Ok(outcome.into());
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
            return Ok(outcome.into());
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
}

/// Moves the octets; for an upload, gives the sink that is to be finished.
async fn move_over(
    body: TransferBody,
    stream: &mut Stream,
    flow: &Flow,
    witness: &Arc<TreeWitness>,
) -> Result<Option<Box<dyn Sink>>, Failure> {
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
