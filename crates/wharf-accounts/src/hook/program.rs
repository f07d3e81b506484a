use std::{ffi::OsString, fmt, io, path::PathBuf, process::Stdio, time::Duration};

use async_trait::async_trait;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::Command,
    sync::Semaphore,
    time::timeout,
};
use wharf::core::principal::LoginAttempt;

use super::{MAX_ANSWER, answer, question};
use crate::{Answer, Source, SourceError};

/// How many run at a time.
const AT_A_TIME: usize = 16;

/// A program that is started for each login: the question stands on its standard input, the answer on its standard output.
///
/// It must end with 0, and in time. Nothing of the attempt is on its command line or in its environment, where other users
/// of the machine would see it.
pub struct ProgramHook {
    program: PathBuf,
    arguments: Vec<OsString>,
    within: Duration,
    running: Semaphore,
}

impl ProgramHook {
    /// Asks this program, and waits so long for an answer.
    pub fn new(program: impl Into<PathBuf>, arguments: Vec<OsString>, within: Duration) -> Self {
        Self { program: program.into(), arguments, within, running: Semaphore::new(AT_A_TIME) }
    }

    async fn ask(&self, question: &[u8]) -> Result<Vec<u8>, SourceError> {
        let _turn = self.running.acquire().await?;
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let (Some(mut stdin), Some(stdout)) = (stdin, stdout) else {
            return Err(io::Error::from(io::ErrorKind::BrokenPipe).into());
        };
        let write = async move {
            // Who knows the answer need not read the question.
            let _ = stdin.write_all(question).await;
        };
        let read = async move {
            let mut octets = Vec::new();
            stdout.take(MAX_ANSWER as u64 + 1).read_to_end(&mut octets).await.map(|_| octets)
        };
        let ((), octets) = tokio::join!(write, read);
        let (octets, status) = (octets?, child.wait().await?);
        match (status.success(), octets.len() > MAX_ANSWER) {
            (true, false) => Ok(octets),
            (true, true) => Err("the answer is too long".into()),
            (false, _) => Err(format!("the program ended with {status}").into()),
        }
    }
}

/// Not the arguments, which may hold secrets.
impl fmt::Debug for ProgramHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProgramHook").field("program", &self.program).finish_non_exhaustive()
    }
}

#[async_trait]
impl Source for ProgramHook {
    async fn find(&self, attempt: &LoginAttempt<'_>) -> Result<Answer, SourceError> {
        let Some(question) = question(attempt) else { return Ok(Answer::Refused) };
        answer(attempt, &timeout(self.within, self.ask(&question)).await??)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use wharf::core::principal::Secret;

    use super::*;

    async fn ask(script: &str, name: &[u8], password: &[u8]) -> Result<Answer, SourceError> {
        let hook = ProgramHook::new("/bin/sh", vec!["-c".into(), script.into()], Duration::from_secs(20));
        assert_eq!(format!("{hook:?}"), "ProgramHook { program: \"/bin/sh\", .. }");
        let secret = Secret::new(password);
        let mut attempt = LoginAttempt::new("[::ffff:192.0.2.7]:9".parse().unwrap(), name);
        attempt.password = Some(&secret);
        hook.find(&attempt).await
    }

    #[tokio::test]
    async fn it_is_asked_and_believed() {
        let script = r#"
            read -r question
            want='{"version":1,"name":"anna","password":"s \"e","peer":"192.0.2.7","tls":false}'
            case "$question" in
            "$want") echo '{"answer": "proved", "settings": {"root": "/srv", "sessions": 3}}' ;;
            *) echo '{"answer": "unknown"}' ;;
            esac"#;
        let found = ask(script, b"anna", b"s \"e").await.unwrap();
        assert!(matches!(found, Answer::Proved(settings) if settings.sessions == Some(3)));
        assert!(matches!(ask(script, b"berta", b"x").await.unwrap(), Answer::Unknown));
    }

    #[tokio::test]
    async fn what_is_no_answer_is_an_error() {
        for script in [
            "echo",
            "echo proved",
            "exit 1",
            "echo '{\"answer\": \"proved\"}'",
            "echo '{\"answer\": \"unknown\"}'; exit 3",
            "yes",
            "yes '{'",
        ] {
            assert!(ask(script, b"anna", b"x").await.is_err(), "{script}");
        }
        // There is such a user, who cannot be told from nobody.
        let broken = "echo '{\"answer\": \"proved\", \"settings\": {\"rot\": \"/\"}}'";
        assert!(matches!(ask(broken, b"anna", b"x").await.unwrap(), Answer::Refused));
        // Nobody proves an empty password, or one that is no text.
        let proves = "cat > /dev/null; echo '{\"answer\": \"proved\", \"settings\": {\"root\": \"/srv\"}}'";
        assert!(matches!(ask(proves, b"anna", b"x").await.unwrap(), Answer::Proved(_)));
        assert!(matches!(ask(proves, b"anna", b"").await.unwrap(), Answer::Refused));
        assert!(matches!(ask(proves, b"anna", b"\xff").await.unwrap(), Answer::Refused));
        assert!(matches!(ask(proves, b"\xff", b"x").await.unwrap(), Answer::Refused));
    }

    #[tokio::test]
    async fn it_is_not_waited_for_without_end() {
        let hook = ProgramHook::new("/bin/sleep", vec!["1000".into()], Duration::from_millis(50));
        let attempt = LoginAttempt::new("127.0.0.1:9".parse().unwrap(), b"anna");
        assert!(hook.find(&attempt).await.is_err());
        // The wait for a turn is part of it.
        let _all = hook.running.acquire_many(16).await.unwrap();
        assert!(timeout(Duration::from_secs(20), hook.find(&attempt)).await.unwrap().is_err());
    }
}
