//! `[log]`: how much is said on standard error, in which form, and where transfers are written down.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tracing::level_filters::LevelFilter;

use crate::log::Format;

pub(crate) const EXAMPLE: &str = r#"
[log]
# error, warn, info, or debug: each command and reply. The variable WHARF_LOG has more say.
# level = "info"
# text, or json: a JSON object for each line.
# format = "text"
# A file with a line for each transfer of a file, as wu-ftpd and others write them: xferlog(5). It is opened again on SIGHUP,
# so it can be moved away before. Nowhere unless set.
# transfers = "/var/log/wharf/transfers"
"#;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Section {
    level: Option<Level>,
    format: Option<Format>,
    transfers: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Level {
    Error,
    Warn,
    Info,
    Debug,
}

impl Section {
    pub(crate) fn level(&self) -> LevelFilter {
        match self.level {
            Some(Level::Error) => LevelFilter::ERROR,
            Some(Level::Warn) => LevelFilter::WARN,
            None | Some(Level::Info) => LevelFilter::INFO,
            Some(Level::Debug) => LevelFilter::DEBUG,
        }
    }

    pub(crate) fn format(&self) -> Format {
        self.format.unwrap_or_default()
    }

    pub(crate) fn transfers(&self) -> Option<&Path> {
        self.transfers.as_deref()
    }
}
