use std::{fmt, future::IntoFuture};

use futures_util::{StreamExt, future::join};

use super::drive::Drive;
use crate::client::{Download, Progress, ProgressStream, Removal, Upload};

/// Work on files and trees that is set up, and begins with [`run`](Self::run).
#[must_use]
pub struct Work<W> {
    pub(super) work: W,
    pub(super) drive: Drive,
}

/// What tells how far it is.
pub trait Reports: Sized {
    /// The events, as they come.
    fn progress(self) -> (Self, ProgressStream);
}

impl<W: IntoFuture> Work<W> {
    /// Sets it up further.
    pub fn set(self, set: impl FnOnce(W) -> W) -> Self {
        Self { work: set(self.work), ..self }
    }

    /// Does it.
    ///
    /// # Errors
    /// Those of the method that it comes from.
    pub fn run(self) -> W::Output {
        self.drive.block(self.work.into_future())
    }

    /// Does it, and tells this function how far it is, on this thread. Work goes on when the function returns.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_telling(self, mut tell: impl FnMut(Progress)) -> W::Output
    where
        W: Reports,
    {
        let (work, mut events) = self.work.progress();
        let telling = async move {
            while let Some(event) = events.next().await {
                tell(event);
            }
        };
        self.drive.block(join(work.into_future(), telling)).0
    }
}

impl<W> fmt::Debug for Work<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Work")
    }
}

impl Reports for Download<'_> {
    fn progress(self) -> (Self, ProgressStream) {
        Self::progress(self)
    }
}

impl Reports for Upload<'_> {
    fn progress(self) -> (Self, ProgressStream) {
        Self::progress(self)
    }
}

impl Reports for Removal {
    fn progress(self) -> (Self, ProgressStream) {
        Self::progress(self)
    }
}
