//! `[accounts.ldap]`: users in a directory.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{Time, hidden::Hidden};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Ldap {
    url: String,
    in_clear: Option<bool>,
    pub(super) authorities: Option<PathBuf>,
    bind_dn: Option<String>,
    bind_password: Option<Hidden>,
    base: Option<String>,
    bind_template: Option<String>,
    name: Option<String>,
    filter: Option<String>,
    member_of: Option<String>,
    attributes: Option<BTreeMap<String, Attribute>>,
    groups: Option<Vec<String>>,
    timeout: Option<Time>,
}

/// An attribute for a key of a user, or one for each key in that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Attribute {
    Of(String),
    Within(BTreeMap<String, String>),
}

#[cfg(feature = "ldap")]
pub(super) use self::source::source;

#[cfg(feature = "ldap")]
mod source {
    use wharf_accounts::{Accounts, LdapSettings, LdapUsers};

    use super::{Attribute, Ldap};
    use crate::config::{
        Loaded,
        accounts::{WITHIN, of_groups_alone},
        problem::Wrong,
    };

    /// The directory, for a server that has these groups; with the accounts, without anybody, that its users get.
    pub(in crate::config) fn source(
        ldap: &Ldap,
        loaded: &Loaded,
        groups: Vec<String>,
        accounts: &Accounts,
    ) -> Result<LdapUsers, Wrong> {
        if let Some(group) = ldap.groups.iter().flatten().find(|group| !groups.contains(group)) {
            return Err(Wrong::at("accounts.ldap.groups", format_args!("there is no group {group:?}")));
        }
        if ldap.base.is_none() && ldap.bind_template.is_none() {
            return Err(Wrong::at("accounts.ldap", "base is needed, or bind-template"));
        }
        let says = |key: &str| ldap.attributes.as_ref().is_some_and(|all| all.contains_key(key));
        if !says("root") && !says("groups") {
            of_groups_alone(accounts, "accounts.ldap", ldap.groups.as_deref())?;
        }
        let mut settings = LdapSettings::default();
        settings.url.clone_from(&ldap.url);
        settings.in_clear = ldap.in_clear.unwrap_or(false);
        settings.authorities = ldap.authorities.as_ref().map(|file| loaded.path(file));
        settings.service = match (&ldap.bind_dn, &ldap.bind_password) {
            (None, None) => None,
            (name, password) => {
                Some((name.clone().unwrap_or_default(), password.as_deref().unwrap_or_default().to_owned()))
            }
        };
        settings.base = ldap.base.clone().unwrap_or_default();
        settings.bind_template.clone_from(&ldap.bind_template);
        settings.name = ldap.name.clone().unwrap_or_default();
        settings.filter.clone_from(&ldap.filter);
        settings.member_of.clone_from(&ldap.member_of);
        for (key, attribute) in ldap.attributes.iter().flatten() {
            match attribute {
                Attribute::Of(name) => {
                    settings.attributes.insert(key.clone(), name.clone());
                }
                Attribute::Within(inner) => settings
                    .attributes
                    .extend(inner.iter().map(|(within, name)| (format!("{key}.{within}"), name.clone()))),
            }
        }
        settings.groups = ldap.groups.clone().unwrap_or_default();
        settings.known_groups = groups;
        settings.within = ldap.timeout.map_or(WITHIN, |time| time.0);
        LdapUsers::new(settings).map_err(|problem| {
            let key = match problem.field {
                "service" => "accounts.ldap.bind-password".to_owned(),
                field => format!("accounts.ldap.{field}"),
            };
            Wrong::at(&key, problem.reason)
        })
    }
}
