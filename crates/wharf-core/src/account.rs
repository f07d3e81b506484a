//! Whose sessions and failed logins count together.

use std::fmt;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::{host_name::HostName, pathname::escape_for_display};

/// A name, and the virtual host whose user it names.
///
/// Limits, speeds and bans are those of an account. It is no text: a user of no host who is called `anna@one.example` is not
/// the `anna` of the host `one.example`.
///
/// ```
/// # use wharf_core::{account::Account, host_name::HostName};
/// let anna = Account::new("anna").of_host(HostName::parse("one.example").unwrap());
/// assert_eq!(anna.to_string(), "host one.example user anna");
/// assert_ne!(anna, Account::new("anna@one.example"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Account {
    host: Option<HostName>,
    name: Box<[u8]>,
}

impl Account {
    /// That of a user of no virtual host.
    pub fn new(name: impl AsRef<[u8]>) -> Self {
        Self { host: None, name: name.as_ref().into() }
    }

    /// The same name's at this host.
    #[must_use]
    pub fn of_host(mut self, host: HostName) -> Self {
        self.host = Some(host);
        self
    }

    /// The one by which attempts to log in are counted before it is known whom they name: the same for all spellings that a
    /// database or a directory may take for one name. Letter case, forms of Unicode, accents, blanks and what cannot be seen make
    /// no difference, nor what is behind [`MAX_FOLDED`](Self::MAX_FOLDED) octets.
    ///
    /// ```
    /// # use wharf_core::account::Account;
    /// assert_eq!(Account::new(" \u{ff21}NNA ").folded(), Account::new("anna"));
    /// ```
    #[must_use]
    pub fn folded(self) -> Self {
        Self { name: fold(&self.name).into(), ..self }
    }

    /// The most octets of a [folded](Self::folded) name.
    pub const MAX_FOLDED: usize = 128;

    /// The virtual host.
    pub fn host(&self) -> Option<&HostName> {
        self.host.as_ref()
    }

    /// The name, octet for octet.
    pub fn name(&self) -> &[u8] {
        &self.name
    }
}

fn fold(name: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(name);
    // There and back: some letters have the case of others.
    let one_case = text.nfkd().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    let seen = one_case.nfkd().filter(|letter| !is_ignored(*letter));
    let mut folded = String::new();
    for letter in seen {
        if folded.len() + letter.len_utf8() > Account::MAX_FOLDED {
            break;
        }
        folded.push(letter);
    }
    folded.into_bytes()
}

/// Whether a letter is one that makes no difference to some directory (RFC 4518 sections 2.2 and 2.6.1), or an accent.
fn is_ignored(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || is_combining_mark(letter)
        || matches!(
            letter,
            '\u{ad}'
                | '\u{1806}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffc}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// `user anna` or `host one.example user anna`, control characters escaped.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(host) = &self.host {
            write!(f, "host {host} ")?;
        }
        write!(f, "user {}", escape_for_display(&self.name))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_that_somebody_takes_for_one_are_one() {
        for (spelling, name) in [
            ("Anna", "anna"),
            ("ANNA  ", "anna"),
            (" an na\t", "anna"),
            ("\u{ff21}nna", "anna"),
            ("a\u{200b}nna\0", "anna"),
            ("\u{e9}lan", "elan"),
            ("e\u{301}lan", "elan"),
            ("STRASSE", "stra\u{df}e"),
            ("\u{3a3}\u{3a3}", "\u{3c3}\u{3c2}"),
            ("\u{fb01}n", "fin"),
            ("\u{212a}arl", "karl"),
        ] {
            assert_eq!(Account::new(spelling).folded(), Account::new(name).folded(), "{spelling:?}");
        }
        for (one, other) in
            [("anna", "anne"), ("anna", "anna1"), ("anna", "a.nna"), ("", "a"), ("\u{438}", "u")]
        {
            assert_ne!(Account::new(one).folded(), Account::new(other).folded(), "{one:?}");
        }
        let host = HostName::parse("one.example").unwrap();
        assert_eq!(Account::new("A").of_host(host.clone()).folded().host(), Some(&host));
    }

    #[test]
    fn blanks_make_no_name_too_long_to_be_counted() {
        let blanks = " ".repeat(4000);
        assert_eq!(Account::new(format!("anna{blanks}")).folded(), Account::new("anna"));
        let long = "x".repeat(4000);
        assert_eq!(Account::new(long).folded().name().len(), Account::MAX_FOLDED);
    }

    proptest! {
        #[test]
        fn what_is_folded_stays_as_it_is(name in proptest::collection::vec(any::<u8>(), 0..200), text in ".{0,60}") {
            for name in [name, text.into_bytes()] {
                let once = Account::new(name).folded();
                prop_assert!(once.name().len() <= Account::MAX_FOLDED);
                prop_assert_eq!(once.clone().folded(), once);
            }
        }
    }
}
