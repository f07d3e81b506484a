//! `wharf watch`: a place on a server that is kept what a folder is.

mod changes;

use std::{mem, path::PathBuf, time::Duration};

use same_file::Handle;
use serde::Serialize;
use tokio::{
    pin,
    time::{sleep, timeout},
};
use wharf::{
    Client, Error, ErrorKind,
    client::sync::{self, Delete, Following, SyncOptions, SyncReport},
    core::pathname::escape_for_display,
};

use self::changes::{Changes, Changing};
use super::{
    OwnVerb,
    sync::{
        filters::Filters,
        limit::{self, MaxDelete},
        side::connected,
        teller::Teller,
    },
};
use crate::{
    connection::Options,
    exit::{Exit, Failure},
    numbers,
    output::{self, Output, Record},
    runtime::{self, Signals},
    site::Place,
    url,
};

/// How long the work that is under way may take after an interrupt.
const LAST_WORK: Duration = Duration::from_secs(10);

/// The pauses between attempts at a server that cannot be reached: from the first, twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Keep a place on a server what a folder is.
///
/// First the place is made the same, as `wharf sync` does it; then each change follows, when the folder has been quiet for a
/// moment. A file that was renamed is renamed on the server, if --delete allows that the old name goes; otherwise it is copied.
/// If the server cannot be reached, it is tried again until it can, and then all is looked at. Ctrl-C ends it, with exit
/// code 0; what is being copied then may take ten seconds more, and a second Ctrl-C ends that too, with 130.
///
/// What others change on the server is not looked at meanwhile.
#[derive(Debug, clap::Args)]
#[command(after_help = url::HELP)]
pub(crate) struct Watch {
    /// The folder
    folder: PathBuf,

    /// What to keep the same: ftp://[user@]host[:port]/path
    url: Place,

    /// Delete from the server what the folder does not have
    #[arg(long)]
    delete: bool,

    /// Delete nothing at once if it would be more entries than this, or more than this part of all: 100, 10%
    #[arg(long, value_name = "N")]
    max_delete: Option<MaxDelete>,

    #[command(flatten)]
    filters: Filters,

    /// How long the folder is to be quiet before changes follow, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 500)]
    quiet_for: u32,

    /// Look at the folder so often, where the system does not tell of changes, as with folders of other machines
    #[arg(long, value_name = "SECONDS", value_parser = numbers::seconds)]
    poll: Option<Duration>,

    /// How many entries are worked on at a time, each on a connection of its own
    #[arg(long, value_name = "N", default_value_t = SyncOptions::PARALLEL, value_parser = numbers::at_least_one)]
    connections: usize,

    #[command(flatten)]
    connection: Options,
}

/// All is the same, and changes will follow.
#[derive(Serialize)]
struct Watching {
    folder: String,
}

impl Record for Watching {
    const NAME: &'static str = "watching";
}

/// A watch that runs.
struct Running<'w> {
    watch: &'w Watch,
    output: Output,
    /// The folder that was there at first: another one in its place is no change of it.
    folder: Handle,
    changing: Changing,
    client: Client,
    /// Of the server.
    address: String,
    path: Vec<u8>,
    teller: Teller,
    /// What is known of the server; `None` until everything was looked at.
    following: Option<Following>,
    /// Whether everything was the same once.
    ready: bool,
}

impl OwnVerb for Watch {
    const EXAMPLES: &'static str = "\
wharf watch site ftp://anna@ftp.example.org/www
wharf watch --delete --exclude '*.swp' --exclude .git/ site @work/www";

    fn run(self, output: Output) -> Result<(), Failure> {
        if !self.folder.metadata().map_err(|error| self.fails(&error))?.is_dir() {
            return Err(self.fails(&"it is no directory"));
        }
        let folder = Handle::from_path(&self.folder).map_err(|error| self.fails(&error))?;
        let target = self.connection.target(self.url.url()?)?;
        self.connection.server.begin_log();
        runtime::block_on(async {
            let mut signals =
                Signals::new().map_err(|error| Failure::local("cannot wait for signals", &error))?;
            let client = tokio::select! {
                client = connected(&target, &self.connection, self.connections) => client?,
                _ = signals.next() => return Err(interrupted()),
            };
            // Before the first look at it, so that nothing is missed.
            let changing = Changing::begin(&self.folder, self.poll).map_err(|error| self.fails(&error))?;
            let running = Running {
                watch: &self,
                output,
                folder,
                changing,
                client: client.clone(),
                address: target.url.address(),
                path: self.connection.server.path_of(&target.url),
                teller: Teller::of_each(output, self.connection.server.quiet),
                following: None,
                ready: false,
            };
            let ended = running.until_interrupted(&mut signals).await;
            client.close().await;
            ended
        })
    }
}

impl Watch {
    fn fails(&self, reason: &dyn std::fmt::Display) -> Failure {
        Failure::about(&self.folder, reason)
    }

    fn options(&self) -> SyncOptions {
        let mut options = SyncOptions::default();
        options.delete = if self.delete { Delete::After } else { Delete::Never };
        options.filter = self.filters.filter.clone();
        options.parallel = self.connections;
        limit::set(self.max_delete, &mut options);
        options
    }

    fn failure(&self, error: Error) -> Failure {
        limit::explained(self.max_delete, error.into())
    }
}

impl Running<'_> {
    /// Works until there is a signal, and then to the end of what is under way.
    async fn until_interrupted(mut self, signals: &mut Signals) -> Result<(), Failure> {
        let quiet = Duration::from_millis(self.watch.quiet_for.into());
        let mut changes = Changes { everything: true, ..Changes::default() };
        loop {
            if !to_its_end(self.follow(changes), signals).await? {
                return Ok(());
            }
            changes = tokio::select! {
                changes = self.changing.next(quiet) => changes,
                _ = signals.next() => return Ok(()),
            };
        }
    }

    /// Has changes follow, as often as it takes to reach the server.
    ///
    /// # Errors
    /// The folder is not there any more; the server does not let us in any more.
    async fn follow(&mut self, changes: Changes) -> Result<(), Failure> {
        let mut pause = FIRST_PAUSE;
        loop {
            // An empty folder where the watched one was would empty the server.
            if !Handle::from_path(&self.watch.folder).is_ok_and(|now| now == self.folder) {
                return Err(self.watch.fails(&"it is not there any more, and nothing was deleted"));
            }
            let done = match self.following.take() {
                Some(following) if !changes.everything => self.update(following, &changes).await,
                _ => self.everything().await,
            };
            self.teller.hide();
            let error = match done {
                Ok(following) => {
                    self.following = Some(following);
                    return self.is_ready();
                }
                Err(error) => error,
            };
            if error.kind() == ErrorKind::TooManyDeletions && self.ready {
                // They are thought of again with the next look at everything.
                self.output.failure(&self.watch.failure(error));
                return Ok(());
            }
            if !error.is_temporary() {
                return Err(self.watch.failure(error));
            }
            // What was done, nobody knows: everything is looked at.
            let address = escape_for_display(self.address.as_bytes());
            output::warning(format_args!("{address}: {error}; trying again in {} s", pause.as_secs()));
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn is_ready(&mut self) -> Result<(), Failure> {
        if mem::replace(&mut self.ready, true) {
            return Ok(());
        }
        let folder = escape_for_display(self.watch.folder.as_os_str().as_encoded_bytes()).to_string();
        if !self.watch.connection.server.quiet {
            output::note(format_args!("watching {folder}; Ctrl-C ends it"));
        }
        self.output.done(&Watching { folder })
    }

    /// Makes everything the same.
    async fn everything(&self) -> Result<Following, Error> {
        let told = self.teller.clone();
        let from = sync::Place::folder(&self.watch.folder).await?;
        let to = sync::Place::server(&self.client, &self.path);
        let sync = sync::sync(from, to).options(self.watch.options());
        let (following, report) =
            sync.observe(move |progress| told.observe((&progress).into())).follow().await?;
        was_cut(&report)?;
        Ok(following)
    }

    /// Has single changes follow.
    async fn update(&self, mut following: Following, changes: &Changes) -> Result<Following, Error> {
        for (from, to) in &changes.renames {
            if following.rename(from, to).await? {
                self.teller.renamed(from, to);
            }
        }
        let report = following.update(&changes.places).await?;
        was_cut(&report)?;
        Ok(following)
    }
}

/// Whether something failed that may go well another time. All else was told, and waits until it changes again.
fn was_cut(report: &SyncReport) -> Result<(), Error> {
    let cut = report.failures().find(|(_, error)| error.is_temporary());
    cut.map_or(Ok(()), |(_, error)| Err(error.clone()))
}

/// Works to the end, or to that of what is under way at a signal: `false` then.
async fn to_its_end(
    work: impl Future<Output = Result<(), Failure>>,
    signals: &mut Signals,
) -> Result<bool, Failure> {
    pin!(work);
    tokio::select! {
        done = &mut work => return done.map(|()| true),
        _ = signals.next() => {}
    }
    let ended = tokio::select! {
        ended = timeout(LAST_WORK, work) => matches!(ended, Ok(Ok(()))),
        _ = signals.next() => false,
    };
    if ended { Ok(false) } else { Err(interrupted()) }
}

fn interrupted() -> Failure {
    Failure::new(Exit::Interrupted, "interrupted")
}
