//! OpenLDAP's directory, for the length of a test.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

use super::debian;
use crate::{
    Family,
    peer::{Peer, attempt, run, unused_address, unused_port},
};

/// The entry that all others are below.
pub const SUFFIX: &str = "dc=example";
/// Who may see and change everything, and the password.
pub const ADMINISTRATOR: (&str, &str) = ("cn=admin,dc=example", "of the administrator");

/// A directory of its own on a loopback address, which logs each operation.
///
/// It says yes to a bind with a name and an empty password, as RFC 4513 (section 5.1.2) lets it.
#[derive(Debug)]
pub struct Slapd {
    process: Option<Peer>,
    clear: SocketAddr,
    tls: SocketAddr,
    directory: TempDir,
}

impl Slapd {
    /// Starts it, with the entries of an LDIF below [`SUFFIX`]; with StartTLS, and TLS on a port of its own.
    ///
    /// # Panics
    ///
    /// If it is not installed or does not start.
    pub fn start(entries: &str) -> Self {
        Self::start_with(entries, true, "", "")
    }

    /// Starts it as [`start`](Self::start) does, with rules of access before its own, and with the overlay for policies of
    /// passwords, of which the entry `cn=policy` below [`SUFFIX`] is one.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub fn start_with_policy(entries: &str, access: &str) -> Self {
        let overlay = format!("overlay ppolicy\nppolicy_default \"cn=policy,{SUFFIX}\"\n");
        Self::start_with(entries, true, access, &overlay)
    }

    /// Starts it with neither.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub fn start_without_tls(entries: &str) -> Self {
        Self::start_with(entries, false, "", "")
    }

    fn start_with(entries: &str, tls: bool, access: &str, overlay: &str) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let clear = unused_address(Family::Ipv4);
        let encrypted = unused_port(clear.ip());
        let mut slapd = Self { process: None, clear, tls: encrypted, directory };
        fs::create_dir(slapd.path("database")).expect("our own directory");
        let certified = if tls { slapd.certify() } else { String::new() };
        fs::write(
            slapd.path("slapd.conf"),
            slapd.configuration() + &certified + &slapd.database(access) + overlay,
        )
        .expect("our own directory");
        let top = format!(
            "dn: {SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: example\n"
        );
        fs::write(slapd.path("entries.ldif"), format!("{top}\n{entries}")).expect("our own directory");
        let mut load = debian("slapd");
        load.args(["-T", "add", "-q", "-f"]).arg(slapd.path("slapd.conf"));
        run(load.arg("-l").arg(slapd.path("entries.ldif")), "");
        slapd.start_again();
        slapd
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A certificate for the address, by an authority that nobody else knows.
    fn certify(&self) -> String {
        let mut of_authority = CertificateParams::new(Vec::new()).expect("no name is no wrong one");
        of_authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = || KeyPair::generate().expect("a key can be made");
        let authority = CertifiedIssuer::self_signed(of_authority, key()).expect("it signs itself");
        let own = key();
        let params =
            CertificateParams::new([self.clear.ip().to_string()]).expect("an address can be certified");
        let certificate = params.signed_by(&own, &authority).expect("the authority signs");
        for (name, text) in [
            ("authority.pem", authority.pem()),
            ("certificate.pem", certificate.pem()),
            ("key.pem", own.serialize_pem()),
        ] {
            fs::write(self.path(name), text).expect("our own directory");
        }
        let (certificate, key) = (self.path("certificate.pem"), self.path("key.pem"));
        format!("TLSCertificateFile {}\nTLSCertificateKeyFile {}\n", certificate.display(), key.display())
    }

    /// What holds for the server as a whole. Debian's schemas and modules are where the program is.
    fn configuration(&self) -> String {
        let program = PathBuf::from(debian("slapd").get_program());
        let root = program.ancestors().nth(3).unwrap_or(Path::new("/")).display();
        let schemas = ["core", "cosine", "nis", "inetorgperson"];
        let schemas: String =
            schemas.iter().map(|name| format!("include {root}/etc/ldap/schema/{name}.schema\n")).collect();
        format!(
            "{schemas}modulepath {root}/usr/lib/ldap\nmoduleload back_mdb\nmoduleload ppolicy\nallow bind_anon_dn\n\
             pidfile {}\n",
            self.path("pid").display()
        )
    }

    fn database(&self, access: &str) -> String {
        let (name, password) = ADMINISTRATOR;
        format!(
            "database mdb\nsuffix \"{SUFFIX}\"\nrootdn \"{name}\"\nrootpw \"{password}\"\ndbnosync\ndirectory {}\n\
             {access}access to attrs=userPassword by anonymous auth by * none\naccess to * by * read\n",
            self.path("database").display()
        )
    }

    /// Ends it at once.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Starts it where it was, with what it had.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start_again(&mut self) {
        let mut urls = vec![format!("ldap://{}", self.clear)];
        if self.has_tls() {
            urls.push(self.tls_url());
        }
        let mut command = debian("slapd");
        command.args(["-d", "stats", "-h", &urls.join(" "), "-f"]).arg(self.path("slapd.conf"));
        self.process = Some(Peer::start_silent(&command, self.clear, &self.path("log")));
    }

    fn has_tls(&self) -> bool {
        self.authority().exists()
    }

    /// Where it is in clear, or with StartTLS.
    pub fn url(&self) -> String {
        format!("ldap://{}", self.clear)
    }

    /// Where TLS comes first.
    pub fn tls_url(&self) -> String {
        format!("ldaps://{}", self.tls)
    }

    /// The certificate of the authority, in PEM.
    pub fn authority(&self) -> PathBuf {
        self.path("authority.pem")
    }

    /// What it has logged since it was started.
    pub fn log(&self) -> String {
        self.process.as_ref().map(Peer::printed).unwrap_or_default()
    }

    /// What a directory's own client is told after a bind: who it is.
    pub fn who_am_i(&self, name: &str, password: &str) -> Output {
        let mut command: Command = debian("ldapwhoami");
        command.args(["-x", "-H", &self.url(), "-D", name, "-w", password]);
        attempt(&command, "")
    }
}
