//! Hashes of what is read here.

use data_encoding::HEXLOWER;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

/// A hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Algorithm {
    #[value(name = "sha256")]
    Sha256,
    #[value(name = "sha512")]
    Sha512,
    #[value(name = "sha1")]
    Sha1,
    #[value(name = "md5")]
    Md5,
    #[value(name = "crc32")]
    Crc32,
}

impl Algorithm {
    /// The name as HASH has it (draft-bryan-ftpext-hash).
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha512 => "SHA-512",
            Self::Sha1 => "SHA-1",
            Self::Md5 => "MD5",
            Self::Crc32 => "CRC32",
        }
    }

    /// How many hexadecimal digits one has.
    pub(super) fn digits(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Sha512 => 128,
            Self::Sha1 => 40,
            Self::Md5 => 32,
            Self::Crc32 => 8,
        }
    }
}

/// A hash that is being made.
pub(super) enum Digest {
    Sha256(Sha256),
    Sha512(Sha512),
    Sha1(Sha1),
    Md5(Md5),
    Crc32(crc32fast::Hasher),
}

impl Digest {
    /// That of nothing.
    pub(super) fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha256 => Self::Sha256(Sha256::new()),
            Algorithm::Sha512 => Self::Sha512(Sha512::new()),
            Algorithm::Sha1 => Self::Sha1(Sha1::new()),
            Algorithm::Md5 => Self::Md5(Md5::new()),
            Algorithm::Crc32 => Self::Crc32(crc32fast::Hasher::new()),
        }
    }

    /// Takes more octets in.
    pub(super) fn update(&mut self, octets: &[u8]) {
        match self {
            Self::Sha256(digest) => digest.update(octets),
            Self::Sha512(digest) => digest.update(octets),
            Self::Sha1(digest) => digest.update(octets),
            Self::Md5(digest) => digest.update(octets),
            Self::Crc32(digest) => digest.update(octets),
        }
    }

    /// The hash in hexadecimal, in lower case.
    pub(super) fn finish(self) -> String {
        match self {
            Self::Sha256(digest) => HEXLOWER.encode(&digest.finalize()),
            Self::Sha512(digest) => HEXLOWER.encode(&digest.finalize()),
            Self::Sha1(digest) => HEXLOWER.encode(&digest.finalize()),
            Self::Md5(digest) => HEXLOWER.encode(&digest.finalize()),
            Self::Crc32(digest) => format!("{:08x}", digest.finalize()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What coreutils say of "abc", and zlib.
    #[test]
    fn hashes_are_those_of_other_programs() {
        let hash = |algorithm| {
            let mut digest = Digest::new(algorithm);
            digest.update(b"a");
            digest.update(b"bc");
            let hash = digest.finish();
            assert_eq!(hash.len(), algorithm.digits());
            hash
        };
        assert_eq!(hash(Algorithm::Md5), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(hash(Algorithm::Sha1), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(
            hash(Algorithm::Sha256),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert!(hash(Algorithm::Sha512).starts_with("ddaf35a193617abacc417349ae204131"));
        assert_eq!(hash(Algorithm::Crc32), "352441c2");
    }
}
