//! The configuration of `wharf serve --config FILE`: one TOML file, a section of it in each file here.
//!
//! ```text
//!   FILE ─▶ toml ─▶ Config ─▶ check ─▶ builder ─▶ Server
//!    variables, --set ──▲        └ problem: file, line, a suggestion
//! ```
//!
//! A section is a struct with serde's `deny_unknown_fields`, a commented example of itself in `EXAMPLE`, which names all of
//! its keys, and what it does to a [`wharf::ServerBuilder`].

pub(crate) mod accounts;
pub(crate) mod bans;
pub(crate) mod control;
pub(crate) mod difference;
pub(crate) mod example;
mod hidden;
pub(crate) mod host;
pub(crate) mod limits;
pub(crate) mod listen;
pub(crate) mod log;
pub(crate) mod metrics;
pub(crate) mod notify;
mod overlay;
pub(crate) mod passive;
pub(crate) mod problem;
pub(crate) mod process;
pub(crate) mod server;
pub(crate) mod speed;
mod time;
pub(crate) mod timeouts;
pub(crate) mod tls;

use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use wharf::{
    Server, ServerBuilder,
    server::{Advertised, VirtualHosts},
};
use wharf_accounts::Settings;

pub(crate) use self::time::Time;
use self::{
    accounts::{Earlier, Users},
    overlay::Overlay,
    problem::{Places, Problem, Wrong},
};

/// All that can be said of a server. One line here for each section.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    pub(crate) server: server::Section,
    pub(crate) listen: Vec<listen::Section>,
    pub(crate) tls: Option<tls::Section>,
    pub(crate) timeouts: timeouts::Section,
    pub(crate) limits: limits::Section,
    pub(crate) bans: bans::Section,
    pub(crate) passive: passive::Section,
    pub(crate) speed: speed::Section,
    pub(crate) control: control::Section,
    pub(crate) metrics: metrics::Section,
    pub(crate) notify: Vec<notify::Section>,
    pub(crate) process: process::Section,
    pub(crate) log: log::Section,
    pub(crate) host: Vec<host::Section>,
    pub(crate) accounts: accounts::Section,
    pub(crate) user: BTreeMap<String, Settings>,
    pub(crate) group: BTreeMap<String, Settings>,
}

/// A configuration that was read and found to be right.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) config: Config,
    /// What file names in it are seen from.
    pub(crate) folder: PathBuf,
    places: Places,
}

impl Loaded {
    /// Reads the file, with the environment's variables and then `set`, a `KEY=VALUE` each, over it.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub(crate) fn read(file: &Path, set: &[String]) -> Result<Self, Problem> {
        let loaded = Self::read_alone(file, set)?;
        loaded.check_files().map_err(|wrong| loaded.problem(wrong))?;
        Ok(loaded)
    }

    /// As [`read`](Self::read), without a look at the files that the configuration names. A server that runs may not read some
    /// of them any more, has what is in others, or looks into them when it must.
    ///
    /// # Errors
    /// The first thing that is wrong with the file itself.
    pub(crate) fn read_alone(file: &Path, set: &[String]) -> Result<Self, Problem> {
        let text = fs::read_to_string(file).map_err(|error| Problem::unreadable(file, &error))?;
        let places = Places::of(file, text);
        let config: Config = toml::from_str(places.text()).map_err(|error| places.in_toml(&error))?;
        let config = Overlay::from_environment_and(set)?.over(config, &places)?;
        let folder = match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let loaded = Self { config, folder, places };
        loaded.check().map_err(|wrong| loaded.problem(wrong))?;
        Ok(loaded)
    }

    /// What is wrong, with its place in the file.
    pub(crate) fn problem(&self, wrong: Wrong) -> Problem {
        self.places.at(wrong)
    }

    /// A file that the configuration names.
    pub(crate) fn path(&self, named: &Path) -> PathBuf {
        self.folder.join(named)
    }

    /// What holds between keys, and no type can say.
    fn check(&self) -> Result<(), Wrong> {
        let Config { listen, tls, timeouts, limits, bans, passive, host, .. } = &self.config;
        listen::check(listen, tls.is_some())?;
        if let Some(tls) = tls {
            tls.check(self)?;
        }
        timeouts.check()?;
        limits.check()?;
        bans.check()?;
        notify::check(&self.config.notify, self)?;
        passive.check()?;
        host::check(host, tls.is_some())?;
        if host.is_empty() && !self.users().are_some() {
            return Err(Wrong::at("accounts", "there are no users, so nobody could log in"));
        }
        Ok(())
    }

    /// Those of no virtual host.
    fn users(&self) -> Users<'_> {
        let Config { accounts, user, group, .. } = &self.config;
        Users { within: Vec::new(), section: accounts, user, group, host: None }
    }

    /// Who may log in, and where; with what lasts of an earlier configuration.
    pub(crate) fn accounts(&self, earlier: &mut Earlier) -> Result<VirtualHosts, Wrong> {
        let mut hosts = VirtualHosts::new();
        for (place, host) in self.config.host.iter().enumerate() {
            let accounts = host.users(place).accounts(self, earlier)?;
            hosts = host.names().fold(hosts, |hosts, name| hosts.host(name, accounts.clone()));
        }
        let users = self.users();
        match users.are_some() {
            true => Ok(hosts.others(users.accounts(self, earlier)?)),
            false => Ok(hosts),
        }
    }

    /// What is in the files that the configuration names.
    fn check_files(&self) -> Result<(), Wrong> {
        self.check_certificates()?;
        self.accounts(&mut Earlier::default()).map(drop)
    }

    /// Whether a server that starts now would have TLS as it is wanted.
    pub(crate) fn check_certificates(&self) -> Result<(), Wrong> {
        let hosts = self.config.host.iter().enumerate();
        hosts.into_iter().try_for_each(|(place, host)| host.check_certificate(place, self))?;
        self.config.tls.as_ref().map_or(Ok(()), |tls| tls.tls(self).map(drop))
    }

    /// A server that is like this, but for who may log in, which is [`accounts`](Self::accounts).
    /// Sockets of a service manager take the place of the addresses; `outside` is the public address, where it is found out.
    pub(crate) fn builder(
        &self,
        sockets: Vec<TcpListener>,
        outside: &Advertised,
    ) -> Result<ServerBuilder, Wrong> {
        let Config { server, listen, tls, timeouts, limits, bans, passive, speed, host, .. } = &self.config;
        let mut builder = server.apply(Server::builder());
        builder = listen::apply(listen, sockets, builder);
        if let Some(tls) = tls {
            builder = builder.tls(tls.tls(self)?);
        }
        builder = timeouts.apply(builder);
        builder = limits.apply(builder);
        builder = bans.apply(builder, self);
        builder = passive.apply(builder, outside);
        builder = host::apply(host, builder);
        Ok(builder.speed(speed.together(), speed.each()))
    }
}

#[cfg(test)]
mod tests;
