use std::sync::Arc;

use percent_encoding::percent_decode_str;
use wharf_core::principal::Secret;

use super::builder::Login;
use crate::{Error, connection::ClientTls};

/// What an address or a URL says of a server.
#[derive(Clone, Debug, Default)]
pub(super) struct Address {
    /// A name or an address, with or without a port.
    pub(super) host: String,
    pub(super) tls: Option<ClientTls>,
    pub(super) login: Option<Login>,
}

impl Address {
    /// Reads `host`, `host:port`, or `ftp://[user[:password]@]host[:port]`; `ftpes://` is explicit TLS, `ftps://` implicit.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput), which does not show the text: there may be a password in it.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Ok(Self { host: text.to_owned(), ..Self::default() });
        };
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "ftp" => None,
            "ftpes" => Some(ClientTls::explicit()),
            "ftps" => Some(ClientTls::implicit()),
            _ => return Err(Error::invalid_input("of the schemes only ftp, ftpes and ftps are known")),
        };
        let authority = match rest.split_once('/') {
            None => rest,
            Some((authority, "")) => authority,
            Some(_) => return Err(Error::invalid_input("the URL of a server has no path")),
        };
        let (login, host) = match authority.rsplit_once('@') {
            Some((login, host)) => (Some(login), host),
            None => (None, authority),
        };
        let decoded = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
        let login = login.map(|login| {
            let (user, password) = login.split_once(':').unwrap_or((login, ""));
            let password = Arc::new(Secret::new(decoded(password)));
            Login { user: decoded(user), password, account: None }
        });
        Ok(Self { host: host.to_owned(), tls, login })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login_of(user: Option<&str>, password: Option<&str>) -> Option<(Vec<u8>, Vec<u8>)> {
        Some((user?.into(), password.unwrap_or_default().into()))
    }

    #[test]
    fn reads_addresses_and_urls() {
        for (text, host, tls, user, password) in [
            ("ftp.example.org", "ftp.example.org", false, None, None),
            ("[::1]:2121", "[::1]:2121", false, None, None),
            ("ftp://ftp.example.org/", "ftp.example.org", false, None, None),
            ("FTPES://anna@host:2121", "host:2121", true, Some("anna"), None),
            ("ftps://a%40b:s%3a%2f:x@[::1]:990/", "[::1]:990", true, Some("a@b"), Some("s:/:x")),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!((address.host.as_str(), address.tls.is_some()), (host, tls), "{text}");
            let login = address.login.map(|login| (login.user, login.password.expose().to_vec()));
            assert_eq!(login, login_of(user, password), "{text}");
        }
        for text in ["http://host", "ftp://anna:secret@host/path"] {
            let error = Address::parse(text).unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
