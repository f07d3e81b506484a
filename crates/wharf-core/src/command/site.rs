//! SITE: what this server has besides the standard (RFC 959 section 4.1.3).
//!
//! A command of SITE is a command like any other, with a verb of two words.

use std::borrow::Cow;

use wharf_storage::Capabilities;

use super::{Argument, ArgumentError, Command, no_argument, status::command_table};
use crate::{
    failure::Failure,
    reply::Reply,
    server::{Context, Served},
    spec::{Access, Grammar, Spec},
};

/// SITE with a word that no registered command has: 504.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// What stands behind SITE.
    pub text: Argument,
}

impl Command for Site {
    const SPEC: Spec = Spec {
        verb: "SITE",
        reference: "RFC 959 section 4.1.3",
        help: "Use a service of this server; SITE HELP names them.",
        argument: Grammar::Required("command"),
        good: &["HELP"],
        bad: &[""],
        replies: &[200, 504],
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
        Err(Failure::new(504, "There is no such SITE command, SITE HELP names them."))
    }
}

/// SITE HELP: the SITE commands.
///
/// ```text
/// C: SITE HELP
/// S: 214-The commands are:
/// S:  SITE CHMOD SITE HELP
/// S: 214 HELP with a verb tells more.
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteHelp;

impl Command for SiteHelp {
    const SPEC: Spec = Spec {
        verb: "SITE HELP",
        reference: "RFC 959 section 4.1.3",
        help: "Show the SITE commands.",
        replies: &[214],
        ..Spec::DENY
    };

    /// The lines of the reply.
    type Output = Vec<Vec<u8>>;

    no_argument!();

    fn accept(&self, reply: &Reply) -> Option<Vec<Vec<u8>>> {
        reply.is_positive().then(|| reply.lines().to_vec())
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        Ok(command_table(context, |verb| verb.starts_with("SITE ")).into())
    }
}

/// SITE CHMOD: sets the permission bits (in common use; in no RFC).
///
/// ```text
/// C: SITE CHMOD 644 a.bin
/// S: 200 Permissions are 644.
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteChmod {
    /// The bits, up to octal 777.
    pub permissions: u32,
    /// The pathname.
    pub pathname: Argument,
}

impl SiteChmod {
    /// The command for these bits and this pathname.
    ///
    /// # Errors
    /// CR, LF or NUL in the pathname.
    pub fn new(permissions: u32, pathname: impl AsRef<[u8]>) -> Result<Self, ArgumentError> {
        Ok(Self { permissions, pathname: Argument::new(pathname)? })
    }
}

impl Command for SiteChmod {
    const SPEC: Spec = Spec {
        verb: "SITE CHMOD",
        reference: "in common use",
        help: "Set the permission bits.",
        argument: Grammar::Required("octal pathname"),
        good: &["644 a.bin", "0755  a b "],
        bad: &["", "644", "u+x a.bin", "888 a.bin", "4755 a.bin", "+644 a.bin"],
        access: Access::PERMISSIONS,
        needs: Capabilities::PERMISSIONS,
        replies: &[200, 550],
        ..Spec::DENY
    };

    type Output = ();

    fn parse(argument: Argument) -> Result<Self, ArgumentError> {
        const FORM: ArgumentError =
            ArgumentError::Invalid("the form is SITE CHMOD octal pathname, up to 777");
        let (digits, pathname) = argument.split_word();
        let pathname = pathname.filter(|pathname| !pathname.is_empty()).ok_or(FORM)?;
        let digits =
            std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|octet| octet.is_ascii_digit()));
        let permissions = digits.and_then(|digits| u32::from_str_radix(digits, 8).ok());
        let permissions = permissions.filter(|bits| *bits <= 0o777).ok_or(FORM)?;
        Ok(Self { permissions, pathname })
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        [format!("{:03o} ", self.permissions).as_bytes(), self.pathname.as_bytes()].concat().into()
    }

    fn accept(&self, reply: &Reply) -> Option<()> {
        matches!(reply.code().as_u16(), 200 | 250).then_some(())
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        let path = context.resolve(self.pathname.as_bytes())?;
        context.storage()?.set_permissions(&path, self.permissions).await?;
        Ok(Reply::new(200, format!("Permissions are {:03o}.", self.permissions)).into())
    }
}
