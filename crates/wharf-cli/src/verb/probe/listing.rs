//! How a server lists a directory, and the data connections that it takes to see.

use std::time::SystemTime;

use serde::Serialize;
use tokio::io::AsyncReadExt;
use wharf::{
    Connection, Error,
    connection::{DataMode, DataStream, PassiveForm},
    core::{
        command::{
            Command, IntoCommand,
            listing::{List, Mlsd},
        },
        listing::{ListedEntry, ListingParser},
        representation::RepresentationType,
    },
};

use super::{
    identity::allowed,
    report::{self, DataConnection, Report},
};
use crate::exit::Failure;

/// The most octets of a listing that are looked at.
const MAX_OCTETS: u64 = 1 << 20;

/// The most lines that could not be read and are shown.
const MAX_EXAMPLES: usize = 3;

/// How a directory is listed.
#[derive(Debug, Serialize)]
pub(super) struct Listing {
    /// As the server names it.
    pub(super) directory: Option<String>,
    /// The facts that MLSD can tell; those that it tells end with `*`.
    pub(super) facts: Vec<String>,
    pub(super) mlsd: Option<Rows>,
    pub(super) list: Option<Rows>,
}

/// What came of a listing.
#[derive(Debug, Serialize)]
pub(super) struct Rows {
    /// `mlsd`, or a [`ListFormat`](wharf::core::listing::ListFormat) as `unix` and `dos`; `None` if it is not known.
    pub(super) format: Option<&'static str>,
    pub(super) entries: usize,
    /// Lines that could not be read.
    pub(super) unparsed: usize,
    /// Some of them.
    pub(super) examples: Vec<String>,
    /// Whether the listing ended before there was too much of it.
    pub(super) complete: bool,
}

/// The entries of both listings.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) mlsd: Vec<ListedEntry>,
    pub(super) list: Vec<ListedEntry>,
}

/// The command that lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Mlsd,
    List,
}

/// What came over the data connection.
#[derive(Debug, Default)]
pub(super) struct Sample {
    octets: Vec<u8>,
    complete: bool,
}

/// Lists the working directory over three data connections, in every form that there is.
///
/// # Errors
/// The connection was lost. What failed besides is in the report.
pub(super) async fn look(client: &mut Connection, report: &mut Report) -> Result<Listed, Failure> {
    let directory = allowed(client.working_directory().await)?;
    let facts = report.feature("MLST").map(|feature| feature.parameters.clone()).unwrap_or_default();
    let facts = facts.split(';').map(str::trim).filter(|fact| !fact.is_empty()).map(str::to_owned);
    let mut listing = Listing {
        directory: directory.as_deref().map(report::text),
        facts: facts.collect(),
        mlsd: None,
        list: None,
    };
    let mut listed = Listed::default();
    let forms = usable(report);
    for (command, form) in [Form::Mlsd, Form::List, Form::List].into_iter().zip(forms.into_iter().cycle()) {
        if command == Form::Mlsd {
            if let Some(sample) = over(client, report, form, Form::Mlsd).await? {
                let (rows, entries) = sample.rows(Form::Mlsd);
                (listing.mlsd, listed.mlsd) = (Some(rows), entries);
            } else if report.data_connections.is_empty() {
                // The server has no MLSD, and LIST takes its turn.
                over(client, report, form, Form::List).await?;
            }
        } else if let Some(sample) = over(client, report, form, Form::List).await? {
            let (rows, entries) = sample.rows(Form::List);
            (listing.list, listed.list) = (Some(rows), entries);
        }
    }
    report.listing = Some(listing);
    Ok(listed)
}

/// The passive forms that the server has answered; the first one if it has answered none, for its refusal to be seen.
pub(super) fn usable(report: &Report) -> Vec<PassiveForm> {
    let Some(passive) = &report.passive else { return vec![PassiveForm::Extended] };
    let plain = passive.pasv.usable.then_some(PassiveForm::Plain);
    let extended = (passive.epsv.usable || plain.is_none()).then_some(PassiveForm::Extended);
    extended.into_iter().chain(plain).collect()
}

/// Lists the working directory over one more data connection, and notes how that went. `None` if it went wrong.
///
/// A server without MLSD makes no data connection for it, and none is noted.
///
/// # Errors
/// The connection was lost.
pub(super) async fn over(
    client: &mut Connection,
    report: &mut Report,
    form: PassiveForm,
    command: Form,
) -> Result<Option<Sample>, Failure> {
    client.set_data_mode(DataMode::Passive(vec![form]))?;
    let taken = match command {
        Form::Mlsd => sample(client, Mlsd::new("")).await,
        Form::List => sample(client, List::new("")).await,
    };
    if command == Form::Mlsd && taken.as_ref().is_err_and(is_not_offered) {
        return Ok(None);
    }
    let tls = client.tls_info();
    let resumed = tls.as_ref().and_then(|tls| tls.data_connection_resumed);
    report.data_connections.push(DataConnection {
        tls: tls.map(|tls| tls.version),
        form: if form == PassiveForm::Extended { "EPSV" } else { "PASV" },
        command: if command == Form::Mlsd { Mlsd::SPEC.verb } else { List::SPEC.verb },
        resumed: resumed.filter(|_| taken.is_ok()),
        error: taken.as_ref().err().map(ToString::to_string),
    });
    match taken {
        Ok(sample) => Ok(Some(sample)),
        Err(_) if client.is_open() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether the server does not know the command.
fn is_not_offered(error: &Error) -> bool {
    error.reply().is_some_and(|reply| matches!(reply.code().as_u16(), 500 | 502 | 504))
}

/// What the server sends, up to a limit.
async fn sample<C: IntoCommand>(client: &mut Connection, command: C) -> Result<Sample, Error> {
    client.set_representation(RepresentationType::Ascii);
    let DataStream::Read(mut stream) = client.data_command(command, 0).await? else {
        return Ok(Sample::default());
    };
    let mut octets = Vec::new();
    let read = (&mut stream).take(MAX_OCTETS).read_to_end(&mut octets).await;
    let complete = read.is_err() || (octets.len() as u64) < MAX_OCTETS;
    match complete {
        // What went wrong, if anything did, is told there.
        true => stream.finish().await?,
        false => stream.abort().await?,
    }
    Ok(Sample { octets, complete })
}

impl Sample {
    /// The entries of what came after this command.
    pub(super) fn rows(&self, form: Form) -> (Rows, Vec<ListedEntry>) {
        let mut parser = match form {
            Form::Mlsd => ListingParser::mlsd(SystemTime::now()),
            Form::List => ListingParser::list(SystemTime::now()),
        };
        let (entries, bad) = self.read(&mut parser);
        let format = match form {
            Form::Mlsd => (!entries.is_empty()).then_some("mlsd"),
            Form::List => parser.format().map(|format| format.as_str()),
        };
        let rows = Rows {
            format,
            entries: entries.len(),
            unparsed: bad.len(),
            examples: bad.into_iter().take(MAX_EXAMPLES).collect(),
            complete: self.complete,
        };
        (rows, entries)
    }

    /// The entry of this name in a LIST.
    pub(super) fn entry(&self, name: &[u8]) -> Option<ListedEntry> {
        let (entries, _) = self.read(&mut ListingParser::list(SystemTime::now()));
        entries.into_iter().find(|entry| entry.name == name)
    }

    /// The entries, and the lines that are none.
    fn read(&self, parser: &mut ListingParser) -> (Vec<ListedEntry>, Vec<String>) {
        let (mut entries, mut bad) = (Vec::new(), Vec::new());
        // What was cut off in its midst is no line.
        let whole = match self.complete {
            true => self.octets.len(),
            false => self.octets.iter().rposition(|octet| *octet == b'\n').map_or(0, |end| end + 1),
        };
        parser.push(self.octets.get(..whole).unwrap_or_default());
        parser.finish();
        while let Some(row) = parser.next_entry() {
            match row {
                Ok(entry) => entries.push(entry),
                Err(line) => bad.push(report::text(&line.line)),
            }
        }
        (entries, bad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Rows {
        let sample = Sample { octets: text.as_bytes().to_vec(), complete: true };
        sample.rows(Form::List).0
    }

    #[test]
    fn the_format_is_the_one_that_reads_it() {
        let unix = rows("total 1\r\n-rw-r--r-- 1 a a 5 Jan 31 2026 name\r\nwhat is this\r\n");
        assert_eq!((unix.format, unix.entries, unix.unparsed), (Some("unix"), 1, 1));
        assert_eq!(unix.examples, ["what is this"]);
        let dos = rows("01-31-26  05:00PM       <DIR>          name\r\n");
        assert_eq!((dos.format, dos.entries, dos.unparsed), (Some("dos"), 1, 0));
        let none = rows("what is this\r\n");
        assert_eq!((none.format, none.entries, none.unparsed), (None, 0, 1));
        let vms = rows("NOTES.TXT;3   9/12   2-JAN-2024 07:32:04  [STAFF,ANNA]  (RWED,RWED,RE,)\r\n");
        assert_eq!((vms.format, vms.entries, vms.unparsed), (Some("vms"), 1, 0));
        let cut = b"-rw-r--r-- 1 a a 5 Jan 31 2026 name\r\n-rw-r--r-- 1 a a 5 Jan 31 2026 na".to_vec();
        let cut = Sample { octets: cut, complete: false }.rows(Form::List).0;
        assert_eq!((cut.format, cut.entries, cut.unparsed), (Some("unix"), 1, 0));
        let empty = rows("");
        assert_eq!((empty.format, empty.entries, empty.unparsed), (None, 0, 0));
    }
}
