use std::{collections::BTreeMap, fmt};

use async_trait::async_trait;
use tracing::error;
use wharf::core::{pathname::escape_for_display, principal::LoginAttempt};

use crate::Settings;

/// A place that knows users: a file, a database, a program.
#[async_trait]
pub trait Source: fmt::Debug + Send + Sync + 'static {
    /// What is known of who wants to log in.
    ///
    /// # Errors
    /// It could not be asked. Nobody gets in then whom an earlier source does not know. What is wrong with one user only is
    /// [`Refused`](Answer::Refused) instead, and for the log: an error would tell everybody that there is such a user.
    async fn find(&self, attempt: &LoginAttempt<'_>) -> Result<Answer, SourceError>;
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
    /// What is known of a user is no good: nobody gets in, and the log says why.
    pub(crate) fn broken(attempt: &LoginAttempt<'_>, error: &dyn fmt::Display) -> Self {
        error!(name = %escape_for_display(attempt.name), "a user cannot log in: {error}");
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
}
