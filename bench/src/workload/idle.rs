use std::{io, sync::Mutex};

use wharf_interop::load::HOME;

use super::{Workload, logins::by_clients, transfer::expect};
use crate::{
    client::Session,
    compare::Bench,
    contender::{Contender, Running},
    figure::{Better, Figure, Row},
    machine::{self, source},
    pin::Pinned,
    report::grouped,
    root::LARGE,
    usage::memory_of,
};

/// How many open sessions at a time.
const CLIENTS: usize = 20;
/// The length of the transfer beside them.
const LEN: u64 = 256 << 20;

/// Sessions that are logged in and do nothing: the memory of each, and in clear whether a transfer beside them is slower.
pub(super) struct Idle {
    pub(super) tls: bool,
}

impl Idle {
    fn sessions(&self, bench: &Bench) -> usize {
        if self.tls { bench.sizes.idle_tls } else { bench.sizes.idle }
    }

    /// Memory and speed of one server; two of it run, with idle sessions and without, and take turns.
    fn rows(&self, contender: &dyn Contender, bench: &Bench) -> Option<(Row, Row)> {
        let name = contender.name();
        let row = || Row { server: name.to_owned(), ..Row::default() };
        let (mut memory, mut beside) = (row(), row());
        let busy = Running::start(contender, bench.memory.path(), self.tls)?;
        let calm = Running::start(contender, bench.memory.path(), self.tls)?;
        let most = if self.tls { busy.sessions / 10 } else { busy.sessions };
        let many = self.sessions(bench).min(most);
        let mut measure = || {
            let mut sessions = open(&busy, 0, many / 5)?;
            let few_memory = memory_of(busy.loaded.process());
            sessions.extend(open(&busy, sessions.len(), many)?);
            let many_memory = memory_of(busy.loaded.process());
            let growth = many_memory.saturating_sub(few_memory) as f64 / (many - many / 5) as f64;
            memory.values.push(growth / 1024.0);
            memory.peak_memory = Some(many_memory);
            for round in (0..=bench.sizes.rounds).filter(|_| !self.tls) {
                let share = transfer(bench, &busy)? / transfer(bench, &calm)? * 100.0;
                if round > 0 {
                    beside.values.push(share);
                }
            }
            // They were there all the time.
            sessions.iter_mut().step_by(100).try_for_each(|session| session.round_trip(b"PWD\r\n"))
        };
        let outcome = measure();
        let remark = match outcome {
            Err(error) => Some(format!("fails: {error}")),
            Ok(()) if many < self.sessions(bench) => Some(format!("{} to {many} sessions", many / 5)),
            Ok(()) => None,
        };
        eprintln!("idle: {name} {:?} KiB, {:?} %, {remark:?}", memory.median(), beside.median());
        (memory.remark, beside.remark) = (remark.clone(), remark);
        Some((memory, beside))
    }
}

impl Workload for Idle {
    fn measure(&self, bench: &Bench) -> io::Result<Vec<Figure>> {
        bench.memory.file(LARGE, bench.sizes.large)?;
        let contenders = bench.contenders.iter().filter(|contender| contender.sessions() > 0);
        let contenders = contenders.filter(|contender| contender.speaks_tls() || !self.tls);
        let rows = contenders.filter_map(|contender| self.rows(&**contender, bench));
        let (memory, beside) = rows.unzip();
        let idle = self.sessions(bench);
        let tls = if self.tls { " under TLS 1.3" } else { "" };
        let figure = |name: &str, title, unit: &str, better, rounds, rows| Figure {
            name: name.to_owned(),
            title,
            unit: unit.to_owned(),
            better,
            cpu_unit: None,
            measured: machine::describe(),
            rounds,
            rows,
        };
        let name = if self.tls { "idle-tls" } else { "idle" };
        let (few, many) = (grouped(&(idle / 5).to_string()), grouped(&idle.to_string()));
        let title = format!("Memory of an idle session{tls}, by growth from {few} to {many}");
        let mut figures = vec![figure(name, title, "KiB", Better::Less, 1, memory)];
        if !self.tls {
            let title = format!("RETR beside {many} idle sessions, of its speed without");
            figures.push(figure("idle-beside", title, "%", Better::More, bench.sizes.rounds, beside));
        }
        Ok(figures)
    }
}

/// Opens sessions number `from` and on, up to `to`.
fn open(server: &Running, from: usize, to: usize) -> io::Result<Vec<Session>> {
    let opened = Mutex::new(Vec::with_capacity(to - from));
    by_clients(CLIENTS, to - from, |_| {
        let number = from + opened.lock().expect("nobody panics").len();
        let session = server.login(Some(source(number)))?;
        opened.lock().expect("nobody panics").push(session);
        Ok(())
    })?;
    Ok(opened.into_inner().expect("nobody panics"))
}

/// Octets in a second.
fn transfer(bench: &Bench, server: &Running) -> io::Result<f64> {
    let _pinned = Pinned::new();
    let len = LEN.min(bench.sizes.large);
    let mut session = server.login(None)?;
    session.enter(HOME)?;
    let started = std::time::Instant::now();
    let received = session.retrieve(LARGE, bench.sizes.large - len)?;
    let elapsed = started.elapsed();
    expect(received == len, || format!("{received} octets came, not {len}"))?;
    session.quit()?;
    Ok(len as f64 / elapsed.as_secs_f64())
}
