//! HASH and its like: a digest of a file, computed while lines are heard.

use std::{io, panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use tokio::time::timeout;
use wharf_core::{failure::Failure, server::Hashing};

use super::{
    Driver,
    command::log,
    lines::{Heard, Interruption},
    panicked,
};
use crate::{hashing, server::Network};

impl Driver {
    /// Computes a digest and answers for it; `false` if the peer is gone. Meanwhile lines are heard.
    pub(super) async fn hash(&mut self, hashing: Hashing) -> io::Result<bool> {
        let Hashing { body, length, algorithm, reply, .. } = hashing;
        // Commands that are served meanwhile are asked for, too.
        let asked = self.host.asked;
        let (shared, user) = (Arc::clone(&self.shared), self.host.account());
        let from = Network::of_client(self.state.peer().ip());
        let work = async move {
            // Nobody ends them.
            let _turn = shared.hashes.take(&user, from).await;
            hashing::digest(body, length, algorithm).await.map_err(Failure::from)
        };
        let work = AssertUnwindSafe(timeout(self.shared.timeouts.hash, work)).catch_unwind();
        // What came together with the command is heard first.
        let heard = match self.hear().await? {
            true => Heard::Interrupted(Interruption::Aborted),
            false => self.hear_during(work).await?,
        };
        let computed = match heard {
            Heard::Interrupted(Interruption::Gone) => return Ok(false),
            Heard::Interrupted(_) => Err(Failure::new(426, "It was aborted.")),
            Heard::Done(Ok(Ok(computed))) => computed,
            Heard::Done(Ok(Err(_))) => Err(Failure::new(450, "It takes too long, try again later.")),
            Heard::Done(Err(_)) => Err(panicked()),
        };
        let reply = match computed {
            Ok(digest) => reply(&digest),
            Err(failure) => {
                log(asked.verb, true, &failure);
                failure.into_reply()
            }
        };
        self.served(asked, reply.code().as_u16());
        self.control.queue(&reply);
        Ok(true)
    }
}
