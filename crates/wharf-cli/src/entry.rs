//! An entry of a server, as it is printed.

use std::{borrow::Cow, time::SystemTime};

use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;
use wharf::{
    core::{
        listing::{ListedEntry, Modified, Precision, Zone},
        pathname::escape_for_display,
    },
    storage::EntryKind,
};

use crate::{output::Record, site::Site};

/// An entry, for programs: `url` holds its exact name, because JSON has no place for octets that are not text.
#[derive(Debug, Serialize)]
pub(crate) struct Entry<'a> {
    #[serde(skip)]
    pub(crate) octets: &'a [u8],
    #[serde(skip)]
    pub(crate) listed: &'a ListedEntry,
    name: String,
    #[serde(skip)]
    local: Cow<'a, [u8]>,
    #[serde(skip)]
    local_target: Option<Cow<'a, [u8]>>,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modified: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    url: String,
}

impl Record for Entry<'_> {
    const NAME: &'static str = "entry";
}

impl<'a> Entry<'a> {
    /// The entry at `pathname`, to be shown as `name`.
    pub(crate) fn new(site: &Site, pathname: &[u8], name: &'a [u8], listed: &'a ListedEntry) -> Self {
        let text = |octets: &Vec<u8>| String::from_utf8_lossy(octets).into_owned();
        let local = site.charset.to_local(name);
        let local_target = listed.link_target.as_ref().map(|target| site.charset.to_local(target));
        Self {
            octets: name,
            listed,
            name: String::from_utf8_lossy(&local).into_owned(),
            local,
            kind: kind(listed),
            size: listed.size,
            modified: listed.modified.map(moment),
            permissions: listed.permissions.map(|permissions| format!("{permissions:04o}")),
            owner: listed.owner.as_ref().map(text),
            group: listed.group.as_ref().map(text),
            target: local_target.as_ref().map(|target| String::from_utf8_lossy(target).into_owned()),
            local_target,
            url: site.url.of(pathname),
        }
    }

    /// The name for people, a directory's with a slash behind it.
    pub(crate) fn shown(&self) -> String {
        let slash = if self.listed.is_dir() { "/" } else { "" };
        format!("{}{slash}", self.name_for_people())
    }

    /// The name, without a slash.
    pub(crate) fn name_for_people(&self) -> String {
        escape_for_display(&self.local).to_string()
    }

    /// Where a link leads.
    pub(crate) fn target_for_people(&self) -> Option<String> {
        Some(escape_for_display(self.local_target.as_ref()?).to_string())
    }

    /// A row with permissions, size and time.
    pub(crate) fn row(&self) -> String {
        let size = self.size.map_or_else(|| "-".to_owned(), |size| size.to_string());
        let modified = self.modified.as_deref().unwrap_or("-");
        let mut row = format!("{} {size:>12} {modified:<20} {}", mode(self.listed), self.shown());
        if let Some(target) = self.target_for_people() {
            row.push_str(&format!(" -> {target}"));
        }
        row
    }
}

/// The word for what it is.
pub(crate) fn kind(entry: &ListedEntry) -> &'static str {
    match entry.kind {
        Some(EntryKind::File) => "file",
        Some(EntryKind::Directory) => "directory",
        Some(EntryKind::Symlink) => "symlink",
        Some(_) => "other",
        None => "unknown",
    }
}

/// RFC 3339, as exact as the server was: without `Z` where the zone is not known.
pub(crate) fn moment(modified: Modified) -> String {
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

/// `drwxr-xr-x`, or `d` and blanks where permissions are not told.
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
