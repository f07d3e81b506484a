//! SIZE, MDTM and MFMT: single facts of a file (RFC 3659 sections 3 and 4; draft-somers-ftp-mfxx for MFMT).

use std::borrow::Cow;

use wharf_storage::{Capabilities, ErrorKind};

use super::{Argument, ArgumentError, Command, pathname_argument, pathname_command};
use crate::{
    failure::Failure,
    reply::Reply,
    representation::RepresentationType,
    server::{Context, Served},
    spec::{Access, Feature, Grammar, Spec},
    timestamp::Timestamp,
};

pathname_command! {
    /// SIZE: how many octets RETR would send (RFC 3659 section 4).
    ///
    /// Under TYPE A that would take reading the whole file: it is refused.
    ///
    /// ```text
    /// C: SIZE a.bin
    /// S: 213 42
    /// ```
    Size
}

impl Command for Size {
    const SPEC: Spec = Spec {
        verb: "SIZE",
        reference: "RFC 3659 section 4",
        help: "Show the size of a file in octets.",
        argument: Grammar::Required("pathname"),
        good: &["a.bin"],
        bad: &[""],
        access: Access::LIST,
        feature: Feature::Line("SIZE"),
        replies: &[213, 550],
        ..Spec::DENY
    };

    /// The size in octets.
    type Output = u64;

    pathname_argument!();

    fn accept(&self, reply: &Reply) -> Option<u64> {
        (reply.code() == 213).then(|| reply.text().trim().parse().ok())?
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        if context.session.representation == RepresentationType::Ascii {
            return Err(Failure::new(550, "SIZE is for TYPE I."));
        }
        let path = context.resolve(self.pathname.as_bytes())?;
        let metadata = context.storage()?.metadata(&path).await?;
        match metadata.is_file() {
            true => Ok(Reply::new(213, metadata.size.to_string()).into()),
            false => Err(ErrorKind::NotARegularFile.into()),
        }
    }
}

pathname_command! {
    /// MDTM: when a file was last changed, in UTC (RFC 3659 section 3).
    ///
    /// ```text
    /// C: MDTM a.bin
    /// S: 213 20261123020918
    /// ```
    Mdtm
}

impl Command for Mdtm {
    const SPEC: Spec = Spec {
        verb: "MDTM",
        reference: "RFC 3659 section 3",
        help: "Show when a file was last changed, in UTC.",
        argument: Grammar::Required("pathname"),
        good: &["a.bin"],
        bad: &[""],
        access: Access::LIST,
        feature: Feature::Line("MDTM"),
        replies: &[213, 550],
        ..Spec::DENY
    };

    type Output = Timestamp;

    pathname_argument!();

    fn accept(&self, reply: &Reply) -> Option<Timestamp> {
        (reply.code() == 213).then(|| Timestamp::parse_reply(reply.text().trim().as_bytes()).ok())?
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        let path = context.resolve(self.pathname.as_bytes())?;
        let modified = context.storage()?.metadata(&path).await?.modified;
        let modified = modified.ok_or_else(|| Failure::new(550, "The time is not known."))?;
        Ok(Reply::new(213, Timestamp::from(modified).to_string()).into())
    }
}

/// MFMT: sets when a file was last changed, in UTC (draft-somers-ftp-mfxx section 3.1).
///
/// ```text
/// C: MFMT 20261123020918 a.bin
/// S: 213 Modify=20261123020918; a.bin
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mfmt {
    /// The time.
    pub modified: Timestamp,
    /// The pathname.
    pub pathname: Argument,
}

impl Mfmt {
    /// The command for this time and pathname.
    ///
    /// # Errors
    /// CR, LF or NUL in the pathname.
    pub fn new(modified: impl Into<Timestamp>, pathname: impl AsRef<[u8]>) -> Result<Self, ArgumentError> {
        Ok(Self { modified: modified.into(), pathname: Argument::new(pathname)? })
    }
}

impl Command for Mfmt {
    const SPEC: Spec = Spec {
        verb: "MFMT",
        reference: "draft-somers-ftp-mfxx section 3.1",
        help: "Set when a file was last changed, in UTC.",
        argument: Grammar::Required("YYYYMMDDHHMMSS pathname"),
        good: &["20261123020918 a.bin", "20261123020918.25  a b "],
        bad: &["", "20261123020918", "20261323020918 a.bin", "yesterday a.bin"],
        access: Access::TIMES,
        needs: Capabilities::SET_MODIFIED,
        feature: Feature::Line("MFMT"),
        replies: &[213, 550],
        ..Spec::DENY
    };

    type Output = ();

    fn parse(argument: Argument) -> Result<Self, ArgumentError> {
        let (time, pathname) = argument.split_word();
        let pathname = pathname.filter(|pathname| !pathname.is_empty());
        let pathname = pathname.ok_or(ArgumentError::Invalid("the form is MFMT YYYYMMDDHHMMSS pathname"))?;
        Ok(Self { modified: Timestamp::parse(time)?, pathname })
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        [format!("{} ", self.modified).as_bytes(), self.pathname.as_bytes()].concat().into()
    }

    fn accept(&self, reply: &Reply) -> Option<()> {
        matches!(reply.code().as_u16(), 200 | 213 | 250 | 253).then_some(())
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        let path = context.resolve(self.pathname.as_bytes())?;
        context.storage()?.set_modified(&path, self.modified.to_system_time()).await?;
        let text = [format!("Modify={}; ", self.modified).as_bytes(), self.pathname.as_bytes()].concat();
        Ok(Reply::new(213, text).into())
    }
}
