//! What there is to know of a command before it runs, as data.

use bitflags::bitflags;
use wharf_storage::Capabilities;

pub use crate::access::Access;
use crate::session::Session;

/// One command's row in the table from which parsing, policy, HELP, FEAT, redaction and documentation are derived.
///
/// A row starts from [`Spec::DENY`]: login required, no access to storage, no data connection.
#[derive(Debug)]
pub struct Spec {
    /// The verb in capitals; two words for a command of SITE or OPTS.
    pub verb: &'static str,
    /// Other verbs with the same meaning, such as XPWD.
    pub aliases: &'static [&'static str],
    /// Where it is defined: RFC and section.
    pub reference: &'static str,
    /// One sentence for HELP and the documentation.
    pub help: &'static str,
    /// What stands behind the verb.
    pub argument: Grammar,
    /// Arguments that are accepted, for documentation and round-trip tests.
    pub good: &'static [&'static str],
    /// Arguments that are refused with 501 or 504, likewise.
    pub bad: &'static [&'static str],
    /// Whether somebody must be logged in.
    pub login: Login,
    /// The most that the command may ask of storage.
    pub access: Access,
    /// What it does with the data connection.
    pub data: DataUse,
    /// What happens to it while a transfer runs.
    pub during_transfer: DuringTransfer,
    /// What it makes the session forget, whether it succeeds or not.
    pub clears: Clears,
    /// It ends the session: a client that sent it is not missed.
    pub closes: bool,
    /// It says who logs in: where TLS is required, it is refused in clear.
    pub identifies: bool,
    /// The argument is a secret and is never shown.
    pub secret: bool,
    /// What the storage must be able to do.
    pub needs: Capabilities,
    /// It is for TLS: offered where the server has a certificate.
    pub needs_tls: bool,
    /// It is for servers with names: offered where there are some.
    pub needs_host_names: bool,
    /// It computes digests, which is work: offered where the settings allow it.
    pub needs_hashing: bool,
    /// Its line in the answer to FEAT.
    pub feature: Feature,
    /// The reply codes it may end with, apart from those that any command may get.
    pub replies: &'static [u16],
}

impl Spec {
    /// The row that allows nothing.
    pub const DENY: Self = Self {
        verb: "",
        aliases: &[],
        reference: "",
        help: "",
        argument: Grammar::None,
        good: &[],
        bad: &[],
        login: Login::Required,
        access: Access::empty(),
        data: DataUse::None,
        during_transfer: DuringTransfer::Waits,
        clears: Clears::RENAME_SOURCE,
        closes: false,
        identifies: false,
        secret: false,
        needs: Capabilities::empty(),
        needs_tls: false,
        needs_host_names: false,
        needs_hashing: false,
        feature: Feature::None,
        replies: &[],
    };

    /// The verb and its aliases.
    pub fn verbs(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.verb).chain(self.aliases.iter().copied())
    }

    /// Whether the command moves octets over the data connection.
    pub fn transfers(&self) -> bool {
        matches!(self.data, DataUse::Sends | DataUse::Receives)
    }
}

/// What stands behind a verb. The text names it as HELP does, such as `pathname`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grammar {
    /// Nothing.
    None,
    /// Something or nothing.
    Optional(&'static str),
    /// Something.
    Required(&'static str),
}

/// Whether somebody must be logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    /// Otherwise 530.
    Required,
    /// It may be sent at any time.
    NotRequired,
}

/// What a command does with the data connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataUse {
    /// Nothing.
    None,
    /// It says who connects where next.
    Opens(Opening),
    /// The server sends over it: RETR and the listings.
    Sends,
    /// The server receives over it: STOR and its kin.
    Receives,
}

/// Who connects where, and in which form it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// The server listens; 227.
    Passive,
    /// The server listens; 229. The only one allowed after `EPSV ALL`.
    ExtendedPassive,
    /// The client listens: PORT and EPRT.
    Active,
}

/// What happens to a command that arrives while a transfer runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DuringTransfer {
    /// It is kept and runs when the transfer has ended.
    Waits,
    /// It runs at once, if nothing waits before it.
    Runs,
    /// It ends the transfer at once, and runs in its turn.
    Interrupts,
}

bitflags! {
    /// What a command makes the session forget.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Clears: u8 {
        /// What REST said.
        const RESTART_OFFSET = 1;
        /// What RNFR said.
        const RENAME_SOURCE = 1 << 1;
    }
}

impl Clears {
    /// Makes a session forget it.
    pub fn apply(self, session: &mut Session) {
        if self.contains(Self::RESTART_OFFSET) {
            session.restart_offset = None;
        }
        if self.contains(Self::RENAME_SOURCE) {
            session.rename_source = None;
        }
    }
}

/// A line in the answer to FEAT (RFC 2389 section 3.2).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Feature {
    /// None.
    None,
    /// Always this one.
    Line(&'static str),
    /// One that depends on the session.
    Session(fn(&Session) -> String),
}
