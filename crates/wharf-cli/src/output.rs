//! Everything that the program says.
//!
//! Results go to standard output; errors, warnings and progress to standard error. What a peer sent is shown as
//! [`Visible`], so that it cannot move the cursor or forge a line.

use std::{
    fmt::{self, Display, Write as _},
    io::{self, Write as _},
};

use crate::exit::Failure;

/// Writes `text` and a newline to standard output.
///
/// # Errors
/// Standard output cannot be written to. A reader that went away is no error: it has seen enough.
pub(crate) fn line(text: impl Display) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::local("cannot write to standard output", &error))
        }
        _ => Ok(()),
    }
}

/// Says why the program ends.
pub(crate) fn error(text: &dyn Display) {
    say(format_args!("wharf: {text}"));
}

/// Says what the user should know, though the program goes on.
pub(crate) fn warning(text: impl Display) {
    say(format_args!("wharf: warning: {text}"));
}

fn say(line: fmt::Arguments<'_>) {
    // Where there is nobody to tell, there is nothing to do about it.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Octets made visible: text as it is, and escaped what is not text, or would change how the text around it looks.
pub(crate) struct Visible<'a>(pub(crate) &'a [u8]);

impl Display for Visible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                match character {
                    '\\' => f.write_str("\\\\")?,
                    _ if deceives(character) => write!(f, "{}", character.escape_default())?,
                    _ => f.write_char(character)?,
                }
            }
            write!(f, "{}", chunk.invalid().escape_ascii())?;
        }
        Ok(())
    }
}

/// Whether a terminal would obey the character, or show the text around it in another order, instead of showing it.
fn deceives(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_shown_as_it_is() {
        assert_eq!(Visible("Größe, 大きさ 'x' \"y\"".as_bytes()).to_string(), "Größe, 大きさ 'x' \"y\"");
    }

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(Visible(b"\x1b]0;title\x07\r\n").to_string(), r"\u{1b}]0;title\u{7}\r\n");
        assert_eq!(Visible("a\u{9b}2J\u{202e}b".as_bytes()).to_string(), r"a\u{9b}2J\u{202e}b");
    }

    #[test]
    fn different_octets_look_different() {
        assert_eq!(Visible(b"a\xffb").to_string(), r"a\xffb");
        assert_eq!(Visible(br"a\xffb").to_string(), r"a\\xffb");
    }
}
