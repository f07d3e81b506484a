//! Users whom the system's Pluggable Authentication Modules prove.

mod transaction;

use std::{fmt, sync::Arc, thread, time::Duration};

use async_trait::async_trait;
use tokio::{
    sync::{Semaphore, oneshot},
    time::timeout,
};
use tracing::warn;
use wharf::core::{pathname::escape_for_display, principal::LoginAttempt};

use self::transaction::{Transaction, Verdict};
use crate::{Answer, Settings, Source, SourceError};

/// How many are asked about at a time, each on a thread of its own.
const AT_A_TIME: usize = 16;

/// Who logs in to the system, or by whatever else a service file of PAM says.
///
/// At each login the service's modules are asked whether the password is right (`auth`), and then whether the account may be
/// used now (`account`): who is locked, expired or has to change the password first does not get in. No session is opened and
/// no credentials are taken: files are made as the server's own user, and all that they get besides comes from their groups.
/// `PAM_RHOST` is the peer's address, and `PAM_TTY` is `ftp`.
///
/// Modules may block. They do so on a thread of their own, 16 at most, which nobody waits for longer than was said, nor when
/// the program ends; one that never returns keeps its place among the 16.
///
/// An empty password, and names and passwords with NUL, are refused before any module sees them. A module that asks for anything
/// but a hidden answer, which is the password, is refused one: nothing is given to what could show it. Who is another
/// user after the conversation than before it is refused, and so is who has an entry in the system's list of users (`getpwnam`)
/// that spells the name in another way: `ANNA` for `anna`.
pub struct PamUsers {
    service: String,
    groups: Vec<String>,
    threads: Arc<Semaphore>,
    within: Duration,
}

impl PamUsers {
    /// The service unless another one is said.
    pub const SERVICE: &str = "wharf";

    /// Asks the modules of `service`, a file in `/etc/pam.d`, and waits so long for them. All who are proved are in these groups.
    ///
    /// # Errors
    /// What is no name of a service.
    pub fn new(service: &str, groups: Vec<String>, within: Duration) -> Result<Self, SourceError> {
        let is_file = service.starts_with(|first: char| first.is_ascii_alphanumeric())
            && service
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.'));
        match is_file {
            true => Ok(Self {
                service: service.into(),
                groups,
                threads: Arc::new(Semaphore::new(AT_A_TIME)),
                within,
            }),
            false => Err("the name of a file in /etc/pam.d is needed".into()),
        }
    }

    async fn ask(&self, transaction: Transaction) -> Result<Verdict, SourceError> {
        let turn = Arc::clone(&self.threads).acquire_owned().await?;
        let (tell, told) = oneshot::channel();
        // Not one of the runtime's, whose end would wait for it.
        thread::Builder::new().name("pam".into()).spawn(move || {
            let _turn = turn;
            // Nobody waits any more for what comes too late.
            let _ = tell.send(transaction.hold());
        })?;
        told.await?
    }
}

#[async_trait]
impl Source for PamUsers {
    async fn find(&self, attempt: &LoginAttempt<'_>) -> Result<Answer, SourceError> {
        let text =
            |octets| str::from_utf8(octets).ok().filter(|text| !text.is_empty() && !text.contains('\0'));
        let Some(name) = text(attempt.name) else { return Ok(Answer::Unknown) };
        let Some(password) = attempt.password.and_then(|password| text(password.expose())) else {
            return Ok(Answer::Refused);
        };
        let transaction = Transaction {
            service: self.service.clone(),
            name: name.into(),
            password: password.into(),
            host: attempt.peer.ip().to_canonical().to_string(),
        };
        let verdict = timeout(self.within, self.ask(transaction)).await;
        match verdict.map_err(|_| "PAM did not answer in time")?? {
            Verdict::Proved => {
                let settings = Settings { groups: Some(self.groups.clone()), ..Settings::default() };
                Ok(Answer::Proved(Box::new(settings)))
            }
            Verdict::Unknown => Ok(Answer::Unknown),
            Verdict::Wrong => Ok(Answer::Refused),
            Verdict::Refused(reason) => {
                let name = escape_for_display(attempt.name).to_string();
                warn!(reason, name, "PAM lets a user not log in");
                Ok(Answer::Refused)
            }
        }
    }
}

impl fmt::Debug for PamUsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PamUsers").field("service", &self.service).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use wharf::core::principal::Secret;

    use super::*;

    #[test]
    fn a_service_is_a_file_of_its_folder() {
        for service in [PamUsers::SERVICE, "vsftpd", "a-b_c.d"] {
            assert!(PamUsers::new(service, Vec::new(), Duration::ZERO).is_ok(), "{service}");
        }
        for service in ["", "../shadow", "/etc/passwd", "a/b", ".", "..", "a\0", "a b"] {
            assert!(PamUsers::new(service, Vec::new(), Duration::ZERO).is_err(), "{service:?}");
        }
    }

    /// Who is asked about has no place, and nobody is waited for: an answer comes from the attempt alone.
    #[tokio::test]
    async fn what_no_module_must_see_is_refused_before_one_is_asked() {
        let users = PamUsers::new("wharf", Vec::new(), Duration::ZERO).unwrap();
        users.threads.close();
        let find = async |name: &[u8], password: Option<&[u8]>| {
            let secret = password.map(Secret::new);
            let mut attempt = LoginAttempt::new("127.0.0.1:9".parse().unwrap(), name);
            attempt.password = secret.as_ref();
            users.find(&attempt).await
        };
        for password in [None, Some(&b""[..]), Some(b"a\0b"), Some(b"\xff")] {
            assert!(matches!(find(b"anna", password).await, Ok(Answer::Refused)), "{password:?}");
        }
        for name in [&b""[..], b"a\0", b"\xff"] {
            assert!(matches!(find(name, Some(b"secret")).await, Ok(Answer::Unknown)), "{name:?}");
        }
        assert!(find(b"anna", Some(b"secret")).await.is_err(), "modules would have been asked");
    }
}
