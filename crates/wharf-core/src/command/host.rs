//! HOST: which of the names of a server is meant (RFC 7151).

use std::borrow::Cow;

use super::{Argument, ArgumentError, Command};
use crate::{
    failure::Failure,
    host_name::{HostName, HostNameError},
    reply::Reply,
    server::{Context, Served},
    session::Stage,
    spec::{Feature, Grammar, Login, Spec},
};

/// HOST: names the server that the client wants to talk to, before it logs in (RFC 7151 section 3).
///
/// In clear it also chooses the certificate of a handshake that names none. It holds until REIN or AUTH.
///
/// ```text
/// C: HOST ftp.example.org
/// S: 220 This is ftp.example.org.
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host(
    /// The name.
    pub HostName,
);

impl Host {
    /// The command for this name.
    ///
    /// # Errors
    /// What is no host name.
    pub fn new(name: &str) -> Result<Self, HostNameError> {
        HostName::parse(name).map(Self)
    }
}

impl Command for Host {
    const SPEC: Spec = Spec {
        verb: "HOST",
        reference: "RFC 7151 section 3",
        help: "Name the server that is meant, before the login.",
        argument: Grammar::Required("name"),
        good: &["[2001:db8::1]", "192.0.2.1", "FTP.Example.ORG.", "ftp.example.org"],
        bad: &["", "ftp.example.org:21", "2001:db8::1", "[2001:db8::1", "b\u{fc}cher.example", "a b"],
        login: Login::NotRequired,
        needs_host_names: true,
        feature: Feature::Line("HOST"),
        replies: &[220, 503, 504],
        ..Spec::DENY
    };

    type Output = ();

    fn parse(argument: Argument) -> Result<Self, ArgumentError> {
        const FORM: ArgumentError =
            ArgumentError::Invalid("a host is a domain name or an address, without a port");
        Self::new(argument.as_str()?).map_err(|_| FORM)
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        self.0.to_string().into_bytes().into()
    }

    fn accept(&self, reply: &Reply) -> Option<()> {
        (reply.code() == 220).then_some(())
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        if !matches!(context.session.stage, Stage::Greeted) {
            return Err(Failure::new(503, "HOST comes before USER."));
        }
        let welcome = context.host.check_host_name(&self.0)?;
        let welcome = welcome.unwrap_or_else(|| Reply::new(220, format!("This is {}.", self.0)));
        context.session.host_name = Some(self.0);
        Ok(welcome.into())
    }
}
