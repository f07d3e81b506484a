use std::{
    io,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

use wharf_interop::load::HOME;

use super::transfer::{NOT_RESUMED, expect};
use crate::{
    compare::{Bench, Sample, Sizes, Task, Unit},
    contender::Running,
    machine::source,
    report::grouped,
    root::{SMALL, file_name},
};

const CLIENTS: usize = 50;

/// Sessions that log in and quit, from some clients at once.
pub(super) struct Logins;

impl Task for Logins {
    fn name(&self) -> &'static str {
        "logins"
    }

    fn title(&self, sizes: &Sizes) -> String {
        format!("{} logins by {CLIENTS} clients", grouped(&sizes.logins.to_string()))
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
            by_clients(CLIENTS, logins, |client| server.login(Some(source(client)))?.quit())
        })
    }
}

/// How many make sessions under TLS at once.
const TLS_CLIENTS: usize = 8;

/// Sessions under TLS: handshake, login, one small RETR with its own handshake, QUIT.
pub(super) struct TlsLogins;

impl Task for TlsLogins {
    fn name(&self) -> &'static str {
        "logins-tls"
    }

    fn title(&self, sizes: &Sizes) -> String {
        format!(
            "{} sessions under TLS 1.3 with one RETR of 4 KiB, by {TLS_CLIENTS} clients",
            grouped(&sizes.logins.to_string())
        )
    }

    fn unit(&self) -> Unit {
        Unit::Things("session", "sessions")
    }

    fn tls(&self) -> bool {
        true
    }

    fn prepare(&self, bench: &Bench) -> io::Result<()> {
        bench.memory.directory(SMALL, 1, 4 << 10)
    }

    fn sample(&self, bench: &Bench, server: &Running, part: u64) -> io::Result<Sample> {
        let logins = bench.sizes.logins / part as usize;
        let full_handshakes = AtomicBool::new(false);
        let mut sample = Sample::of(server, logins as u64, || {
            by_clients(TLS_CLIENTS, logins, |client| {
                let mut session = server.login(Some(source(client)))?;
                session.enter(&format!("{HOME}/{SMALL}"))?;
                let len = session.retrieve(&file_name(0), 0)?;
                expect(len == 4 << 10, || format!("{len} octets came"))?;
                full_handshakes.fetch_or(session.had_full_handshakes(), Ordering::Relaxed);
                session.quit()
            })
        })?;
        sample.remark = full_handshakes.into_inner().then_some(NOT_RESUMED);
        Ok(sample)
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
