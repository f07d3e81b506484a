//! `[[notify]]`: who is told of what happens.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Loaded, problem::Wrong};

pub(crate) const EXAMPLE: &str = r#"
# Who is told of what happens: a section for each. An event is written down before the client's command is answered, and told
# again until it was taken, in its order, also after a crash; so one may come twice, with the same `id`.
# [[notify]]
# Where events wait: a folder of this section's own.
# queue = "/var/lib/wharf/queue"
# How many may wait; then what changes something is answered 451. Of the rest, as logins and downloads, half as many may;
# more are left out, with a word in the log: strangers must not be able to stop the server.
# waiting = 100000
# Where each is sent by POST, as JSON, until the answer is a 2xx.
# url = "https://example.org/ftp-events"
# Or what program gets each on its standard input, until it ends with 0. Its words are not seen by a shell.
# command = ["/usr/local/bin/on-event"]
# Which events: login, login-failed, uploaded, upload-cut, downloaded, removed, directory-removed, directory-made, renamed,
# banned. All unless set.
# events = ["uploaded", "renamed"]
"#;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Section {
    pub(crate) queue: PathBuf,
    pub(crate) waiting: Option<usize>,
    pub(crate) url: Option<String>,
    pub(crate) command: Option<Vec<String>>,
    pub(crate) events: Option<Vec<Kind>>,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    Login,
    LoginFailed,
    Uploaded,
    UploadCut,
    Downloaded,
    Removed,
    DirectoryRemoved,
    DirectoryMade,
    Renamed,
    Banned,
}

impl Kind {
    /// Whether something is other than before, at the hands of somebody who was let in to change it.
    pub(crate) fn is_change(self) -> bool {
        matches!(
            self,
            Self::Uploaded | Self::Removed | Self::DirectoryRemoved | Self::DirectoryMade | Self::Renamed
        )
    }
}

impl Section {
    /// Whether somebody is told of this.
    pub(crate) fn wants(&self, kind: Kind) -> bool {
        self.events.as_ref().is_none_or(|events| events.contains(&kind))
    }
}

pub(super) fn check(all: &[Section], loaded: &Loaded) -> Result<(), Wrong> {
    for (place, section) in all.iter().enumerate() {
        let key = |key: &str| format!("notify.{place}.{key}");
        match (&section.url, &section.command) {
            (Some(url), None) if url.starts_with("https://") || url.starts_with("http://") => {}
            (Some(_), None) => return Err(Wrong::at(&key("url"), "it begins with https:// or http://")),
            (None, Some(command)) if !command.is_empty() => {}
            _ => return Err(Wrong::at(&format!("notify.{place}"), "either `url` or `command` is needed")),
        }
        let same = |other: &&Section| loaded.path(&other.queue) == loaded.path(&section.queue);
        if all.iter().filter(same).count() > 1 {
            return Err(Wrong::at(&key("queue"), "two sections cannot have the same folder"));
        }
    }
    Ok(())
}
