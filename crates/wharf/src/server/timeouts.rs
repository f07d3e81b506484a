use std::time::Duration;

/// What is longer is as long: a hundred years. A clock cannot hold every length of time.
pub(super) const LONGEST: Duration = Duration::from_secs(100 * 366 * 24 * 3600);

/// How long a server waits for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// For the next command of who is logged in; the clock stands still while a transfer runs. 5 minutes.
    pub idle: Duration,
    /// For a login, from the first octet or the last logout on, however many octets trickle in; the control connection's
    /// TLS handshake is a part of it. 1 minute.
    pub login: Duration,
    /// For each answer of the authenticator; then 451. 30 seconds.
    pub authenticator: Duration,
    /// For the data connection and its TLS handshake, after the preliminary reply; and for the transfer command or the
    /// connection after EPSV or PASV, whatever else is said: then the port is closed. 30 seconds.
    pub data_connection: Duration,
    /// For the peer to take or give an octet, on either connection. 1 minute.
    pub stall: Duration,
    /// For each call of storage; then 451. 1 minute.
    pub storage: Duration,
    /// For the digest of a file, and for its turn before it ([`ServerBuilder::concurrent_hashes`](super::ServerBuilder::concurrent_hashes)); then 450. The clock for
    /// the next command stands still meanwhile. 5 minutes.
    pub hash: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(300),
            login: Duration::from_secs(60),
            authenticator: Duration::from_secs(30),
            data_connection: Duration::from_secs(30),
            stall: Duration::from_secs(60),
            storage: Duration::from_secs(60),
            hash: Duration::from_secs(300),
        }
    }
}

impl Timeouts {
    /// Makes of each what a clock can hold.
    pub(super) fn bound(&mut self) {
        let Self { idle, login, authenticator, data_connection, stall, storage, hash } = self;
        for time in [idle, login, authenticator, data_connection, stall, storage, hash] {
            *time = (*time).min(LONGEST);
        }
    }
}
