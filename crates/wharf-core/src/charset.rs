//! Charsets of names: what the octets of a name say, for people and for local files.
//!
//! On the wire a name is octets, and stays octets. Servers that say `UTF8` in FEAT use UTF-8 (RFC 2640); others use
//! whatever their system does, and nobody says what that is.

use std::{borrow::Cow, fmt, str::FromStr};

use encoding_rs::{Encoding, UTF_8};

/// A charset of the [Encoding Standard](https://encoding.spec.whatwg.org/).
///
/// ```
/// # use wharf_core::charset::Charset;
/// let charset: Charset = "shift_jis".parse()?;
/// assert_eq!(charset.decode(b"\x8e\x8e.txt").as_deref(), Some("試.txt"));
/// assert_eq!(charset.encode("試.txt").as_deref(), Some(&b"\x8e\x8e.txt"[..]));
/// # Ok::<(), wharf_core::charset::UnknownCharset>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Charset(&'static Encoding);

/// The text names no charset, or one in which a name can hold octets that mean something else to FTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("no such charset")]
pub struct UnknownCharset;

impl Charset {
    /// UTF-8, the default.
    pub const UTF_8: Self = Self(UTF_8);

    /// Its name: `UTF-8`, `windows-1251`, `Shift_JIS`.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The text that the octets are; `None` where they are none, or where [`encode`](Self::encode) would not give them back.
    pub fn decode(self, octets: &[u8]) -> Option<String> {
        let text = self.0.decode_without_bom_handling_and_without_replacement(octets)?;
        (self.encode(&text)? == octets).then(|| text.into_owned())
    }

    /// The octets of a text; `None` where the charset lacks a character of it.
    pub fn encode(self, text: &str) -> Option<Vec<u8>> {
        let (octets, _, lacks) = self.0.encode(text);
        (!lacks).then(|| octets.into_owned())
    }

    /// A server's name as a name of local files, which are UTF-8: one that is no text of this charset stays as it is.
    pub fn to_local(self, name: &[u8]) -> Cow<'_, [u8]> {
        if self == Self::UTF_8 || name.is_ascii() {
            return Cow::Borrowed(name);
        }
        self.decode(name).map_or(Cow::Borrowed(name), |text| Cow::Owned(text.into_bytes()))
    }

    /// A local name as the server's: the other way of [`to_local`](Self::to_local). A name that is no text, or has a
    /// character that the charset lacks, stays as it is.
    pub fn to_remote(self, name: &[u8]) -> Cow<'_, [u8]> {
        if self == Self::UTF_8 || name.is_ascii() {
            return Cow::Borrowed(name);
        }
        let encoded = std::str::from_utf8(name).ok().and_then(|text| self.encode(text));
        encoded.map_or(Cow::Borrowed(name), Cow::Owned)
    }

    /// As [`to_remote`](Self::to_remote), for a name that is to be made there: `None` for a text with a character that the
    /// charset lacks, which nobody who reads this charset could read.
    pub fn to_new_remote(self, name: &[u8]) -> Option<Cow<'_, [u8]>> {
        if self == Self::UTF_8 || name.is_ascii() {
            return Some(Cow::Borrowed(name));
        }
        match std::str::from_utf8(name) {
            Ok(text) => self.encode(text).map(Cow::Owned),
            Err(_) => Some(Cow::Borrowed(name)),
        }
    }

    /// The charset that these names look like; `None` where all are ASCII, which says nothing. UTF-8 is certain enough,
    /// everything else is a guess, the better the more names there are.
    pub fn detect<'n>(names: impl IntoIterator<Item = &'n [u8]>) -> Option<Self> {
        let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
        let (mut is_ascii, mut is_utf8) = (true, true);
        for name in names {
            is_ascii &= name.is_ascii();
            is_utf8 &= std::str::from_utf8(name).is_ok();
            detector.feed(name, false);
            detector.feed(b"\n", false);
        }
        detector.feed(b"", true);
        match (is_ascii, is_utf8) {
            (true, _) => None,
            (_, true) => Some(Self::UTF_8),
            _ => Some(Self(detector.guess(None, chardetng::Utf8Detection::Deny))),
        }
    }
}

impl Default for Charset {
    fn default() -> Self {
        Self::UTF_8
    }
}

impl FromStr for Charset {
    type Err = UnknownCharset;

    /// Reads a name or another label of the Encoding Standard: `latin1`, `cp1251`, `gbk`, `sjis`.
    fn from_str(label: &str) -> Result<Self, UnknownCharset> {
        let encoding = Encoding::for_label_no_replacement(label.as_bytes()).ok_or(UnknownCharset)?;
        // UTF-16 has NUL, and ISO-2022-JP slashes, in names that have none.
        encoding.is_ascii_compatible().then_some(Self(encoding)).ok_or(UnknownCharset)
    }
}

impl fmt::Display for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Charset({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn charset(label: &str) -> Charset {
        label.parse().unwrap()
    }

    #[test]
    fn labels() {
        for (label, name) in [
            ("utf8", "UTF-8"),
            ("UTF-8", "UTF-8"),
            ("latin1", "windows-1252"),
            ("cp1251", "windows-1251"),
            ("sjis", "Shift_JIS"),
            ("koi8-r", "KOI8-R"),
            ("GBK", "GBK"),
        ] {
            assert_eq!(charset(label).to_string(), name);
        }
        for label in ["", "utf-16", "utf-16be", "iso-2022-jp", "ebcdic", "replacement", "iso-2022-kr"] {
            assert_eq!(label.parse::<Charset>(), Err(UnknownCharset), "{label}");
        }
        assert_eq!(Charset::default(), Charset::UTF_8);
    }

    #[test]
    fn names_are_converted_where_they_can_be() {
        let japanese = charset("sjis");
        assert_eq!(&*japanese.to_local(b"\x8b\xb4\x8c\x85"), "橋桁".as_bytes());
        assert_eq!(&*japanese.to_remote("橋桁".as_bytes()), b"\x8b\xb4\x8c\x85");
        let cyrillic = charset("windows-1251");
        assert_eq!(cyrillic.decode(b"\xef\xf0\xe8\xe2\xe5\xf2").as_deref(), Some("привет"));
        // No text of the charset; no character of it; no text at all.
        assert_eq!(&*japanese.to_local(b"a\x81"), b"a\x81");
        assert_eq!(&*cyrillic.to_remote("橋".as_bytes()), "橋".as_bytes());
        assert_eq!(&*cyrillic.to_remote(b"\xff"), b"\xff");
        // A stray mark of the order of octets is an octet of the name.
        assert_eq!(Charset::UTF_8.decode(b"\xef\xbb\xbfa").as_deref(), Some("\u{feff}a"));
    }

    #[test]
    fn charsets_are_guessed_by_names() {
        let names = |label: &str, names: &[&str]| -> Vec<Vec<u8>> {
            names.iter().map(|name| charset(label).encode(name).unwrap()).collect()
        };
        let detect = |names: &[Vec<u8>]| Charset::detect(names.iter().map(Vec::as_slice));
        assert_eq!(detect(&[]), None);
        assert_eq!(detect(&names("utf-8", &["plain", "names"])), None);
        assert_eq!(detect(&names("utf-8", &["plain", "né"])), Some(Charset::UTF_8));
        let japanese = ["試験ファイル.csv", "会議の資料.pdf", "写真とビデオ"];
        assert_eq!(detect(&names("sjis", &japanese)), Some(charset("sjis")));
        assert_eq!(detect(&names("euc-jp", &japanese)), Some(charset("euc-jp")));
        let russian = ["Документы", "Фотографии с моря.zip", "отчёт за год.doc"];
        assert_eq!(detect(&names("windows-1251", &russian)), Some(charset("windows-1251")));
    }

    proptest! {
        #[test]
        fn what_is_decoded_is_encoded_again(octets in prop::collection::vec(any::<u8>(), 0..20), at in 0usize..7) {
            let labels = ["utf-8", "windows-1252", "sjis", "gb18030", "big5", "euc-kr", "koi8-u"];
            let charset = charset(labels[at]);
            match charset.decode(&octets) {
                Some(text) => {
                    prop_assert_eq!(charset.encode(&text), Some(octets.clone()));
                    let local = charset.to_local(&octets);
                    prop_assert_eq!(&*charset.to_remote(&local), &octets[..]);
                }
                None => prop_assert_eq!(&*charset.to_local(&octets), &octets[..]),
            }
        }
    }
}
