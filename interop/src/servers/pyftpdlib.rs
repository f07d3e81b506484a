use std::{path::Path, process::Command};

use super::{Site, python};

/// pyftpdlib with one account that may do everything.
pub(super) fn command(site: &Site) -> Command {
    let mut command = python();
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/servers/pyftpdlib_server.py"))
        .args([
            site.target.host(),
            site.target.port(),
            site.target.user.clone(),
            site.target.password.clone(),
        ])
        .arg(&site.root);
    if site.load {
        command.arg("--load");
    }
    if site.partners {
        command.arg("--partners");
    }
    if let Some(tls) = &site.tls {
        command.arg("--certificate").arg(&tls.certificate).arg("--key").arg(&tls.key);
        if let Some(implicit) = tls.implicit {
            command.args(["--implicit-port", &implicit.port().to_string()]);
        }
    }
    command
}
