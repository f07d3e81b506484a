use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use super::Site;

/// `wharf serve` of the build under test.
pub(super) fn command(site: &Site) -> Command {
    serve_with(binary(), site)
}

/// `wharf serve` of the program `binary`, with one account that may write; TLS as it is where nothing else is said.
pub fn serve_with(binary: &Path, site: &Site) -> Command {
    if site.partners {
        return serve_with_partners(binary, site);
    }
    let password = site.configure("password", &format!("{}\n", site.target.password));
    let mut command = Command::new(binary);
    command
        .arg("serve")
        .arg(&site.root)
        .args(["--write", "--host", &site.target.host(), "--port", &site.target.port()])
        .args(["--user", &site.target.user, "--password-file"])
        .arg(password);
    if site.load {
        command.args(["--quiet", "--max-sessions", "20000"]);
    }
    if let Some(tls) = &site.tls {
        command.arg("--tls-cert").arg(&tls.certificate).arg("--tls-key").arg(&tls.key);
        if let Some(implicit) = tls.implicit {
            command.args(["--implicit-port", &implicit.port().to_string()]);
        }
    }
    command
}

/// The same of a file, since partners are named there.
fn serve_with_partners(binary: &Path, site: &Site) -> Command {
    let text = format!(
        "[[listen]]\naddress = \"{address}\"\n\n[passive]\npartners = [\"127.0.0.0/8\"]\n\n[user.{user}]\n\
         password = \"{hash}\"\nroot = {root:?}\npermissions = {{ \"/\" = \"all\" }}\n",
        address = site.target.address,
        user = site.target.user,
        hash = site.password_hash(),
        root = site.root,
    );
    let mut command = Command::new(binary);
    command.args(["serve", "--config"]).arg(site.configure_secretly("wharf.toml", &text));
    command
}

/// The `wharf` program: `WHARF_BIN`, or else the one that cargo builds now, with all features.
///
/// # Panics
///
/// If it cannot be built.
pub fn binary() -> &'static PathBuf {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(path) = env::var_os("WHARF_BIN") {
            return path.into();
        }
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "wharf-cli", "--all-features"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status();
        assert!(built.is_ok_and(|status| status.success()), "cargo build -p wharf-cli --all-features fails");
        // Tests run as target/<profile>/deps/<name>.
        let test = env::current_exe().expect("a running program has a path");
        let target = test.ancestors().nth(3).expect("tests run below target/");
        target.join("debug").join("wharf")
    })
}
