//! `[accounts]`, `[user.NAME]` and `[group.NAME]`: who may log in, and what for.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use wharf::core::host_name::HostName;
use wharf_accounts::{
    Accounts, HttpHook, Lasting, ProfileError, ProgramHook, Settings, SqlUsers, UsersFile, UsersFileError,
    UsersFolder,
};

use super::{
    Loaded, Time, earlier::Earlier, hidden::Hidden, ldap::Ldap, pam::Pam, premises::is_missing,
    problem::Wrong,
};

pub(crate) const EXAMPLE: &str = r#"
# Users. Nobody gets in who is not named here or in what is named here. They are looked for in this order: the sections
# [user.NAME] below, the file, the folder, the database, the directory, the service, the program, PAM. The first that knows
# the name decides.
[accounts]
# A file with such sections: see `wharf user`. It is read again when it changes.
# users-file = "users.toml"
# A folder with a file NAME.toml for each user, which holds the keys of a user. A file is read at each login.
# users-folder = "users"

# A database: sqlite:FILE, with its whole name, or postgres://USER:PASSWORD@HOST/DATABASE. It is asked at each login.
# [accounts.sql]
# url = "sqlite:/var/lib/wharf/users.db"
# The name is $1. Each column of the row is a key of a user; `settings` is JSON with further keys. Where the database takes
# several spellings for one name, `name` tells which it is: without it they are all one user for limits.
# query = "SELECT name, password, settings FROM users WHERE name = $1"
# How long an answer is waited for.
# timeout = "10 s"

# An LDAP directory. At each login the entry with the name is looked for, and then a bind as that entry tries the password.
# [accounts.ldap]
# ldaps://HOST, or ldap://HOST, which begins with StartTLS.
# url = "ldaps://ldap.example.org"
# Whether ldap:// stays in clear, with all passwords.
# in-clear = false
# The authorities that its certificate is judged by, if not those of the system.
# authorities = "ldap-ca.pem"
# Who searches; nobody in particular without these two.
# bind-dn = "cn=wharf,ou=services,dc=example,dc=org"
# bind-password = "correct horse"
# Below which entry.
# base = "ou=people,dc=example,dc=org"
# Instead of these three: the name of each user's entry, which is bound as at once.
# bind-template = "uid={user},ou=people,dc=example,dc=org"
# The attribute with the name, and what else must be true of the entry.
# name = "uid"
# filter = "(objectClass=posixAccount)"
# The group that they must be in, whose entry has them as member, uniqueMember or memberUid.
# member-of = "cn=ftp,ou=groups,dc=example,dc=org"
# Which attribute says what of a user. Groups are those with a section [group.NAME]; others are left out.
# attributes = { root = "homeDirectory", groups = "memberOf", expires = "shadowExpire", quota = { octets = "ftpQuota" } }
# Groups of all who are found there.
# groups = ["staff"]
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

# Users of the system, or whom else PAM proves, where the program was built with the feature pam.
# [accounts.pam]
# The file in /etc/pam.d.
# service = "wharf"
# Groups of all who are proved.
# groups = ["staff"]
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

# A user. Every key of a group is one of a user, and the other way round but for name, password, groups and certificates.
[user.anna]
# Made by `wharf user passwd`: Argon2id; bcrypt, SHA-crypt and apr1 are read too.
password = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$JRNsg0sD/CMCTs0BQ2dYdG1yeCLhzbqKEcsBZzmhv+k"
groups = ["staff"]
# The name in place of the one that was given: for limits, logs and {user}. A database, a service or a program that takes
# several spellings for one name is to tell it.
# name = "anna"
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
pub(super) const WITHIN: Duration = Duration::from_secs(10);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Section {
    users_file: Option<PathBuf>,
    users_folder: Option<PathBuf>,
    sql: Option<Sql>,
    ldap: Option<Ldap>,
    http: Option<Http>,
    program: Option<Program>,
    pam: Option<Pam>,
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
    pub(super) host: Option<(&'a Settings, HostName)>,
}

impl Users<'_> {
    /// Whether anybody could log in.
    pub(super) fn are_some(&self) -> bool {
        let Section { users_file, users_folder, sql, ldap, http, program, pam, anonymous } = self.section;
        users_file.is_some()
            || users_folder.is_some()
            || sql.is_some()
            || ldap.is_some()
            || http.is_some()
            || program.is_some()
            || pam.is_some()
            || anonymous.is_some()
            || !self.user.is_empty()
    }

    /// Who may log in; with what lasts of an earlier configuration.
    pub(super) fn accounts(&self, loaded: &Loaded, earlier: &mut Earlier) -> Result<Accounts, Wrong> {
        self.build(loaded, earlier).map_err(|wrong| wrong.below(&self.within))
    }

    /// The file that they are in, besides the configuration itself.
    pub(super) fn file(&self) -> Option<&Path> {
        self.section.users_file.as_deref()
    }

    /// The files and folders that say who they are, and by which a directory is judged.
    pub(super) fn read_later(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let Section { users_file, users_folder, ldap, .. } = self.section;
        let all = [
            ("users-file", users_file.as_ref()),
            ("users-folder", users_folder.as_ref()),
            ("ldap.authorities", ldap.as_ref().and_then(|ldap| ldap.authorities.as_ref())),
        ];
        all.into_iter().filter_map(|(key, file)| Some((key, file?.as_path())))
    }

    /// Whether these settings, with those of the groups and the host, make a user of this name.
    pub(super) fn check(&self, name: &str, settings: &Settings) -> Result<(), Wrong> {
        let accounts = self.empty(&Lasting::new())?;
        accounts.check(name, settings).map_err(|error| Wrong::key(&["user", name], error))
    }

    /// The accounts with groups, and without anybody.
    fn empty(&self, lasting: &Lasting) -> Result<Accounts, Wrong> {
        let (defaults, name) = self.host.clone().unzip();
        let defaults = defaults.cloned().unwrap_or_default();
        let accounts = Accounts::with_groups(lasting.clone(), self.group.clone(), defaults);
        let accounts = accounts.map_err(|error| match error {
            ProfileError::InGroup { group, source } => Wrong::key(&["group", &group], source),
            other => Wrong::at("defaults", other),
        })?;
        Ok(match name {
            Some(name) => accounts.of_host(name),
            None => accounts,
        })
    }

    /// Those who cannot log in since their folders are not there, as far as they are known without asking for each.
    pub(super) fn doubts(&self, loaded: &Loaded) -> Vec<Wrong> {
        let Ok(accounts) = self.empty(&Lasting::new()) else { return Vec::new() };
        let Section { users_file, users_folder, anonymous, .. } = self.section;
        let missing = |name: &str, settings: &Settings| {
            let folders = accounts.folders(name, settings).unwrap_or_default();
            let folder = folders.into_iter().find(|folder| is_missing(folder))?;
            Some(format!(
                "the folder {} is not there, so nobody gets in; create-root = true has a root made at login",
                crate::output::shown(&folder)
            ))
        };
        let mut doubts = Vec::new();
        for (name, settings) in self.user {
            doubts.extend(missing(name, settings).map(|text| Wrong::key(&["user", name], text)));
        }
        if let Some(settings) = anonymous {
            let text = missing("anonymous", settings);
            doubts.extend(text.map(|text| Wrong::at("accounts.anonymous", text)));
        }
        let of_file = users_file.as_ref().and_then(|file| UsersFile::open(loaded.path(file)).ok());
        let of_folder = users_folder.as_ref().map(|folder| UsersFolder::new(loaded.path(folder)));
        let all = [
            ("accounts.users-file", of_file.map(|file| file.users())),
            ("accounts.users-folder", of_folder.and_then(|folder| folder.users().ok())),
        ];
        for (key, users) in all {
            for (name, settings) in users.into_iter().flatten() {
                let text = missing(&name, &settings).map(|text| format!("user {name:?}: {text}"));
                doubts.extend(text.map(|text| Wrong::at(key, text)));
            }
        }
        doubts.into_iter().map(|wrong| wrong.below(&self.within)).collect()
    }

    fn build(&self, loaded: &Loaded, earlier: &mut Earlier) -> Result<Accounts, Wrong> {
        let Section { users_file, users_folder, sql, ldap, http, program, pam, anonymous } = self.section;
        let mut accounts = self.empty(&earlier.lasting)?;
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
        #[cfg(feature = "ldap")]
        if let Some(ldap) = ldap {
            let groups = self.group.keys().cloned().collect();
            let users = super::ldap::source(ldap, loaded, groups, &accounts)?;
            accounts = accounts.source(users);
        }
        #[cfg(not(feature = "ldap"))]
        if ldap.is_some() {
            return Err(Wrong::at("accounts.ldap", "this program was built without the feature ldap"));
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
        #[cfg(all(unix, feature = "pam"))]
        if let Some(pam) = pam {
            let groups: Vec<_> = self.group.keys().collect();
            let users = super::pam::source(pam, &groups, &accounts)?;
            accounts = accounts.source(users);
        }
        #[cfg(not(all(unix, feature = "pam")))]
        if pam.is_some() {
            return Err(Wrong::at("accounts.pam", "this program was built without the feature pam"));
        }
        if let Some(settings) = anonymous {
            let wrong = |error| Wrong::key(&["accounts", "anonymous"], error);
            accounts = accounts.anonymous(settings.clone()).map_err(wrong)?;
        }
        Ok(accounts)
    }
}

/// What is wrong with a file of users, with the line in it.
fn in_file(key: &str, error: &UsersFileError) -> Wrong {
    Wrong::at(key, super::problem::in_users(error))
}

/// Whether users who have nothing but groups, and what holds for all, could get in: they all do, or nobody.
#[cfg(any(feature = "ldap", all(unix, feature = "pam")))]
pub(super) fn of_groups_alone(
    accounts: &Accounts,
    key: &str,
    groups: Option<&[String]>,
) -> Result<(), Wrong> {
    let mut settings = Settings::default();
    settings.groups = groups.map(<[String]>::to_vec);
    // A name that can stand for {user}.
    accounts
        .check("anyone", &settings)
        .map_err(|error| Wrong::at(key, format_args!("nobody could get in by their groups: {error}")))
}

fn check_all(accounts: &Accounts, key: &str, users: &BTreeMap<String, Settings>) -> Result<(), Wrong> {
    for (name, settings) in users {
        accounts
            .check(name, settings)
            .map_err(|error| Wrong::at(key, format_args!("user {name:?}: {error}")))?;
    }
    Ok(())
}
