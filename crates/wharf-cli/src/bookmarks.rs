//! Bookmarks: short names for URLs, `@name` for the place itself and `@name/path` for what is below it.
//!
//! The file has a line for each: the name, white space, the URL. It can be edited by hand.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    configuration,
    exit::{Exit, Failure},
    url::{self, Url},
};

/// All bookmarks, and the file that they are in.
pub(crate) struct Bookmarks {
    path: PathBuf,
    /// The URLs by their names.
    pub(crate) all: BTreeMap<String, String>,
}

/// Whether `text` is a bookmark, and not a URL.
pub(crate) fn is_one(text: &str) -> bool {
    text.starts_with('@')
}

/// The URL that `@name` or `@name/path` stands for. The path is as it would stand in a URL.
///
/// # Errors
/// There is no such bookmark; the file cannot be read.
pub(crate) fn resolve(text: &str) -> Result<Url, Failure> {
    let rest = text.strip_prefix('@').unwrap_or(text);
    let (name, below) = rest.split_once('/').unwrap_or((rest, ""));
    let bookmarks = Bookmarks::read()?;
    let base = bookmarks.all.get(name).ok_or_else(|| {
        Failure::usage(format!(
            "there is no bookmark @{}; `wharf bookmark list` shows them",
            name.escape_debug()
        ))
    })?;
    let base = Url::parse(base)?;
    if below.is_empty() {
        return Ok(base);
    }
    // What stands below is read as a URL is.
    let below = Url::parse(&format!("ftp://host/{below}"))?.path;
    Ok(Url { path: url::join(&base.path, &below), ..base })
}

/// Checks a name.
///
/// # Errors
/// It would not be read as one.
pub(crate) fn check_name(name: &str) -> Result<(), Failure> {
    let plain = |character: char| character.is_alphanumeric() || "-_.".contains(character);
    match !name.is_empty() && name.chars().all(plain) {
        true => Ok(()),
        false => Err(Failure::usage("the name of a bookmark is of letters, digits, - _ and .")),
    }
}

impl Bookmarks {
    /// Reads the file; one that is not there has none.
    ///
    /// # Errors
    /// It cannot be read or understood.
    pub(crate) fn read() -> Result<Self, Failure> {
        let path = configuration::file("bookmarks")
            .ok_or_else(|| Failure::new(Exit::Failed, "there is no home directory to keep bookmarks in"))?;
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            read => read.map_err(|error| fails(&path, &error))?,
        };
        let mut all = BTreeMap::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match line.split_once(char::is_whitespace) {
                Some((name, url)) => all.insert(name.to_owned(), url.trim().to_owned()),
                None => return Err(fails(&path, &format!("line {}: a name and a URL are needed", at + 1))),
            };
        }
        Ok(Self { path, all })
    }

    /// Writes the file anew; a crash leaves the old one or the new one.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn write(&self) -> Result<(), Failure> {
        let text: String = self.all.iter().map(|(name, url)| format!("{name} {url}\n")).collect();
        let new = self.path.with_extension("new");
        let written = self.path.parent().map_or(Ok(()), fs::create_dir_all);
        let written =
            written.and_then(|()| fs::write(&new, text)).and_then(|()| fs::rename(&new, &self.path));
        written.map_err(|error| fails(&self.path, &error))
    }
}

fn fails(path: &Path, reason: &dyn std::fmt::Display) -> Failure {
    Failure::about(path, reason)
}
