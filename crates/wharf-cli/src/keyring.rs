//! Passwords in the system's keyring: what unlocks when its owner logs in.

#[cfg(not(feature = "keyring"))]
#[path = "keyring/none.rs"]
mod system;
#[cfg(feature = "keyring")]
mod system;

use std::{thread, time::Duration};

use tokio::{sync::oneshot, time::timeout};

use crate::{
    exit::{Exit, Failure},
    output,
    runtime::until_interrupted,
    url::Url,
};

/// How long a command waits for its password: somebody may have to unlock the keyring first.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why a keyring did not do what it was asked for.
#[derive(Debug)]
enum Problem {
    /// There is none.
    NoKeyring(String),
    /// It refused.
    Refused(String),
}

/// The place of a user's password for a server.
///
/// It is of the scheme too: what was kept for a connection with TLS does not go over one without.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    service: String,
    user: String,
}

impl Entry {
    /// That of `user` on the server of `url`; `None` for a user that is not UTF-8, for whom keyrings have no place.
    pub(crate) fn of(url: &Url, user: &[u8]) -> Option<Self> {
        let user = str::from_utf8(user).ok()?.to_owned();
        let address = url.address().to_ascii_lowercase();
        Some(Self { service: format!("wharf {}://{address}", url.scheme.as_str()), user })
    }

    /// The password, if the keyring gives it within a minute. A refusal is warned of; no keyring is nothing special.
    ///
    /// # Errors
    /// [`Exit::Interrupted`].
    pub(crate) fn get(self) -> Result<Option<Vec<u8>>, Failure> {
        let answer = on_thread(move || system::get(&self.service, &self.user));
        let answer = until_interrupted(async {
            let late = Problem::Refused("it does not answer".to_owned());
            Ok(timeout(PATIENCE, answer).await.unwrap_or(Err(late)))
        })?;
        Ok(match answer {
            Ok(password) => password,
            Err(Problem::NoKeyring(_)) => None,
            Err(Problem::Refused(reason)) => {
                output::warning(format_args!("the keyring gives no password: {reason}"));
                None
            }
        })
    }

    /// Keeps `password`, in place of the one that was there.
    ///
    /// # Errors
    /// There is no keyring, or it refuses; [`Exit::Interrupted`].
    pub(crate) fn set(self, password: Vec<u8>) -> Result<(), Failure> {
        done(move || system::set(&self.service, &self.user, &password))
    }

    /// Forgets the password.
    ///
    /// # Errors
    /// There is none; those of [`set`](Self::set).
    pub(crate) fn remove(self) -> Result<(), Failure> {
        match done(move || system::remove(&self.service, &self.user))? {
            true => Ok(()),
            false => Err(Failure::new(Exit::Failed, "there is no such password in the keyring")),
        }
    }
}

/// Whether there is a keyring: nobody is asked for a password that cannot be kept.
///
/// # Errors
/// There is none; [`Exit::Interrupted`].
pub(crate) fn is_there() -> Result<(), Failure> {
    done(system::is_there)
}

/// Waits for what a keyring does.
fn done<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Failure> {
    let answer = on_thread(work);
    until_interrupted(async { Ok(answer.await) })?.map_err(|problem| match problem {
        Problem::NoKeyring(reason) => Failure::local("there is no keyring", &reason),
        Problem::Refused(reason) => Failure::local("the keyring", &reason),
    })
}

/// Asks on a thread of its own, which nobody waits for when the program is interrupted: a keyring may ask its owner.
async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let (sender, receiver) = oneshot::channel();
    thread::spawn(move || sender.send(work()));
    receiver.await.unwrap_or_else(|_| Err(Problem::Refused("it failed".to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_of_the_scheme_the_host_the_port_and_the_user() {
        let entry = |text: &str| {
            let url = Url::parse(text).unwrap();
            let entry = Entry::of(&url, url.user.as_deref().unwrap());
            entry.map(|entry| (entry.service, entry.user))
        };
        let kept = entry("ftpes://anna@FTP.example.org/a/b").unwrap();
        assert_eq!(kept, ("wharf ftpes://ftp.example.org:21".to_owned(), "anna".to_owned()));
        assert_eq!(entry("ftpes://anna@ftp.example.org:21"), Some(kept.clone()));
        for other in
            ["ftp://anna@ftp.example.org", "ftpes://bob@ftp.example.org", "ftpes://anna@ftp.example.org:22"]
        {
            assert_ne!(entry(other), Some(kept.clone()), "{other}");
        }
        assert_eq!(entry("ftp://%FF@host"), None);
    }
}
