//! Where the program keeps what it is to remember.

use std::{env, path::PathBuf};

/// `wharf/name` in `$XDG_CONFIG_HOME` or `~/.config`; `None` where there is no home directory.
pub(crate) fn file(name: &str) -> Option<PathBuf> {
    let variable = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let configuration = variable("XDG_CONFIG_HOME").or_else(|| Some(env::home_dir()?.join(".config")));
    Some(configuration?.join("wharf").join(name))
}
