//! What `wharf serve` says when it is ready.

use std::{
    borrow::Cow,
    env,
    fmt::{self, Display, Formatter},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
};

use serde::Serialize;
use wharf::core::pathname::escape_for_display;

use super::{account::Account, tls::Tls};
use crate::{
    exit::Failure,
    output::{self, Output, Record},
    url::encoded,
};

/// The notice for programs. A password that stands in a file is not in it.
#[derive(Serialize)]
struct Serving<'a> {
    what: &'a str,
    writable: bool,
    urls: Vec<String>,
    /// `None` is anybody.
    user: Option<&'a str>,
    password: Option<Cow<'a, str>>,
    tls_required: bool,
    sha256: Option<String>,
}

impl Record for Serving<'_> {
    const NAME: &'static str = "serving";
}

/// The server's address, who may log in, and a command to try it with.
pub(super) struct Notice<'a> {
    /// What is served.
    pub(super) what: &'a str,
    pub(super) writable: bool,
    /// Where it listens; not empty.
    pub(super) addresses: &'a [SocketAddr],
    /// Where it listens and TLS begins at once.
    pub(super) implicit: &'a [SocketAddr],
    pub(super) tls: Option<&'a Tls>,
    pub(super) account: &'a Account,
    pub(super) password_file: Option<&'a Path>,
    /// A file at the top of what is served.
    pub(super) example: Option<&'a String>,
}

impl Notice<'_> {
    /// Prints it on standard output, and what is dangerous on standard error.
    pub(super) fn print(&self, output: Output) -> Result<(), Failure> {
        let open = self.addresses.iter().any(|address| !address.ip().to_canonical().is_loopback());
        match self.account {
            Account::Anonymous if open && self.writable => output::warning(
                "whoever can reach this machine can change and delete these files, without a password",
            ),
            Account::Anonymous if open => {
                output::warning("whoever can reach this machine can read these files, without a password");
            }
            _ => {}
        }
        match (self.tls, self.account) {
            (Some(tls), _) if !open || tls.required => {}
            (Some(_), _) => output::warning("clients may have all cross the network unencrypted"),
            (None, Account::Named { .. }) if open => output::warning(
                "the password and the files cross the network unencrypted; --tls required prevents it",
            ),
            (None, Account::Anonymous) if open => {
                output::warning("the files cross the network unencrypted; --tls required prevents it");
            }
            (None, _) => {}
        }
        output.put(&self.record(), |_| format!("{self}\n").into_bytes())
    }

    /// The notice for programs.
    fn record(&self) -> Serving<'_> {
        let scheme = if self.tls.is_some() { "ftpes" } else { "ftp" };
        let explicit = self.addresses.iter().map(|address| format!("{scheme}://{address}"));
        let implicit = self.implicit.iter().map(|address| format!("ftps://{address}"));
        let (user, password) = match self.account {
            Account::Anonymous => (None, None),
            Account::Named { name, password, made_up } => {
                let password = made_up.then(|| String::from_utf8_lossy(password));
                (Some(name.as_str()), password)
            }
        };
        Serving {
            what: self.what,
            writable: self.writable,
            urls: explicit.chain(implicit).collect(),
            user,
            password,
            tls_required: self.tls.is_some_and(|tls| tls.required),
            sha256: self.tls.map(|tls| tls.fingerprint.to_string()),
        }
    }

    /// An address of a line that names it, and what to use where it is that of no machine.
    fn addresses(&self, f: &mut Formatter<'_>, scheme: &str, addresses: &[SocketAddr]) -> fmt::Result {
        for address in addresses {
            match address.ip().is_unspecified() {
                true => {
                    let port = address.port();
                    writeln!(f, "  address   {scheme}://{}", reachable(*address))?;
                    writeln!(
                        f,
                        "            {scheme}://HOST:{port} from elsewhere, by any name or address of this machine"
                    )?;
                }
                false => writeln!(f, "  address   {scheme}://{address}")?,
            }
        }
        Ok(())
    }

    /// An address that a client on this machine can connect to.
    fn reachable(&self) -> Option<SocketAddr> {
        self.addresses.first().copied().map(reachable)
    }

    /// A line for a POSIX shell that downloads the example, or lists the folder where there is none.
    ///
    /// A password is on no program's command line, where other users could see it. The copy has a name of its own:
    /// the line may be pasted in the served folder.
    fn command(&self, address: SocketAddr) -> String {
        let file = self.example.map(|name| encoded(name.as_bytes()).to_string()).unwrap_or_default();
        let to = self
            .example
            .map(|name| format!(" -o {}", quoted(&format!("copy of {name}"))))
            .unwrap_or_default();
        let url = |login: &str| format!("ftp://{login}{address}/{file}");
        let curl = match self.tls {
            // Whoever the certificate is for, and whoever vouches for it: it must have this key.
            Some(tls) => format!("curl -sS --ssl-reqd -k --pinnedpubkey sha256//{}", tls.key_pin),
            None => "curl -sS".to_owned(),
        };
        match (self.account, self.password_file) {
            (Account::Anonymous, _) => format!("{curl}{to} {}", quoted(&url(""))),
            (Account::Named { name, password, made_up: true }, _) => {
                let login = format!("{}:{}@", encoded(name.as_bytes()), encoded(password));
                format!("echo 'url = \"{}\"' | {curl} -K -{to}", url(&login))
            }
            (Account::Named { name, .. }, file) => {
                let program = env::current_exe().unwrap_or_else(|_| "wharf".into());
                let (verb, to) = match self.example {
                    Some(name) => ("get", format!(" {}", quoted(&format!("copy of {name}")))),
                    None => ("ls", String::new()),
                };
                let file = file.unwrap_or(Path::new("-")).to_string_lossy();
                let user = format!("{}@", encoded(name.as_bytes()));
                let (pin, url) = match self.tls {
                    Some(tls) => {
                        (format!(" --pin {}", tls.fingerprint), url(&user).replacen("ftp", "ftpes", 1))
                    }
                    None => (String::new(), url(&user)),
                };
                let program = quoted(&program.to_string_lossy());
                format!("{program} {verb} --password-file {}{pin} {}{to}", quoted(&file), quoted(&url))
            }
        }
    }
}

impl Display for Notice<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let writable = if self.writable { "for reading and writing" } else { "read-only" };
        writeln!(f, "wharf {} serves {}, {writable}.\n", env!("CARGO_PKG_VERSION"), self.what)?;
        let scheme = if self.tls.is_some() { "ftpes" } else { "ftp" };
        self.addresses(f, scheme, self.addresses)?;
        self.addresses(f, "ftps", self.implicit)?;
        match self.account {
            Account::Anonymous => writeln!(f, "  user      anonymous, with any password")?,
            Account::Named { name, password, made_up } => {
                writeln!(f, "  user      {}", escape_for_display(name.as_bytes()))?;
                match made_up {
                    true => writeln!(f, "  password  {}", String::from_utf8_lossy(password))?,
                    false => writeln!(f, "  password  the one in the file")?,
                }
            }
        }
        if let Some(tls) = self.tls {
            let certificate = if tls.client_certificate { ", and a certificate of the client" } else { "" };
            writeln!(f, "  TLS       {}{certificate}", if tls.required { "required" } else { "optional" })?;
            let made = if tls.made { ", made for this run" } else { "" };
            writeln!(f, "  SHA-256   {}, the certificate{made}", tls.fingerprint)?;
        }
        // Where the client's certificate is, nobody knows here.
        let needs_more = self.tls.is_some_and(|tls| tls.client_certificate);
        if let Some(address) = self.reachable().filter(|_| !needs_more) {
            let does = if self.example.is_some() { "Download a file from it" } else { "See what is in it" };
            writeln!(f, "\n{does}, in another shell:\n\n  {}", self.command(address))?;
        }
        f.write_str("\n")?;
        f.write_str("Ctrl-C ends it.")
    }
}

/// The address by which a client on this machine reaches the one that is listened on.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

/// `text` as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || b"-_./:@%+=,".contains(&octet);
    match !text.is_empty() && text.bytes().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}
