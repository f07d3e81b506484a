//! What a server uses, from Linux' `/proc`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use rustix::param::{clock_ticks_per_second, page_size};

/// What some processes use.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// Processor time so far, that of children that have ended and were waited for included.
    pub(crate) cpu: Duration,
    /// Memory now, in octets: what is shared counts in each process.
    pub(crate) resident: u64,
    /// Open files and sockets now.
    pub(crate) descriptors: usize,
}

impl Usage {
    /// The sum over the process `leader` and all its descendants.
    pub(crate) fn of(leader: u32) -> Self {
        family(leader).iter().fold(Self::default(), |sum, process| Self {
            cpu: sum.cpu + process.cpu,
            resident: sum.resident + process.resident,
            descriptors: sum.descriptors
                + fs::read_dir(process.directory.join("fd")).map(Iterator::count).unwrap_or_default(),
        })
    }

    /// Processor time alone, which costs least to ask for.
    pub(crate) fn cpu_of(leader: u32) -> Duration {
        family(leader).iter().map(|process| process.cpu).sum()
    }
}

/// The ids of the process `leader` and all its descendants.
pub(crate) fn processes_of(leader: u32) -> Vec<u64> {
    let id = |process: Process| process.directory.file_name()?.to_str()?.parse().ok();
    family(leader).into_iter().filter_map(id).collect()
}

/// Memory of the process `leader` and all its descendants, in octets, where what is shared counts once: the sum of
/// proportional set sizes.
pub(crate) fn memory_of(leader: u32) -> u64 {
    let proportional = |process: &Process| {
        // It may have gone.
        let text = fs::read_to_string(process.directory.join("smaps_rollup")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    };
    family(leader).iter().filter_map(proportional).sum::<u64>() << 10
}

/// The most memory that the processes were seen to have while `task` ran, and what it returned.
///
/// Looking costs time: what is watched should not be measured.
pub(crate) fn peak_memory_of<T>(leader: u32, task: impl FnOnce() -> T) -> (u64, T) {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut peak = memory_of(leader);
            while !done.load(Ordering::Acquire) {
                thread::park_timeout(Duration::from_millis(20));
                peak = peak.max(memory_of(leader));
            }
            peak
        });
        let result = task();
        done.store(true, Ordering::Release);
        watch.thread().unpark();
        (watch.join().expect("the watch does not panic"), result)
    })
}

struct Process {
    directory: PathBuf,
    parent: u64,
    cpu: Duration,
    resident: u64,
}

/// The process `leader` and all its descendants.
fn family(leader: u32) -> Vec<Process> {
    let processes: BTreeMap<u64, Process> = fs::read_dir("/proc")
        .expect("Linux has /proc")
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, Process::read(&entry.path())?)))
        .collect();
    // vsftpd's sessions leave their parent's process group, so parents are followed.
    let descends = |mut id: u64| {
        while let Some(process) = processes.get(&id) {
            if id == u64::from(leader) {
                return true;
            }
            id = process.parent;
        }
        false
    };
    let ids: BTreeSet<_> = processes.keys().copied().filter(|&id| descends(id)).collect();
    processes.into_iter().filter(|(id, _)| ids.contains(id)).map(|(_, process)| process).collect()
}

impl Process {
    /// `None` for what is no process, or has gone.
    fn read(directory: &Path) -> Option<Self> {
        let stat = fs::read_to_string(directory.join("stat")).ok()?;
        // The name is in parentheses, and may hold anything; the state, field 3 of proc(5), follows.
        let (_, fields) = stat.rsplit_once(") ")?;
        let fields: Vec<_> = fields.split(' ').collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        let ticks = |count: u64| Duration::from_secs_f64(count as f64 / clock_ticks_per_second() as f64);
        // utime and stime know of threads that have ended, and cut off what is no whole tick; the scheduler is the other
        // way round. A server of many small processes would seem to use nothing.
        let own = ticks(field(14)? + field(15)?).max(scheduled(directory));
        // cutime and cstime.
        let children = ticks(field(16)? + field(17)?);
        Some(Self {
            directory: directory.to_owned(),
            parent: field(4)?,
            cpu: own + children,
            resident: field(24)? * page_size() as u64,
        })
    }
}

/// Processor time of a process' threads as the scheduler counts it; nothing where it does not tell.
fn scheduled(process: &Path) -> Duration {
    let threads = fs::read_dir(process.join("task")).into_iter().flatten().flatten();
    let nanoseconds = threads.filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}
