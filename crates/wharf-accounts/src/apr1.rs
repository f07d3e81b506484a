//! The MD5 hash that Apache's `htpasswd` made for long, `$apr1$`, and its elder, `$1$`: read, never made.
//!
//! See crypt(5), "MD5-crypt". It is not slow enough to withstand guessing by who has the file.

use md5::{Digest, Md5};

/// Digits in the order of their values, six bits each.
const DIGITS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Which octets of the digest make four digits, the first the most significant; the twelfth stands alone.
const GROUPS: [(usize, usize, usize); 5] = [(0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)];

/// The 22 digits for a password; `magic` is `$apr1$` or `$1$`. Of the salt, the first eight octets count.
pub(crate) fn digits(magic: &str, salt: &[u8], password: &[u8]) -> Vec<u8> {
    let salt = salt.get(..8).unwrap_or(salt);
    let between = digest(&[password, salt, password]);
    let mut first = Md5::new();
    for part in [password, magic.as_bytes(), salt] {
        first.update(part);
    }
    for part in password.chunks(between.len()) {
        first.update(between.get(..part.len()).unwrap_or_default());
    }
    let mut length = password.len();
    while length > 0 {
        let octet = if length & 1 == 1 { &[0][..] } else { password.get(..1).unwrap_or_default() };
        first.update(octet);
        length >>= 1;
    }
    let mut result: [u8; 16] = first.finalize().into();
    for round in 0..1000 {
        let (before, after) = if round % 2 == 1 { (password, &result[..]) } else { (&result[..], password) };
        let salt = if round % 3 != 0 { salt } else { b"" };
        let again = if round % 7 != 0 { password } else { b"" };
        result = digest(&[before, salt, again, after]);
    }
    let at = |place: usize| u32::from(result.get(place).copied().unwrap_or_default());
    let groups = GROUPS.iter().map(|(high, middle, low)| (at(*high) << 16 | at(*middle) << 8 | at(*low), 4));
    groups
        .chain([(at(11), 2)])
        .flat_map(|(bits, count)| (0..count).map(move |digit| bits >> (6 * digit)))
        .map(digit)
        .collect()
}

fn digest(parts: &[&[u8]]) -> [u8; 16] {
    let mut digest = Md5::new();
    parts.iter().for_each(|part| digest.update(part));
    digest.finalize().into()
}

fn digit(bits: u32) -> u8 {
    DIGITS.get((bits & 63) as usize).copied().unwrap_or(b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_openssl_has_it() {
        // openssl passwd -apr1 -salt SALT PASSWORD, and with -1.
        for (magic, salt, password, expected) in [
            ("$apr1$", "saltsalt", "secret", "LrttParrLPdxvgutaSXWJ0"),
            ("$apr1$", "x", "", "tMwYqBfQwi3FYAr0aJc8M/"),
            ("$apr1$", "saltsalt", "a password of more than sixteen octets", "VMwK90WtIPMLZ1Q4P65fx."),
            ("$1$", "saltsalt", "secret", "9xy1btjgzLYfb7hivXtC//"),
        ] {
            let made = digits(magic, salt.as_bytes(), password.as_bytes());
            assert_eq!(String::from_utf8(made).unwrap(), expected, "{magic} {password}");
        }
    }
}
