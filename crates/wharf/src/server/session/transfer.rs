//! A transfer, from the reply that opens it to the one that ends it.

use std::{
    io,
    sync::{Arc, atomic::Ordering},
};

use tokio::time::Instant;
use wharf_core::{
    failure::Failure,
    reply::Reply,
    server::{Transfer, TransferBody, Tree, TreeWay},
    session::DataPlan,
    storage::Pathname,
};

use super::{Driver, command::log, lines::Interruption};
use crate::{
    net::pump::Flow,
    server::{Deed, Direction, Event},
};

/// How a transfer ended.
pub(super) enum Outcome {
    Ended(Result<(), Failure>),
    Aborted,
    Gone,
}

impl From<Interruption> for Outcome {
    fn from(interruption: Interruption) -> Self {
        match interruption {
            Interruption::Aborted => Self::Aborted,
            Interruption::Gone => Self::Gone,
        }
    }
}

impl Driver {
    /// Moves a file and answers for it; `false` if the peer is gone. Meanwhile lines are heard.
    pub(super) async fn transfer(&mut self, transfer: Transfer) -> io::Result<bool> {
        // Commands that are heard meanwhile have others.
        let verb = self.host.asked.verb;
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
            verb,
            direction,
            pathname,
            representation,
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
}
