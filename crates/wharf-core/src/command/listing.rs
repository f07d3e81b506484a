//! LIST, NLST, MLST and MLSD: what there is (RFC 959 section 4.1.3, RFC 3659 section 7).

use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use wharf_storage::{Bytes, Entry, ErrorKind, Listing, Names, Pathname, Result as StorageResult};

use super::{Command, completes, pathname_argument, pathname_command};
use crate::{
    fact::Perm,
    failure::Failure,
    listing::{ListedEntry, Mlsx, format, glob::Pattern},
    reply::{Reply, Severity},
    server::{Context, Served, Transfer},
    session::Session,
    spec::{Access, Clears, DataUse, Feature, Grammar, Spec},
};

/// The rows of a listing are gathered into chunks of about this many octets.
const CHUNK: usize = 64 * 1024;

/// Room for the row that ends a chunk; one that is longer costs a copy.
const ROW: usize = 512;

pathname_command! {
    /// LIST: rows for people, in the form of `ls -l` (RFC 959 section 4.1.3).
    ///
    /// Words that begin with `-` are options, as clients send them, and change nothing: every name is shown, once,
    /// whatever its first letter. `--` ends them.
    ///
    /// ```text
    /// C: LIST -a pub
    /// S: 150 Here comes the listing.
    /// S: 226 Transfer complete.
    /// ```
    #[derive(Default)]
    List
}

impl Command for List {
    const SPEC: Spec = Spec {
        verb: "LIST",
        reference: "RFC 959 section 4.1.3",
        help: "List a directory or show a file, for people.",
        argument: Grammar::Optional("pathname"),
        good: &["", "pub", "-la", "-l -- -name"],
        access: Access::LIST,
        data: DataUse::Sends,
        clears: Clears::all(),
        replies: &[150, 226, 425, 426, 451, 550],
        ..Spec::DENY
    };

    completes!();

    pathname_argument!();

    async fn serve(self, context: &mut Context<'_>) -> Served {
        let argument = without_options(self.pathname.as_bytes());
        let now = context.now;
        let rows = rows(context, argument).await?;
        Ok(transfer(rows, move |entry, out| format::list_line(entry, now, out)).into())
    }
}

pathname_command! {
    /// NLST: names for programs (RFC 959 section 4.1.3).
    ///
    /// A last component with `*`, `?` or `[...]` that names nothing itself is a pattern; its matches are shown with the
    /// directory in front, as the argument had it. `.` and `..` are never among the names.
    ///
    /// ```text
    /// C: NLST pub/*.txt
    /// S: 150 Here comes the listing.
    /// S: 226 Transfer complete.
    /// ```
    #[derive(Default)]
    Nlst
}

impl Command for Nlst {
    const SPEC: Spec = Spec {
        verb: "NLST",
        reference: "RFC 959 section 4.1.3",
        help: "List names.",
        argument: Grammar::Optional("pathname"),
        good: &["", "pub", "*.txt"],
        access: Access::LIST,
        data: DataUse::Sends,
        clears: Clears::all(),
        replies: &[150, 226, 425, 426, 451, 550],
        ..Spec::DENY
    };

    completes!();

    pathname_argument!();

    async fn serve(self, context: &mut Context<'_>) -> Served {
        let argument = without_options(self.pathname.as_bytes());
        match names(context, argument).await {
            Err(failure) => matches(context, argument).await?.map(Into::into).ok_or(failure),
            Ok(names) => Ok(transfer(names, |name, out| format::nlst_line(name, out)).into()),
        }
    }
}

pathname_command! {
    /// MLST: the facts of one pathname, over the control connection (RFC 3659 section 7.2).
    ///
    /// ```text
    /// C: MLST a.bin
    /// S: 250-Facts of a.bin:
    /// S:  Type=file;Size=42;Modify=20261123020918;Perm=adfrw; /pub/a.bin
    /// S: 250 End.
    /// ```
    #[derive(Default)]
    Mlst
}

impl Command for Mlst {
    const SPEC: Spec = Spec {
        verb: "MLST",
        reference: "RFC 3659 section 7.2",
        help: "Show the facts of a file or directory.",
        argument: Grammar::Optional("pathname"),
        good: &["", "a.bin"],
        access: Access::LIST,
        feature: Feature::Session(mlst_feature),
        replies: &[250, 550],
        ..Spec::DENY
    };

    type Output = ListedEntry;

    pathname_argument!();

    /// The facts are in the line that begins with a space; some servers send a reply of one line.
    fn accept(&self, reply: &Reply) -> Option<ListedEntry> {
        if reply.severity() != Severity::Completion {
            return None;
        }
        let middle = reply.middle().iter().map(Vec::as_slice);
        let mut lines = middle.chain([reply.last()]).filter(|line| line.contains(&b'='));
        lines.find_map(|line| Mlsx::parse_reply_line(line).ok())
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        let path = context.resolve(self.pathname.as_bytes())?;
        let storage = context.storage()?;
        let metadata = storage.metadata(&path).await?;
        let access = context.session.principal().map_or(Access::empty(), |principal| principal.access(&path));
        let perm = Perm::of(metadata.kind, access);
        let line = format::mlst_line(path.as_bytes(), &metadata, context.session.facts, perm);
        Ok(Reply::multiline(250, "Facts:", [line], "End.").into())
    }
}

pathname_command! {
    /// MLSD: the facts of every entry of a directory (RFC 3659 section 7.2). A file is 501, as it says.
    ///
    /// ```text
    /// C: MLSD pub
    /// S: 150 Here comes the listing.
    /// S: 226 Transfer complete.
    /// ```
    #[derive(Default)]
    Mlsd
}

impl Command for Mlsd {
    const SPEC: Spec = Spec {
        verb: "MLSD",
        reference: "RFC 3659 section 7.2",
        help: "List a directory with facts.",
        argument: Grammar::Optional("pathname"),
        good: &["", "pub"],
        access: Access::LIST,
        data: DataUse::Sends,
        clears: Clears::all(),
        replies: &[150, 226, 425, 426, 451, 501, 550],
        ..Spec::DENY
    };

    completes!();

    pathname_argument!();

    async fn serve(self, context: &mut Context<'_>) -> Served {
        let path = context.resolve(self.pathname.as_bytes())?;
        let facts = context.session.facts;
        let storage = context.storage()?;
        let listing = match storage.list(&path).await {
            Err(error)
                if error.kind() == ErrorKind::NotADirectory && storage.metadata(&path).await.is_ok() =>
            {
                return Err(Failure::new(501, "MLSD is for directories, use MLST."));
            }
            listing => listing?,
        };
        let access = context.session.principal().map(|principal| principal.access_in(path));
        let row = move |entry: &Entry, out: &mut Vec<u8>| {
            let access = access.as_ref().map_or(Access::empty(), |access| access.at(&entry.name));
            format::mlsd_line(entry, facts, Perm::of(entry.metadata.kind_in_tree(), access), out);
        };
        Ok(transfer(listing, row).into())
    }
}

fn mlst_feature(session: &Session) -> String {
    format!("MLST {}", session.facts.feature_parameters())
}

/// Takes off the options that clients put before a pathname: words that begin with `-`, up to `--`.
pub(super) fn without_options(mut argument: &[u8]) -> &[u8] {
    while argument.starts_with(b"-") {
        let end = argument.iter().position(|&octet| octet == b' ').unwrap_or(argument.len());
        let (option, rest) = argument.split_at(end);
        argument = rest.strip_prefix(b" ").unwrap_or(rest);
        if option == b"--" {
            break;
        }
    }
    argument
}

/// The rows of a directory, or the row of what is not one.
async fn rows(context: &Context<'_>, argument: &[u8]) -> Result<Listing, Failure> {
    let path = context.resolve(argument)?;
    let storage = context.storage()?;
    match storage.list(&path).await {
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            let entry = Entry::new(argument, storage.metadata(&path).await?);
            Ok(Box::pin(stream::iter([Ok(entry)])))
        }
        listing => Ok(listing?),
    }
}

/// The names in a directory, or the name of what is not one.
async fn names(context: &Context<'_>, argument: &[u8]) -> Result<Names, Failure> {
    let path = context.resolve(argument)?;
    let storage = context.storage()?;
    match storage.list_names(&path).await {
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            storage.metadata(&path).await?;
            Ok(Box::pin(stream::iter([Ok(argument.to_vec())])))
        }
        names => Ok(names?),
    }
}

/// The names that a pattern in the last component matches; `None` if there is no pattern.
async fn matches(context: &Context<'_>, argument: &[u8]) -> Result<Option<Transfer>, Failure> {
    let slash = argument.iter().rposition(|&octet| octet == b'/').map_or(0, |slash| slash + 1);
    let (directory, last) = argument.split_at(slash);
    let Some(pattern) = Some(last).filter(|last| Pattern::is_pattern(last)).and_then(Pattern::new) else {
        return Ok(None);
    };
    let path: Pathname = context.resolve(directory)?;
    let names = context.storage()?.list_names(&path).await?;
    let directory = directory.to_vec();
    let row = move |name: &Vec<u8>, out: &mut Vec<u8>| {
        if pattern.matches(name) {
            format::nlst_line(&[&directory, name.as_slice()].concat(), out);
        }
    };
    Ok(Some(transfer(names, row)))
}

/// Formats rows as they come, a chunk at a time.
fn transfer<T, F>(rows: BoxStream<'static, StorageResult<T>>, format: F) -> Transfer
where
    T: 'static,
    F: Fn(&T, &mut Vec<u8>) + Send + 'static,
{
    let chunks = stream::unfold(Some((rows, format)), async |state| {
        let (mut rows, format) = state?;
        let mut chunk = Vec::with_capacity(CHUNK + ROW);
        while chunk.len() < CHUNK {
            match rows.next().await {
                Some(Ok(row)) => format(&row, &mut chunk),
                Some(Err(error)) => return Some((Err(error), None)),
                None if chunk.is_empty() => return None,
                None => return Some((Ok(Bytes::from(chunk)), None)),
            }
        }
        Some((StorageResult::Ok(Bytes::from(chunk)), Some((rows, format))))
    });
    Transfer::send(chunks).opening(Reply::new(150, "Here comes the listing."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_not_pathnames() {
        for (argument, pathname) in [
            ("", ""),
            ("-a", ""),
            ("-al", ""),
            ("-la pub", "pub"),
            ("-a -l pub/a b", "pub/a b"),
            ("-l -- -name", "-name"),
            ("-- -a", "-a"),
            ("a -l", "a -l"),
            (" -a", " -a"),
        ] {
            assert_eq!(without_options(argument.as_bytes()), pathname.as_bytes(), "{argument:?}");
        }
    }
}
