//! Pathnames on the wire: quoted in replies (RFC 959 appendix II) and shown to people.

use std::fmt::{self, Write};

pub use wharf_storage::{NameError, Pathname};

/// Puts `name` in double quotes, as 257 does; a quote inside becomes two.
pub fn quote(name: &[u8]) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(name.len() + 2);
    quoted.push(b'"');
    for &octet in name {
        quoted.push(octet);
        if octet == b'"' {
            quoted.push(b'"');
        }
    }
    quoted.push(b'"');
    quoted
}

/// Finds the first quoted name in `text` and what follows its closing quote.
///
/// Two quotes inside are one quote of the name. `None` where there is no quote, or none that closes.
///
/// ```
/// # use wharf_core::pathname::unquote;
/// assert_eq!(unquote(br#""/say ""hi""" is current"#), Some((br#"/say "hi""#.to_vec(), &b" is current"[..])));
/// ```
pub fn unquote(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let open = memchr::memchr(b'"', text)?;
    let mut rest = text.get(open + 1..)?;
    let mut name = Vec::new();
    loop {
        let at = memchr::memchr(b'"', rest)?;
        name.extend_from_slice(rest.get(..at)?);
        rest = rest.get(at + 1..)?;
        match rest.strip_prefix(b"\"") {
            Some(more) => {
                name.push(b'"');
                rest = more;
            }
            None => return Some((name, rest)),
        }
    }
}

/// Shows what a peer sent on a terminal or in a log without obeying it.
///
/// Control characters, those of C1 too, line and paragraph separators and the characters that change the direction of
/// text are escaped; an octet that is not UTF-8 is shown as `\xNN`. One line stays one line.
///
/// ```
/// # use wharf_core::pathname::escape_for_display;
/// assert_eq!(escape_for_display(b"a\x1b[2J\r\n\xe9.txt").to_string(), r"a\u{1b}[2J\r\n\xe9.txt");
/// ```
pub fn escape_for_display(octets: &[u8]) -> impl fmt::Display + '_ {
    Escaped(octets)
}

struct Escaped<'a>(&'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                match is_obeyed(character) {
                    true => write!(f, "{}", character.escape_default())?,
                    false => f.write_char(character)?,
                }
            }
            for octet in chunk.invalid() {
                write!(f, "\\x{octet:02x}")?;
            }
        }
        Ok(())
    }
}

/// Whether a terminal, or the layout of text, acts on this character rather than showing it.
fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn finds_the_first_quoted_name() {
        for (text, expected) in [
            (r#""/" is the working directory"#, Some(("/", " is the working directory"))),
            (r#"created "/a b" now, not "/c""#, Some(("/a b", r#" now, not "/c""#))),
            (r#""/a""b""#, Some((r#"/a"b"#, ""))),
            (r#""/a""""#, Some((r#"/a""#, ""))),
            ("\"\"\"\"\"\"", Some(("\"\"", ""))),
            ("\"\"\"\"\"", None),
            (r#""""#, Some(("", ""))),
            ("/ is the working directory", None),
            ("\"/unclosed", None),
            (r#""/a"""#, None),
            ("", None),
        ] {
            let expected = expected.map(|(name, rest)| (name.as_bytes().to_vec(), rest.as_bytes()));
            assert_eq!(unquote(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(unquote(b"\"/\xe9\""), Some((b"/\xe9".to_vec(), &b""[..])));
    }

    #[test]
    fn shows_what_a_terminal_would_obey() {
        for (octets, expected) in [
            (&b"plain, \xc3\xa9t\xc3\xa9 \\ \""[..], "plain, \u{e9}t\u{e9} \\ \""),
            (b"\0\t\r\n\x1b\x7f", r"\u{0}\t\r\n\u{1b}\u{7f}"),
            (b"\xc2\x9b31m", r"\u{9b}31m"),
            (b"\x9b31m", r"\x9b31m"),
            (
                "txt.\u{202e}exe\u{2066}\u{200f}\u{2028}".as_bytes(),
                r"txt.\u{202e}exe\u{2066}\u{200f}\u{2028}",
            ),
            (b"\xe2\x82", r"\xe2\x82"),
        ] {
            assert_eq!(escape_for_display(octets).to_string(), expected);
        }
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_found(before in "[^\"]{0,10}", name: Vec<u8>, after in "([^\"][ -~]{0,9})?") {
            let mut text = before.into_bytes();
            text.extend(quote(&name));
            text.extend_from_slice(after.as_bytes());
            prop_assert_eq!(unquote(&text), Some((name, after.as_bytes())));
        }

        #[test]
        fn any_text_is_searched_and_shown(text: Vec<u8>) {
            if let Some((name, rest)) = unquote(&text) {
                prop_assert!(name.len() + rest.len() + 2 <= text.len());
            }
            prop_assert!(!escape_for_display(&text).to_string().contains(is_obeyed));
        }
    }
}
