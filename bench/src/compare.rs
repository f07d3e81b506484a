//! Servers side by side: rounds in turn.

use std::{
    io, iter,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use crate::{
    client::Session,
    contender::{Contender, Running},
    figure::{Better, Figure, Row},
    machine,
    root::{Root, UPLOADS},
    usage::{Usage, peak_memory_of},
};

/// A server that would need longer for one sample gets a part of the work, and is judged by its rate.
const PATIENCE: Duration = Duration::from_secs(4);
/// The part of the work by which that is judged, and the least that is given.
const SMALLEST_PART: u64 = 16;

/// How much is done.
#[derive(Clone, Debug)]
pub(crate) struct Sizes {
    pub(crate) rounds: usize,
    /// Octets of a large file.
    pub(crate) large: u64,
    /// Small files.
    pub(crate) files: usize,
    pub(crate) logins: usize,
    /// Entries of the large directory.
    pub(crate) entries: usize,
    /// Sessions that transfer at once, and octets that each of them moves.
    pub(crate) crowd: usize,
    pub(crate) crowd_len: u64,
    /// Sessions that do nothing.
    pub(crate) idle: usize,
    pub(crate) idle_tls: usize,
}

/// Who is compared, on what, and by how much work.
pub(crate) struct Bench {
    pub(crate) contenders: Vec<Box<dyn Contender>>,
    pub(crate) sizes: Sizes,
    /// Where files are in memory.
    pub(crate) memory: Root,
    /// Where they are on a disk.
    pub(crate) disk: Root,
    /// Where figures are kept.
    pub(crate) results: PathBuf,
}

/// Where a workload's files are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Medium {
    Memory,
    Disk,
}

impl Bench {
    pub(crate) fn root(&self, medium: Medium) -> &Root {
        match medium {
            Medium::Memory => &self.memory,
            Medium::Disk => &self.disk,
        }
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Octets,
    /// By one's name and that of many.
    Things(&'static str, &'static str),
}

impl Unit {
    fn of_speed(self) -> String {
        match self {
            Self::Octets => "MB/s".to_owned(),
            Self::Things(_, many) => format!("{many}/s"),
        }
    }

    fn of_cpu(self) -> String {
        match self {
            Self::Octets => "s/GiB".to_owned(),
            Self::Things(one, _) => format!("µs/{one}"),
        }
    }

    fn speed(self, sample: &Sample) -> f64 {
        let each_second = sample.amount as f64 / sample.elapsed.as_secs_f64();
        if self == Self::Octets { each_second / 1e6 } else { each_second }
    }

    fn cpu(self, samples: &[Sample]) -> f64 {
        let amount: u64 = samples.iter().map(|sample| sample.amount).sum();
        let cpu: Duration = samples.iter().map(|sample| sample.cpu).sum();
        let each = cpu.as_secs_f64() / amount as f64;
        each * if self == Self::Octets { f64::from(1 << 30) } else { 1e6 }
    }
}

/// One turn of one server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// Octets or things.
    pub(crate) amount: u64,
    pub(crate) elapsed: Duration,
    /// Processor time of the server.
    pub(crate) cpu: Duration,
    /// What a reader has to know.
    pub(crate) remark: Option<&'static str>,
}

impl Sample {
    /// Measures `task`, which does so much.
    pub(crate) fn of(
        server: &Running,
        amount: u64,
        task: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<Self> {
        let cpu_before = Usage::cpu_of(server.loaded.process());
        let started = Instant::now();
        task()?;
        let elapsed = started.elapsed();
        let cpu = Usage::cpu_of(server.loaded.process()).saturating_sub(cpu_before);
        Ok(Self { amount, elapsed, cpu, remark: None })
    }
}

/// A workload whose speed is measured in rounds.
pub(crate) trait Task: Sync {
    fn name(&self) -> &'static str;

    /// What is done, in a few words.
    fn title(&self, sizes: &Sizes) -> String;

    fn unit(&self) -> Unit;

    fn tls(&self) -> bool {
        false
    }

    fn medium(&self) -> Medium {
        Medium::Memory
    }

    /// Whether a slow server may do a part of it.
    fn divides(&self) -> bool {
        true
    }

    /// Makes the files that it needs.
    fn prepare(&self, bench: &Bench) -> io::Result<()>;

    /// One turn: the `part`-th part of the work.
    fn sample(&self, bench: &Bench, server: &Running, part: u64) -> io::Result<Sample>;
}

struct Entrant {
    running: Running,
    part: u64,
    samples: Vec<Sample>,
    peak_memory: Option<u64>,
    failure: Option<io::Error>,
}

/// Runs the task in rounds, in which the servers take turns, so that what disturbs the machine disturbs all.
///
/// The first round fills caches and is not counted; memory is watched in it.
pub(crate) fn in_rounds(task: &dyn Task, bench: &Bench) -> io::Result<Figure> {
    let root = bench.root(task.medium());
    root.empty(UPLOADS)?;
    task.prepare(bench)?;
    let contenders = bench.contenders.iter().filter(|contender| contender.speaks_tls() || !task.tls());
    let mut entrants: Vec<_> = contenders
        .filter_map(|contender| Running::start(&**contender, root.path(), task.tls()))
        .map(|running| Entrant { running, part: 1, samples: Vec::new(), peak_memory: None, failure: None })
        .collect();
    for entrant in entrants.iter_mut().filter(|_| task.divides()) {
        entrant.choose_part(task, bench);
    }
    for round in 0..=bench.sizes.rounds {
        // Nobody always comes after the same one.
        if !entrants.is_empty() {
            entrants.rotate_left(1);
        }
        for entrant in &mut entrants {
            entrant.turn(task, bench, round);
        }
    }
    let order =
        |entrant: &Entrant| bench.contenders.iter().position(|one| one.name() == entrant.running.name);
    entrants.sort_by_key(order);
    Ok(Figure {
        name: task.name().to_owned(),
        title: task.title(&bench.sizes),
        unit: task.unit().of_speed(),
        better: Better::More,
        cpu_unit: Some(task.unit().of_cpu()),
        measured: machine::describe(),
        rounds: bench.sizes.rounds,
        rows: entrants.into_iter().map(|entrant| entrant.into_row(task.unit())).collect(),
    })
}

impl Entrant {
    fn choose_part(&mut self, task: &dyn Task, bench: &Bench) {
        self.part = SMALLEST_PART;
        let Some((sample, _)) = self.attempt(task, bench, false) else { return };
        let parts = iter::successors(Some(1), |part| Some(part * 4)).take_while(|&part| part < SMALLEST_PART);
        let patient = |part: u64| sample.elapsed * (SMALLEST_PART / part) as u32 <= PATIENCE;
        self.part = parts.into_iter().find(|&part| patient(part)).unwrap_or(SMALLEST_PART);
    }

    fn turn(&mut self, task: &dyn Task, bench: &Bench, round: usize) {
        let Some((sample, peak_memory)) = self.attempt(task, bench, round == 0) else { return };
        let speed = task.unit().speed(&sample);
        eprintln!("{} {round}: {} {speed:.0} {}", task.name(), self.running.name, task.unit().of_speed());
        if round == 0 {
            self.peak_memory = peak_memory;
        } else {
            self.samples.push(sample);
        }
    }

    /// One sample, with the peak of memory if that is watched; nothing more from a server that failed once.
    fn attempt(&mut self, task: &dyn Task, bench: &Bench, watched: bool) -> Option<(Sample, Option<u64>)> {
        if self.failure.is_some() {
            return None;
        }
        let sample = || task.sample(bench, &self.running, self.part);
        let (peak, sample) = if watched {
            let (peak, sample) = peak_memory_of(self.running.loaded.process(), sample);
            (Some(peak), sample)
        } else {
            (None, sample())
        };
        let cleaned = bench.root(task.medium()).empty(UPLOADS);
        match cleaned.and(sample) {
            Ok(sample) => Some((sample, peak)),
            Err(error) => {
                eprintln!("{}: {} fails: {error}", task.name(), self.running.name);
                self.failure = Some(error);
                None
            }
        }
    }

    fn into_row(self, unit: Unit) -> Row {
        let part = (self.part > 1).then(|| format!("1/{} of the work", self.part));
        let said = self.samples.iter().find_map(|sample| sample.remark).map(str::to_owned);
        let remark = part.into_iter().chain(said).reduce(|part, said| format!("{part}; {said}"));
        Row {
            server: self.running.name,
            values: self.samples.iter().map(|sample| unit.speed(sample)).collect(),
            cpu: (!self.samples.is_empty()).then(|| unit.cpu(&self.samples)),
            peak_memory: self.peak_memory,
            remark: self.failure.map(|error| format!("fails: {error}")).or(remark),
        }
    }
}

/// Does something in all sessions at once, each in a thread of its own.
pub(crate) fn at_once(
    sessions: &mut [Session],
    task: impl Fn(usize, &mut Session) -> io::Result<()> + Sync,
) -> io::Result<()> {
    thread::scope(|scope| {
        let task = &task;
        let threads: Vec<_> = sessions
            .iter_mut()
            .enumerate()
            .map(|(number, session)| scope.spawn(move || task(number, session)))
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("a client does not panic"))
    })
}
