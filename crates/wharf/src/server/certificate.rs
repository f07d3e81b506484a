use std::{
    fs, io,
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
    times: Vec<Option<SystemTime>>,
}

impl Certificates {
    /// Reads the files: chain and key of each certificate.
    pub(super) fn load(files: Vec<(PathBuf, PathBuf)>) -> io::Result<Self> {
        let loaded = RwLock::new(Loaded { times: times(&files), keys: read(&files)? });
        Ok(Self { files, loaded })
    }

    /// Reads the files again whenever one changes, for ever. Files that are no good leave what was read before.
    pub(super) async fn watch(self: Arc<Self>) {
        loop {
            tokio::time::sleep(INTERVAL).await;
            let certificates = Arc::clone(&self);
            // What fails inside is logged there.
            let _ = tokio::task::spawn_blocking(move || certificates.reload()).await;
        }
    }

    fn reload(&self) {
        let times = times(&self.files);
        if times == self.loaded.read().unwrap_or_else(PoisonError::into_inner).times {
            return;
        }
        let keys = read(&self.files);
        let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        // A change is looked at once, good or not.
        loaded.times = times;
        match keys {
            Ok(keys) => {
                loaded.keys = keys;
                tracing::info!("the certificates were read again");
            }
            Err(error) => tracing::error!(%error, "the changed certificates are no good, those before stay"),
        }
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        let name = hello.server_name().and_then(|name| ServerName::try_from(name).ok());
        let named = name.and_then(|name| loaded.keys.iter().find(|key| is_valid_for(key, &name)));
        named.or(loaded.keys.first()).cloned()
    }
}

fn is_valid_for(key: &CertifiedKey, name: &ServerName<'_>) -> bool {
    let leaf = key.cert.first().and_then(|leaf| ParsedCertificate::try_from(leaf).ok());
    leaf.is_some_and(|leaf| verify_server_name(&leaf, name).is_ok())
}

fn times(files: &[(PathBuf, PathBuf)]) -> Vec<Option<SystemTime>> {
    let paths = files.iter().flat_map(|(chain, key)| [chain, key]);
    paths.map(|path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok()).collect()
}

fn read(files: &[(PathBuf, PathBuf)]) -> io::Result<Vec<Arc<CertifiedKey>>> {
    if files.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "there is no certificate"));
    }
    files.iter().map(|(chain, key)| read_one(chain, key)).collect()
}

fn read_one(chain: &Path, key: &Path) -> io::Result<Arc<CertifiedKey>> {
    let named =
        |path: &Path, error: &dyn std::fmt::Display| io::Error::other(format!("{}: {error}", path.display()));
    let certificates = CertificateDer::pem_file_iter(chain).map_err(|error| named(chain, &error))?;
    let certificates = certificates.collect::<Result<Vec<_>, _>>().map_err(|error| named(chain, &error))?;
    if certificates.is_empty() {
        return Err(named(chain, &"no certificate in it"));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| named(key, &error))?;
    let certified = CertifiedKey::from_der(certificates, private, &*provider()?);
    Ok(Arc::new(certified.map_err(|error| named(key, &error))?))
}
