//! A line for each transfer of a file, in the format that wu-ftpd began and xferlog(5) describes.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    io::{self, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use jiff::Zoned;
use tracing::error;
use wharf::{Event, core::representation::RepresentationType, server::Direction, storage::Pathname};

use crate::{
    beside::{self, Beside, LastWords},
    output,
};

/// Who has not logged in.
const NOBODY: &str = "?";

/// The file, and who is there to be named in it; clones write to the same.
#[derive(Clone)]
pub(super) struct TransferLog {
    path: PathBuf,
    out: Beside,
    sessions: Arc<Mutex<HashMap<u64, Who>>>,
    again: Arc<AtomicBool>,
}

/// Of which session a transfer is.
#[derive(Clone)]
struct Who {
    peer: IpAddr,
    user: Arc<str>,
}

/// A file that is opened with its first line, and again when it was moved away.
struct Reopened {
    path: PathBuf,
    file: Option<File>,
    again: Arc<AtomicBool>,
}

/// What a line says of a transfer.
struct Line<'a> {
    now: Zoned,
    seconds: u64,
    who: &'a Who,
    octets: u64,
    path: &'a Pathname,
    representation: RepresentationType,
    direction: Direction,
    complete: bool,
}

impl TransferLog {
    /// Lines go to the end of the file; a thread of its own writes them.
    ///
    /// # Errors
    /// There is no such thread.
    pub(super) fn new(path: PathBuf) -> io::Result<(Self, LastWords)> {
        let again = Arc::new(AtomicBool::new(true));
        let file = Reopened { path: path.clone(), file: None, again: Arc::clone(&again) };
        let (out, last_words) = beside::start(file)?;
        Ok((Self { path, out, sessions: Arc::default(), again }, last_words))
    }

    /// Makes the file, if there is none. To be called as the user that the server is, who will open it again.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn open(&self) -> io::Result<()> {
        let named = |error: io::Error| {
            io::Error::new(error.kind(), format!("log.transfers: {}: {error}", output::shown(&self.path)))
        };
        append(&self.path).map(drop).map_err(named)
    }

    /// The next line goes to whatever file has the name then.
    pub(super) fn reopen(&self) {
        self.again.store(true, Ordering::Relaxed);
    }

    /// Writes of a transfer, and remembers whose the next one is.
    pub(super) fn event(&self, event: &Event) {
        match event {
            Event::SessionOpened { session, peer } => {
                drop(self.sessions().insert(*session, Who::nobody(*peer)))
            }
            Event::LoggedIn { session, user } => self.is(*session, user),
            Event::LoggedOut { session, .. } => self.is(*session, &NOBODY.into()),
            Event::SessionClosed { session } => drop(self.sessions().remove(session)),
            Event::TransferEnded {
                session,
                direction,
                pathname: Some(path),
                representation,
                octets,
                duration,
                code,
                ..
            } => {
                let who = self.sessions().get(session).cloned();
                let who = who.unwrap_or_else(|| Who::nobody((Ipv4Addr::UNSPECIFIED, 0).into()));
                let line = Line {
                    now: Zoned::now(),
                    seconds: duration.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX),
                    who: &who,
                    octets: *octets,
                    path,
                    representation: *representation,
                    direction: *direction,
                    complete: (200..300).contains(code),
                };
                // It never fails.
                let _ = self.out.clone().write(&line.text());
            }
            _ => {}
        }
    }

    fn is(&self, session: u64, user: &Arc<str>) {
        if let Some(who) = self.sessions().get_mut(&session) {
            who.user = Arc::clone(user);
        }
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<u64, Who>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Who {
    fn nobody(peer: SocketAddr) -> Self {
        Self { peer: peer.ip().to_canonical(), user: NOBODY.into() }
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

impl Write for Reopened {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.again.swap(false, Ordering::Relaxed) {
            match append(&self.path) {
                Ok(file) => self.file = Some(file),
                Err(error) => {
                    let path = output::shown(&self.path);
                    error!(
                        error = error.to_string(),
                        "{path} cannot be opened again: transfers are written to the file of before"
                    );
                }
            }
        }
        self.file.as_mut().map_or(Ok(line.len()), |file| file.write(line))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), File::flush)
    }
}

impl Line<'_> {
    /// `Mon Jan  2 03:04:05 2026 1 192.0.2.7 5 /in/a b _ i r anna ftp 0 * c`, fields that a space ends.
    fn text(&self) -> Vec<u8> {
        let kind = match self.representation {
            RepresentationType::Ascii => 'a',
            RepresentationType::Image => 'b',
        };
        let direction = match self.direction {
            Direction::Upload => 'i',
            Direction::Download => 'o',
        };
        let user = String::from_utf8_lossy(&one_word(self.who.user.as_bytes())).into_owned();
        let mode = if user == "anonymous" { 'a' } else { 'r' };
        let completion = if self.complete { 'c' } else { 'i' };
        let time = self.now.strftime("%a %b %e %H:%M:%S %Y");
        let mut line = format!("{time} {} {} {} ", self.seconds, self.who.peer, self.octets).into_bytes();
        line.extend(one_word(self.path.as_bytes()));
        line.extend(format!(" {kind} _ {direction} {mode} {user} ftp 0 * {completion}\n").into_bytes());
        line
    }
}

/// Without spaces and what controls terminals: nobody can make a field, or a line, with a name.
fn one_word(octets: &[u8]) -> Vec<u8> {
    let harmless = |octet: &u8| if octet.is_ascii_control() || *octet == b' ' { b'_' } else { *octet };
    octets.iter().map(harmless).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_line_has_the_fields_of_xferlog_and_no_name_can_add_any() {
        let now = date(2026, 1, 2).at(3, 4, 5, 0).in_tz("UTC").unwrap();
        let who = Who { peer: "192.0.2.7".parse().unwrap(), user: "anna b".into() };
        let path = Pathname::parse(b"/in/a b\n0").unwrap();
        let line = Line {
            now,
            seconds: 1,
            who: &who,
            octets: 5,
            path: &path,
            representation: RepresentationType::Image,
            direction: Direction::Upload,
            complete: true,
        };
        let text = String::from_utf8(line.text()).unwrap();
        assert_eq!(text, "Fri Jan  2 03:04:05 2026 1 192.0.2.7 5 /in/a_b_0 b _ i r anna_b ftp 0 * c\n");
        let anonymous = Who { user: "anonymous".into(), ..who.clone() };
        let other = Line {
            who: &anonymous,
            representation: RepresentationType::Ascii,
            direction: Direction::Download,
            complete: false,
            ..line
        };
        let text = String::from_utf8(other.text()).unwrap();
        assert!(text.ends_with(" /in/a_b_0 a _ o a anonymous ftp 0 * i\n"), "{text}");
    }
}
