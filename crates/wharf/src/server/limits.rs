use std::{num::NonZero, time::Duration};

use wharf_core::line::LineDecoder;

/// How many sessions that have not logged in an address may have where there may be few of them: several people may share it.
const LEAST_SHARE: usize = 16;

/// How much of a server its clients may take.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How many sessions there may be; one more is answered 421. 10,000.
    pub sessions: Option<usize>,
    /// How many of them may not have logged in yet. 2,500.
    pub sessions_before_login: Option<usize>,
    /// How many of those that have not logged in one client's address may have; of an IPv6 address its /64 counts. `None`: an eighth of
    /// [`sessions_before_login`](Self::sessions_before_login), or of [`sessions`](Self::sessions) where there may be fewer, 16 at least,
    /// and not all of them unless it is one, else a single client that says nothing would keep everybody out. `None`, so 312.
    pub sessions_before_login_per_address: Option<usize>,
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
            sessions_before_login_per_address: None,
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

impl Limits {
    /// How many sessions that have not logged in one address may have.
    pub(super) fn share_before_login(&self) -> Option<usize> {
        let places = self.sessions_before_login.into_iter().chain(self.sessions).min();
        let share = |places: usize| (places / 8).max(LEAST_SHARE).min(places.saturating_sub(1)).max(1);
        self.sessions_before_login_per_address.or(places.map(share))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client that only connects would keep everybody out.
    #[test]
    fn an_address_has_an_eighth_of_the_places_and_never_all_unless_told_otherwise() {
        let share = |sessions, sessions_before_login| {
            Limits { sessions, sessions_before_login, ..Limits::default() }.share_before_login()
        };
        assert_eq!(Limits::default().share_before_login(), Some(312));
        assert_eq!(share(Some(10_000), Some(1000)), Some(125));
        assert_eq!(share(Some(50), Some(2500)), Some(LEAST_SHARE), "of few sessions in all");
        assert_eq!(share(None, Some(50)), Some(LEAST_SHARE));
        assert_eq!([share(Some(10), None), share(Some(2), None)], [Some(9), Some(1)]);
        assert_eq!(share(Some(1), Some(9)), Some(1), "nobody would get in");
        assert_eq!(share(None, None), None);
        let told = Limits { sessions_before_login_per_address: Some(3000), ..Limits::default() };
        assert_eq!(told.share_before_login(), Some(3000));
    }
}
