//! AUTH, PBSZ, PROT and CCC: TLS (RFC 2228 section 3, RFC 4217).

use std::borrow::Cow;

use super::{Argument, ArgumentError, Command, completes, no_argument};
use crate::{
    failure::Failure,
    protection::ProtectionLevel,
    reply::Reply,
    server::{Action, Context, Served},
    session::DataPlan,
    spec::{Feature, Grammar, Login, Spec},
};

/// AUTH: protects the control connection with TLS (RFC 4217 section 4).
///
/// What was sent in clear behind it is never run: the session is closed then.
///
/// ```text
/// C: AUTH TLS
/// S: 234 Begin TLS.
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Auth(
    /// The mechanism.
    pub Mechanism,
);

/// The mechanisms of AUTH (RFC 4217 sections 4 and 17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// `TLS`, `TLS-C`: data connections are clear until PROT P.
    Tls,
    /// `TLS-P`, and `SSL` of older clients: data connections are private from the start.
    TlsP,
}

impl Command for Auth {
    const SPEC: Spec = Spec {
        verb: "AUTH",
        reference: "RFC 4217 section 4",
        help: "Protect the control connection with TLS.",
        argument: Grammar::Required("mechanism"),
        good: &["TLS-P", "SSL", "TLS-C", "TLS"],
        bad: &["", "KERBEROS_V4", "TLS-X"],
        login: Login::NotRequired,
        feature: Feature::Line("AUTH TLS"),
        needs_tls: true,
        replies: &[234, 502, 503, 504],
        ..Spec::DENY
    };

    type Output = ();

    fn parse(argument: Argument) -> Result<Self, ArgumentError> {
        let mechanism = argument.as_bytes().to_ascii_uppercase();
        match mechanism.as_slice() {
            b"TLS" | b"TLS-C" => Ok(Self(Mechanism::Tls)),
            b"TLS-P" | b"SSL" => Ok(Self(Mechanism::TlsP)),
            _ => Err(ArgumentError::NotOffered("the mechanism is TLS")),
        }
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(match self.0 {
            Mechanism::Tls => b"TLS",
            Mechanism::TlsP => b"TLS-P",
        })
    }

    fn accept(&self, reply: &Reply) -> Option<()> {
        (reply.code() == 234).then_some(())
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        if context.session.protection.control {
            return Err(Failure::new(503, "The control connection is protected already."));
        }
        context.host.close_data();
        context.host.logged_out();
        context.session.protection.private_by_default = self.0 == Mechanism::TlsP;
        Ok(Action::Protect(Reply::new(234, "Begin TLS.")))
    }
}

/// PBSZ: the size of the protection buffer, which is 0 for TLS (RFC 4217 section 8).
///
/// ```text
/// C: PBSZ 0
/// S: 200 PBSZ=0
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pbsz;

impl Command for Pbsz {
    const SPEC: Spec = Spec {
        verb: "PBSZ",
        reference: "RFC 4217 section 8",
        help: "Set the size of the protection buffer: 0.",
        argument: Grammar::Required("size"),
        good: &["0", "16384"],
        bad: &["", "x", "-1", "4294967296"],
        login: Login::NotRequired,
        feature: Feature::Line("PBSZ"),
        needs_tls: true,
        replies: &[200, 503],
        ..Spec::DENY
    };

    completes!();

    fn parse(argument: Argument) -> Result<Self, ArgumentError> {
        const FORM: ArgumentError = ArgumentError::Invalid("the size is a number of 32 bits");
        let digits = argument.as_str()?;
        let is_number = digits.bytes().all(|octet| octet.is_ascii_digit()) && digits.parse::<u32>().is_ok();
        is_number.then_some(Self).ok_or(FORM)
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(b"0")
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        if !context.session.protection.control {
            return Err(Failure::new(503, "Send AUTH TLS first."));
        }
        context.session.protection.sized = true;
        Ok(Reply::new(200, "PBSZ=0").into())
    }
}

/// PROT: protects data connections (`P`) or does not (`C`) (RFC 4217 section 9). Other levels are 536.
///
/// ```text
/// C: PROT P
/// S: 200 Data connections are private.
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prot(
    /// The level.
    pub ProtectionLevel,
);

impl Command for Prot {
    const SPEC: Spec = Spec {
        verb: "PROT",
        reference: "RFC 4217 section 9",
        help: "Protect data connections (P) or do not (C).",
        argument: Grammar::Required("level"),
        good: &["P", "C"],
        bad: &["", "X", "S", "E"],
        login: Login::NotRequired,
        feature: Feature::Line("PROT"),
        needs_tls: true,
        replies: &[200, 503, 504, 534, 536],
        ..Spec::DENY
    };

    completes!();

    fn parse(argument: Argument) -> Result<Self, ArgumentError> {
        match argument.as_bytes() {
            b"C" | b"c" => Ok(Self(ProtectionLevel::Clear)),
            b"P" | b"p" => Ok(Self(ProtectionLevel::Private)),
            b"S" | b"s" | b"E" | b"e" => Err(ArgumentError::LevelNotSupported),
            _ => Err(ArgumentError::NotOffered("the levels are C and P")),
        }
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        self.0.to_string().into_bytes().into()
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        let required = context.session.required_protection();
        let protection = &mut context.session.protection;
        match self.0 {
            _ if !protection.sized => Err(Failure::new(503, "Send PBSZ first.")),
            ProtectionLevel::Clear if required.data => {
                Err(Failure::new(534, "Data connections must be private here."))
            }
            level => {
                protection.level = level;
                // One that waits was begun under the other level.
                context.host.close_data();
                context.session.data_plan = DataPlan::None;
                let text = match level {
                    ProtectionLevel::Clear => "Data connections are clear.",
                    ProtectionLevel::Private => "Data connections are private.",
                };
                Ok(Reply::new(200, text).into())
            }
        }
    }
}

/// CCC: takes the control connection back to clear (RFC 4217 section 12.2). It is never allowed: 533.
///
/// ```text
/// C: CCC
/// S: 533 The control connection stays protected.
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ccc;

impl Command for Ccc {
    const SPEC: Spec = Spec {
        verb: "CCC",
        reference: "RFC 4217 section 12.2",
        help: "Take the control connection back to clear, which is not allowed.",
        needs_tls: true,
        replies: &[533],
        ..Spec::DENY
    };

    completes!();

    no_argument!();

    async fn serve(self, context: &mut Context<'_>) -> Served {
        match context.session.protection.control {
            true => Err(Failure::new(533, "The control connection stays protected.")),
            false => Err(Failure::new(503, "The control connection is clear.")),
        }
    }
}
