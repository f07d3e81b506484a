//! The keyring of the system: the Secret Service of GNOME, KDE and others, macOS's Keychain, Windows's Credential Manager.

use keyring::{Entry, Error};

use super::Problem;

/// Whether there is a keyring.
pub(super) fn is_there() -> Result<(), Problem> {
    Entry::store_status().as_ref().map(drop).map_err(|error| Problem::NoKeyring(error.to_string()))
}

/// The password, if there is one.
pub(super) fn get(service: &str, user: &str) -> Result<Option<Vec<u8>>, Problem> {
    found(entry(service, user)?.get_secret())
}

pub(super) fn set(service: &str, user: &str, password: &[u8]) -> Result<(), Problem> {
    Ok(entry(service, user)?.set_secret(password)?)
}

/// Whether there was one.
pub(super) fn remove(service: &str, user: &str) -> Result<bool, Problem> {
    Ok(found(entry(service, user)?.delete_credential())?.is_some())
}

fn entry(service: &str, user: &str) -> Result<Entry, Problem> {
    is_there()?;
    Ok(Entry::new(service, user)?)
}

/// What a keyring has; `None` if it has no such entry.
fn found<T>(answer: Result<T, Error>) -> Result<Option<T>, Problem> {
    match answer {
        Err(Error::NoEntry) => Ok(None),
        answer => Ok(Some(answer?)),
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NoDefaultStore => Self::NoKeyring(error.to_string()),
            error => Self::Refused(error.to_string()),
        }
    }
}
