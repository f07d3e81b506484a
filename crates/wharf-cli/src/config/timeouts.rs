//! `[timeouts]`: how long the server waits for what.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wharf::{ServerBuilder, server::Timeouts};

use super::{Time, problem::Wrong};

pub(crate) const EXAMPLE: &str = r#"
# How long the server waits: a number of seconds, or text with a unit.
[timeouts]
# For the next command of who is logged in.
# idle = "5 min"
# For a login, from the connection on.
# login = "60 s"
# For a database or a program that knows users.
# accounts = "30 s"
# For a data connection to be made, and for its use: a passive port that nobody uses is closed.
# data-connection = "30 s"
# For a peer that neither takes nor sends.
# stall = "60 s"
# For a disk.
# storage = "60 s"
# For the digest of a file, and for its turn before it.
# hash = "5 min"
"#;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Section {
    idle: Option<Time>,
    login: Option<Time>,
    accounts: Option<Time>,
    data_connection: Option<Time>,
    stall: Option<Time>,
    storage: Option<Time>,
    hash: Option<Time>,
}

/// A key, what it says, and what it sets.
type Pair<'a> = (&'static str, Option<Time>, &'a mut Duration);

impl Section {
    fn pairs<'a>(&self, timeouts: &'a mut Timeouts) -> [Pair<'a>; 7] {
        [
            ("idle", self.idle, &mut timeouts.idle),
            ("login", self.login, &mut timeouts.login),
            ("accounts", self.accounts, &mut timeouts.authenticator),
            ("data-connection", self.data_connection, &mut timeouts.data_connection),
            ("stall", self.stall, &mut timeouts.stall),
            ("storage", self.storage, &mut timeouts.storage),
            ("hash", self.hash, &mut timeouts.hash),
        ]
    }

    pub(super) fn check(&self) -> Result<(), Wrong> {
        let none = Time::seconds(0);
        match self.pairs(&mut Timeouts::default()).into_iter().find(|(_, time, _)| *time == Some(none)) {
            Some((key, ..)) => Err(Wrong::at(&format!("timeouts.{key}"), "nothing can be done in no time")),
            None => Ok(()),
        }
    }

    pub(super) fn apply(&self, builder: ServerBuilder) -> ServerBuilder {
        builder.timeouts(|timeouts| {
            for (_, time, timeout) in self.pairs(timeouts) {
                *timeout = time.map_or(*timeout, |time| time.0);
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_sets_a_time_of_its_own() {
        let keys = ["idle", "login", "accounts", "data-connection", "stall", "storage", "hash"];
        let text: String = keys.iter().enumerate().map(|(at, key)| format!("{key} = {}\n", at + 1)).collect();
        let section: Section = toml::from_str(&text).unwrap();
        let mut timeouts = Timeouts::default();
        for (at, (key, time, timeout)) in section.pairs(&mut timeouts).into_iter().enumerate() {
            assert_eq!((Some(&key), time), (keys.get(at), Some(Time::seconds(at as u64 + 1))));
            *timeout = Duration::from_secs(at as u64 + 1);
        }
        let Timeouts { idle, login, authenticator, data_connection, stall, storage, hash, .. } = timeouts;
        let all = [idle, login, authenticator, data_connection, stall, storage, hash];
        assert_eq!(all.map(|time| time.as_secs()), [1, 2, 3, 4, 5, 6, 7]);
    }
}
