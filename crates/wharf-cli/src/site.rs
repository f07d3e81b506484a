//! Where on a server something is: a URL or a bookmark on the command line, a pathname in `wharf shell`.

use std::{convert::Infallible, str::FromStr};

use crate::{
    bookmarks,
    exit::Failure,
    url::{self, Url},
};

/// An argument that names something on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place(String);

/// A server, and where on it one is.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// The server, and the place that was named first.
    pub(crate) url: Url,
    /// The working directory, in the shell only.
    pub(crate) directory: Option<Vec<u8>>,
}

impl FromStr for Place {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::new(text))
    }
}

impl Place {
    /// What this text names.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The URL that it is or, as a bookmark, stands for.
    ///
    /// # Errors
    /// What is wrong with it; there is no such bookmark.
    pub(crate) fn url(&self) -> Result<Url, Failure> {
        match bookmarks::is_one(&self.0) {
            true => bookmarks::resolve(&self.0),
            false => Url::parse(&self.0),
        }
    }
}

impl Site {
    /// That of a URL.
    pub(crate) fn of(url: Url) -> Self {
        Self { url, directory: None }
    }

    /// The pathname that `place` stands for.
    ///
    /// # Errors
    /// It cannot be read, or is on another server.
    pub(crate) fn path(&self, place: &Place) -> Result<Vec<u8>, Failure> {
        if let Some(directory) = &self.directory {
            return Ok(below(directory, place.0.as_bytes()));
        }
        let url = place.url()?;
        match self.url.is_same_server(&url) {
            true => Ok(url.path),
            false => Err(Failure::usage("all URLs of one command name one server and one user")),
        }
    }

    /// The pathname of `place`, which must have a name to do something to.
    ///
    /// # Errors
    /// As [`path`](Self::path); it has none.
    pub(crate) fn named(&self, place: &Place, what_for: &str) -> Result<Vec<u8>, Failure> {
        let path = self.path(place)?;
        match url::file_name(&path) {
            Some(_) => Ok(path),
            None => Err(Failure::usage(format!("the URL: it names nothing that can be {what_for}"))),
        }
    }

    /// The pathname that `text`, which is not a URL, stands for.
    pub(crate) fn plain(&self, text: &[u8]) -> Vec<u8> {
        match &self.directory {
            Some(directory) => below(directory, text),
            None => text.to_vec(),
        }
    }
}

/// `path`, if it is absolute, else `path` in `directory`.
fn below(directory: &[u8], path: &[u8]) -> Vec<u8> {
    match path {
        [] | b"." => directory.to_vec(),
        [b'/', ..] => path.to_vec(),
        _ => url::join(directory, path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(directory: Option<&str>) -> Site {
        let url = Url::parse("ftp://anna@host/a/b").unwrap();
        Site { url, directory: directory.map(|directory| directory.as_bytes().to_vec()) }
    }

    #[test]
    fn a_place_is_a_url_of_the_same_server() {
        let site = site(None);
        assert_eq!(site.path(&Place("ftp://anna@host:21/x%20y".into())).unwrap(), b"x y");
        for other in ["ftp://host/x", "ftps://anna@host:21/x", "ftp://anna@host:2121/x", "x"] {
            assert!(site.path(&Place(other.into())).is_err(), "{other}");
        }
        assert!(site.named(&Place("ftp://anna@host/..".into()), "removed").is_err());
    }

    #[test]
    fn a_place_in_the_shell_is_a_pathname() {
        let here = site(Some("/in/here"));
        for (place, path) in [
            ("x y", "/in/here/x y"),
            ("/x", "/x"),
            ("..", "/in/here/.."),
            (".", "/in/here"),
            ("100%20", "/in/here/100%20"),
        ] {
            assert_eq!(here.path(&Place(place.into())).unwrap(), path.as_bytes());
            assert_eq!(here.plain(place.as_bytes()), path.as_bytes());
        }
        assert_eq!(site(Some("/")).path(&Place("x".into())).unwrap(), b"/x");
    }
}
