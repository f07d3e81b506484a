//! PWD, CWD, CDUP, MKD and RMD: directories (RFC 959 sections 4.1.1 and 4.1.3; the X forms of RFC 775).

use wharf_storage::{Capabilities, ErrorKind, Pathname};

use super::{Command, no_argument, pathname_argument, pathname_command};
use crate::{
    pathname::{quote, unquote},
    reply::Reply,
    server::{Context, Served},
    spec::{Access, Feature, Grammar, Spec},
};

/// PWD: names the working directory (RFC 959 section 4.1.3).
///
/// ```text
/// C: PWD
/// S: 257 "/pub/a ""quoted"" name" is the working directory.
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pwd;

impl Command for Pwd {
    const SPEC: Spec = Spec {
        verb: "PWD",
        aliases: &["XPWD"],
        reference: "RFC 959 section 4.1.3",
        help: "Show the working directory.",
        replies: &[257],
        ..Spec::DENY
    };

    /// The working directory, octet for octet.
    type Output = Vec<u8>;

    no_argument!();

    fn accept(&self, reply: &Reply) -> Option<Vec<u8>> {
        quoted_pathname(reply)
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        Ok(named(257, &context.session.working_directory, "is the working directory.").into())
    }
}

pathname_command! {
    /// CWD: changes the working directory (RFC 959 section 4.1.1).
    ///
    /// ```text
    /// C: CWD pub
    /// S: 250 "/pub" is the working directory.
    /// ```
    Cwd
}

impl Command for Cwd {
    const SPEC: Spec = Spec {
        verb: "CWD",
        aliases: &["XCWD"],
        reference: "RFC 959 section 4.1.1",
        help: "Change the working directory.",
        argument: Grammar::Required("pathname"),
        good: &["pub", "/", "..", " a b "],
        bad: &[""],
        access: Access::LIST,
        feature: Feature::Line("TVFS"),
        replies: &[250, 550],
        ..Spec::DENY
    };

    type Output = ();

    pathname_argument!();

    fn accept(&self, reply: &Reply) -> Option<()> {
        matches!(reply.code().as_u16(), 200 | 250).then_some(())
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        let path = context.resolve(self.pathname.as_bytes())?;
        change(context, path).await
    }
}

/// CDUP: changes to the parent directory (RFC 959 section 4.1.1).
///
/// ```text
/// C: CDUP
/// S: 250 "/" is the working directory.
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cdup;

impl Command for Cdup {
    const SPEC: Spec = Spec {
        verb: "CDUP",
        aliases: &["XCUP"],
        reference: "RFC 959 section 4.1.1",
        help: "Change to the parent directory.",
        access: Access::LIST,
        replies: &[250, 550],
        ..Spec::DENY
    };

    type Output = ();

    no_argument!();

    fn accept(&self, reply: &Reply) -> Option<()> {
        matches!(reply.code().as_u16(), 200 | 250).then_some(())
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        let here = &context.session.working_directory;
        let path = here.parent().unwrap_or_else(|| here.clone());
        change(context, path).await
    }
}

pathname_command! {
    /// MKD: makes a directory (RFC 959 section 4.1.3).
    ///
    /// ```text
    /// C: MKD new
    /// S: 257 "/pub/new" created.
    /// ```
    Mkd
}

impl Command for Mkd {
    const SPEC: Spec = Spec {
        verb: "MKD",
        aliases: &["XMKD"],
        reference: "RFC 959 section 4.1.3",
        help: "Make a directory.",
        argument: Grammar::Required("pathname"),
        good: &["new", "/a/b"],
        bad: &[""],
        access: Access::MAKE_DIR,
        needs: Capabilities::MAKE_DIR,
        replies: &[257, 550, 553],
        ..Spec::DENY
    };

    /// The pathname that the server names, if it names one.
    type Output = Option<Vec<u8>>;

    pathname_argument!();

    fn accept(&self, reply: &Reply) -> Option<Option<Vec<u8>>> {
        matches!(reply.code().as_u16(), 250 | 257).then(|| quoted_pathname(reply))
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        let path = context.resolve(self.pathname.as_bytes())?;
        context.storage()?.make_dir(&path).await?;
        Ok(named(257, &path, "created.").into())
    }
}

pathname_command! {
    /// RMD: removes an empty directory (RFC 959 section 4.1.3).
    ///
    /// ```text
    /// C: RMD old
    /// S: 250 Directory removed.
    /// ```
    Rmd
}

impl Command for Rmd {
    const SPEC: Spec = Spec {
        verb: "RMD",
        aliases: &["XRMD"],
        reference: "RFC 959 section 4.1.3",
        help: "Remove an empty directory.",
        argument: Grammar::Required("pathname"),
        good: &["old"],
        bad: &[""],
        access: Access::DELETE,
        needs: Capabilities::REMOVE,
        replies: &[250, 550],
        ..Spec::DENY
    };

    type Output = ();

    pathname_argument!();

    fn accept(&self, reply: &Reply) -> Option<()> {
        matches!(reply.code().as_u16(), 200 | 250).then_some(())
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        let path = context.resolve(self.pathname.as_bytes())?;
        context.storage()?.remove_dir(&path).await?;
        Ok(Reply::new(250, "Directory removed.").into())
    }
}

async fn change(context: &mut Context<'_>, path: Pathname) -> Served {
    if !context.storage()?.metadata(&path).await?.is_dir() {
        return Err(ErrorKind::NotADirectory.into());
    }
    context.session.working_directory = path;
    Ok(named(250, &context.session.working_directory, "is the working directory.").into())
}

fn named(code: u16, path: &Pathname, text: &str) -> Reply {
    let mut line = quote(path.as_bytes());
    line.push(b' ');
    line.extend_from_slice(text.as_bytes());
    Reply::new(code, line)
}

fn quoted_pathname(reply: &Reply) -> Option<Vec<u8>> {
    if !matches!(reply.code().as_u16(), 250 | 257) {
        return None;
    }
    reply.lines().iter().find_map(|line| unquote(line)).map(|(pathname, _)| pathname)
}
