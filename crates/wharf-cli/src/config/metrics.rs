//! `[metrics]`: numbers for Prometheus, and whether the server is well.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

pub(crate) const EXAMPLE: &str = r#"
[metrics]
# Where HTTP is answered: /metrics for Prometheus, /healthz while the server runs, /readyz while it takes sessions. Whoever
# can connect may ask. Nowhere unless set.
# listen = "127.0.0.1:9121"
"#;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Section {
    pub(crate) listen: Option<SocketAddr>,
}
