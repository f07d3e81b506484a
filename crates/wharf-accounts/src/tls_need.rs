use serde::{Deserialize, Serialize};
use wharf::core::protection::Requirements;

/// What must be protected by TLS, from the least to the most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsNeed {
    /// Nothing.
    Optional,
    /// Commands and the password.
    Control,
    /// Commands and files.
    #[default]
    Required,
}

impl From<TlsNeed> for Requirements {
    fn from(need: TlsNeed) -> Self {
        match need {
            TlsNeed::Optional => Self::NONE,
            TlsNeed::Control => Self { control: true, data: false },
            TlsNeed::Required => Self::ALL,
        }
    }
}
