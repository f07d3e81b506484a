//! What is the same for all sessions of a server.

use crate::extensions::Extensions;

/// Choices that hold for every session.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The answer to SYST.
    pub system_type: String,
    /// Whether PORT and EPRT are offered.
    pub active_mode: bool,
    /// Whether there is a certificate, so that AUTH TLS is offered.
    pub tls: bool,
    /// Whether the server knows names of its own, so that HOST is offered.
    pub host_names: bool,
    /// Whether digests of files are computed: HASH, XCRC and their like.
    pub hashing: bool,
    /// Values of the embedding program for its own commands.
    pub extensions: Extensions,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            system_type: "UNIX Type: L8".into(),
            active_mode: true,
            tls: false,
            host_names: false,
            hashing: true,
            extensions: Extensions::default(),
        }
    }
}
