use globset::{Candidate, GlobBuilder, GlobMatcher};

use super::RelativePath;
use crate::Error;

/// Which entries a sync is about: rules in their order, of which the first that matches decides. What none matches is
/// included.
///
/// A pattern without `/` is for names at any depth; with one, before its end, it is for pathnames from the root of the
/// tree. One that ends with `/` is for directories only. `*` and `?` match within a name, `**` across directories;
/// `[abc]`, `[!a-z]` and `{one,two}` are known, and a backslash takes a character for itself.
///
/// What is in a directory that is excluded is not looked at: to include some of it, the directory must be included too.
///
/// ```
/// # use wharf::client::sync::{Filter, RelativePath};
/// let filter = Filter::new().include("*.rs")?.include("*/")?.exclude("*")?;
/// let path = |text: &str| RelativePath::parse(text.as_bytes()).unwrap();
/// assert!(filter.admits(&path("src"), true) && filter.admits(&path("src/lib.rs"), false));
/// assert!(!filter.admits(&path("src/notes.txt"), false));
/// # Ok::<(), wharf::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Filter(Vec<Rule>);

#[derive(Clone, Debug)]
struct Rule {
    includes: bool,
    glob: GlobMatcher,
    /// It is for pathnames, not for names.
    whole: bool,
    directories_only: bool,
}

impl Filter {
    /// Includes everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a rule that includes what the pattern matches.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for what is no pattern.
    pub fn include(self, pattern: &str) -> Result<Self, Error> {
        self.with(pattern, true)
    }

    /// Adds a rule that excludes what the pattern matches.
    ///
    /// # Errors
    /// As [`include`](Self::include).
    pub fn exclude(self, pattern: &str) -> Result<Self, Error> {
        self.with(pattern, false)
    }

    /// Whether an entry and all directories that it is in are admitted.
    pub(super) fn admits_all(&self, path: &RelativePath, is_directory: bool) -> bool {
        self.admits(path, is_directory)
            && path.ancestors().filter(|above| !above.is_root()).all(|above| self.admits(&above, true))
    }

    fn with(mut self, pattern: &str, includes: bool) -> Result<Self, Error> {
        let refused = || Error::invalid_input("this is no pattern").argument_is(pattern.as_bytes());
        let (text, directories_only) = match pattern.strip_suffix('/') {
            Some(text) => (text, true),
            None => (pattern, false),
        };
        let whole = text.contains('/');
        let text = text.strip_prefix('/').unwrap_or(text);
        if text.is_empty() {
            return Err(refused());
        }
        let built = GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build();
        let glob = built.map_err(|error| refused().caused_by(error))?.compile_matcher();
        self.0.push(Rule { includes, glob, whole, directories_only });
        Ok(self)
    }

    /// Whether the sync is about the entry `path`, as far as the rules for itself say.
    pub fn admits(&self, path: &RelativePath, is_directory: bool) -> bool {
        let (whole, name) = (Candidate::from_bytes(path.as_bytes()), Candidate::from_bytes(path.name()));
        let decides = |rule: &&Rule| {
            (is_directory || !rule.directories_only)
                && rule.glob.is_match_candidate(if rule.whole { &whole } else { &name })
        };
        self.0.iter().find(decides).is_none_or(|rule| rule.includes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(filter: &Filter, path: &str) -> bool {
        let (path, is_directory) = match path.strip_suffix('/') {
            Some(path) => (path, true),
            None => (path, false),
        };
        filter.admits(&RelativePath::parse(path.as_bytes()).unwrap(), is_directory)
    }

    #[test]
    fn the_first_rule_that_matches_decides() {
        let filter = Filter::new().include("keep.tmp").unwrap().exclude("*.tmp").unwrap();
        assert!(admits(&filter, "keep.tmp") && admits(&filter, "a/b/keep.tmp") && admits(&filter, "a"));
        assert!(!admits(&filter, "x.tmp") && !admits(&filter, "a/x.tmp"));
        let filter = Filter::new().exclude("*.tmp").unwrap().include("keep.tmp").unwrap();
        assert!(!admits(&filter, "keep.tmp"));
    }

    #[test]
    fn a_slash_ties_a_pattern_to_the_root_or_to_directories() {
        let check = |pattern: &str, yes: &[&str], no: &[&str]| {
            let filter = Filter::new().exclude(pattern).unwrap();
            yes.iter().for_each(|path| assert!(!admits(&filter, path), "{pattern} {path}"));
            no.iter().for_each(|path| assert!(admits(&filter, path), "{pattern} {path}"));
        };
        check("a", &["a", "b/a", "b/a/"], &["ab", "a.b"]);
        check("/a", &["a", "a/"], &["b/a"]);
        check("a/", &["a/", "b/a/"], &["a", "b/a"]);
        check("a/b", &["a/b"], &["c/a/b", "a/b/c"]);
        check("a/*", &["a/b"], &["a", "a/b/c"]);
        check("a/**", &["a/b", "a/b/c"], &["a", "b/a"]);
        check("**/a/b", &["a/b", "c/a/b"], &["b"]);
        check("[!a].{c,h}", &["b.c", "x/b.h"], &["a.c", "b.o"]);
        check(r"\*", &["*"], &["a"]);
    }

    #[test]
    fn names_may_be_any_octets() {
        let filter = Filter::new().exclude("*.bak").unwrap();
        let path = RelativePath::parse(b"caf\xe9.bak").unwrap();
        assert!(!filter.admits(&path, false));
    }

    #[test]
    fn what_is_no_pattern_is_an_error() {
        for pattern in ["", "/", "[a", "{a"] {
            assert!(Filter::new().exclude(pattern).is_err(), "{pattern:?}");
        }
    }
}
