use std::{borrow::Cow, cmp::Ordering, fmt};

use wharf_core::{listing::is_safe_name, pathname::escape_for_display};

/// A pathname below the root of a tree, `a/b/c`, octet for octet; empty for the root itself.
///
/// Each component is a [safe name](wharf_core::listing::is_safe_name), so it cannot lead out of the tree. A directory is
/// ordered before what is in it, and that before the directory's next sibling.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct RelativePath(Vec<u8>);

impl RelativePath {
    /// The root of the tree.
    pub fn root() -> Self {
        Self::default()
    }

    /// Reads `a/b/c`; `None` if a component is not a safe name.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let safe = text.is_empty() || text.split(|&octet| octet == b'/').all(is_safe_name);
        safe.then(|| Self(text.to_vec()))
    }

    /// The pathname of `name` in this directory; `None` if it is not a safe name.
    pub fn join(&self, name: &[u8]) -> Option<Self> {
        if !is_safe_name(name) {
            return None;
        }
        let mut path = Vec::with_capacity(self.0.len() + 1 + name.len());
        path.extend_from_slice(&self.0);
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(name);
        Some(Self(path))
    }

    /// The directory that it is in; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        match self.0.iter().rposition(|&octet| octet == b'/') {
            Some(slash) => Some(Self(self.0.get(..slash)?.to_vec())),
            None => (!self.is_root()).then(Self::root),
        }
    }

    /// The directories that it is in, the nearest first, the root last.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> + use<> {
        std::iter::successors(self.parent(), Self::parent)
    }

    /// Whether it is somewhere in `directory`.
    pub fn is_below(&self, directory: &Self) -> bool {
        directory.is_root() && !self.is_root()
            || self.0.strip_prefix(directory.0.as_slice()).is_some_and(|rest| rest.starts_with(b"/"))
    }

    /// The pathname that it has when `from`, which it is or is in, becomes `to`.
    pub(super) fn moved(&self, from: &Self, to: &Self) -> Option<Self> {
        let rest = self.0.strip_prefix(from.0.as_slice())?;
        Some(Self([to.0.as_slice(), rest].concat()))
    }

    /// The last component; empty for the root.
    pub fn name(&self) -> &[u8] {
        self.0.rsplit(|&octet| octet == b'/').next().unwrap_or_default()
    }

    /// Whether it is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// How many components it has.
    pub fn depth(&self) -> usize {
        match self.is_root() {
            true => 0,
            false => 1 + self.0.iter().filter(|&&octet| octet == b'/').count(),
        }
    }

    /// The octets, without a `/` at either end.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// What it is called where letter case and Unicode forms make no difference.
    pub(super) fn folded(&self) -> Self {
        let lower = match String::from_utf8_lossy(&self.0) {
            Cow::Borrowed(text) => fold(text).into_bytes(),
            // Not UTF-8: what is ASCII in it.
            Cow::Owned(_) => self.0.to_ascii_lowercase(),
        };
        Self(lower)
    }
}

/// Full composition of the lower-case letters, twice: lower case may come apart.
fn fold(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.nfc().flat_map(char::to_lowercase).nfc().collect()
}

impl Ord for RelativePath {
    fn cmp(&self, other: &Self) -> Ordering {
        // No name holds a NUL: so `a/b` comes before `a-b`.
        fn key(path: &[u8]) -> impl Iterator<Item = u8> {
            path.iter().map(|&octet| if octet == b'/' { 0 } else { octet })
        }
        key(&self.0).cmp(key(&other.0))
    }
}

impl PartialOrd for RelativePath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for RelativePath {
    /// As it may be shown on a terminal; `.` for the root.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_root() {
            true => f.write_str("."),
            false => write!(f, "{}", escape_for_display(&self.0)),
        }
    }
}

impl fmt::Debug for RelativePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RelativePath {
        RelativePath::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn nothing_leads_out_of_the_tree() {
        for text in ["/", "/a", "a/", "a//b", "..", "a/../b", ".", "a/.", "a\0b"] {
            assert_eq!(RelativePath::parse(text.as_bytes()), None, "{text:?}");
        }
        for name in ["", "a/b", "..", "."] {
            assert_eq!(path("a").join(name.as_bytes()), None, "{name:?}");
        }
        assert_eq!(path("a").join(b" b "), Some(path("a/ b ")));
        assert_eq!(RelativePath::root().join(b"a"), Some(path("a")));
    }

    #[test]
    fn directories_come_before_what_is_in_them_and_that_before_siblings() {
        let mut paths = ["b", "a-b", "a/c/d", "a", "a/c", "", "a/b", "a b"].map(path);
        paths.sort();
        assert_eq!(paths, ["", "a", "a/b", "a/c", "a/c/d", "a b", "a-b", "b"].map(path));
    }

    #[test]
    fn knows_its_relatives() {
        assert_eq!(path("a/b").parent(), Some(path("a")));
        assert_eq!(path("a").parent(), Some(RelativePath::root()));
        assert_eq!(RelativePath::root().parent(), None);
        assert_eq!(path("a/b/c").ancestors().collect::<Vec<_>>(), ["a/b", "a", ""].map(path));
        assert_eq!((path("a/b").depth(), RelativePath::root().depth()), (2, 0));
        assert_eq!(path("a/b c").name(), b"b c");
    }

    #[test]
    fn folded_names_are_the_same_in_any_case_and_form() {
        assert_eq!(path("\u{c9}t\u{c9}").folded(), path("e\u{301}te\u{301}").folded());
        assert_eq!(path("A/B").folded(), path("a/b"));
        assert_ne!(path("a").folded(), path("b").folded());
        assert_eq!(RelativePath(b"A\xff".to_vec()).folded().as_bytes(), b"a\xff");
    }
}
