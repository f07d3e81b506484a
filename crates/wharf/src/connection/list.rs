//! Listings: the entries of a directory, or of a whole tree, one after another.

mod rows;
mod walk;

use std::{
    ops::Deref,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::SystemTime,
};

use futures_core::Stream;
use futures_util::StreamExt;
use tracing::debug;
use wharf_core::{
    command::{
        Command,
        directory::{Cwd, Pwd},
        listing::{List, Mlsd},
    },
    listing::{ListParser, ListedEntry, ListingParser},
    product::{Product, says_empty},
    representation::RepresentationType,
};

use self::{
    rows::{Listed, Rows},
    walk::{Holder, Walk, list_argument},
};
use super::{Connection, stream::Receiving};
use crate::{Error, ErrorKind, Phase, client::Client};

/// The most entries that are kept at a time: of a listing by [`Listing::all`], of a directory and of a whole tree by
/// downloading and removing. A listing of one directory that is taken row by row has no end of its own.
pub const MAX_KEPT_ENTRIES: usize = 1_000_000;

/// What a listing shows, and how it is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListOptions {
    recursive: bool,
    hidden: bool,
    form: Option<ListForm>,
    /// There is no doubt that the directory exists.
    exists: bool,
}

/// The command that asks for a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ListForm {
    /// MLSD: facts for programs.
    Mlsd,
    /// LIST: rows for people, read as well as may be.
    List,
}

/// An entry and where it is.
///
/// Dereferences to what the server says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemoteEntry {
    /// Its pathname, octet for octet: what was listed, `/` and the name.
    pub pathname: Vec<u8>,
    /// What the server says of it.
    pub entry: ListedEntry,
}

/// Entries as they come, a [`Stream`].
///
/// Nothing is sent before it is asked for the first entry. An error [of one row](Error::is_of_one_row) is one bad line and the listing
/// goes on; after any other error it is over. It may be dropped before its end: the client's next call ends the transfer.
#[must_use = "nothing is listed before it is asked for entries"]
pub struct Listing<'c>(Pin<Box<dyn Stream<Item = Result<RemoteEntry, Error>> + Send + 'c>>);

/// Where a custom [`ListParser`] stands among those that are known.
#[derive(Clone, Debug)]
pub(super) enum CustomParser {
    First(Arc<dyn ListParser>),
    Last(Arc<dyn ListParser>),
}

impl ListOptions {
    /// The entries of one directory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lists what lies below too, a directory at a time; a directory comes before its entries. Links are not followed.
    #[must_use]
    pub fn recursive(mut self, recursive: bool) -> Self {
        self.recursive = recursive;
        self
    }

    /// Asks for entries whose names begin with a dot: `LIST -a`. MLSD shows them anyway.
    ///
    /// Servers that know no options take `-a` for a name.
    #[must_use]
    pub fn hidden(mut self, hidden: bool) -> Self {
        self.hidden = hidden;
        self
    }

    /// Uses this command and no other. Unless it is set, MLSD is tried, and LIST where the server does not have it.
    #[must_use]
    pub fn form(mut self, form: ListForm) -> Self {
        self.form = Some(form);
        self
    }

    /// Everything that is in a directory which is there.
    pub(super) fn everything() -> Self {
        Self::new().hidden(true).known()
    }

    /// For a directory of which there is no doubt that it exists.
    pub(crate) fn known(mut self) -> Self {
        self.exists = true;
        self
    }

    pub(crate) fn is_recursive(&self) -> bool {
        self.recursive
    }
}

impl Connection {
    /// Lists a directory; an empty pathname is the working directory.
    ///
    /// ```no_run
    /// # async fn run(connection: &mut wharf::Connection) -> Result<(), wharf::Error> {
    /// let all = connection.list("").all().await?;
    ///
    /// let mut listing = connection.list("pub");
    /// while let Some(entry) = listing.next().await {
    ///     let entry = entry?;
    ///     println!("{} {:?}", String::from_utf8_lossy(&entry.name), entry.size);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list(&mut self, pathname: impl AsRef<[u8]>) -> Listing<'_> {
        self.list_with(pathname, &ListOptions::new())
    }

    /// Lists a directory and all below it: [`list`](Self::list) with [`ListOptions::recursive`].
    pub fn list_recursive(&mut self, pathname: impl AsRef<[u8]>) -> Listing<'_> {
        self.list_with(pathname, &ListOptions::new().recursive(true))
    }

    /// Lists a directory as the options say.
    pub fn list_with(&mut self, pathname: impl AsRef<[u8]>, options: &ListOptions) -> Listing<'_> {
        Walk::new(Holder::Held(self.into()), pathname.as_ref(), options).listing()
    }

    /// Everything in a directory, bad lines too: what is hidden is not left out, as far as the server can be made to show
    /// it. An error that ended the listing is the last row. Of a directory that is missing, some servers list nothing.
    ///
    /// Errors in the rows are as those of a [`Listing`]; [`Protocol`](ErrorKind::Protocol) is the last of more than
    /// [`MAX_KEPT_ENTRIES`] rows.
    ///
    /// Cancel safe as the [module](super) says.
    pub async fn everything_in(&mut self, directory: &[u8]) -> Vec<Result<RemoteEntry, Error>> {
        self.rows_of(directory, ListOptions::everything()).await
    }

    /// The rows of one directory as `options` say, otherwise as [`everything_in`](Self::everything_in).
    pub(super) async fn rows_of(
        &mut self,
        directory: &[u8],
        options: ListOptions,
    ) -> Vec<Result<RemoteEntry, Error>> {
        let mut options = ListOptions { recursive: false, ..options };
        loop {
            let mut listing = self.list_with(directory, &options);
            let mut rows = Vec::new();
            while let Some(row) = listing.next().await {
                if rows.len() == MAX_KEPT_ENTRIES {
                    rows.push(Err(too_many(directory)));
                    break;
                }
                rows.push(row);
            }
            drop(listing);
            // A server that takes "-a" for a name finds nothing there, or refuses.
            let misread = match rows.last() {
                None => true,
                Some(Err(error)) => error.is_permanent_refusal() || misses_option(error),
                Some(Ok(_)) => false,
            };
            if !(misread && self.learned.no_mlsd && options.hidden) {
                let names = rows.iter().flatten().map(|row| row.name.as_slice());
                if let Err(error) = self.guess_charset(names).await {
                    rows.push(Err(error));
                }
                return rows;
            }
            options.hidden = false;
        }
    }

    /// Begins a listing of one directory.
    ///
    /// `exists` says that there is no doubt that the directory does.
    async fn begin_listing(
        &mut self,
        pathname: &[u8],
        options: &ListOptions,
        exists: bool,
    ) -> Result<Rows, Error> {
        let now = SystemTime::now();
        if options.form != Some(ListForm::List) && !self.learned.no_mlsd {
            // MLSD's format does not depend on the representation type.
            match self.begin(Mlsd::new(pathname)?, 0, None).await {
                Err(error) if options.form.is_none() && error.is_not_offered() => {
                    debug!(target: "wharf::connection", "{error}");
                    self.learned.no_mlsd = true;
                }
                begun => return Ok(Rows::mlsd(Receiving::new(self, begun?.0), now)),
            }
        }
        let argument = list_argument(pathname, options.hidden);
        let begun = self.begin(List::new(argument)?, 0, Some(RepresentationType::Ascii)).await;
        let mut doubted = (!pathname.is_empty() && !exists).then(|| pathname.to_vec());
        let (receiving, refused) = match begun {
            Err(error) if error.reply().is_some_and(says_empty) => {
                doubted = None;
                (None, None)
            }
            // Of a directory that is missing, ProFTPD says that. CWD says better whether it is.
            Err(error) if doubted.is_some() && error.reply().is_some_and(|reply| reply.code() == 450) => {
                (None, Some(error))
            }
            begun => (Some(Receiving::new(self, begun?.0)), None),
        };
        Ok(Rows {
            receiving,
            parser: self.list_parser(now),
            clock: self.list_clock(),
            doubted,
            refused,
            list: Some(Listed::new(pathname, options.hidden)),
        })
    }

    /// What reads LIST: in the format that was set, or in the one that its lines choose, with what is known of the server
    /// for a hint.
    fn list_parser(&self, now: SystemTime) -> ListingParser {
        if let Some(format) = self.settings.list_format {
            return ListingParser::list_as(format, now);
        }
        let likely = self.product().map(Product::list_formats).unwrap_or_default();
        let likely: Vec<_> = self.learned.list_format.into_iter().chain(likely.iter().copied()).collect();
        let parser = ListingParser::list(now).preferring(&likely);
        match self.settings.list_parser.clone() {
            None => parser,
            Some(CustomParser::First(custom)) => parser.with_first(custom),
            Some(CustomParser::Last(custom)) => parser.with_last(custom),
        }
    }

    /// Whether there is such a directory, of which the server has listed nothing: some list nothing of one that is
    /// missing. CWD tells; the one that goes back leaves with it, so that nobody is left elsewhere.
    async fn ensure_directory(&mut self, pathname: &[u8]) -> Result<(), Error> {
        let here = match self.send(Pwd).await {
            Err(error) if error.is_permanent_refusal() => return Ok(()),
            here => here?,
        };
        let (there, back) = (Cwd::new(pathname)?, Cwd::new(here)?);
        let asked = self.control.queue(&there.line()?, &Cwd::SPEC)?;
        let returned = self.control.queue(&back.line()?, &Cwd::SPEC)?;
        let about = |error: Error| error.verb_is(Cwd::SPEC.verb).argument_is(pathname);
        let answer = self.control.reply(asked).await.map_err(about)?;
        let home = self.control.reply(returned).await.map_err(about)?;
        match (there.accept(&answer), back.accept(&home)) {
            (None, _) => Err(about(Error::refused(answer))),
            (_, None) => Err(about(Error::refused(home))),
            (Some(()), Some(())) => Ok(()),
        }
    }
}

impl Listing<'static> {
    /// A listing on a connection of `client`, which is taken when the first entry is asked for.
    pub(crate) fn of(client: Client, pathname: &[u8], options: &ListOptions) -> Self {
        Walk::new(Holder::Client(client), pathname, options).listing()
    }
}

impl<'c> Listing<'c> {
    /// A listing of rows that come from somewhere else.
    pub(crate) fn from_rows(rows: impl Stream<Item = Result<RemoteEntry, Error>> + Send + 'c) -> Self {
        Self(Box::pin(rows))
    }
}

impl Listing<'_> {
    /// The next entry. Cancel safe: the entry comes with the next call.
    pub async fn next(&mut self) -> Option<Result<RemoteEntry, Error>> {
        StreamExt::next(self).await
    }

    /// All entries that can be read; bad lines are left out.
    ///
    /// # Errors
    /// As [`Connection::read`]; [`Protocol`](ErrorKind::Protocol) for more than [`MAX_KEPT_ENTRIES`]. What was listed before is
    /// lost then.
    pub async fn all(mut self) -> Result<Vec<RemoteEntry>, Error> {
        let mut entries = Vec::new();
        while let Some(entry) = self.next().await {
            match entry {
                Ok(_) if entries.len() == MAX_KEPT_ENTRIES => return Err(too_many(b"")),
                Ok(entry) => entries.push(entry),
                Err(error) if error.is_of_one_row() => {
                    debug!(target: "wharf::connection", "{error}");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(entries)
    }
}

impl Stream for Listing<'_> {
    type Item = Result<RemoteEntry, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(cx)
    }
}

impl std::fmt::Debug for Listing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Listing")
    }
}

impl Deref for RemoteEntry {
    type Target = ListedEntry;

    fn deref(&self) -> &ListedEntry {
        &self.entry
    }
}

/// What a peer that lists without end gets for it.
pub(crate) fn too_many(pathname: &[u8]) -> Error {
    let error = Error::new(ErrorKind::Protocol, Phase::Data).argument_is(pathname);
    error.message("there are more entries than are kept at a time")
}

/// Whether a 450 to `LIST -a` says that there is no `-a`: some servers take it for a name. What it says otherwise passes, and the directory
/// without what is hidden is not all of it.
fn misses_option(error: &Error) -> bool {
    let Some(refusal) = error.reply().filter(|reply| reply.code() == 450) else { return false };
    let text = refusal.text().to_ascii_lowercase();
    let mut words = text.split(|letter: char| letter.is_whitespace() || ":;,'\"()".contains(letter));
    error.phase() == Phase::Command && (text.contains("no such file") || words.any(|word| word == "-a"))
}
