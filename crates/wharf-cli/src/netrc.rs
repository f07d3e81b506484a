//! `.netrc`: who one is on which machine.
//!
//! The crates that read it have not been kept up for years, and it is a small format.

use std::{collections::VecDeque, env, fs, io, path::PathBuf};

use crate::{exit::Failure, output, password_file::others_may_read};

/// What stands in the file for one machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// `None` is the default entry.
    machine: Option<String>,
    pub(crate) login: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) account: Option<String>,
}

/// The entry for `host`, and for `user` if one is given: the first that fits.
///
/// The file is the one that `NETRC` names, or `.netrc` at home. One that is not there has no entry.
///
/// # Errors
/// The file cannot be read or understood.
pub(crate) fn find(host: &str, user: Option<&[u8]>) -> Result<Option<Entry>, Failure> {
    let Some(path) = path() else { return Ok(None) };
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(|error| Failure::about(&path, &error))?,
    };
    let entries = parse(&text).map_err(|error| Failure::about(&path, &error))?;
    let mut found = entries.into_iter().find(|entry| entry.fits(host, user));
    if let Some(Entry { password: password @ Some(_), .. }) = &mut found
        && others_may_read(&path)
    {
        output::warning(format_args!(
            "{} can be read by others: its passwords are not used; chmod 600 keeps them secret",
            output::shown(&path)
        ));
        *password = None;
    }
    Ok(found)
}

fn path() -> Option<PathBuf> {
    let named = env::var_os("NETRC").filter(|path| !path.is_empty()).map(PathBuf::from);
    named.or_else(|| Some(env::home_dir()?.join(if cfg!(windows) { "_netrc" } else { ".netrc" })))
}

impl Entry {
    fn fits(&self, host: &str, user: Option<&[u8]>) -> bool {
        let machine = self.machine.as_ref().is_none_or(|machine| machine.eq_ignore_ascii_case(host));
        let login = match (&self.login, user) {
            (Some(login), Some(user)) => login.as_bytes() == user,
            _ => true,
        };
        machine && login
    }
}

/// Reads all entries.
fn parse(text: &str) -> Result<Vec<Entry>, String> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut words = Words { lines: text.lines(), line: 0, words: VecDeque::new() };
    while let Some(word) = words.next()? {
        let line = words.line;
        let wrong = |what: &str| format!("line {line}: {what}");
        let mut value =
            |what: &str| words.value()?.ok_or_else(|| wrong(&format!("there is nothing after {what}")));
        match word.as_str() {
            "machine" => entries.push(Entry { machine: Some(value("machine")?), ..Entry::default() }),
            "default" => entries.push(Entry::default()),
            "macdef" => words.skip_macro(),
            key @ ("login" | "password" | "account") => {
                let value = value(key)?;
                let entry = entries.last_mut();
                let entry = entry.ok_or_else(|| wrong(&format!("{key} stands before any machine")))?;
                let field = match key {
                    "login" => &mut entry.login,
                    "password" => &mut entry.password,
                    _ => &mut entry.account,
                };
                *field = Some(value);
            }
            // The word is not shown: it may be a part of a password.
            _ => return Err(wrong("there is a word that means nothing")),
        }
    }
    Ok(entries)
}

/// Words between white space; one that begins with `"` ends with the next, and `\` takes the next character as it is.
struct Words<'a> {
    lines: std::str::Lines<'a>,
    /// The number of the line that was read last, from 1.
    line: usize,
    /// What is left of it.
    words: VecDeque<String>,
}

impl<'a> Words<'a> {
    fn next_line(&mut self) -> Option<&'a str> {
        self.lines.next().inspect(|_| self.line += 1)
    }

    /// The next word that is no comment.
    fn next(&mut self) -> Result<Option<String>, String> {
        loop {
            match self.value()? {
                Some(word) if word.starts_with('#') => self.words.clear(),
                word => return Ok(word),
            }
        }
    }

    /// The next word, whatever it is: a password may begin with `#`.
    fn value(&mut self) -> Result<Option<String>, String> {
        while self.words.is_empty() {
            let Some(line) = self.next_line() else { return Ok(None) };
            self.words = split(line).map_err(|error| format!("line {}: {error}", self.line))?;
        }
        Ok(self.words.pop_front())
    }

    /// A macro's name and all lines up to an empty one.
    fn skip_macro(&mut self) {
        self.words.clear();
        while self.next_line().is_some_and(|line| !line.trim().is_empty()) {}
    }
}

fn split(line: &str) -> Result<VecDeque<String>, &'static str> {
    let mut words = VecDeque::new();
    let mut rest = line.trim_start().chars().peekable();
    while let Some(first) = rest.next_if(|_| true) {
        let quoted = first == '"';
        let mut word = String::new();
        let mut next = if quoted { rest.next() } else { Some(first) };
        loop {
            match next {
                None if quoted => return Err("a quotation mark is not closed"),
                None => break,
                Some('"') if quoted => break,
                Some(white) if !quoted && white.is_whitespace() => break,
                Some('\\') if quoted => word.extend(rest.next()),
                Some(character) => word.push(character),
            }
            next = rest.next();
        }
        words.push_back(word);
        while rest.next_if(|character| character.is_whitespace()).is_some() {}
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(machine: Option<&str>, login: &str, password: &str) -> Entry {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Entry {
            machine: machine.map(str::to_owned),
            login: text(login),
            password: text(password),
            account: None,
        }
    }

    fn found(text: &str, host: &str, user: Option<&str>) -> Option<Entry> {
        parse(text).unwrap().into_iter().find(|entry| entry.fits(host, user.map(str::as_bytes)))
    }

    #[test]
    fn entries_on_one_line_or_many() {
        let text = "# mine\nmachine a login anna password one\n\nmachine b\n\tlogin bob\n\tpassword two # not three\n\
                    default login anonymous password guest";
        let expected = [
            entry(Some("a"), "anna", "one"),
            entry(Some("b"), "bob", "two"),
            entry(None, "anonymous", "guest"),
        ];
        assert_eq!(parse(text).unwrap(), expected);
    }

    #[test]
    fn passwords_may_be_odd() {
        for (text, password) in [
            ("#1", "#1"),
            (r#""two words""#, "two words"),
            (r#""a\"b\\c""#, r#"a"b\c"#),
            (r"back\slash", r"back\slash"),
            ("in\"side", "in\"side"),
            ("machine", "machine"),
        ] {
            let text = format!("machine a login anna password {text}\nmachine b login b password c");
            let expected = [entry(Some("a"), "anna", password), entry(Some("b"), "b", "c")];
            assert_eq!(parse(&text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn macros_are_skipped() {
        let text = "machine a login anna\nmacdef init\ncd /pub\nmachine trap\n\nmachine b login bob\n";
        assert_eq!(parse(text).unwrap(), [entry(Some("a"), "anna", ""), entry(Some("b"), "bob", "")]);
    }

    #[test]
    fn the_first_that_fits_the_host_and_the_user() {
        let text =
            "machine a login anna password 1 machine A login bob password 2 default login c password 3";
        assert_eq!(found(text, "a", None), Some(entry(Some("a"), "anna", "1")));
        assert_eq!(found(text, "a", Some("bob")), Some(entry(Some("A"), "bob", "2")));
        assert_eq!(found(text, "a", Some("c")), Some(entry(None, "c", "3")));
        assert_eq!(found(text, "other", Some("d")), None);
        assert_eq!(found("machine a password 1", "a", Some("d")), Some(entry(Some("a"), "", "1")));
    }

    #[test]
    fn what_makes_no_sense_is_said_without_secrets() {
        for (line, text) in [
            (1, "machine"),
            (2, "\nmachine\n\n"),
            (1, "login anna"),
            (2, "machine a\npassword \"secret"),
            (3, "machine a\n# all is well\npassword b secret"),
            (6, "machine a\nmacdef init\ncd\n\nlogin b\nsecret"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.starts_with(&format!("line {line}: ")), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
