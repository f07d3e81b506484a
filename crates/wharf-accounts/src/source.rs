use std::{collections::BTreeMap, fmt};

use async_trait::async_trait;
use tracing::error;
use wharf::core::{pathname::escape_for_display, principal::LoginAttempt};

use crate::{PasswordHash, Settings, decoys};

/// A place that knows users: a file, a database, a program.
#[async_trait]
pub trait Source: fmt::Debug + Send + Sync + 'static {
    /// What is known of who wants to log in. It is asked about who is refused by what an earlier source knows too, in vain, so that all
    /// refusals are alike.
    ///
    /// # Errors
    /// It could not be asked. Nobody gets in then whom an earlier source does not know, and nobody is told more than that. What is wrong with one user only is
    /// [`Refused`](Answer::Refused) instead, and for the log: an error would tell everybody that there is such a user.
    async fn find(&self, attempt: &LoginAttempt<'_>) -> Result<Answer, SourceError>;

    /// Hashes like those of its users, as far as they are known before somebody logs in: a refusal is to take as long for who
    /// is not known as for who is. One of each [kind](PasswordHash::of_nobody_like) is enough. It is asked at each refusal, by a
    /// thread that serves sessions: it must not wait for anything.
    fn hashes(&self) -> Vec<PasswordHash> {
        Vec::new()
    }

    /// Whether [`hashes`](Self::hashes) stay the same for as long as this is a source: then it is asked once.
    fn has_fixed_hashes(&self) -> bool {
        false
    }

    /// Whether it tells names apart octet for octet. Of those that do not, sessions and speeds are counted by the
    /// [`name`](Settings::name) that they answer with; without one, all spellings of a name are one user.
    fn is_exact(&self) -> bool {
        false
    }
}

/// What a [`Source`] knows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Answer {
    /// There is no such user here; others are asked.
    Unknown,
    /// There is, and whether it is them is still to be proved: by the password, or the certificate.
    Known(Box<Settings>),
    /// There is, and the source has checked the password.
    Proved(Box<Settings>),
    /// There is, and they do not get in.
    Refused,
}

impl Answer {
    /// What is known of a user is no good: nobody gets in, and the log says why. In quotes, as all that holds a name that was given:
    /// it forges no other line for a program that reads the log.
    pub(crate) fn broken(attempt: &LoginAttempt<'_>, error: &dyn fmt::Display) -> Self {
        let name = escape_for_display(attempt.name).to_string();
        error!(reason = error.to_string(), name, "a user cannot log in");
        Self::Refused
    }
}

/// Why a source did not answer.
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

/// Users that are in memory.
#[async_trait]
impl Source for BTreeMap<String, Settings> {
    async fn find(&self, attempt: &LoginAttempt<'_>) -> Result<Answer, SourceError> {
        let found = str::from_utf8(attempt.name).ok().and_then(|name| self.get(name));
        Ok(found.map_or(Answer::Unknown, |settings| Answer::Known(Box::new(settings.clone()))))
    }

    fn hashes(&self) -> Vec<PasswordHash> {
        decoys::kinds(self.values().filter_map(|settings| settings.password.as_ref()))
    }

    fn has_fixed_hashes(&self) -> bool {
        true
    }

    fn is_exact(&self) -> bool {
        true
    }
}
