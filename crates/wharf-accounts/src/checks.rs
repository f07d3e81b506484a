//! The checking of passwords, which takes a core and 19 MiB each.

use std::time::Duration;

use tokio::{
    task::spawn_blocking,
    time::{Instant, timeout_at},
};
use wharf::{
    core::principal::{LoginAttempt, Secret},
    server::Network,
};

use crate::{PasswordHash, turns::Turns};

/// How long the checking of one attempt may take: whoever is known has their own hash checked in it and others in vain, whoever is
/// not has others only, and it is over for all at the same time. Only the first check of all is waited for longer, once it has begun: its
/// answer is true, and a right password must not count as wrong on a server that is busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// How long somebody waits for the turn of that first check. Whoever leaves then has cost nobody a turn, and whoever is given one is
/// answered in time if a check takes no more than the second that is left.
pub(crate) const PATIENCE_FOR_A_TURN: Duration = Duration::from_secs(9);

/// What is checked for one attempt: in turns with those of others, and not without end.
#[derive(Debug)]
pub(crate) struct Checks<'a> {
    turns: &'a Turns,
    from: Network,
    given: Secret,
    until: Instant,
    any: bool,
}

impl<'a> Checks<'a> {
    /// Those of this attempt, from now on.
    pub(crate) fn new(turns: &'a Turns, attempt: &LoginAttempt<'_>) -> Self {
        Self {
            turns,
            from: Network::of_client(attempt.peer.ip()),
            given: attempt.password.cloned().unwrap_or_default(),
            until: Instant::now() + PATIENCE,
            any: false,
        }
    }

    /// Whether the password is the one of the hash; `None` when it is too late to say.
    pub(crate) async fn check(&mut self, hash: PasswordHash) -> Option<bool> {
        let turn_until = match self.any {
            true => self.until,
            false => self.until - (PATIENCE - PATIENCE_FOR_A_TURN),
        };
        if Instant::now() >= turn_until {
            return None;
        }
        let turn = timeout_at(turn_until, self.turns.take(self.from)).await.ok()?;
        let given = self.given.clone();
        let check = move || {
            // Until it is done, though nobody waits for it any more.
            let _turn = turn;
            hash.matches(given.expose())
        };
        let check = spawn_blocking(check);
        let checked = match self.any {
            true => timeout_at(self.until, check).await.ok()?,
            false => check.await,
        };
        self.any = true;
        Some(checked.unwrap_or(false))
    }

    /// Whether any of them was made. It does not depend on what is known of a name: the first one of all waits alike.
    pub(crate) fn any(&self) -> bool {
        self.any
    }

    /// Does something else meanwhile that takes none of their time.
    pub(crate) async fn pause<T>(&mut self, other: impl Future<Output = T>) -> T {
        let from = Instant::now();
        let done = other.await;
        self.until += from.elapsed();
        done
    }
}
