//! What `get` and `put` have in common: how much at a time, what is left out, and what is looked at afterwards.

use wharf::{
    ClientBuilder,
    client::{Download, Upload},
};

use crate::{begun::Begun, numbers, output, session::Session};

/// Options of what moves files.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Transfers")]
pub(crate) struct Moving {
    /// How many files to move at a time, each on a connection of its own; a server that allows fewer gets fewer
    #[arg(short = 'P', long, value_name = "N", default_value_t = ClientBuilder::CONNECTIONS,
        value_parser = numbers::at_least_one)]
    pub(crate) parallel: usize,

    /// Leave out files that are there already with the same size and time, and go on with a tree that was cut: a
    /// directory that holds nothing but what the tree has, and a file with the size and time of the tree's or one that came in
    /// part, is its copy, and not a place to put it in. Files that were cut go on where they were, also without it
    #[arg(short = 'c', long = "continue")]
    skip_same: bool,

    /// Compare each file with the server's by a digest before it gets its name, where the server computes digests;
    /// where it does not, that is told
    #[arg(long)]
    pub(crate) verify: bool,
}

impl Moving {
    /// Gives the session's connection to the work, which has as many as it may.
    pub(crate) fn begin(&self, session: &mut Session) {
        session.client.set_connections(self.parallel);
        session.rest();
    }

    /// Whether to go on in the directory `part`, which is there; what becomes of it is told where it is not plain.
    pub(crate) fn goes_on(&self, session: &Session, begun: Begun, part: &str, otherwise: &str) -> bool {
        let text = match (begun, self.skip_same) {
            (Begun::No, _) | (Begun::Perhaps, false) => return false,
            (Begun::Perhaps, true) => format!(
                "nothing in {part} shows that it was copied from there: it goes to {otherwise}. `wharf sync` makes {part} \
                 the same as the source"
            ),
            (Begun::Yes, true) => {
                format!("{part} holds a part of it and is gone on with; {part}/ would be where to put it")
            }
            (Begun::Yes, false) => format!(
                "{part} holds a part of it, but is there: it goes to {otherwise}. --continue goes on with {part}, \
                 `wharf sync` makes {part} the same as the source"
            ),
        };
        let goes_on = begun == Begun::Yes && self.skip_same;
        // Where it writes into what is there, it says so.
        if goes_on || !session.quiet {
            output::warning(text);
        }
        goes_on
    }

    /// How work that was interrupted is gone on with.
    pub(crate) fn again(&self, recursive: bool) -> &'static str {
        match recursive && !self.skip_same {
            true => "with --continue the same command goes on",
            false => "the same command goes on",
        }
    }

    pub(crate) fn download<'a>(&self, download: Download<'a>) -> Download<'a> {
        download.write_into().skip_same(self.skip_same).verify(self.verify)
    }

    pub(crate) fn upload<'a>(&self, upload: Upload<'a>) -> Upload<'a> {
        upload.write_into().skip_same(self.skip_same).verify(self.verify)
    }
}
