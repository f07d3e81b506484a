//! What is likely to be wrong when a server does not answer as it should.

use wharf::{Error, ErrorKind, Phase};

use crate::{
    output,
    url::{Scheme, Url},
};

/// The port that is kept for implicit TLS.
const IMPLICIT_PORT: u16 = 990;

/// Warns of a URL that is likely to wait for nothing.
pub(crate) fn before(url: &Url) {
    if url.port == IMPLICIT_PORT && url.scheme != Scheme::Implicit {
        output::warning("port 990 is for TLS from the first octet: the URL would begin with ftps://");
    }
}

/// A word on what to try in place of `url`.
pub(crate) fn after(url: &Url, error: &Error) -> Option<&'static str> {
    match (url.scheme, error.phase(), error.kind()) {
        (Scheme::Clear, Phase::Login, _) if wants_tls(error) => Some("ftpes:// begins with TLS"),
        (Scheme::Clear | Scheme::Explicit, Phase::Greeting, ErrorKind::Timeout) => {
            Some("a server that says nothing may wait for TLS: ftps://")
        }
        (Scheme::Implicit, _, ErrorKind::Tls) if told(error, &["InvalidContentType"]) => {
            Some("it answers in clear: ftpes:// is for TLS that begins after the greeting")
        }
        (_, _, ErrorKind::Tls) if told(error, &["is not the one in"]) => Some(
            "somebody may be in between: ask who runs the server before you take the line out of the file",
        ),
        (_, _, ErrorKind::Tls) if told(error, &["is not pinned"]) => None,
        (_, _, ErrorKind::Tls) if told(error, &["certificate"]) => {
            Some("--pin trusts it by the SHA-256 that `wharf probe` shows")
        }
        _ => None,
    }
}

/// Whether the server refuses the login because nothing protects it. There is no reply code for it, but the replies name it.
fn wants_tls(error: &Error) -> bool {
    let said = error.reply().map(|reply| reply.lines().concat().to_ascii_lowercase()).unwrap_or_default();
    let words: [&[u8]; 5] = [b"tls", b"ssl", b"encrypt", b"cleartext", b"use auth"];
    words.iter().any(|word| said.windows(word.len()).any(|octets| octets == *word))
}

/// Whether the error is about one of these, as far as its words go: the library of TLS has no others.
fn told(error: &Error, words: &[&str]) -> bool {
    let text = error.to_string();
    words.iter().any(|word| text.contains(word))
}
