//! `[limits]`: how many and how much.

use std::num::NonZero;

use serde::{Deserialize, Serialize};
use wharf::ServerBuilder;

use super::{Time, problem::Wrong};

pub(crate) const EXAMPLE: &str = r#"
[limits]
# How many sessions there may be at a time.
# sessions = 10000
# How many of them may not have logged in yet.
# sessions-before-login = 2500
# How many of those one address may have: unless set, an eighth of them, or of all sessions where there may be fewer, and 16 at
# least, but never all. A client that only connects keeps nobody out.
# sessions-before-login-per-address = 312
# How many sessions one address may have. No limit unless set.
# sessions-per-address = 100
# How many one network may have, and how many bits of an IPv4 and of an IPv6 address are a network. No limit unless set.
# sessions-per-network = 500
# network-prefixes = [24, 48]
# How many commands a session may send in a second; those on top wait. No limit unless set.
# commands-per-second = 50
# How many logins a session may try, and how long a refused one takes, or a multiple of it: at least a quarter of a second, and
# more than it takes to check a password.
# login-attempts = 3
# login-delay = "1 s"
# How many commands may fail before a login.
# errors-before-login = 20
# The most octets of a command.
# line = 4096
# How many digests of files (HASH, XCRC and their like) are computed at a time, one at most for each user. With 0 the commands
# are not offered.
# hashes = 2
"#;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Section {
    sessions: Option<usize>,
    sessions_before_login: Option<usize>,
    sessions_before_login_per_address: Option<usize>,
    sessions_per_address: Option<usize>,
    sessions_per_network: Option<usize>,
    network_prefixes: Option<(u8, u8)>,
    commands_per_second: Option<NonZero<u32>>,
    login_attempts: Option<u32>,
    login_delay: Option<Time>,
    errors_before_login: Option<u32>,
    line: Option<usize>,
    hashes: Option<usize>,
}

impl Section {
    pub(super) fn check(&self) -> Result<(), Wrong> {
        let zeros = [
            ("sessions", self.sessions == Some(0)),
            ("sessions-before-login", self.sessions_before_login == Some(0)),
            ("sessions-before-login-per-address", self.sessions_before_login_per_address == Some(0)),
            ("sessions-per-address", self.sessions_per_address == Some(0)),
            ("sessions-per-network", self.sessions_per_network == Some(0)),
            ("login-attempts", self.login_attempts == Some(0)),
            ("errors-before-login", self.errors_before_login == Some(0)),
        ];
        if let Some((key, _)) = zeros.iter().find(|(_, is)| *is) {
            return Err(Wrong::at(&format!("limits.{key}"), "it must be at least 1"));
        }
        if self.network_prefixes.is_some_and(|(v4, v6)| v4 > 32 || v6 > 128) {
            let text = "an IPv4 address has 32 bits, an IPv6 address 128";
            return Err(Wrong::at("limits.network-prefixes", text));
        }
        match self.line {
            Some(octets) if octets < 512 => Err(Wrong::at("limits.line", "it must be at least 512")),
            _ => Ok(()),
        }
    }

    pub(super) fn apply(&self, builder: ServerBuilder) -> ServerBuilder {
        let builder = builder.limits(|limits| {
            limits.sessions = self.sessions.or(limits.sessions);
            limits.sessions_before_login = self.sessions_before_login.or(limits.sessions_before_login);
            limits.sessions_before_login_per_address =
                self.sessions_before_login_per_address.or(limits.sessions_before_login_per_address);
            limits.sessions_per_address = self.sessions_per_address.or(limits.sessions_per_address);
            limits.sessions_per_network = self.sessions_per_network.or(limits.sessions_per_network);
            limits.network_prefixes = self.network_prefixes.unwrap_or(limits.network_prefixes);
            limits.commands_per_second = self.commands_per_second.or(limits.commands_per_second);
            limits.login_attempts = self.login_attempts.unwrap_or(limits.login_attempts);
            limits.login_delay = self.login_delay.map_or(limits.login_delay, |delay| delay.0);
            limits.errors_before_login = self.errors_before_login.unwrap_or(limits.errors_before_login);
            limits.line = self.line.unwrap_or(limits.line);
        });
        match self.hashes {
            Some(hashes) => builder.concurrent_hashes(hashes),
            None => builder,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The library derives it from the others: whatever is said of them here counts.
    #[test]
    fn the_share_of_an_address_is_left_open_unless_set() {
        let share = |text: &str| {
            let section: Section = toml::from_str(text).unwrap();
            section.check().unwrap();
            let mut share = None;
            let _ = section
                .apply(wharf::Server::builder())
                .limits(|limits| share = limits.sessions_before_login_per_address);
            share
        };
        assert_eq!(share("sessions = 50\nsessions-before-login = 1000"), None);
        assert_eq!(share("sessions-before-login = 1000\nsessions-before-login-per-address = 900"), Some(900));
        let none: Section = toml::from_str("sessions-before-login-per-address = 0").unwrap();
        assert!(none.check().is_err());
    }
}
