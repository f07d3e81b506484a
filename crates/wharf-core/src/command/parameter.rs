//! TYPE, STRU and MODE: how octets look on the data connection (RFC 959 section 4.1.2).

use std::borrow::Cow;

use super::{Argument, ArgumentError, Command, completes};
use crate::{
    reply::Reply,
    representation::{RepresentationType, Structure, TransferMode},
    server::{Context, Served},
    spec::{Grammar, Spec},
};

/// TYPE: sets the representation type (RFC 959 section 3.1.1).
///
/// `A` and `A N` convert line ends on the way, really; `I` and `L 8` leave octets as they are.
///
/// ```text
/// C: TYPE I
/// S: 200 TYPE is I.
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Type(
    /// The representation type.
    pub RepresentationType,
);

impl Command for Type {
    const SPEC: Spec = Spec {
        verb: "TYPE",
        reference: "RFC 959 section 4.1.2",
        help: "Set the representation type: A, I or L 8.",
        argument: Grammar::Required("type"),
        good: &["A", "I"],
        bad: &["", "FOO", "E", "A T", "L 7"],
        replies: &[200, 504],
        ..Spec::DENY
    };

    completes!();

    fn parse(argument: Argument) -> Result<Self, ArgumentError> {
        Ok(Self(RepresentationType::parse(argument.as_bytes())?))
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        self.0.to_string().into_bytes().into()
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        context.session.representation = self.0;
        Ok(Reply::new(200, format!("TYPE is {}.", self.0)).into())
    }
}

/// STRU: sets the file structure; `F` is the one there is (RFC 959 section 3.1.2).
///
/// ```text
/// C: STRU F
/// S: 200 STRU is F.
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stru(
    /// The structure.
    pub Structure,
);

impl Command for Stru {
    const SPEC: Spec = Spec {
        verb: "STRU",
        reference: "RFC 959 section 4.1.2",
        help: "Set the file structure: F.",
        argument: Grammar::Required("structure"),
        good: &["F"],
        bad: &["", "R", "P", "X"],
        replies: &[200, 504],
        ..Spec::DENY
    };

    completes!();

    fn parse(argument: Argument) -> Result<Self, ArgumentError> {
        Ok(Self(Structure::parse(argument.as_bytes())?))
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        self.0.to_string().into_bytes().into()
    }

    async fn serve(self, _: &mut Context<'_>) -> Served {
        Ok(Reply::new(200, "STRU is F.").into())
    }
}

/// MODE: sets the transmission mode; `S` is the one there is (RFC 959 section 3.4).
///
/// ```text
/// C: MODE S
/// S: 200 MODE is S.
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode(
    /// The mode.
    pub TransferMode,
);

impl Command for Mode {
    const SPEC: Spec = Spec {
        verb: "MODE",
        reference: "RFC 959 section 4.1.2",
        help: "Set the transmission mode: S.",
        argument: Grammar::Required("mode"),
        good: &["S"],
        bad: &["", "B", "C", "X"],
        replies: &[200, 504],
        ..Spec::DENY
    };

    completes!();

    fn parse(argument: Argument) -> Result<Self, ArgumentError> {
        Ok(Self(TransferMode::parse(argument.as_bytes())?))
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        self.0.to_string().into_bytes().into()
    }

    async fn serve(self, _: &mut Context<'_>) -> Served {
        Ok(Reply::new(200, "MODE is S.").into())
    }
}
