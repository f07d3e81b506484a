//! `[process]`: what the server may do once it listens.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub(crate) const EXAMPLE: &str = r#"
# What the server may do itself. It never gains rights by running other programs.
[process]
# Who it becomes once it listens, with this user's groups and no others; for a server that is started as root.
# user = "ftp"
# The folders that are all it may change (Landlock, on Linux), besides those of `bans.file`, `control.socket` and
# `log.transfers`, and `notify.queue` (the folder that it is in, where it is still to be made). It does not start
# where the kernel cannot see to it.
# only = ["/srv/ftp"]
# Other folders and files that it may read then, besides that of this file, /etc, /usr, /lib, /lib64, /dev, /proc and
# /sys/fs/cgroup.
# readable = ["/var/lib/certificates"]
"#;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Section {
    pub(crate) user: Option<String>,
    pub(crate) only: Option<Vec<PathBuf>>,
    pub(crate) readable: Vec<PathBuf>,
}
