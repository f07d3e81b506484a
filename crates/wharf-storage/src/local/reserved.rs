//! The names under which uploads lie until they are finished.

use crate::{Error, ErrorKind, Pathname, Result};

const PREFIX: &[u8] = b".wharf-";
const SUFFIX: &[u8] = b".part";
const DIGITS: usize = 32;

/// A name that nobody can guess: 128 random bits.
pub(super) fn new_name() -> Result<String> {
    let mut random = [0; DIGITS / 2];
    getrandom::fill(&mut random).map_err(|error| Error::new(ErrorKind::Failed, error))?;
    Ok(format!(".wharf-{:032x}.part", u128::from_ne_bytes(random)))
}

/// Whether this is such a name, of a running upload or of one that a crash has ended.
pub(super) fn is_reserved(name: &[u8]) -> bool {
    name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX)).is_some_and(|digits| {
        digits.len() == DIGITS && digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// An error if a peer names a running upload.
pub(super) fn refuse_reserved(path: &Pathname) -> Result<()> {
    match path.components().any(is_reserved) {
        true => Err(ErrorKind::NameNotAllowed.into()),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_names_are_reserved_and_differ() {
        let (one, other) = (new_name().unwrap(), new_name().unwrap());
        assert!(is_reserved(one.as_bytes()) && is_reserved(other.as_bytes()));
        assert_ne!(one, other);
    }

    #[test]
    fn no_other_name_is_reserved() {
        let digits = "0123456789abcdef0123456789abcdef";
        assert!(is_reserved(format!(".wharf-{digits}.part").as_bytes()));
        for name in [
            ".wharf-.part".into(),
            format!(".wharf-{digits}"),
            format!("x.wharf-{digits}.part"),
            format!(".wharf-{digits}.part2"),
            format!(".wharf-{digits}0.part"),
            format!(".wharf-{}.part", digits.to_uppercase()),
            format!(".Wharf-{digits}.part"),
        ] {
            assert!(!is_reserved(name.as_bytes()), "{name}");
        }
    }
}
