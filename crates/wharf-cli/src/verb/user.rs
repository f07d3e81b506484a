//! `wharf user`.

mod file;

use std::{
    io::{self, IsTerminal, Read},
    path::{Path, PathBuf},
};

use serde::Serialize;
use wharf_accounts::PasswordHash;

use self::file::Users;
use super::OwnVerb;
use crate::{
    exit::{Exit, Failure},
    output::{Output, Record},
    password_file,
};

/// Look after the file of users that a server reads.
///
/// The file is the one that the configuration names with `users-file`, or one with sections [user.NAME] of its own. Comments
/// in it stay, and a server that runs reads it again. A password is never an argument: it is asked for, or read from
/// --password-file; - is standard input.
#[derive(Debug, clap::Args)]
pub(crate) struct User {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Add a user
    Add {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        password: Password,
        /// The folder that is served, unless a group says it
        #[arg(long, value_name = "DIR")]
        root: Option<String>,
        /// A group whose settings the user has; may be repeated
        #[arg(long, value_name = "NAME")]
        group: Vec<String>,
    },
    /// Give a user another password
    Passwd {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        password: Password,
    },
    /// Take a user out
    Rm {
        #[command(flatten)]
        of: Of,
    },
    /// Show the names of all users
    List {
        /// The file of users
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
struct Of {
    /// The name
    name: String,
    /// The file of users
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
}

#[derive(Debug, clap::Args)]
struct Password {
    /// The file that holds the password; - is standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
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
wharf user add anna --root /srv/ftp/anna --file users.toml
wharf user passwd anna --file users.toml --password-file anna.password
wharf user list --file users.toml";

    fn run(self, output: Output) -> Result<(), Failure> {
        match self.action {
            Action::Add { of: Of { name, file }, password, root, group } => {
                let mut users = Users::read_or_new(&file)?;
                users.add(&name, root.as_deref(), &group)?;
                if root.is_none() && group.is_empty() {
                    let text = "a user needs a folder: --root, or a --group that has one";
                    return Err(Failure::usage(text));
                }
                users.set_password(&name, &password.hash()?)?;
                users.write()?;
                output.done(&Named { name: &name, disabled: false })
            }
            Action::Passwd { of: Of { name, file }, password } => {
                let mut users = Users::read(&file)?;
                let disabled = users.is_disabled(&name)?;
                users.set_password(&name, &password.hash()?)?;
                users.write()?;
                output.done(&Named { name: &name, disabled })
            }
            Action::Rm { of: Of { name, file } } => {
                let mut users = Users::read(&file)?;
                let disabled = users.is_disabled(&name)?;
                users.remove(&name)?;
                users.write()?;
                output.done(&Named { name: &name, disabled })
            }
            Action::List { file } => {
                let users = Users::read(&file)?;
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

impl Password {
    /// The hash of the password that is in the file, or is typed twice.
    fn hash(&self) -> Result<PasswordHash, Failure> {
        let password = match self.password_file.as_deref() {
            Some(file) if file == Path::new("-") => password_file::check(read_input()?, "standard input")?,
            Some(file) => password_file::read(file)?,
            None => ask()?,
        };
        if password.len() > PasswordHash::MAX_PASSWORD {
            let most = PasswordHash::MAX_PASSWORD;
            return Err(Failure::usage(format!("a password has {most} octets at most")));
        }
        PasswordHash::new(&password).map_err(|error| Failure::local("the password cannot be used", &error))
    }
}

fn read_input() -> Result<Vec<u8>, Failure> {
    let mut octets = Vec::new();
    let read = io::stdin().take(password_file::MAX_LEN as u64 + 3).read_to_end(&mut octets);
    read.map(|_| octets).map_err(|error| Failure::local("cannot read the password", &error))
}

fn ask() -> Result<Vec<u8>, Failure> {
    if !io::stderr().is_terminal() {
        return Err(Failure::usage("there is no password: --password-file FILE, or - for standard input"));
    }
    let prompt = |text: &str| {
        rpassword::prompt_password(text)
            .map_err(|error| Failure::local("cannot ask for the password", &error))
    };
    let password = prompt("Password: ")?;
    match prompt("Once more: ")? == password {
        true => Ok(password.into_bytes()),
        false => Err(Failure::new(Exit::Usage, "the two are not the same")),
    }
}
