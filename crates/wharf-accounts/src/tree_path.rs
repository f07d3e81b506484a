use std::{fmt, str::FromStr};

use wharf::storage::Pathname;

use crate::text::as_text;

/// A place in somebody's tree, from its root on: `/incoming`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath(pub Pathname);

impl FromStr for TreePath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.starts_with('/') {
            return Err("a place in the tree begins with /".into());
        }
        if text.split('/').any(|component| component == "..") {
            return Err("a place in the tree has no ..".into());
        }
        Pathname::parse(text.as_bytes()).map(Self).map_err(|error| error.to_string())
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.0.as_bytes()))
    }
}

as_text!(TreePath);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_absolute() {
        assert_eq!("/a//b/".parse::<TreePath>().unwrap().to_string(), "/a/b");
        for text in ["", "a", "/a/../b", "..", "/a\0"] {
            assert!(text.parse::<TreePath>().is_err(), "{text}");
        }
    }
}
