//! `[server]`: what it says of itself.

use serde::{Deserialize, Serialize};
use wharf::ServerBuilder;

use super::Time;

pub(crate) const EXAMPLE: &str = r#"
[server]
# What a client is greeted with; every line is one of the reply.
# welcome = "wharf is ready."
# What SYST answers.
# system-type = "UNIX Type: L8"
# Whether clients may move whole trees through one data connection (TRET and TSTO).
# tree-streams = true
# How long running transfers may take to finish when the server is told to end.
# shutdown-timeout = "30 s"
"#;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Section {
    welcome: Option<String>,
    system_type: Option<String>,
    tree_streams: Option<bool>,
    pub(crate) shutdown_timeout: Option<Time>,
}

impl Section {
    pub(super) fn apply(&self, mut builder: ServerBuilder) -> ServerBuilder {
        if let Some(welcome) = &self.welcome {
            builder = builder.welcome(welcome);
        }
        if let Some(system_type) = &self.system_type {
            builder = builder.system_type(system_type.clone());
        }
        match self.tree_streams {
            Some(offered) => builder.tree_streams(offered),
            None => builder,
        }
    }
}
