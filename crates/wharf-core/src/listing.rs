//! Listings: what comes over a data connection after MLSD, LIST and NLST, read and written.
//!
//! A [`ListingParser`] turns octets into entries as they come. MLSD has one format; LIST has as many as there are
//! servers, so it tries a [`ListParser`] for each and keeps to the one that first reads a line. A line that cannot be
//! read is one [`BadLine`], never the end of the listing.

use std::{collections::VecDeque, fmt, sync::Arc, time::SystemTime};

use memchr::memchr;
use wharf_storage::{EntryKind, Pathname};

use crate::{fact::Facts, pathname::escape_for_display};

mod columns;
mod date;
mod dos;
pub mod format;
pub mod glob;
mod mlsx;
mod unix;

pub use dos::Dos;
pub use mlsx::Mlsx;
pub use unix::Unix;

/// One entry as a server listed it.
///
/// The name is the server's, octet for octet, and may be anything: see [`is_safe_name`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedEntry {
    /// The name in its directory; of MLST the whole pathname, or whatever the server sends.
    pub name: Vec<u8>,
    /// What it is; `None` where the server does not say.
    pub kind: Option<EntryKind>,
    /// The size in octets, if it is told exactly.
    pub size: Option<u64>,
    /// When the content was last changed.
    pub modified: Option<Modified>,
    /// The twelve permission bits of POSIX.
    pub permissions: Option<u32>,
    /// The number of hard links.
    pub links: Option<u64>,
    /// The owner's name or number.
    pub owner: Option<Vec<u8>>,
    /// The group's name or number.
    pub group: Option<Vec<u8>>,
    /// Where a symbolic link leads.
    pub link_target: Option<Vec<u8>>,
    /// All facts of MLSD and MLST, the ones that the fields above hold too.
    pub facts: Facts,
}

/// When an entry was changed, and how well that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Modified {
    /// The moment; in an [unknown zone](Zone::Unknown), that of the same date and time in UTC.
    pub time: SystemTime,
    /// What of it was told.
    pub precision: Precision,
    /// Whether the zone is known.
    pub zone: Zone,
}

/// The smallest unit of a time that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Precision {
    /// A date without time of day.
    Day,
    /// Hours and minutes.
    Minute,
    /// Whole seconds.
    Second,
    /// Parts of a second.
    Fraction,
}

/// The zone of a time that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Zone {
    /// The time is UTC.
    Utc,
    /// The server's own, whatever that is.
    Unknown,
}

/// A line of a listing that is no entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read the listing line \"{}\": {reason}", escape_for_display(.line))]
pub struct BadLine {
    /// The line, or the start of one that is too long.
    pub line: Vec<u8>,
    /// What is wrong with it.
    pub reason: BadLineReason,
}

/// What is wrong with a line of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum BadLineReason {
    /// It is longer than the limit.
    #[error("too long")]
    TooLong,
    /// It has another format.
    #[error("unknown format")]
    Format,
    /// Its name is missing or empty.
    #[error("no name")]
    Name,
    /// Its permission letters make no sense.
    #[error("bad permissions")]
    Permissions,
    /// No number stands where the size is.
    #[error("bad size")]
    Size,
    /// There is no such date or time.
    #[error("bad date")]
    Date,
}

/// What a line says to a [`ListParser`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListLine {
    /// An entry.
    Entry(Box<ListedEntry>),
    /// Nothing that matters: a blank line, a heading, a sum.
    Skip,
    /// Nothing that this parser knows.
    Bad(BadLineReason),
}

/// Reads the lines of one format of LIST.
///
/// ```
/// # use wharf_core::listing::{BadLineReason, ListLine, ListParser, ListedEntry};
/// # use std::time::SystemTime;
/// /// Lines of the form `name|size`.
/// #[derive(Debug)]
/// struct Bars;
///
/// impl ListParser for Bars {
///     fn parse(&self, line: &[u8], _now: SystemTime) -> ListLine {
///         let Some(bar) = line.iter().position(|&octet| octet == b'|') else {
///             return ListLine::Bad(BadLineReason::Format);
///         };
///         let mut entry = ListedEntry::new(&line[..bar]);
///         entry.size = str::from_utf8(&line[bar + 1..]).ok().and_then(|size| size.parse().ok());
///         ListLine::Entry(Box::new(entry))
///     }
/// }
/// # assert!(matches!(Bars.parse(b"a|5", SystemTime::UNIX_EPOCH), ListLine::Entry(entry) if entry.size == Some(5)));
/// ```
pub trait ListParser: fmt::Debug + Send + Sync {
    /// Reads `line`, which is without its line end. `now` serves to guess the years that lines leave out.
    fn parse(&self, line: &[u8], now: SystemTime) -> ListLine;
}

/// Turns the octets of one listing into entries as they come.
///
/// [`push`](Self::push) gives it octets, then [`next_entry`](Self::next_entry) is called until it gives `None`; after the
/// last octets [`finish`](Self::finish), then once more. Entries `.` and `..`, and those that MLSD calls `cdir` and `pdir`,
/// are left out, and so are lines that are known to say nothing. Memory stays below one segment and one line.
///
/// ```
/// # use wharf_core::listing::ListingParser;
/// # use std::time::SystemTime;
/// let mut parser = ListingParser::list(SystemTime::now());
/// parser.push(b"total 8\r\n-rw-r--r--   1 owner    group          42 Jan 31  2026 a b.txt\r\ndrwxr-");
/// let entry = parser.next_entry().unwrap().unwrap();
/// assert_eq!((&entry.name[..], entry.size), (&b"a b.txt"[..], Some(42)));
/// assert!(parser.next_entry().is_none());
/// parser.finish();
/// assert!(parser.next_entry().unwrap().is_err());
/// ```
#[derive(Debug)]
pub struct ListingParser {
    /// The parsers that may be the right one; the right one alone once it is known.
    candidates: VecDeque<Arc<dyn ListParser>>,
    decided: bool,
    now: SystemTime,
    buffer: Vec<u8>,
    /// Where the first line begins in `buffer`.
    start: usize,
    /// Up to where `buffer` is known to hold no LF.
    scanned: usize,
    /// Whether the rest of a line that was too long is still to come.
    discarding: bool,
    finished: bool,
}

impl ListedEntry {
    /// An entry of which only the name is known.
    pub fn new(name: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            kind: None,
            size: None,
            modified: None,
            permissions: None,
            links: None,
            owner: None,
            group: None,
            link_target: None,
            facts: Facts::new(),
        }
    }

    /// Whether it is known to be a regular file.
    pub fn is_file(&self) -> bool {
        self.kind == Some(EntryKind::File)
    }

    /// Whether it is known to be a directory.
    pub fn is_dir(&self) -> bool {
        self.kind == Some(EntryKind::Directory)
    }

    /// Whether it stands for the listed directory itself or for its parent.
    fn is_self_or_parent(&self) -> bool {
        let kind = self.facts.get("type").unwrap_or_default();
        self.name == b"."
            || self.name == b".."
            || kind.eq_ignore_ascii_case(b"cdir")
            || kind.eq_ignore_ascii_case(b"pdir")
    }
}

impl ListingParser {
    /// The most octets of one line.
    pub const MAX_LINE_LEN: usize = 16 << 10;
    /// The most octets of a line that a [`BadLine`] keeps.
    const MAX_BAD_LINE_LEN: usize = 512;

    /// A parser for what follows MLSD.
    pub fn mlsd(now: SystemTime) -> Self {
        Self::new([Arc::new(Mlsx) as Arc<dyn ListParser>], now)
    }

    /// A parser for what follows LIST, in each format that is known.
    pub fn list(now: SystemTime) -> Self {
        Self::new([Arc::new(Unix) as Arc<dyn ListParser>, Arc::new(Dos)], now)
    }

    /// A parser for listings in one of several formats. The one that first reads an entry reads the rest.
    pub fn new(candidates: impl IntoIterator<Item = Arc<dyn ListParser>>, now: SystemTime) -> Self {
        Self {
            candidates: candidates.into_iter().collect(),
            decided: false,
            now,
            buffer: Vec::new(),
            start: 0,
            scanned: 0,
            discarding: false,
            finished: false,
        }
    }

    /// Tries this format before the others.
    #[must_use]
    pub fn with_first(mut self, parser: Arc<dyn ListParser>) -> Self {
        self.candidates.push_front(parser);
        self
    }

    /// Tries this format after the others.
    #[must_use]
    pub fn with_last(mut self, parser: Arc<dyn ListParser>) -> Self {
        self.candidates.push_back(parser);
        self
    }

    /// Takes the octets that came in.
    pub fn push(&mut self, octets: &[u8]) {
        if self.start > self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.scanned -= self.start;
            self.start = 0;
        }
        let mut text = octets;
        if self.discarding {
            let Some(end) = memchr(b'\n', octets) else { return };
            self.discarding = false;
            text = octets.get(end + 1..).unwrap_or_default();
        }
        self.buffer.extend_from_slice(text);
    }

    /// Says that no octets will come, so that a last line without line end is one.
    pub fn finish(&mut self) {
        self.finished = true;
    }

    /// The next entry or line that is none, or `None` until more octets come.
    pub fn next_entry(&mut self) -> Option<Result<ListedEntry, BadLine>> {
        loop {
            let line = match self.next_line()? {
                Ok(line) => line,
                Err(bad) => return Some(Err(bad)),
            };
            match self.parse(&line) {
                ListLine::Entry(entry) if entry.is_self_or_parent() => {}
                ListLine::Entry(entry) => return Some(Ok(*entry)),
                ListLine::Skip => {}
                ListLine::Bad(reason) => return Some(Err(BadLine::new(&line, reason))),
            }
        }
    }

    fn parse(&mut self, line: &[u8]) -> ListLine {
        if line.trim_ascii().is_empty() && line.len() < 2 {
            return ListLine::Skip;
        }
        let mut says = ListLine::Bad(BadLineReason::Format);
        for (index, candidate) in self.candidates.iter().enumerate() {
            match candidate.parse(line, self.now) {
                ListLine::Entry(entry) => {
                    if !self.decided {
                        self.decided = true;
                        self.candidates.swap(0, index);
                        self.candidates.truncate(1);
                    }
                    return ListLine::Entry(entry);
                }
                ListLine::Skip => says = ListLine::Skip,
                // The reason of a parser that knows the format is worth more.
                ListLine::Bad(reason) if says == ListLine::Bad(BadLineReason::Format) => {
                    says = ListLine::Bad(reason);
                }
                ListLine::Bad(_) => {}
            }
        }
        says
    }

    fn next_line(&mut self) -> Option<Result<Vec<u8>, BadLine>> {
        let found = memchr(b'\n', self.buffer.get(self.scanned..).unwrap_or_default());
        let end = match found {
            Some(found) => self.scanned + found,
            None if self.finished && self.start < self.buffer.len() => self.buffer.len(),
            None => {
                self.scanned = self.buffer.len();
                let begun = self.buffer.get(self.start..).unwrap_or_default();
                if begun.len() <= Self::MAX_LINE_LEN + 1 {
                    return None;
                }
                let bad = BadLine::new(begun, BadLineReason::TooLong);
                self.discarding = true;
                self.release();
                return Some(Err(bad));
            }
        };
        let line = self.buffer.get(self.start..end).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = match line.len() > Self::MAX_LINE_LEN {
            true => Err(BadLine::new(line, BadLineReason::TooLong)),
            false => Ok(line.to_vec()),
        };
        self.start = end + 1;
        self.scanned = self.start;
        if self.start >= self.buffer.len() {
            self.release();
        }
        Some(line)
    }

    fn release(&mut self) {
        self.buffer = Vec::new();
        self.start = 0;
        self.scanned = 0;
    }
}

impl BadLine {
    fn new(line: &[u8], reason: BadLineReason) -> Self {
        Self { line: line.get(..ListingParser::MAX_BAD_LINE_LEN).unwrap_or(line).to_vec(), reason }
    }
}

/// Whether a name from a server names an entry of the directory it was listed in, and so can be joined to a
/// folder's name: not empty, not `.` or `..`, no `/`, no NUL, at most 255 octets.
///
/// What else a local file system gives a meaning to, such as `\` and drive letters on Windows, is its backend's to refuse.
pub fn is_safe_name(name: &[u8]) -> bool {
    Pathname::root().join(name).is_ok()
}

#[cfg(test)]
mod tests;
