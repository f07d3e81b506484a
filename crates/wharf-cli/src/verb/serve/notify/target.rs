use std::{
    fmt,
    io::{self, Write},
    process::{Child, Command, ExitStatus, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use tokio::{task::spawn_blocking, time::sleep};
use tracing::warn;
use ureq::Agent;

use super::queue::Queue;
use crate::{config::notify::Section, https, signature::Signer};

/// How long one who is told may take.
const WITHIN: Duration = Duration::from_secs(30);

/// How often it is looked whether a program has ended.
const LOOK: Duration = Duration::from_millis(20);

/// How long it is rested after the first failure; twice as long after each further one.
const REST: Duration = Duration::from_millis(500);

/// The longest rest.
const LONGEST: Duration = Duration::from_secs(300);

/// Who is told.
#[derive(Clone)]
pub(super) enum Target {
    Url { agent: Agent, url: String, signer: Option<Signer> },
    Command { program: String, arguments: Vec<String> },
}

impl fmt::Debug for Target {
    /// What it is only: a URL or an argument may have a secret in it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Url { .. } => "Url",
            Self::Command { .. } => "Command",
        })
    }
}

impl Target {
    /// Whom a section names; what is sent to a URL is signed where there is somebody to do it.
    pub(super) fn of(section: &Section, signer: Option<Signer>) -> Option<Self> {
        if let Some(url) = &section.url {
            return Some(Self::Url { agent: https::agent(WITHIN), url: url.to_string(), signer });
        }
        let (program, arguments) = section.command.as_ref()?.split_first()?;
        let arguments = arguments.iter().map(|argument| argument.to_string()).collect();
        Some(Self::Command { program: program.to_string(), arguments })
    }

    /// Tells all that waits and comes, in its order, for ever.
    /// `place` is that of the section among all of them, for the log.
    pub(super) async fn tell_all(self, place: usize, queue: Arc<Queue>) {
        let mut rest = REST;
        loop {
            let number = queue.first().await;
            let (target, there) = (self.clone(), Arc::clone(&queue));
            let telling = move || -> io::Result<()> {
                match there.read(number) {
                    Ok(event) => target.tell(number, &event)?,
                    // Somebody has taken it out by hand.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
                there.remove(number)
            };
            match spawn_blocking(telling).await.map_err(io::Error::other).and_then(|told| told) {
                Ok(()) => rest = REST,
                Err(error) => {
                    warn!(
                        error = error.to_string(),
                        event = number,
                        "notify.{place}: an event was not taken, once more in {rest:?}"
                    );
                    sleep(rest).await;
                    rest = (rest * 2).min(LONGEST);
                }
            }
        }
    }

    fn tell(&self, number: u64, event: &[u8]) -> io::Result<()> {
        match self {
            Self::Url { agent, url, signer } => {
                let mut request = agent.post(url).content_type("application/json");
                if let Some(signer) = signer {
                    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
                    for (name, value) in signer.headers(&Queue::id(number), now, event) {
                        request = request.header(name, value);
                    }
                }
                let answer = request.send(event);
                let status = answer.map_err(io::Error::other)?.status();
                match status.is_success() {
                    true => Ok(()),
                    false => Err(io::Error::other(format!("the answer was {status}"))),
                }
            }
            Self::Command { program, arguments } => {
                let mut child = Command::new(program)
                    .args(arguments)
                    .stdin(Stdio::piped())
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn()?;
                // One that does not read it can end well all the same.
                let line = [event, b"\n"].concat();
                let _ = child.stdin.take().map(|mut input| input.write_all(&line));
                let ended = wait(&mut child)?;
                match ended.success() {
                    true => Ok(()),
                    false => Err(io::Error::other(format!("the program ended with {ended}"))),
                }
            }
        }
    }
}

/// Waits for the end of a program, and makes one where none comes in time.
fn wait(child: &mut Child) -> io::Result<ExitStatus> {
    let latest = Instant::now() + WITHIN;
    loop {
        if let Some(ended) = child.try_wait()? {
            return Ok(ended);
        }
        if Instant::now() > latest {
            child.kill()?;
            return child.wait();
        }
        thread::sleep(LOOK);
    }
}
