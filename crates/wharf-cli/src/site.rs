//! Where on a server something is: a URL or a bookmark on the command line, a pathname in `wharf shell`.

use std::{convert::Infallible, str::FromStr};

use wharf::core::charset::Charset;

use crate::{
    bookmarks,
    exit::{Exit, Failure},
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
    /// The charset of the names there.
    pub(crate) charset: Charset,
}

/// Whether `text`, where a pathname may stand too, is a URL or a bookmark. A pathname that begins with @ is written `./@…`.
pub(crate) fn is_absolute(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    bookmarks::is_one(text)
        || scheme.is_some_and(|scheme| scheme.bytes().all(|octet| octet.is_ascii_alphabetic()))
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

    /// Whether it is a URL or a bookmark.
    pub(crate) fn is_absolute(&self) -> bool {
        is_absolute(&self.0)
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
    pub(crate) fn of(mut url: Url, charset: Option<Charset>) -> Self {
        let charset = charset.unwrap_or_default();
        url.path = charset.to_remote(&url.path).into_owned();
        Self { url, directory: None, charset }
    }

    /// The pathname that `place` stands for.
    ///
    /// # Errors
    /// It cannot be read, or is on another server.
    pub(crate) fn path(&self, place: &Place) -> Result<Vec<u8>, Failure> {
        if let Some(directory) = &self.directory {
            return Ok(below(directory, &self.charset.to_remote(place.0.as_bytes())));
        }
        let url = place.url()?;
        match self.url.is_same_server(&url) {
            // Octets that are no text stand in a URL as they are.
            true => match self.charset.to_new_remote(&url.path) {
                Some(path) => Ok(path.into_owned()),
                None => Err(Failure::new(
                    Exit::UnsafeName,
                    format!("the URL has a character that the charset {} lacks", self.charset),
                )),
            },
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
        let text = self.charset.to_remote(text);
        match &self.directory {
            Some(directory) => below(directory, &text),
            None => text.into_owned(),
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
        let directory = directory.map(|directory| directory.as_bytes().to_vec());
        Site { directory, ..Site::of(url, None) }
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
    fn text_is_encoded_and_octets_stay() {
        let charset = "sjis".parse().unwrap();
        let site = Site::of(Url::parse("ftp://host/試").unwrap(), Some(charset));
        assert_eq!(site.url.path, b"\x8e\x8e");
        for place in ["ftp://host/試", "ftp://host/%8e%8e"] {
            assert_eq!(site.path(&Place(place.into())).unwrap(), b"\x8e\x8e", "{place}");
        }
        assert_eq!(site.plain("試".as_bytes()), b"\x8e\x8e");
        let shell = Site { directory: Some(b"/".to_vec()), ..site };
        assert_eq!(shell.path(&Place("試".into())).unwrap(), b"/\x8e\x8e");
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
