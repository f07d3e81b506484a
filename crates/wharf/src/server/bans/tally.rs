use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

use super::Banned;

/// How much of a table that is full is cleared at once, so that room is looked for now and then only.
const CLEARED: usize = 8;

/// How many logins that nobody could decide are one failure: who tries again while a database is away is not banned soon.
const UNDECIDED: u32 = 3;

/// The failures that are remembered, and the bans that came of them.
#[derive(Debug)]
pub(super) struct Tallies {
    addresses: Table,
    users: Table,
}

/// A table that does not grow without end, whoever fills it.
#[derive(Debug)]
struct Table {
    tallies: HashMap<Banned, Tally>,
    room: usize,
}

#[derive(Clone, Copy, Debug)]
struct Tally {
    failures: u32,
    /// Since the last of them that counted.
    undecided: u32,
    since: Instant,
    banned_until: Option<Instant>,
}

impl Tallies {
    /// So many addresses and so many names at most.
    pub(super) fn new(room: usize) -> Self {
        let table = || Table { tallies: HashMap::new(), room: room.max(1) };
        Self { addresses: table(), users: table() }
    }

    /// Counts a failure; gives how many there were within this time.
    pub(super) fn fail(&mut self, whom: &Banned, now: Instant, within: Duration) -> u32 {
        let tally = self.counting(whom, now, within);
        tally.failures = tally.failures.saturating_add(1);
        tally.failures
    }

    /// Counts a login that nobody could decide; whether it makes up a failure with those before it.
    pub(super) fn undecided(&mut self, whom: &Banned, now: Instant, within: Duration) -> bool {
        let tally = self.counting(whom, now, within);
        tally.undecided = (tally.undecided + 1) % UNDECIDED;
        tally.undecided == 0
    }

    /// What was counted within this time.
    fn counting(&mut self, whom: &Banned, now: Instant, within: Duration) -> &mut Tally {
        let tally = self.table(whom).tally(whom, now);
        if now - tally.since >= within {
            (tally.failures, tally.undecided, tally.since) = (0, 0, now);
        }
        tally
    }

    pub(super) fn ban(&mut self, whom: Banned, until: Instant) {
        let now = Instant::now();
        let tally = self.table(&whom).tally(&whom, now);
        *tally = Tally { failures: 0, undecided: 0, since: now, banned_until: Some(until) };
    }

    /// Forgets somebody; whether they were banned.
    pub(super) fn lift(&mut self, whom: &Banned, now: Instant) -> bool {
        self.table(whom).tallies.remove(whom).is_some_and(|tally| tally.is_banned(now))
    }

    pub(super) fn is_banned(&mut self, whom: &Banned, now: Instant) -> bool {
        self.table(whom).tallies.get(whom).is_some_and(|tally| tally.is_banned(now))
    }

    pub(super) fn banned(&self, now: Instant) -> impl Iterator<Item = (&Banned, Instant)> {
        let all = self.addresses.tallies.iter().chain(&self.users.tallies);
        all.filter_map(move |(whom, tally)| Some((whom, tally.banned_until.filter(|until| *until > now)?)))
    }

    /// How many bans there are, over or not.
    pub(super) fn bans(&self) -> usize {
        let all = self.addresses.tallies.values().chain(self.users.tallies.values());
        all.filter(|tally| tally.banned_until.is_some()).count()
    }

    fn table(&mut self, whom: &Banned) -> &mut Table {
        match whom {
            Banned::Address(_) => &mut self.addresses,
            Banned::User(_) => &mut self.users,
        }
    }
}

impl Table {
    fn tally(&mut self, whom: &Banned, now: Instant) -> &mut Tally {
        if self.tallies.len() >= self.room && !self.tallies.contains_key(whom) {
            self.make_room(now);
        }
        let new = Tally { failures: 0, undecided: 0, since: now, banned_until: None };
        self.tallies.entry(whom.clone()).or_insert(new)
    }

    /// Forgets bans that are over and whoever failed longest ago; of those who are banned, whose ban ends first.
    fn make_room(&mut self, now: Instant) {
        let worth = |tally: &Tally| (tally.banned_until.filter(|until| *until > now), tally.since);
        let mut worths: Vec<_> = self.tallies.values().map(worth).collect();
        let last = (worths.len() / CLEARED).min(worths.len().saturating_sub(1));
        let (_, limit, _) = worths.select_nth_unstable(last);
        let (limit, mut cleared) = (*limit, 0);
        self.tallies.retain(|_, tally| {
            let stays = cleared > last || worth(tally) > limit;
            cleared += usize::from(!stays);
            stays
        });
    }
}

impl Tally {
    fn is_banned(self, now: Instant) -> bool {
        self.banned_until.is_some_and(|until| until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::Network;

    fn address(number: u32) -> Banned {
        Banned::Address(Network::of_client(std::net::Ipv4Addr::from(number).into()))
    }

    #[tokio::test(start_paused = true)]
    async fn a_table_that_is_full_forgets_who_failed_longest_ago_and_keeps_bans() {
        let mut tallies = Tallies::new(80);
        tallies.ban(address(0), Instant::now() + Duration::from_secs(3600));
        for number in 1..=1000 {
            tokio::time::advance(Duration::from_millis(1)).await;
            assert_eq!(tallies.fail(&address(number), Instant::now(), Duration::from_secs(60)), 1);
            assert!(tallies.addresses.tallies.len() <= 80);
        }
        assert!(tallies.is_banned(&address(0), Instant::now()));
        assert_eq!(tallies.fail(&address(1000), Instant::now(), Duration::from_secs(60)), 2);
        assert_eq!(tallies.fail(&address(1), Instant::now(), Duration::from_secs(60)), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn failures_are_counted_for_a_time() {
        let (mut tallies, within) = (Tallies::new(80), Duration::from_secs(60));
        for count in 1..=3 {
            assert_eq!(tallies.fail(&address(7), Instant::now(), within), count);
        }
        tokio::time::advance(within).await;
        assert_eq!(tallies.fail(&address(7), Instant::now(), within), 1);
        tallies.ban(address(7), Instant::now() + within);
        assert_eq!(tallies.bans(), 1);
        tokio::time::advance(within).await;
        assert!(!tallies.is_banned(&address(7), Instant::now()));
    }

    #[tokio::test(start_paused = true)]
    async fn every_third_that_nobody_could_decide_counts() {
        let (mut tallies, within) = (Tallies::new(80), Duration::from_secs(60));
        let mut undecided = || tallies.undecided(&address(7), Instant::now(), within);
        assert_eq!([(); 6].map(|()| undecided()), [false, false, true, false, false, true]);
        assert_eq!([(); 2].map(|()| undecided()), [false; 2]);
        tokio::time::advance(within).await;
        assert!(!undecided(), "those before it are forgotten");
    }
}
