//! `[[notify]]`: who is told of what happens.

use std::{fs, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{Loaded, hidden::Hidden, problem::Wrong};
use crate::signature::Signer;

pub(crate) const EXAMPLE: &str = r#"
# Who is told of what happens: a section for each. An event is written down before the client's command is answered, and told
# again until it was taken, in its order, also after a crash; so one may come twice, with the same `id`.
# [[notify]]
# Where events wait: a folder of this section's own, in which the server's user can write.
# queue = "/var/lib/wharf/queue"
# How many may wait; then what changes something is answered 451. Of the rest, as logins and downloads, half as many may;
# more are left out, with a word in the log: strangers must not be able to stop the server.
# waiting = 100000
# Where each is sent by POST, as JSON, until the answer is a 2xx.
# url = "https://example.org/ftp-events"
# A secret of at least 24 octets, in a file, which is read at the start, or here; then what is sent is signed (docs/operations.md).
# In the environment it is WHARF_NOTIFY__0__SECRET, with 0 for the first section.
# secret-file = "/etc/wharf/webhook-secret"
# secret = "whsec_..."
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
    pub(crate) url: Option<Hidden>,
    secret: Option<Hidden>,
    pub(super) secret_file: Option<PathBuf>,
    pub(crate) command: Option<Vec<Hidden>>,
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

    /// Who signs what is sent, if somebody does; the file with the secret is read.
    ///
    /// # Errors
    /// In words: it cannot be read, or is no good.
    pub(crate) fn signer(&self, loaded: &Loaded) -> Result<Option<Signer>, String> {
        let secret = match (&self.secret, &self.secret_file) {
            (Some(secret), _) => secret.to_string(),
            (None, Some(file)) => {
                let file = loaded.path(file);
                fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?
            }
            (None, None) => return Ok(None),
        };
        Ok(Some(Signer::new(secret.trim())?))
    }
}

/// What is in the files of secrets.
pub(super) fn check_files(all: &[Section], loaded: &Loaded) -> Result<(), Wrong> {
    all.iter().enumerate().try_for_each(|(place, section)| {
        let wrong = |error| Wrong::at(&format!("notify.{place}.secret-file"), error);
        section.signer(loaded).map(drop).map_err(wrong)
    })
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
        if section.secret.is_some() && section.secret_file.is_some() {
            return Err(Wrong::at(&key("secret"), "it is in `secret-file` already"));
        }
        if section.url.is_none() && (section.secret.is_some() || section.secret_file.is_some()) {
            return Err(Wrong::at(&key("secret"), "what a program is given is not signed"));
        }
        if let Some(secret) = &section.secret {
            Signer::new(secret.trim()).map_err(|error| Wrong::at(&key("secret"), error))?;
        }
        let same = |other: &&Section| loaded.path(&other.queue) == loaded.path(&section.queue);
        if all.iter().filter(same).count() > 1 {
            return Err(Wrong::at(&key("queue"), "two sections cannot have the same folder"));
        }
    }
    Ok(())
}
