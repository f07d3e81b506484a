//! SYST, STAT, HELP and NOOP: questions about the server (RFC 959 section 4.1.3).

use std::borrow::Cow;

use futures_util::StreamExt;

use super::{Argument, ArgumentError, Command, completes, no_argument, pathname_argument};
use crate::{
    failure::Failure,
    listing::format,
    policy,
    reply::Reply,
    server::{Context, Served},
    spec::{Access, DuringTransfer, Feature, Grammar, Login, Spec},
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

/// STAT: the state of the session, of the running transfer, or a listing over the control connection (RFC 959
/// section 4.1.3). A listing is cut after [`STAT_MAX_ROWS`].
///
/// ```text
/// C: STAT a.bin
/// S: 213-Status of a.bin:
/// S:  -rw-r--r--   1 owner    group          42 Nov 23 02:09 a.bin
/// S: 213 End of status.
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// What to list; empty for the state of the session.
    pub pathname: Argument,
}

/// The most rows that STAT shows of a directory.
pub const STAT_MAX_ROWS: usize = 1000;

impl Command for Stat {
    const SPEC: Spec = Spec {
        verb: "STAT",
        reference: "RFC 959 section 4.1.3",
        help: "Show the state of the session, or of a file or directory.",
        argument: Grammar::Optional("pathname"),
        good: &["", "a.bin"],
        access: Access::LIST,
        during_transfer: DuringTransfer::Runs,
        replies: &[211, 212, 213, 450, 550],
        ..Spec::DENY
    };

    /// The lines of the reply.
    type Output = Vec<Vec<u8>>;

    pathname_argument!();

    fn accept(&self, reply: &Reply) -> Option<Vec<Vec<u8>>> {
        matches!(reply.code().as_u16(), 211..=213).then(|| reply.lines().to_vec())
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        let pathname = super::listing::without_options(self.pathname.as_bytes());
        match pathname.is_empty() {
            true => Ok(session_status(context).into()),
            false => path_status(context, pathname).await,
        }
    }
}

fn session_status(context: &Context<'_>) -> Reply {
    let session = &context.session;
    let mut lines = vec![format!(" Connected from {}", session.peer().ip())];
    if let Some(principal) = session.principal() {
        lines.push(format!(" Logged in as {}", principal.name()));
    }
    lines.push(format!(" TYPE: {}, STRU: F, MODE: S", session.representation));
    lines.push(match context.host.progress() {
        Some(octets) => format!(" Transfer running, {octets} bytes so far"),
        None => " No transfer running".into(),
    });
    Reply::multiline(211, "Status of this session:", lines, "End of status.")
}

async fn path_status(context: &Context<'_>, pathname: &[u8]) -> Served {
    let path = context.resolve(pathname)?;
    let storage = context.storage()?;
    let metadata = storage.metadata(&path).await?;
    let mut rows = Vec::new();
    let mut more = false;
    let code = match metadata.is_dir() {
        true => {
            let mut listing = storage.list(&path).await?;
            while let Some(entry) = listing.next().await {
                if rows.len() == STAT_MAX_ROWS {
                    more = true;
                    break;
                }
                rows.push(row(&entry?, context));
            }
            212
        }
        false => {
            rows.push(row(&wharf_storage::Entry::new(pathname, metadata), context));
            213
        }
    };
    let last = if more { "There is more: use LIST." } else { "End of status." };
    Ok(Reply::multiline(code, [b"Status of ", pathname, b":"].concat(), rows, last).into())
}

fn row(entry: &wharf_storage::Entry, context: &Context<'_>) -> Vec<u8> {
    let mut row = vec![b' '];
    format::list_line(entry, context.now, &mut row);
    row.truncate(row.trim_ascii_end().len());
    row
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

    completes!();

    no_argument!();

    async fn serve(self, _: &mut Context<'_>) -> Served {
        Ok(Reply::new(200, "Done.").into())
    }
}

/// CLNT: a client says what it is (in common use; in no RFC). It is noted in the log with every other command.
///
/// ```text
/// C: CLNT Anna's own client 1.0
/// S: 200 Noted.
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clnt {
    /// The client's name and version.
    pub name: Argument,
}

impl Command for Clnt {
    const SPEC: Spec = Spec {
        verb: "CLNT",
        reference: "in common use",
        help: "Say which client this is.",
        argument: Grammar::Required("name"),
        good: &["Anna's own client 1.0"],
        bad: &[""],
        login: Login::NotRequired,
        feature: Feature::Line("CLNT"),
        replies: &[200],
        ..Spec::DENY
    };

    completes!();

    fn parse(name: Argument) -> Result<Self, ArgumentError> {
        Ok(Self { name })
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        self.name.as_bytes().into()
    }

    async fn serve(self, _: &mut Context<'_>) -> Served {
        Ok(Reply::new(200, "Noted.").into())
    }
}
