//! `[accounts]`, `[user.NAME]` and `[group.NAME]`: who may log in, and what for.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tracing::error;
use wharf_accounts::{
    Accounts, HttpHook, Lasting, ProgramHook, Settings, SqlUsers, UsersFile, UsersFileError, UsersFolder,
};

use super::{
    Loaded, Time,
    hidden::Hidden,
    problem::{Problem, Wrong},
};

pub(crate) const EXAMPLE: &str = r#"
# Users. Nobody gets in who is not named here or in what is named here. They are looked for in this order: the sections
# [user.NAME] below, the file, the folder, the database, the service, the program. The first that knows the name decides.
[accounts]
# A file with such sections: see `wharf user`. It is read again when it changes.
# users-file = "users.toml"
# A folder with a file NAME.toml for each user, which holds the keys of a user. A file is read at each login.
# users-folder = "users"

# A database: sqlite:FILE, with its whole name, or postgres://USER:PASSWORD@HOST/DATABASE. It is asked at each login.
# [accounts.sql]
# url = "sqlite:/var/lib/wharf/users.db"
# The name is $1. Each column of the row is a key of a user; `settings` is JSON with further keys.
# query = "SELECT password, settings FROM users WHERE name = $1"
# How long an answer is waited for.
# timeout = "10 s"

# A service that is asked by a POST at each login, and answers in JSON: docs/configuration.md has the words.
# [accounts.http]
# url = "https://users.example.org/login"
# A header of that name.
# authorization = "Bearer 0123456789abcdef"
# timeout = "10 s"

# A program that is started at each login, with the same JSON on its standard input and output.
# [accounts.program]
# command = ["/usr/local/bin/ftp-login", "--json"]
# timeout = "10 s"

# What users of a group share; what a user's own section says counts more.
[group.staff]
# The folder that is served; {user} stands for the name.
root = "/srv/ftp/{user}"
# Whether it is made at login where it is missing.
# create-root = false
# Folders from elsewhere, by where they are in the tree.
# folders = { "/shared" = "/srv/shared" }
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
# How much may be kept in the root: octets of all files, and files with folders. Users with the same root share it.
# quota = { octets = "10G", entries = 100000 }
# The largest file that may be sent, and fetched.
# max-upload = "1G"
# max-download = "1G"
# Names that are neither shown nor taken, and those that new files may have; letters match whatever their case.
# names = { deny = [".ht*", "*.exe"], allow = ["*.pdf", "*.tif"] }
# The permission bits that new files and folders do not get, besides those that the umask of the server takes.
# umask = "027"

# Whoever logs in as `anonymous` or `ftp`, with any password. Nobody does without this section.
# [accounts.anonymous]
# root = "/srv/pub"
"#;

/// How long an answer is waited for unless it is said.
const WITHIN: Duration = Duration::from_secs(10);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Section {
    users_file: Option<PathBuf>,
    users_folder: Option<PathBuf>,
    sql: Option<Sql>,
    http: Option<Http>,
    program: Option<Program>,
    anonymous: Option<Settings>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Sql {
    url: Hidden,
    query: Option<String>,
    timeout: Option<Time>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Http {
    url: Hidden,
    authorization: Option<Hidden>,
    timeout: Option<Time>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Program {
    command: Vec<Hidden>,
    timeout: Option<Time>,
}

/// Users of the server, or of one of its virtual hosts.
pub(super) struct Users<'a> {
    /// Where they are in the configuration.
    pub(super) within: Vec<String>,
    pub(super) section: &'a Section,
    pub(super) user: &'a BTreeMap<String, Settings>,
    pub(super) group: &'a BTreeMap<String, Settings>,
    /// What holds for all of them, and the name of their host.
    pub(super) host: Option<(&'a Settings, &'a str)>,
}

impl Users<'_> {
    /// Whether anybody could log in.
    pub(super) fn are_some(&self) -> bool {
        let Section { users_file, users_folder, sql, http, program, anonymous } = self.section;
        users_file.is_some()
            || users_folder.is_some()
            || sql.is_some()
            || http.is_some()
            || program.is_some()
            || anonymous.is_some()
            || !self.user.is_empty()
    }

    /// Who may log in; with what lasts of an earlier configuration.
    pub(super) fn accounts(&self, loaded: &Loaded, earlier: &mut Earlier) -> Result<Accounts, Wrong> {
        self.build(loaded, earlier).map_err(|wrong| wrong.below(&self.within))
    }

    fn build(&self, loaded: &Loaded, earlier: &mut Earlier) -> Result<Accounts, Wrong> {
        let Section { users_file, users_folder, sql, http, program, anonymous } = self.section;
        let mut accounts = Accounts::new(earlier.lasting.clone());
        if let Some((defaults, name)) = self.host {
            let wrong = |error| Wrong::at("defaults", error);
            accounts = accounts.of_host(name).defaults(defaults.clone()).map_err(wrong)?;
        }
        accounts = accounts
            .groups(self.group.clone())
            .map_err(|(name, error)| Wrong::key(&["group", &name], error))?;
        for (name, settings) in self.user {
            accounts.check(name, settings).map_err(|error| Wrong::key(&["user", name], error))?;
        }
        let forgive = |earlier: &Earlier, wrong: Result<(), Wrong>| {
            earlier.forgive(wrong, |wrong| loaded.problem(wrong.below(&self.within)))
        };
        accounts = accounts.source(self.user.clone());
        if let Some(file) = users_file {
            let key = "accounts.users-file";
            let file = earlier.users_file(loaded.path(file)).map_err(|error| in_file(key, &error))?;
            forgive(earlier, check_all(&accounts, key, &file.users()))?;
            accounts = accounts.source(file);
        }
        if let Some(folder) = users_folder {
            let key = "accounts.users-folder";
            let folder = UsersFolder::new(loaded.path(folder));
            let users = folder.users().map_err(|error| in_file(key, &error));
            forgive(earlier, users.and_then(|users| check_all(&accounts, key, &users)))?;
            accounts = accounts.source(folder);
        }
        let within = |time: Option<Time>| time.map_or(WITHIN, |time| time.0);
        if let Some(sql) = sql {
            let users = SqlUsers::new(&sql.url, sql.query.clone(), within(sql.timeout));
            accounts = accounts.source(users.map_err(|error| Wrong::at("accounts.sql.url", error))?);
        }
        if let Some(http) = http {
            if !http.url.starts_with("https://") && !http.url.starts_with("http://") {
                return Err(Wrong::at("accounts.http.url", "it begins with https:// or http://"));
            }
            let authorization = http.authorization.as_ref().map(|hidden| hidden.to_string());
            accounts =
                accounts.source(HttpHook::new(http.url.to_string(), authorization, within(http.timeout)));
        }
        if let Some(program) = program {
            let Some((name, arguments)) = program.command.split_first() else {
                return Err(Wrong::at("accounts.program.command", "a program is needed"));
            };
            let arguments = arguments.iter().map(|argument| argument.to_string().into()).collect();
            accounts = accounts.source(ProgramHook::new(
                loaded.path(Path::new(&**name)),
                arguments,
                within(program.timeout),
            ));
        }
        if let Some(settings) = anonymous {
            let wrong = |error| Wrong::key(&["accounts", "anonymous"], error);
            accounts = accounts.anonymous(settings.clone()).map_err(wrong)?;
        }
        Ok(accounts)
    }
}

/// What a server has of its earlier configurations.
#[derive(Debug, Default)]
pub(crate) struct Earlier {
    lasting: Lasting,
    users_files: BTreeMap<PathBuf, UsersFile>,
    serves: bool,
}

impl Earlier {
    /// From now on there are sessions: what is wrong with one user is no reason that a change for others has no effect.
    pub(crate) fn serves(&mut self) {
        self.serves = true;
    }

    /// The file; where it is no good any more, as it was.
    fn users_file(&mut self, path: PathBuf) -> Result<UsersFile, UsersFileError> {
        let file = match (UsersFile::open(&path), self.users_files.get(&path)) {
            (Err(error), Some(earlier)) => {
                error!("users stay as they were: {error}");
                earlier.clone()
            }
            (opened, _) => opened?,
        };
        self.users_files.insert(path, file.clone());
        Ok(file)
    }

    /// What is wrong with single users, who do not get in, keeps a server from starting, and not from going on.
    fn forgive(&self, wrong: Result<(), Wrong>, placed: impl FnOnce(Wrong) -> Problem) -> Result<(), Wrong> {
        match wrong {
            Err(wrong) if self.serves => {
                error!("somebody cannot log in: {}", placed(wrong));
                Ok(())
            }
            other => other,
        }
    }
}

/// What is wrong with a file of users, with the line in it.
fn in_file(key: &str, error: &UsersFileError) -> Wrong {
    Wrong::at(key, super::problem::in_users(error))
}

fn check_all(accounts: &Accounts, key: &str, users: &BTreeMap<String, Settings>) -> Result<(), Wrong> {
    for (name, settings) in users {
        accounts
            .check(name, settings)
            .map_err(|error| Wrong::at(key, format_args!("user {name:?}: {error}")))?;
    }
    Ok(())
}
