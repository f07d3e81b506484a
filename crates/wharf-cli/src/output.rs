//! Everything that the program says.
//!
//! Results go to standard output, as text or as JSON Lines; errors, warnings and progress to standard error. Whatever shows
//! what a peer sent escapes it first, so that it cannot move the cursor or forge a line.

use std::{
    fmt::{self, Display},
    io::{self, Write},
    path::Path,
};

use serde::Serialize;
use wharf::core::pathname::escape_for_display;

use crate::exit::{Exit, Failure};

/// The version that stands in each line of JSON: fields may be added, and none changes its meaning without a new one.
const VERSION: u32 = 1;

/// How many octets of results are written at a time.
const CHUNK: usize = 64 << 10;

/// What a result is as a line of JSON: an object with `version`, `record` and the fields of the value.
pub(crate) trait Record: Serialize {
    /// What kind of result it is: the field `record`.
    const NAME: &'static str;
}

#[derive(Serialize)]
struct Line<'a, R> {
    version: u32,
    record: &'static str,
    #[serde(flatten)]
    content: &'a R,
}

/// Where the results of a command go: to people or to programs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    /// Text, or with `json` JSON Lines.
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether results are JSON.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Writes a result: `text`, with its line end, or the line of JSON.
    ///
    /// # Errors
    /// As [`write`].
    pub(crate) fn put<R: Record>(self, record: &R, text: impl FnOnce(&R) -> Vec<u8>) -> Result<(), Failure> {
        match self.json {
            true => write(&json(record)?),
            false => write(&text(record)),
        }
    }

    /// Writes many results, as few at a time as makes sense.
    ///
    /// # Errors
    /// As [`write`].
    pub(crate) fn put_all<R: Record>(
        self,
        records: impl IntoIterator<Item = R>,
        mut text: impl FnMut(&R) -> Vec<u8>,
    ) -> Result<(), Failure> {
        let mut buffer = Vec::new();
        for record in records {
            match self.json {
                true => buffer.extend(json(&record)?),
                false => buffer.extend(text(&record)),
            }
            if buffer.len() >= CHUNK {
                write(&buffer)?;
                buffer.clear();
            }
        }
        write(&buffer)
    }

    /// Tells a program what was done. People are told by silence.
    ///
    /// # Errors
    /// As [`write`].
    pub(crate) fn done<R: Record>(self, record: &R) -> Result<(), Failure> {
        match self.json {
            true => write(&json(record)?),
            false => Ok(()),
        }
    }

    /// As [`done`](Self::done), for somebody else to write.
    ///
    /// # Errors
    /// The result cannot be put into JSON, or not be written.
    pub(crate) fn done_to<R: Record>(self, out: &mut impl Write, record: &R) -> Result<(), Failure> {
        match self.json {
            true => out.write_all(&json(record)?).map_err(|error| unwritable(&error)),
            false => Ok(()),
        }
    }

    /// Says why the program ends, or why a part of its work was not done: a line of JSON besides the one for people.
    pub(crate) fn failure(self, failure: &Failure) {
        let text = failure.text.as_deref();
        if self.json && (text.is_some() || !matches!(failure.exit, Exit::Failed | Exit::Unread)) {
            let record = Error {
                exit: failure.exit as u8,
                code: failure.exit.name(),
                message: text.unwrap_or("some of it failed, as told before"),
            };
            // Who cannot be told what was wrong cannot be told that either.
            let _ = json(&record).and_then(|line| write(&line));
        }
        if let Some(text) = text {
            error(text);
        }
    }
}

/// What went wrong.
#[derive(Serialize)]
struct Error<'a> {
    exit: u8,
    code: &'static str,
    message: &'a str,
}

impl Record for Error<'_> {
    const NAME: &'static str = "error";
}

/// A record as a line. It is ASCII: what a terminal would obey in what a server sent is escaped with the rest.
fn json<R: Record>(record: &R) -> Result<Vec<u8>, Failure> {
    let line = Line { version: VERSION, record: R::NAME, content: record };
    let line = serde_json::to_string(&line).map_err(|error| Failure::local("JSON", &error))?;
    let mut escaped = String::with_capacity(line.len() + 1);
    for character in line.chars() {
        if matches!(character, ' '..='~') {
            escaped.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            escaped.push_str(&format!("\\u{unit:04x}"));
        }
    }
    escaped.push('\n');
    Ok(escaped.into_bytes())
}

/// Writes `text` and a newline to standard output.
///
/// # Errors
/// As [`write`].
pub(crate) fn line(text: impl Display) -> Result<(), Failure> {
    write(format!("{text}\n").as_bytes())
}

/// Writes `octets` to standard output.
///
/// # Errors
/// Standard output cannot be written to; a failure without words if its reader has seen enough.
pub(crate) fn write(octets: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(octets).and_then(|()| stdout.flush()).map_err(|error| unwritable(&error))
}

/// Standard output cannot be written to.
pub(crate) fn unwritable(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::silent(Exit::Unread),
        _ => Failure::local("cannot write to standard output", error),
    }
}

/// A path of this machine as people see it, in one line that a terminal does not obey.
pub(crate) fn shown(path: &Path) -> String {
    escape_for_display(path.as_os_str().as_encoded_bytes()).to_string()
}

/// Says what failed.
pub(crate) fn error(text: &str) {
    say(format_args!("wharf: {text}"));
}

/// Says what the user should know, though the program goes on.
pub(crate) fn warning(text: impl Display) {
    say(format_args!("wharf: warning: {text}"));
}

/// Says what has been done.
pub(crate) fn note(text: impl Display) {
    say(format_args!("{text}"));
}

/// Says one line, or several, in which there is nothing that a terminal would obey, wherever it comes from.
fn say(text: fmt::Arguments<'_>) {
    let mut stderr = io::stderr().lock();
    for line in text.to_string().split('\n') {
        // Where there is nobody to tell, there is nothing to do about it.
        let _ = writeln!(stderr, "{}", escape_for_display(line.as_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Greeting {
        text: &'static str,
    }

    impl Record for Greeting {
        const NAME: &'static str = "greeting";
    }

    #[test]
    fn json_is_ascii_with_its_version_and_says_the_same() {
        let text = "\u{1b}[2J \u{7f}\u{9b}31m \u{202e} é \u{1f600} \"\\\n";
        let line = String::from_utf8(json(&Greeting { text }).unwrap()).unwrap();
        assert!(
            line.trim_end_matches('\n').chars().all(|character| matches!(character, ' '..='~')),
            "{line}"
        );
        assert_eq!(line.matches('\n').count(), 1);
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["text"], text);
        assert_eq!((&read["version"], &read["record"]), (&1.into(), &"greeting".into()));
    }
}
