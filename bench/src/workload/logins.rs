use std::{
    io,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use crate::{
    client::Session,
    compare::{Bench, Sample, Sizes, Task, Unit},
    contender::Running,
    machine::source,
};

const CLIENTS: usize = 50;

/// Sessions that log in and quit, from some clients at once.
pub(super) struct Logins;

impl Task for Logins {
    fn name(&self) -> &'static str {
        "logins"
    }

    fn title(&self, sizes: &Sizes) -> String {
        format!("{} logins by {CLIENTS} clients", sizes.logins)
    }

    fn unit(&self) -> Unit {
        Unit::Things("login", "logins")
    }

    fn prepare(&self, _: &Bench) -> io::Result<()> {
        Ok(())
    }

    fn sample(&self, bench: &Bench, server: &Running, part: u64) -> io::Result<Sample> {
        let logins = bench.sizes.logins / part as usize;
        Sample::of(server, logins as u64, || {
            by_clients(CLIENTS, logins, |client| {
                Session::login(&server.loaded.target, Some(source(client)))?.quit()
            })
        })
    }
}

/// Does something so many times, in some threads that share the work; `task` gets its thread's number.
pub(super) fn by_clients(
    clients: usize,
    times: usize,
    task: impl Fn(usize) -> io::Result<()> + Sync,
) -> io::Result<()> {
    let begun = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (task, begun) = (&task, &begun);
        let work = move |client| {
            while begun.fetch_add(1, Ordering::Relaxed) < times {
                task(client)?;
            }
            Ok(())
        };
        let threads: Vec<_> = (0..clients).map(|client| scope.spawn(move || work(client))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("a client does not panic"))
    })
}
