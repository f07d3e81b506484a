use std::{fs, net::SocketAddr, process::Command};

use rustix::process::geteuid;

use super::{Site, debian};

/// vsftpd with a writable anonymous account.
///
/// Its local users come from PAM, whose files are the system's; anonymous needs neither. As root it takes the user
/// `daemon` for that account and wants an empty directory to lock itself into; without root it runs as who started it.
/// Its seccomp filter knows fewer system calls than today's libraries make, so it is off.
pub(super) fn command(site: &Site) -> Command {
    let empty = site.configuration.join("empty");
    fs::create_dir(&empty).expect("our own directory");
    let text = format!(
        "{listen}
listen_port={port}
background=NO
seccomp_sandbox=NO
run_as_launching_user={unprivileged}
secure_chroot_dir={empty}
xferlog_enable=NO
anonymous_enable=YES
local_enable=NO
ftp_username=daemon
anon_root={root}
no_anon_password=NO
allow_writeable_chroot=YES
anon_world_readable_only=NO
anon_umask=022
write_enable=YES
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
mdtm_write=YES
ascii_download_enable=YES
ascii_upload_enable=YES
async_abor_enable=YES
{limits}",
        listen = match site.target.address {
            SocketAddr::V4(address) => format!("listen=YES\nlisten_address={}", address.ip()),
            SocketAddr::V6(address) =>
                format!("listen=NO\nlisten_ipv6=YES\nlisten_address6={}", address.ip()),
        },
        port = site.target.port(),
        unprivileged = if geteuid().is_root() { "NO" } else { "YES" },
        empty = empty.display(),
        root = site.root.display(),
        limits = if site.load { "max_clients=0\nmax_per_ip=0\n" } else { "" },
    );
    let mut command = debian("vsftpd");
    command.arg(site.configure("vsftpd.conf", &text));
    command
}
