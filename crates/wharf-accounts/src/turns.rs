//! Turns at work of which little can be done at a time.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;
use wharf::server::Network;

/// So many turns at a time. Those who wait are in a queue for each address, and the queues are served in a round:
///
/// ```text
///   one address      a a a a a ──┐
///   another          b ──────────┼──▶ a b c, a c, a, a, a ──▶ a turn
///   a third          c c ────────┘
/// ```
///
/// So an address that asks a thousand times takes one place before anybody else's, and all turns where nobody else wants one.
#[derive(Clone, Debug)]
pub(crate) struct Turns(Arc<Mutex<Round>>);

#[derive(Debug)]
struct Round {
    free: usize,
    /// The addresses that wait, each of them once.
    order: VecDeque<Network>,
    waiting: HashMap<Network, VecDeque<oneshot::Sender<Turn>>>,
}

/// Who has it has a turn, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn(Turns);

impl Turns {
    pub(crate) fn new(at_a_time: usize) -> Self {
        let round = Round { free: at_a_time, order: VecDeque::new(), waiting: HashMap::new() };
        Self(Arc::new(Mutex::new(round)))
    }

    /// Waits for a turn of somebody at this address. Cancel safe.
    pub(crate) async fn take(&self, from: Network) -> Turn {
        loop {
            let (give, given) = oneshot::channel();
            self.round().wait(from, give);
            self.give_out();
            // Each who waits is given a turn.
            if let Ok(turn) = given.await {
                return turn;
            }
        }
    }

    /// Gives those who wait the turns that are free.
    fn give_out(&self) {
        // Outside of the lock: a turn that nobody takes any more is given back.
        while let Some(next) = { self.round().next() } {
            drop(next.send(Turn(self.clone())));
        }
    }

    fn round(&self) -> MutexGuard<'_, Round> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Round {
    fn wait(&mut self, from: Network, give: oneshot::Sender<Turn>) {
        let queue = self.waiting.entry(from).or_default();
        if queue.is_empty() {
            self.order.push_back(from);
        }
        queue.push_back(give);
    }

    /// Who is next, if a turn is free: it is theirs then.
    fn next(&mut self) -> Option<oneshot::Sender<Turn>> {
        while self.free > 0 {
            let from = self.order.pop_front()?;
            let queue = self.waiting.get_mut(&from);
            // Whoever waits no longer takes no place in the round.
            let next = queue.and_then(|queue| {
                let next = std::iter::from_fn(|| queue.pop_front()).find(|next| !next.is_closed());
                if !queue.is_empty() {
                    self.order.push_back(from);
                }
                next
            });
            if self.waiting.get(&from).is_some_and(VecDeque::is_empty) {
                self.waiting.remove(&from);
            }
            if next.is_some() {
                self.free -= 1;
                return next;
            }
        }
        None
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.round().free += 1;
        self.0.give_out();
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use futures_util::FutureExt;

    use super::*;

    type Waiting<'a> = Pin<Box<dyn Future<Output = Turn> + Send + 'a>>;

    fn at(last: u8) -> Network {
        Network::of_client([10, 0, 0, last].into())
    }

    /// Waits for a turn from now on.
    fn wait(turns: &Turns, last: u8) -> Waiting<'_> {
        let mut waiting: Waiting<'_> = Box::pin(turns.take(at(last)));
        assert!(waiting.as_mut().now_or_never().is_none(), "no turn is free");
        waiting
    }

    fn now(waiting: &mut Waiting<'_>) -> Option<Turn> {
        waiting.as_mut().now_or_never()
    }

    #[test]
    fn an_address_has_one_place_in_the_round_and_all_turns_if_nobody_else_wants_them() {
        let turns = Turns::new(2);
        let first = turns.take(at(1)).now_or_never().unwrap();
        let second = turns.take(at(1)).now_or_never().unwrap();
        let mut many = [1; 3].map(|last| wait(&turns, last));
        let mut another = [2; 2].map(|last| wait(&turns, last));
        let [head, middle, tail] = &mut many;
        drop(first);
        let first = now(head).expect("it came first");
        assert!(now(&mut another[0]).is_none());
        drop(first);
        let first = now(&mut another[0]).expect("before the second of the other address");
        assert!(now(middle).is_none());
        drop(first);
        let first = now(middle).expect("the round goes on");
        drop(second);
        let second = now(&mut another[1]).unwrap();
        drop((first, second));
        assert!(now(tail).is_some());
    }

    #[test]
    fn who_waits_no_longer_takes_no_turn() {
        let turns = Turns::new(1);
        let running = turns.take(at(1)).now_or_never().unwrap();
        let gone = [1, 1, 2].map(|last| wait(&turns, last));
        let mut last = wait(&turns, 3);
        let too_late = wait(&turns, 4);
        drop(gone);
        drop(running);
        drop(now(&mut last).expect("nobody else is there"));
        // Its turn was given to it, and it did not look.
        drop(too_late);
        let again = turns.take(at(1)).now_or_never();
        assert!(again.is_some());
        drop((last, again));
        let round = turns.round();
        assert!(round.free == 1 && round.order.is_empty() && round.waiting.is_empty(), "{round:?}");
    }
}
