//! `wharf sync`: one tree made what another is.

pub(super) mod filters;
pub(super) mod limit;
pub(super) mod side;
pub(super) mod teller;

use std::{fs, path::PathBuf, time::Duration};

use futures_util::future::join;
use wharf::client::{
    Aside,
    sync::{self, Compare, Delete, Plan, SyncOptions, SyncProgressStream},
};

use self::{filters::Filters, limit::MaxDelete, side::Side, teller::Teller};
use super::OwnVerb;
use crate::{connection::Options, exit::Failure, numbers, output::Output, runtime, url};

/// Make a tree what another is: from here to a server, from a server to here, or from server to server.
///
/// What is in SRC comes to be in DST, without a directory of its own; DST is made if it is missing. Files are the same if they
/// have the same size and time, and are not copied again. Copies get the time of what they were copied from; where a server
/// cannot set times, a file of the same size that is not older than its source is the same. Symbolic links are neither followed
/// nor copied. A sync that was interrupted goes on when it is told again.
///
/// Between two servers the octets go through this machine, unless --fxp is given and both servers allow it. The password for
/// DST is then in --dst-password-file, WHARF_DST_PASSWORD, .netrc or the keyring, or is asked for; the options of the connection hold for both.
#[derive(Debug, clap::Args)]
#[command(after_help = url::HELP)]
pub(crate) struct Sync {
    /// What to copy: a folder, or ftp://[user@]host[:port]/path
    src: Side,

    /// What to make the same: a folder, or ftp://[user@]host[:port]/path
    dst: Side,

    /// Show what would be done, and do nothing
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Delete from DST what SRC does not have, before the copies or after them
    #[arg(
        long,
        value_name = "WHEN",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "after"
    )]
    delete: Option<When>,

    /// Do nothing at all if more entries than this would be deleted, or more than this part of DST: 100, 10%. Without it, nothing
    /// is done where SRC is empty and DST is not; 100% says that it is meant
    #[arg(long, value_name = "N")]
    max_delete: Option<MaxDelete>,

    #[command(flatten)]
    filters: Filters,

    /// Delete from DST what is excluded, too
    #[arg(long, requires = "delete")]
    delete_excluded: bool,

    /// Leave files alone that are newer in DST
    #[arg(short, long, visible_alias = "newer")]
    update: bool,

    /// Copy nothing that DST does not have
    #[arg(long)]
    existing: bool,

    /// Leave alone whatever DST has
    #[arg(long, conflicts_with = "existing")]
    ignore_existing: bool,

    /// Tell files apart by their digests, which the server computes, and not by their times
    #[arg(short, long)]
    checksum: bool,

    /// Tell files apart by their sizes alone
    #[arg(long, conflicts_with = "checksum")]
    size_only: bool,

    /// Times that differ by no more than this are the same: 2 for FAT
    #[arg(long, value_name = "SECONDS", value_parser = numbers::seconds)]
    modify_window: Option<Duration>,

    /// Do not set the times of copies
    #[arg(long)]
    no_times: bool,

    /// Write over files that are there, and not under another name first: faster, but half a file may be found meanwhile
    #[arg(long)]
    in_place: bool,

    /// Between two servers, have the octets go from one to the other, where both allow it; not under TLS
    #[arg(long)]
    fxp: bool,

    /// Write what would be done to a file, for --plan
    #[arg(long, value_name = "FILE", requires = "dry_run")]
    save_plan: Option<PathBuf>,

    /// Do what a plan says, where nothing has changed since: one written by --dry-run --save-plan
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    plan: Option<PathBuf>,

    /// How many entries are worked on at a time, each on a connection of its own
    #[arg(long, value_name = "N", default_value_t = SyncOptions::PARALLEL, value_parser = numbers::at_least_one)]
    connections: usize,

    /// The file that holds the password for DST, where SRC is on a server too
    #[arg(long, value_name = "FILE")]
    dst_password_file: Option<PathBuf>,

    #[command(flatten)]
    connection: Options,
}

/// When what only the destination has is deleted.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum When {
    Before,
    After,
}

impl OwnVerb for Sync {
    const EXAMPLES: &'static str = "\
wharf sync site ftp://anna@ftp.example.org/www
wharf sync --delete --dry-run site @work/www
wharf sync --exclude '*.tmp' --exclude /cache/ ftp://ftp.example.org/pub mirror
wharf sync --delete --max-delete 10% ftps://old.example.org/ ftps://new.example.org/
wharf sync -n --save-plan plan.jsonl site @work/www && wharf sync --plan plan.jsonl site @work/www";

    fn run(self, output: Output) -> Result<(), Failure> {
        let plan = self.plan.as_ref().map(read_plan).transpose()?;
        let ends =
            side::Ends::new(&self.src, &self.dst, &self.connection, self.dst_password_file.as_deref())?;
        self.connection.server.begin_log();
        let teller = Teller::new(output, self.connection.server.quiet);
        runtime::until_interrupted(async {
            let (from, to) = ends.open(&self.connection, self.connections).await?;
            let sync = sync::sync(from.place().await?, to.place().await?).options(self.options());
            let (sync, events) = sync.progress();
            let done = self.carry_out(sync, plan.as_ref(), &teller, events).await;
            teller.hide();
            from.close().await;
            to.close().await;
            done.map_err(|failure| limit::explained(self.max_delete, failure))
        })
    }
}

impl Sync {
    fn options(&self) -> SyncOptions {
        let mut options = SyncOptions::default();
        options.compare = match (self.checksum, self.size_only) {
            (true, _) => Compare::Hash,
            (_, true) => Compare::Size,
            _ => Compare::SizeAndTime,
        };
        options.delete = match self.delete {
            None => Delete::Never,
            Some(When::Before) => Delete::Before,
            Some(When::After) => Delete::After,
        };
        options.delete_excluded = self.delete_excluded;
        options.newer_only = self.update;
        options.existing_only = self.existing;
        options.ignore_existing = self.ignore_existing;
        options.modify_window = self.modify_window.unwrap_or_default();
        options.keep_times = !self.no_times;
        if self.in_place {
            options.aside = Aside::Never;
        }
        options.direct = self.fxp;
        options.filter = self.filters.filter.clone();
        limit::set(self.max_delete, &mut options);
        options.parallel = self.connections;
        options
    }

    async fn carry_out(
        &self,
        sync: sync::Sync,
        plan: Option<&Plan>,
        teller: &Teller,
        events: SyncProgressStream,
    ) -> Result<(), Failure> {
        // The events end when the sync is dropped.
        if !self.dry_run {
            let doing = async move {
                match plan {
                    Some(plan) => sync.run_plan(plan).await,
                    None => sync.run().await,
                }
            };
            return teller.sum_up(&join(doing, teller.watch(events)).await.0?);
        }
        let plan = join(async move { sync.plan().await }, teller.watch(events)).await.0?;
        if let Some(path) = &self.save_plan {
            fs::write(path, plan.to_json_lines()).map_err(|error| Failure::about(path, &error))?;
        }
        teller.show(&plan)?;
        Ok(plan.check_deletions(&self.options())?)
    }
}

fn read_plan(path: &PathBuf) -> Result<Plan, Failure> {
    let fails = |reason: &dyn std::fmt::Display| Failure::about(path, reason);
    let text = fs::read_to_string(path).map_err(|error| fails(&error))?;
    Plan::from_json_lines(&text).map_err(|error| fails(&error))
}
