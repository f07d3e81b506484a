use bytes::Bytes;
use memchr::{memchr, memchr_iter};

/// Turns stored text into type ASCII: each LF becomes CR LF, and a CR LF that is stored stays one.
///
/// Works on chunks; a line end that lies on the border of two is seen.
///
/// ```
/// # use wharf_core::representation::AsciiEncoder;
/// let mut encoder = AsciiEncoder::new();
/// assert_eq!(encoder.encode("one\ntwo\r".into()), "one\r\ntwo\r");
/// assert_eq!(encoder.encode("\nthree".into()), "\nthree");
/// ```
#[derive(Clone, Debug, Default)]
pub struct AsciiEncoder {
    after_cr: bool,
}

impl AsciiEncoder {
    /// An encoder at the start of a transfer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Converts the next chunk, to at most twice its length; a chunk that needs no change is handed back as it is.
    pub fn encode(&mut self, chunk: Bytes) -> Bytes {
        let mut out = Vec::new();
        let mut copied = 0;
        for at in memchr_iter(b'\n', &chunk) {
            let after_cr = match at.checked_sub(1) {
                None => self.after_cr,
                Some(before) => chunk.get(before) == Some(&b'\r'),
            };
            if !after_cr {
                if out.is_empty() {
                    out.reserve(chunk.len() + chunk.len() / 16 + 1);
                }
                out.extend_from_slice(chunk.get(copied..at).unwrap_or_default());
                out.push(b'\r');
                copied = at;
            }
        }
        if let Some(last) = chunk.last() {
            self.after_cr = *last == b'\r';
        }
        if out.is_empty() {
            return chunk;
        }
        out.extend_from_slice(chunk.get(copied..).unwrap_or_default());
        out.into()
    }
}

/// Turns type ASCII into stored text: each CR LF becomes LF; any other CR, and any other LF, is kept.
///
/// Works on chunks; a CR at the end of one is held back until the next shows what it was.
///
/// ```
/// # use wharf_core::representation::AsciiDecoder;
/// let mut decoder = AsciiDecoder::new();
/// assert_eq!(decoder.decode("one\r\ntwo\r".into()), "one\ntwo");
/// assert_eq!(decoder.decode("\nthree\r".into()), "\nthree");
/// assert_eq!(decoder.finish(), "\r");
/// ```
#[derive(Clone, Debug, Default)]
pub struct AsciiDecoder {
    held_cr: bool,
}

impl AsciiDecoder {
    /// A decoder at the start of a transfer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Converts the next chunk; one that needs no change is handed back as it is. The result may be empty.
    pub fn decode(&mut self, mut chunk: Bytes) -> Bytes {
        let Some(&first) = chunk.first() else { return chunk };
        let held = std::mem::take(&mut self.held_cr) && first != b'\n';
        if chunk.last() == Some(&b'\r') {
            self.held_cr = true;
            chunk.truncate(chunk.len() - 1);
        }
        let is_end = |at: usize| chunk.get(at + 1) == Some(&b'\n');
        if !held && !memchr_iter(b'\r', &chunk).any(is_end) {
            return chunk;
        }
        let mut out = Vec::with_capacity(chunk.len() + 1);
        if held {
            out.push(b'\r');
        }
        let mut rest = &chunk[..];
        while let Some(at) = memchr(b'\r', rest) {
            let (text, tail) = rest.split_at_checked(at).unwrap_or((rest, &[]));
            out.extend_from_slice(text);
            let after = tail.get(1..).unwrap_or_default();
            if after.first() != Some(&b'\n') {
                out.push(b'\r');
            }
            rest = after;
        }
        out.extend_from_slice(rest);
        out.into()
    }

    /// What was held back, at the end of the transfer: a CR or nothing.
    pub fn finish(self) -> Bytes {
        Bytes::from_static(if self.held_cr { b"\r" } else { b"" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encode(chunks: &[&[u8]]) -> Vec<u8> {
        let mut encoder = AsciiEncoder::new();
        chunks.iter().flat_map(|chunk| encoder.encode(Bytes::copy_from_slice(chunk))).collect()
    }

    fn decode(chunks: &[&[u8]]) -> Vec<u8> {
        let mut decoder = AsciiDecoder::new();
        let mut out: Vec<u8> =
            chunks.iter().flat_map(|chunk| decoder.decode(Bytes::copy_from_slice(chunk))).collect();
        out.extend(decoder.finish());
        out
    }

    #[test]
    fn encodes() {
        for (stored, wire) in [
            (&b""[..], &b""[..]),
            (b"a", b"a"),
            (b"a\n", b"a\r\n"),
            (b"\n\n", b"\r\n\r\n"),
            (b"a\r\nb", b"a\r\nb"),
            (b"\r\r\n\n", b"\r\r\n\r\n"),
            (b"a\rb\n\r", b"a\rb\r\n\r"),
        ] {
            assert_eq!(encode(&[stored]), wire, "{}", stored.escape_ascii());
        }
        assert_eq!(encode(&[b"a\r", b"", b"\n", b"\n"]), b"a\r\n\r\n");
    }

    #[test]
    fn decodes() {
        for (wire, stored) in [
            (&b""[..], &b""[..]),
            (b"a\r\nb\r\n", b"a\nb\n"),
            (b"a\nb", b"a\nb"),
            (b"a\rb\r", b"a\rb\r"),
            (b"\r\r\n", b"\r\n"),
            (b"\r\n\r\n", b"\n\n"),
        ] {
            assert_eq!(decode(&[wire]), stored, "{}", wire.escape_ascii());
        }
        assert_eq!(decode(&[b"a\r", b"", b"\nb\r", b"\r", b"\n", b"\r", b"c"]), b"a\nb\r\n\rc");
    }

    #[test]
    fn what_needs_no_change_is_not_copied() {
        let chunk = Bytes::from_static(b"a\r\nb\rc");
        assert_eq!(AsciiEncoder::new().encode(chunk.clone()).as_ptr(), chunk.as_ptr());
        let chunk = Bytes::from_static(b"a\nb\rc\r");
        assert_eq!(AsciiDecoder::new().decode(chunk.clone()).as_ptr(), chunk.as_ptr());
    }

    proptest! {
        #[test]
        fn conversion_does_not_depend_on_how_it_is_cut(
            octets in prop::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'a')], 0..60), size in 1usize..8,
        ) {
            let chunks: Vec<&[u8]> = octets.chunks(size).collect();
            prop_assert_eq!(encode(&chunks), encode(&[&octets]));
            prop_assert_eq!(decode(&chunks), decode(&[&octets]));
            let wire = encode(&chunks);
            prop_assert!(memchr_iter(b'\n', &wire).all(|at| at > 0 && wire[at - 1] == b'\r'));
            prop_assert_eq!(encode(&[&wire]), wire);
        }

        #[test]
        fn text_with_plain_line_ends_comes_back(text in "[^\r]{0,60}") {
            prop_assert_eq!(decode(&[&encode(&[text.as_bytes()])]), text.as_bytes());
        }
    }
}
