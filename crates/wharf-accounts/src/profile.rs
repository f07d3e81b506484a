use std::{net::IpAddr, path::PathBuf};

use jiff::Zoned;
use wharf::{Access, Permissions, SpeedLimits, core::protection::Requirements, storage::Pathname};

use crate::{
    CertificateFingerprint, Expiry, Hours, Network, PasswordHash, Settings, Speed,
    tree::{Limits, NameRules},
};

/// Somebody's settings, with those of their groups, made whole and found to be right.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    pub(crate) password: Option<PasswordHash>,
    pub(crate) certificates: Option<Vec<CertificateFingerprint>>,
    pub(crate) admission: Admission,
    pub(crate) root: PathBuf,
    pub(crate) create_root: bool,
    pub(crate) home: Pathname,
    pub(crate) permissions: Permissions,
    pub(crate) protection: Requirements,
    pub(crate) sessions: Option<usize>,
    pub(crate) speed: Speed,
    pub(crate) folders: Vec<(Pathname, PathBuf)>,
    pub(crate) quota: Option<Limits>,
    pub(crate) max_upload: Option<u64>,
    pub(crate) max_download: Option<u64>,
    pub(crate) names: Option<NameRules>,
    pub(crate) umask: u32,
}

/// From where and when somebody gets in.
#[derive(Clone, Debug)]
pub(crate) struct Admission {
    disabled: bool,
    networks: Option<Vec<Network>>,
    hours: Option<Vec<Hours>>,
    expires: Option<Expiry>,
}

/// Why settings make no account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// Neither the user nor a group has a root.
    #[error("there is no root: which folder is to be served?")]
    NoRoot,
    /// A root that depends on where the server was started.
    #[error("the folder {0:?} is not absolute")]
    RelativeFolder(String),
    /// The name would lead elsewhere.
    #[error("the name {0:?} cannot stand for {{user}} in the name of a folder")]
    NameInPath(String),
    /// A group that is not there.
    #[error("there is no group {0:?}")]
    NoSuchGroup(String),
    /// A key that only a user can have.
    #[error("a group has no {0}")]
    OnlyForUsers(&'static str),
    /// What is wrong with a group.
    #[error("group {group:?}: {source}")]
    InGroup {
        /// Its name.
        group: String,
        /// What is wrong.
        source: Box<ProfileError>,
    },
    /// A folder cannot be put in the place of the root.
    #[error("folders: / is the root itself")]
    FolderAtRoot,
    /// A pattern that is none.
    #[error("names: {0}")]
    BadPattern(String),
    /// Something must be at least one.
    #[error("{0} must be at least 1; `disabled` keeps somebody out")]
    Zero(&'static str),
}

impl Profile {
    /// Puts together what `settings`, which have those of the groups in them, say of the user `name`.
    pub(crate) fn new(name: &str, settings: Settings) -> Result<Self, ProfileError> {
        let root = folder(settings.root.as_deref().ok_or(ProfileError::NoRoot)?, name)?;
        if settings.sessions == Some(0) {
            return Err(ProfileError::Zero("sessions"));
        }
        let permissions = settings.permissions.map_or_else(Permissions::read_only, |permissions| {
            permissions
                .into_iter()
                .fold(Permissions::none(), |all, (path, rights)| all.with(path.0, rights.0))
        });
        let mut folders = Vec::new();
        for (at, template) in settings.folders.unwrap_or_default() {
            if at.0.is_root() {
                return Err(ProfileError::FolderAtRoot);
            }
            folders.push((at.0, folder(&template, name)?));
        }
        let names = settings.names.as_ref().map(NameRules::new).transpose();
        let names = names.map_err(|error| ProfileError::BadPattern(error.to_string()))?;
        let read_only = settings.read_only.unwrap_or(false);
        Ok(Self {
            password: settings.password,
            certificates: settings.certificates,
            admission: Admission {
                disabled: settings.disabled.unwrap_or(false),
                networks: settings.networks,
                hours: settings.hours,
                expires: settings.expires,
            },
            root,
            create_root: settings.create_root.unwrap_or(false),
            home: settings.home.map_or_else(Pathname::root, |home| home.0),
            permissions: if read_only { permissions.only(Access::LIST | Access::READ) } else { permissions },
            protection: settings.tls.map_or(Requirements::NONE, Requirements::from),
            sessions: settings.sessions,
            speed: settings.speed.unwrap_or_default(),
            folders,
            quota: settings
                .quota
                .map(|quota| Limits { octets: quota.octets.map(|octets| octets.0), entries: quota.entries }),
            max_upload: settings.max_upload.map(|octets| octets.0),
            max_download: settings.max_download.map(|octets| octets.0),
            names,
            umask: settings.umask.map_or(0, |umask| umask.0),
        })
    }

    /// Whether the certificate that was shown is enough, or is one of those that are needed.
    pub(crate) fn is_certified(&self, certificate: Option<&[u8]>) -> bool {
        let Some(wanted) = &self.certificates else { return true };
        certificate.is_some_and(|shown| wanted.iter().any(|wanted| wanted.is_of(shown)))
    }

    /// Whether a certificate takes the place of a password.
    pub(crate) fn needs_no_password(&self) -> bool {
        self.password.is_none() && self.certificates.is_some()
    }
}

impl Admission {
    /// Why nobody gets in from this address now, for the log; `None` if somebody does.
    pub(crate) fn closed(&self, address: IpAddr, now: &Zoned) -> Option<&'static str> {
        let networks = self.networks.as_ref();
        let hours = self.hours.as_ref();
        let reasons = [
            (self.disabled, "the user is disabled"),
            (self.expires.is_some_and(|expiry| expiry.is_over(now)), "the user has expired"),
            (
                networks.is_some_and(|all| !all.iter().any(|network| network.contains(address))),
                "the address is in none of the user's networks",
            ),
            (
                hours.is_some_and(|all| !all.iter().any(|hours| hours.contains(now))),
                "it is none of the user's hours",
            ),
        ];
        reasons.into_iter().find_map(|(is, reason)| is.then_some(reason))
    }
}

impl Speed {
    /// Of all sessions together.
    pub fn together(&self) -> SpeedLimits {
        SpeedLimits::new(self.upload.map(|octets| octets.0), self.download.map(|octets| octets.0))
    }

    /// Of each session.
    pub fn each(&self) -> SpeedLimits {
        let octets = |speed: Option<crate::Octets>| speed.map(|octets| octets.0);
        SpeedLimits::new(octets(self.session_upload), octets(self.session_download))
    }
}

/// The folder that a template names for a user.
fn folder(template: &str, name: &str) -> Result<PathBuf, ProfileError> {
    let folder = PathBuf::from(match template.contains("{user}") {
        true if is_component(name) => template.replace("{user}", name),
        true => return Err(ProfileError::NameInPath(name.into())),
        false => template.to_owned(),
    });
    match folder.is_absolute() {
        true => Ok(folder),
        false => Err(ProfileError::RelativeFolder(template.into())),
    }
}

/// Whether a name is that of a single folder, and of no hidden one.
pub(crate) fn is_component(name: &str) -> bool {
    !name.starts_with('.')
        && !name.contains(['/', '\\', '\0'])
        && Pathname::root().can_join(name.as_bytes()).is_ok()
}
