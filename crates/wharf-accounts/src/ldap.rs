//! Users in an LDAP directory (RFC 4511): found by a search, or by a name made of theirs, and proved by a bind.

mod attributes;
mod conversation;
mod password_policy;
mod trust;

use std::{collections::BTreeMap, fmt, path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use ldap3::{ldap_escape, parse_filter};
use tokio::{sync::Semaphore, task::JoinSet, time::timeout};
use tracing::warn;
use url::{Host, Url};
use wharf::core::{pathname::escape_for_display, principal::LoginAttempt};

use self::{
    attributes::Attributes,
    conversation::{Conversation, Found, Question, Way},
};
use crate::{Answer, Settings, Source, SourceError};

/// How many are asked for at a time, each with a connection of its own.
const AT_A_TIME: usize = 16;

/// Where a directory is, and what its entries mean.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct LdapSettings {
    /// `ldaps://HOST` or `ldap://HOST`, with a port if it is another one. The latter begins with StartTLS.
    pub url: String,
    /// Whether `ldap://` stays in clear, passwords and all.
    pub in_clear: bool,
    /// A PEM file with the authorities that the directory's certificate is judged by; those of the system unless set.
    pub authorities: Option<PathBuf>,
    /// Who searches, with a password that is not empty; nobody in particular unless set.
    pub service: Option<(String, String)>,
    /// Below which entry users are looked for, at any depth.
    pub base: String,
    /// Instead of `service` and `base`: the name of each user's entry, with `{user}` for the user's name, as in
    /// `uid={user},ou=people,dc=example,dc=org`.
    pub bind_template: Option<String>,
    /// The attribute with the name of a user; `uid` where it is empty.
    pub name: String,
    /// What else must be true of their entries: a filter (RFC 4515).
    pub filter: Option<String>,
    /// The name of a group's entry, by which they must be named: in `member`, `uniqueMember` or `memberUid`.
    pub member_of: Option<String>,
    /// By the key of a user, `root` or `quota.octets`, the attribute that says it.
    pub attributes: BTreeMap<String, String>,
    /// Groups of all who are found, after those that an attribute names.
    pub groups: Vec<String>,
    /// The groups that there are: others of the directory's are not meant for this server.
    pub known_groups: Vec<String>,
    /// How long an answer is waited for.
    pub within: Duration,
}

/// What of [`LdapSettings`] is no good, as the name of its field, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct LdapProblem {
    /// The field.
    pub field: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

impl LdapProblem {
    fn new(field: &'static str, reason: impl fmt::Display) -> Self {
        Self { field, reason: reason.to_string() }
    }
}

/// A directory that is asked at each login: a search for the name, then a bind as who was found, with the password that was
/// given; or a bind as the entry that a template names. Each login has a connection of its own, at most 16 at a time.
///
/// With a template, nobody can be told from a wrong password: who is not proved is refused, and no later source is asked.
///
/// A name is that of an entry only if it is the same to the letter, whatever the directory's rules of matching say: `Anna` and
/// ` anna` would be other folders and other limits than those of `anna`. An empty password is never sent (RFC 4513, section
/// 5.1.2: the directory would say yes to it). A password that has expired, or must be changed before anything else, is none, though
/// the directory says yes to it. Referrals are not followed.
pub struct LdapUsers {
    conversation: Arc<Conversation>,
    name: String,
    filter: String,
    groups: Vec<String>,
    asking: Semaphore,
    within: Duration,
}

impl LdapUsers {
    /// Asks the directory that is described. It is connected to when somebody logs in.
    ///
    /// # Errors
    /// What is wrong with the settings; a file of authorities that cannot be read.
    pub fn new(settings: LdapSettings) -> Result<Self, LdapProblem> {
        let url = directory(&settings.url)?;
        let is_in_clear = url.scheme() == "ldap" && settings.in_clear;
        // The library compares the certificate with `[2001:db8::1]`, brackets and all.
        if !is_in_clear && matches!(url.host(), Some(Host::Ipv6(_))) {
            let reason = "over TLS a directory with an IPv6 address is to be called by its name";
            return Err(LdapProblem::new("url", reason));
        }
        if settings.service.as_ref().is_some_and(|(name, password)| name.is_empty() || password.is_empty()) {
            return Err(LdapProblem::new("service", "a name and a password are needed, or neither"));
        }
        let name = if settings.name.is_empty() { "uid".to_owned() } else { settings.name };
        if !is_attribute(&name) {
            return Err(LdapProblem::new("name", "this is no name of an attribute"));
        }
        let filter = settings.filter.unwrap_or_default();
        let filter = match filter.starts_with('(') || filter.is_empty() {
            true => filter,
            false => format!("({filter})"),
        };
        parse_filter(wanted(&filter, &name, "anna"))
            .map_err(|_| LdapProblem::new("filter", "this is no filter of RFC 4515"))?;
        let trust = match (&settings.authorities, is_in_clear) {
            (Some(_), true) => return Err(LdapProblem::new("authorities", "nothing is encrypted")),
            (None, true) => None,
            (file, false) => Some(trust::Trust::new(file.as_deref())?),
        };
        let way = match settings.bind_template {
            None => Way::Search { service: settings.service, base: settings.base },
            Some(template) => {
                if settings.service.is_some() || !settings.base.is_empty() {
                    let reason = "who binds as users at once neither searches for them nor below anything";
                    return Err(LdapProblem::new("bind-template", reason));
                }
                if !template.contains("={user}") {
                    return Err(LdapProblem::new(
                        "bind-template",
                        "={user} is not in it: uid={user},ou=people,…",
                    ));
                }
                Way::Template(template)
            }
        };
        if settings.member_of.as_ref().is_some_and(String::is_empty) {
            return Err(LdapProblem::new("member-of", "the name of a group's entry is needed"));
        }
        let attributes = Attributes::new(settings.attributes, settings.known_groups)?;
        let name_attribute = name.clone();
        let conversation = Conversation { url, trust, way, name, member_of: settings.member_of, attributes };
        Ok(Self {
            conversation: Arc::new(conversation),
            name: name_attribute,
            filter,
            groups: settings.groups,
            asking: Semaphore::new(AT_A_TIME),
            within: settings.within,
        })
    }

    /// What the directory says of a name, and of a password if there is one to try.
    async fn ask(&self, name: &str, password: Option<String>) -> Result<Found, SourceError> {
        let _turn = self.asking.acquire().await?;
        let conversation = Arc::clone(&self.conversation);
        let question =
            Question { filter: wanted(&self.filter, &self.name, name), name: name.to_owned(), password };
        // A task of its own, which ends with this one: the library panics at what is no LDAP.
        let mut task = JoinSet::new();
        task.spawn(async move { conversation.hold(&question).await });
        task.join_next().await.ok_or("the directory was not asked")??
    }
}

/// The password that the directory may see: never an empty one, to which it would say yes. One that is not text is not tried, but
/// the name is looked for, so that it is answered like any that is wrong.
fn to_try(attempt: &LoginAttempt<'_>) -> Option<String> {
    let password = str::from_utf8(attempt.password?.expose()).ok()?;
    Some(password).filter(|password| !password.is_empty()).map(str::to_owned)
}

/// The filter for the entry of `name`.
fn wanted(filter: &str, attribute: &str, name: &str) -> String {
    format!("(&{filter}({attribute}={}))", ldap_escape(name))
}

/// The directory's URL: a host, and perhaps a port.
fn directory(url: &str) -> Result<Url, LdapProblem> {
    let wrong = |reason: &dyn fmt::Display| LdapProblem::new("url", reason);
    let url = Url::parse(url).map_err(|error| wrong(&error))?;
    let is_bare = matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    match url.scheme() {
        "ldap" | "ldaps" if is_bare && url.host_str().is_some_and(|host| !host.is_empty()) => Ok(url),
        _ => Err(wrong(&"ldaps://HOST or ldap://HOST is needed, with a port at most")),
    }
}

/// Whether it is the name of an attribute, by letters or by numbers, perhaps with options (RFC 4512, section 2.5).
fn is_attribute(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | ';' | '.'))
}

#[async_trait]
impl Source for LdapUsers {
    async fn find(&self, attempt: &LoginAttempt<'_>) -> Result<Answer, SourceError> {
        let Some(name) = str::from_utf8(attempt.name).ok().filter(|name| !name.is_empty()) else {
            return Ok(Answer::Unknown);
        };
        let found = timeout(self.within, self.ask(name, to_try(attempt))).await;
        match found.map_err(|_| "the directory did not answer in time")?? {
            Found::Nobody => Ok(Answer::Unknown),
            Found::Unproved => Ok(Answer::Refused),
            Found::Refused(reason) => {
                let name = escape_for_display(attempt.name).to_string();
                warn!(reason, name, "the directory lets a user not log in");
                Ok(Answer::Refused)
            }
            Found::Broken(error) => Ok(Answer::broken(attempt, &error)),
            Found::Proved(settings) => Ok(Answer::Proved(Box::new(self.with_groups(*settings)))),
        }
    }

    /// A name is taken to the letter, and yet one entry may have several values of it, `anna` and `Anna`: that is one user, with one
    /// number of sessions. Two users whose names differ in case alone share it.
    fn is_exact(&self) -> bool {
        false
    }
}

impl LdapUsers {
    fn with_groups(&self, mut settings: Settings) -> Settings {
        if !self.groups.is_empty() {
            settings.groups.get_or_insert_default().extend(self.groups.iter().cloned());
        }
        settings
    }
}

/// Neither the URL nor who searches.
impl fmt::Debug for LdapUsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LdapUsers").finish_non_exhaustive()
    }
}

/// Without the password.
impl fmt::Debug for LdapSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LdapSettings").field("base", &self.base).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use wharf::core::principal::Secret;

    use super::*;

    fn settings(change: impl FnOnce(&mut LdapSettings)) -> Result<LdapUsers, LdapProblem> {
        let mut settings = LdapSettings {
            url: "ldap://ldap.example.org".into(),
            in_clear: true,
            base: "dc=example".into(),
            within: Duration::from_secs(20),
            ..LdapSettings::default()
        };
        change(&mut settings);
        LdapUsers::new(settings)
    }

    #[test]
    fn what_is_wrong_is_said_before_anybody_logs_in() {
        assert!(settings(|_| ()).is_ok());
        let urls =
            ["", "ldap:", "ldap:x", "ldap:///", "http://h", "ldap://h/dc=x", "ldap://a:b@h", "ldap://h:x"];
        for url in urls {
            assert_eq!(settings(|all| all.url = url.into()).unwrap_err().field, "url", "{url}");
        }
        let at = |url: &str, in_clear| settings(|all| (all.url, all.in_clear) = (url.into(), in_clear));
        assert!(at("ldap://[2001:db8::1]:3389", true).is_ok() && at("ldaps://192.0.2.1", false).is_ok());
        for (url, in_clear) in [("ldaps://[::1]", false), ("ldap://[::1]", false), ("ldaps://[::1]", true)] {
            assert_eq!(at(url, in_clear).unwrap_err().field, "url", "{url}");
        }
        let service = |name: &str, password: &str| Some((name.to_owned(), password.to_owned()));
        for service in [service("cn=x", ""), service("", "x")] {
            assert_eq!(settings(|all| all.service = service).unwrap_err().field, "service");
        }
        for name in ["uid=*)(x", "(", "*", "a b"] {
            assert_eq!(settings(|all| all.name = name.into()).unwrap_err().field, "name", "{name}");
        }
        for filter in ["(uid=x", "(uid=x))", "uid"] {
            let wrong = settings(|all| all.filter = Some(filter.into()));
            assert_eq!(wrong.unwrap_err().field, "filter", "{filter}");
        }
        assert!(settings(|all| all.filter = Some("objectClass=person".into())).is_ok());
        let template = |text: &'static str, base: &'static str| {
            settings(|all| (all.bind_template, all.base) = (Some(text.into()), base.into()))
        };
        assert!(template("uid={user},dc=example", "").is_ok());
        for (text, base) in
            [("uid={user},dc=example", "dc=example"), ("uid=anna,dc=example", ""), ("{user}", "")]
        {
            assert_eq!(template(text, base).unwrap_err().field, "bind-template", "{text}");
        }
        let wrong = settings(|all| all.member_of = Some(String::new()));
        assert_eq!(wrong.unwrap_err().field, "member-of");
        let wrong = settings(|all| all.authorities = Some("/nowhere.pem".into()));
        assert_eq!(wrong.unwrap_err().field, "authorities", "in clear");
    }

    #[test]
    fn an_empty_password_is_never_tried() {
        for (given, tried) in [
            (Some(&b"secret"[..]), Some("secret")),
            (Some(b" "), Some(" ")),
            (Some(b""), None),
            (Some(b"\xff"), None),
            (None, None),
        ] {
            let given = given.map(Secret::new);
            let mut attempt = LoginAttempt::new("192.0.2.7:9".parse().unwrap(), b"anna");
            attempt.password = given.as_ref();
            assert_eq!(to_try(&attempt).as_deref(), tried, "{given:?}");
        }
    }

    #[test]
    fn a_name_is_a_value_and_never_a_filter() {
        assert_eq!(wanted("(a=b)", "uid", "anna"), "(&(a=b)(uid=anna))");
        assert_eq!(wanted("", "uid", r"*)(uid=*\"), r"(&(uid=\2a\29\28uid=\2a\5c))");
        assert_eq!(wanted("", "uid", "a\0"), r"(&(uid=a\00))");
    }
}
