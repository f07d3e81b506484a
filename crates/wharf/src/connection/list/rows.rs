//! The rows of one directory, and whether they are believed.

use std::{mem, time::SystemTime};

use wharf_core::{
    command::listing::List,
    listing::{ListClock, ListedEntry, ListingParser},
    product::says_unread,
    representation::RepresentationType,
};

use super::list_argument;
use crate::{
    Error, ErrorKind, Phase,
    connection::{
        Connection,
        pathname::{join, split},
        stream::Receiving,
    },
};

/// The rows of one directory as they come.
pub(super) struct Rows {
    /// `None` where the server had nothing to send, and after the end.
    pub(super) receiving: Option<Receiving>,
    pub(super) parser: ListingParser,
    pub(super) clock: Option<ListClock>,
    /// The directory, as long as nothing has shown that it exists.
    pub(super) doubted: Option<Vec<u8>>,
    /// Why nothing was listed, if the directory does exist.
    pub(super) refused: Option<Error>,
    /// What there is to know of a LIST; `None` for MLSD.
    pub(super) list: Option<Listed>,
}

/// A LIST whose rows may be none of what is in a directory: of a file, and of a directory that they cannot read, some servers,
/// vsftpd among them, list the thing itself. So a row that is alone and has its name is held until it is asked for in a way
/// that only a directory can answer.
pub(super) struct Listed {
    directory: Vec<u8>,
    hidden: bool,
    shown: Shown,
    /// What was held, and is followed by others.
    ready: Option<ListedEntry>,
}

enum Shown {
    Nothing,
    /// One row, with the name of the directory.
    Itself(Box<ListedEntry>),
    /// What was asked for once more has shown nothing yet.
    AskedAgain,
    /// What is in the directory.
    Content,
}

impl Rows {
    pub(super) fn mlsd(receiving: Receiving, now: SystemTime) -> Self {
        let parser = ListingParser::mlsd(now);
        Self { receiving: Some(receiving), parser, clock: None, doubted: None, refused: None, list: None }
    }

    pub(super) async fn next(&mut self, client: &mut Connection) -> Result<Option<ListedEntry>, Error> {
        loop {
            if let Some(entry) = self.list.as_mut().and_then(|list| list.ready.take()) {
                return Ok(Some(entry));
            }
            match self.parser.next_entry() {
                Some(Ok(entry)) => {
                    let Some(list) = &mut self.list else { return Ok(Some(entry)) };
                    client.learned.list_format = self.parser.format().or(client.learned.list_format);
                    self.refused = None;
                    if let Some(entry) = list.take_in(in_zone(entry, self.clock)) {
                        return Ok(Some(entry));
                    }
                    continue;
                }
                Some(Err(bad)) => return Err(Error::new(ErrorKind::BadLine, Phase::Data).caused_by(bad)),
                None => {}
            }
            match &mut self.receiving {
                Some(receiving) => {
                    // No octets after an error either: the server may know more of it.
                    let octets = receiving.next().await.unwrap_or_default();
                    match octets.is_empty() {
                        true => self.end(client).await?,
                        false => {
                            self.doubted = None;
                            self.parser.push(&octets);
                        }
                    }
                }
                None => {
                    if let Some(directory) = self.doubted.take() {
                        client.ensure_directory(&directory).await?;
                    }
                    if let Some(refused) = self.refused.take() {
                        return Err(refused);
                    }
                    let Some(list) = self.list.as_mut().filter(|list| list.shows_itself()) else {
                        return Ok(None);
                    };
                    self.receiving = Some(list.ask_again(client).await?);
                    self.parser = client.list_parser(SystemTime::now());
                }
            }
        }
    }

    /// Hears the end of what is received.
    async fn end(&mut self, client: &mut Connection) -> Result<(), Error> {
        let Some(receiving) = &mut self.receiving else { return Ok(()) };
        receiving.finish(client).await?;
        if let Some(unread) = receiving.refusal_in_disguise(says_unread) {
            if self.doubted.is_none() {
                return Err(unread);
            }
            // That there is no such directory is said in the same words, and better by CWD.
            self.refused = Some(unread);
        }
        if self.list.as_ref().is_some_and(|list| matches!(list.shown, Shown::AskedAgain)) {
            // It is not empty, so what shows nothing of it is refused, unless a row is still to be read.
            self.refused = receiving.refusal_in_disguise(|_| true);
        }
        self.receiving = None;
        self.parser.finish();
        Ok(())
    }
}

impl Listed {
    pub(super) fn new(directory: &[u8], hidden: bool) -> Self {
        Self { directory: directory.to_vec(), hidden, shown: Shown::Nothing, ready: None }
    }

    /// The row that comes next, unless this one is held.
    fn take_in(&mut self, entry: ListedEntry) -> Option<ListedEntry> {
        match mem::replace(&mut self.shown, Shown::Content) {
            Shown::Nothing if split(&self.directory).is_some_and(|(_, name)| name == entry.name) => {
                self.shown = Shown::Itself(Box::new(entry));
                None
            }
            Shown::Itself(first) => {
                self.ready = Some(entry);
                Some(*first)
            }
            _ => Some(entry),
        }
    }

    fn shows_itself(&self) -> bool {
        matches!(self.shown, Shown::Itself(_))
    }

    /// Lists what the directory knows as itself: a file has no such name in it, and a directory that cannot be read does not tell.
    async fn ask_again(&mut self, client: &mut Connection) -> Result<Receiving, Error> {
        let argument = list_argument(&join(&self.directory, b"."), self.hidden);
        let (transfer, _) = client.begin(List::new(argument)?, 0, Some(RepresentationType::Ascii)).await?;
        self.shown = Shown::AskedAgain;
        Ok(Receiving::new(client, transfer))
    }
}

/// The entry, with its time in UTC if the clock was measured.
fn in_zone(mut entry: ListedEntry, clock: Option<ListClock>) -> ListedEntry {
    if let Some(clock) = clock {
        entry.modified = entry.modified.map(|shown| clock.correct(shown));
    }
    entry
}
