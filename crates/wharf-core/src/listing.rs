//! Listings: what comes over a data connection after MLSD, LIST and NLST, read and written.
//!
//! A [`ListingParser`] turns octets into entries as they come. MLSD has one format; LIST has as many as there are
//! servers, so that each [`ListFormat`] has a [`ListParser`] or more, and the lines of a listing decide together which
//! one reads it. A line that cannot be read is one [`BadLine`], never the end of the listing.

use std::{fmt, sync::Arc, time::SystemTime};

use memchr::memchr;
use wharf_storage::{EntryKind, Pathname};

use crate::{fact::Facts, pathname::escape_for_display};

mod as400;
mod choice;
mod columns;
mod connect_enterprise;
mod date;
mod dos;
mod eplf;
pub mod format;
pub mod glob;
mod list_clock;
mod list_format;
mod mlsx;
mod mvs;
mod netware;
mod nonstop;
mod os2;
mod unix;
mod vms;
mod zvm;

use choice::{Choice, LineEnd};
pub use list_clock::ListClock;
pub use list_format::{ListFormat, UnknownListFormat};
pub use mlsx::Mlsx;

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
    /// About how many octets it has, where its size is told in blocks, tracks or thousands of octets.
    pub approximate_size: Option<u64>,
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
    /// Which of several versions of a file it is (OpenVMS). The newest has its bare name, the others end in `;version`.
    pub version: Option<u32>,
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
    /// The time is UTC, by what was [measured](ListClock) of the server's clock.
    Measured,
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
    /// It is the start of an entry that does not go on.
    #[error("unfinished")]
    Unfinished,
    /// The server says in it why it does not show the entry.
    #[error("the server does not show the entry")]
    Refused,
}

/// What a line says to a [`ListParser`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListLine {
    /// An entry.
    Entry(Box<ListedEntry>),
    /// An entry, if the listing has this format: the line alone does not show that it has.
    Likely(Box<ListedEntry>),
    /// A heading that only this format has.
    Heading,
    /// Nothing that matters: a blank line, a sum.
    Skip,
    /// The start of an entry that goes on with the next line: both come together then, with a LF between them.
    Begun,
    /// Nothing that this parser can read; for [`Format`](BadLineReason::Format), nothing that it knows.
    Bad(BadLineReason),
}

impl From<Result<ListedEntry, BadLineReason>> for ListLine {
    fn from(read: Result<ListedEntry, BadLineReason>) -> Self {
        match read {
            Ok(entry) => Self::Entry(Box::new(entry)),
            Err(reason) => Self::Bad(reason),
        }
    }
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
/// are left out, and so are lines that are known to say nothing. Where lines end with CR LF, a LF alone is an octet of a
/// name if what follows it is no entry.
///
/// Where several formats come into question, the first lines are read in each, until one of them has read four more of them
/// than every other, but at most 64 lines or 64 KiB; then the format that has read most reads the rest. Besides these lines,
/// memory stays below one segment and one line.
///
/// ```
/// # use wharf_core::listing::ListingParser;
/// # use std::time::SystemTime;
/// let mut parser = ListingParser::list(SystemTime::now());
/// parser.push(b"total 8\r\n-rw-r--r--   1 owner    group          42 Jan 31  2026 a b.txt\r\ndrwxr-");
/// assert!(parser.next_entry().is_none()); // two lines do not tell the format yet
/// parser.finish();
/// let entry = parser.next_entry().unwrap().unwrap();
/// assert_eq!((&entry.name[..], entry.size), (&b"a b.txt"[..], Some(42)));
/// assert!(parser.next_entry().unwrap().is_err());
/// ```
#[derive(Debug)]
pub struct ListingParser {
    choice: Choice,
    /// Whether the first line ended with CR LF; `None` before its end.
    ends_with_cr: Option<bool>,
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
            approximate_size: None,
            modified: None,
            permissions: None,
            links: None,
            owner: None,
            group: None,
            link_target: None,
            version: None,
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
    ///
    /// `now` serves to guess the years that lines leave out.
    pub fn list(now: SystemTime) -> Self {
        Self::of_formats(&ListFormat::ALL, now)
    }

    /// A parser for what follows LIST in one format, whatever the lines say.
    pub fn list_as(format: ListFormat, now: SystemTime) -> Self {
        Self::of_formats(&[format], now)
    }

    /// A parser for listings in one of several formats. The first wins where a listing speaks for several.
    pub fn new(candidates: impl IntoIterator<Item = Arc<dyn ListParser>>, now: SystemTime) -> Self {
        Self::of_choice(Choice::new(candidates.into_iter().map(|parser| (None, parser)), now))
    }

    fn of_formats(formats: &[ListFormat], now: SystemTime) -> Self {
        let parsers = |format: &ListFormat| {
            let format = *format;
            format.parsers().into_iter().map(move |parser| (Some(format), parser))
        };
        Self::of_choice(Choice::new(formats.iter().flat_map(parsers), now))
    }

    fn of_choice(choice: Choice) -> Self {
        Self {
            choice,
            ends_with_cr: None,
            buffer: Vec::new(),
            start: 0,
            scanned: 0,
            discarding: false,
            finished: false,
        }
    }

    /// Puts this format before the others: it wins where a listing speaks for several.
    #[must_use]
    pub fn with_first(mut self, parser: Arc<dyn ListParser>) -> Self {
        self.choice.push_front(parser);
        self
    }

    /// Puts this format after the others: they win where a listing speaks for several.
    #[must_use]
    pub fn with_last(mut self, parser: Arc<dyn ListParser>) -> Self {
        self.choice.push_back(parser);
        self
    }

    /// Puts these formats before the others, in their order: what is known of the server makes them likely.
    #[must_use]
    pub fn preferring(mut self, formats: &[ListFormat]) -> Self {
        self.choice.prefer(formats);
        self
    }

    /// The format of LIST that the lines have turned out to be in; `None` before that, and for a parser of one's own.
    pub fn format(&self) -> Option<ListFormat> {
        self.choice.format()
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
            if let Some(found) = self.choice.next() {
                return Some(found);
            }
            match self.next_line() {
                Some(Ok((line, _))) if is_blank(&line) => {}
                Some(Ok((line, end))) => self.choice.read(&line, end),
                Some(Err(bad)) => self.choice.bad(&bad),
                None if self.finished => {
                    self.choice.finish();
                    return self.choice.next();
                }
                None => return None,
            }
        }
    }

    fn next_line(&mut self) -> Option<Result<(Vec<u8>, LineEnd), BadLine>> {
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
        let without_cr = line.strip_suffix(b"\r");
        let line_end = match (*self.ends_with_cr.get_or_insert(without_cr.is_some()), without_cr) {
            (true, None) => LineEnd::StrayLf,
            _ => LineEnd::Usual,
        };
        let line = without_cr.unwrap_or(line);
        let line = match line.len() > Self::MAX_LINE_LEN {
            true => Err(BadLine::new(line, BadLineReason::TooLong)),
            false => Ok((line.to_vec(), line_end)),
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

/// Whether a line says nothing in any format. Two spaces are a name in MLSD: a space.
fn is_blank(line: &[u8]) -> bool {
    line.len() < 2 && line.trim_ascii().is_empty()
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
