use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    process::Command,
};

use rustix::process::geteuid;

use super::{Site, debian, owner};

/// ProFTPD with one virtual user from a file, which it wants unreadable for others.
///
/// It refuses users with id 0, so as root it serves `daemon`'s files. `-n` keeps it in the foreground.
pub(super) fn command(site: &Site) -> Command {
    let (user, group) = owner();
    let users = site.configure(
        "users",
        &format!(
            "{name}:{hash}:{user}:{group}::{root}:/bin/sh\n",
            name = site.target.user,
            hash = site.password_hash(),
            root = site.root.display(),
        ),
    );
    fs::set_permissions(&users, Permissions::from_mode(0o600)).expect("our own file");
    let text = format!(
        "ServerType standalone
DefaultAddress {host}
Port {port}
SocketBindTight on
UseIPv6 {ipv6}
UseReverseDNS off
{identity}PidFile {directory}/pid
ScoreboardFile {directory}/scoreboard
DelayTable none
SystemLog none
TransferLog none
WtmpLog off
AuthPAM off
AuthOrder mod_auth_file.c
AuthUserFile {users}
RequireValidShell off
DefaultRoot ~
AllowOverwrite on
AllowStoreRestart on
AllowRetrieveRestart on
Umask 022
",
        host = site.target.host(),
        ipv6 = if site.target.address.is_ipv6() { "on" } else { "off" },
        port = site.target.port(),
        // Without root it could not change, and does not try when it is not told to.
        identity = if geteuid().is_root() { "User daemon\nGroup daemon\n" } else { "" },
        directory = site.configuration.display(),
        users = users.display(),
    );
    let mut command = debian("proftpd");
    command.arg("-n").arg("-c").arg(site.configure("proftpd.conf", &text));
    command
}
