//! `[metrics]`: numbers for Prometheus, and whether the server is well.

use std::net::SocketAddr;

use serde::{Deserialize, Deserializer, Serialize, de::Error};

pub(crate) const EXAMPLE: &str = r#"
[metrics]
# Where HTTP is answered: /metrics for Prometheus, /healthz while the server runs, /readyz while it takes sessions. Whoever
# can connect may ask. Nowhere unless set.
# listen = "127.0.0.1:9121"
"#;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Section {
    #[serde(default, deserialize_with = "address")]
    pub(crate) listen: Option<SocketAddr>,
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let wrong =
        |_| D::Error::custom("metrics.listen: an address and a port are needed, such as 127.0.0.1:9121");
    text.parse().map(Some).map_err(wrong)
}
