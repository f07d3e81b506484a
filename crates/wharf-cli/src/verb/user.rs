//! `wharf user`.

mod file;

use std::path::{Path, PathBuf};

use serde::Serialize;
use wharf_accounts::{Accounts, Lasting, PasswordHash, Settings};

use self::file::Users;
use super::OwnVerb;
use crate::{
    config::Loaded,
    exit::Failure,
    new_password::NewPassword,
    output::{self, Output, Record},
};

/// Look after the file of users that a server reads.
///
/// The file is the one that the configuration names with `users-file`: --config CONFIGURATION or --file says which. Where it names
/// several, for virtual hosts, --config and --host NAME say which, or --config and --file. Comments in it stay, and a server that runs reads it again. A password is never an argument: it is asked for, or read from
/// --password-file; - is standard input.
#[derive(Debug, clap::Args)]
pub(crate) struct User {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Add a user
    #[command(
        override_usage = "wharf user add <NAME> --config <CONFIGURATION> [--host <NAME> | --file <FILE>] [OPTIONS]\n       \
                          wharf user add <NAME> --file <FILE> [OPTIONS]"
    )]
    Add {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        password: NewPassword,
        /// The folder that is served, unless a group says it
        #[arg(long, value_name = "DIR")]
        root: Option<String>,
        /// A group of the configuration whose settings the user has; may be repeated
        #[arg(long, value_name = "NAME", requires = "config")]
        group: Vec<String>,
        /// Let the user change everything; what a group says or else listing and reading is permitted without
        #[arg(long)]
        write: bool,
    },
    /// Give a user another password
    #[command(
        override_usage = "wharf user passwd <NAME> --config <CONFIGURATION> [--host <NAME> | --file <FILE>] [OPTIONS]\n       \
                          wharf user passwd <NAME> --file <FILE> [OPTIONS]"
    )]
    Passwd {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        password: NewPassword,
    },
    /// Take a user out
    #[command(
        override_usage = "wharf user rm <NAME> --config <CONFIGURATION> [--host <NAME> | --file <FILE>] [OPTIONS]\n       \
                          wharf user rm <NAME> --file <FILE> [OPTIONS]"
    )]
    Rm {
        #[command(flatten)]
        of: Of,
    },
    /// Show the names of all users
    #[command(
        override_usage = "wharf user list --config <CONFIGURATION> [--host <NAME> | --file <FILE>] [OPTIONS]\n       \
                          wharf user list --file <FILE> [OPTIONS]"
    )]
    List {
        #[command(flatten)]
        kept: Kept,
    },
}

#[derive(Debug, clap::Args)]
struct Of {
    /// The name
    name: String,
    #[command(flatten)]
    kept: Kept,
}

/// Where the users are.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("where").required(true).multiple(true).args(["file", "config"])))]
struct Kept {
    /// The file of users; with --config too, which one of those that it names
    #[arg(long, value_name = "FILE", conflicts_with = "host")]
    file: Option<PathBuf>,
    /// The configuration that names the file of users, and has the groups
    #[arg(long, value_name = "CONFIGURATION")]
    config: Option<PathBuf>,
    /// A name of the virtual host whose file of users it is
    #[arg(long, value_name = "NAME", requires = "config")]
    host: Option<String>,
}

impl Kept {
    /// The file of users, and the configuration if it was named.
    fn find(&self) -> Result<(PathBuf, Option<Loaded>), Failure> {
        let Some(config) = &self.config else { return Ok((self.file.clone().unwrap_or_default(), None)) };
        let loaded = Loaded::read_alone(config, &[])?;
        let shown = output::shown(config);
        let file = match (&self.file, &self.host) {
            (Some(file), _) => file.clone(),
            (None, Some(host)) => loaded.users_file_of(host).ok_or_else(|| {
                Failure::usage(format!("{shown} names no users-file of a host {}", host.escape_debug()))
            })?,
            (None, None) => loaded.users_file().ok_or_else(|| {
                Failure::usage(format!(
                    "{shown} does not name one users-file; --file or --host says which is meant"
                ))
            })?,
        };
        Ok((file, Some(loaded)))
    }
}

/// A user.
#[derive(Serialize)]
struct Named<'a> {
    name: &'a str,
    disabled: bool,
}

impl Record for Named<'_> {
    const NAME: &'static str = "user";
}

impl OwnVerb for User {
    const EXAMPLES: &'static str = "\
wharf user add anna --root /srv/ftp/anna --write --file users.toml
wharf user add berta --group staff --config wharf.toml
wharf user add carla --group staff --config wharf.toml --host ftp.example.org
wharf user passwd anna --file users.toml --password-file anna.password
wharf user list --file users.toml";

    fn run(self, output: Output) -> Result<(), Failure> {
        match self.action {
            Action::Add { of: Of { name, kept }, password, root, group, write } => {
                let (file, config) = kept.find()?;
                let mut users = Users::read_or_new(&file)?;
                users.add(&name, root.as_deref(), &group, write)?;
                if root.is_none() && config.is_none() {
                    let text = "a user needs a folder: --root, or a --group that has one";
                    return Err(Failure::usage(text));
                }
                check(&name, &file, config.as_ref(), root.as_deref(), group)?;
                users.set_password(&name, &hash(&password)?)?;
                users.write()?;
                let folder = root.map(|root| PathBuf::from(root.replace("{user}", &name)));
                if let Some(folder) = folder.filter(|folder| !folder.exists()) {
                    let (name, folder) = (name.escape_debug(), output::shown(&folder));
                    output::warning(format_args!(
                        "{folder} is not there yet: {name} does not get in without"
                    ));
                }
                output.done(&Named { name: &name, disabled: false })
            }
            Action::Passwd { of: Of { name, kept }, password } => {
                let mut users = Users::read(&kept.find()?.0)?;
                let disabled = users.is_disabled(&name)?;
                users.set_password(&name, &hash(&password)?)?;
                users.write()?;
                output.done(&Named { name: &name, disabled })
            }
            Action::Rm { of: Of { name, kept } } => {
                let mut users = Users::read(&kept.find()?.0)?;
                let disabled = users.is_disabled(&name)?;
                users.remove(&name)?;
                users.write()?;
                output.done(&Named { name: &name, disabled })
            }
            Action::List { kept } => {
                let users = Users::read(&kept.find()?.0)?;
                let all = users.all();
                let records = all.iter().map(|(name, disabled)| Named { name, disabled: *disabled });
                output.put_all(records, |user| {
                    let state = if user.disabled { " (disabled)" } else { "" };
                    format!("{}{state}\n", user.name.escape_debug()).into_bytes()
                })
            }
        }
    }
}

/// Whether a server would take this user: one who is no good keeps it from starting.
fn check(
    name: &str,
    file: &Path,
    config: Option<&Loaded>,
    root: Option<&str>,
    groups: Vec<String>,
) -> Result<(), Failure> {
    let mut settings = Settings::default();
    settings.root = root.map(str::to_owned);
    settings.groups = (!groups.is_empty()).then_some(groups);
    let checked = match config {
        Some(loaded) => loaded.check_user(file, name, &settings),
        None => Accounts::new(Lasting::new()).check(name, &settings).map_err(|error| error.to_string()),
    };
    checked.map_err(|error| {
        let failure = Failure::usage(format!("{}: {error}", name.escape_debug()));
        let relative = root.filter(|root| Path::new(root).is_relative());
        match relative.and_then(|root| std::path::absolute(root).ok()) {
            Some(absolute) => failure.hint(&format!("--root {} is", output::shown(&absolute))),
            None => failure,
        }
    })
}

/// The hash of a new password.
fn hash(password: &NewPassword) -> Result<PasswordHash, Failure> {
    let password = password.read()?;
    if password.len() > PasswordHash::MAX_PASSWORD {
        let most = PasswordHash::MAX_PASSWORD;
        return Err(Failure::usage(format!("a password has {most} octets at most")));
    }
    PasswordHash::new(&password).map_err(|error| Failure::local("the password cannot be used", &error))
}
