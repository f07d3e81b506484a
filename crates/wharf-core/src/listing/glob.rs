//! Patterns in the argument of NLST, as `mget` of many clients sends them.

/// A pattern for one component of a pathname: `*`, `?`, `[a-z]` and `[!a-z]`.
///
/// Works on octets. A name that begins with a period is matched only by a pattern that begins with one. A `[` that nothing
/// closes is itself. The time to match is at most the product of the two lengths, whatever the pattern.
///
/// ```
/// # use wharf_core::listing::glob::Pattern;
/// let pattern = Pattern::new(b"*.[ch]").unwrap();
/// assert!(pattern.matches(b"main.c"));
/// assert!(!pattern.matches(b"main.cc"));
/// assert!(!pattern.matches(b".hidden.c"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Token>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Literal(u8),
    AnyOctet,
    AnyOctets,
    Class { negated: bool, ranges: Vec<(u8, u8)> },
}

impl Pattern {
    /// The most octets of a pattern: as many as a name may have.
    pub const MAX_LEN: usize = 255;

    /// Reads a pattern; `None` where it is too long, empty, or holds a `/`.
    pub fn new(text: &[u8]) -> Option<Self> {
        if text.is_empty() || text.len() > Self::MAX_LEN || text.contains(&b'/') {
            return None;
        }
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some((&octet, tail)) = rest.split_first() {
            rest = tail;
            let token = match octet {
                b'?' => Token::AnyOctet,
                // Several in a row say no more than one.
                b'*' if tokens.last() == Some(&Token::AnyOctets) => continue,
                b'*' => Token::AnyOctets,
                b'[' => match class(tail) {
                    Some((class, tail)) => {
                        rest = tail;
                        class
                    }
                    None => Token::Literal(octet),
                },
                _ => Token::Literal(octet),
            };
            tokens.push(token);
        }
        Some(Self(tokens))
    }

    /// Whether `text` holds an octet that means something in a pattern.
    pub fn is_pattern(text: &[u8]) -> bool {
        text.iter().any(|octet| matches!(octet, b'*' | b'?' | b'['))
    }

    /// Whether the pattern matches the whole of `name`.
    pub fn matches(&self, name: &[u8]) -> bool {
        if name.first() == Some(&b'.') && self.0.first() != Some(&Token::Literal(b'.')) {
            return false;
        }
        let (mut token, mut octet) = (0, 0);
        // Where to go on if a match fails: the token after the last `*`, and the octets it has taken.
        let mut retry: Option<(usize, usize)> = None;
        loop {
            match (self.0.get(token), name.get(octet)) {
                (Some(Token::AnyOctets), _) => {
                    token += 1;
                    retry = Some((token, octet));
                    continue;
                }
                (Some(one), Some(&found)) if one.takes(found) => {
                    token += 1;
                    octet += 1;
                    continue;
                }
                (None, None) => return true,
                _ => {}
            }
            match &mut retry {
                Some((after, taken)) if *taken < name.len() => {
                    *taken += 1;
                    (token, octet) = (*after, *taken);
                }
                _ => return false,
            }
        }
    }
}

impl Token {
    fn takes(&self, octet: u8) -> bool {
        match self {
            Self::Literal(literal) => *literal == octet,
            Self::AnyOctet => true,
            Self::AnyOctets => false,
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&octet)) != *negated
            }
        }
    }
}

/// Reads what follows `[`, and what follows its `]`. A `]` that comes first is in the class.
fn class(text: &[u8]) -> Option<(Token, &[u8])> {
    let (negated, mut rest) = match text.split_first() {
        Some((b'!' | b'^', tail)) => (true, tail),
        _ => (false, text),
    };
    let mut ranges = Vec::new();
    loop {
        rest = match rest {
            [b']', tail @ ..] if !ranges.is_empty() => return Some((Token::Class { negated, ranges }, tail)),
            [low, b'-', high, tail @ ..] if *high != b']' => {
                ranges.push((*low, *high));
                tail
            }
            [octet, tail @ ..] => {
                ranges.push((*octet, *octet));
                tail
            }
            [] => return None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn matches_whole_names() {
        for (pattern, yes, no) in [
            ("*", &["a", "a b", "\u{e9}"][..], &[".a", "."][..]),
            (".*", &[".a", "."], &["a"]),
            ("?", &["a", "*"], &["", "ab", "."]),
            ("a*b", &["ab", "axb", "abab", "a*b"], &["a", "abc", "xab"]),
            ("*a*b*c*", &["abc", "xaxbxcx", "aabbcc"], &["acb", "ab"]),
            ("[abc]x", &["ax", "cx"], &["dx", "x", "[abc]x"]),
            ("[a-c]", &["b"], &["d", "-"]),
            ("[!a-c]", &["d", "-"], &["b", ".", ""]),
            ("[^a]", &["b"], &["a"]),
            ("[]a]", &["]", "a"], &["b", "[]a]"]),
            ("[a-]", &["a", "-"], &["b"]),
            ("[a", &["[a"], &["a"]),
            ("[]", &["[]"], &["]", ""]),
            ("[c-a]", &[], &["a", "b", "c"]),
            ("a.txt", &["a.txt"], &["A.txt", "a_txt"]),
            ("**?**", &["a", "abc"], &[""]),
        ] {
            let matcher = Pattern::new(pattern.as_bytes()).unwrap();
            for name in yes {
                assert!(matcher.matches(name.as_bytes()), "{pattern} should match {name}");
            }
            for name in no {
                assert!(!matcher.matches(name.as_bytes()), "{pattern} should not match {name}");
            }
        }
        for text in ["", "a/*", &"*".repeat(256)] {
            assert_eq!(Pattern::new(text.as_bytes()), None, "{text:?}");
        }
        assert!(
            Pattern::is_pattern(b"a[b") && Pattern::is_pattern(b"?") && !Pattern::is_pattern(b"a]b{c}\\")
        );
    }

    #[test]
    fn a_thousand_stars_take_no_time() {
        let pattern = Pattern::new("a*".repeat(127).as_bytes()).unwrap();
        let name = [b"a".repeat(254), b"b".to_vec()].concat();
        assert!(pattern.matches(&name));
        let pattern = Pattern::new(["a*".repeat(126).as_bytes(), b"c"].concat().as_slice()).unwrap();
        assert!(!pattern.matches(&name));
    }

    /// What the pattern means, with no thought for time.
    fn slow(tokens: &[Token], name: &[u8]) -> bool {
        match (tokens.split_first(), name.split_first()) {
            (None, rest) => rest.is_none(),
            (Some((Token::AnyOctets, after)), rest) => {
                slow(after, name) || rest.is_some_and(|(_, tail)| slow(tokens, tail))
            }
            (Some((token, after)), Some((octet, tail))) => token.takes(*octet) && slow(after, tail),
            (Some(_), None) => false,
        }
    }

    proptest! {
        #[test]
        fn matches_what_the_pattern_means(pattern in "[ab*?\\[\\]!-]{1,8}", name in "[ab\\[-]{0,8}") {
            let pattern = Pattern::new(pattern.as_bytes()).unwrap();
            prop_assert_eq!(pattern.matches(name.as_bytes()), slow(&pattern.0, name.as_bytes()));
        }

        #[test]
        fn any_pattern_is_read_or_refused(text: Vec<u8>, name: Vec<u8>) {
            if let Some(pattern) = Pattern::new(&text) {
                let _ = pattern.matches(&name);
            }
        }
    }
}
