use std::{collections::BTreeMap, fmt};

use async_trait::async_trait;
use wharf::core::principal::LoginAttempt;

use crate::Settings;

/// A place that knows users: a file, a database, a program.
#[async_trait]
pub trait Source: fmt::Debug + Send + Sync + 'static {
    /// What is known of who wants to log in.
    ///
    /// # Errors
    /// It could not be found out. Nobody gets in then whom an earlier source does not know.
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
