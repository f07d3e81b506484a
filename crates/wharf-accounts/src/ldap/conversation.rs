use std::pin::pin;

use futures_util::future::{Either, select};
use ldap3::{
    Ldap, LdapConnAsync, LdapConnSettings, LdapError, LdapResult, ResultEntry, Scope, SearchEntry,
    SearchOptions, dn_escape, ldap_escape,
};
use url::Url;

use super::{
    attributes::{self, Attributes},
    password_policy,
    trust::Trust,
};
use crate::{Settings, SourceError};

/// What the directory knows of somebody.
pub(super) enum Found {
    /// There is no such entry.
    Nobody,
    /// There is, and the password is wrong, or there is none.
    Unproved,
    /// There is, and the directory lets nobody in that way, for this reason.
    Refused(String),
    /// There is, and what it says is no good.
    Broken(SourceError),
    /// There is, and the password is right.
    Proved(Box<Settings>),
}

/// Codes of results (RFC 4511, appendix A.2).
mod code {
    pub(super) const SUCCESS: u32 = 0;
    pub(super) const OPERATIONS_ERROR: u32 = 1;
    pub(super) const SIZE_LIMIT_EXCEEDED: u32 = 4;
    pub(super) const STRONGER_AUTH_REQUIRED: u32 = 8;
    pub(super) const CONFIDENTIALITY_REQUIRED: u32 = 13;
    pub(super) const NO_SUCH_OBJECT: u32 = 32;
    pub(super) const INVALID_CREDENTIALS: u32 = 49;
    pub(super) const BUSY: u32 = 51;
    pub(super) const UNAVAILABLE: u32 = 52;
    pub(super) const OTHER: u32 = 80;
}

/// Who binds where there is no user to bind as.
const NOBODY: &str = "cn=nobody of this name";

/// Asks for entries alone (RFC 4511, section 4.5.1.8).
const NO_ATTRIBUTES: &str = "1.1";

/// The most entries that are waited for: one more than is good.
const ENTRIES: usize = 2;

/// How the entry of a name is come by.
pub(super) enum Way {
    /// By a search below an entry, as somebody or as nobody in particular; the password is tried afterwards.
    Search { service: Option<(String, String)>, base: String },
    /// By the name of the entry, with `{user}` in it: the password is tried at once, and the entry read as who it is.
    Template(String),
}

/// What is said to the directory at each login.
pub(super) struct Conversation {
    pub(super) url: Url,
    /// By what its certificate is judged; `None` in clear.
    pub(super) trust: Option<Trust>,
    pub(super) way: Way,
    /// The attribute with the name.
    pub(super) name: String,
    /// The entry of a group that they must be in.
    pub(super) member_of: Option<String>,
    pub(super) attributes: Attributes,
}

/// What is asked of one user.
pub(super) struct Question {
    /// What is true of the entry.
    pub(super) filter: String,
    pub(super) name: String,
    pub(super) password: Option<String>,
}

impl Conversation {
    /// Connects, looks for the entry and tries the password.
    ///
    /// # Errors
    /// The directory cannot be asked.
    pub(super) async fn hold(&self, question: &Question) -> Result<Found, SourceError> {
        let mut settings = LdapConnSettings::new();
        if let Some(trust) = &self.trust {
            settings = settings.set_config(trust.config()?).set_starttls(self.url.scheme() == "ldap");
        }
        let (connection, directory) = LdapConnAsync::from_url_with_settings(settings, &self.url).await?;
        let talk = pin!(async move {
            match &self.way {
                Way::Search { service, base } => {
                    self.by_search(directory, service.as_ref(), base, question).await
                }
                Way::Template(template) => {
                    self.by_template(directory, &entry_named(template, &question.name), question).await
                }
            }
        });
        match select(talk, pin!(connection.drive())).await {
            Either::Left((found, _)) => found,
            // All that the directory has sent is with the other half.
            Either::Right((_, talk)) => talk.await,
        }
    }

    async fn by_search(
        &self,
        mut directory: Ldap,
        service: Option<&(String, String)>,
        base: &str,
        question: &Question,
    ) -> Result<Found, SourceError> {
        if let Some((service, secret)) = service {
            directory.simple_bind(service, secret).await?.success()?;
        }
        let found = self.find(&mut directory, base, Scope::Subtree, question).await?;
        let Some(password) = question.password.as_ref() else {
            return Ok(found.map_or_else(|other| other, |_| Found::Unproved));
        };
        let entry = match found {
            Ok(entry) => entry,
            Err(other) => {
                // As long a conversation as about somebody who is there; of the answer nothing is made.
                let nobody = [NOBODY, base].join(if base.is_empty() { "" } else { "," });
                tried(&mut directory, &nobody, password).await?;
                return Ok(other);
            }
        };
        Ok(match tried(&mut directory, &entry.dn, password).await? {
            Proof::Right => self.proved(&entry),
            Proof::Wrong => Found::Unproved,
            Proof::None(reason) => Found::Refused(reason),
        })
    }

    async fn by_template(
        &self,
        mut directory: Ldap,
        dn: &str,
        question: &Question,
    ) -> Result<Found, SourceError> {
        let Some(password) = question.password.as_ref() else { return Ok(Found::Unproved) };
        match tried(&mut directory, dn, password).await? {
            Proof::Right => {}
            Proof::Wrong => return Ok(Found::Unproved),
            Proof::None(reason) => return Ok(Found::Refused(reason)),
        }
        Ok(match self.find(&mut directory, dn, Scope::Base, question).await {
            Ok(Ok(entry)) => self.proved(&entry),
            Ok(Err(Found::Nobody)) => {
                Found::Refused("its own entry is not what it must be, or not to be seen".into())
            }
            Ok(Err(other)) => other,
            // Another answer than to a wrong password would tell that this one is right.
            Err(error) => match error.downcast_ref() {
                Some(LdapError::LdapResult { result }) if !is_of_directory(result.rc) => {
                    Found::Refused(result.to_string())
                }
                _ => return Err(error),
            },
        })
    }

    /// The one entry with the name, of a user who may be let in.
    async fn find(
        &self,
        directory: &mut Ldap,
        base: &str,
        scope: Scope,
        question: &Question,
    ) -> Result<Result<SearchEntry, Found>, SourceError> {
        let mut wanted = self.attributes.wanted();
        wanted.push(&self.name);
        let mut found = entries(directory, base, scope, &question.filter, wanted).await?.into_iter();
        let entry = match (found.next(), found.next()) {
            (None, _) => Err(Found::Nobody),
            (Some(entry), None) => Ok(SearchEntry::construct(entry)),
            (Some(_), Some(_)) => Err(Found::Broken("several entries have this name".into())),
        };
        let entry = entry.and_then(|entry| {
            // A bind as an entry without a name would be one as nobody.
            let is_theirs = !entry.dn.is_empty() && attributes::has(&entry, &self.name, &question.name);
            if is_theirs { Ok(entry) } else { Err(Found::Nobody) }
        });
        let Some(group) = &self.member_of else { return Ok(entry) };
        // Asked of nobody too, so that the conversation is as long.
        let member = member(entry.as_ref().map_or(NOBODY, |entry| &entry.dn), &question.name);
        let groups = entries(directory, group, Scope::Base, &member, vec![NO_ATTRIBUTES]).await?;
        Ok(entry.and_then(|entry| if groups.is_empty() { Err(Found::Nobody) } else { Ok(entry) }))
    }

    fn proved(&self, entry: &SearchEntry) -> Found {
        match self.attributes.settings(entry) {
            Ok(settings) => Found::Proved(Box::new(settings)),
            Err(error) => Found::Broken(error),
        }
    }
}

/// The name of the entry that a template makes of a user's name, which is one value in it and nothing else (RFC 4514).
fn entry_named(template: &str, name: &str) -> String {
    template.replace("{user}", &dn_escape(name))
}

/// What is true of a group that somebody is in: one of `groupOfNames`, `groupOfUniqueNames` or `posixGroup`.
fn member(dn: &str, name: &str) -> String {
    let (dn, name) = (ldap_escape(dn), ldap_escape(name));
    format!("(|(member={dn})(uniqueMember={dn})(memberUid={name}))")
}

/// What a search finds: entries, two at most, and no referrals. Where there is nothing, none is found.
async fn entries<'a, S: AsRef<str> + Send + Sync + 'a>(
    directory: &mut Ldap,
    base: &str,
    scope: Scope,
    filter: &str,
    wanted: Vec<S>,
) -> Result<Vec<ResultEntry>, SourceError> {
    let few = SearchOptions::new().sizelimit(i32::try_from(ENTRIES)?);
    let mut search = directory.with_search_options(few).streaming_search(base, scope, filter, wanted).await?;
    let mut entries = Vec::new();
    while let Some(entry) = search.next().await? {
        if !entry.is_ref() && !entry.is_intermediate() {
            entries.push(entry);
        }
        if entries.len() == ENTRIES {
            return Ok(entries);
        }
    }
    let result = search.finish().await;
    match result.rc {
        code::SIZE_LIMIT_EXCEEDED => {}
        code::NO_SUCH_OBJECT if scope == Scope::Base => {}
        _ => drop(result.success()?),
    }
    Ok(entries)
}

enum Proof {
    Right,
    Wrong,
    None(String),
}

/// Tries the password of a user, and asks what the directory's policy says of it.
async fn tried(directory: &mut Ldap, dn: &str, password: &str) -> Result<Proof, SourceError> {
    proof(&directory.with_controls(vec![password_policy::request()]).simple_bind(dn, password).await?)
}

/// What the answer to a user's bind means. What is said of the directory, and not of the user, is an error.
fn proof(result: &LdapResult) -> Result<Proof, SourceError> {
    match result.rc {
        code::SUCCESS => {
            Ok(password_policy::objection(result).map_or(Proof::Right, |reason| Proof::None(reason.into())))
        }
        code::INVALID_CREDENTIALS => Ok(Proof::Wrong),
        rc if is_of_directory(rc) => Err(result.to_string().into()),
        _ => Ok(Proof::None(result.to_string())),
    }
}

/// Whether this result is a state of the directory, whoever asks.
fn is_of_directory(rc: u32) -> bool {
    matches!(
        rc,
        code::OPERATIONS_ERROR
            | code::STRONGER_AUTH_REQUIRED
            | code::CONFIDENTIALITY_REQUIRED
            | code::BUSY
            | code::UNAVAILABLE
            | code::OTHER
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(rc: u32) -> LdapResult {
        LdapResult { rc, matched: String::new(), text: String::new(), refs: Vec::new(), ctrls: Vec::new() }
    }

    #[test]
    fn a_name_is_a_value_and_never_a_part_of_another_name() {
        let template = "uid={user},ou=people,dc=example";
        assert_eq!(entry_named(template, "anna"), template.replace("{user}", "anna"));
        for (name, value) in [
            ("anna,ou=admins", r"uid=anna\2cou\3dadmins,ou=people,dc=example"),
            ("anna+cn=x", r"uid=anna\2bcn\3dx,ou=people,dc=example"),
            (r"a\", r"uid=a\5c,ou=people,dc=example"),
            (" a ", r"uid=\20a\20,ou=people,dc=example"),
            ("#a", r"uid=\23a,ou=people,dc=example"),
            ("a\0b", r"uid=a\00b,ou=people,dc=example"),
        ] {
            assert_eq!(entry_named(template, name), value, "{name:?}");
        }
        assert_eq!(
            member("uid=a(b)", "*"),
            r"(|(member=uid=a\28b\29)(uniqueMember=uid=a\28b\29)(memberUid=\2a))"
        );
    }

    #[test]
    fn only_success_is_a_proof_and_a_state_of_the_directory_is_none_of_the_user() {
        assert!(matches!(proof(&result(0)), Ok(Proof::Right)));
        assert!(matches!(proof(&result(49)), Ok(Proof::Wrong)));
        for refused in [10, 14, 19, 32, 48, 50, 53, 9999] {
            assert!(matches!(proof(&result(refused)), Ok(Proof::None(_))), "{refused}");
        }
        for unavailable in [1, 8, 13, 51, 52, 80] {
            assert!(proof(&result(unavailable)).is_err(), "{unavailable}");
        }
    }
}
