//! `[accounts.pam]`: users whom the system proves.

use serde::{Deserialize, Serialize};

use super::Time;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Pam {
    service: Option<String>,
    groups: Option<Vec<String>>,
    timeout: Option<Time>,
}

#[cfg(all(unix, feature = "pam"))]
pub(super) use self::source::source;

#[cfg(all(unix, feature = "pam"))]
mod source {
    use wharf_accounts::{Accounts, PamUsers};

    use super::Pam;
    use crate::config::{
        accounts::{WITHIN, of_groups_alone},
        problem::Wrong,
    };

    /// The service, for a server that has these groups; with the accounts, without anybody, that its users get.
    pub(in crate::config) fn source(
        pam: &Pam,
        known: &[&String],
        accounts: &Accounts,
    ) -> Result<PamUsers, Wrong> {
        let groups = pam.groups.clone().unwrap_or_default();
        if let Some(group) = groups.iter().find(|group| !known.contains(group)) {
            return Err(Wrong::at("accounts.pam.groups", format_args!("there is no group {group:?}")));
        }
        of_groups_alone(accounts, "accounts.pam", Some(&groups))?;
        let service = pam.service.as_deref().unwrap_or(PamUsers::SERVICE);
        let within = pam.timeout.map_or(WITHIN, |time| time.0);
        PamUsers::new(service, groups, within).map_err(|error| Wrong::at("accounts.pam.service", error))
    }
}
