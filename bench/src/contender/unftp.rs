use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use wharf_interop::load::Loaded;

use super::Contender;

/// unftp, which no package brings: `UNFTP_BIN`, or on PATH, or as `cargo install --root target/peers/cargo unftp` puts
/// it.
pub(super) struct Unftp;

impl Contender for Unftp {
    fn name(&self) -> &str {
        "unftp"
    }

    fn is_here(&self) -> bool {
        program().is_some()
    }

    fn start(&self, root: &Path, tls: bool) -> Loaded {
        Loaded::start(root, tls, |site| {
            let users = site.configuration.join("users.json");
            let text = serde_json::json!([{"username": site.target.user, "password": site.target.password}]);
            fs::write(&users, text.to_string()).expect("our own directory");
            let mut command = Command::new(program().expect("it is here"));
            command
                .arg("--root-dir")
                .arg(&site.root)
                .args(["--bind-address", &site.target.address.to_string()])
                // Two of them may run at a time.
                .args(["--bind-address-http", &format!("{}:0", site.target.host())])
                .args(["--auth-type", "json", "--auth-json-path"])
                .arg(&users)
                .args(["--idle-session-timeout", "3600"]);
            if let Some(tls) = &site.tls {
                command.arg("--ftps-certs-file").arg(&tls.certificate).arg("--ftps-key-file").arg(&tls.key);
            }
            command
        })
    }
}

fn program() -> Option<PathBuf> {
    let named = env::var_os("UNFTP_BIN").map(PathBuf::from);
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers/cargo/bin/unftp");
    let paths = env::var_os("PATH").unwrap_or_default();
    let installed = env::split_paths(&paths).map(|directory| directory.join("unftp"));
    named.into_iter().chain(installed).chain([built]).find(|path| path.is_file())
}
