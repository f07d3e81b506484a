//! What TLS protects on a session, and what it must protect (RFC 4217).
//!
//! ```text
//!   clear ──AUTH TLS, 234, handshake──▶ protected, data C ──PBSZ 0──▶ sized ──PROT P──▶ data P
//!                                          (implicit TLS and AUTH SSL begin with data P)  ◀──PROT C── unless data must be P
//! ```
//!
//! AUTH forgets all that was said before it (RFC 4217 section 4). USER in the middle of a session forgets PBSZ and PROT;
//! nothing takes the control connection back to clear.

use std::fmt;

/// The protection level of data connections (RFC 2228 section 3; PROT).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ProtectionLevel {
    /// `C`: none.
    #[default]
    Clear,
    /// `P`: private and with integrity.
    Private,
}

/// What a listener or a principal asks of its sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Requirements {
    /// Nobody logs in on a control connection in clear.
    pub control: bool,
    /// Nothing is transferred over a data connection in clear.
    pub data: bool,
}

impl Requirements {
    /// Both connections must be protected.
    pub const ALL: Self = Self { control: true, data: true };
    /// Neither.
    pub const NONE: Self = Self { control: false, data: false };

    /// What either of the two asks.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self { control: self.control || other.control, data: self.data || other.data }
    }
}

/// The state of a session's protection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Protection {
    /// What the listener asks.
    pub required: Requirements,
    /// Whether the control connection is protected.
    pub control: bool,
    /// Whether data connections are private until PROT says otherwise: on a port of implicit TLS, and after `AUTH SSL`.
    pub private_by_default: bool,
    /// Whether PBSZ was sent.
    pub sized: bool,
    /// What PROT said.
    pub level: ProtectionLevel,
}

impl Protection {
    /// The control connection is protected from now on.
    pub fn begin(&mut self) {
        self.control = true;
        self.restart();
    }

    /// Forgets what PBSZ and PROT said.
    pub fn restart(&mut self) {
        self.sized = self.private_by_default;
        self.level = match self.private_by_default {
            true => ProtectionLevel::Private,
            false => ProtectionLevel::Clear,
        };
    }
}

impl fmt::Display for ProtectionLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clear => "C",
            Self::Private => "P",
        })
    }
}
