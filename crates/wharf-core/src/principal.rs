//! Who is logged in, and what for.

use std::{fmt, net::SocketAddr, sync::Arc};

use async_trait::async_trait;
use wharf_storage::{Pathname, Storage};

use crate::{
    access::Access, account::Account, extensions::Extensions, host_name::HostName, protection::Requirements,
};

/// Somebody who is logged in: a name, a tree of files and what may be done there.
#[derive(Clone, Debug)]
pub struct Principal {
    name: Arc<str>,
    account: Account,
    storage: Arc<dyn Storage>,
    home: Pathname,
    permissions: Permissions,
    session_limit: Option<usize>,
    required_protection: Requirements,
    extensions: Extensions,
}

impl Principal {
    /// Somebody with this name, as whoever knows it spells it, whose files are in `storage`, at home in its root, with [no permissions](Permissions::none).
    pub fn new(name: impl Into<Arc<str>>, storage: Arc<dyn Storage>) -> Self {
        let (home, permissions) = (Pathname::root(), Permissions::none());
        let extensions = Extensions::default();
        let name = name.into();
        Self {
            account: Account::new(&*name),
            name,
            storage,
            home,
            permissions,
            session_limit: None,
            required_protection: Requirements::NONE,
            extensions,
        }
    }

    /// Sets whose sessions count together, in place of those of who has this name at no virtual host.
    #[must_use]
    pub fn account(mut self, account: Account) -> Self {
        self.account = account;
        self
    }

    /// Whose sessions count together.
    pub fn counted_for(&self) -> &Account {
        &self.account
    }

    /// Sets the working directory after login. It need not exist.
    #[must_use]
    pub fn home(mut self, home: Pathname) -> Self {
        self.home = home;
        self
    }

    /// Sets what may be done where.
    #[must_use]
    pub fn permissions(mut self, permissions: Permissions) -> Self {
        self.permissions = permissions;
        self
    }

    /// Sets how many sessions of the account may be logged in at a time.
    #[must_use]
    pub fn session_limit(mut self, sessions: usize) -> Self {
        self.session_limit = Some(sessions);
        self
    }

    /// Puts another storage in place of this one, made of it.
    #[must_use]
    pub fn map_storage(mut self, change: impl FnOnce(Arc<dyn Storage>) -> Arc<dyn Storage>) -> Self {
        self.storage = change(self.storage);
        self
    }

    /// Sets what must be protected by TLS, besides what the listener asks.
    #[must_use]
    pub fn require_protection(mut self, required: Requirements) -> Self {
        self.required_protection = required;
        self
    }

    /// What must be protected by TLS, besides what the listener asks.
    pub fn required_protection(&self) -> Requirements {
        self.required_protection
    }

    /// Adds a value for the driver or the embedding program's commands.
    #[must_use]
    pub fn extension<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.extensions.insert(value);
        self
    }

    /// The values that were added.
    pub fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// The name, as logs and events have it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the files are. [`View`](crate::view::View) is the way to them that checks permissions.
    pub(crate) fn storage(&self) -> &Arc<dyn Storage> {
        &self.storage
    }

    /// The working directory after login.
    pub fn home_directory(&self) -> &Pathname {
        &self.home
    }

    /// What is permitted at `path`.
    pub fn access(&self, path: &Pathname) -> Access {
        self.permissions.at(path)
    }

    /// What is permitted at each entry of `directory`.
    pub(crate) fn access_in(&self, directory: Pathname) -> EntryAccess {
        self.permissions.in_directory(directory)
    }

    /// Whether a move gives more access to nothing that it moves: see [`Permissions::hold_after_move`].
    pub(crate) fn may_move(&self, from: &Pathname, to: &Pathname) -> bool {
        self.permissions.hold_after_move(from, to)
    }

    /// How many sessions of the account may be logged in at a time; `None` for any number.
    pub fn max_sessions(&self) -> Option<usize> {
        self.session_limit
    }
}

/// What may be done where: the nearest ancestor's entry decides alone, and where there is none, nothing is permitted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions(Vec<(Pathname, Access)>);

impl Permissions {
    /// Nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// List and read everywhere.
    pub fn read_only() -> Self {
        Self::none().with(Pathname::root(), Access::LIST | Access::READ)
    }

    /// Everything everywhere.
    pub fn read_write() -> Self {
        Self::none().with(Pathname::root(), Access::all())
    }

    /// Sets what is permitted at `path` and below, up to the next entry.
    #[must_use]
    pub fn with(mut self, path: Pathname, access: Access) -> Self {
        self.0.retain(|(other, _)| *other != path);
        // Each session has them, most often one.
        self.0.reserve_exact(1);
        self.0.push((path, access));
        self
    }

    /// These, and of them nothing but `access`.
    #[must_use]
    pub fn only(mut self, access: Access) -> Self {
        self.0.iter_mut().for_each(|(_, permitted)| *permitted &= access);
        self
    }

    /// What is permitted at `path`.
    pub fn at(&self, path: &Pathname) -> Access {
        let above = self.0.iter().filter(|(ancestor, _)| path.starts_with(ancestor));
        above
            .max_by_key(|(ancestor, _)| ancestor.as_bytes().len())
            .map_or(Access::empty(), |(_, access)| *access)
    }

    fn in_directory(&self, directory: Pathname) -> EntryAccess {
        let own = self.0.iter().filter(|(path, _)| path.parent().as_ref() == Some(&directory));
        let own = own.filter_map(|(path, access)| Some((path.name()?.to_vec(), *access))).collect();
        EntryAccess { inherited: self.at(&directory), own, directory }
    }

    /// Whether nothing that lies at `from` or below would have more access at `to`, so that a name cannot be used to get
    /// round an entry.
    fn hold_after_move(&self, from: &Pathname, to: &Pathname) -> bool {
        let holds = |below: &[u8]| {
            let at = |top: &Pathname| top.resolve(below).map(|path| self.at(&path));
            matches!((at(from), at(to)), (Ok(before), Ok(after)) if before.contains(after))
        };
        let entries = self.0.iter().flat_map(|(path, _)| [below(path, from), below(path, to)]);
        holds(b"") && entries.flatten().all(holds)
    }
}

/// What is permitted at the entries of one directory: found out once, for listings are long.
pub(crate) struct EntryAccess {
    directory: Pathname,
    inherited: Access,
    own: Vec<(Vec<u8>, Access)>,
}

impl EntryAccess {
    /// What is permitted at the entry `name`; nothing at one that no pathname can name.
    pub(crate) fn at(&self, name: &[u8]) -> Access {
        match self.directory.can_join(name) {
            Ok(()) => self.own.iter().find(|(own, _)| own == name).map_or(self.inherited, |(_, own)| *own),
            Err(_) => Access::empty(),
        }
    }
}

/// What leads from `top` to `path`, if it lies below.
fn below<'a>(path: &'a Pathname, top: &Pathname) -> Option<&'a [u8]> {
    let rest = path.starts_with(top).then(|| path.as_bytes().get(top.as_bytes().len()..))??;
    Some(rest.strip_prefix(b"/").unwrap_or(rest))
}

/// Decides who may log in.
///
/// The server asks it once for each login, when everything that the client has to say is known.
#[async_trait]
pub trait Authenticator: fmt::Debug + Send + Sync + 'static {
    /// Whether to ask for a password. `true` unless the name is one of somebody who has none.
    ///
    /// Unknown names give `true`, so that the answer to USER does not tell which names exist.
    async fn needs_password(&self, attempt: &LoginAttempt<'_>) -> bool {
        let _ = attempt;
        true
    }

    /// The principal whom this attempt names and proves to be.
    ///
    /// # Errors
    /// [`LoginError`]. Unknown names and wrong passwords are to take the same time.
    async fn authenticate(&self, attempt: &LoginAttempt<'_>) -> Result<Principal, LoginError>;

    /// Whose account this attempt is for, as far as that can be told without asking anybody: failed logins count by it.
    ///
    /// It depends on nothing that a client can choose freely, such as names of hosts that are none. One that is made of others
    /// says what the one says that it would ask. Spellings that may be taken for one name are to give one account.
    fn account(&self, attempt: &LoginAttempt<'_>) -> Account {
        Account::new(attempt.name).folded()
    }
}

/// What a client said of itself.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LoginAttempt<'a> {
    /// The control connection's peer.
    pub peer: SocketAddr,
    /// Whether the control connection is protected by TLS.
    pub protected: bool,
    /// The certificate that the client proved to own, in DER; its chain was verified.
    pub client_certificate: Option<&'a [u8]>,
    /// Which of the server's names the client means: what HOST said, else what the handshake of TLS asked for.
    pub host_name: Option<&'a HostName>,
    /// What USER said, octet for octet.
    pub name: &'a [u8],
    /// What PASS said; `None` if it was not asked.
    pub password: Option<&'a Secret>,
    /// What ACCT said; `None` if it was not asked.
    pub account: Option<&'a Secret>,
}

impl<'a> LoginAttempt<'a> {
    /// One of which nothing is known but the peer and the name, in clear.
    pub fn new(peer: SocketAddr, name: &'a [u8]) -> Self {
        Self {
            peer,
            protected: false,
            client_certificate: None,
            host_name: None,
            name,
            password: None,
            account: None,
        }
    }
}

/// Why a login did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// The name, the password or the account is wrong, or login is not permitted: the peer is not told which.
    #[error("login incorrect")]
    Incorrect,
    /// ACCT is needed too (RFC 959 section 4.1.1); 332.
    #[error("an account is needed")]
    AccountNeeded,
    /// The answer could not be found out.
    #[error("the login service is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It is [`Incorrect`](Self::Incorrect), but others are [`Unavailable`](Self::Unavailable) for this reason, and another answer than
    /// theirs would tell who there is: the peer is given theirs, and it counts as a failed login.
    #[error("login incorrect, while the login service is not available")]
    Concealed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Octets that are never shown: a password.
#[derive(Clone, Default)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Keeps these octets.
    pub fn new(octets: impl Into<Vec<u8>>) -> Self {
        Self(octets.into())
    }

    /// The octets, for comparing and sending.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Pathname {
        Pathname::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn nearest_ancestor_decides_alone() {
        let permissions = Permissions::none()
            .with(path("/"), Access::LIST)
            .with(path("/in"), Access::WRITE)
            .with(path("/in/closed"), Access::empty());
        assert_eq!(permissions.at(&path("/a/b")), Access::LIST);
        assert_eq!(permissions.at(&path("/in")), Access::WRITE);
        assert_eq!(permissions.at(&path("/in/x/y")), Access::WRITE);
        assert_eq!(permissions.at(&path("/inner")), Access::LIST);
        assert_eq!(permissions.at(&path("/in/closed/x")), Access::empty());
    }

    #[test]
    fn no_entry_permits_nothing() {
        assert_eq!(Permissions::none().at(&Pathname::root()), Access::empty());
        assert_eq!(Permissions::none().with(path("/a"), Access::all()).at(&path("/b")), Access::empty());
    }

    #[test]
    fn what_is_not_left_is_permitted_nowhere() {
        let all =
            Permissions::read_write().with(path("/in"), Access::WRITE).only(Access::LIST | Access::CREATE);
        assert_eq!(all.at(&path("/a")), Access::LIST | Access::CREATE);
        assert_eq!(all.at(&path("/in/a")), Access::CREATE);
    }

    #[test]
    fn a_move_gives_no_more_access() {
        let permissions = Permissions::read_write()
            .with(path("/a/closed"), Access::empty())
            .with(path("/box"), Access::all().difference(Access::READ))
            .with(path("/box/open"), Access::all());
        for (from, to, holds) in [
            ("/x", "/y", true),
            ("/x", "/box/x", true),
            ("/x", "/a/x", true),
            ("/a/b", "/b", true),
            ("/a/closed2", "/b", true),
            ("/box/x", "/box/y", true),
            ("/box/open/x", "/x", true),
            ("/a", "/b", false),
            ("/a/closed", "/b", false),
            ("/a/closed/x", "/b", false),
            ("/box/x", "/x", false),
            ("/box/x", "/box/open", false),
            ("/box", "/b", false),
        ] {
            assert_eq!(permissions.hold_after_move(&path(from), &path(to)), holds, "{from} to {to}");
        }
        let inbox = Permissions::read_write().with(path("/in"), Access::WRITE);
        assert!(inbox.hold_after_move(&path("/x"), &path("/in/x")));
        assert!(!inbox.hold_after_move(&path("/"), &path("/y")));
    }

    #[test]
    fn entries_of_a_directory_have_the_access_of_their_pathnames() {
        let permissions = Permissions::none()
            .with(path("/"), Access::LIST)
            .with(path("/in"), Access::WRITE)
            .with(path("/in/closed"), Access::empty())
            .with(path("/in/open/deep"), Access::all());
        for directory in ["/", "/in", "/in/open", "/in/closed", "/other"].map(path) {
            let in_directory = permissions.in_directory(directory.clone());
            for name in ["in", "i", "closed", "open", "deep", "x"] {
                let expected = permissions.at(&directory.join(name.as_bytes()).unwrap());
                assert_eq!(in_directory.at(name.as_bytes()), expected, "{directory} {name}");
            }
            for name in [&b""[..], b"..", b"a/b", b"a\0", &[b'a'; 256]] {
                assert_eq!(in_directory.at(name), Access::empty());
            }
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "***");
    }
}
