//! The first words of other protocols: somebody has sent us a web browser or a mail server.

use crate::reply::Reply;

/// Whether a line that no command matches is HTTP's, SMTP's, POP's or binary rubbish.
///
/// Such a peer gets one reply and is gone before its next line could be taken for a command: what a browser was made
/// to send here is not run.
pub fn is_foreign(line: &[u8]) -> bool {
    const WORDS: [&[u8]; 14] = [
        b"GET",
        b"POST",
        b"PUT",
        b"HEAD",
        b"OPTIONS",
        b"CONNECT",
        b"PATCH",
        b"DELETE",
        b"TRACE",
        b"EHLO",
        b"HELO",
        b"MAIL",
        b"STARTTLS",
        b"APOP",
    ];
    let word = line.split(|&octet| octet == b' ').next().unwrap_or_default();
    let is_word = WORDS.iter().any(|known| word.eq_ignore_ascii_case(known));
    let is_header = word.len() > 1 && word.ends_with(b":");
    is_word || is_header || word.starts_with(b"HTTP/") || line.first().is_some_and(|&octet| octet < 0x20)
}

/// The one reply.
pub fn reply() -> Reply {
    Reply::new(500, "This is an FTP server.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_other_protocols_from_mistakes() {
        for line in [
            "GET / HTTP/1.1",
            "post /x HTTP/1.0",
            "EHLO there",
            "Host: example",
            "HTTP/1.1 200",
            "\x16\x03\x01",
        ] {
            assert!(is_foreign(line.as_bytes()), "{line:?}");
        }
        for line in ["", "FOO", "HEADER", "NOOP x:", ":"] {
            assert!(!is_foreign(line.as_bytes()), "{line:?}");
        }
    }
}
