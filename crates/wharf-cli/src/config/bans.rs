//! `[bans]`: what becomes of who fails to log in too often.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wharf::ServerBuilder;
use wharf_accounts::Network;

use super::{Loaded, Time, problem::Wrong};

pub(crate) const EXAMPLE: &str = r#"
# Who fails to log in too often is not heard for a while. 0 is never.
[bans]
# After how many failures an address is banned; an IPv6 address stands for its /64.
# failures-of-address = 20
# After how many failures nobody can log in with a name, wherever they come from.
# failures-of-user = 100
# How long failures are counted, and how long a ban lasts.
# within = "10 min"
# length = "15 min"
# How many addresses and names are remembered.
# remembered = 10000
# Who is never banned.
# never = ["192.0.2.0/24"]
# Where bans are written down, so that they outlast the server. Nowhere unless set.
# file = "/var/lib/wharf/bans"
"#;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Section {
    failures_of_address: Option<u32>,
    failures_of_user: Option<u32>,
    within: Option<Time>,
    length: Option<Time>,
    remembered: Option<usize>,
    never: Vec<Network>,
    file: Option<PathBuf>,
}

impl Section {
    /// Where bans are written down.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    pub(super) fn check(&self) -> Result<(), Wrong> {
        let none = Some(Time::seconds(0));
        let never = "that would be no ban; failures-of-address = 0 and failures-of-user = 0 say so";
        for (key, wrong, text) in [
            ("bans.remembered", self.remembered == Some(0), "it must be at least 1"),
            ("bans.within", self.within == none, never),
            ("bans.length", self.length == none, never),
        ] {
            if wrong {
                return Err(Wrong::at(key, text));
            }
        }
        Ok(())
    }

    pub(super) fn apply(&self, builder: ServerBuilder, loaded: &Loaded) -> ServerBuilder {
        let some = |failures: u32| (failures > 0).then_some(failures);
        builder.bans(|bans| {
            if let Some(failures) = self.failures_of_address {
                bans.failures_of_address = some(failures);
            }
            if let Some(failures) = self.failures_of_user {
                bans.failures_of_user = some(failures);
            }
            bans.within = self.within.map_or(bans.within, |time| time.0);
            bans.length = self.length.map_or(bans.length, |time| time.0);
            bans.remembered = self.remembered.unwrap_or(bans.remembered);
            bans.never = self.never.iter().map(|network| network.0).collect();
            bans.file = self.file.as_ref().map(|file| loaded.path(file));
        })
    }
}
