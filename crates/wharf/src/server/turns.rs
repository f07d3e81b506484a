//! Turns at work of which little can be done at a time: none of those who want it keeps the others from it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use wharf_core::account::Account;

use super::Network;

/// Who has a turn: somebody, from anywhere or from one address.
type Whose = (Account, Option<Network>);

/// So many turns at a time, one of them at most for each user. Whoever has none waits in three queues:
///
/// ```text
///   the same user and address ──▶ the same user ──▶ all users ──▶ a turn
///          one of them goes on       one goes on     in the order in which they came
/// ```
///
/// So however many sessions a user has, a single one waits before others; and of many who share a name, as anonymous users
/// do, none comes before the others with more than one session.
#[derive(Debug)]
pub(super) struct Turns {
    all: Arc<Semaphore>,
    /// The turns that somebody has or waits for.
    of_each: Mutex<HashMap<Whose, Weak<Semaphore>>>,
}

/// Who has it has his turn.
#[derive(Debug)]
pub(super) struct Turn(#[expect(dead_code, reason = "they are given back")] [OwnedSemaphorePermit; 3]);

impl Turns {
    pub(super) fn new(at_a_time: usize) -> Self {
        let all = Arc::new(Semaphore::new(at_a_time.min(Semaphore::MAX_PERMITS)));
        Self { all, of_each: Mutex::default() }
    }

    /// Waits for a turn of this user, who is at this address. Cancel safe.
    ///
    /// # Errors
    /// There are no more turns: none, nobody ends them.
    pub(super) async fn take(&self, user: &Account, from: Network) -> Result<Turn, AcquireError> {
        let here = self.of((user.clone(), Some(from))).acquire_owned().await?;
        let own = self.of((user.clone(), None)).acquire_owned().await?;
        let of_all = Arc::clone(&self.all).acquire_owned().await?;
        Ok(Turn([here, own, of_all]))
    }

    /// The one turn of these.
    fn of(&self, whose: Whose) -> Arc<Semaphore> {
        let mut of_each = self.of_each.lock().unwrap_or_else(PoisonError::into_inner);
        of_each.retain(|_, turn| turn.strong_count() > 0);
        let there = of_each.get(&whose).and_then(Weak::upgrade);
        there.unwrap_or_else(|| {
            let turn = Arc::new(Semaphore::new(1));
            of_each.insert(whose, Arc::downgrade(&turn));
            turn
        })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn at(last: u8) -> Network {
        Network::of_client([10, 0, 0, last].into())
    }

    fn account(name: &str) -> Account {
        Account::new(name)
    }

    #[tokio::test]
    async fn a_user_has_one_turn_and_others_the_rest() {
        let turns = Turns::new(2);
        let first = turns.take(&account("anna"), at(1)).await.unwrap();
        // From elsewhere too.
        for last in [1, 2] {
            assert!(turns.take(&account("anna"), at(last)).now_or_never().is_none());
        }
        let other = turns.take(&account("berta"), at(1)).now_or_never().expect("a turn is free").unwrap();
        assert!(turns.take(&account("carla"), at(3)).now_or_never().is_none(), "more than two");
        drop(other);
        assert!(turns.take(&account("carla"), at(3)).now_or_never().is_some());
        drop(first);
        assert!(turns.take(&account("anna"), at(2)).now_or_never().is_some());
        drop(turns.of((account("anna"), None)));
        assert_eq!(turns.of_each.lock().unwrap().len(), 1, "nobody is remembered but the last");
    }

    #[tokio::test]
    async fn who_shares_a_name_waits_behind_one_session_of_each_address() {
        let turns = Turns::new(2);
        let running = turns.take(&account("anonymous"), at(1)).await.unwrap();
        let anonymous = account("anonymous");
        let mut more = Box::pin(turns.take(&anonymous, at(1)));
        let mut second = Box::pin(turns.take(&anonymous, at(2)));
        assert!(more.as_mut().now_or_never().is_none());
        assert!(second.as_mut().now_or_never().is_none());
        drop(running);
        assert!(more.as_mut().now_or_never().is_none(), "the first address comes twice");
        assert!(second.as_mut().now_or_never().is_some());
    }
}
