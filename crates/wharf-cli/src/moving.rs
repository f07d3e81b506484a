//! What `get` and `put` have in common: how much at a time, what is left out, and what is looked at afterwards.

use wharf::{
    ClientBuilder,
    client::{Download, Upload},
};

use crate::{numbers, session::Session};

/// Options of what moves files.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Transfers")]
pub(crate) struct Moving {
    /// How many files to move at a time, each on a connection of its own; a server that allows fewer gets fewer
    #[arg(short = 'P', long, value_name = "N", default_value_t = ClientBuilder::CONNECTIONS,
        value_parser = numbers::at_least_one)]
    pub(crate) parallel: usize,

    /// Leave out files that are there already with the same size and time. Files that were cut go on where they were, also
    /// without it
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

    pub(crate) fn download<'a>(&self, download: Download<'a>) -> Download<'a> {
        download.write_into().skip_same(self.skip_same).verify(self.verify)
    }

    pub(crate) fn upload<'a>(&self, upload: Upload<'a>) -> Upload<'a> {
        upload.write_into().skip_same(self.skip_same).verify(self.verify)
    }
}
