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
    root::LARGE,
    usage::memory_of,
};

/// How many open sessions at a time.
const CLIENTS: usize = 20;
/// The length of the transfer beside them.
const LEN: u64 = 256 << 20;

/// Sessions that are logged in and do nothing: the memory of each, and whether a transfer beside them is slower.
pub(super) struct Idle;

impl Workload for Idle {
    fn measure(&self, bench: &Bench) -> io::Result<Vec<Figure>> {
        bench.memory.file(LARGE, bench.sizes.large)?;
        let (mut memory, mut beside) = (Vec::new(), Vec::new());
        for contender in bench.contenders.iter().filter(|contender| contender.sessions() > 0) {
            if let Some((one, other)) = rows(&**contender, bench) {
                memory.push(one);
                beside.push(other);
            }
        }
        let idle = bench.sizes.idle;
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
        Ok(vec![
            figure(
                "idle-memory",
                format!("memory of an idle session, by growth from {} to {idle}", idle / 5),
                "KiB",
                Better::Less,
                1,
                memory,
            ),
            figure(
                "idle-beside",
                format!("RETR beside {idle} idle sessions, of its speed without"),
                "%",
                Better::More,
                bench.sizes.rounds,
                beside,
            ),
        ])
    }
}

/// Memory and speed of one server; two of it run, with idle sessions and without, and take turns.
fn rows(contender: &dyn Contender, bench: &Bench) -> Option<(Row, Row)> {
    let name = contender.name();
    let row = || Row { server: name.to_owned(), ..Row::default() };
    let (mut memory, mut beside) = (row(), row());
    let busy = Running::start(contender, bench.memory.path(), false)?;
    let calm = Running::start(contender, bench.memory.path(), false)?;
    let many = bench.sizes.idle.min(busy.sessions);
    let mut measure = || {
        let mut sessions = open(&busy, many / 5)?;
        let few_memory = memory_of(busy.loaded.process());
        sessions.extend(open(&busy, many - sessions.len())?);
        let many_memory = memory_of(busy.loaded.process());
        let growth = many_memory.saturating_sub(few_memory) as f64 / (many - many / 5) as f64;
        memory.values.push(growth / 1024.0);
        memory.peak_memory = Some(many_memory);
        for round in 0..=bench.sizes.rounds {
            let share = transfer(bench, &busy)? / transfer(bench, &calm)? * 100.0;
            if round > 0 {
                beside.values.push(share);
            }
        }
        // They were there all the time.
        sessions.iter_mut().step_by(100).try_for_each(|session| session.round_trip(b"NOOP\r\n"))
    };
    let outcome = measure();
    let remark = match outcome {
        Err(error) => Some(format!("fails: {error}")),
        Ok(()) if many < bench.sizes.idle => Some(format!("{} to {many} sessions", many / 5)),
        Ok(()) => None,
    };
    eprintln!("idle: {name} {:?} KiB, {:?} %, {remark:?}", memory.median(), beside.median());
    (memory.remark, beside.remark) = (remark.clone(), remark);
    Some((memory, beside))
}

fn open(server: &Running, sessions: usize) -> io::Result<Vec<Session>> {
    let opened = Mutex::new(Vec::with_capacity(sessions));
    by_clients(CLIENTS, sessions, |_| {
        let number = opened.lock().expect("nobody panics").len();
        let session = Session::login(&server.loaded.target, Some(source(number)))?;
        opened.lock().expect("nobody panics").push(session);
        Ok(())
    })?;
    Ok(opened.into_inner().expect("nobody panics"))
}

/// Octets in a second.
fn transfer(bench: &Bench, server: &Running) -> io::Result<f64> {
    let _pinned = Pinned::new();
    let len = LEN.min(bench.sizes.large);
    let mut session = Session::login(&server.loaded.target, None)?;
    session.enter(HOME)?;
    let started = std::time::Instant::now();
    let received = session.retrieve(LARGE, bench.sizes.large - len)?;
    let elapsed = started.elapsed();
    expect(received == len, || format!("{received} octets came, not {len}"))?;
    session.quit()?;
    Ok(len as f64 / elapsed.as_secs_f64())
}
