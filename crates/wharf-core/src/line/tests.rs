use super::*;
use proptest::prelude::*;

type Lines = Vec<Result<Vec<u8>, LineError>>;

fn decode(segments: &[&[u8]], max_len: usize, telnet: Telnet) -> (Lines, LineDecoder) {
    let mut decoder = LineDecoder::new(max_len, telnet);
    let mut lines = Vec::new();
    for segment in segments {
        decoder.push(segment);
        lines.extend(std::iter::from_fn(|| decoder.next_line()));
    }
    (lines, decoder)
}

fn lines(octets: &[u8]) -> Lines {
    decode(&[octets], 20, Telnet::Interpret).0
}

fn ok(line: &[u8]) -> Result<Vec<u8>, LineError> {
    Ok(line.to_vec())
}

#[test]
fn cuts_lines() {
    use LineError::{BareCarriageReturn, Nul, TooLong};
    let cases: &[(&[u8], Lines)] = &[
        (b"", vec![]),
        (b"NOOP", vec![]),
        (b"NOOP\r", vec![]),
        (b"NOOP\r\n", vec![ok(b"NOOP")]),
        (b"NOOP\n", vec![ok(b"NOOP")]),
        (b"\r\n\n", vec![ok(b""), ok(b"")]),
        (b"CWD  a \r\n", vec![ok(b"CWD  a ")]),
        (b"a\r\nb\nc\r\nd", vec![ok(b"a"), ok(b"b"), ok(b"c")]),
        (b"a\rb\r\nNOOP\r\n", vec![Err(BareCarriageReturn), ok(b"NOOP")]),
        (b"a\r\r\nNOOP\r\n", vec![Err(BareCarriageReturn), ok(b"NOOP")]),
        (b"a\r\0DELE b\r\n", vec![Err(BareCarriageReturn)]),
        (b"a\0b\r\nNOOP\r\n", vec![Err(Nul), ok(b"NOOP")]),
        (b"a\0\r\0\r\n", vec![Err(BareCarriageReturn)]),
        (b"12345678901234567890\r\n", vec![ok(b"12345678901234567890")]),
        (b"12345678901234567890\n", vec![ok(b"12345678901234567890")]),
        (b"123456789012345678901\r\nNOOP\r\n", vec![Err(TooLong), ok(b"NOOP")]),
        (b"123456789012345678901\nNOOP\r\n", vec![Err(TooLong), ok(b"NOOP")]),
        (b"12345678901234567890\r", vec![]),
        (b"12345678901234567890\r\r", vec![Err(TooLong)]),
        (b"123456789012345678901", vec![Err(TooLong)]),
    ];
    for (octets, expected) in cases {
        assert_eq!(&lines(octets), expected, "{}", octets.escape_ascii());
    }
}

#[test]
fn reads_telnet() {
    let cases: &[(&[u8], &[u8])] = &[
        (b"\xff\xf4\xff\xf2ABOR\r\n", b"ABOR"),
        (b"\xf2ABOR\r\n", b"\xf2ABOR"),
        (b"a\xff\xffb\r\n", b"a\xffb"),
        (b"a\xff\xff\xff\xff\r\n", b"a\xff\xff"),
        (b"\xff\xfb\x01a\xff\xfc\nb\xff\xfd\xffc\xff\xfe\x00d\r\n", b"abcd"),
        (b"a\xff\xfa\x1f\x00P\x00\n\xff\xff\xff\xf0b\r\n", b"ab"),
        (b"\xff\xf1\xff\xf9NOOP\r\n", b"NOOP"),
        (b"CWD \xff\xe9t\xe9\r\n", b"CWD \xff\xe9t\xe9"),
        (b"CWD a\xff\r\n", b"CWD a\xff"),
    ];
    for (octets, expected) in cases {
        assert_eq!(lines(octets), [ok(expected)], "{}", octets.escape_ascii());
        let each: Vec<&[u8]> = octets.chunks(1).collect();
        assert_eq!(decode(&each, 20, Telnet::Interpret).0, [ok(expected)], "{}", octets.escape_ascii());
    }
    let plain = b"a\xff\xf4b\xff\xff\xff\xfa\r\n";
    assert_eq!(decode(&[plain], 20, Telnet::Ignore).0, [ok(b"a\xff\xf4b\xff\xff\xff\xfa")]);
}

#[test]
fn a_subnegotiation_without_end_is_skipped_up_to_a_limit() {
    let mut octets = b"\xff\xfa".to_vec();
    octets.extend_from_slice(&[b'x'; MAX_SUBNEGOTIATION as usize]);
    octets.extend_from_slice(b"NOOP\r\n");
    assert_eq!(lines(&octets), [ok(b"NOOP")]);
}

#[test]
fn an_endless_line_is_reported_once_and_takes_no_memory() {
    let mut decoder = LineDecoder::new(100, Telnet::Interpret);
    let mut found = Vec::new();
    for _ in 0..10_000 {
        decoder.push(&[b'x'; 1000]);
        found.extend(std::iter::from_fn(|| decoder.next_line()));
        assert!(decoder.buffer.capacity() <= 2000);
    }
    assert!(!decoder.is_empty());
    decoder.push(b"\r\nNOOP\r\n");
    found.extend(std::iter::from_fn(|| decoder.next_line()));
    assert_eq!(found, [Err(LineError::TooLong), ok(b"NOOP")]);
}

#[test]
fn an_idle_decoder_owns_no_buffer() {
    let (_, mut decoder) = decode(&[b"USER a\r\nPA"], 20, Telnet::Interpret);
    assert_eq!(decoder.buffered(), 2);
    assert!(!decoder.is_empty());
    decoder.push(b"SS b\r\n");
    assert_eq!(decoder.next_line(), Some(ok(b"PASS b")));
    assert!(decoder.is_empty());
    assert_eq!(decoder.buffer.capacity(), 0);
}

#[test]
fn writes_lines() {
    let mut out = b"x".to_vec();
    assert_eq!(write_line(b"CWD \xff", &mut out, Telnet::Interpret), Ok(()));
    assert_eq!(write_line(b"CWD \xff", &mut out, Telnet::Ignore), Ok(()));
    assert_eq!(out, b"xCWD \xff\xff\r\nCWD \xff\r\n");
    out.clear();
    for (line, error) in [
        (&b"a\r"[..], LineError::BareCarriageReturn),
        (b"a\nb", LineError::LineFeed),
        (b"\0\n", LineError::Nul),
    ] {
        assert_eq!(write_line(line, &mut out, Telnet::Ignore), Err(error));
        assert!(out.is_empty());
    }
}

proptest! {
    #[test]
    fn lines_do_not_depend_on_how_they_are_cut(
        octets in prop::collection::vec(prop_oneof![any::<u8>(), 0xf0u8.., Just(0xffu8), Just(b'\n'), Just(b'\r')], 0..200),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        max_len in 0usize..30,
    ) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(octets.len() + 1)).collect();
        cuts.extend([0, octets.len()]);
        cuts.sort_unstable();
        let segments: Vec<&[u8]> = cuts.windows(2).map(|cut| &octets[cut[0]..cut[1]]).collect();
        for telnet in [Telnet::Interpret, Telnet::Ignore] {
            let (whole, at_once) = decode(&[&octets], max_len, telnet);
            let (parts, in_parts) = decode(&segments, max_len, telnet);
            prop_assert_eq!(&whole, &parts);
            prop_assert_eq!(at_once.buffered(), in_parts.buffered());
            prop_assert!(at_once.buffered() <= max_len + 1);
            for line in whole.into_iter().flatten() {
                prop_assert!(line.len() <= max_len);
                prop_assert!(memchr3(b'\r', b'\n', 0, &line).is_none());
            }
        }
    }

    #[test]
    fn what_is_written_is_read(
        line in prop::collection::vec(any::<u8>().prop_filter("no line octet", |o| !b"\r\n\0".contains(o)), 0..50),
    ) {
        for telnet in [Telnet::Interpret, Telnet::Ignore] {
            let mut out = Vec::new();
            prop_assert_eq!(write_line(&line, &mut out, telnet), Ok(()));
            let (read, decoder) = decode(&[&out], 50, telnet);
            prop_assert_eq!(read, vec![Ok(line.clone())]);
            prop_assert!(decoder.is_empty());
        }
    }
}
