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
use crate::server::{Event, host::Asked, shared::Shared};

impl Driver {
    pub(super) async fn dispatch(&mut self, line: Line) -> Result<Action, Failure> {
        let known = line.as_ref().ok().and_then(|line| self.shared.registry.lookup(line));
        let spec = known.as_ref().map(|(command, _)| command.spec);
        let verb = spec.map_or("", |spec| spec.verb);
        let asked = Asked { verb, at: Instant::now() };
        self.host.asked = asked;
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
            (None, Err(error)) => tracing::debug!(error = error.to_string(), "no command"),
        }
        let Shared { registry, authenticator, settings, .. } = &*self.shared;
        let service = Service { registry, authenticator: &**authenticator, settings };
        let served = dispatch(line, service, &mut self.state, &mut self.host, SystemTime::now()).await;
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
            self.served(asked, code.as_u16());
        }
        served
    }

    /// Tells of a command that was answered, if anybody wants to know.
    pub(super) fn served(&self, Asked { verb, at }: Asked, code: u16) {
        if !self.shared.command_events {
            return;
        }
        let duration = at.elapsed();
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
        (true, _) => tracing::warn!(verb, reply = failure.to_string(), source, "failed"),
        (false, true) => tracing::info!(verb, reply = failure.to_string(), source, "refused"),
        (false, false) => tracing::debug!(verb, reply = failure.to_string(), source, "refused"),
    }
}
