//! What is wrong with a configuration, where, and what was probably meant.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use toml::de::{DeTable, DeValue};
use wharf_accounts::{UsersFileError, wording::explained};

use crate::exit::{Exit, Failure};

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    file: PathBuf,
    /// From 1 on.
    line: Option<usize>,
    text: String,
}

/// What is wrong with the key at a path, such as `["tls", "certificate", "0", "key"]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    key: Vec<String>,
    text: String,
}

impl Wrong {
    /// Something is wrong with the key `path`, whose parts have dots between them.
    pub(crate) fn at(path: &str, text: impl fmt::Display) -> Self {
        Self { key: path.split('.').map(str::to_owned).collect(), text: text.to_string() }
    }

    /// As [`at`](Self::at), where a part may have a dot in it.
    pub(crate) fn key(path: &[&str], text: impl fmt::Display) -> Self {
        Self { key: path.iter().map(|part| (*part).to_owned()).collect(), text: text.to_string() }
    }
}

impl Wrong {
    /// Where `within` is what the key is in.
    pub(crate) fn below(mut self, within: &[String]) -> Self {
        self.key.splice(0..0, within.iter().cloned());
        self
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.text)
    }
}

impl Problem {
    /// The file cannot be read.
    pub(crate) fn unreadable(file: &Path, error: &io::Error) -> Self {
        Self { file: file.to_owned(), line: None, text: error.to_string() }
    }

    /// Something besides the file is wrong: an argument, a variable.
    pub(crate) fn beside(what: &str, text: impl fmt::Display) -> Self {
        Self { file: what.into(), line: None, text: text.to_string() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", crate::output::shown(&self.file))?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {}", self.text)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::new(Exit::Usage, problem.to_string())
    }
}

/// The text of a file, in which places are found.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    file: PathBuf,
    text: String,
}

impl Places {
    pub(crate) fn of(file: &Path, text: String) -> Self {
        Self { file: file.to_owned(), text }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What the parser found.
    pub(crate) fn in_toml(&self, error: &toml::de::Error) -> Problem {
        let line = error.span().map(|span| self.line(span.start));
        Problem { file: self.file.clone(), line, text: explained(error.message()) }
    }

    /// Where the key stands, or the nearest table around it.
    pub(crate) fn at(&self, wrong: Wrong) -> Problem {
        let parsed = DeTable::parse(&self.text);
        let line = parsed.ok().and_then(|table| find(table.get_ref(), &wrong.key)).map(|at| self.line(at));
        let text = format!("{}: {}", wrong.key.join("."), wrong.text);
        Problem { file: self.file.clone(), line, text }
    }

    /// The number of the line that the octet `at` is in.
    fn line(&self, at: usize) -> usize {
        self.text.bytes().take(at).filter(|octet| *octet == b'\n').count() + 1
    }
}

/// What is wrong with a file of users, as with a configuration.
pub(crate) fn in_users(error: &UsersFileError) -> Problem {
    match error {
        UsersFileError::Unreadable(file, error) => Problem::unreadable(file, error),
        UsersFileError::Wrong { file, line, text } => {
            Problem { file: file.clone(), line: *line, text: text.clone() }
        }
        other => Problem::beside("users", other),
    }
}

/// Where in the text the deepest part of a key is.
fn find(table: &DeTable<'_>, key: &[String]) -> Option<usize> {
    let (first, rest) = key.split_first()?;
    let (name, value) = table.iter().find(|(name, _)| name.get_ref() == first)?;
    within(value.get_ref(), rest).or(Some(name.span().start))
}

fn within(value: &DeValue<'_>, key: &[String]) -> Option<usize> {
    match value {
        DeValue::Table(table) => find(table, key),
        DeValue::Array(array) => {
            let (first, rest) = key.split_first()?;
            let element = array.get(first.parse::<usize>().ok()?)?;
            within(element.get_ref(), rest).or(Some(element.span().start))
        }
        _ => None,
    }
}
