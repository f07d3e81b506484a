use super::*;
use proptest::prelude::*;

const SMALL: ReplyLimits = ReplyLimits { max_line: 30, max_lines: 4, max_total: 60 };

type Replies = Vec<Result<Reply, ReplyError>>;

fn decode(segments: &[&[u8]], limits: ReplyLimits) -> (Replies, ReplyDecoder) {
    let mut decoder = ReplyDecoder::new(limits);
    let mut replies = Vec::new();
    for segment in segments {
        decoder.push(segment);
        replies.extend(std::iter::from_fn(|| decoder.next_reply()));
    }
    (replies, decoder)
}

/// The only reply in `octets`, as its code and lines.
fn only(octets: &str) -> (u16, Vec<String>) {
    let (replies, decoder) = decode(&[octets.as_bytes()], ReplyLimits::default());
    assert!(decoder.is_empty(), "{octets:?}");
    let [Ok(reply)] = &replies[..] else { panic!("{octets:?} gave {replies:?}") };
    (
        reply.code().as_u16(),
        reply.lines().iter().map(|line| String::from_utf8(line.clone()).unwrap()).collect(),
    )
}

#[test]
fn decodes_what_servers_send() {
    for (octets, code, lines) in [
        ("220 hello\r\n", 220, &["hello"][..]),
        ("220 hello\n", 220, &["hello"]),
        ("220 hello\r\r\n", 220, &["hello"]),
        ("220\r\n", 220, &[""]),
        ("220 \r\n", 220, &[""]),
        ("220  two \r\n", 220, &[" two "]),
        ("220-a\r\n220 b\r\n", 220, &["a", "b"]),
        ("220-a\r\n220\r\n", 220, &["a", ""]),
        ("220-\r\n220 \r\n", 220, &["", ""]),
        ("220-a\r\nb\r\n c\r\n\r\n220 d\r\n", 220, &["a", "b", " c", "", "d"]),
        ("211-Features:\r\n211-SIZE\r\n211-MDTM\r\n211 End\r\n", 211, &["Features:", "SIZE", "MDTM", "End"]),
        (
            "220-a\r\n230 b\r\n230-c\r\n2200 d\r\n22\r\n220 e\r\n",
            220,
            &["a", "230 b", "230-c", "2200 d", "22", "e"],
        ),
        ("250-Start\r\n type=file; \"a\"\r\n250 End\r\n", 250, &["Start", " type=file; \"a\"", "End"]),
        ("220 a\rb\0c\r\n", 220, &["a?b?c"]),
        ("631 AB==\r\n", 631, &["AB=="]),
    ] {
        assert_eq!(only(octets), (code, lines.iter().map(|&line| line.to_owned()).collect()), "{octets:?}");
    }
}

#[test]
fn waits_for_the_end() {
    for octets in [
        "",
        "2",
        "220 hello",
        "220 hello\r",
        "220-a\r\n220-b\r\n",
        "220-a\r\n 220 b\r\n",
        "220-a\r\n2200\r\n",
    ] {
        let (replies, decoder) = decode(&[octets.as_bytes()], ReplyLimits::default());
        assert!(replies.is_empty(), "{octets:?}");
        assert_eq!(decoder.is_empty(), octets.is_empty());
    }
}

#[test]
fn several_replies_come_in_one_segment() {
    let (replies, _) = decode(&[b"150 a\r\n226-b\r\n226 c\r\n421"], ReplyLimits::default());
    assert_eq!(replies, [Ok(Reply::new(150, "a")), Ok(Reply::multiline(226, "b", [""; 0], "c"))]);
}

#[test]
fn an_error_ends_it() {
    use ReplyError::{LineTooLong, TooLong, TooManyLines};
    let malformed = |line: &str| ReplyError::Malformed { line: line.into() };
    for (octets, expected) in [
        ("hello\r\n", malformed("hello")),
        ("\r\n", malformed("")),
        ("22\r\n", malformed("22")),
        ("2200 a\r\n", malformed("2200 a")),
        ("220a\r\n", malformed("220a")),
        (" 220 a\r\n", malformed(" 220 a")),
        ("099 a\r\n", malformed("099 a")),
        ("660 a\r\n", malformed("660 a")),
        ("+20 a\r\n", malformed("+20 a")),
        ("220 123456789012345678901234567\r\n", LineTooLong),
        ("220 12345678901234567890123456789", LineTooLong),
        ("220-a\r\n\r\n\r\n\r\n\r\n", TooManyLines),
        ("220-12345678901234567890\r\n12345678901234567890\r\n12345678901234567890\r\n", TooLong),
    ] {
        let (replies, mut decoder) = decode(&[octets.as_bytes()], SMALL);
        assert_eq!(replies, [Err(expected)], "{octets:?}");
        decoder.push(b"\r\n220 a\r\n");
        assert_eq!(decoder.next_reply(), None);
        assert!(decoder.is_empty());
    }
    let returns = [b"220 ".to_vec(), b"\r".repeat(SMALL.max_line), b"\n".to_vec()].concat();
    assert_eq!(decode(&[&returns], SMALL).0, [Err(LineTooLong)]);
    let binary = [b"\x16\x03".repeat(200), b"\r\n".to_vec()].concat();
    let (replies, _) = decode(&[&binary], ReplyLimits::default());
    assert_eq!(replies, [Err(ReplyError::Malformed { line: b"\x16\x03".repeat(100) })]);
    assert!(!replies[0].as_ref().unwrap_err().to_string().contains(char::is_control));
}

#[test]
fn a_limit_is_what_still_passes() {
    let line = "220 12345678901234567890123456";
    assert_eq!(line.len(), SMALL.max_line);
    assert!(decode(&[line.as_bytes(), b"\r\n"], SMALL).0[0].is_ok());
    assert!(decode(&[b"220-a\r\n\r\n\r\n220 b\r\n"], SMALL).0[0].is_ok());
}

#[test]
fn no_text_ends_a_reply_early() {
    let mut octets = Vec::new();
    Reply::new(550, b"a\r\n226 b\0\xff").encode(&mut octets);
    Reply::multiline(250, "x\n", ["226 y", "\r\n250 z", "", "\u{1b}q"], "250").encode(&mut octets);
    assert_eq!(
        octets,
        b"550 a??226 b?\xff\r\n250-x?\r\n 226 y\r\n??250 z\r\n\r\n\x1bq\r\n250 250\r\n",
        "{}",
        octets.escape_ascii()
    );
    assert_eq!(decode(&[&octets], ReplyLimits::default()).0.len(), 2);
}

#[test]
fn codes_stay_in_their_range() {
    assert_eq!(ReplyCode::new(99), None);
    assert_eq!(ReplyCode::new(660), None);
    assert_eq!(Reply::new(0, "").code(), 100);
    assert_eq!(Reply::new(u16::MAX, "").code(), 659);
    for (code, severity, positive) in [
        (100, Severity::Preliminary, true),
        (226, Severity::Completion, true),
        (331, Severity::Intermediate, true),
        (421, Severity::TransientNegative, false),
        (599, Severity::PermanentNegative, false),
        (631, Severity::Protected, false),
    ] {
        let reply = Reply::new(code, "");
        assert_eq!((reply.severity(), reply.is_positive()), (severity, positive), "{code}");
        assert_eq!(reply.code(), code);
    }
}

#[test]
fn is_shown_on_one_line_without_control_characters() {
    let reply = Reply::multiline(220, "a\x1b[2J", [b"\xe9".as_slice()], "end");
    assert_eq!(reply.to_string(), r"220 a\u{1b}[2J / \xe9 / end");
    assert_eq!((reply.text(), reply.last()), ("end".into(), &b"end"[..]));
    assert_eq!(reply.middle(), [b"\xe9"]);
    assert!(Reply::new(220, "a").middle().is_empty());
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(
        code in 100u16..660, first: Vec<u8>, middle: Vec<Vec<u8>>, last: Vec<u8>, several: bool, cut: prop::sample::Index,
    ) {
        let reply = if several { Reply::multiline(code, first, middle, last) } else { Reply::new(code, last) };
        let mut octets = Vec::new();
        reply.encode(&mut octets);
        let (head, tail) = octets.split_at(cut.index(octets.len()));
        let (replies, decoder) = decode(&[head, tail], ReplyLimits::default());
        prop_assert!(decoder.is_empty());
        let [Ok(decoded)] = &replies[..] else { return Err(TestCaseError::fail(format!("{replies:?}"))) };
        prop_assert_eq!(decoded.code(), reply.code());
        prop_assert_eq!(decoded.lines().len(), reply.lines().len());
        let mut again = Vec::new();
        decoded.encode(&mut again);
        prop_assert_eq!(again, octets);
    }

    #[test]
    fn replies_do_not_depend_on_how_they_are_cut(octets in "([12][0-2]{2}[ -]?|[a-z]{0,12}|[\r\n]{1,3}){0,20}") {
        let each: Vec<&[u8]> = octets.as_bytes().chunks(1).collect();
        let (whole, at_once) = decode(&[octets.as_bytes()], SMALL);
        let (parts, in_parts) = decode(&each, SMALL);
        prop_assert_eq!(whole, parts);
        prop_assert_eq!(at_once.is_empty(), in_parts.is_empty());
    }

    #[test]
    fn any_octets_are_bounded(octets: Vec<u8>) {
        let (replies, decoder) = decode(&[&octets], SMALL);
        prop_assert!(decoder.buffered() <= SMALL.max_line + 1);
        for reply in replies {
            match reply {
                Ok(reply) => prop_assert!(reply.lines().len() <= SMALL.max_lines),
                Err(error) => prop_assert!(!error.to_string().contains(char::is_control)),
            }
        }
    }
}
