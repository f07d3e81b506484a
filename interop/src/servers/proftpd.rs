use std::{net::SocketAddr, process::Command};

use rustix::process::geteuid;

use super::{Site, Tls, debian, own, owner, peers};

/// ProFTPD with one virtual user from a file, which it wants unreadable for others.
///
/// It refuses users with id 0, so as root it serves `daemon`'s files. `-n` keeps it in the foreground.
pub(super) fn command(site: &Site) -> Command {
    let (user, group) = owner();
    let users = site.configure_secretly(
        "users",
        &format!(
            "{name}:{hash}:{user}:{group}::{root}:/bin/sh\n",
            name = site.target.user,
            hash = site.password_hash(),
            root = site.root.display(),
        ),
    );
    let text = format!(
        "ServerType standalone
DefaultAddress {host}
Port {port}
SocketBindTight on
UseIPv6 {ipv6}
UseReverseDNS off
{identity}{modules}PidFile {directory}/pid
ScoreboardFile {directory}/scoreboard
DelayTable none
SystemLog none
TransferLog none
WtmpLog off
<Global>
AuthPAM off
AuthOrder mod_auth_file.c
AuthUserFile {users}
RequireValidShell off
DefaultRoot ~
AllowOverwrite on
AllowStoreRestart on
AllowRetrieveRestart on
Umask 022
{partners}{tls}</Global>
{implicit}",
        host = site.target.host(),
        ipv6 = if site.target.address.is_ipv6() { "on" } else { "off" },
        port = site.target.port(),
        // Without root it could not change, and does not try when it is not told to.
        identity = if geteuid().is_root() { "User daemon\nGroup daemon\n" } else { "" },
        directory = site.configuration.display(),
        users = users.display(),
        modules = load_modules(site),
        partners = if site.partners { "AllowForeignAddress on\n" } else { "" },
        tls = site.tls.as_ref().map(tls).unwrap_or_default(),
        implicit = site.tls.as_ref().and_then(|tls| tls.implicit).map(implicit).unwrap_or_default(),
    );
    let mut command = debian("proftpd");
    command.arg("-n").arg("-c").arg(site.configure("proftpd.conf", &text));
    command
}

/// Digests and TLS are modules, which stand beside the server that was unpacked; a server of the user's own knows where
/// they are.
fn load_modules(site: &Site) -> String {
    let beside = peers().join("servers/usr/lib/proftpd");
    let path = match own("proftpd") {
        Some(_) => String::new(),
        None => format!("ModulePath {}\n", beside.display()),
    };
    let modules = ["mod_digest.c"].into_iter().chain(site.tls.is_some().then_some("mod_tls.c"));
    let load = |module| format!("<IfModule !{module}>\nLoadModule {module}\n</IfModule>\n");
    format!("{path}{}", modules.map(load).collect::<String>())
}

/// TLS required on both connections; data connections must resume, which is the default.
fn tls(tls: &Tls) -> String {
    format!(
        "TLSEngine on
TLSRequired on
TLSProtocol TLSv1.2 TLSv1.3
TLSECCertificateFile {certificate}
TLSECCertificateKeyFile {key}
",
        certificate = tls.certificate.display(),
        key = tls.key.display(),
    )
}

/// A second server in the same process.
fn implicit(address: SocketAddr) -> String {
    format!(
        "<VirtualHost {}>\nPort {}\nTLSOptions UseImplicitSSL\n</VirtualHost>\n",
        address.ip(),
        address.port(),
    )
}
