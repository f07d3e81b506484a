//! CONNECT of HTTP (RFC 9110 section 9.3.6).

use std::io;

use data_encoding::BASE64;
use httparse::{EMPTY_HEADER, Response, Status};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{Credentials, Destination, ProxyProblem, error::Refusal};

/// The most octets of a reply's head.
const MAX_HEAD: usize = 8 * 1024;
/// The most header fields of a reply.
const MAX_FIELDS: usize = 64;

/// Has an HTTP proxy connect on.
pub(super) async fn ask(
    stream: &mut TcpStream,
    to: &Destination,
    credentials: Option<&Credentials>,
) -> Result<(), Refusal> {
    let mut request = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n");
    if let Some(Credentials { user, password }) = credentials {
        // RFC 7617 section 2.
        let pair = [user, &b":"[..], password.expose()].concat();
        request.push_str(&format!("Proxy-Authorization: Basic {}\r\n", BASE64.encode(&pair)));
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await.map_err(broken)?;
    let (code, reason) = read_head(stream).await?;
    let problem = match code {
        200..=299 => return Ok(()),
        401 | 407 => ProxyProblem::Authentication,
        500.. => ProxyProblem::CannotReach,
        400..=499 => ProxyProblem::Refused,
        _ => ProxyProblem::Protocol,
    };
    Err((problem, format!("{code} {reason}").into()))
}

/// Reads a reply's head, and no octet of what follows: the server's greeting may have come with it.
async fn read_head(stream: &mut TcpStream) -> Result<(u16, String), Refusal> {
    let mut head = Vec::new();
    loop {
        let known = head.len();
        head.resize(MAX_HEAD, 0);
        let seen = stream.peek(head.get_mut(known..).unwrap_or_default()).await.map_err(broken)?;
        head.truncate(known + seen);
        let read = parse(&head)?;
        // What has been looked at is taken: all of it where the head goes on.
        let end = read.as_ref().map_or(head.len(), |(length, ..)| *length);
        stream.read_exact(head.get_mut(known..end).unwrap_or_default()).await.map_err(broken)?;
        match read {
            Some((_, code, reason)) => return Ok((code, reason)),
            None if seen == 0 => return Err(broken(io::ErrorKind::UnexpectedEof.into())),
            None if head.len() >= MAX_HEAD => return Err(wrong("its reply is too long")),
            None => {}
        }
    }
}

/// The length of the head, the status code and the words behind it; `None` if there is more to come.
fn parse(octets: &[u8]) -> Result<Option<(usize, u16, String)>, Refusal> {
    let mut fields = [EMPTY_HEADER; MAX_FIELDS];
    let mut response = Response::new(&mut fields);
    match response.parse(octets).map_err(|error| (ProxyProblem::Protocol, error.into()))? {
        Status::Partial => Ok(None),
        Status::Complete(length) => {
            let code = response.code.ok_or_else(|| wrong("its reply has no code"))?;
            Ok(Some((length, code, response.reason.unwrap_or_default().to_owned())))
        }
    }
}

fn broken(error: io::Error) -> Refusal {
    (ProxyProblem::Protocol, error.into())
}

fn wrong(what: &'static str) -> Refusal {
    (ProxyProblem::Protocol, what.into())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// What is made of a reply that comes in such pieces, and what is left for the server's own words.
    async fn answered(pieces: &[&str]) -> (Result<(), Refusal>, String, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut proxy, _) = listener.accept().await.unwrap();
        let to = Destination::Address("[::1]:21".parse().unwrap());
        let credentials =
            Credentials { user: b"anna".into(), password: wharf_core::principal::Secret::new("s:e") };
        let asking = async {
            let asked = ask(&mut stream, &to, Some(&credentials)).await;
            let mut rest = String::new();
            stream.read_to_string(&mut rest).await.unwrap();
            (asked, rest)
        };
        let answering = async {
            let mut request = vec![0; 1024];
            let read = proxy.read(&mut request).await.unwrap();
            request.truncate(read);
            proxy.set_nodelay(true).unwrap();
            for piece in pieces {
                proxy.write_all(piece.as_bytes()).await.unwrap();
                // The other side reads what is there.
                for _ in 0..20 {
                    tokio::task::yield_now().await;
                }
            }
            proxy.shutdown().await.unwrap();
            drop(proxy);
            String::from_utf8(request).unwrap()
        };
        let ((asked, rest), request) = tokio::join!(asking, answering);
        (asked, rest, request)
    }

    #[tokio::test]
    async fn the_servers_words_behind_the_reply_are_left_for_the_client() {
        for pieces in [
            &["HTTP/1.1 200 Connection established\r\n\r\n220 Hello.\r\n"][..],
            &["HTTP/1.0 200", " OK\r\nVia: x\r", "\n\r", "\n220 He", "llo.\r\n"],
        ] {
            let (asked, rest, request) = answered(pieces).await;
            asked.unwrap();
            assert_eq!(rest, "220 Hello.\r\n");
            assert_eq!(
                request,
                "CONNECT [::1]:21 HTTP/1.1\r\nHost: [::1]:21\r\nProxy-Authorization: Basic YW5uYTpzOmU=\r\n\r\n"
            );
        }
    }

    #[tokio::test]
    async fn what_a_proxy_answers_is_told_apart() {
        let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(MAX_HEAD));
        for (reply, problem, words) in [
            ("HTTP/1.1 407 Who?\r\n\r\n", ProxyProblem::Authentication, "407 Who?"),
            ("HTTP/1.1 403 Filtered\r\n\r\n", ProxyProblem::Refused, "403 Filtered"),
            ("HTTP/1.1 502 Bad Gateway\r\n\r\n", ProxyProblem::CannotReach, "502"),
            ("HTTP/1.1 302 Found\r\n\r\n", ProxyProblem::Protocol, "302"),
            ("220 I am an FTP server.\r\n", ProxyProblem::Protocol, ""),
            ("HTTP/1.1 200 OK\r\n", ProxyProblem::Protocol, "eof"),
            ("", ProxyProblem::Protocol, "eof"),
            (&endless, ProxyProblem::Protocol, "too long"),
        ] {
            let (found, reason) = answered(&[reply]).await.0.unwrap_err();
            assert_eq!(found, problem, "{reply:.20}: {reason}");
            let reason = reason.to_string();
            assert!(reason.contains(words) || (words == "eof" && reason.contains("end of file")), "{reason}");
        }
    }
}
