//! Digests of files: which there are, what they are called, and how one is computed.

use std::{fmt, str::FromStr};

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

/// How a digest is computed. Ordered from the weakest to the strongest.
///
/// CRC-32 finds what the network broke; MD5 and SHA-1 are for old servers; against somebody who wants two files to look alike,
/// only the last two help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Algorithm {
    /// The checksum of Ethernet, ZIP and PNG: four octets.
    Crc32,
    /// RFC 1321: 16 octets.
    Md5,
    /// FIPS 180-4: 20 octets.
    Sha1,
    /// FIPS 180-4: 32 octets.
    Sha256,
    /// FIPS 180-4: 64 octets.
    Sha512,
}

/// A digest and how it was computed. Shown as lower-case hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Digest {
    algorithm: Algorithm,
    octets: Vec<u8>,
}

/// Computes a digest from octets as they come.
///
/// ```
/// # use wharf_core::digest::{Algorithm, Hasher};
/// let mut hasher = Hasher::new(Algorithm::Crc32);
/// hasher.update(b"1234");
/// hasher.update(b"56789");
/// assert_eq!(hasher.finish().to_string(), "cbf43926");
/// ```
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Crc32(crc32fast::Hasher),
    Md5(Md5),
    Sha1(Sha1),
    Sha256(Sha256),
    Sha512(Sha512),
}

/// No digest has this name, or these are not its hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DigestError {
    /// No algorithm has this name.
    #[error("there is no digest of this name")]
    UnknownAlgorithm,
    /// Not the hexadecimal digits of such a digest.
    #[error("these are not the hexadecimal digits of such a digest")]
    NotADigest,
}

impl Algorithm {
    /// All of them, the weakest first.
    pub const ALL: [Self; 5] = [Self::Crc32, Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512];

    /// Its name for HASH, as IANA's registry and draft-bryan-ftpext-hash-02 have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha512 => "SHA-512",
        }
    }

    /// How many octets its digests have.
    pub fn octets(self) -> usize {
        match self {
            Self::Crc32 => 4,
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

impl FromStr for Algorithm {
    type Err = DigestError;

    /// Reads a name in any letter case, with or without the dash.
    fn from_str(name: &str) -> Result<Self, DigestError> {
        let plain = |name: &str| name.replace('-', "").to_ascii_uppercase();
        let wanted = plain(name);
        let found = Self::ALL.into_iter().find(|algorithm| plain(algorithm.name()) == wanted);
        found.ok_or(DigestError::UnknownAlgorithm)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Digest {
    /// Reads hexadecimal digits in any letter case.
    ///
    /// # Errors
    /// [`DigestError::NotADigest`] for other characters, and for more or fewer digits than the algorithm's digests have.
    pub fn parse(algorithm: Algorithm, digits: &[u8]) -> Result<Self, DigestError> {
        let pairs = digits.chunks(2).map(|pair| match pair {
            [high, low] => Some(hexadecimal(*high)? << 4 | hexadecimal(*low)?),
            _ => None,
        });
        let octets: Option<Vec<u8>> = pairs.collect();
        match octets {
            Some(octets) if octets.len() == algorithm.octets() => Ok(Self { algorithm, octets }),
            _ => Err(DigestError::NotADigest),
        }
    }

    /// How it was computed.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its octets.
    pub fn as_bytes(&self) -> &[u8] {
        &self.octets
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.octets.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {self}", self.algorithm)
    }
}

impl Hasher {
    /// Of nothing yet.
    pub fn new(algorithm: Algorithm) -> Self {
        Self(match algorithm {
            Algorithm::Crc32 => State::Crc32(crc32fast::Hasher::new()),
            Algorithm::Md5 => State::Md5(Md5::new()),
            Algorithm::Sha1 => State::Sha1(Sha1::new()),
            Algorithm::Sha256 => State::Sha256(Sha256::new()),
            Algorithm::Sha512 => State::Sha512(Sha512::new()),
        })
    }

    /// The octets that come next. It keeps the thread busy for as long as they take: a MiB, about a millisecond.
    pub fn update(&mut self, octets: &[u8]) {
        match &mut self.0 {
            State::Crc32(state) => state.update(octets),
            State::Md5(state) => state.update(octets),
            State::Sha1(state) => state.update(octets),
            State::Sha256(state) => state.update(octets),
            State::Sha512(state) => state.update(octets),
        }
    }

    /// The digest of all that came.
    pub fn finish(self) -> Digest {
        let (algorithm, octets) = match self.0 {
            State::Crc32(state) => (Algorithm::Crc32, state.finalize().to_be_bytes().to_vec()),
            State::Md5(state) => (Algorithm::Md5, state.finalize().to_vec()),
            State::Sha1(state) => (Algorithm::Sha1, state.finalize().to_vec()),
            State::Sha256(state) => (Algorithm::Sha256, state.finalize().to_vec()),
            State::Sha512(state) => (Algorithm::Sha512, state.finalize().to_vec()),
        };
        Digest { algorithm, octets }
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher")
    }
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| value.try_into().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_standards() {
        for (algorithm, digest) in [
            (Algorithm::Crc32, "352441c2"),
            (Algorithm::Md5, "900150983cd24fb0d6963f7d28e17f72"),
            (Algorithm::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (Algorithm::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                Algorithm::Sha512,
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
        ] {
            let mut hasher = Hasher::new(algorithm);
            hasher.update(b"a");
            hasher.update(b"bc");
            let computed = hasher.finish();
            assert_eq!(computed.to_string(), digest, "{algorithm}");
            assert_eq!(Digest::parse(algorithm, digest.to_uppercase().as_bytes()), Ok(computed));
        }
    }

    #[test]
    fn only_the_digits_of_the_right_digest_are_read() {
        for digits in ["", "352441c", "352441c200", "352441cx", "+52441c2"] {
            let read = Digest::parse(Algorithm::Crc32, digits.as_bytes());
            assert_eq!(read, Err(DigestError::NotADigest), "{digits}");
        }
    }

    #[test]
    fn names_are_read_as_people_write_them() {
        for (name, algorithm) in
            [("sha256", Algorithm::Sha256), ("SHA-1", Algorithm::Sha1), ("Crc32", Algorithm::Crc32)]
        {
            assert_eq!(name.parse(), Ok(algorithm));
        }
        assert_eq!("SHA3-256".parse::<Algorithm>(), Err(DigestError::UnknownAlgorithm));
    }
}
