//! The keyring of GNOME, on a message bus of its own.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::{Command, Output},
};

use tempfile::TempDir;

use crate::peer::run;

/// Unlocks a keyring that is new, and does what stands behind it.
const UNLOCKED: &str = r#"printf secret | gnome-keyring-daemon --unlock --components=secrets >"$HOME/log" 2>&1
"#;

/// Runs a shell script, with these variables, beside a keyring that is unlocked and empty; both end with it.
///
/// # Panics
///
/// If it fails or runs for more than 20 seconds; with all that it printed.
pub fn beside_a_keyring(script: &str, variables: &[(&str, &str)]) -> Output {
    let home = TempDir::new().expect("a directory of its own");
    // Sockets in a directory that others can enter are refused.
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o700)).expect("a directory of its own");
    let mut command = Command::new("dbus-run-session");
    command.args(["--", "sh", "-c", &format!("{UNLOCKED}{script}")]).env("NETRC", home.path().join("none"));
    for variable in ["HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"] {
        command.env(variable, home.path());
    }
    command.env_remove("WHARF_PASSWORD").envs(variables.iter().copied());
    run(&command, "")
}
