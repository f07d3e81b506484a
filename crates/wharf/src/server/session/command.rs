//! One line: what it is served with, and what is logged and told of that.

use std::time::SystemTime;

use tokio::time::Instant;
use wharf_core::{
    failure::Failure,
    reply::{Reply, Severity},
    server::{Action, Service, dispatch},
    spec::Spec,
};

use super::{Driver, Line};
use crate::server::{Event, shared::Shared};

impl Driver {
    pub(super) async fn dispatch(&mut self, line: Line) -> Result<Action, Failure> {
        self.host.asked = Instant::now();
        let known = line.as_ref().ok().and_then(|line| self.shared.registry.lookup(line));
        let spec = known.as_ref().map(|(command, _)| command.spec);
        let verb = spec.map_or("", |spec| spec.verb);
        match (&known, &line) {
            (Some((command, _)), _) if command.spec.secret => {
                tracing::debug!(verb, "command, its argument is secret")
            }
            // What stands behind a verb that is not known may be a password.
            (Some((_, argument)), _)
                if tracing::enabled!(tracing::Level::DEBUG) && self.shared.registry.is_family(verb) =>
            {
                tracing::debug!(verb, argument = ?first_word(argument.as_bytes()), "command");
            }
            (Some((_, argument)), _) => tracing::debug!(verb, ?argument, "command"),
            (None, Ok(line)) => {
                tracing::debug!(verb = ?first_word(line), octets = line.len(), "unknown command")
            }
            (None, Err(error)) => tracing::debug!(%error, "no command"),
        }
        let Shared { registry, authenticator, settings, .. } = &*self.shared;
        let service = Service { registry, authenticator: &**authenticator, settings };
        let mut served = dispatch(line, service, &mut self.state, &mut self.host, SystemTime::now()).await;
        if let Ok(Action::Hash(hashing)) = &mut served {
            hashing.verb = verb;
        }
        let code = match &served {
            Ok(Action::Reply(reply) | Action::Close(reply) | Action::Protect(reply)) => Some(reply.code()),
            Ok(Action::Transfer(_) | Action::Hash(_)) => None,
            Err(failure) => {
                log(verb, spec.is_some_and(Spec::transfers), failure);
                Some(failure.reply().code())
            }
        };
        if let Some(code) = code {
            tracing::debug!(%code, "reply");
            self.served(verb, code.as_u16());
        }
        served
    }

    /// Tells of a command that was answered.
    pub(super) fn served(&self, verb: &'static str, code: u16) {
        let duration = self.host.asked.elapsed();
        self.host.emit(&Event::CommandServed { session: self.host.session, verb, code, duration });
    }

    /// The last reply for a peer that guesses passwords, or that does not speak FTP.
    pub(super) fn has_failed_too_often(&mut self) -> Option<Reply> {
        if self.state.principal().is_some() {
            return None;
        }
        self.errors_before_login += 1;
        if self.host.login_failures >= self.shared.limits.login_attempts || self.host.is_banned() {
            return Some(Reply::new(421, "Too many login attempts."));
        }
        if self.errors_before_login < self.shared.limits.errors_before_login {
            return None;
        }
        let peer = self.state.peer();
        self.shared.tell_banned(peer, self.shared.bans.misbehaved(peer.ip()));
        Some(Reply::new(421, "Too many errors."))
    }
}

/// The letters that a line begins with.
fn first_word(line: &[u8]) -> &str {
    let letters = line.split(|octet| !octet.is_ascii_alphabetic()).next().unwrap_or_default();
    str::from_utf8(letters).unwrap_or_default()
}

/// Logs a refused command: what the server has failed at as a warning, what keeps a file from its way as news.
pub(in crate::server) fn log(verb: &'static str, transfers: bool, failure: &Failure) {
    let source = std::error::Error::source(failure).map(ToString::to_string);
    let server_fault = failure.reply().severity() == Severity::TransientNegative && source.is_some();
    match (server_fault, transfers) {
        (true, _) => tracing::warn!(verb, reply = %failure, source, "failed"),
        (false, true) => tracing::info!(verb, reply = %failure, source, "refused"),
        (false, false) => tracing::debug!(verb, reply = %failure, source, "refused"),
    }
}
