//! How far a transfer is: bars on a terminal, a line now and then elsewhere, and one line at the end.

mod bars;
mod record;

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use indicatif::BinaryBytes;
use tokio::time::{MissedTickBehavior, interval};
use wharf::{
    client::{Progress, ProgressStream},
    connection::{Outcome, Skipped, TreeItem},
    core::pathname::escape_for_display,
};

pub(crate) use self::bars::{AboveBars, drawn};
use self::{
    bars::{Bars, FileBar},
    record::{LeftOut, SoFar, Summary, Transferred},
};
use crate::{
    exit::{Exit, Failure},
    output::{self, Output},
    session::Session,
    url::file_name,
};

/// How often it is told how far it is, where there are no bars.
const TOLD: Duration = Duration::from_secs(10);

/// The number of what is moved without one: a pipe.
const PIPE: u64 = u64::MAX;

/// What has been moved so far, of one file or of many.
pub(crate) struct Meter {
    bars: Bars,
    quiet: bool,
    output: Output,
    started: Instant,
    /// Whether what is moved is one file, whose size is the total.
    single: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    files: u64,
    failures: u64,
    /// What was left as it is.
    unchanged: u64,
    /// What was to be compared by a digest, and was not.
    unverified: u64,
    /// The octets of files that have ended.
    ended: u64,
    total: Option<u64>,
    under_way: BTreeMap<u64, UnderWay>,
}

/// A file that is being moved.
#[derive(Default)]
struct UnderWay {
    name: String,
    size: Option<u64>,
    octets: u64,
    bar: Option<FileBar>,
}

impl State {
    fn octets(&self) -> u64 {
        self.under_way.values().fold(self.ended, |octets, file| octets.saturating_add(file.octets))
    }
}

impl Meter {
    /// A meter for a single file, or for many. It shows bars where standard error is a terminal, unless it is to be quiet.
    pub(crate) fn new(session: &Session, single: bool) -> Self {
        let quiet = session.quiet;
        let (bars, output, started) = (Bars::new(quiet), session.output, Instant::now());
        Self { bars, quiet, output, started, single, state: Mutex::default() }
    }

    /// Whether anybody sees the bars.
    pub(crate) fn is_visible(&self) -> bool {
        self.bars.are_visible()
    }

    /// So many octets are to come in all, if that is known.
    pub(crate) fn total(&self, total: Option<u64>) {
        self.state().total = total;
        self.bars.total(total);
    }

    /// Shows what an upload or a download tells, until it has told all. `called` gives its sources the names that the user
    /// knows them by, and `placed` its destinations.
    pub(crate) async fn watch(
        &self,
        mut progress: ProgressStream,
        called: impl Fn(&[u8]) -> Vec<u8>,
        placed: impl Fn(&[u8]) -> Vec<u8>,
    ) {
        let mut ticks = interval(TOLD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        ticks.reset();
        loop {
            tokio::select! {
                event = progress.next() => match event {
                    Some(event) => self.observe(&called, &placed, event),
                    None => return,
                },
                _ = ticks.tick() => self.tell(),
            }
        }
    }

    fn observe(
        &self,
        called: &impl Fn(&[u8]) -> Vec<u8>,
        placed: &impl Fn(&[u8]) -> Vec<u8>,
        progress: Progress,
    ) {
        match progress {
            Progress::Began { file, source, size, .. } => self.began(file, &source, size),
            Progress::Moved { file, octets } => self.moved_of(file, octets),
            Progress::Ended { file, item } => {
                if let Some(file) = file {
                    self.state().under_way.remove(&file);
                }
                self.end(&called(&item.source), &placed(&item.destination), &item);
                self.show();
            }
            _ => {}
        }
    }

    /// A file of this name begins, which nobody else tells of.
    pub(crate) fn begin(&self, path: &[u8], size: Option<u64>) {
        self.began(PIPE, path, size);
    }

    /// So many octets of it have been moved.
    pub(crate) fn moved(&self, octets: u64) {
        self.moved_of(PIPE, octets);
    }

    /// It is there.
    pub(crate) fn ended(&self, source: &[u8], destination: &[u8], octets: u64) {
        self.state().under_way.remove(&PIPE);
        self.is_there(source, destination, octets);
        self.show();
    }

    /// So many files were to be compared by a digest, and were not.
    pub(crate) fn unverified(&self, files: usize) {
        self.state().unverified += files as u64;
    }

    /// Something could not be moved, and the rest goes on.
    pub(crate) fn failed(&self, failure: &Failure) {
        self.state().failures += 1;
        self.bars.aside(|| self.output.failure(failure));
    }

    fn began(&self, file: u64, path: &[u8], size: Option<u64>) {
        let name = escape_for_display(file_name(path).unwrap_or(path)).to_string();
        if self.single && size.is_some() {
            self.total(size);
        }
        self.bars.now(&name);
        let mut state = self.state();
        let under_way = state.under_way.entry(file).or_default();
        *under_way = UnderWay { name, size: size.or(under_way.size), ..std::mem::take(under_way) };
    }

    fn moved_of(&self, file: u64, octets: u64) {
        let mut state = self.state();
        let under_way = state.under_way.entry(file).or_default();
        under_way.octets = octets;
        if !self.single {
            // A file that is there at once has no bar of its own.
            let bar = under_way.bar.get_or_insert_with(|| self.bars.file(&under_way.name, under_way.size));
            bar.moved(octets);
        }
        drop(state);
        self.show();
    }

    fn is_there(&self, source: &[u8], destination: &[u8], octets: u64) {
        // A reader that has gone is found out at the end.
        let _ = self.output.done(&Transferred::new(source, destination, octets));
        let mut state = self.state();
        state.files += 1;
        state.ended = state.ended.saturating_add(octets);
    }

    fn end(&self, source: &[u8], destination: &[u8], item: &TreeItem) {
        let shown = escape_for_display(source);
        match &item.outcome {
            Outcome::File { octets } => self.is_there(source, destination, *octets),
            Outcome::Failed(error) => {
                self.failed(&Failure::new(Exit::of(error), format!("{shown}: {error}")));
            }
            Outcome::Skipped(why) => {
                let reason = match why {
                    Skipped::Link => "it is a symbolic link",
                    Skipped::Special => "it is neither a file nor a directory",
                    Skipped::TooDeep => "it is too deep",
                    Skipped::Same => "it is there already",
                    _ => "it cannot be moved",
                };
                let _ = self.output.done(&LeftOut::new(source, reason));
                match why {
                    Skipped::Same => self.state().unchanged += 1,
                    _ if self.quiet => {}
                    _ => self.bars.aside(|| output::warning(format_args!("{shown} is left out: {reason}"))),
                }
            }
            _ => {}
        }
    }

    fn show(&self) {
        let octets = self.state().octets();
        self.bars.moved(octets);
    }

    /// Says how far it is where no bar does.
    fn tell(&self) {
        let state = self.state();
        let (files, octets, total) = (state.files, state.octets(), state.total);
        drop(state);
        let seconds = self.started.elapsed().as_secs_f64();
        let _ = self.output.done(&SoFar { files, octets, total, seconds });
        if self.quiet || self.is_visible() {
            return;
        }
        let of = total.map(|total| format!(" of {}", BinaryBytes(total))).unwrap_or_default();
        output::note(format_args!(
            "{} so far, {}{of} in {seconds:.0} s",
            counted(files),
            BinaryBytes(octets)
        ));
    }

    /// Takes the bars away and says what was moved.
    ///
    /// # Errors
    /// Something failed, and has been said to.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        self.bars.hide();
        let State { files, failures, unchanged, unverified, ended: octets, .. } = *self.state();
        let seconds = self.started.elapsed().as_secs_f64();
        let not_compared = Some(unverified).filter(|files| *files > 0);
        let summary = Summary { files, octets, failures, unchanged, unverified: not_compared, seconds };
        self.output.done(&summary)?;
        // Whoever asks for it is told also where only errors are shown.
        if not_compared.is_some() {
            let text = "not compared by a digest: that takes a server that computes digests, and a file here";
            output::warning(format_args!("{}: {text}", counted(unverified)));
        }
        if !self.quiet {
            let rest = if unchanged > 0 { format!(", {unchanged} unchanged") } else { String::new() };
            output::note(format_args!("{}, {} in {seconds:.1} s{rest}", counted(files), BinaryBytes(octets)));
        }
        match failures {
            0 => Ok(()),
            _ => Err(Failure::silent(Exit::Partial)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.bars.hide();
    }
}

fn counted(files: u64) -> String {
    format!("{files} file{}", if files == 1 { "" } else { "s" })
}
