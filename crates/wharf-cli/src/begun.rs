//! Whether a directory that is there is a tree's copy that was begun, or a place to put the tree in.
//!
//! `get -r URL/photos backup` makes `backup` where there is none, and `backup/photos` where there is one: so the same command
//! told again after a cut would begin anew, one level down. What the directory holds tells which of both it is: a copy has nothing
//! that the tree has not, and something that only copying leaves.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{SystemTime, UNIX_EPOCH},
};

use futures_util::StreamExt;
use wharf::{
    Connection,
    client::is_unfinished,
    core::{
        charset::Charset,
        listing::{Modified, Precision, Zone},
    },
    storage::{EntryKind, Local, Pathname, Storage},
};

/// In how many directories it is looked for what tells, at the most.
const LOOKS: usize = 8;

/// What a directory is to a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begun {
    /// It holds what the tree does not, or nothing.
    No,
    /// It holds nothing but what the tree does, and nothing that shows where it came from.
    Perhaps,
    /// It is a copy: a file has the size and the time of the tree's, or is one that came in part.
    Yes,
}

/// Two trees, one here and one there, and which of them is the whole one.
pub(crate) struct Trees<'t> {
    pub(crate) here: &'t Local,
    pub(crate) there: &'t [u8],
    pub(crate) charset: Charset,
    pub(crate) whole: Whole,
}

/// Which of two trees is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whole {
    /// The one of this machine: files of the other may be shorter, which have their names before they are whole.
    Here,
    /// The one of the server.
    There,
}

/// What a directory holds, below it aside.
#[derive(Debug, Default)]
struct Level(BTreeMap<Vec<u8>, Held>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Directory,
    /// A file, with its size and its time in seconds since 1970, where they are known.
    File {
        size: Option<u64>,
        time: Option<u64>,
    },
    Other,
}

impl Trees<'_> {
    /// What the one is to the other.
    pub(crate) async fn begun(&self, connection: &mut Connection) -> Begun {
        let mut directories = VecDeque::from([(Pathname::root(), self.there.to_vec())]);
        let mut begun = Begun::No;
        for look in 0..LOOKS {
            let Some((at_here, at_there)) = directories.pop_front() else { break };
            let here = Level::here(self.here, &at_here).await;
            let there = Level::there(connection, self.charset, &at_there).await;
            let (part, whole) = match self.whole {
                Whole::Here => (there, here),
                Whole::There => (here, there),
            };
            begun = match part.begun(&whole, self.whole == Whole::Here) {
                // A directory may be made before what is in it.
                Begun::No if look > 0 && part.0.is_empty() => Begun::Perhaps,
                told => told,
            };
            if begun != Begun::Perhaps {
                break;
            }
            for (name, _) in part.0.iter().filter(|(_, held)| **held == Held::Directory) {
                if let Ok(below) = at_here.join(name) {
                    let below_there = [&at_there, &b"/"[..], &self.charset.to_remote(name)].concat();
                    directories.push_back((below, below_there));
                }
            }
        }
        begun
    }
}

impl Level {
    /// That of a directory of this machine; of one that cannot be listed, nothing.
    async fn here(storage: &Local, path: &Pathname) -> Self {
        let Ok(mut listing) = storage.list(path).await else { return Self::default() };
        let mut level = BTreeMap::new();
        while let Some(entry) = listing.next().await {
            let Ok(entry) = entry else { return Self::default() };
            let metadata = &entry.metadata;
            let time = metadata.modified.and_then(seconds);
            level.insert(entry.name, Held::of(Some(metadata.kind), Some(metadata.size), time));
        }
        Self(level)
    }

    /// That of a directory of the server, with names as this machine has them; of one that cannot be listed, nothing.
    async fn there(connection: &mut Connection, charset: Charset, path: &[u8]) -> Self {
        // Also what is hidden: a tree is copied with it.
        let rows: Result<Vec<_>, _> = connection.everything_in(path).await.into_iter().collect();
        let level = rows.unwrap_or_default().into_iter().map(|entry| {
            let held = Held::of(entry.kind, entry.size, entry.modified.and_then(exact));
            (charset.to_local(&entry.name).into_owned(), held)
        });
        Self(level.collect())
    }

    /// What this is to `whole`: a copy has directories and files of the same names, and files of the same sizes; where files
    /// `may_be_cut`, which have their names before they are whole, also of less.
    fn begun(&self, whole: &Self, may_be_cut: bool) -> Begun {
        let of_each = self.0.iter().map(|(name, held)| whole.has(name, *held, may_be_cut));
        of_each
            .reduce(|one, other| match (one, other) {
                (Begun::No, _) | (_, Begun::No) => Begun::No,
                (Begun::Yes, _) | (_, Begun::Yes) => Begun::Yes,
                (Begun::Perhaps, Begun::Perhaps) => Begun::Perhaps,
            })
            .unwrap_or(Begun::No)
    }

    fn has(&self, name: &[u8], held: Held, may_be_cut: bool) -> Begun {
        match (held, self.0.get(name)) {
            (Held::Directory, Some(Held::Directory)) => Begun::Perhaps,
            (
                Held::File { size: Some(part), time },
                Some(Held::File { size: Some(whole), time: of_whole }),
            ) => match part == *whole {
                true if time.is_some() && time == *of_whole => Begun::Yes,
                true => Begun::Perhaps,
                false if may_be_cut && part < *whole => Begun::Perhaps,
                false => Begun::No,
            },
            (Held::File { .. }, Some(Held::File { .. })) => Begun::Perhaps,
            (Held::File { .. }, None) if self.is_unfinished(name) => Begun::Yes,
            _ => Begun::No,
        }
    }

    /// Whether a file that is called like this is what is there of one of these.
    fn is_unfinished(&self, name: &[u8]) -> bool {
        let mut files = self.0.iter().filter(|(_, held)| matches!(held, Held::File { .. }));
        files.any(|(file, _)| is_unfinished(name, file))
    }
}

impl Held {
    fn of(kind: Option<EntryKind>, size: Option<u64>, time: Option<u64>) -> Self {
        match kind {
            Some(EntryKind::Directory) => Self::Directory,
            Some(EntryKind::File) => Self::File { size, time },
            _ => Self::Other,
        }
    }
}

/// A time that is told to the second, in a zone that is known: copies get it.
fn exact(modified: Modified) -> Option<u64> {
    let exact = modified.precision >= Precision::Second && modified.zone == Zone::Utc;
    exact.then_some(modified.time).and_then(seconds)
}

fn seconds(time: SystemTime) -> Option<u64> {
    time.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(all: &[(&str, Held)]) -> Level {
        Level(all.iter().map(|(name, held)| (name.as_bytes().to_vec(), *held)).collect())
    }

    fn file(size: u64, time: u64) -> Held {
        Held::File { size: Some(size), time: Some(time) }
    }

    #[test]
    fn a_copy_holds_nothing_else_and_something_that_shows_it() {
        use Held::{Directory, Other};
        let vague = |size| Held::File { size, time: None };
        let whole = level(&[
            ("a", file(9, 1)),
            ("b", vague(None)),
            ("c", vague(Some(9))),
            ("d", Directory),
            ("large", file(99, 1)),
        ]);
        for (part, of_get, of_put) in [
            (&[][..], Begun::No, Begun::No),
            (&[("a", file(9, 1))], Begun::Yes, Begun::Yes),
            (&[("a", file(9, 1)), ("d", Directory)], Begun::Yes, Begun::Yes),
            // Anybody may have a directory of this name, and a file of this size.
            (&[("d", Directory)], Begun::Perhaps, Begun::Perhaps),
            (&[("a", file(9, 2))], Begun::Perhaps, Begun::Perhaps),
            (&[("a", vague(Some(9)))], Begun::Perhaps, Begun::Perhaps),
            (&[("c", file(9, 1)), ("b", file(1, 1))], Begun::Perhaps, Begun::Perhaps),
            (&[("c", vague(Some(9)))], Begun::Perhaps, Begun::Perhaps),
            // A part under the final name shows nothing by itself.
            (&[("a", file(3, 2))], Begun::No, Begun::Perhaps),
            (&[("a", file(3, 2)), ("large", file(99, 1))], Begun::No, Begun::Yes),
            (&[("a", file(10, 1))], Begun::No, Begun::No),
            (&[("d", file(0, 1))], Begun::No, Begun::No),
            (&[("a", file(9, 1)), ("other", file(1, 1))], Begun::No, Begun::No),
            (&[("a", Other)], Begun::No, Begun::No),
            (&[("large.wharf-part", file(50, 2)), ("large.wharf-map", file(1, 2))], Begun::Yes, Begun::Yes),
            (&[("large.0a1b2c3d.wharf-part", file(50, 2))], Begun::Yes, Begun::Yes),
            (&[("large.0a1b2c3d.wharf-old", file(50, 2))], Begun::Yes, Begun::Yes),
            (&[("small.wharf-part", file(50, 2))], Begun::No, Begun::No),
            (&[("large.wharf-part", Directory)], Begun::No, Begun::No),
        ] {
            assert_eq!(level(part).begun(&whole, false), of_get, "{part:?}");
            assert_eq!(level(part).begun(&whole, true), of_put, "{part:?}");
        }
    }
}
