//! Who may log in.

use std::path::Path;

use wharf::{User, storage::Storage};

use crate::{exit::Failure, password_file};

/// Crockford's base 32: no letter that looks like a digit.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The one account of the server.
pub(super) enum Account {
    /// Anybody.
    Anonymous,
    /// Somebody with a password.
    Named {
        name: String,
        password: Vec<u8>,
        /// Whether nobody knows the password yet.
        made_up: bool,
    },
}

impl Account {
    /// The user `name` with the password in `file`, or a new one.
    ///
    /// # Errors
    /// The name cannot be one; those of reading a password file; the system has no randomness.
    pub(super) fn new(name: String, file: Option<&Path>) -> Result<Self, Failure> {
        if name.is_empty() || name.contains(['\r', '\n', '\0']) {
            return Err(Failure::usage("--user: a name is needed, on a single line"));
        }
        let (password, made_up) = match file {
            Some(file) => (password_file::read_or_input(file)?, false),
            None => (make_up()?.into_bytes(), true),
        };
        Ok(Self::Named { name, password, made_up })
    }

    /// The account as the server knows it, with the files in `storage`.
    pub(super) fn user(&self, storage: impl Storage) -> User {
        match self {
            Self::Anonymous => User::anonymous(storage),
            Self::Named { name, password, .. } => User::new(name, password.as_slice(), storage),
        }
    }
}

/// Four groups of five letters and digits: 100 random bits.
fn make_up() -> Result<String, Failure> {
    let mut random = [0; 20];
    getrandom::fill(&mut random)
        .map_err(|error| Failure::local("there is no randomness for a password", &error))?;
    let groups = random.chunks(5).map(|group| group.iter().map(|octet| letter(*octet)).collect());
    Ok(groups.collect::<Vec<String>>().join("-"))
}

/// The letter for the lowest five bits.
#[allow(clippy::indexing_slicing, reason = "five bits are below 32")]
fn letter(octet: u8) -> char {
    char::from(ALPHABET[usize::from(octet & 31)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_random_and_of_plain_letters() {
        let (one, other) = (make_up().unwrap(), make_up().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.split('-').map(str::len).collect::<Vec<_>>(), [5, 5, 5, 5]);
        assert!(one.bytes().all(|octet| octet == b'-' || ALPHABET.contains(&octet)), "{one}");
    }

    #[test]
    fn every_letter_is_as_likely_as_another() {
        let mut letters: Vec<char> = (0..=255).map(letter).collect();
        letters.sort_unstable();
        assert!(letters.chunk_by(|one, other| one == other).all(|same| same.len() == 8));
        letters.dedup();
        assert_eq!(letters.len(), 32);
    }
}
