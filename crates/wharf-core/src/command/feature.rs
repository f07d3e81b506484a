//! FEAT and OPTS: what the server can do, and how it should do it (RFC 2389).

use std::borrow::Cow;

use super::{Argument, ArgumentError, Command, completes, no_argument};
use crate::{
    fact::FactSet,
    failure::Failure,
    feature::Features,
    policy,
    reply::{Reply, Severity},
    server::{Context, Served},
    spec::{Feature, Grammar, Login, Spec},
};

/// The feature of a server whose pathnames are UTF-8 (RFC 2640).
pub const UTF8: &str = "UTF8";

/// The feature of a server that keeps what it is sent: commands may be sent before those before them are answered, and
/// during a transfer, after which they run, in their order. Those that may be heard during a transfer (ABOR, STAT) are
/// answered then, and nothing may follow AUTH. (SMTP has it under the same name: RFC 2920.)
pub const PIPELINING: &str = "PIPELINING";

/// FEAT: names the features (RFC 2389 section 3).
///
/// ```text
/// C: FEAT
/// S: 211-Features:
/// S:  MDTM
/// S:  SIZE
/// S: 211 End
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feat;

impl Command for Feat {
    const SPEC: Spec = Spec {
        verb: "FEAT",
        reference: "RFC 2389 section 3",
        help: "Show the features of the server.",
        login: Login::NotRequired,
        feature: Feature::Line(PIPELINING),
        replies: &[211],
        ..Spec::DENY
    };

    type Output = Features;

    no_argument!();

    fn accept(&self, reply: &Reply) -> Option<Features> {
        (reply.severity() == Severity::Completion).then(|| Features::from_reply(reply))
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        let capabilities = context.capabilities();
        let mut features = Features::new();
        for command in context.registry.iter() {
            match command.spec.feature {
                _ if !policy::is_offered(command.spec, capabilities, context.settings) => {}
                Feature::None => {}
                Feature::Line(line) => features.add(line),
                Feature::Session(line) => features.add(&line(context.session)),
            }
        }
        Ok(features.to_reply().into())
    }
}

/// OPTS for a command that takes no options: 501 (RFC 2389 section 4).
///
/// ```text
/// C: OPTS RETR fast
/// S: 501 There are no options for this command.
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opts {
    /// What stands behind OPTS.
    pub text: Argument,
}

impl Command for Opts {
    const SPEC: Spec = Spec {
        verb: "OPTS",
        reference: "RFC 2389 section 4",
        help: "Set the options of a command.",
        argument: Grammar::Required("command [options]"),
        good: &["RETR fast"],
        bad: &[""],
        login: Login::NotRequired,
        replies: &[200, 501],
        ..Spec::DENY
    };

    /// The reply.
    type Output = Reply;

    fn parse(text: Argument) -> Result<Self, ArgumentError> {
        Ok(Self { text })
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        self.text.as_bytes().into()
    }

    fn accept(&self, reply: &Reply) -> Option<Reply> {
        reply.is_positive().then(|| reply.clone())
    }

    async fn serve(self, _: &mut Context<'_>) -> Served {
        Err(Failure::new(501, "There are no options for this command."))
    }
}

/// OPTS UTF8: pathnames are UTF-8 (RFC 2640; the option is in common use). They always are, so `OFF` is refused.
///
/// ```text
/// C: OPTS UTF8 ON
/// S: 200 UTF8 is always on.
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptsUtf8;

impl Command for OptsUtf8 {
    const SPEC: Spec = Spec {
        verb: "OPTS UTF8",
        aliases: &["OPTS UTF-8"],
        reference: "RFC 2640 section 3.2",
        help: "Use UTF-8 in pathnames, which is always done.",
        argument: Grammar::Optional("ON"),
        good: &["ON"],
        bad: &["OFF", "x"],
        login: Login::NotRequired,
        feature: Feature::Line(UTF8),
        replies: &[200, 504],
        ..Spec::DENY
    };

    completes!();

    fn parse(argument: Argument) -> Result<Self, ArgumentError> {
        match argument.as_bytes().to_ascii_uppercase().as_slice() {
            b"" | b"ON" | b"NLST" => Ok(Self),
            b"OFF" => Err(ArgumentError::NotOffered("UTF8 is always on")),
            _ => Err(ArgumentError::Invalid("the form is OPTS UTF8 ON")),
        }
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(b"ON")
    }

    async fn serve(self, _: &mut Context<'_>) -> Served {
        Ok(Reply::new(200, "UTF8 is always on.").into())
    }
}

/// OPTS MLST: chooses the facts that MLST and MLSD show (RFC 3659 section 7.9). Unknown ones are left out, as it says.
///
/// ```text
/// C: OPTS MLST Type;Size;Colour;
/// S: 200 MLST OPTS Type;Size;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptsMlst {
    /// The facts.
    pub facts: FactSet,
}

impl Command for OptsMlst {
    const SPEC: Spec = Spec {
        verb: "OPTS MLST",
        reference: "RFC 3659 section 7.9",
        help: "Choose the facts of MLST and MLSD.",
        argument: Grammar::Optional("fact;fact;"),
        good: &["", "Type;Size;", "Modify;"],
        replies: &[200],
        ..Spec::DENY
    };

    completes!();

    fn parse(argument: Argument) -> Result<Self, ArgumentError> {
        Ok(Self { facts: FactSet::parse(argument.as_bytes()) })
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        self.facts.to_string().into_bytes().into()
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        context.session.facts = self.facts;
        Ok(Reply::new(200, format!("MLST OPTS {}", self.facts).trim_end()).into())
    }
}
