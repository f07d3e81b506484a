//! How far a transfer is: a bar on a terminal, and one line at the end.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use indicatif::{BinaryBytes, ProgressBar, ProgressStyle};
use serde::Serialize;
use wharf::{
    connection::{Outcome, Progress, Skipped, TreeItem},
    core::pathname::escape_for_display,
};

use crate::{
    exit::{Exit, Failure},
    output::{self, Output, Record},
    session::Session,
    url::file_name,
};

const WITH_TOTAL: &str =
    "{wide_msg} {bytes:>11} of {total_bytes} {bar:20} {binary_bytes_per_sec:>13} {eta:>4}";
const WITHOUT_TOTAL: &str = "{wide_msg} {bytes:>11} {binary_bytes_per_sec:>13}";

/// A file that has arrived.
#[derive(Serialize)]
struct Transferred {
    source: String,
    destination: String,
    octets: u64,
}

impl Record for Transferred {
    const NAME: &'static str = "transferred";
}

/// Something that was left out.
#[derive(Serialize)]
struct LeftOut {
    source: String,
    reason: &'static str,
}

impl Record for LeftOut {
    const NAME: &'static str = "skipped";
}

/// All that was moved.
#[derive(Serialize)]
struct Summary {
    files: u64,
    octets: u64,
    failures: u64,
    seconds: f64,
}

impl Record for Summary {
    const NAME: &'static str = "summary";
}

/// What has been moved so far, of one file or of many.
pub(crate) struct Meter {
    bar: ProgressBar,
    quiet: bool,
    output: Output,
    started: Instant,
    /// The octets of files that have ended.
    ended: AtomicU64,
    files: AtomicU64,
    failures: AtomicU64,
    /// Whether what is moved is one file, whose size is the total.
    single: bool,
}

impl Meter {
    /// A meter for a single file, or for many. It shows a bar where standard error is a terminal, unless it is to be
    /// quiet.
    pub(crate) fn new(session: &Session, single: bool) -> Self {
        let quiet = session.quiet;
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::no_length() };
        let meter = Self {
            bar,
            quiet,
            output: session.output,
            started: Instant::now(),
            ended: AtomicU64::new(0),
            files: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            single,
        };
        meter.total(None);
        meter
    }

    /// Whether anybody sees the bar.
    pub(crate) fn is_visible(&self) -> bool {
        !self.bar.is_hidden()
    }

    /// So many octets are to come in all, if that is known.
    pub(crate) fn total(&self, total: Option<u64>) {
        if let Some(total) = total {
            self.bar.set_length(total);
        }
        let template = if total.is_some() { WITH_TOTAL } else { WITHOUT_TOTAL };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("=> "));
        }
    }

    /// Takes note of what an upload or a download tells. `called` gives its sources the names that the user knows them by.
    pub(crate) fn observe(&self, called: impl Fn(&[u8]) -> Vec<u8>, progress: Progress<'_>) {
        match progress {
            Progress::Began { source, size, .. } => self.begin(source, size),
            Progress::Moved { octets } => self.moved(octets),
            Progress::Ended(item) => self.end(&called(&item.source), item),
            _ => {}
        }
    }

    /// A file of this name begins.
    pub(crate) fn begin(&self, path: &[u8], size: Option<u64>) {
        if self.single {
            self.total(size);
        }
        self.bar.set_message(escape_for_display(file_name(path).unwrap_or(path)).to_string());
    }

    /// So many octets of the file have been moved.
    pub(crate) fn moved(&self, octets: u64) {
        self.bar.set_position(self.ended.load(Ordering::Relaxed).saturating_add(octets));
    }

    /// The file is there.
    pub(crate) fn ended(&self, source: &[u8], destination: &[u8], octets: u64) {
        let text = |octets| String::from_utf8_lossy(octets).into_owned();
        let record = Transferred { source: text(source), destination: text(destination), octets };
        // A reader that has gone is found out at the end.
        let _ = self.output.done(&record);
        self.files.fetch_add(1, Ordering::Relaxed);
        self.ended.fetch_add(octets, Ordering::Relaxed);
        self.moved(0);
    }

    /// Something could not be moved, and the rest goes on.
    pub(crate) fn failed(&self, failure: &Failure) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        self.bar.suspend(|| self.output.failure(failure));
    }

    fn end(&self, source: &[u8], item: &TreeItem) {
        let shown = escape_for_display(source);
        match &item.outcome {
            Outcome::File { octets } => self.ended(source, &item.destination, *octets),
            Outcome::Failed(error) => {
                self.failed(&Failure::new(Exit::of(error), format!("{shown}: {error}")))
            }
            Outcome::Skipped(why) if !self.quiet => {
                let reason = match why {
                    Skipped::Link => "it is a symbolic link",
                    Skipped::Special => "it is neither a file nor a directory",
                    Skipped::TooDeep => "it is too deep",
                    _ => "it cannot be moved",
                };
                let source = String::from_utf8_lossy(source).into_owned();
                let _ = self.output.done(&LeftOut { source, reason });
                self.bar.suspend(|| output::warning(format_args!("{shown} is left out: {reason}")));
            }
            _ => {}
        }
    }

    /// Takes the bar away and says what was moved.
    ///
    /// # Errors
    /// Something failed, and has been said to.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        self.bar.finish_and_clear();
        let (files, octets) = (self.files.load(Ordering::Relaxed), self.ended.load(Ordering::Relaxed));
        let failures = self.failures.load(Ordering::Relaxed);
        let seconds = self.started.elapsed().as_secs_f64();
        self.output.done(&Summary { files, octets, failures, seconds })?;
        if !self.quiet {
            let s = if files == 1 { "" } else { "s" };
            output::note(format_args!("{files} file{s}, {} in {seconds:.1} s", BinaryBytes(octets)));
        }
        match failures {
            0 => Ok(()),
            _ => Err(Failure::silent(Exit::Partial)),
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
