//! A line of the shell as words, quoted as in a POSIX shell.

use std::borrow::Cow;

use crate::{exit::Failure, verb::raw};

/// The words of `line`. What begins with `#` is a comment.
///
/// # Errors
/// A quotation mark is not closed.
pub(super) fn words(line: &str) -> Result<Vec<String>, Failure> {
    if line.trim_start().starts_with('#') {
        return Ok(Vec::new());
    }
    shell_words::split(line).map_err(|_| Failure::usage("a quotation mark is not closed"))
}

/// Whether `line` has no secret in it that would be in the history.
pub(super) fn may_be_kept(line: &str) -> bool {
    let line = line.trim_start();
    line.split_once(' ').is_none_or(|(_, rest)| raw::check(rest.trim_start().as_bytes()).is_ok())
}

/// Where the last word of `line` begins, and the word without its quotation marks, as far as it goes.
pub(super) fn last(line: &str) -> (usize, String) {
    let (mut start, mut word) = (0, String::new());
    let (mut quoted, mut escaped) = (None, false);
    for (at, character) in line.char_indices() {
        match (quoted, character) {
            _ if escaped => {
                escaped = false;
                word.push(character);
            }
            (Some('\''), '\'') | (Some('"'), '"') => quoted = None,
            (None | Some('"'), '\\') => escaped = true,
            (Some(_), _) => word.push(character),
            (None, '\'' | '"') => quoted = Some(character),
            (None, white) if white.is_whitespace() => {
                start = at + white.len_utf8();
                word.clear();
            }
            (None, _) => word.push(character),
        }
    }
    (start, word)
}

/// `word` as it is typed.
pub(super) fn quoted(word: &str) -> Cow<'_, str> {
    shell_words::quote(word)
}

/// An absolute pathname without `.` and `..`.
pub(super) fn normal(path: &[u8]) -> Vec<u8> {
    let mut components: Vec<&[u8]> = Vec::new();
    for component in path.split(|octet| *octet == b'/') {
        match component {
            b"" | b"." => {}
            b".." => {
                components.pop();
            }
            component => components.push(component),
        }
    }
    [b"/", components.join(&b'/').as_slice()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_as_in_a_shell() {
        assert_eq!(words("get 'a b' c\\ d \"e\"").unwrap(), ["get", "a b", "c d", "e"]);
        assert!(words("  # get a").unwrap().is_empty() && words("").unwrap().is_empty());
        assert!(words("get 'a").is_err());
    }

    #[test]
    fn the_last_word_is_what_is_being_typed() {
        for (line, start, word) in [
            ("", 0, ""),
            ("ge", 0, "ge"),
            ("get ", 4, ""),
            ("get 'a b", 4, "a b"),
            ("get a\\ b", 4, "a b"),
            ("get \"a b\"/c", 4, "a b/c"),
            ("get é d", 7, "d"),
        ] {
            assert_eq!(last(line), (start, word.to_owned()), "{line}");
        }
    }

    #[test]
    fn what_is_quoted_is_read_as_one_word() {
        for word in ["a", "a b", "it's", "\"", "\\", "é$(x)"] {
            assert_eq!(words(&quoted(word)).unwrap(), [word]);
        }
    }

    #[test]
    fn secrets_are_not_kept() {
        assert!(may_be_kept("ls docs") && may_be_kept("quote SITE HELP") && may_be_kept("ls"));
        assert!(!may_be_kept("quote PASS sesame") && !may_be_kept(" quote  acct sesame"));
    }

    #[test]
    fn pathnames_are_made_normal() {
        for (path, normal_path) in
            [("/", "/"), ("/..", "/"), ("/a/./b//c/", "/a/b/c"), ("/a/b/../../c", "/c"), ("/a/..", "/")]
        {
            assert_eq!(normal(path.as_bytes()), normal_path.as_bytes());
        }
    }
}
