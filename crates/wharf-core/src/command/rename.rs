//! RNFR, RNTO and DELE: names that change and go (RFC 959 section 4.1.3).

use wharf_storage::Capabilities;

use super::{Command, pathname_argument, pathname_command};
use crate::{
    failure::Failure,
    reply::Reply,
    server::{Context, Served},
    spec::{Access, Clears, Grammar, Spec},
};

pathname_command! {
    /// RNFR: names what RNTO moves (RFC 959 section 4.1.3). Any other command in between makes it forgotten.
    ///
    /// ```text
    /// C: RNFR old
    /// S: 350 Ready for RNTO.
    /// ```
    Rnfr
}

impl Command for Rnfr {
    const SPEC: Spec = Spec {
        verb: "RNFR",
        reference: "RFC 959 section 4.1.3",
        help: "Name what is to be renamed.",
        argument: Grammar::Required("pathname"),
        good: &["old"],
        bad: &[""],
        access: Access::LIST.union(Access::RENAME),
        clears: Clears::empty(),
        needs: Capabilities::RENAME,
        replies: &[350, 550],
        ..Spec::DENY
    };

    type Output = ();

    pathname_argument!();

    fn accept(&self, reply: &Reply) -> Option<()> {
        (reply.code() == 350).then_some(())
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        context.session.rename_source = None;
        let path = context.resolve(self.pathname.as_bytes())?;
        let storage = context.storage()?;
        if !storage.permits(Access::RENAME, &path) {
            return Err(wharf_storage::ErrorKind::PermissionDenied.into());
        }
        storage.metadata(&path).await?;
        context.session.rename_source = Some(path);
        Ok(Reply::new(350, "Ready for RNTO.").into())
    }
}

pathname_command! {
    /// RNTO: moves what RNFR named (RFC 959 section 4.1.3). A file there is replaced, a directory is not.
    ///
    /// ```text
    /// C: RNTO new
    /// S: 250 Renamed.
    /// ```
    Rnto
}

impl Command for Rnto {
    const SPEC: Spec = Spec {
        verb: "RNTO",
        reference: "RFC 959 section 4.1.3",
        help: "Rename what RNFR named.",
        argument: Grammar::Required("pathname"),
        good: &["new"],
        bad: &[""],
        access: Access::RENAME.union(Access::OVERWRITE),
        needs: Capabilities::RENAME,
        replies: &[250, 503, 550, 553],
        ..Spec::DENY
    };

    type Output = ();

    pathname_argument!();

    fn accept(&self, reply: &Reply) -> Option<()> {
        matches!(reply.code().as_u16(), 200 | 250).then_some(())
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        let from =
            context.session.rename_source.take().ok_or_else(|| Failure::new(503, "Send RNFR first."))?;
        let to = context.resolve(self.pathname.as_bytes())?;
        context.storage()?.rename(&from, &to).await?;
        Ok(Reply::new(250, "Renamed.").into())
    }
}

pathname_command! {
    /// DELE: removes a file (RFC 959 section 4.1.3).
    ///
    /// ```text
    /// C: DELE old
    /// S: 250 File removed.
    /// ```
    Dele
}

impl Command for Dele {
    const SPEC: Spec = Spec {
        verb: "DELE",
        reference: "RFC 959 section 4.1.3",
        help: "Remove a file.",
        argument: Grammar::Required("pathname"),
        good: &["old"],
        bad: &[""],
        access: Access::DELETE,
        needs: Capabilities::REMOVE,
        replies: &[250, 450, 550],
        ..Spec::DENY
    };

    type Output = ();

    pathname_argument!();

    fn accept(&self, reply: &Reply) -> Option<()> {
        matches!(reply.code().as_u16(), 200 | 250).then_some(())
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        let path = context.resolve(self.pathname.as_bytes())?;
        context.storage()?.remove_file(&path).await?;
        Ok(Reply::new(250, "File removed.").into())
    }
}
