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
pub(crate) mod earlier;
pub(crate) mod example;
mod hidden;
pub(crate) mod host;
mod ldap;
pub(crate) mod limits;
pub(crate) mod listen;
pub(crate) mod log;
pub(crate) mod metrics;
pub(crate) mod notify;
mod overlay;
mod pam;
pub(crate) mod passive;
mod premises;
pub(crate) mod problem;
pub(crate) mod process;
pub(crate) mod server;
pub(crate) mod speed;
pub(crate) mod telemetry;
mod time;
pub(crate) mod timeouts;
pub(crate) mod tls;

use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wharf::{
    Server, ServerBuilder,
    core::host_name::HostName,
    server::{Advertised, VirtualHosts},
};
use wharf_accounts::Settings;

pub(crate) use self::time::Time;
use self::{
    accounts::Users,
    earlier::Earlier,
    overlay::Overlay,
    problem::{Places, Problem, Wrong},
};
use crate::validity::{Doubt, Validity};

/// How long a look at the folders of users may take.
const PATIENCE: Duration = Duration::from_secs(10);

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
    pub(crate) telemetry: telemetry::Section,
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
        self.config.telemetry.check(cfg!(feature = "otel"))?;
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

    /// The file of users that is named, if it is one.
    pub(crate) fn users_file(&self) -> Option<PathBuf> {
        let mut files = self.all_users().filter_map(|users| Some(self.path(users.file()?)));
        files.next().filter(|_| files.next().is_none())
    }

    /// The file of the users of the virtual host with this name, if it has one.
    pub(crate) fn users_file_of(&self, host: &str) -> Option<PathBuf> {
        let host = HostName::parse(host).ok()?;
        let hosts = self.config.host.iter().enumerate();
        let (place, found) =
            hosts.into_iter().find(|(_, section)| section.names().any(|name| name == host))?;
        found.users(place).file().map(|file| self.path(file))
    }

    /// Whether somebody with these settings can be one of the users of `file`.
    ///
    /// # Errors
    /// They cannot, for the reason that is given; or the file is none of this configuration.
    pub(crate) fn check_user(&self, file: &Path, name: &str, settings: &Settings) -> Result<(), String> {
        let full = |file: &Path| std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let kept_there =
            |users: &Users<'_>| users.file().is_some_and(|named| full(&self.path(named)) == full(file));
        let mut all = self.all_users().filter(kept_there).peekable();
        if all.peek().is_none() {
            return Err(format!("the configuration does not read {}", crate::output::shown(file)));
        }
        all.try_for_each(|users| users.check(name, settings).map_err(|wrong| wrong.to_string()))
    }

    /// Those of all virtual hosts, and of none.
    fn all_users(&self) -> impl Iterator<Item = Users<'_>> {
        let hosts = self.config.host.iter().enumerate().map(|(place, host)| host.users(place));
        hosts.chain([self.users()])
    }

    /// The folders that are not there of what a server makes itself: without them none starts.
    pub(crate) fn unmade(&self) -> Vec<Problem> {
        premises::unmade(self).into_iter().map(|wrong| self.problem(wrong)).collect()
    }

    /// The folders in which who asks cannot make what a server makes there.
    pub(crate) fn unwritable(&self) -> Vec<Problem> {
        premises::unwritable(self).into_iter().map(|wrong| self.problem(wrong)).collect()
    }

    /// What is likely to be wrong with it, though a server starts: users whose folders are not there.
    pub(crate) fn doubts(&self) -> Vec<Problem> {
        let doubts = self.all_users().flat_map(|users| users.doubts(self));
        doubts.map(|wrong| self.problem(wrong)).collect()
    }

    /// The chains of all certificates, with their keys here.
    fn keyed_chains(&self) -> Vec<(String, PathBuf)> {
        let own = self.config.tls.iter().flat_map(|tls| tls.own().iter().enumerate());
        let own = own.map(|(place, pair)| (format!("tls.certificate.{place}.chain"), pair.files(self).0));
        let hosts = self.config.host.iter().enumerate().filter_map(|(place, host)| {
            let pair = host.certificate.as_ref()?;
            Some((format!("host.{place}.certificate.chain"), pair.files(self).0))
        });
        own.chain(hosts).collect()
    }

    /// The chains of all certificates.
    pub(crate) fn chains(&self) -> Vec<PathBuf> {
        self.keyed_chains().into_iter().map(|(_, chain)| chain).collect()
    }

    /// Certificates that are not good now, though a server starts with them, and those that will not be before long.
    pub(crate) fn ageing(&self) -> (Vec<Problem>, Vec<Problem>) {
        let (mut bad, mut soon) = (Vec::new(), Vec::new());
        for (key, chain) in self.keyed_chains() {
            let doubt = Validity::of_file(&chain).and_then(|validity| validity.doubt(Timestamp::now()));
            let Some(doubt) = doubt else { continue };
            let text = format!("the certificate in {}: {}", crate::output::shown(&chain), doubt.text());
            let problem = self.problem(Wrong::at(&key, text));
            match doubt {
                Doubt::Bad(_) => bad.push(problem),
                Doubt::Soon(_) => soon.push(problem),
            }
        }
        (bad, soon)
    }

    /// As [`doubts`](Self::doubts), for who cannot wait for ever: a file system that is gone may not answer at all.
    pub(crate) fn doubts_in_time(&self) -> Vec<String> {
        let loaded = self.clone();
        let doubts = premises::within(PATIENCE, move || loaded.doubts());
        let unknown = || {
            let seconds = PATIENCE.as_secs();
            vec![format!("whether the folders of all users are there was not known within {seconds} s")]
        };
        doubts.map_or_else(unknown, |doubts| doubts.iter().map(ToString::to_string).collect())
    }

    /// What is in the files that the configuration names.
    fn check_files(&self) -> Result<(), Wrong> {
        premises::check(self)?;
        self.check_certificates()?;
        notify::check_files(&self.config.notify, self)?;
        self.config.telemetry.check_files(self)?;
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
        builder = listen::apply(listen, sockets, tls.as_ref().map(tls::Section::requires), builder)?;
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
