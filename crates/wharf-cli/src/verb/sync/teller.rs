use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use futures_util::StreamExt;
use indicatif::{BinaryBytes, ProgressBar, ProgressStyle};
use serde::Serialize;
use wharf::client::sync::{
    Action, Plan, Reason, RelativePath, Step, SyncEvent, SyncOutcome, SyncProgressStream, SyncReport,
    SyncResult,
};

use crate::{
    exit::{Exit, Failure},
    output::{self, Output, Record},
    progress::drawn,
};

const LOOKING: &str = "{wide_msg}";
const COPYING: &str = "{wide_msg} {bytes:>11} of {total_bytes} {bar:20} {binary_bytes_per_sec:>13} {eta:>4}";

/// What is done or to be done with an entry.
#[derive(Serialize)]
struct Stepped {
    path: String,
    action: &'static str,
    /// How a file differs, or why something is left alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What became of it: `planned`, `done`, `skipped`, `failed`.
    outcome: &'static str,
    /// The octets that were or will be copied.
    #[serde(skip_serializing_if = "Option::is_none")]
    octets: Option<u64>,
}

impl Record for Stepped {
    const NAME: &'static str = "step";
}

/// An entry that has another name now.
#[derive(Serialize)]
struct Renamed {
    from: String,
    to: String,
}

impl Record for Renamed {
    const NAME: &'static str = "renamed";
}

/// What a sync comes to.
#[derive(Serialize)]
struct Summary {
    files: u64,
    octets: u64,
    deleted: u64,
    unchanged: u64,
    failures: u64,
    seconds: f64,
    dry_run: bool,
}

impl Record for Summary {
    const NAME: &'static str = "summary";
}

/// Tells how far a sync is, and what it came to.
#[derive(Clone)]
pub(in crate::verb) struct Teller(Arc<Telling>);

struct Telling {
    output: Output,
    quiet: bool,
    /// Whether people are told of each step that was done.
    each: bool,
    bar: ProgressBar,
    begun: Instant,
    moved: Mutex<Moved>,
}

/// The octets that have been moved.
#[derive(Default)]
struct Moved {
    /// Those of copies that have ended.
    ended: u64,
    /// Those of the copies that are under way.
    under_way: BTreeMap<RelativePath, u64>,
}

impl Teller {
    /// One that tells how far it is and what it came to.
    pub(in crate::verb) fn new(output: Output, quiet: bool) -> Self {
        Self::with(output, quiet, false)
    }

    /// One that tells of each step that was done.
    pub(in crate::verb) fn of_each(output: Output, quiet: bool) -> Self {
        Self::with(output, quiet, !quiet)
    }

    fn with(output: Output, quiet: bool, each: bool) -> Self {
        let bar = if quiet { ProgressBar::hidden() } else { drawn(ProgressBar::no_length()) };
        set_style(&bar, LOOKING);
        let begun = Instant::now();
        Self(Arc::new(Telling { output, quiet, each, bar, begun, moved: Mutex::default() }))
    }

    /// Takes note of what a sync tells while it runs.
    pub(in crate::verb) fn observe(&self, event: SyncEvent) {
        let bar = &self.0.bar;
        match event {
            SyncEvent::Found { entries } => bar.set_message(format!("{entries} entries found")),
            SyncEvent::Planned { octets, .. } => {
                bar.set_length(octets);
                set_style(bar, COPYING);
            }
            SyncEvent::Began(step) => bar.set_message(step.path.to_string()),
            SyncEvent::Moved { path, octets } => {
                let mut moved = self.moved();
                moved.under_way.insert(path, octets);
                bar.set_position(moved.all());
            }
            SyncEvent::Ended(result) => {
                let mut moved = self.moved();
                moved.under_way.remove(&result.step.path);
                if let SyncOutcome::Done { octets } = result.outcome {
                    moved.ended = moved.ended.saturating_add(octets);
                }
                bar.set_position(moved.all());
                drop(moved);
                self.ended(&result);
            }
            _ => {}
        }
    }

    /// Takes note of all that a sync tells, until it has ended.
    pub(in crate::verb) async fn watch(&self, mut events: SyncProgressStream) {
        while let Some(event) = events.next().await {
            self.observe(event);
        }
    }

    fn moved(&self) -> MutexGuard<'_, Moved> {
        self.0.moved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ended(&self, SyncResult { step, outcome, .. }: &SyncResult) {
        let (word, octets) = match outcome {
            SyncOutcome::Done { octets } => ("done", step.action.copies().then_some(*octets)),
            SyncOutcome::Failed(_) => ("failed", None),
            _ => ("skipped", None),
        };
        let record = stepped(step, word, octets);
        let done = match outcome {
            SyncOutcome::Done { .. } if self.0.each => {
                self.0.bar.suspend(|| self.0.output.put(&record, |_| format!("{step}\n").into_bytes()))
            }
            _ => self.0.output.done(&record),
        };
        // A reader that has gone is found out at the end.
        let _ = done;
        match (outcome, &step.action) {
            (SyncOutcome::Failed(error), _) => {
                let exit = match Exit::of(error) {
                    // It was not told wrongly: the entry is not as it would have to be.
                    Exit::Usage => Exit::Failed,
                    exit => exit,
                };
                let failure = Failure::new(exit, with_path(step, error));
                self.0.bar.suspend(|| self.0.output.failure(&failure));
            }
            (_, Action::Skip(reason)) if is_news(reason) && !self.0.quiet => {
                let path = &step.path;
                self.0.bar.suspend(|| output::warning(format_args!("{path} is left alone: {reason}")));
            }
            _ => {}
        }
    }

    /// Tells of an entry that has another name now.
    pub(in crate::verb) fn renamed(&self, from: &RelativePath, to: &RelativePath) {
        let text = |path: &RelativePath| String::from_utf8_lossy(path.as_bytes()).into_owned();
        let record = Renamed { from: text(from), to: text(to) };
        let _ = match self.0.each {
            true => self.0.output.put(&record, |_| format!("rename {from} to {to}\n").into_bytes()),
            false => self.0.output.done(&record),
        };
    }

    /// Takes the bar away.
    pub(in crate::verb) fn hide(&self) {
        self.0.bar.finish_and_clear();
    }

    /// Shows what would be done.
    ///
    /// # Errors
    /// Standard output cannot be written to; something in the plan cannot be done, which is told.
    pub(in crate::verb) fn show(&self, plan: &Plan) -> Result<(), Failure> {
        let Telling { output, .. } = &*self.0;
        let steps = plan.steps.iter().map(|step| {
            let octets = step.source.filter(|_| step.action.copies()).and_then(|source| source.size);
            Shown { stepped: stepped(step, "planned", octets), line: format!("{step}\n") }
        });
        output.put_all(steps, |shown| shown.line.clone().into_bytes())?;
        self.finish(Summary {
            files: plan.copies(),
            octets: plan.octets(),
            deleted: plan.deletions(),
            unchanged: plan.unchanged,
            failures: plan.failures().count() as u64,
            seconds: self.0.begun.elapsed().as_secs_f64(),
            dry_run: true,
        })
    }

    /// Says what was done.
    ///
    /// # Errors
    /// Standard output cannot be written to; something failed, and was told.
    pub(in crate::verb) fn sum_up(&self, report: &SyncReport) -> Result<(), Failure> {
        if let Some(why) = report.not_direct.as_ref().filter(|_| !self.0.quiet) {
            self.hide();
            output::note(format_args!("not from server to server, but through this machine: {why}"));
        }
        self.finish(Summary {
            files: report.files() as u64,
            octets: report.octets(),
            deleted: report.deleted() as u64,
            unchanged: report.unchanged,
            failures: report.failures().count() as u64,
            seconds: self.0.begun.elapsed().as_secs_f64(),
            dry_run: false,
        })
    }

    fn finish(&self, summary: Summary) -> Result<(), Failure> {
        self.hide();
        self.0.output.done(&summary)?;
        let Summary { files, octets, deleted, unchanged, failures, seconds, dry_run } = summary;
        if !self.0.quiet {
            let (copied, gone) = if dry_run { ("to copy", "to delete") } else { ("copied", "deleted") };
            let s = if files == 1 { "" } else { "s" };
            let octets = BinaryBytes(octets);
            output::note(format_args!(
                "{files} file{s} {copied}, {octets}; {deleted} {gone}, {unchanged} unchanged; {seconds:.1} s"
            ));
        }
        match failures {
            0 => Ok(()),
            _ => Err(Failure::silent(Exit::Partial)),
        }
    }
}

impl Moved {
    fn all(&self) -> u64 {
        self.under_way.values().fold(self.ended, |sum, octets| sum.saturating_add(*octets))
    }
}

/// A step of a dry run.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    stepped: Stepped,
    #[serde(skip)]
    line: String,
}

impl Record for Shown {
    const NAME: &'static str = Stepped::NAME;
}

fn stepped(step: &Step, outcome: &'static str, octets: Option<u64>) -> Stepped {
    let (action, reason) = match &step.action {
        Action::MakeDirectory => ("make-directory", None),
        Action::Copy => ("copy", None),
        Action::Replace(difference) => ("replace", Some(difference.to_string())),
        Action::SetTime => ("set-time", None),
        Action::Delete { .. } => ("delete", None),
        Action::Skip(reason) => ("skip", Some(reason.to_string())),
        _ => ("other", None),
    };
    let path = String::from_utf8_lossy(step.path.as_bytes()).into_owned();
    Stepped { path, action, reason, outcome, octets }
}

/// What failed and why; the pathname only once.
fn with_path(step: &Step, error: &wharf::Error) -> String {
    match error.argument() {
        Some(argument) if argument == step.path.as_bytes() => error.to_string(),
        _ => format!("{}: {error}", step.path),
    }
}

/// Whether something is left alone that was not told to be.
fn is_news(reason: &Reason) -> bool {
    !matches!(reason, Reason::DestinationNewer | Reason::Exists | Reason::Missing)
}

fn set_style(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
}
