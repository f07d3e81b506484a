//! `wharf ls`.

use std::{fmt::Write, time::SystemTime};

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value};
use wharf::{
    ErrorKind,
    connection::{ListOptions, MAX_KEPT_ENTRIES, RemoteEntry},
    core::{
        listing::{ListedEntry, Modified, Precision, Zone},
        pathname::escape_for_display,
    },
    storage::EntryKind,
};

use crate::{
    connection::{self, Options, Target},
    exit::{Exit, Failure},
    output, runtime, url,
};

/// How many rows are written at a time.
const ROWS: usize = 1000;

/// List a directory, or show a file.
///
/// Names are sorted; directories end with a slash. Control characters and octets that are not UTF-8 are escaped: for
/// scripts there are --json and --null.
#[derive(Debug, clap::Args)]
#[command(after_help = url::HELP)]
pub(crate) struct Arguments {
    /// What to list: ftp://[user@]host[:port]/path
    url: String,

    /// Show permissions, size and time too
    #[arg(short, long)]
    long: bool,

    /// Ask for names that begin with a dot, where the server hides them
    #[arg(short, long)]
    all: bool,

    /// List what lies below too
    #[arg(short, long)]
    recursive: bool,

    /// Show entries as they come, in the server's order
    #[arg(short = 'U', long)]
    unsorted: bool,

    /// Print an object for each entry, one on a line; its `url` holds the exact name
    #[arg(long, conflicts_with = "long")]
    json: bool,

    /// Print names as they are, each followed by NUL
    #[arg(short = '0', long, conflicts_with_all = ["long", "json"])]
    null: bool,

    #[command(flatten)]
    connection: Options,
}

/// Lists.
///
/// # Errors
/// [`Exit::NotFound`], [`Exit::Refused`] and those of connecting; [`Exit::Failed`] if a line could not be read.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let target = arguments.connection.target(&arguments.url)?;
    runtime::until_interrupted(ls(arguments, &target))
}

async fn ls(arguments: &Arguments, target: &Target) -> Result<(), Failure> {
    let path = target.url.path.as_slice();
    let mut client = arguments.connection.connect(target).await?;
    let options = ListOptions::new().recursive(arguments.recursive).hidden(arguments.all);
    let mut listing = client.list_with(path, &options);
    let mut entries = Vec::new();
    let (mut any, mut all_read) = (false, true);
    let mut refused = None;
    while let Some(entry) = listing.next().await {
        match entry {
            Ok(entry) if arguments.unsorted => {
                output::write(&row(arguments, target, &entry.pathname, &entry))?
            }
            Ok(_) if entries.len() == MAX_KEPT_ENTRIES => {
                return Err(Failure::new(
                    Exit::Failed,
                    "too many entries to sort: -U shows them as they come",
                ));
            }
            Ok(entry) => entries.push(entry),
            Err(error) if matches!(error.kind(), ErrorKind::BadLine | ErrorKind::UnsafeName) => {
                output::error(&error.to_string());
                all_read = false;
            }
            Err(error) if error.kind() == ErrorKind::Refused && !any => {
                refused = Some(error);
                break;
            }
            Err(error) => return Err(error.into()),
        }
        any = true;
    }
    drop(listing);
    if let Some(error) = refused {
        // A file cannot be listed, but it can be shown.
        match client.stat(path).await {
            Ok(entry) if !entry.is_dir() => output::write(&row(arguments, target, path, &entry))?,
            _ => return Err(connection::explain(&mut client, path, error).await),
        }
    }
    entries.sort_unstable_by(|one: &RemoteEntry, other| one.pathname.cmp(&other.pathname));
    for some in entries.chunks(ROWS) {
        let rows: Vec<Vec<u8>> =
            some.iter().map(|entry| row(arguments, target, &entry.pathname, entry)).collect();
        output::write(&rows.concat())?;
    }
    connection::quit(client).await;
    match all_read {
        true => Ok(()),
        false => Err(Failure::silent(Exit::Failed)),
    }
}

/// An entry as it is printed, with what ends it.
fn row(arguments: &Arguments, target: &Target, pathname: &[u8], entry: &ListedEntry) -> Vec<u8> {
    // Below the directory that is listed, or a file by its own name.
    let listed = target.url.path.as_slice();
    let name = match pathname.strip_prefix(listed) {
        Some([]) | None => url::file_name(pathname).unwrap_or(pathname),
        Some(below) => below.strip_prefix(b"/").unwrap_or(below),
    };
    if arguments.null {
        return [name, b"\0"].concat();
    }
    if arguments.json {
        return format!("{}\n", json(target, pathname, name, entry)).into_bytes();
    }
    let mut row = String::new();
    if arguments.long {
        let size = entry.size.map_or_else(|| "-".to_owned(), |size| size.to_string());
        let modified = entry.modified.map_or_else(|| "-".to_owned(), moment);
        // Writing to a string does not fail.
        let _ = write!(row, "{} {size:>12} {modified:<20} ", mode(entry));
    }
    let _ = write!(row, "{}", escape_for_display(name));
    if entry.is_dir() {
        row.push('/');
    }
    if let Some(link) = entry.link_target.as_ref().filter(|_| arguments.long) {
        let _ = write!(row, " -> {}", escape_for_display(link));
    }
    row.push('\n');
    row.into_bytes()
}

fn json(target: &Target, pathname: &[u8], name: &[u8], entry: &ListedEntry) -> Value {
    let kind = match entry.kind {
        Some(EntryKind::File) => "file",
        Some(EntryKind::Directory) => "directory",
        Some(EntryKind::Symlink) => "symlink",
        Some(_) => "other",
        None => "unknown",
    };
    let mut object = Map::new();
    object.insert("name".into(), String::from_utf8_lossy(name).into());
    object.insert("type".into(), kind.into());
    if let Some(size) = entry.size {
        object.insert("size".into(), size.into());
    }
    if let Some(modified) = entry.modified {
        object.insert("modified".into(), moment(modified).into());
    }
    if let Some(permissions) = entry.permissions {
        object.insert("permissions".into(), format!("{permissions:04o}").into());
    }
    object.insert("url".into(), target.url.of(pathname).into());
    object.into()
}

/// RFC 3339, as exact as the server was: without `Z` where the zone is not known.
fn moment(modified: Modified) -> String {
    let zoned = |time: SystemTime| Some(Timestamp::try_from(time).ok()?.to_zoned(TimeZone::UTC));
    let Some(time) = zoned(modified.time) else { return "-".to_owned() };
    let zone = if modified.zone == Zone::Unknown { "" } else { "Z" };
    let format = match modified.precision {
        Precision::Day => return time.strftime("%Y-%m-%d").to_string(),
        Precision::Minute => "%Y-%m-%dT%H:%M",
        _ => "%Y-%m-%dT%H:%M:%S",
    };
    format!("{}{zone}", time.strftime(format))
}

/// `drwxr-xr-x`, or `d` and dashes where permissions are not told.
fn mode(entry: &ListedEntry) -> String {
    let kind = match entry.kind {
        Some(EntryKind::Directory) => 'd',
        Some(EntryKind::Symlink) => 'l',
        Some(EntryKind::File) => '-',
        _ => '?',
    };
    let Some(bits) = entry.permissions else { return format!("{kind}         ") };
    let letters = "rwxrwxrwx".chars().enumerate();
    let letters = letters.map(|(at, letter)| if bits & (0o400 >> at) == 0 { '-' } else { letter });
    std::iter::once(kind).chain(letters).collect()
}
