//! `[speed]`: how fast all sessions together, and each of them, may be.

use serde::{Deserialize, Serialize};
use wharf::SpeedLimits;
use wharf_accounts::Octets;

pub(crate) const EXAMPLE: &str = r#"
# Octets a second, for all sessions together and for each. A user can have limits besides: the slowest counts. Changes
# take effect at once, also for transfers that run.
[speed]
# upload = "100M"
# download = "100M"
# session-upload = "10M"
# session-download = "10M"
"#;

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Section {
    upload: Option<Octets>,
    download: Option<Octets>,
    session_upload: Option<Octets>,
    session_download: Option<Octets>,
}

impl Section {
    pub(crate) fn together(&self) -> SpeedLimits {
        SpeedLimits::new(self.upload.map(|octets| octets.0), self.download.map(|octets| octets.0))
    }

    pub(crate) fn each(&self) -> SpeedLimits {
        SpeedLimits::new(
            self.session_upload.map(|octets| octets.0),
            self.session_download.map(|octets| octets.0),
        )
    }
}
