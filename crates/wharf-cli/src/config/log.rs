//! `[log]`: how much is said on standard error.

use serde::{Deserialize, Serialize};
use tracing::level_filters::LevelFilter;

pub(crate) const EXAMPLE: &str = r#"
[log]
# error, warn, info, or debug: each command and reply. The variable WHARF_LOG has more say.
# level = "info"
"#;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Section {
    level: Option<Level>,
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
}
