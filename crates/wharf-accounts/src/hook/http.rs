use std::{fmt, io::Read, sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};
use ureq::{
    Agent,
    tls::{RootCerts, TlsConfig, TlsProvider},
};
use wharf::core::principal::LoginAttempt;

use super::{MAX_ANSWER, answer, question};
use crate::{Answer, Source, SourceError};

/// How many are asked at a time.
const AT_A_TIME: usize = 16;

/// How many all services of the program are asked at a time, those of an earlier configuration too: each takes a thread, and others are
/// left for disks.
static OF_ALL: Semaphore = Semaphore::const_new(32);

/// A service that is asked over HTTP for each login: the question is the body of a POST, the answer that of a 200.
///
/// `https` is judged by what the system trusts. A redirection is not followed. At most 16 are asked at a time, and 32 by all hooks of
/// the process.
pub struct HttpHook {
    url: String,
    authorization: Option<String>,
    agent: Agent,
    within: Duration,
    asking: Arc<Semaphore>,
}

impl HttpHook {
    /// Asks at `url`, and waits so long for an answer; `authorization` is a header of that name.
    pub fn new(url: String, authorization: Option<String>, within: Duration) -> Self {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::PlatformVerifier)
            .build();
        let config = Agent::config_builder()
            .timeout_global(Some(within))
            .max_redirects(0)
            .http_status_as_error(true)
            .tls_config(tls)
            .build();
        Self { url, authorization, agent: config.into(), within, asking: Arc::new(Semaphore::new(AT_A_TIME)) }
    }
}

/// Neither the URL nor the header, which may hold secrets.
impl fmt::Debug for HttpHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpHook").finish_non_exhaustive()
    }
}

#[async_trait]
impl Source for HttpHook {
    async fn find(&self, attempt: &LoginAttempt<'_>) -> Result<Answer, SourceError> {
        let Some(question) = question(attempt) else { return Ok(Answer::Refused) };
        // The wait for a turn too, and whatever of the system's holds up the one who asks, such as the search for a name.
        let octets = timeout(self.within, self.ask(question)).await;
        answer(attempt, &octets.map_err(|_| "the service did not answer in time")??)
    }
}

impl HttpHook {
    async fn ask(&self, question: Vec<u8>) -> Result<Vec<u8>, SourceError> {
        let turns = (Arc::clone(&self.asking).acquire_owned().await?, OF_ALL.acquire().await?);
        let mut request = self.agent.post(&self.url).content_type("application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let ask = move || {
            // Until the thread is free, though nobody waits for the answer any more.
            let _turns = turns;
            let response = request.send(&question[..])?;
            if response.status() != 200 {
                return Err(SourceError::from(format!("the service answered {}", response.status())));
            }
            let mut octets = Vec::new();
            response.into_body().into_reader().take(MAX_ANSWER as u64 + 1).read_to_end(&mut octets)?;
            match octets.len() > MAX_ANSWER {
                true => Err("the answer is too long".into()),
                false => Ok(octets),
            }
        };
        spawn_blocking(ask).await?
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };
    use wharf::core::principal::Secret;

    use super::*;

    /// Asks a service that answers so, and gives what it was asked besides.
    async fn ask(response: &'static str) -> (Result<Answer, SourceError>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/login", listener.local_addr().unwrap());
        let service = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"}") {
                assert!(stream.read_buf(&mut request).await.unwrap() > 0);
            }
            stream.write_all(response.as_bytes()).await.unwrap();
            String::from_utf8(request).unwrap()
        });
        let hook = HttpHook::new(url, Some("Bearer token".into()), Duration::from_secs(20));
        let secret = Secret::new("secret");
        let mut attempt = LoginAttempt::new("192.0.2.7:9".parse().unwrap(), b"anna");
        attempt.password = Some(&secret);
        assert_eq!(format!("{hook:?}"), "HttpHook { .. }");
        let found = hook.find(&attempt).await;
        (found, service.await.unwrap())
    }

    #[tokio::test]
    async fn it_is_asked_and_believed() {
        let response = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"answer\": \"known\", \"settings\": {\"root\": \"/srv\"}}";
        let (found, asked) = ask(response).await;
        assert!(
            matches!(found.unwrap(), Answer::Known(settings) if settings.root.as_deref() == Some("/srv"))
        );
        assert!(
            asked.starts_with("POST /login HTTP/1.1\r\n")
                && asked.contains("authorization: Bearer token\r\n"),
            "{asked}"
        );
        let body = r#"{"version":1,"name":"anna","password":"secret","peer":"192.0.2.7","tls":false}"#;
        assert!(asked.ends_with(body), "{asked}");
    }

    #[tokio::test]
    async fn a_question_that_nobody_waits_for_keeps_its_turn() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let hook = HttpHook::new(url, None, Duration::from_secs(60));
        let attempt = LoginAttempt::new("192.0.2.7:9".parse().unwrap(), b"anna");
        let service = tokio::select! {
            accepted = listener.accept() => accepted.unwrap(),
            found = hook.find(&attempt) => panic!("{found:?}"),
        };
        assert_eq!(hook.asking.available_permits(), AT_A_TIME - 1);
        assert!(OF_ALL.available_permits() < 32);
        drop((service, listener));
        assert!(hook.asking.acquire_many(16).await.is_ok() && OF_ALL.acquire_many(32).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_for_a_turn_is_part_of_the_time() {
        let hook = HttpHook::new("http://127.0.0.1:1/".into(), None, Duration::from_secs(3));
        let _all = hook.asking.acquire_many(16).await.unwrap();
        let attempt = LoginAttempt::new("192.0.2.7:9".parse().unwrap(), b"anna");
        let found = timeout(Duration::from_secs(60), hook.find(&attempt)).await;
        assert_eq!(found.unwrap().unwrap_err().to_string(), "the service did not answer in time");
    }

    #[tokio::test]
    async fn what_is_no_answer_is_an_error() {
        for response in [
            "HTTP/1.1 500 Oops\r\ncontent-length: 21\r\n\r\n{\"answer\": \"unknown\"}",
            "HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
            "HTTP/1.1 204 No\r\n\r\n",
            "",
        ] {
            assert!(ask(response).await.0.is_err(), "{response}");
        }
    }
}
