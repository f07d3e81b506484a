//! Signatures of events, in the form of Standard Webhooks: whoever shares the secret knows who sent an event, and when.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What secrets in base 64 begin with.
const PREFIX: &str = "whsec_";

/// The fewest octets of a secret.
const FEWEST: usize = 24;

/// Signs what is sent.
#[derive(Clone)]
pub(crate) struct Signer(Hmac<Sha256>);

const NOT_BASE64: &str = "what follows whsec_ is not base 64";
const SHORT: &str = "a secret has at least 24 octets; `openssl rand -hex 32` makes one";

impl Signer {
    /// With a secret: octets in base 64 behind `whsec_`, or any other text as it is.
    ///
    /// # Errors
    /// It is too short, or not base 64.
    pub(crate) fn new(secret: &str) -> Result<Self, &'static str> {
        let key = match secret.strip_prefix(PREFIX) {
            Some(encoded) => BASE64.decode(encoded.as_bytes()).map_err(|_| NOT_BASE64)?,
            None => secret.as_bytes().to_vec(),
        };
        if key.len() < FEWEST {
            return Err(SHORT);
        }
        // A key of any length will do for HMAC (RFC 2104 section 3).
        Hmac::new_from_slice(&key).map(Self).map_err(|_| SHORT)
    }

    /// The headers of an event that is sent now, in seconds since 1970.
    pub(crate) fn headers(&self, id: &str, now: u64, body: &[u8]) -> [(&'static str, String); 3] {
        let mut hmac = self.0.clone();
        hmac.update(format!("{id}.{now}.").as_bytes());
        hmac.update(body);
        let signature = BASE64.encode(&hmac.finalize().into_bytes());
        [
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", now.to_string()),
            ("webhook-signature", format!("v1,{signature}")),
        ]
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_enough_and_what_they_say_they_are() {
        let text = "k".repeat(24);
        for (secret, wrong) in [
            (text.clone(), None),
            ("k".repeat(23), Some(SHORT)),
            (String::new(), Some(SHORT)),
            (format!("whsec_{}", BASE64.encode(text.as_bytes())), None),
            (format!("whsec_{}", BASE64.encode(&[b'k'; 23])), Some(SHORT)),
            (format!("whsec_{text}-"), Some(NOT_BASE64)),
        ] {
            assert_eq!(Signer::new(&secret).err(), wrong, "{secret}");
        }
        let (plain, encoded) = (
            Signer::new(&text).unwrap(),
            Signer::new(&format!("whsec_{}", BASE64.encode(text.as_bytes()))).unwrap(),
        );
        assert_eq!(plain.headers("7", 1, b"{}"), encoded.headers("7", 1, b"{}"));
    }
}
