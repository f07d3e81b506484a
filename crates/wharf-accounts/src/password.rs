use std::{fmt, str::FromStr, sync::LazyLock};

use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc};
use sha_crypt::ShaCrypt;
use subtle::ConstantTimeEq;

use crate::{apr1, text::as_text};

/// A hash of a password, as it stands in a file.
///
/// New ones are Argon2id. Read are Argon2 (`$argon2id$`, `$argon2i$`, `$argon2d$`), bcrypt (`$2a$`, `$2b$`, `$2x$`, `$2y$`),
/// SHA-crypt (`$5$`, `$6$`) and what older `htpasswd` makes (`$apr1$`, `$1$`). Anything else, an empty field above all, is an
/// error when it is read: it never matches.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

/// No hash of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// The field is empty.
    #[error(
        "the password field is empty, which lets nobody in; leave it out, or make a hash with `wharf user passwd`"
    )]
    Empty,
    /// It is not in a format that is read.
    #[error(
        "this is no hash of a password: argon2, bcrypt, SHA-crypt and apr1 are read; `wharf user passwd` makes one"
    )]
    Unknown,
    /// The system has no randomness.
    #[error("the system gives no random octets")]
    NoRandomness,
}

impl PasswordHash {
    /// The most octets of a password that is looked at.
    pub const MAX_PASSWORD: usize = 1024;

    /// Makes one, with Argon2id and a new salt. It takes tens of milliseconds and 19 MiB.
    ///
    /// # Errors
    /// [`Empty`](PasswordError::Empty) for an empty password; the system has no randomness.
    pub fn new(password: &[u8]) -> Result<Self, PasswordError> {
        if password.is_empty() {
            return Err(PasswordError::Empty);
        }
        let made: Result<phc::PasswordHash, _> = Argon2::default().hash_password(password);
        made.map(|hash| Self(hash.to_string())).map_err(|_| PasswordError::NoRandomness)
    }

    /// Whether it is that of `password`. It takes as long as it was made to. An empty password never matches.
    pub fn matches(&self, password: &[u8]) -> bool {
        if password.is_empty() || password.len() > Self::MAX_PASSWORD {
            return false;
        }
        match Scheme::of(&self.0) {
            Some(Scheme::Argon2) => phc::PasswordHash::new(&self.0)
                .is_ok_and(|hash| Argon2::default().verify_password(password, &hash).is_ok()),
            Some(Scheme::Bcrypt) => bcrypt::verify(password, &self.0).unwrap_or(false),
            Some(Scheme::ShaCrypt) => ShaCrypt::default().verify_password(password, self.0.as_str()).is_ok(),
            Some(Scheme::Md5 { magic }) => {
                let rest = self.0.strip_prefix(magic).unwrap_or_default();
                let Some((salt, digits)) = rest.split_once('$') else { return false };
                apr1::digits(magic, salt.as_bytes(), password).ct_eq(digits.as_bytes()).into()
            }
            None => false,
        }
    }

    /// A hash that is nobody's, and takes as long to check as this one: of its kind and its cost.
    #[must_use]
    pub fn of_nobody_like(&self) -> Self {
        let scheme = Scheme::of(&self.0);
        if let Some(Scheme::Bcrypt) = scheme {
            // `$2b$12$`, whatever letter it has, and the rest is salt and digest.
            return Self(format!("$2b{}{}", self.0.get(3..7).unwrap_or_default(), ".".repeat(53)));
        }
        let (rest, digest) = self.0.rsplit_once('$').unwrap_or_default();
        let (settings, _) = rest.rsplit_once('$').unwrap_or_default();
        // What is zero to each. How long a salt is makes no difference; these are 16 octets, and 8.
        let (zero, salt) = match scheme {
            Some(Scheme::Argon2) => ("A", 22),
            _ => (".", 8),
        };
        Self(format!("{settings}${}${}", zero.repeat(salt), zero.repeat(digest.len())))
    }

    /// The hash of a password that nobody has: who is not known takes as long as who is.
    pub fn of_nobody() -> &'static Self {
        // Its cost is that of a new one; what it is of does not matter, for a match means nothing.
        static NOBODY: LazyLock<PasswordHash> = LazyLock::new(|| {
            let made = PasswordHash::new(b"nobody");
            made.unwrap_or_else(|_| PasswordHash("$argon2id$".into()))
        });
        &NOBODY
    }

    /// The text of the hash, to be written to a file.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

#[derive(Clone, Copy)]
enum Scheme {
    Argon2,
    Bcrypt,
    ShaCrypt,
    Md5 { magic: &'static str },
}

impl Scheme {
    fn of(hash: &str) -> Option<Self> {
        let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| hash.starts_with(prefix));
        match () {
            () if begins(&["$argon2"]) => Some(Self::Argon2),
            () if begins(&["$2a$", "$2b$", "$2x$", "$2y$"]) => Some(Self::Bcrypt),
            () if begins(&["$5$", "$6$"]) => Some(Self::ShaCrypt),
            () if begins(&["$apr1$"]) => Some(Self::Md5 { magic: "$apr1$" }),
            () if begins(&["$1$"]) => Some(Self::Md5 { magic: "$1$" }),
            () => None,
        }
    }

    /// Whether the hash is whole: what is cut off matches nothing, and is better told of when it is read.
    fn is_whole(self, hash: &str) -> bool {
        let last = hash.rsplit('$').next().unwrap_or_default().len();
        match self {
            Self::Argon2 => phc::PasswordHash::new(hash).is_ok_and(|hash| hash.hash.is_some()),
            Self::Bcrypt => hash.parse::<bcrypt::HashParts>().is_ok(),
            Self::ShaCrypt => last == if hash.starts_with("$5$") { 43 } else { 86 },
            Self::Md5 { magic } => hash.len() > magic.len() + 1 && last == 22,
        }
    }
}

impl FromStr for PasswordHash {
    type Err = PasswordError;

    fn from_str(text: &str) -> Result<Self, PasswordError> {
        match Scheme::of(text) {
            _ if text.is_empty() => Err(PasswordError::Empty),
            Some(scheme) if scheme.is_whole(text) => Ok(Self(text.to_owned())),
            _ => Err(PasswordError::Unknown),
        }
    }
}

/// Never the hash: a mark that is another for another hash.
impl fmt::Display for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::redacted::mark(self.0.as_bytes()))
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

as_text!(PasswordHash);

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use std::time::Duration;

    #[cfg(unix)]
    use rustix::time::{ClockId, clock_gettime};

    use super::*;

    const SECRET: [&str; 5] = [
        "$5$saltsalt$0IyaXrmV7.sGNS6tirgqHLqX/G.FBvgkYA.lpPdS5sA",
        "$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1",
        "$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0",
        "$1$saltsalt$9xy1btjgzLYfb7hivXtC//",
        "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
    ];

    #[test]
    fn a_new_one_is_argon2id_and_matches() {
        let hash = PasswordHash::new(b"secret").unwrap();
        assert!(hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.expose());
        assert!(hash.matches(b"secret") && !hash.matches(b"Secret") && !hash.matches(b""));
        assert_ne!(PasswordHash::new(b"secret").unwrap(), hash);
        assert_eq!(hash.expose().parse(), Ok(hash));
    }

    #[test]
    fn those_of_others_are_read() {
        for text in SECRET {
            let hash: PasswordHash = text.parse().unwrap();
            assert!(hash.matches(b"secret"), "{text}");
            assert!(!hash.matches(b"secre") && !hash.matches(b"") && !hash.matches(b"secret\0"), "{text}");
        }
    }

    /// How much work of this thread it is to check, whatever else the machine does: the least of three times.
    #[cfg(unix)]
    fn work(hash: &PasswordHash) -> Duration {
        let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap();
        let once = |_| {
            let began = now();
            assert!(!hash.matches(b"wrong"));
            now() - began
        };
        (0..3).map(once).min().unwrap()
    }

    #[cfg(unix)]
    #[test]
    fn one_of_nobody_takes_as_long_as_the_one_that_it_is_like() {
        let new = PasswordHash::new(b"secret").unwrap();
        let dear = [
            new.expose(),
            "$argon2id$v=19$m=8192,t=1,p=1$c2FsdHNhbHQ$JRNsg0sD/CMCTs0BQ2dYdG1yeCLhzbqKEcsBZzmhv+k",
            "$2b$06$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
            "$5$rounds=9000$saltsaltsaltsalt$0IyaXrmV7.sGNS6tirgqHLqX/G.FBvgkYA.lpPdS5sA",
            "$6$rounds=9000$salt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1",
        ];
        for text in dear.into_iter().chain(SECRET) {
            let hash: PasswordHash = text.parse().unwrap();
            let nobodys = hash.of_nobody_like();
            assert_eq!(nobodys.expose().parse::<PasswordHash>().as_ref(), Ok(&nobodys), "it is one");
            assert_eq!(nobodys.of_nobody_like(), nobodys);
            assert_ne!(nobodys, hash);
            assert!(!nobodys.matches(b"") && !nobodys.matches(b"secret"), "{text}");
            let (real, decoy) = (work(&hash), work(&nobodys));
            assert!(decoy * 3 > real && real * 3 > decoy, "{text}: {real:?}, of nobody {decoy:?}");
        }
    }

    #[test]
    fn what_is_no_hash_is_an_error() {
        for text in [
            "",
            "secret",
            "*",
            "!",
            "x",
            "$",
            "$$",
            "$5$",
            "$5$$",
            "$6$salt$",
            "$apr1$",
            "$apr1$$",
            "$1$salt$",
            "$2b$",
            "$argon2id$",
            "{SHA}abc",
            "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ",
        ] {
            assert!(text.parse::<PasswordHash>().is_err(), "{text}");
        }
        for text in SECRET {
            let cut = &text.as_bytes()[..text.len() - 1];
            assert!(str::from_utf8(cut).unwrap().parse::<PasswordHash>().is_err(), "{text}, cut off");
        }
    }

    #[test]
    fn an_empty_password_matches_not_even_its_own_hash() {
        let empty = "$1$x$fwjfZtMwarkdetsjiQreU1".parse::<PasswordHash>().unwrap();
        assert!(!empty.matches(b""));
        assert_eq!(PasswordHash::new(b""), Err(PasswordError::Empty));
    }

    #[test]
    fn it_is_not_shown() {
        let hash: PasswordHash = SECRET[0].parse().unwrap();
        assert_eq!(format!("{hash:?}"), "***");
        assert!(!hash.to_string().contains("salt"), "{hash}");
        let other: PasswordHash = SECRET[1].parse().unwrap();
        assert_ne!(hash.to_string(), other.to_string());
        assert_eq!(hash.to_string(), hash.clone().to_string());
    }
}
