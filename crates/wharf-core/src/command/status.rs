//! SYST, STAT, HELP and NOOP: questions about the server (RFC 959 section 4.1.3).

use std::borrow::Cow;

use super::{Argument, ArgumentError, Command, no_argument};
use crate::{
    failure::Failure,
    policy,
    reply::{Reply, Severity},
    server::{Context, Served},
    spec::{Grammar, Login, Spec},
};

/// SYST: which system the server is like (RFC 959 section 4.1.3).
///
/// ```text
/// C: SYST
/// S: 215 UNIX Type: L8
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Syst;

impl Command for Syst {
    const SPEC: Spec = Spec {
        verb: "SYST",
        reference: "RFC 959 section 4.1.3",
        help: "Show the system type.",
        login: Login::NotRequired,
        replies: &[215],
        ..Spec::DENY
    };

    /// The system type, as the server words it.
    type Output = String;

    no_argument!();

    fn accept(&self, reply: &Reply) -> Option<String> {
        (reply.code() == 215).then(|| reply.text().into_owned())
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        Ok(Reply::new(215, &context.settings.system_type).into())
    }
}

/// HELP: the commands, or one of them (RFC 959 section 4.1.3).
///
/// ```text
/// C: HELP SIZE
/// S: 214 SIZE pathname: Show the size of a file in octets.
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Help {
    /// The verb to explain; empty for all.
    pub verb: Argument,
}

impl Command for Help {
    const SPEC: Spec = Spec {
        verb: "HELP",
        reference: "RFC 959 section 4.1.3",
        help: "Show the commands, or explain one.",
        argument: Grammar::Optional("verb"),
        good: &["", "SIZE", "SITE CHMOD"],
        login: Login::NotRequired,
        replies: &[211, 214, 504],
        ..Spec::DENY
    };

    /// The lines of the reply.
    type Output = Vec<Vec<u8>>;

    fn parse(verb: Argument) -> Result<Self, ArgumentError> {
        Ok(Self { verb })
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        self.verb.as_bytes().into()
    }

    fn accept(&self, reply: &Reply) -> Option<Vec<Vec<u8>>> {
        matches!(reply.code().as_u16(), 211 | 214).then(|| reply.lines().to_vec())
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        if self.verb.is_empty() {
            return Ok(command_table(context, |verb| !verb.contains(' ')).into());
        }
        match context.registry.lookup(self.verb.as_bytes()) {
            Some((found, rest)) if rest.is_empty() => Ok(Reply::new(214, usage(found.spec)).into()),
            _ => Err(Failure::new(504, "There is no such command.")),
        }
    }
}

/// The commands that are offered in this session and whose verb is wanted, eight in a row.
pub(super) fn command_table(context: &Context<'_>, wanted: impl Fn(&str) -> bool) -> Reply {
    let capabilities = context.capabilities();
    let offered = context.registry.iter().map(|command| command.spec);
    let offered =
        offered.filter(|spec| policy::is_offered(spec, capabilities, context.settings) && wanted(spec.verb));
    let verbs: Vec<&str> = offered.map(|spec| spec.verb).collect();
    let rows = verbs.chunks(8).map(|row| row.iter().map(|verb| format!(" {verb:<8}")).collect::<String>());
    Reply::multiline(
        214,
        "The commands are:",
        rows.map(|row| row.trim_end().to_owned()),
        "HELP with a verb tells more.",
    )
}

fn usage(spec: &Spec) -> String {
    match spec.argument {
        Grammar::None => format!("{}: {}", spec.verb, spec.help),
        Grammar::Optional(form) => format!("{} [{form}]: {}", spec.verb, spec.help),
        Grammar::Required(form) => format!("{} {form}: {}", spec.verb, spec.help),
    }
}

/// NOOP: nothing (RFC 959 section 4.1.3).
///
/// ```text
/// C: NOOP
/// S: 200 Done.
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noop;

impl Command for Noop {
    const SPEC: Spec = Spec {
        verb: "NOOP",
        reference: "RFC 959 section 4.1.3",
        help: "Do nothing.",
        login: Login::NotRequired,
        replies: &[200],
        ..Spec::DENY
    };

    type Output = ();

    no_argument!();

    fn accept(&self, reply: &Reply) -> Option<()> {
        (reply.severity() == Severity::Completion).then_some(())
    }

    async fn serve(self, _: &mut Context<'_>) -> Served {
        Ok(Reply::new(200, "Done.").into())
    }
}
