//! HASH, XCRC, XMD5 and their like: digests of files (draft-bryan-ftpext-hash-02; the others are in common use, in no RFC).
//!
//! All read the file, so all need the permission to read it. The work is the driver's: see
//! [`Action::Hash`](crate::server::Action::Hash).

use std::borrow::Cow;

use super::{Argument, ArgumentError, Command, pathname_argument, pathname_command};
use crate::{
    digest::{Algorithm, Digest},
    failure::Failure,
    feature::Features,
    reply::{Reply, Severity},
    server::{Context, Hashing, Served},
    session::Session,
    spec::{Access, Feature, Grammar, Spec},
};

/// How a client gets digests of one algorithm from a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashWay {
    /// By HASH, of which this is the algorithm, or of which it becomes so by `OPTS HASH`.
    Hash {
        /// Whether HASH computes it already.
        chosen: bool,
    },
    /// By a command of its own, such as XMD5.
    OfItsOwn,
}

impl HashWay {
    /// What a server with these features offers for an algorithm.
    pub fn find(features: &Features, algorithm: Algorithm) -> Option<Self> {
        let verb = match algorithm {
            Algorithm::Crc32 => Xcrc::SPEC,
            Algorithm::Md5 => Xmd5::SPEC,
            Algorithm::Sha1 => Xsha1::SPEC,
            Algorithm::Sha256 => Xsha256::SPEC,
            Algorithm::Sha512 => Xsha512::SPEC,
        };
        let of_its_own = || verb.verbs().any(|verb| features.has(verb)).then_some(Self::OfItsOwn);
        let by_hash = offered(features).find(|(offered, _)| *offered == algorithm);
        by_hash.map(|(_, chosen)| Self::Hash { chosen }).or_else(of_its_own)
    }

    /// The algorithms that a server with these features offers, the strongest first.
    pub fn all(features: &Features) -> Vec<Algorithm> {
        let strongest = Algorithm::ALL.into_iter().rev();
        strongest.filter(|algorithm| Self::find(features, *algorithm).is_some()).collect()
    }
}

/// The algorithms of HASH, and whether each is the chosen one: `HASH SHA-256*;SHA-1`.
fn offered(features: &Features) -> impl Iterator<Item = (Algorithm, bool)> {
    let names =
        features.parameters(Hash::SPEC.verb).flat_map(|all| all.split(|octet| matches!(octet, b';' | b' ')));
    names.filter_map(|name| {
        let (name, chosen) = name.strip_suffix(b"*").map_or((name, false), |name| (name, true));
        Some((str::from_utf8(name).ok()?.parse().ok()?, chosen))
    })
}

pathname_command! {
    /// HASH: the digest of a file, by the algorithm that `OPTS HASH` has chosen (draft-bryan-ftpext-hash-02 section 3).
    ///
    /// ```text
    /// C: HASH a.bin
    /// S: 213 SHA-256 0-3 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad a.bin
    /// ```
    Hash
}

impl Command for Hash {
    const SPEC: Spec = Spec {
        verb: "HASH",
        reference: "draft-bryan-ftpext-hash-02 section 3",
        help: "Show the digest of a file.",
        argument: Grammar::Required("pathname"),
        good: &["a.bin"],
        bad: &[""],
        access: Access::READ,
        needs_hashing: true,
        feature: Feature::Session(feature),
        replies: &[213, 450, 550],
        ..Spec::DENY
    };

    /// The digest, of the algorithm that the reply names.
    type Output = Digest;

    pathname_argument!();

    fn accept(&self, reply: &Reply) -> Option<Digest> {
        let text = reply.text();
        let algorithm = text.split_whitespace().next()?.parse().ok()?;
        if reply.severity() != Severity::Completion {
            return None;
        }
        find(algorithm, reply)
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        let algorithm = context.session.hash_algorithm;
        let path = context.resolve(self.pathname.as_bytes())?;
        let source = context.storage()?.open_read(&path, 0).await?;
        let size = source.metadata.size;
        Ok(Hashing::new(source.body, algorithm, move |digest| {
            let text = format!("{algorithm} 0-{size} {digest} ");
            Reply::new(213, [text.as_bytes(), self.pathname.as_bytes()].concat())
        })
        .into())
    }
}

fn feature(session: &Session) -> String {
    let names = Algorithm::ALL.into_iter().rev().map(|algorithm| match algorithm == session.hash_algorithm {
        true => format!("{algorithm}*"),
        false => algorithm.to_string(),
    });
    format!("{} {}", Hash::SPEC.verb, names.collect::<Vec<_>>().join(";"))
}

/// OPTS HASH: chooses the algorithm of HASH, or shows it (draft-bryan-ftpext-hash-02 section 4).
///
/// ```text
/// C: OPTS HASH SHA-1
/// S: 200 SHA-1
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptsHash(
    /// The algorithm; `None` to ask for it.
    pub Option<Algorithm>,
);

impl Command for OptsHash {
    const SPEC: Spec = Spec {
        verb: "OPTS HASH",
        reference: "draft-bryan-ftpext-hash-02 section 4",
        help: "Choose the algorithm of HASH.",
        argument: Grammar::Optional("algorithm"),
        good: &["", "SHA-1", "md5"],
        bad: &["SHA-3", "SHA-1 MD5"],
        needs_hashing: true,
        replies: &[200, 504],
        ..Spec::DENY
    };

    /// The algorithm that HASH has now, if the reply names one.
    type Output = Option<Algorithm>;

    fn parse(argument: Argument) -> Result<Self, ArgumentError> {
        let unknown = ArgumentError::NotOffered("the algorithms are those of FEAT");
        match str::from_utf8(argument.as_bytes()) {
            Ok("") => Ok(Self(None)),
            Ok(name) => name.parse().map(|algorithm| Self(Some(algorithm))).map_err(|_| unknown),
            Err(_) => Err(unknown),
        }
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        self.0.map_or(&b""[..], |algorithm| algorithm.name().as_bytes()).into()
    }

    fn accept(&self, reply: &Reply) -> Option<Option<Algorithm>> {
        let named = reply.text().split_whitespace().find_map(|word| word.parse().ok());
        (reply.severity() == Severity::Completion).then_some(named)
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        if let Some(algorithm) = self.0 {
            context.session.hash_algorithm = algorithm;
        }
        Ok(Reply::new(200, context.session.hash_algorithm.name()).into())
    }
}

/// A file, or a part of it, as XCRC and its like name it: `a b.bin`, `"a b.bin" 0 100`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranged {
    /// The pathname, as the peer is to read it.
    pub pathname: Argument,
    /// The first octet of the part, and the one behind its last.
    pub range: Option<(u64, u64)>,
}

impl Ranged {
    /// Reads a pathname, or one in quotes with two offsets behind it. A quote in it is doubled.
    fn parse(argument: &Argument) -> Result<Self, ArgumentError> {
        let malformed = ArgumentError::Invalid("the form is \"pathname\" start end");
        let Some(quoted) = argument.as_bytes().strip_prefix(b"\"") else {
            return Ok(Self { pathname: argument.clone(), range: None });
        };
        let mut pathname = Vec::new();
        let mut octets = quoted.iter().copied().enumerate().peekable();
        let rest = loop {
            match octets.next() {
                None => return Err(malformed),
                Some((_, b'"')) if octets.next_if(|(_, octet)| *octet == b'"').is_some() => {
                    pathname.push(b'"')
                }
                Some((at, b'"')) => break quoted.get(at + 1..).unwrap_or_default(),
                Some((_, octet)) => pathname.push(octet),
            }
        };
        let words = str::from_utf8(rest).map_err(|_| malformed)?;
        let numbers: Result<Vec<u64>, _> = words.split_ascii_whitespace().map(str::parse).collect();
        let range = match numbers.map_err(|_| malformed)?.as_slice() {
            [] => None,
            [start] => Some((*start, u64::MAX)),
            [start, end] if start <= end => Some((*start, *end)),
            _ => return Err(malformed),
        };
        match pathname.is_empty() {
            true => Err(ArgumentError::Missing),
            false => Ok(Self { pathname: Argument::new(pathname)?, range }),
        }
    }

    /// In quotes where it would be read in another way without.
    fn argument(&self) -> Cow<'_, [u8]> {
        let pathname = self.pathname.as_bytes();
        let offsets = match self.range {
            None if !pathname.iter().any(|octet| matches!(octet, b'"' | b' ')) => return pathname.into(),
            None => String::new(),
            Some((start, u64::MAX)) => format!(" {start}"),
            Some((start, end)) => format!(" {start} {end}"),
        };
        let mut argument = vec![b'"'];
        for octet in pathname {
            argument.extend(std::iter::repeat_n(*octet, if *octet == b'"' { 2 } else { 1 }));
        }
        argument.push(b'"');
        argument.extend_from_slice(offsets.as_bytes());
        argument.into()
    }

    async fn serve(self, algorithm: Algorithm, context: &mut Context<'_>) -> Served {
        let path = context.resolve(self.pathname.as_bytes())?;
        let (start, end) = self.range.unwrap_or((0, u64::MAX));
        let source = context.storage()?.open_read(&path, start).await?;
        if start > source.metadata.size || (end != u64::MAX && end > source.metadata.size) {
            return Err(Failure::new(554, "The file is shorter than that."));
        }
        let hashing = Hashing::new(source.body, algorithm, |digest| {
            Reply::new(250, digest.to_string().to_ascii_uppercase())
        });
        Ok(hashing.length((end != u64::MAX).then(|| end - start)).into())
    }
}

/// The word of a reply that has as many hexadecimal digits as such a digest.
fn find(algorithm: Algorithm, reply: &Reply) -> Option<Digest> {
    let text = reply.text();
    text.split_whitespace().find_map(|word| Digest::parse(algorithm, word.as_bytes()).ok())
}

/// Declares a command that computes digests of one algorithm.
macro_rules! digest_command {
    ($(#[$doc:meta])* $name:ident, $verb:literal, $aliases:expr, $algorithm:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(
            /// The file, or the part of it.
            pub Ranged,
        );

        impl $name {
            /// The command for a whole file.
            ///
            /// # Errors
            /// CR, LF or NUL in the pathname.
            pub fn new(pathname: impl AsRef<[u8]>) -> Result<Self, ArgumentError> {
                Ok(Self(Ranged { pathname: Argument::new(pathname)?, range: None }))
            }
        }

        impl Command for $name {
            const SPEC: Spec = Spec {
                verb: $verb,
                aliases: $aliases,
                reference: "in common use",
                help: "Show a digest of a file, by the algorithm in the name of the command.",
                argument: Grammar::Required("pathname, or \"pathname\" start end"),
                good: &["a.bin", "a b.bin", "\"a \"\"b\"\".bin\" 0 100", "\"a b\" 5", "a.bin 0 100"],
                bad: &["", "\"a", "\"\"", "\"a\" 2 1", "\"a\" -1", "\"a\" 0 1 2"],
                access: Access::READ,
                needs_hashing: true,
                feature: Feature::Line(concat!($verb, " filename;start;end")),
                replies: &[250, 450, 550, 554],
                ..Spec::DENY
            };

            type Output = Digest;

            fn parse(argument: Argument) -> Result<Self, ArgumentError> {
                Ranged::parse(&argument).map(Self)
            }

            fn argument(&self) -> Cow<'_, [u8]> {
                self.0.argument()
            }

            fn accept(&self, reply: &Reply) -> Option<Digest> {
                if reply.severity() != Severity::Completion {
                    return None;
                }
                find($algorithm, reply)
            }

            async fn serve(self, context: &mut Context<'_>) -> Served {
                self.0.serve($algorithm, context).await
            }
        }
    };
}

digest_command! {
    /// XCRC: the CRC-32 of a file (in common use; in no RFC).
    ///
    /// ```text
    /// C: XCRC a.bin
    /// S: 250 352441C2
    /// C: XCRC "a b.bin" 0 100
    /// S: 250 CBF43926
    /// ```
    Xcrc, "XCRC", &[], Algorithm::Crc32
}

digest_command! {
    /// XMD5: the MD5 of a file. The rest is as with [`Xcrc`].
    Xmd5, "XMD5", &[], Algorithm::Md5
}

digest_command! {
    /// XSHA1: the SHA-1 of a file. The rest is as with [`Xcrc`].
    Xsha1, "XSHA1", &["XSHA"], Algorithm::Sha1
}

digest_command! {
    /// XSHA256: the SHA-256 of a file. The rest is as with [`Xcrc`].
    Xsha256, "XSHA256", &[], Algorithm::Sha256
}

digest_command! {
    /// XSHA512: the SHA-512 of a file. The rest is as with [`Xcrc`].
    Xsha512, "XSHA512", &[], Algorithm::Sha512
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argument(text: &str) -> Argument {
        Argument::new(text).unwrap()
    }

    #[test]
    fn a_part_of_a_file_stands_behind_a_name_in_quotes() {
        for (text, pathname, range) in [
            ("a", "a", None),
            ("a b 1 2", "a b 1 2", None),
            ("\"a b\"", "a b", None),
            ("\"a \"\" b\" 1", "a \" b", Some((1, u64::MAX))),
            ("\"a\"  1   20 ", "a", Some((1, 20))),
        ] {
            let read = Ranged::parse(&argument(text)).unwrap();
            assert_eq!((read.pathname.as_bytes(), read.range), (pathname.as_bytes(), range), "{text}");
        }
        for (pathname, range, text) in [
            ("a", None, "a"),
            ("a b", None, "\"a b\""),
            ("a\"b", None, "\"a\"\"b\""),
            ("a", Some((1, 2)), "\"a\" 1 2"),
            ("a", Some((1, u64::MAX)), "\"a\" 1"),
        ] {
            let ranged = Ranged { pathname: argument(pathname), range };
            assert_eq!(ranged.argument(), text.as_bytes());
        }
    }

    #[test]
    fn digests_are_found_in_whatever_servers_write_around_them() {
        let crc = Digest::parse(Algorithm::Crc32, b"352441c2").unwrap();
        for (code, text) in
            [(250, "352441C2"), (213, "0-3 352441c2 a.bin"), (250, "XCRC successful 352441C2")]
        {
            assert_eq!(Xcrc::new("a").unwrap().accept(&Reply::new(code, text)), Some(crc.clone()), "{text}");
        }
        assert_eq!(Xcrc::new("a").unwrap().accept(&Reply::new(550, "352441C2")), None);
        assert_eq!(Xcrc::new("a").unwrap().accept(&Reply::new(250, "done")), None);
        let reply = Reply::new(213, "MD5 0-3 900150983cd24fb0d6963f7d28e17f72 deadbeef");
        let md5 = Hash::new("a").unwrap().accept(&reply).unwrap();
        assert_eq!(
            (md5.algorithm(), md5.to_string().as_str()),
            (Algorithm::Md5, "900150983cd24fb0d6963f7d28e17f72")
        );
        // The one that was named, and no other.
        let reply = Reply::new(213, "SHA-1 0-3 900150983cd24fb0d6963f7d28e17f72 a");
        assert_eq!(Hash::new("a").unwrap().accept(&reply), None);
    }

    #[test]
    fn a_client_finds_what_a_server_offers() {
        let features = |lines: &[&str]| lines.iter().copied().collect::<Features>();
        let new = features(&["HASH SHA-256;SHA-1*;WHIRLPOOL", "XCRC filename;start;end"]);
        assert_eq!(HashWay::find(&new, Algorithm::Sha1), Some(HashWay::Hash { chosen: true }));
        assert_eq!(HashWay::find(&new, Algorithm::Sha256), Some(HashWay::Hash { chosen: false }));
        assert_eq!(HashWay::find(&new, Algorithm::Crc32), Some(HashWay::OfItsOwn));
        assert_eq!(HashWay::find(&new, Algorithm::Md5), None);
        assert_eq!(HashWay::all(&new), [Algorithm::Sha256, Algorithm::Sha1, Algorithm::Crc32]);
        assert_eq!(HashWay::all(&features(&["XSHA"])), [Algorithm::Sha1]);
        assert_eq!(HashWay::all(&features(&["SIZE"])), []);
    }
}
