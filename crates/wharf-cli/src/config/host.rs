//! `[[host]]`: several servers behind one address, by the name that a client gives with HOST or in the handshake of TLS.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wharf::{ServerBuilder, core::host_name::HostName, server::ServerTls};
use wharf_accounts::Settings;

use super::{
    Loaded,
    accounts::{self, Users},
    problem::Wrong,
    tls::Certificate,
};

pub(crate) const EXAMPLE: &str = r#"
# Several servers behind one address: a section for each. Which one is meant, a client says by HOST or in the handshake of
# TLS; who gives no name, or another one, means the users outside of these sections, if there are any.
# [[host]]
# Its names. In the log `anna` is `anna@` and the first of them.
# names = ["ftp.example.org", "ftp.example.com"]
# What HOST is answered with; every line is one of the reply.
# welcome = "This is ftp.example.org."
# A certificate for all of its names, besides those of [tls], which count first. Changed files are read again.
# certificate = { chain = "example.org.pem", key = "example.org.key" }
# What holds for all of its users who say nothing else: keys of a group.
# [host.defaults]
# root = "/srv/example.org/{user}"
# Its own users, with all that [accounts], [user.NAME] and [group.NAME] below can have.
# [host.accounts]
# users-file = "example.org.toml"
# [host.user.anna]
# password = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$JRNsg0sD/CMCTs0BQ2dYdG1yeCLhzbqKEcsBZzmhv+k"
# [host.group.staff]
# sessions = 10
"#;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Section {
    names: Vec<String>,
    welcome: Option<String>,
    pub(super) certificate: Option<Certificate>,
    #[serde(default)]
    defaults: Settings,
    #[serde(default)]
    accounts: accounts::Section,
    #[serde(default)]
    user: BTreeMap<String, Settings>,
    #[serde(default)]
    group: BTreeMap<String, Settings>,
}

impl Section {
    /// Its names, which [`check`] has looked at.
    pub(super) fn names(&self) -> impl Iterator<Item = HostName> {
        self.names.iter().filter_map(|name| HostName::parse(name).ok())
    }

    /// Its users, where it is the section `place` of all.
    pub(super) fn users(&self, place: usize) -> Users<'_> {
        Users {
            within: vec!["host".to_owned(), place.to_string()],
            section: &self.accounts,
            user: &self.user,
            group: &self.group,
            host: self.names().next().map(|name| (&self.defaults, name)),
        }
    }

    /// Whether its certificate can be read and is for all of its names.
    pub(super) fn check_certificate(&self, place: usize, loaded: &Loaded) -> Result<(), Wrong> {
        let Some(certificate) = &self.certificate else { return Ok(()) };
        let key = format!("host.{place}.certificate");
        let tls = ServerTls::from_pem_files([certificate.files(loaded)]);
        let tls = tls.map_err(|error| Wrong::at(&key, error))?;
        match self.names().find(|name| !tls.has_certificate_for(name)) {
            Some(name) => Err(Wrong::at(&key, format_args!("it is not for {name}"))),
            None => Ok(()),
        }
    }
}

pub(super) fn check(all: &[Section], has_tls: bool) -> Result<(), Wrong> {
    let mut known = Vec::new();
    for (place, host) in all.iter().enumerate() {
        let wrong = |key: &str, text: &dyn std::fmt::Display| Wrong::at(&format!("host.{place}{key}"), text);
        if host.names.is_empty() {
            return Err(wrong(".names", &"a name is needed"));
        }
        for name in &host.names {
            let parsed =
                HostName::parse(name).map_err(|error| wrong(".names", &format!("{name:?}: {error}")))?;
            if known.contains(&parsed) {
                return Err(wrong(".names", &format!("{name} is there twice")));
            }
            known.push(parsed);
        }
        if host.certificate.is_some() && !has_tls {
            return Err(wrong(".certificate", &"a section [tls] is needed, which may be empty"));
        }
        if !host.users(place).are_some() {
            return Err(wrong("", &"there are no users, so nobody could log in"));
        }
    }
    Ok(())
}

/// The names are known, and greeted.
pub(super) fn apply(all: &[Section], mut builder: ServerBuilder) -> ServerBuilder {
    for host in all {
        for name in host.names() {
            builder = match &host.welcome {
                Some(welcome) => builder.host_welcome(name, welcome),
                None => builder.host_name(name),
            };
        }
    }
    builder
}
