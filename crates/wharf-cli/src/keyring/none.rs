//! What there is where the program was built without keyrings.

use super::Problem;

pub(super) fn is_there() -> Result<(), Problem> {
    Err(none())
}

pub(super) fn get(_service: &str, _user: &str) -> Result<Option<Vec<u8>>, Problem> {
    Err(none())
}

pub(super) fn set(_service: &str, _user: &str, _password: &[u8]) -> Result<(), Problem> {
    Err(none())
}

pub(super) fn remove(_service: &str, _user: &str) -> Result<bool, Problem> {
    Err(none())
}

fn none() -> Problem {
    Problem::NoKeyring("wharf was built without the feature `keyring`".to_owned())
}
