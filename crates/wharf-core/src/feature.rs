//! Features: what a server says to FEAT (RFC 2389).

use std::str;

use crate::reply::Reply;

/// The features of a server, in their order.
///
/// Names and parameters are compared in any letter case. A name may stand on several lines, as `AUTH SSL` and `AUTH TLS` do.
///
/// ```
/// # use wharf_core::{feature::Features, reply::Reply};
/// let reply = Reply::multiline(211, "Features:", [" MLST Type*;Size*;Modify;", " REST STREAM", " UTF8"], "End");
/// let features = Features::from_reply(&reply);
/// assert!(features.has("utf8"));
/// assert!(features.has_parameter("REST", "stream"));
/// assert_eq!(features.parameters("MLST").next(), Some(&b"Type*;Size*;Modify;"[..]));
/// assert_eq!(features.to_reply(), reply);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features(Vec<Feature>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Feature {
    name: String,
    parameters: Vec<u8>,
}

impl Features {
    /// The most features that are kept of a reply.
    const MAX: usize = 256;

    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the reply to FEAT: the lines between the first and the last. A reply of one line has none.
    pub fn from_reply(reply: &Reply) -> Self {
        let mut features = Self::new();
        for line in reply.middle().iter().take(Self::MAX) {
            features.add_line(line);
        }
        features
    }

    /// Adds a feature line, `NAME` or `NAME parameters`; one whose name is not ASCII is left out.
    pub fn add(&mut self, line: &str) {
        self.add_line(line.as_bytes());
    }

    fn add_line(&mut self, line: &[u8]) {
        let line = line.trim_ascii();
        let end = line.iter().position(|&octet| octet == b' ').unwrap_or(line.len());
        let (name, parameters) = line.split_at_checked(end).unwrap_or((line, &[]));
        if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
            return;
        }
        if let Ok(name) = str::from_utf8(name) {
            self.0.push(Feature { name: name.to_owned(), parameters: parameters.trim_ascii().to_vec() });
        }
    }

    /// Whether there is a feature of this name.
    pub fn has(&self, name: &str) -> bool {
        self.parameters(name).next().is_some()
    }

    /// The parameters on each line that has this name; an empty slice for a line without.
    pub fn parameters<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let name = name.to_owned();
        let named = self.0.iter().filter(move |feature| feature.name.eq_ignore_ascii_case(&name));
        named.map(|feature| feature.parameters.as_slice())
    }

    /// Whether a line of this name has this parameter among those that spaces, `;` or `,` part.
    pub fn has_parameter(&self, name: &str, parameter: &str) -> bool {
        self.parameters(name)
            .flat_map(|all| all.split(|octet| matches!(octet, b' ' | b';' | b',')))
            .any(|one| one.eq_ignore_ascii_case(parameter.as_bytes()))
    }

    /// The name and the parameters of each, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|feature| (feature.name.as_str(), feature.parameters.as_slice()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The reply to FEAT that says so: 211, one line where there is none.
    pub fn to_reply(&self) -> Reply {
        if self.is_empty() {
            return Reply::new(211, "No features");
        }
        let line = |feature: &Feature| {
            let mut line = format!(" {}", feature.name).into_bytes();
            if !feature.parameters.is_empty() {
                line.push(b' ');
                line.extend_from_slice(&feature.parameters);
            }
            line
        };
        Reply::multiline(211, "Features:", self.0.iter().map(line), "End")
    }
}

impl<'a> FromIterator<&'a str> for Features {
    fn from_iter<I: IntoIterator<Item = &'a str>>(lines: I) -> Self {
        let mut features = Self::new();
        lines.into_iter().for_each(|line| features.add(line));
        features
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::{ReplyDecoder, ReplyLimits};
    use proptest::prelude::*;

    fn from_wire(octets: &[u8]) -> Features {
        let mut decoder = ReplyDecoder::new(ReplyLimits::default());
        decoder.push(octets);
        Features::from_reply(&decoder.next_reply().unwrap().unwrap())
    }

    #[test]
    fn reads_what_servers_send() {
        let expected: Features = ["AUTH SSL", "AUTH TLS", "EPSV", "PBSZ"].into_iter().collect();
        for octets in [
            &b"211-Features:\r\n AUTH SSL\r\n AUTH TLS\r\n EPSV\r\n PBSZ\r\n211 End\r\n"[..],
            b"211-Features:\r\n211-AUTH SSL\r\n211-AUTH TLS\r\n211-EPSV\r\n211-PBSZ\r\n211 End\r\n",
            b"211-\n  AUTH  SSL \n\tAUTH TLS\nEPSV\n\n PBSZ\n211\n",
        ] {
            assert_eq!(from_wire(octets), expected, "{}", octets.escape_ascii());
        }
        assert!(from_wire(b"211 no features\r\n").is_empty());
        assert!(from_wire(b"211-none\r\n \xff\r\n211 End\r\n").is_empty());
    }

    #[test]
    fn answers_questions() {
        let features: Features =
            ["auth tls;TLS-C;SSL", "AUTH SSL", "PROT C;P;", "Size", "REST STREAM"].into_iter().collect();
        assert!(features.has("AUTH") && features.has("SIZE") && features.has("size"));
        assert!(!features.has("SIZ") && !features.has("") && !features.has("MLST"));
        assert_eq!(features.parameters("auth").collect::<Vec<_>>(), [&b"tls;TLS-C;SSL"[..], b"SSL"]);
        assert_eq!(features.parameters("SIZE").collect::<Vec<_>>(), [b""]);
        for parameter in ["TLS", "tls-c", "ssl"] {
            assert!(features.has_parameter("AUTH", parameter), "{parameter}");
        }
        let names: Vec<&str> = features.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["auth", "AUTH", "PROT", "Size", "REST"]);
        assert_eq!(features.iter().last(), Some(("REST", &b"STREAM"[..])));
        assert!(!features.has_parameter("AUTH", "TL") && !features.has_parameter("PROT", "TLS"));
        assert!(features.has_parameter("PROT", "P"));
    }

    #[test]
    fn none_is_one_line() {
        let reply = Features::new().to_reply();
        assert_eq!((reply.code().as_u16(), reply.lines().len()), (211, 1));
        assert!(Features::from_reply(&reply).is_empty());
    }

    proptest! {
        #[test]
        fn is_written_as_it_is_read(lines in prop::collection::vec("[!-/:-~][!-~]{0,5}( [!-~]([ -~]{0,10}[!-~])?)?", 0..20)) {
            let features: Features = lines.iter().map(String::as_str).collect();
            let mut octets = Vec::new();
            features.to_reply().encode(&mut octets);
            prop_assert_eq!(from_wire(&octets), features);
        }

        #[test]
        fn any_reply_is_read(lines: Vec<Vec<u8>>) {
            let features = Features::from_reply(&Reply::multiline(211, "", lines, ""));
            prop_assert_eq!(Features::from_reply(&features.to_reply()), features);
        }
    }
}
