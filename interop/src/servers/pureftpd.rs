use std::{fs, process::Command};

use super::{Site, debian, owner};

/// Pure-FTPd with one virtual user from a database of its own format, which its tool `pure-pw` builds.
///
/// It changes to the user's id, so it runs as root only. `-A` locks the user into the directory, `-E` refuses
/// anonymous, `-H` looks up no names, `-u 1` allows any id but root's, `-D` lists dot files.
pub(super) fn command(site: &Site) -> Command {
    let (user, group) = owner();
    // The thirteen empty fields are limits.
    let users = site.configure(
        "users",
        &format!(
            "{name}:{hash}:{user}:{group}::{root}/./::::::::::::\n",
            name = site.target.user,
            hash = site.password_hash(),
            root = site.root.display(),
        ),
    );
    let database = site.configuration.join("users.pdb");
    crate::peer::run(debian("pure-pw").arg("mkdb").arg(&database).arg("-f").arg(&users), "");
    // Sessions in all, and for each address; entries of a listing and depth of its recursion.
    let limits = if site.load {
        ["-c", "20000", "-C", "20000", "-L", "2000000:5"]
    } else {
        ["-c", "50", "-C", "50", "-L", "10000:5"]
    };
    let mut command = debian("pure-ftpd");
    command
        .args(["-A", "-E", "-H", "-u", "1", "-D", "-f", "none"])
        .args(limits)
        .args(["-U", "022:022", "-l"])
        .arg(format!("puredb:{}", database.display()))
        .args(["-S", &format!("{},{}", site.target.host(), site.target.port())])
        .arg("-g")
        .arg(site.configuration.join("pid"));
    if let Some(tls) = &site.tls {
        let read = |path| fs::read_to_string(path).expect("our own file");
        let both = format!("{}{}", read(&tls.key), read(&tls.certificate));
        // 3: neither control nor data connections in clear. It has no implicit TLS.
        command.args(["-Y", "3", "-2"]).arg(site.configure_secretly("both.pem", &both));
    }
    command
}
