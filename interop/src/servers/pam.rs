//! PAM with service files of its own, for the length of a test.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::{library_path, peers};

/// What a program sees of PAM that runs with [`environment`](Self::environment): the system's own library and modules,
/// and the services of this folder instead of those of `/etc/pam.d`. pam_wrapper sees to it.
#[derive(Debug)]
pub struct Pam(TempDir);

impl Pam {
    /// No service yet.
    ///
    /// # Panics
    ///
    /// If the disk refuses.
    pub fn new() -> Self {
        Self(TempDir::new().expect("a temporary directory"))
    }

    /// Adds a service, of lines as in `/etc/pam.d`.
    ///
    /// # Panics
    ///
    /// If the disk refuses.
    pub fn service(&self, name: &str, lines: &[&str]) {
        fs::write(self.path(name), lines.join("\n") + "\n").expect("our own directory");
    }

    /// A shell script beside the services.
    ///
    /// # Panics
    ///
    /// If the disk refuses.
    pub fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("our own directory");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("our own file");
        path
    }

    /// A file beside the services.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// pam_wrapper's module for accounts in a file, and the file: a line `name:password:service` for each.
    ///
    /// # Panics
    ///
    /// If it is not installed.
    pub fn matrix(&self) -> String {
        format!("{} passdb={}", self.module("pam_matrix.so"), self.path("accounts").display())
    }

    /// A module of pam_wrapper's.
    ///
    /// # Panics
    ///
    /// If it is not installed.
    pub fn module(&self, name: &str) -> String {
        found(&format!("pam_wrapper/{name}")).display().to_string()
    }

    /// With what a program is run that is to see these services.
    ///
    /// # Panics
    ///
    /// If pam_wrapper is not installed.
    pub fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        vec![
            ("LD_PRELOAD", found("libpam_wrapper.so")),
            ("PAM_WRAPPER", "1".into()),
            ("PAM_WRAPPER_SERVICE_DIR", self.0.path().to_owned()),
        ]
    }
}

impl Default for Pam {
    fn default() -> Self {
        Self::new()
    }
}

/// A library of Debian's, installed or unpacked.
fn found(name: &str) -> PathBuf {
    let [system, unpacked] = [PathBuf::from("/"), peers().join("servers")].map(|root| library_path(&root));
    let folders: Vec<_> = [system, unpacked].iter().flat_map(std::env::split_paths).collect();
    let path = folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file());
    let path = path.unwrap_or_else(|| panic!("{name} is not installed: run interop/install"));
    path.canonicalize().unwrap_or_else(|_| Path::new(name).to_owned())
}
