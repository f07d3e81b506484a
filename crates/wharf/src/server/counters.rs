use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use wharf_core::account::Account;

use super::{Limits, Network, Refusal};

/// How many sessions there are, by address, by network and by user. Each is counted by a [`Slot`], which gives itself back.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) all: Arc<Counter<()>>,
    pub(super) before_login: Arc<Counter<()>>,
    pub(super) before_login_by_address: Arc<Counter<Network>>,
    pub(super) by_address: Arc<Counter<Network>>,
    pub(super) by_network: Arc<Counter<Network>>,
    pub(super) by_user: Arc<Counter<Account>>,
}

/// The place of one session among all, among those of its address and of its network, and among those of its runtime.
#[derive(Debug)]
pub(super) struct SessionSlots {
    pub(super) _all: Slot<()>,
    pub(super) _address: Slot<Network>,
    pub(super) _network: Option<Slot<Network>>,
    pub(super) _place: Option<Arc<()>>,
}

/// The place of one session among those that have not logged in, and among those of them that are of its address. In a box, which is gone
/// with the login.
#[derive(Debug)]
pub(super) struct BeforeLogin(
    #[expect(dead_code, reason = "they are given back")] Box<(Slot<()>, Slot<Network>)>,
);

impl Counters {
    /// Counts one more session of this client that has not logged in, unless there are too many.
    pub(super) fn before_login(&self, client: Network, limits: &Limits) -> Result<BeforeLogin, Refusal> {
        let all = self.before_login.take((), limits.sessions_before_login).ok_or(Refusal::BeforeLogin)?;
        let own = self.before_login_by_address.take(client, limits.share_before_login());
        Ok(BeforeLogin(Box::new((all, own.ok_or(Refusal::AddressBeforeLogin)?))))
    }

    /// Counts one that was logged in until now, however many there are: those who come after it wait.
    pub(super) fn logged_out(&self, client: Network) -> Option<BeforeLogin> {
        let own = self.before_login_by_address.take(client, None)?;
        Some(BeforeLogin(Box::new((self.before_login.take((), None)?, own))))
    }
}

/// A count for each key that is in use.
#[derive(Debug)]
pub(super) struct Counter<K: Eq + Hash>(Mutex<HashMap<K, usize>>);

/// One counted use of a key.
#[derive(Debug)]
pub(super) struct Slot<K: Eq + Hash + Clone> {
    counter: Arc<Counter<K>>,
    key: K,
}

impl<K: Eq + Hash + Clone> Counter<K> {
    /// One more use, unless there are `limit` already.
    pub(super) fn take(self: &Arc<Self>, key: K, limit: Option<usize>) -> Option<Slot<K>> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.get(&key).copied().unwrap_or(0);
        if limit.is_some_and(|limit| count >= limit) {
            return None;
        }
        counts.insert(key.clone(), count + 1);
        drop(counts);
        Some(Slot { counter: Arc::clone(self), key })
    }
}

impl<K: Eq + Hash + Clone> Slot<K> {
    pub(super) fn key(&self) -> &K {
        &self.key
    }
}

impl<K: Eq + Hash> Counter<K> {
    /// How many uses of a key there are.
    pub(super) fn count(&self, key: &K) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).copied().unwrap_or(0)
    }
}

impl<K: Eq + Hash + Clone> Drop for Slot<K> {
    fn drop(&mut self) {
        let mut counts = self.counter.0.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(&self.key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                counts.remove(&self.key);
            }
        }
    }
}

impl<K: Eq + Hash> Default for Counter<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_counted_and_given_back() {
        let counter: Arc<Counter<&str>> = Arc::default();
        let one = counter.take("a", Some(2)).unwrap();
        let two = counter.take("a", Some(2)).unwrap();
        assert!(counter.take("a", Some(2)).is_none());
        assert!(counter.take("b", Some(1)).is_some());
        drop(one);
        assert!(counter.take("a", Some(2)).is_some());
        drop(two);
        assert!(counter.0.lock().unwrap().is_empty());
    }
}
