//! A bar for all, and above it one for each file that takes longer.

use std::{
    io::{self, Write},
    sync::LazyLock,
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// All bars of the program: what is written beside them goes above.
static DRAWN: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Standard error, whose lines leave no piece of a bar behind.
pub(crate) struct AboveBars;

impl Write for AboveBars {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        DRAWN.suspend(|| io::stderr().write(octets))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// A bar among all that the program draws.
pub(crate) fn drawn(bar: ProgressBar) -> ProgressBar {
    DRAWN.add(bar)
}

const WITH_TOTAL: &str =
    "{wide_msg} {bytes:>11} of {total_bytes} {bar:20} {binary_bytes_per_sec:>13} {eta:>4}";
const WITHOUT_TOTAL: &str = "{wide_msg} {bytes:>11} {binary_bytes_per_sec:>13}";

pub(super) struct Bars {
    all: MultiProgress,
    total: ProgressBar,
}

/// The bar of a file, which goes with it.
pub(super) struct FileBar {
    bar: ProgressBar,
    all: MultiProgress,
}

impl Bars {
    pub(super) fn new(hidden: bool) -> Self {
        let all = match hidden {
            true => MultiProgress::with_draw_target(ProgressDrawTarget::hidden()),
            false => DRAWN.clone(),
        };
        let total = all.add(ProgressBar::no_length());
        set_style(&total, WITHOUT_TOTAL);
        Self { all, total }
    }

    pub(super) fn are_visible(&self) -> bool {
        !self.all.is_hidden()
    }

    pub(super) fn total(&self, total: Option<u64>) {
        match total {
            Some(total) => {
                self.total.set_length(total);
                set_style(&self.total, WITH_TOTAL);
            }
            None => set_style(&self.total, WITHOUT_TOTAL),
        }
    }

    /// The file that was begun last.
    pub(super) fn now(&self, name: &str) {
        self.total.set_message(name.to_owned());
    }

    /// So many octets of all files have been moved.
    pub(super) fn moved(&self, octets: u64) {
        self.total.set_position(octets);
    }

    /// A bar for a file.
    pub(super) fn file(&self, name: &str, size: Option<u64>) -> FileBar {
        let bar = match size {
            Some(size) => ProgressBar::new(size),
            None => ProgressBar::no_length(),
        };
        let bar = self.all.insert_before(&self.total, bar);
        set_style(&bar, if size.is_some() { WITH_TOTAL } else { WITHOUT_TOTAL });
        bar.set_message(name.to_owned());
        FileBar { bar, all: self.all.clone() }
    }

    /// Says something beside the bars.
    pub(super) fn aside(&self, say: impl FnOnce()) {
        self.all.suspend(say);
    }

    pub(super) fn hide(&self) {
        self.total.finish_and_clear();
        self.all.remove(&self.total);
        // What cannot be drawn need not be taken away.
        let _ = self.all.clear();
    }
}

impl FileBar {
    pub(super) fn moved(&self, octets: u64) {
        self.bar.set_position(octets);
    }
}

impl Drop for FileBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        self.all.remove(&self.bar);
    }
}

fn set_style(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
}
