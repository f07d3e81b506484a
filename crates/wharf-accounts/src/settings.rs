use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Expiry, Hours, Network, Octets, Rights, TlsNeed, TreePath, Umask};

/// What an entry of an account file, a row of a database or an answer of a hook says of somebody; everything is optional.
///
/// The same words stand for a group, which has neither password nor groups. docs/configuration.md has them all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Settings {
    /// The user's name, in place of the one that was given at login, which may be another spelling of it.
    pub name: Option<String>,
    /// A hash of the password. Without one, and without `certificates`, nobody gets in.
    pub password: Option<crate::PasswordHash>,
    /// The groups whose settings hold where there are none here; the first that has one counts.
    pub groups: Option<Vec<String>>,
    /// Whether nobody gets in.
    pub disabled: Option<bool>,
    /// The folder that the tree shows; `{user}` stands for the name.
    pub root: Option<String>,
    /// Whether the root is made at login where it is missing.
    pub create_root: Option<bool>,
    /// The working directory after login.
    pub home: Option<TreePath>,
    /// Folders from elsewhere, by where they are in the tree; `{user}` stands for the name.
    pub folders: Option<BTreeMap<TreePath, String>>,
    /// What may be done where: the nearest ancestor's entry decides alone.
    pub permissions: Option<BTreeMap<TreePath, Rights>>,
    /// Whether nothing can be changed, whatever `permissions` say.
    pub read_only: Option<bool>,
    /// From where somebody gets in; from anywhere unless set.
    pub networks: Option<Vec<Network>>,
    /// When somebody gets in; at any time unless set.
    pub hours: Option<Vec<Hours>>,
    /// From when on nobody gets in.
    pub expires: Option<Expiry>,
    /// What must be protected by TLS, besides what the listener asks.
    pub tls: Option<TlsNeed>,
    /// SHA-256 fingerprints of client certificates, one of which is needed.
    pub certificates: Option<Vec<crate::CertificateFingerprint>>,
    /// How many sessions there may be at a time.
    pub sessions: Option<usize>,
    /// How fast.
    pub speed: Option<Speed>,
    /// How much may be kept in the root.
    pub quota: Option<QuotaSettings>,
    /// The most octets of a file that is sent here.
    pub max_upload: Option<Octets>,
    /// The most octets of a file that is fetched.
    pub max_download: Option<Octets>,
    /// Which names files may have.
    pub names: Option<NameSettings>,
    /// The permission bits that new files and folders do not get.
    pub umask: Option<Umask>,
}

/// Speeds, in octets a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Speed {
    /// Of all uploads together.
    pub upload: Option<Octets>,
    /// Of all downloads together.
    pub download: Option<Octets>,
    /// Of each session's uploads.
    pub session_upload: Option<Octets>,
    /// Of each session's downloads.
    pub session_download: Option<Octets>,
}

/// How much may be kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct QuotaSettings {
    /// Octets of all files together.
    pub octets: Option<Octets>,
    /// Files and folders.
    pub entries: Option<u64>,
}

/// Which names files and folders may have: patterns with `*`, `?`, `[a-z]` and `{one,other}`, whatever the case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct NameSettings {
    /// Names that are neither shown nor taken.
    pub deny: Option<Vec<String>>,
    /// The names that new files may have; any that is not denied, unless set.
    pub allow: Option<Vec<String>>,
}

impl Settings {
    /// These settings, and where they say nothing, the others.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        let folders = match (self.folders, others.folders) {
            (Some(own), Some(mut folders)) => {
                folders.extend(own);
                Some(folders)
            }
            (own, others) => own.or(others),
        };
        Self {
            name: self.name.or(others.name),
            password: self.password.or(others.password),
            groups: self.groups.or(others.groups),
            disabled: self.disabled.or(others.disabled),
            root: self.root.or(others.root),
            create_root: self.create_root.or(others.create_root),
            home: self.home.or(others.home),
            folders,
            permissions: self.permissions.or(others.permissions),
            read_only: self.read_only.or(others.read_only),
            networks: self.networks.or(others.networks),
            hours: self.hours.or(others.hours),
            expires: self.expires.or(others.expires),
            tls: self.tls.or(others.tls),
            certificates: self.certificates.or(others.certificates),
            sessions: self.sessions.or(others.sessions),
            speed: self.speed.or(others.speed),
            quota: self.quota.or(others.quota),
            max_upload: self.max_upload.or(others.max_upload),
            max_download: self.max_download.or(others.max_download),
            names: self.names.or(others.names),
            umask: self.umask.or(others.umask),
        }
    }
}
