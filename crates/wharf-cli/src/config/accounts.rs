//! `[accounts]`, `[user.NAME]` and `[group.NAME]`: who may log in, and what for.

use serde::{Deserialize, Serialize};
use wharf_accounts::{Accounts, Lasting, Settings};

use super::{Loaded, problem::Wrong};

pub(crate) const EXAMPLE: &str = r#"
# Users. Nobody gets in who is not named here or in what is named here.
[accounts]

# What users of a group share; what a user's own section says counts more.
[group.staff]
# The folder that is served; {user} stands for the name.
root = "/srv/ftp/{user}"
# Whether it is made at login where it is missing.
# create-root = false
# What may be done where, as seen by the user: the nearest ancestor's entry decides alone, and where there is none,
# nothing is permitted. Words: list read create append overwrite mkdir chmod times delete rename; write is create to times,
# all is everything, none is nothing. Without `permissions`: list and read everywhere.
# permissions = { "/" = "list read", "/incoming" = "all" }
# Whether nothing can be changed, whatever `permissions` say.
# read-only = false

# A user. Every key of a group is one of a user, and the other way round but for password, groups and certificates.
[user.anna]
# Made by `wharf user passwd`: Argon2id; bcrypt, SHA-crypt and apr1 are read too.
password = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$JRNsg0sD/CMCTs0BQ2dYdG1yeCLhzbqKEcsBZzmhv+k"
groups = ["staff"]
# Whether nobody gets in.
# disabled = false
# The working directory after login.
# home = "/"
# From where: networks or single addresses. From anywhere unless set.
# networks = ["192.0.2.0/24", "2001:db8::/32"]
# When, in local time. At any time unless set; sessions that run are not ended.
# hours = ["mon-fri 08:00-18:00", "sat"]
# From when on nobody gets in.
# expires = "2030-01-01"
# What TLS must protect, besides what [tls] says: optional, control, required.
# tls = "required"
# SHA-256 fingerprints of client certificates, one of which is needed; without `password` it is enough.
# certificates = ["4f5b7a1c0e6d2f3a8b9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6b7c8d9e0f1a"]
# How many sessions at a time.
# sessions = 10
# Octets a second, of all sessions of the user and of each.
# speed = { upload = "20M", download = "20M", session-upload = "5M", session-download = "5M" }

# Whoever logs in as `anonymous` or `ftp`, with any password. Nobody does without this section.
# [accounts.anonymous]
# root = "/srv/pub"
"#;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Section {
    anonymous: Option<Settings>,
}

impl Section {
    pub(super) fn check(&self, loaded: &Loaded) -> Result<(), Wrong> {
        if self.anonymous.is_none() && loaded.config.user.is_empty() {
            return Err(Wrong::at("accounts", "there are no users, so nobody could log in"));
        }
        self.accounts(loaded, Lasting::new()).map(drop)
    }

    /// Who may log in; with what lasts of an earlier configuration.
    pub(crate) fn accounts(&self, loaded: &Loaded, lasting: Lasting) -> Result<Accounts, Wrong> {
        let groups = loaded.config.group.clone();
        let mut accounts = Accounts::new(lasting)
            .groups(groups)
            .map_err(|(name, error)| Wrong::key(&["group", &name], error))?;
        for (name, settings) in &loaded.config.user {
            accounts.check(name, settings).map_err(|error| Wrong::key(&["user", name], error))?;
        }
        accounts = accounts.source(loaded.config.user.clone());
        if let Some(settings) = &self.anonymous {
            let wrong = |error| Wrong::key(&["accounts", "anonymous"], error);
            accounts = accounts.anonymous(settings.clone()).map_err(wrong)?;
        }
        Ok(accounts)
    }
}
