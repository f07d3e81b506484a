//! A runtime on a thread of its own, and futures that are waited for on other threads.

use std::{
    io,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
    task::unconstrained,
};

/// The runtime, which ends with the last clone.
#[derive(Clone)]
pub(super) struct Drive(Arc<Running>);

struct Running {
    runtime: Handle,
    /// Dropped, it ends the thread.
    _until: oneshot::Sender<()>,
}

/// A value that is used, and dropped, where it finds the runtime.
pub(super) struct Within<T> {
    /// `None` after it was taken.
    value: Option<T>,
    drive: Drive,
}

impl Drive {
    pub(super) fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        let handle = runtime.handle().clone();
        let (until, ended) = oneshot::channel::<()>();
        thread::Builder::new().name("wharf".to_owned()).spawn(move || {
            // An error: the other end is gone.
            let _ = runtime.block_on(ended);
            runtime.shutdown_background();
        })?;
        Ok(Self(Arc::new(Running { runtime: handle, _until: until })))
    }

    /// Polls the future on this thread, and rests between. The runtime's own way to wait would panic inside of another
    /// runtime.
    pub(super) fn block<F: Future>(&self, future: F) -> F::Output {
        let _entered = self.0.runtime.enter();
        // A task of another runtime that makes this call has a budget, which nobody would renew.
        let mut future = pin!(unconstrained(future));
        let signal = Arc::new(Signal { thread: thread::current(), given: AtomicBool::new(false) });
        let waker = Waker::from(Arc::clone(&signal));
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return output;
            }
            while !signal.given.swap(false, Ordering::Acquire) {
                thread::park();
            }
        }
    }
}

impl<T> Within<T> {
    pub(super) fn new(value: T, drive: Drive) -> Self {
        Self { value: Some(value), drive }
    }

    /// Waits for what the value does.
    pub(super) fn block<R>(&mut self, call: impl AsyncFnOnce(&mut T) -> R) -> io::Result<R> {
        let value = self.value.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        Ok(self.drive.block(call(value)))
    }

    /// Waits for the last that the value does.
    pub(super) fn end<R>(mut self, call: impl AsyncFnOnce(T) -> R) -> Option<R> {
        let value = self.value.take()?;
        Some(self.drive.block(call(value)))
    }
}

impl<T> Drop for Within<T> {
    fn drop(&mut self) {
        let _entered = self.drive.0.runtime.enter();
        self.value = None;
    }
}

/// Wakes a thread. What else unparks it is no signal, and what parks it meanwhile takes none.
struct Signal {
    thread: Thread,
    given: AtomicBool,
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.given.store(true, Ordering::Release);
        self.thread.unpark();
    }
}
