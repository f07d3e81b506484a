use std::{fs, net::SocketAddr, process::Command};

use rustix::process::geteuid;

use super::{Site, Tls, debian};

/// vsftpd with a writable anonymous account.
///
/// Its local users come from PAM, whose files are the system's; anonymous needs neither. As root it takes the user
/// `daemon` for that account and wants an empty directory to lock itself into; without root it runs as who started it.
/// Its seccomp filter knows fewer system calls than today's libraries make, so it is off.
pub(super) fn command(site: &Site) -> Command {
    configured(site, "vsftpd.conf", site.target.address, "")
}

/// The same for implicit TLS, which takes a process of its own.
pub(super) fn implicit_command(site: &Site, address: SocketAddr) -> Command {
    configured(site, "implicit.conf", address, "implicit_ssl=YES\n")
}

fn configured(site: &Site, name: &str, address: SocketAddr, more: &str) -> Command {
    let empty = site.configuration.join("empty");
    fs::create_dir_all(&empty).expect("our own directory");
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
{limits}{tls}{more}",
        listen = match address {
            SocketAddr::V4(address) => format!("listen=YES\nlisten_address={}", address.ip()),
            SocketAddr::V6(address) =>
                format!("listen=NO\nlisten_ipv6=YES\nlisten_address6={}", address.ip()),
        },
        port = address.port(),
        unprivileged = if geteuid().is_root() { "NO" } else { "YES" },
        empty = empty.display(),
        root = site.root.display(),
        limits = if site.load { "max_clients=0\nmax_per_ip=0\n" } else { "" },
        tls = site.tls.as_ref().map(tls).unwrap_or_default(),
    );
    let mut command = debian("vsftpd");
    command.arg(site.configure(name, &text));
    command
}

/// TLS required on both connections; data connections must resume, which is the default. Its default of ciphers is one
/// that no client has any more.
fn tls(tls: &Tls) -> String {
    format!(
        "ssl_enable=YES
rsa_cert_file={certificate}
rsa_private_key_file={key}
ssl_ciphers=HIGH
allow_anon_ssl=YES
force_anon_logins_ssl=YES
force_anon_data_ssl=YES
require_ssl_reuse=YES
",
        certificate = tls.certificate.display(),
        key = tls.key.display(),
    )
}
