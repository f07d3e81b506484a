//! `[control]`: how the program itself is asked what it does.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub(crate) const EXAMPLE: &str = r#"
[control]
# The socket through which `wharf sessions` and `wharf kick` ask this server; only its own user may. None unless set.
# socket = "/run/wharf/control"
"#;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Section {
    pub(crate) socket: Option<PathBuf>,
}
