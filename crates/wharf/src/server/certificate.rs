use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use rustls::{
    client::verify_server_name,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    server::{ClientHello, ParsedCertificate, ResolvesServerCert},
    sign::CertifiedKey,
};
use wharf_core::host_name::HostName;

use super::tls::provider;

/// How often the files are looked at.
const INTERVAL: Duration = Duration::from_secs(5);

/// Certificate chains with their keys, from files that may change.
#[derive(Debug)]
pub(super) struct Certificates {
    files: Vec<(PathBuf, PathBuf)>,
    loaded: RwLock<Loaded>,
}

#[derive(Debug)]
struct Loaded {
    keys: Vec<Arc<CertifiedKey>>,
    stamps: Vec<Option<Stamp>>,
}

/// By what a changed file is known: its time and its size.
type Stamp = (SystemTime, u64);

impl Certificates {
    /// Reads the files: chain and key of each certificate.
    pub(super) fn load(files: Vec<(PathBuf, PathBuf)>) -> io::Result<Self> {
        let loaded = RwLock::new(Loaded { stamps: stamps(&files), keys: read(&files)? });
        Ok(Self { files, loaded })
    }

    /// Reads the files again whenever one changes, for ever. Files that are no good leave what was read before.
    pub(super) async fn watch(self: Arc<Self>) {
        loop {
            tokio::time::sleep(INTERVAL).await;
            let certificates = Arc::clone(&self);
            let reloading = move || match certificates.have_changed() {
                true => certificates.reload(),
                false => Ok(()),
            };
            // What fails is logged where it does.
            let _ = tokio::task::spawn_blocking(reloading).await;
        }
    }

    fn have_changed(&self) -> bool {
        stamps(&self.files) != self.loaded.read().unwrap_or_else(PoisonError::into_inner).stamps
    }

    /// Reads the files again.
    ///
    /// # Errors
    /// Files that are no good; what was read before stays.
    pub(super) fn reload(&self) -> io::Result<()> {
        let stamps = stamps(&self.files);
        let keys = read(&self.files);
        let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        // A change is looked at once, good or not.
        loaded.stamps = stamps;
        match keys {
            Ok(keys) => {
                loaded.keys = keys;
                tracing::info!("the certificates were read again");
                Ok(())
            }
            Err(error) => {
                tracing::error!(
                    error = error.to_string(),
                    "the changed certificates are no good, those before stay"
                );
                Err(error)
            }
        }
    }
}

impl Certificates {
    fn keys(&self) -> Vec<Arc<CertifiedKey>> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).keys.clone()
    }

    /// The first certificate that is valid for this name.
    fn named(&self, name: &ServerName<'_>) -> Option<Arc<CertifiedKey>> {
        self.keys().into_iter().find(|key| is_valid_for(key, name))
    }

    /// Whether a certificate is valid for this name.
    pub(super) fn has(&self, name: &HostName) -> bool {
        server_name(name).is_some_and(|name| self.named(&name).is_some())
    }

    /// Whether the certificate is valid for this name that who names none is shown.
    pub(super) fn first_is_for(&self, name: &HostName) -> bool {
        let first = self.keys().into_iter().next();
        first.zip(server_name(name)).is_some_and(|(key, name)| is_valid_for(&key, &name))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name().and_then(|name| ServerName::try_from(name).ok());
        name.and_then(|name| self.named(&name)).or_else(|| self.keys().into_iter().next())
    }
}

/// Certificates for who has said HOST in clear: a handshake without a name is for that one, and one for another fails.
#[derive(Debug)]
pub(super) struct ForHost {
    pub(super) name: HostName,
    pub(super) certificates: Option<Arc<Certificates>>,
    pub(super) others: Arc<dyn ResolvesServerCert>,
}

/// Certificates that no other name gets than one they are valid for.
#[derive(Debug)]
pub(super) struct KnownNamesOnly(pub(super) Arc<Certificates>);

impl ResolvesServerCert for KnownNamesOnly {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        match hello.server_name() {
            Some(name) => ServerName::try_from(name).ok().and_then(|name| self.0.named(&name)),
            None => self.0.resolve(hello),
        }
    }
}

impl ResolvesServerCert for ForHost {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let named = match hello.server_name() {
            Some(name) if HostName::parse(name).as_ref() != Ok(&self.name) => return None,
            Some(_) => None,
            None => self.certificates.as_ref().zip(server_name(&self.name)),
        };
        named
            .and_then(|(certificates, name)| certificates.named(&name))
            .or_else(|| self.others.resolve(hello))
    }

    fn only_raw_public_keys(&self) -> bool {
        self.others.only_raw_public_keys()
    }
}

fn server_name(name: &HostName) -> Option<ServerName<'static>> {
    match name.address() {
        Some(address) => Some(address.into()),
        None => ServerName::try_from(name.to_string()).ok(),
    }
}

fn is_valid_for(key: &CertifiedKey, name: &ServerName<'_>) -> bool {
    let leaf = key.cert.first().and_then(|leaf| ParsedCertificate::try_from(leaf).ok());
    leaf.is_some_and(|leaf| verify_server_name(&leaf, name).is_ok())
}

fn stamps(files: &[(PathBuf, PathBuf)]) -> Vec<Option<Stamp>> {
    let paths = files.iter().flat_map(|(chain, key)| [chain, key]);
    let metadata = paths.map(|path| fs::metadata(path).ok());
    metadata.map(|metadata| metadata.and_then(|found| Some((found.modified().ok()?, found.len())))).collect()
}

fn read(files: &[(PathBuf, PathBuf)]) -> io::Result<Vec<Arc<CertifiedKey>>> {
    if files.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "there is no certificate"));
    }
    files.iter().map(|(chain, key)| read_one(chain, key)).collect()
}

fn read_one(chain: &Path, key: &Path) -> io::Result<Arc<CertifiedKey>> {
    let certificates = read_certificates(chain)?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| about(key, &error))?;
    let certified = CertifiedKey::from_der(certificates, private, &*provider()?);
    Ok(Arc::new(certified.map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            about(key, &format_args!("it is not the key of the certificate in {}", chain.display()))
        }
        error => about(key, &error),
    })?))
}

/// The certificates in a PEM file, one at least.
pub(super) fn read_certificates(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| about(path, &error))?;
    let certificates = certificates.collect::<Result<Vec<_>, _>>().map_err(|error| about(path, &error))?;
    match certificates.is_empty() {
        true => Err(about(path, &"no certificate in it")),
        false => Ok(certificates),
    }
}

fn about(path: &Path, error: &dyn fmt::Display) -> io::Error {
    io::Error::other(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use tempfile::TempDir;

    use super::*;

    fn write(folder: &TempDir) -> CertificateDer<'static> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(folder.path().join("chain.pem"), made.cert.pem()).unwrap();
        fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        made.cert.der().clone()
    }

    fn is_first(certificates: &Certificates, der: &CertificateDer<'_>) -> bool {
        certificates.loaded.read().unwrap().keys[0].cert[0] == *der
    }

    #[test]
    fn a_key_of_another_certificate_is_called_that() {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let folder = TempDir::new().unwrap();
        write(&folder);
        let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(folder.path().join("key.pem"), other.signing_key.serialize_pem()).unwrap();
        let files = vec![(folder.path().join("chain.pem"), folder.path().join("key.pem"))];
        let said = Certificates::load(files).unwrap_err().to_string();
        assert!(said.contains("key.pem: it is not the key of the certificate in "), "{said}");
    }

    // Time that is made up goes on while nothing else can.
    #[tokio::test(start_paused = true)]
    async fn files_that_change_are_read_again_within_two_looks_at_them() {
        // Another test may have been first.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let folder = TempDir::new().unwrap();
        let before = write(&folder);
        let files = vec![(folder.path().join("chain.pem"), folder.path().join("key.pem"))];
        let certificates = Arc::new(Certificates::load(files).unwrap());
        let watching = tokio::spawn(Arc::clone(&certificates).watch());
        tokio::time::sleep(2 * INTERVAL).await;
        assert!(is_first(&certificates, &before));
        let after = write(&folder);
        let later = SystemTime::now() + Duration::from_secs(60);
        File::options().write(true).open(folder.path().join("key.pem")).unwrap().set_modified(later).unwrap();
        assert!(is_first(&certificates, &before));
        tokio::time::sleep(2 * INTERVAL).await;
        assert!(is_first(&certificates, &after));
        watching.abort();
    }
}
