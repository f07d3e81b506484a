//! RETR, STOR, APPE, STOU, ALLO and REST: moving files (RFC 959 section 4.1.3, RFC 3659 section 5).

use std::borrow::Cow;

use wharf_storage::{Capabilities, ErrorKind, Pathname, Sink, WriteMode};

use super::{Argument, ArgumentError, Command, completes, pathname_argument, pathname_command};
use crate::{
    failure::Failure,
    feature::Features,
    reply::Reply,
    representation::RepresentationType,
    server::{Context, Served, Transfer, TransferBody},
    spec::{Access, Clears, DataUse, Feature, Grammar, Spec},
    transfer::RestartOffset,
};

/// Whether a server of these features says that what STOR brings appears under its name when it is complete, and not before:
/// `STOR ATOMIC`.
pub fn stores_atomically(features: &Features) -> bool {
    features.has_parameter(Stor::SPEC.verb, "ATOMIC")
}

const CLEARS_ALL: Clears = Clears::all();
/// What is needed of these depends on what is there and on REST.
const STORING: Access = Access::CREATE.union(Access::APPEND).union(Access::OVERWRITE);

pathname_command! {
    /// RETR: sends a file to the client (RFC 959 section 4.1.3), from the restart offset on.
    ///
    /// ```text
    /// C: RETR a.bin
    /// S: 150 Opening data connection (42 bytes).
    /// S: 226 Transfer complete.
    /// ```
    Retr
}

impl Command for Retr {
    const SPEC: Spec = Spec {
        verb: "RETR",
        reference: "RFC 959 section 4.1.3",
        help: "Receive a file.",
        argument: Grammar::Required("pathname"),
        good: &["a.bin", " a b "],
        bad: &[""],
        access: Access::READ,
        data: DataUse::Sends,
        clears: CLEARS_ALL,
        replies: &[150, 226, 425, 426, 451, 550, 554],
        ..Spec::DENY
    };

    completes!();

    pathname_argument!();

    async fn serve(self, context: &mut Context<'_>) -> Served {
        let path = context.resolve(self.pathname.as_bytes())?;
        let offset = restart_offset(context)?;
        let source = context.storage()?.open_read(&path, offset).await?;
        let transfer = Transfer::new(TransferBody::Send(source.body));
        let transfer = match context.session.representation {
            RepresentationType::Image => {
                let left = source.metadata.size.saturating_sub(offset);
                let opening = format!("Opening data connection ({left} bytes).");
                transfer.announced(left).opening(Reply::new(150, opening))
            }
            // How many octets the line ends will take is not known.
            RepresentationType::Ascii => transfer,
        };
        Ok(transfer.representation(context.session.representation).pathname(path).into())
    }
}

pathname_command! {
    /// STOR: receives a file from the client (RFC 959 section 4.1.3).
    ///
    /// The file appears when it is complete, and FEAT says so. After REST, octets go over those of an existing file instead.
    ///
    /// ```text
    /// C: STOR a.bin
    /// S: 150 Opening data connection.
    /// S: 226 Transfer complete.
    /// ```
    Stor
}

impl Command for Stor {
    const SPEC: Spec = Spec {
        verb: "STOR",
        reference: "RFC 959 section 4.1.3",
        help: "Store a file.",
        argument: Grammar::Required("pathname"),
        good: &["a.bin", "/pub/ a b "],
        bad: &[""],
        access: STORING,
        data: DataUse::Receives,
        clears: CLEARS_ALL,
        needs: Capabilities::WRITE,
        feature: Feature::Line("STOR ATOMIC"),
        replies: &[150, 226, 425, 426, 451, 452, 550, 552, 553, 554],
        ..Spec::DENY
    };

    completes!();

    pathname_argument!();

    async fn serve(self, context: &mut Context<'_>) -> Served {
        store(context, self.pathname.as_bytes(), WriteMode::Replace).await
    }
}

pathname_command! {
    /// APPE: receives octets for the end of a file (RFC 959 section 4.1.3), which is made if it is missing.
    ///
    /// After REST, octets go to where it says. After `REST 0`, which no other server minds, a file that is missing is written
    /// from its start on: who says so is the only one to write it, and need not look for an end that others move.
    ///
    /// ```text
    /// C: APPE log.txt
    /// S: 150 Opening data connection.
    /// S: 226 Transfer complete.
    /// ```
    Appe
}

impl Command for Appe {
    const SPEC: Spec = Spec {
        verb: "APPE",
        reference: "RFC 959 section 4.1.3",
        help: "Append to a file.",
        argument: Grammar::Required("pathname"),
        good: &["log.txt"],
        bad: &[""],
        access: STORING,
        data: DataUse::Receives,
        clears: CLEARS_ALL,
        needs: Capabilities::APPEND,
        replies: &[150, 226, 425, 426, 451, 452, 550, 552, 553, 554],
        ..Spec::DENY
    };

    completes!();

    pathname_argument!();

    async fn serve(self, context: &mut Context<'_>) -> Served {
        let mode = match context.session.restart_offset {
            Some(RestartOffset::ZERO) if may_write_anew(context, self.pathname.as_bytes()).await? => {
                WriteMode::At(0)
            }
            _ => WriteMode::Append,
        };
        store(context, self.pathname.as_bytes(), mode).await
    }
}

/// STOU: receives a file under a name of its own (RFC 959 section 4.1.3, RFC 1123 section 4.1.2.9).
///
/// An argument, which the standard does not have, is taken as the beginning of the name.
///
/// ```text
/// C: STOU
/// S: 150 FILE: upload-1795395600
/// S: 226 Transfer complete.
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stou {
    /// The beginning of the name; empty for any.
    pub pathname: Argument,
}

/// How many names STOU tries: some that are short, then some that nobody else is likely to have.
const STOU_ATTEMPTS: u32 = 16;
const STOU_SHORT_NAMES: u32 = 8;

impl Command for Stou {
    const SPEC: Spec = Spec {
        verb: "STOU",
        reference: "RFC 959 section 4.1.3",
        help: "Store a file under a new name.",
        argument: Grammar::Optional("pathname"),
        good: &["", "report"],
        access: Access::CREATE,
        data: DataUse::Receives,
        clears: CLEARS_ALL,
        needs: Capabilities::WRITE,
        replies: &[150, 226, 425, 426, 451, 452, 550, 552, 553],
        ..Spec::DENY
    };

    completes!();

    pathname_argument!();

    async fn serve(self, context: &mut Context<'_>) -> Served {
        let age = context.now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let base = match self.pathname.is_empty() {
            true => context.resolve(format!("upload-{}", age.as_secs()).as_bytes())?,
            false => context.resolve(self.pathname.as_bytes())?,
        };
        let storage = context.storage()?;
        for attempt in 0..STOU_ATTEMPTS {
            let path = match attempt {
                0 => base.clone(),
                1..STOU_SHORT_NAMES => with_suffix(context, &base, u128::from(attempt))?,
                _ => with_suffix(context, &base, age.as_nanos() + u128::from(attempt))?,
            };
            match storage.open_write(&path, WriteMode::CreateNew).await {
                Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::IsADirectory) => {}
                opened => {
                    let name = path.name().unwrap_or_default();
                    let opening = Reply::new(150, [b"FILE: ", name].concat());
                    return Ok(receive(context, opened?).opening(opening).pathname(path).into());
                }
            }
        }
        Err(Failure::new(450, "No new name was found."))
    }
}

fn with_suffix(context: &Context<'_>, base: &Pathname, suffix: u128) -> Result<Pathname, Failure> {
    context.resolve(&[base.as_bytes(), format!(".{suffix}").as_bytes()].concat())
}

/// ALLO: announces how much will be stored (RFC 959 section 4.1.3). Nothing needs it here.
///
/// ```text
/// C: ALLO 1048576
/// S: 202 Storage is allocated as it is needed.
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allo {
    /// The size in octets.
    pub size: u64,
    /// The largest record or page, which means nothing under `STRU F`.
    pub record: Option<u64>,
}

impl Command for Allo {
    const SPEC: Spec = Spec {
        verb: "ALLO",
        reference: "RFC 959 section 4.1.3",
        help: "Announce the size of a file to store.",
        argument: Grammar::Required("size [R record]"),
        good: &["0", "1048576", "10 R 5"],
        bad: &["", "x", "-1", "10 R", "10 5", "99999999999999999999"],
        replies: &[202],
        ..Spec::DENY
    };

    completes!();

    fn parse(argument: Argument) -> Result<Self, ArgumentError> {
        const FORM: ArgumentError = ArgumentError::Invalid("the form is ALLO size [R record]");
        let number = |word: &str| match word.bytes().all(|octet| octet.is_ascii_digit()) {
            true => word.parse().map_err(|_| FORM),
            false => Err(FORM),
        };
        let mut words = argument.as_str()?.split(' ');
        let size = number(words.next().unwrap_or_default())?;
        let record = match (words.next(), words.next(), words.next()) {
            (None, None, None) => None,
            (Some("R" | "r"), Some(record), None) => Some(number(record)?),
            _ => return Err(FORM),
        };
        Ok(Self { size, record })
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        match self.record {
            Some(record) => format!("{} R {record}", self.size),
            None => self.size.to_string(),
        }
        .into_bytes()
        .into()
    }

    async fn serve(self, _: &mut Context<'_>) -> Served {
        Ok(Reply::new(202, "Storage is allocated as it is needed.").into())
    }
}

/// REST: sets the restart offset of the next transfer (RFC 3659 section 5).
///
/// It holds until a transfer or listing command, a new USER or another REST; what sets up the data connection keeps it.
///
/// ```text
/// C: REST 1048576
/// S: 350 Restarting at 1048576.
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rest(
    /// Where the transfer begins.
    pub RestartOffset,
);

impl Command for Rest {
    const SPEC: Spec = Spec {
        verb: "REST",
        reference: "RFC 3659 section 5",
        help: "Set where the next transfer begins.",
        argument: Grammar::Required("octets"),
        good: &["0", "1048576", "9223372036854775807"],
        bad: &["", "3abc", "-1", "9223372036854775808", "1 2"],
        feature: Feature::Line("REST STREAM"),
        replies: &[350],
        ..Spec::DENY
    };

    type Output = ();

    fn parse(argument: Argument) -> Result<Self, ArgumentError> {
        Ok(Self(RestartOffset::parse(argument.as_bytes())?))
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        self.0.to_string().into_bytes().into()
    }

    fn accept(&self, reply: &Reply) -> Option<()> {
        (reply.code() == 350).then_some(())
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        context.session.restart_offset = Some(self.0);
        Ok(Reply::new(350, format!("Restarting at {}.", self.0)).into())
    }
}

/// The restart offset in octets of the file. Under TYPE A, octets of the wire are not octets of the file.
fn restart_offset(context: &Context<'_>) -> Result<u64, Failure> {
    let offset = context.session.restart_offset.map_or(0, RestartOffset::get);
    match context.session.representation {
        RepresentationType::Ascii if offset > 0 => Err(Failure::new(504, "REST is for TYPE I.")),
        _ => Ok(offset),
    }
}

/// Whether a file is missing, and whoever is logged in may put octets anywhere in it.
async fn may_write_anew(context: &Context<'_>, pathname: &[u8]) -> Result<bool, Failure> {
    let path = context.resolve(pathname)?;
    let view = context.storage()?;
    Ok(view.permits(STORING, &path) && view.is_missing(&path).await)
}

async fn store(context: &mut Context<'_>, pathname: &[u8], mode: WriteMode) -> Served {
    let path = context.resolve(pathname)?;
    let mode = match restart_offset(context)? {
        0 => mode,
        offset => WriteMode::At(offset),
    };
    let sink = context.storage()?.open_write(&path, mode).await?;
    Ok(receive(context, sink).pathname(path).into())
}

fn receive(context: &Context<'_>, sink: Box<dyn Sink>) -> Transfer {
    Transfer::new(TransferBody::Receive(sink)).representation(context.session.representation)
}
