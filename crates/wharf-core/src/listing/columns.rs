//! The words of a line and where they stand.

use std::ops::Range;

/// A line cut at its spaces, so that a name can be taken as it stands.
#[derive(Debug)]
pub(super) struct Columns<'a> {
    line: &'a [u8],
    words: Vec<Range<usize>>,
}

impl<'a> Columns<'a> {
    /// The most words that are looked at; a name may have more.
    const MAX: usize = 64;

    pub(super) fn new(line: &'a [u8]) -> Self {
        let mut words = Vec::new();
        let mut at = 0;
        let is_space = |octet: &u8| matches!(octet, b' ' | b'\t');
        while words.len() < Self::MAX {
            let rest = line.get(at..).unwrap_or_default();
            let Some(start) = rest.iter().position(|octet| !is_space(octet)).map(|found| at + found) else {
                break;
            };
            let rest = line.get(start..).unwrap_or_default();
            at = start + rest.iter().position(is_space).unwrap_or(rest.len());
            words.push(start..at);
        }
        Self { line, words }
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    /// The word at `index`; empty past the last.
    pub(super) fn word(&self, index: usize) -> &'a [u8] {
        self.words.get(index).and_then(|word| self.line.get(word.clone())).unwrap_or_default()
    }

    /// What stands from the first to the last of these words, the spaces between them included.
    pub(super) fn span(&self, words: Range<usize>) -> &'a [u8] {
        let start = self.words.get(words.start).map(|word| word.start);
        let end = words.end.checked_sub(1).and_then(|last| self.words.get(last)).map(|word| word.end);
        start.zip(end).and_then(|(start, end)| self.line.get(start..end)).unwrap_or_default()
    }

    /// Everything that follows the word at `index`, spaces included.
    pub(super) fn after(&self, index: usize) -> &'a [u8] {
        self.words.get(index).and_then(|word| self.line.get(word.end..)).unwrap_or_default()
    }
}

/// What stands between two columns, without the spaces around it.
pub(super) fn trim_spaces(text: &[u8]) -> &[u8] {
    let is_text = |octet: &u8| !matches!(octet, b' ' | b'\t');
    let start = text.iter().position(is_text).unwrap_or(text.len());
    let end = text.iter().rposition(is_text).map_or(start, |last| last + 1);
    text.get(start..end).unwrap_or_default()
}

/// A size: digits, with a comma before each three of them or without commas.
pub(super) fn size(text: &[u8]) -> Option<u64> {
    let digits = match memchr::memchr(b',', text) {
        None => text.to_vec(),
        Some(_) => {
            let mut groups = text.split(|&octet| octet == b',');
            let first = groups.next().filter(|first| (1..=3).contains(&first.len()))?;
            let mut digits = first.to_vec();
            for group in groups {
                digits.extend_from_slice((group.len() == 3).then_some(group)?);
            }
            digits
        }
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(&digits).ok()?.parse().ok()
}

/// `text` without the spaces before it, but for those beyond the first `most`: they are a name's own.
pub(super) fn skip_spaces(text: &[u8], most: usize) -> &[u8] {
    let spaces = text.iter().take(most).take_while(|&&octet| octet == b' ').count();
    text.get(spaces..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_at_spaces() {
        let columns = Columns::new(b"  ab\tc  d e  ");
        assert_eq!(columns.len(), 4);
        assert_eq!((columns.word(0), columns.word(3), columns.word(4)), (&b"ab"[..], &b"e"[..], &b""[..]));
        assert_eq!(columns.span(1..3), b"c  d");
        assert_eq!(columns.span(1..1), b"");
        assert_eq!(
            (columns.after(2), columns.after(3), columns.after(4)),
            (&b" e  "[..], &b"  "[..], &b""[..])
        );
        assert_eq!(trim_spaces(b"  a b "), b"a b");
        assert_eq!(trim_spaces(b"  "), b"");
    }

    #[test]
    fn reads_sizes() {
        for (text, expected) in [
            ("0", Some(0)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("1,234,567", Some(1_234_567)),
            ("12,34", None),
            ("1234,567", None),
            (",123", None),
            ("1,", None),
            ("", None),
            ("-1", None),
            ("1k", None),
        ] {
            assert_eq!(size(text.as_bytes()), expected, "{text:?}");
        }
    }
}
