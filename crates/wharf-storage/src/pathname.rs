use std::{error, fmt};

/// An absolute, normalised pathname of the virtual tree: `/`, or `/` before each component.
///
/// Components are octets, as RFC 2640 section 2.2 asks of a server: no `/`, no NUL, never `.` or `..`, never empty,
/// 255 octets at most. So a `Pathname` cannot name anything outside its root; what a link may do about that is the
/// backend's to prevent. Names that are not UTF-8 survive.
///
/// ```
/// # use wharf_storage::Pathname;
/// let working_directory = Pathname::parse(b"/pub")?;
/// assert_eq!(working_directory.resolve(b"../a//b/./c")?.as_bytes(), b"/a/b/c");
/// assert_eq!(working_directory.resolve(b"../../..")?, Pathname::root());
/// # Ok::<(), wharf_storage::NameError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pathname(Vec<u8>);

/// Why octets are not a pathname.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameError {
    /// A NUL, which no storage can hold in a name.
    Nul,
    /// A component of more than 255 octets.
    ComponentTooLong,
    /// More than [`Pathname::MAX_LEN`] octets in all.
    TooLong,
    /// A single component was needed: not empty, no `/`, not `.` or `..`.
    NotAComponent,
}

impl Pathname {
    /// The most octets of a whole pathname.
    pub const MAX_LEN: usize = 4096;
    /// The most octets of one component.
    pub const MAX_COMPONENT_LEN: usize = 255;

    /// The root, `/`.
    pub fn root() -> Self {
        Self(b"/".to_vec())
    }

    /// Reads `text` as seen from the root.
    pub fn parse(text: &[u8]) -> Result<Self, NameError> {
        Self::root().resolve(text)
    }

    /// Reads `text` as seen from here: an absolute pathname as it is, another one below this one.
    ///
    /// `.` and empty components are dropped; `..` goes up and stops at the root. Components need not exist.
    pub fn resolve(&self, text: &[u8]) -> Result<Self, NameError> {
        let mut path = if text.first() == Some(&b'/') { Self::root() } else { self.clone() };
        for component in text.split(|&octet| octet == b'/') {
            match component {
                b"" | b"." => {}
                b".." => path = path.parent().unwrap_or(path),
                _ => path = path.join(component)?,
            }
        }
        Ok(path)
    }

    /// Whether [`join`](Self::join) takes `name`.
    pub fn can_join(&self, name: &[u8]) -> Result<(), NameError> {
        if name.is_empty() || name == b"." || name == b".." || name.contains(&b'/') {
            return Err(NameError::NotAComponent);
        }
        if name.contains(&0) {
            return Err(NameError::Nul);
        }
        if name.len() > Self::MAX_COMPONENT_LEN {
            return Err(NameError::ComponentTooLong);
        }
        if self.0.len() + 1 + name.len() > Self::MAX_LEN {
            return Err(NameError::TooLong);
        }
        Ok(())
    }

    /// The pathname of `name` in this directory.
    pub fn join(&self, name: &[u8]) -> Result<Self, NameError> {
        self.can_join(name)?;
        let mut path = self.0.clone();
        if !self.is_root() {
            path.push(b'/');
        }
        path.extend_from_slice(name);
        Ok(Self(path))
    }

    /// The directory this one is in, or `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        let slash = self.0.iter().rposition(|&octet| octet == b'/')?;
        match self.is_root() {
            true => None,
            false => Some(Self(self.0.get(..slash.max(1))?.to_vec())),
        }
    }

    /// The last component, or `None` for the root.
    pub fn name(&self) -> Option<&[u8]> {
        self.components().next_back()
    }

    /// The components from the root down; none for the root.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.0.split(|&octet| octet == b'/').filter(|component| !component.is_empty())
    }

    /// Whether this is `/`.
    pub fn is_root(&self) -> bool {
        self.0.len() == 1
    }

    /// Whether this is `ancestor` or lies below it.
    pub fn starts_with(&self, ancestor: &Self) -> bool {
        ancestor.is_root()
            || self
                .0
                .strip_prefix(ancestor.0.as_slice())
                .is_some_and(|rest| matches!(rest.first(), None | Some(b'/')))
    }

    /// The octets, beginning with `/`.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Pathname {
    /// Shows the pathname with control characters escaped and octets that are not UTF-8 replaced: for people and logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in String::from_utf8_lossy(&self.0).chars() {
            match character.is_control() {
                true => write!(f, "{}", character.escape_default())?,
                false => write!(f, "{character}")?,
            }
        }
        Ok(())
    }
}

/// In quotes, those within escaped: whoever reads it sees where it ends.
impl fmt::Debug for Pathname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*String::from_utf8_lossy(&self.0), f)
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nul => "a pathname cannot contain NUL",
            Self::ComponentTooLong => "a name in the pathname is longer than 255 octets",
            Self::TooLong => "the pathname is too long",
            Self::NotAComponent => "not the name of a single entry",
        })
    }
}

impl error::Error for NameError {}

impl From<NameError> for crate::Error {
    fn from(error: NameError) -> Self {
        Self::new(crate::ErrorKind::NameNotAllowed, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn path(text: &str) -> Pathname {
        Pathname::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn resolves_as_seen_from_a_directory() {
        for (from, text, expected) in [
            ("/", "", "/"),
            ("/", ".", "/"),
            ("/", "../../../", "/"),
            ("/", "/a/../b/..", "/"),
            ("/a/b", "c", "/a/b/c"),
            ("/a/b", "..", "/a"),
            ("/a/b", "../../..", "/"),
            ("/a", "//b//./c/", "/b/c"),
            ("/a", " b ", "/a/ b "),
            ("/a", "...", "/a/..."),
        ] {
            assert_eq!(path(from).resolve(text.as_bytes()).unwrap(), path(expected), "{from} {text}");
        }
    }

    #[test]
    fn refuses_what_no_storage_can_hold() {
        assert_eq!(Pathname::parse(b"a\0b"), Err(NameError::Nul));
        assert_eq!(Pathname::parse(&[b'a'; 256]), Err(NameError::ComponentTooLong));
        assert_eq!(Pathname::parse(&b"abc/".repeat(2000)), Err(NameError::TooLong));
        for name in ["", ".", "..", "a/b", "/"] {
            assert_eq!(Pathname::root().join(name.as_bytes()), Err(NameError::NotAComponent), "{name:?}");
        }
    }

    #[test]
    fn knows_its_relatives() {
        assert_eq!(Pathname::root().parent(), None);
        assert_eq!(Pathname::root().name(), None);
        assert_eq!(path("/a").parent(), Some(Pathname::root()));
        assert_eq!(path("/a/b").parent(), Some(path("/a")));
        assert_eq!(path("/a/b").name(), Some(&b"b"[..]));
        assert!(path("/a/b").starts_with(&path("/a")));
        assert!(path("/a").starts_with(&path("/a")));
        assert!(path("/a").starts_with(&Pathname::root()));
        assert!(!path("/ab").starts_with(&path("/a")));
    }

    #[test]
    fn is_shown_without_control_characters() {
        assert_eq!(Pathname::parse(b"a\nb\x1b[2J\xff").unwrap().to_string(), "/a\\nb\\u{1b}[2J\u{fffd}");
    }

    proptest! {
        #[test]
        fn any_octets_give_a_normal_pathname_or_an_error(from in "[a-z/.]{0,20}", text: Vec<u8>) {
            if let Ok(resolved) = path(&from).resolve(&text) {
                prop_assert!(resolved.as_bytes().starts_with(b"/"));
                prop_assert!(resolved.is_root() || !resolved.as_bytes().ends_with(b"/"));
                prop_assert!(resolved.components().all(|c| c != b".." && c != b"." && !c.contains(&0)));
                prop_assert_eq!(Pathname::parse(resolved.as_bytes()), Ok(resolved));
            }
        }
    }
}
