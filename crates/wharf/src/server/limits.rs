use std::{num::NonZero, time::Duration};

use wharf_core::line::LineDecoder;

/// How much of a server its clients may take.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How many sessions there may be; one more is answered 421. 10,000.
    pub sessions: Option<usize>,
    /// How many of them may not have logged in yet. 2,500.
    pub sessions_before_login: Option<usize>,
    /// How many sessions one client's address may have; of an IPv6 address its /64 counts. No limit.
    pub sessions_per_address: Option<usize>,
    /// How many sessions one network may have. No limit.
    pub sessions_per_network: Option<usize>,
    /// How many bits of an IPv4 address, and of an IPv6 address, are its network. 24 and 48.
    pub network_prefixes: (u8, u8),
    /// How many commands a session may send in a second, and at once after a pause; those on top wait. No limit.
    pub commands_per_second: Option<NonZero<u32>>,
    /// How many logins a session may try before it is closed. 3.
    pub login_attempts: u32,
    /// How long a refused login takes, or a multiple of it, whatever was wrong; less than a quarter of a second is that. 1
    /// second. What it takes to check a password is to be less, or it can be told by the clock.
    pub login_delay: Duration,
    /// How many commands may fail before a login, before the session is closed. 20.
    pub errors_before_login: u32,
    /// The most octets of a command line. 4,608.
    pub line: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions: Some(10_000),
            sessions_before_login: Some(2_500),
            sessions_per_address: None,
            sessions_per_network: None,
            network_prefixes: (24, 48),
            commands_per_second: None,
            login_attempts: 3,
            login_delay: Duration::from_secs(1),
            errors_before_login: 20,
            line: LineDecoder::DEFAULT_MAX_LEN,
        }
    }
}
