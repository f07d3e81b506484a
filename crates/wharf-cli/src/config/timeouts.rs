//! `[timeouts]`: how long the server waits for what.

use serde::{Deserialize, Serialize};
use wharf::ServerBuilder;

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
}

impl Section {
    fn all(&self) -> [(&'static str, Option<Time>); 6] {
        [
            ("idle", self.idle),
            ("login", self.login),
            ("accounts", self.accounts),
            ("data-connection", self.data_connection),
            ("stall", self.stall),
            ("storage", self.storage),
        ]
    }

    pub(super) fn check(&self) -> Result<(), Wrong> {
        let none = Time::seconds(0);
        match self.all().into_iter().find(|(_, time)| *time == Some(none)) {
            Some((key, _)) => Err(Wrong::at(&format!("timeouts.{key}"), "nothing can be done in no time")),
            None => Ok(()),
        }
    }

    pub(super) fn apply(&self, builder: ServerBuilder) -> ServerBuilder {
        builder.timeouts(|timeouts| {
            let all = [
                (&mut timeouts.idle, self.idle),
                (&mut timeouts.login, self.login),
                (&mut timeouts.authenticator, self.accounts),
                (&mut timeouts.data_connection, self.data_connection),
                (&mut timeouts.stall, self.stall),
                (&mut timeouts.storage, self.storage),
            ];
            for (timeout, time) in all {
                *timeout = time.map_or(*timeout, |time| time.0);
            }
        })
    }
}
