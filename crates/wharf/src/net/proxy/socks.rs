//! The two SOCKS handshakes, which read no octet beyond their last reply: the server's greeting may be right behind it.

use tokio::net::TcpStream;
use tokio_socks::{
    Error, IntoTargetAddr, TargetAddr,
    tcp::{Socks4Stream, Socks5Stream},
};

use super::{Credentials, Destination, ProxyProblem, error::Refusal};

/// Has a SOCKS 4 proxy connect on; one to a name is of SOCKS 4a.
pub(super) async fn ask_4(
    stream: &mut TcpStream,
    to: &Destination,
    credentials: Option<&Credentials>,
) -> Result<(), Refusal> {
    let to = target(to)?;
    let asked = match credentials.map(|credentials| text(&credentials.user)).transpose()? {
        Some(user) => Socks4Stream::connect_with_userid_and_socket(stream, to, user).await,
        None => Socks4Stream::connect_with_socket(stream, to).await,
    };
    asked.map(|_| ()).map_err(refusal)
}

/// Has a SOCKS 5 proxy connect on.
pub(super) async fn ask_5(
    stream: &mut TcpStream,
    to: &Destination,
    credentials: Option<&Credentials>,
) -> Result<(), Refusal> {
    let to = target(to)?;
    let asked = match credentials {
        Some(Credentials { user, password }) => {
            let (user, password) = (text(user)?, text(password.expose())?);
            Socks5Stream::connect_with_password_and_socket(stream, to, user, password).await
        }
        None => Socks5Stream::connect_with_socket(stream, to).await,
    };
    asked.map(|_| ()).map_err(refusal)
}

/// Only a name of up to 255 octets can be said, in either version.
fn target(to: &Destination) -> Result<TargetAddr<'_>, Refusal> {
    match to {
        Destination::Address(address) => Ok(TargetAddr::Ip(*address)),
        Destination::Name(host) => (host.name.as_str(), host.port).into_target_addr().map_err(refusal),
    }
}

fn text(octets: &[u8]) -> Result<&str, Refusal> {
    std::str::from_utf8(octets).map_err(|error| (ProxyProblem::Authentication, error.into()))
}

fn refusal(error: Error) -> Refusal {
    let problem = match &error {
        Error::NoAcceptableAuthMethods
        | Error::AuthorizationRequired
        | Error::PasswordAuthFailure(_)
        | Error::IdentdAuthFailure
        | Error::InvalidUserIdAuthFailure => ProxyProblem::Authentication,
        Error::ConnectionNotAllowedByRuleset | Error::CommandNotSupported => ProxyProblem::Refused,
        Error::GeneralSocksServerFailure
        | Error::NetworkUnreachable
        | Error::HostUnreachable
        | Error::ConnectionRefused
        | Error::TtlExpired
        | Error::AddressTypeNotSupported
        | Error::InvalidTargetAddress(_) => ProxyProblem::CannotReach,
        _ => ProxyProblem::Protocol,
    };
    match error {
        Error::Io(error) => (problem, error.into()),
        error => (problem, error.into()),
    }
}
