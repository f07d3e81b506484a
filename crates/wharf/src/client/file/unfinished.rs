//! The names of what is not whole yet, and of what makes room for it. Nobody else makes up any.
//!
//! ```text
//!   a.iso.wharf-part            a download, and
//!   a.iso.wharf-map             which octets of it are there
//!   a.iso.0a1b2c3d.wharf-part   an upload, of this version of the file
//!   a.iso.0a1b2c3d.wharf-old    the file that had the name
//! ```

use sha2::{Digest, Sha256};

use crate::connection::pathname::{join, split};

const PART: &str = ".wharf-part";
const MAP: &str = ".wharf-map";
const OLD: &str = ".wharf-old";

/// The longest name that gets a suffix; a longer one is cut, and told from its like by a hash.
const LONGEST_NAME: usize = 200;

/// How many digits a tag has.
const TAG: usize = 8;

/// The name that a file called `name` has while it is downloaded.
pub(super) fn part_of(name: &[u8]) -> Vec<u8> {
    beside(name, PART)
}

/// The name of what tells which of its octets are there.
pub(super) fn map_of(name: &[u8]) -> Vec<u8> {
    beside(name, MAP)
}

/// The name that `target` has while it is uploaded. It tells one version of the file from another, so that what an earlier upload has
/// left can be gone on with.
pub(super) fn upload_of(target: &[u8], version: &str) -> Vec<u8> {
    aside_of(target, &format!(".{}{PART}", tag(version.as_bytes())))
}

/// The name that a file has while another takes its own: always the same, so that what was left is found, and with a tag, so that it is
/// no name that somebody else would give.
pub(super) fn old_of(target: &[u8]) -> Vec<u8> {
    let name = split(target).map_or(target, |(_, name)| name);
    aside_of(target, &format!(".{}{OLD}", tag(name)))
}

/// Whether `name` is what a [`Client`](crate::Client) calls something that it has not finished of a file `file`, while it works and
/// after a cut: what has come of a download or an upload, what it notes about it, or what had the name before. Both are names in one
/// directory.
pub fn is_unfinished(name: &[u8], file: &[u8]) -> bool {
    let Some(suffix) = name.strip_prefix(&*beside(file, "")) else { return false };
    let tagged = suffix.strip_prefix(b".").and_then(|suffix| suffix.split_at_checked(TAG));
    let tagged = tagged.filter(|(tag, _)| tag.iter().all(u8::is_ascii_hexdigit)).map(|(_, suffix)| suffix);
    [PART, MAP].iter().any(|own| suffix == own.as_bytes())
        || [PART, OLD].iter().any(|own| tagged == Some(own.as_bytes()))
}

/// The name of a file that belongs to `target` and lies beside it.
fn aside_of(target: &[u8], suffix: &str) -> Vec<u8> {
    match split(target) {
        Some((directory, name)) => join(directory, &beside(name, suffix)),
        None => beside(target, suffix),
    }
}

fn beside(name: &[u8], suffix: &str) -> Vec<u8> {
    let mut beside = match name.get(..LONGEST_NAME) {
        Some(beginning) if name.len() > LONGEST_NAME => [beginning, b".", tag(name).as_bytes()].concat(),
        _ => name.to_vec(),
    };
    beside.extend_from_slice(suffix.as_bytes());
    beside
}

/// Digits that stand for these octets.
fn tag(octets: &[u8]) -> String {
    Sha256::digest(octets).iter().take(TAG / 2).map(|octet| format!("{octet:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unfinished_is_known_by_its_name() {
        let (long, other) = ("long".repeat(60), format!("{}other", "long".repeat(50)));
        for name in ["a", "a.iso", "a.wharf-part", &long] {
            let name = name.as_bytes();
            for unfinished in [part_of(name), map_of(name), upload_of(name, "version"), old_of(name)] {
                assert!(is_unfinished(&unfinished, name), "{unfinished:?}");
                assert!(!is_unfinished(&unfinished, b"b") && !is_unfinished(&unfinished, other.as_bytes()));
                assert!(!is_unfinished(&[&unfinished[..], b"x"].concat(), name), "{unfinished:?}");
            }
            assert!(!is_unfinished(name, name) && !is_unfinished(&beside(name, ""), name));
        }
        for not in ["a.wharf-old", "a.0a1b2c3d.wharf-map", "a.0a1b2c3x.wharf-part", "a.0a1b2c.wharf-part"] {
            assert!(!is_unfinished(not.as_bytes(), b"a"), "{not}");
        }
        assert_eq!(old_of(b"/d/a")[..5], *b"/d/a.");
    }
}
