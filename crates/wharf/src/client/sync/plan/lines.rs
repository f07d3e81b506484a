//! Plans as JSON Lines: a line about the plan, then one for each step.
//!
//! ```text
//! {"plan":1,"unchanged":7,"at_destination":9}
//! {"path":"a/b.txt","action":"replace","difference":"newer","source":{"type":"file","size":5,…},"destination":{…}}
//! ```

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use wharf_core::listing::{Modified, Precision, Zone};
use wharf_storage::EntryKind;

use super::{Action, Difference, Plan, Reason, Seen, Step};
use crate::{Error, client::sync::RelativePath};

/// The version of the form that is written, and the only one that is read.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Head {
    plan: u32,
    unchanged: u64,
    at_destination: u64,
}

#[derive(Serialize, Deserialize)]
struct Line {
    /// As text, for people, where it is not what counts.
    path: String,
    /// The octets in hexadecimal digits, of a pathname that is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path_octets: Option<String>,
    #[serde(flatten)]
    action: Verb,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<There>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    destination: Option<There>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
enum Verb {
    MakeDirectory,
    Copy,
    Replace { difference: How },
    SetTime,
    Delete { in_the_way: bool },
    Skip { reason: Why },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum How {
    Size,
    Newer,
    Older,
    Hash,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Why {
    Link,
    Special,
    TooDeep,
    DestinationNewer,
    Exists,
    Missing,
    HoldsOthers,
    SourceUnknown,
    KindsDiffer,
    Collides,
    UnsafeName { name: String },
    Unreadable { message: String },
}

#[derive(Serialize, Deserialize)]
struct There {
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    modified: Option<Moment>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    File,
    Directory,
    Symlink,
    Other,
}

/// A time: seconds since 1970 and nanoseconds, and how well it is known.
#[derive(Serialize, Deserialize)]
struct Moment {
    seconds: i64,
    nanoseconds: u32,
    precision: Unit,
    zone_known: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Unit {
    Day,
    Minute,
    Second,
    Fraction,
}

impl Plan {
    /// The plan as JSON Lines, the first with the field `plan`, the version of the form.
    pub fn to_json_lines(&self) -> String {
        let head = Head { plan: VERSION, unchanged: self.unchanged, at_destination: self.at_destination };
        let lines = std::iter::once(serde_json::to_string(&head))
            .chain(self.steps.iter().map(|step| serde_json::to_string(&line(step))));
        // Structs of numbers and strings can be written.
        lines.flatten().flat_map(|line| [line, "\n".to_owned()]).collect()
    }

    /// Reads what [`to_json_lines`](Self::to_json_lines) wrote.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for another form or version, and for pathnames that lead out of the
    /// tree.
    pub fn from_json_lines(text: &str) -> Result<Self, Error> {
        let bad = |at: usize, error: serde_json::Error| {
            Error::invalid_input(format!("line {} is no line of a plan", at + 1)).caused_by(error)
        };
        let mut lines = text.lines().enumerate();
        let (at, first) =
            lines.next().ok_or_else(|| Error::invalid_input("there is no plan in an empty text"))?;
        let head: Head = serde_json::from_str(first).map_err(|error| bad(at, error))?;
        if head.plan != VERSION {
            return Err(Error::invalid_input(format!("plans of version {} are not known", head.plan)));
        }
        let mut plan =
            Self { unchanged: head.unchanged, at_destination: head.at_destination, ..Self::default() };
        for (at, text) in lines {
            let line: Line = serde_json::from_str(text).map_err(|error| bad(at, error))?;
            let step = step(line);
            plan.steps.push(step.ok_or_else(|| {
                Error::invalid_input(format!("line {} has a pathname or a time that cannot be", at + 1))
            })?);
        }
        Ok(plan)
    }
}

fn line(step: &Step) -> Line {
    let octets = step.path.as_bytes();
    let text = str::from_utf8(octets);
    let hexadecimal = || octets.iter().map(|octet| format!("{octet:02x}")).collect();
    Line {
        path: String::from_utf8_lossy(octets).into_owned(),
        path_octets: text.is_err().then(hexadecimal),
        action: match &step.action {
            Action::MakeDirectory => Verb::MakeDirectory,
            Action::Copy => Verb::Copy,
            Action::Replace(difference) => Verb::Replace {
                difference: match difference {
                    Difference::Size => How::Size,
                    Difference::Newer => How::Newer,
                    Difference::Older => How::Older,
                    Difference::Hash => How::Hash,
                },
            },
            Action::SetTime => Verb::SetTime,
            Action::Delete { in_the_way } => Verb::Delete { in_the_way: *in_the_way },
            Action::Skip(reason) => Verb::Skip { reason: why(reason) },
        },
        source: step.source.map(there),
        destination: step.destination.map(there),
    }
}

fn step(line: Line) -> Option<Step> {
    let octets = match line.path_octets {
        None => line.path.into_bytes(),
        Some(digits) => octets(&digits)?,
    };
    Some(Step {
        path: RelativePath::parse(&octets)?,
        action: match line.action {
            Verb::MakeDirectory => Action::MakeDirectory,
            Verb::Copy => Action::Copy,
            Verb::Replace { difference } => Action::Replace(match difference {
                How::Size => Difference::Size,
                How::Newer => Difference::Newer,
                How::Older => Difference::Older,
                How::Hash => Difference::Hash,
            }),
            Verb::SetTime => Action::SetTime,
            Verb::Delete { in_the_way } => Action::Delete { in_the_way },
            Verb::Skip { reason } => Action::Skip(reason_of(reason)),
        },
        source: seen(line.source)?,
        destination: seen(line.destination)?,
    })
}

fn octets(digits: &str) -> Option<Vec<u8>> {
    let digit = |octet: u8| char::from(octet).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let pairs = digits.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    });
    pairs.collect()
}

fn why(reason: &Reason) -> Why {
    match reason {
        Reason::Link => Why::Link,
        Reason::Special => Why::Special,
        Reason::TooDeep => Why::TooDeep,
        Reason::DestinationNewer => Why::DestinationNewer,
        Reason::Exists => Why::Exists,
        Reason::Missing => Why::Missing,
        Reason::HoldsOthers => Why::HoldsOthers,
        Reason::SourceUnknown => Why::SourceUnknown,
        Reason::KindsDiffer => Why::KindsDiffer,
        Reason::Collides => Why::Collides,
        Reason::UnsafeName { name } => Why::UnsafeName { name: name.clone() },
        Reason::Unreadable { message } => Why::Unreadable { message: message.clone() },
    }
}

fn reason_of(why: Why) -> Reason {
    match why {
        Why::Link => Reason::Link,
        Why::Special => Reason::Special,
        Why::TooDeep => Reason::TooDeep,
        Why::DestinationNewer => Reason::DestinationNewer,
        Why::Exists => Reason::Exists,
        Why::Missing => Reason::Missing,
        Why::HoldsOthers => Reason::HoldsOthers,
        Why::SourceUnknown => Reason::SourceUnknown,
        Why::KindsDiffer => Reason::KindsDiffer,
        Why::Collides => Reason::Collides,
        Why::UnsafeName { name } => Reason::UnsafeName { name },
        Why::Unreadable { message } => Reason::Unreadable { message },
    }
}

fn there(seen: Seen) -> There {
    There {
        kind: match seen.kind {
            EntryKind::File => Kind::File,
            EntryKind::Directory => Kind::Directory,
            EntryKind::Symlink => Kind::Symlink,
            _ => Kind::Other,
        },
        size: seen.size,
        modified: seen.modified.map(moment),
    }
}

/// `None` for a time that cannot be.
fn seen(there: Option<There>) -> Option<Option<Seen>> {
    let Some(there) = there else { return Some(None) };
    let modified = match there.modified {
        None => None,
        Some(moment) => Some(modified(&moment)?),
    };
    let kind = match there.kind {
        Kind::File => EntryKind::File,
        Kind::Directory => EntryKind::Directory,
        Kind::Symlink => EntryKind::Symlink,
        Kind::Other => EntryKind::Other,
    };
    Some(Some(Seen { kind, size: there.size, modified }))
}

fn moment(modified: Modified) -> Moment {
    let second = crate::client::sync::compare::seconds(modified.time);
    let since = modified.time.duration_since(SystemTime::UNIX_EPOCH);
    let nanoseconds = match since {
        Ok(after) => after.subsec_nanos(),
        Err(before) => (1_000_000_000 - before.duration().subsec_nanos()) % 1_000_000_000,
    };
    Moment {
        seconds: i64::try_from(second).unwrap_or(i64::MAX),
        nanoseconds,
        precision: match modified.precision {
            Precision::Day => Unit::Day,
            Precision::Minute => Unit::Minute,
            Precision::Second => Unit::Second,
            Precision::Fraction => Unit::Fraction,
        },
        zone_known: modified.zone != Zone::Unknown,
    }
}

fn modified(moment: &Moment) -> Option<Modified> {
    let seconds = Duration::from_secs(moment.seconds.unsigned_abs());
    let second = match moment.seconds < 0 {
        true => SystemTime::UNIX_EPOCH.checked_sub(seconds),
        false => SystemTime::UNIX_EPOCH.checked_add(seconds),
    };
    Some(Modified {
        time: second?.checked_add(Duration::from_nanos(moment.nanoseconds.into()))?,
        precision: match moment.precision {
            Unit::Day => Precision::Day,
            Unit::Minute => Precision::Minute,
            Unit::Second => Precision::Second,
            Unit::Fraction => Precision::Fraction,
        },
        zone: if moment.zone_known { Zone::Utc } else { Zone::Unknown },
    })
}
