//! What is there of a file that is being downloaded: the part itself, and a map beside it.
//!
//! ```text
//!   a.iso.wharf-part   octets, with holes where parts come side by side
//!   a.iso.wharf-map    wharf-map 1
//!                      size 734003200          the version that the octets are of
//!                      modified 1795395600
//!                      holes                   without this line, all of the part is there
//!                      have 0 104857600
//!                      have 367001600 398458880
//!                      end
//! ```
//!
//! The map is written when the octets that it tells of are on the disk, and replaced as a whole. So it never tells of more
//! than there is, whatever ends the program.

use std::io;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use wharf_storage::{Capabilities, ErrorKind, Pathname, Sink, SourceBody, Storage, WriteMode};

use super::{
    unfinished::{map_of, part_of},
    version::Version,
};
use crate::Error;

/// The largest map that is read: one of some thousand pieces.
const MAX_MAP: usize = 256 << 10;
const FIRST_LINE: &str = "wharf-map 1";

/// A file that is being downloaded, under the name that it has meanwhile.
#[derive(Debug)]
pub(super) struct Part<'s> {
    storage: &'s dyn Storage,
    target: Pathname,
    pub(super) path: Pathname,
    map: Pathname,
}

/// What a map says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Map {
    version: Version,
    have: Have,
}

/// Which octets are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Have {
    /// All that the part has.
    Whole,
    /// These, from and to, in order.
    Pieces(Vec<(u64, u64)>),
}

impl<'s> Part<'s> {
    /// Whether files of this storage can be resumed.
    pub(super) fn is_offered(storage: &dyn Storage) -> bool {
        storage.capabilities().contains(
            Capabilities::WRITE | Capabilities::WRITE_AT | Capabilities::RENAME | Capabilities::REMOVE,
        )
    }

    /// The part of the file that will be `target`.
    ///
    /// # Errors
    /// There can be no file of this name.
    pub(super) fn new(storage: &'s dyn Storage, target: &Pathname) -> Result<Self, Error> {
        let (Some(parent), Some(name)) = (target.parent(), target.name()) else {
            return Err(Error::invalid_input("a file has a name"));
        };
        let path = parent.join(&part_of(name))?;
        let map = parent.join(&map_of(name))?;
        Ok(Self { storage, target: target.clone(), path, map })
    }

    /// Which octets of this version are there: those of another version are removed.
    pub(super) async fn begin(&self, version: Version) -> Result<Have, Error> {
        if let Some(map) = self.read_map().await?
            && map.version == version
            && version.size.is_some()
            && self.octets().await?.is_some()
        {
            return Ok(map.have);
        }
        self.renew(version).await?;
        Ok(Have::Whole)
    }

    /// Removes what there is, to begin with this version.
    pub(super) async fn renew(&self, version: Version) -> Result<(), Error> {
        self.discard().await?;
        self.write_map(version, &Have::Whole).await
    }

    /// How many octets the part has; `None` where there is none.
    pub(super) async fn octets(&self) -> Result<Option<u64>, Error> {
        match self.storage.metadata(&self.path).await {
            Ok(metadata) => Ok(Some(metadata.size)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.about(error)),
        }
    }

    /// The part, to be written from `offset` on.
    pub(super) async fn write_from(&self, offset: u64) -> Result<Box<dyn Sink>, Error> {
        let opened = self.storage.open_write(&self.path, WriteMode::At(offset)).await;
        opened.map_err(|error| self.about(error))
    }

    /// Waits until the octets are on the disk, where there is one.
    pub(super) async fn to_disk(&self) -> Result<(), Error> {
        let Some(file) = self.write_from(0).await?.file() else { return Ok(()) };
        let written = tokio::task::spawn_blocking(move || file.sync_data()).await;
        let written = written.map_err(io::Error::other).and_then(|written| written);
        written.map_err(|error| self.about(error.into()))
    }

    /// Notes which octets are there. They must be on the disk.
    pub(super) async fn write_map(&self, version: Version, have: &Have) -> Result<(), Error> {
        let text = Map { version, have: have.clone() }.to_string();
        let mut sink = self.opened(self.storage.open_write(&self.map, WriteMode::Replace).await)?;
        sink.write(Bytes::from(text)).await.map_err(|error| self.about(error))?;
        sink.finish().await.map_err(|error| self.about(error))
    }

    /// Forgets what is there.
    pub(super) async fn discard(&self) -> Result<(), Error> {
        // The map first: octets without a map are nobody's.
        for path in [&self.map, &self.path] {
            match self.storage.remove_file(path).await {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(self.about(error)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Gives the file its name: it is whole.
    pub(super) async fn publish(&self) -> Result<(), Error> {
        self.storage.rename(&self.path, &self.target).await.map_err(|error| self.about(error))?;
        match self.storage.remove_file(&self.map).await {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.about(error)),
            _ => Ok(()),
        }
    }

    async fn read_map(&self) -> Result<Option<Map>, Error> {
        let source = match self.storage.open_read(&self.map, 0).await {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            source => self.opened(source)?,
        };
        let text = read(source.body).await.map_err(|error| self.about(error))?;
        Ok(std::str::from_utf8(&text).ok().and_then(Map::parse))
    }

    fn opened<T>(&self, opened: wharf_storage::Result<T>) -> Result<T, Error> {
        opened.map_err(|error| self.about(error))
    }

    fn about(&self, error: wharf_storage::Error) -> Error {
        Error::from(error).argument_is(self.target.as_bytes())
    }
}

/// The beginning of a file, a map's worth.
async fn read(body: SourceBody) -> wharf_storage::Result<BytesMut> {
    let mut text = BytesMut::new();
    match body {
        SourceBody::Stream(mut chunks) => {
            while let Some(chunk) = chunks.next().await {
                text.extend_from_slice(&chunk?);
                text.truncate(MAX_MAP);
            }
        }
        SourceBody::File { file, .. } => {
            let reading = tokio::task::spawn_blocking(move || {
                let mut text = Vec::new();
                io::Seek::rewind(&mut &*file)?;
                io::Read::read_to_end(&mut io::Read::take(&*file, MAX_MAP as u64), &mut text).map(|_| text)
            });
            text.extend_from_slice(&reading.await.map_err(io::Error::other)??);
        }
        _ => {}
    }
    Ok(text)
}

impl Map {
    /// Reads a map; anything else, also one that was cut, is none.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix("end\n")?.lines();
        if lines.next()? != FIRST_LINE {
            return None;
        }
        let mut version = Version::new(None, None);
        let mut pieces = None;
        for line in lines {
            let mut words = line.split(' ');
            let what = words.next()?;
            let mut number = || words.next()?.parse::<u64>().ok();
            match what {
                "size" => version.size = Some(number()?),
                "modified" => version.modified = Some(number()?),
                "holes" => drop(pieces.get_or_insert_with(Vec::new)),
                "have" => {
                    let pieces = pieces.as_mut()?;
                    let (from, to) = (number()?, number()?);
                    let after = pieces.last().map_or(0, |&(_, to)| to);
                    if from < after || to <= from || Some(to) > version.size {
                        return None;
                    }
                    pieces.push((from, to));
                }
                _ => return None,
            }
        }
        Some(Self { version, have: pieces.map_or(Have::Whole, Have::Pieces) })
    }
}

impl std::fmt::Display for Map {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        if let Some(size) = self.version.size {
            writeln!(f, "size {size}")?;
        }
        if let Some(modified) = self.version.modified {
            writeln!(f, "modified {modified}")?;
        }
        if let Have::Pieces(pieces) = &self.have {
            writeln!(f, "holes")?;
            pieces.iter().try_for_each(|(from, to)| writeln!(f, "have {from} {to}"))?;
        }
        f.write_str("end\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_are_read_as_they_are_written_and_not_when_cut() {
        let pieces = Have::Pieces(vec![(0, 10), (10, 20), (50, 100)]);
        for have in [Have::Whole, Have::Pieces(Vec::new()), pieces] {
            for version in
                [Version { size: Some(100), modified: Some(7) }, Version { size: Some(100), modified: None }]
            {
                let map = Map { version, have: have.clone() };
                let text = map.to_string();
                assert_eq!(Map::parse(&text), Some(map), "{text}");
                for end in 0..text.len() {
                    let cut = text.get(..end).unwrap();
                    assert_eq!(Map::parse(cut), None, "{cut:?}");
                }
            }
        }
        for bad in [
            "have 0 10",
            "holes\nhave 5 5",
            "holes\nhave 0 101",
            "holes\nhave 5 9\nhave 0 4",
            "size -1",
            "else",
        ] {
            assert_eq!(Map::parse(&format!("{FIRST_LINE}\nsize 100\n{bad}\nend\n")), None, "{bad}");
        }
    }
}
