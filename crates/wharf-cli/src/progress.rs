//! How far a transfer is: a bar on a terminal, and one line at the end.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use indicatif::{BinaryBytes, ProgressBar, ProgressStyle};
use wharf::{
    connection::{Outcome, Progress, Skipped, TreeItem},
    core::pathname::escape_for_display,
};

use crate::{
    exit::{Exit, Failure},
    output,
    url::file_name,
};

const WITH_TOTAL: &str =
    "{wide_msg} {bytes:>11} of {total_bytes} {bar:20} {binary_bytes_per_sec:>13} {eta:>4}";
const WITHOUT_TOTAL: &str = "{wide_msg} {bytes:>11} {binary_bytes_per_sec:>13}";

/// What has been moved so far, of one file or of many.
pub(crate) struct Meter {
    bar: ProgressBar,
    quiet: bool,
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
    pub(crate) fn new(quiet: bool, single: bool) -> Self {
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::no_length() };
        let meter = Self {
            bar,
            quiet,
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

    /// Takes note of what an upload or a download tells. Its sources lie below `base`, where that is not empty.
    pub(crate) fn observe(&self, base: &[u8], progress: Progress<'_>) {
        match progress {
            Progress::Began { source, size, .. } => self.begin(source, size),
            Progress::Moved { octets } => self.moved(octets),
            Progress::Ended(item) => self.end(base, item),
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
    pub(crate) fn ended(&self, octets: u64) {
        self.files.fetch_add(1, Ordering::Relaxed);
        self.ended.fetch_add(octets, Ordering::Relaxed);
        self.moved(0);
    }

    /// Something could not be moved, and the rest goes on.
    pub(crate) fn failed(&self, text: &str) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        self.bar.suspend(|| output::error(text));
    }

    fn end(&self, base: &[u8], item: &TreeItem) {
        let source = [base, item.source.as_slice()].concat();
        let source = escape_for_display(&source);
        match &item.outcome {
            Outcome::File { octets } => self.ended(*octets),
            Outcome::Failed(error) => self.failed(&format!("{source}: {error}")),
            Outcome::Skipped(why) if !self.quiet => {
                let why = match why {
                    Skipped::Link => "it is a symbolic link",
                    Skipped::Special => "it is neither a file nor a directory",
                    Skipped::TooDeep => "it is too deep",
                    _ => "it cannot be moved",
                };
                self.bar.suspend(|| output::warning(format_args!("{source} is left out: {why}")));
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
        if !self.quiet {
            let s = if files == 1 { "" } else { "s" };
            let seconds = self.started.elapsed().as_secs_f32();
            output::note(format_args!("{files} file{s}, {} in {seconds:.1} s", BinaryBytes(octets)));
        }
        match self.failures.load(Ordering::Relaxed) {
            0 => Ok(()),
            _ => Err(Failure::silent(Exit::Failed)),
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
