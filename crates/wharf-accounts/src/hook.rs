//! Users that something else knows: a service over HTTP, or a program. Both speak the same JSON.
//!
//! ```text
//! asked     {"version": 1, "name": "anna", "password": "secret", "peer": "192.0.2.7", "tls": true,
//!            "certificate": "4f5b…", "host": "ftp.example.org"}
//! answered  {"answer": "proved", "settings": {"root": "/srv/ftp/anna", "read-only": true}}
//!           {"answer": "known", "settings": {"password": "$argon2id$…", "root": "/srv/ftp/anna"}}
//!           {"answer": "unknown"}      {"answer": "refused"}
//! ```
//!
//! `password`, `certificate` and `host` are left out where there is none. A name or a password that is not UTF-8 is refused
//! without asking. `settings` have the keys of a user in the configuration.

#[cfg(feature = "http")]
mod http;
mod program;

#[cfg(feature = "http")]
pub use self::http::HttpHook;
pub use self::program::ProgramHook;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wharf::{connection::Fingerprint, core::principal::LoginAttempt};

use crate::{Answer, Settings, SourceError};

/// The most octets of an answer.
const MAX_ANSWER: usize = 64 << 10;

/// What is asked.
#[derive(Serialize)]
struct Question {
    version: u32,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    peer: String,
    tls: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
}

/// What is answered.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", tag = "answer")]
enum Reply {
    Unknown,
    Refused,
    Known { settings: Value },
    Proved { settings: Value },
}

/// The question in JSON; `None` for an attempt that cannot be put into it.
fn question(attempt: &LoginAttempt<'_>) -> Option<Vec<u8>> {
    let text = |octets: &[u8]| str::from_utf8(octets).ok().map(str::to_owned);
    let password = match attempt.password {
        Some(password) => Some(text(password.expose())?),
        None => None,
    };
    let question = Question {
        version: 1,
        name: text(attempt.name)?,
        password,
        peer: attempt.peer.ip().to_canonical().to_string(),
        tls: attempt.protected,
        certificate: attempt.client_certificate.map(|der| Fingerprint::of(der).to_string()),
        host: attempt.host_name.map(ToString::to_string),
    };
    serde_json::to_vec(&question).ok()
}

/// What the answer says. A proof of a password that nobody gave, or of an empty one, is none.
fn answer(attempt: &LoginAttempt<'_>, octets: &[u8]) -> Result<Answer, SourceError> {
    let gave_password = attempt.password.is_some_and(|password| !password.expose().is_empty());
    Ok(match serde_json::from_slice(octets)? {
        Reply::Unknown => Answer::Unknown,
        Reply::Proved { .. } if !gave_password && attempt.client_certificate.is_none() => Answer::Refused,
        Reply::Refused => Answer::Refused,
        Reply::Known { settings } => known(attempt, settings, Answer::Known),
        Reply::Proved { settings } => known(attempt, settings, Answer::Proved),
    })
}

/// An answer with these settings, if they are some.
fn known(
    attempt: &LoginAttempt<'_>,
    settings: Value,
    answer: impl FnOnce(Box<Settings>) -> Answer,
) -> Answer {
    serde_json::from_value(settings).map_or_else(|error| Answer::broken(attempt, &error), answer)
}
