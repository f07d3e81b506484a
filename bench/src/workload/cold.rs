use std::{
    io,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use wharf_interop::load::HOME;

use super::{Workload, transfer::expect};
use crate::{
    client::Session,
    compare::{Bench, at_once},
    contender::{Contender, Running},
    figure::{Better, Figure, Row},
    machine,
    root::{Root, file_name},
    slow_disk::{SPEED, SlowDisk, forget},
    usage::processes_of,
};

const LEN: u64 = 32 << 20;
/// Sessions that ask and wait: enough to meet each thread of a server.
const WAITING: usize = 8;
/// Between a reply and the next question.
const PAUSE: Duration = Duration::from_millis(1);

/// How long other sessions wait while files come from a slow disk that nobody has read yet.
pub(super) struct Cold;

impl Workload for Cold {
    fn measure(&self, bench: &Bench) -> io::Result<Vec<Figure>> {
        let transfers = thread::available_parallelism().map_or(1, usize::from);
        // Without root the disk is as fast as it is.
        let slow = SlowDisk::new();
        let disk = match &slow {
            Ok(_) => format!("a cold disk of {} MB/s without read-ahead", SPEED / 1_000_000),
            Err(error) => {
                eprintln!("cold: no slow disk: {error}");
                "a cold disk".to_owned()
            }
        };
        let slow = slow.ok();
        let own = slow.as_ref().map(|slow| Root::below(slow.path())).transpose()?;
        let root = own.as_ref().unwrap_or(&bench.disk);
        (0..transfers).try_for_each(|number| root.file(&file_name(number), LEN))?;
        let rows = bench
            .contenders
            .iter()
            .filter_map(|one| row(&**one, bench, root, slow.as_ref(), transfers))
            .collect();
        Ok(vec![Figure {
            name: "cold".to_owned(),
            title: format!(
                "Longest wait of {WAITING} other sessions for PWD, beside {transfers} RETR of {} MiB from {disk}",
                LEN >> 20
            ),
            unit: "ms".to_owned(),
            better: Better::Less,
            cpu_unit: None,
            measured: machine::describe(),
            rounds: bench.sizes.rounds,
            rows,
        }])
    }
}

fn row(
    contender: &dyn Contender,
    bench: &Bench,
    root: &Root,
    slow: Option<&SlowDisk>,
    transfers: usize,
) -> Option<Row> {
    let server = Running::start(contender, root.path(), false)?;
    let mut row = Row { server: server.name.clone(), ..Row::default() };
    let mut measure = || {
        if let Some(slow) = slow {
            slow.slow_down(processes_of(server.loaded.process()))?;
        }
        for _ in 0..bench.sizes.rounds {
            (0..transfers).try_for_each(|number| forget(&root.files().join(file_name(number))))?;
            let (longest, speed) = longest_wait(&server, transfers)?;
            eprintln!("cold: {} {:.1} ms, {:.0} MB/s", server.name, longest.as_secs_f64() * 1e3, speed / 1e6);
            if slow.is_some() && speed > 2.0 * SPEED as f64 {
                return Err(io::Error::other(format!("the disk was not cold: {:.0} MB/s", speed / 1e6)));
            }
            row.values.push(longest.as_secs_f64() * 1e3);
        }
        Ok(())
    };
    if let Err(error) = measure() {
        eprintln!("cold: {} fails: {error}", server.name);
        row.remark = Some(format!("fails: {error}"));
    }
    Some(row)
}

/// The longest wait of all, and how fast the files came, in octets a second.
fn longest_wait(server: &Running, transfers: usize) -> io::Result<(Duration, f64)> {
    let mut waiting = (0..WAITING).map(|_| server.login(None)).collect::<io::Result<Vec<_>>>()?;
    let mut readers = (0..transfers).map(|_| server.login(None)).collect::<io::Result<Vec<_>>>()?;
    readers.iter_mut().try_for_each(|session| session.enter(HOME))?;
    let done = AtomicBool::new(false);
    let started = Instant::now();
    thread::scope(|scope| {
        let waits: Vec<_> = waiting.iter_mut().map(|session| scope.spawn(|| wait(session, &done))).collect();
        let read = at_once(&mut readers, |number, session| {
            let len = session.retrieve(&file_name(number), 0)?;
            expect(len == LEN, || format!("{len} octets came, not {LEN}"))
        });
        let elapsed = started.elapsed();
        done.store(true, Ordering::Release);
        let waits = waits.into_iter().map(|wait| wait.join().expect("a client does not panic"));
        let longest = waits.collect::<io::Result<Vec<_>>>()?.into_iter().max().unwrap_or_default();
        read?;
        Ok((longest, (LEN * transfers as u64) as f64 / elapsed.as_secs_f64()))
    })
}

/// The longest round trip until it is done.
fn wait(session: &mut Session, done: &AtomicBool) -> io::Result<Duration> {
    let mut longest = Duration::ZERO;
    while !done.load(Ordering::Acquire) {
        let asked = Instant::now();
        session.round_trip(b"PWD\r\n")?;
        longest = longest.max(asked.elapsed());
        thread::sleep(PAUSE);
    }
    Ok(longest)
}
