//! The records of a tree stream: many files and directories through one data connection (`docs/tree-stream.md`).
//!
//! Either side sends [`PREFACE`] and then records: an octet that says what it is, the length of what follows in four octets,
//! and that. Numbers are big-endian. Nothing here waits or reads a file.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// What either side sends first: a name, and the version.
pub const PREFACE: [u8; 4] = *b"WTS\x01";
/// The most octets of a file in one record.
pub const MAX_CHUNK: usize = 256 * 1024;
/// The most octets of a path.
pub const MAX_PATH: usize = 4096;
/// The most octets of a text for people.
pub const MAX_TEXT: usize = 512;
/// The octets before what a record holds.
pub const FRAME: usize = 5;

/// The most octets of any record but one of a file's octets.
const MAX_RECORD: usize = MAX_PATH + MAX_TEXT + 64;

/// One thing that is said in a tree stream.
///
/// A path is relative to the tree's base, its components divided by `/`; nothing is the base itself. Whoever receives
/// one checks each component: here it is octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// Asks for an entry, and for all below it if it is a directory.
    Want(Want),
    /// A directory; what is in it follows.
    Directory(Header),
    /// A file whose octets follow, up to [`FileEnd`](Self::FileEnd) or [`Failed`](Self::Failed).
    File(Header),
    /// A file whose octets do not follow.
    Listed(Header),
    /// An entry that is left out.
    Omitted {
        /// Which one.
        path: Vec<u8>,
        /// Why.
        why: Omission,
    },
    /// The next octets of the file.
    Data(Bytes),
    /// The file is complete.
    FileEnd,
    /// An entry that cannot be had; the file that was begun, if one was.
    Failed {
        /// Which one.
        path: Vec<u8>,
        /// What a single transfer would have been answered.
        status: Status,
    },
    /// What became of an entry that was sent; there is one for each, in their order.
    Result(Status),
    /// There is no more.
    End {
        /// How many entries there were: directories, files and what is left out or failed; or wants, or results.
        entries: u64,
    },
}

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Want {
    /// The entry.
    pub path: Vec<u8>,
    /// Files of more octets are [listed](Record::Listed) and not sent; 0 lists all.
    pub limit: u64,
}

/// What is known of a file or directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Which one.
    pub path: Vec<u8>,
    /// Octets of a file; 0 for a directory.
    pub size: u64,
    /// When it was last changed.
    pub modified: Option<SystemTime>,
    /// Its permission bits.
    pub permissions: Option<u32>,
}

/// Why an entry is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Omission {
    /// A symbolic link.
    Link,
    /// Neither a file nor a directory nor a link.
    Special,
    /// A directory that is too deep, or inside itself.
    TooDeep,
}

/// A reply code, and a text for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// As in a reply.
    pub code: u16,
    /// What a reply would say.
    pub text: String,
}

/// Why octets are no tree stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TreeStreamError {
    /// It begins with something else, or with a version that is not known.
    #[error("this is no tree stream of version 1")]
    Preface,
    /// A record of a kind that is not known.
    #[error("a record of kind {0} is not known")]
    Kind(u8),
    /// A record that is longer than it may be.
    #[error("a record of {0} octets is too long")]
    TooLong(u32),
    /// A record that is not as its kind says.
    #[error("a record is malformed")]
    Malformed,
}

/// Takes the preface off `octets`; `false` if it is not here yet.
///
/// # Errors
/// [`TreeStreamError::Preface`] as soon as an octet is wrong.
pub fn take_preface(octets: &mut BytesMut) -> Result<bool, TreeStreamError> {
    let here = octets.len().min(PREFACE.len());
    match (octets.get(..here), PREFACE.get(..here)) {
        (Some(said), Some(right)) if said == right => {}
        _ => return Err(TreeStreamError::Preface),
    }
    if here < PREFACE.len() {
        return Ok(false);
    }
    octets.advance(PREFACE.len());
    Ok(true)
}

/// Takes the next record off `octets`; `None` if it is not all here yet.
///
/// A record that is too long is an error before it is here: no more than [`MAX_CHUNK`] and [`FRAME`] octets need be kept.
///
/// # Errors
/// What is wrong with it. Nothing that follows can be understood then.
pub fn decode(octets: &mut BytesMut) -> Result<Option<Record>, TreeStreamError> {
    let mut frame = octets.as_ref();
    if frame.len() < FRAME {
        return Ok(None);
    }
    let kind = frame.get_u8();
    let len = frame.get_u32();
    let most = if kind == DATA { MAX_CHUNK } else { MAX_RECORD };
    let long = usize::try_from(len).map_err(|_| TreeStreamError::TooLong(len))?;
    if long > most {
        return Err(TreeStreamError::TooLong(len));
    }
    if frame.len() < long {
        return Ok(None);
    }
    octets.advance(FRAME);
    let mut body = octets.split_to(long).freeze();
    let record = match kind {
        DATA => return Ok(Some(Record::Data(body))),
        WANT => Record::Want(Want { limit: number(&mut body)?, path: path(&mut body)? }),
        DIRECTORY => Record::Directory(header(&mut body)?),
        FILE => Record::File(header(&mut body)?),
        LISTED => Record::Listed(header(&mut body)?),
        OMITTED => Record::Omitted {
            why: match body.try_get_u8() {
                Ok(1) => Omission::Link,
                Ok(2) => Omission::Special,
                Ok(3) => Omission::TooDeep,
                _ => return Err(TreeStreamError::Malformed),
            },
            path: path(&mut body)?,
        },
        FILE_END => Record::FileEnd,
        FAILED => Record::Failed { path: path(&mut body)?, status: status(&mut body)? },
        RESULT => Record::Result(status(&mut body)?),
        END => Record::End { entries: number(&mut body)? },
        kind => return Err(TreeStreamError::Kind(kind)),
    };
    if body.is_empty() { Ok(Some(record)) } else { Err(TreeStreamError::Malformed) }
}

const WANT: u8 = b'W';
const DIRECTORY: u8 = b'D';
const FILE: u8 = b'F';
const LISTED: u8 = b'L';
const OMITTED: u8 = b'O';
const DATA: u8 = b'B';
const FILE_END: u8 = b'E';
const FAILED: u8 = b'X';
const RESULT: u8 = b'R';
const END: u8 = b'Z';

impl Record {
    /// Writes it behind what is in `out`.
    ///
    /// # Errors
    /// [`TreeStreamError::TooLong`] for a path or a chunk that is too long; then nothing is written. A text that is too long
    /// is cut.
    pub fn encode(&self, out: &mut BytesMut) -> Result<(), TreeStreamError> {
        let mut body = BytesMut::new();
        let kind = match self {
            Self::Data(chunk) => return encode_data(chunk, out),
            Self::Want(want) => {
                body.put_u64(want.limit);
                put_path(&want.path, &mut body)?;
                WANT
            }
            Self::Directory(header) => put_header(header, &mut body).map(|()| DIRECTORY)?,
            Self::File(header) => put_header(header, &mut body).map(|()| FILE)?,
            Self::Listed(header) => put_header(header, &mut body).map(|()| LISTED)?,
            Self::Omitted { path, why } => {
                body.put_u8(match why {
                    Omission::Link => 1,
                    Omission::Special => 2,
                    Omission::TooDeep => 3,
                });
                put_path(path, &mut body)?;
                OMITTED
            }
            Self::FileEnd => FILE_END,
            Self::Failed { path, status } => {
                put_path(path, &mut body)?;
                put_status(status, &mut body);
                FAILED
            }
            Self::Result(status) => {
                put_status(status, &mut body);
                RESULT
            }
            Self::End { entries } => {
                body.put_u64(*entries);
                END
            }
        };
        out.put_u8(kind);
        out.put_u32(u32::try_from(body.len()).map_err(|_| TreeStreamError::Malformed)?);
        out.put(body);
        Ok(())
    }
}

/// Writes a record of a file's octets.
///
/// # Errors
/// [`TreeStreamError::TooLong`] for more than [`MAX_CHUNK`].
pub fn encode_data(chunk: &[u8], out: &mut BytesMut) -> Result<(), TreeStreamError> {
    let len = u32::try_from(chunk.len()).unwrap_or(u32::MAX);
    if chunk.len() > MAX_CHUNK {
        return Err(TreeStreamError::TooLong(len));
    }
    out.reserve(FRAME + chunk.len());
    out.put_u8(DATA);
    out.put_u32(len);
    out.put(chunk);
    Ok(())
}

fn put_header(header: &Header, out: &mut BytesMut) -> Result<(), TreeStreamError> {
    out.put_u64(header.size);
    let since = header.modified.map(|time| time.duration_since(UNIX_EPOCH));
    let (seconds, nanoseconds) = match &since {
        None => (0, u32::MAX),
        Some(Ok(after)) => (i64::try_from(after.as_secs()).unwrap_or(i64::MAX), after.subsec_nanos()),
        // Nanoseconds count forwards, before 1970 too.
        Some(Err(before)) => {
            let before = before.duration();
            let (up, nanoseconds) = match before.subsec_nanos() {
                0 => (0, 0),
                back => (1, 1_000_000_000 - back),
            };
            let seconds = before.as_secs().saturating_add(up);
            (0_i64.checked_sub_unsigned(seconds).unwrap_or(i64::MIN), nanoseconds)
        }
    };
    out.put_i64(seconds);
    out.put_u32(nanoseconds);
    out.put_u32(header.permissions.unwrap_or(u32::MAX));
    put_path(&header.path, out)
}

fn put_path(path: &[u8], out: &mut BytesMut) -> Result<(), TreeStreamError> {
    let len = u16::try_from(path.len()).ok().filter(|_| path.len() <= MAX_PATH);
    out.put_u16(len.ok_or(TreeStreamError::TooLong(u32::try_from(path.len()).unwrap_or(u32::MAX)))?);
    out.put(path);
    Ok(())
}

fn put_status(status: &Status, out: &mut BytesMut) {
    out.put_u16(status.code);
    let mut end = status.text.len().min(MAX_TEXT);
    while !status.text.is_char_boundary(end) {
        end -= 1;
    }
    let text = status.text.get(..end).unwrap_or_default();
    out.put_u16(u16::try_from(text.len()).unwrap_or_default());
    out.put(text.as_bytes());
}

fn header(body: &mut Bytes) -> Result<Header, TreeStreamError> {
    const MALFORMED: TreeStreamError = TreeStreamError::Malformed;
    let size = number(body)?;
    let seconds = body.try_get_i64().map_err(|_| MALFORMED)?;
    let nanoseconds = body.try_get_u32().map_err(|_| MALFORMED)?;
    let permissions = body.try_get_u32().map_err(|_| MALFORMED)?;
    let modified = match nanoseconds {
        u32::MAX => None,
        0..1_000_000_000 => {
            let whole = Duration::from_secs(seconds.unsigned_abs());
            let time = match seconds {
                0.. => UNIX_EPOCH.checked_add(whole),
                _ => UNIX_EPOCH.checked_sub(whole),
            };
            Some(
                time.and_then(|time| time.checked_add(Duration::from_nanos(nanoseconds.into())))
                    .ok_or(MALFORMED)?,
            )
        }
        _ => return Err(MALFORMED),
    };
    let permissions = match permissions {
        u32::MAX => None,
        bits @ 0..=0o7777 => Some(bits),
        _ => return Err(MALFORMED),
    };
    Ok(Header { path: path(body)?, size, modified, permissions })
}

fn number(body: &mut Bytes) -> Result<u64, TreeStreamError> {
    body.try_get_u64().map_err(|_| TreeStreamError::Malformed)
}

fn path(body: &mut Bytes) -> Result<Vec<u8>, TreeStreamError> {
    let path = text(body)?;
    if path.len() > MAX_PATH { Err(TreeStreamError::Malformed) } else { Ok(path.to_vec()) }
}

fn status(body: &mut Bytes) -> Result<Status, TreeStreamError> {
    let code = body.try_get_u16().map_err(|_| TreeStreamError::Malformed)?;
    let text = text(body)?;
    if text.len() > MAX_TEXT || !(100..600).contains(&code) {
        return Err(TreeStreamError::Malformed);
    }
    Ok(Status { code, text: String::from_utf8_lossy(&text).into_owned() })
}

fn text(body: &mut Bytes) -> Result<Bytes, TreeStreamError> {
    let len = usize::from(body.try_get_u16().map_err(|_| TreeStreamError::Malformed)?);
    if body.len() < len { Err(TreeStreamError::Malformed) } else { Ok(body.split_to(len)) }
}

#[cfg(test)]
mod tests;
