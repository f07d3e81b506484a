use std::{error, fmt, io, sync::Arc};

use wharf_core::pathname::escape_for_display;

use super::Proxy;

/// Why a proxy does not lead to the server: the [`source`](error::Error::source) of a [`crate::Error`], and what
/// [`Error::proxy`](crate::Error::proxy) finds.
#[derive(Clone, Debug)]
pub struct ProxyError {
    proxy: String,
    problem: ProxyProblem,
    reason: Arc<dyn error::Error + Send + Sync>,
}

/// What is wrong with a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProxyProblem {
    /// It cannot be connected to.
    Unreachable,
    /// It does not answer in time.
    Silent,
    /// It wants to know who asks, or does not accept the user or the password.
    Authentication,
    /// It does not let this connection through.
    Refused,
    /// It cannot connect to the server.
    CannotReach,
    /// What it says is not its protocol.
    Protocol,
}

/// Why a handshake with a proxy failed.
pub(super) type Refusal = (ProxyProblem, Box<dyn error::Error + Send + Sync>);

impl ProxyError {
    pub(super) fn new(
        proxy: &Proxy,
        problem: ProxyProblem,
        reason: impl Into<Box<dyn error::Error + Send + Sync>>,
    ) -> Self {
        Self { proxy: proxy.to_string(), problem, reason: reason.into().into() }
    }

    /// The proxy's URL, without credentials.
    pub fn proxy(&self) -> &str {
        &self.proxy
    }

    /// What is wrong.
    pub fn problem(&self) -> ProxyProblem {
        self.problem
    }

    /// That of an error of connecting.
    pub(crate) fn within<'e>(error: &'e (dyn error::Error + 'static)) -> Option<&'e Self> {
        error.downcast_ref().or_else(|| error.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref())
    }

    /// What became of the connection to it.
    fn broke(&self) -> Option<&io::Error> {
        self.reason.downcast_ref()
    }

    /// Whether another try may succeed.
    pub(crate) fn is_temporary(&self) -> bool {
        match self.problem {
            ProxyProblem::Unreachable | ProxyProblem::Silent | ProxyProblem::CannotReach => true,
            // A connection that broke is not a protocol.
            ProxyProblem::Protocol => self.broke().is_some(),
            ProxyProblem::Authentication | ProxyProblem::Refused => false,
        }
    }
}

impl From<ProxyError> for io::Error {
    fn from(error: ProxyError) -> Self {
        let reason = error.broke().map(Self::kind);
        let kind = match error.problem {
            ProxyProblem::Silent => io::ErrorKind::TimedOut,
            ProxyProblem::Unreachable => reason.unwrap_or(io::ErrorKind::Other),
            ProxyProblem::Authentication | ProxyProblem::Refused => io::ErrorKind::PermissionDenied,
            ProxyProblem::CannotReach => io::ErrorKind::HostUnreachable,
            ProxyProblem::Protocol => io::ErrorKind::InvalidData,
        };
        Self::new(kind, error)
    }
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let says = match self.problem {
            ProxyProblem::Unreachable => "cannot be reached",
            ProxyProblem::Silent => return write!(f, "the proxy {} does not answer in time", self.proxy),
            ProxyProblem::Authentication => "does not accept the user or the password",
            ProxyProblem::Refused => "does not let this connection through",
            ProxyProblem::CannotReach => "cannot reach the server",
            ProxyProblem::Protocol => "does not speak its protocol",
        };
        let reason = self.reason.to_string();
        write!(f, "the proxy {} {says}: {}", self.proxy, escape_for_display(reason.as_bytes()))
    }
}

impl error::Error for ProxyError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&*self.reason)
    }
}
