use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use rustix::param::{clock_ticks_per_second, page_size};

/// What some processes use, from Linux' `/proc`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// Processor time so far, that of children that have ended included.
    pub(crate) cpu: Duration,
    /// Memory now, in octets.
    pub(crate) resident: u64,
    /// Open files and sockets now.
    pub(crate) descriptors: usize,
}

struct Process {
    parent: u64,
    usage: Usage,
}

impl Usage {
    /// The sum over the process `leader` and all its descendants.
    pub(crate) fn of(leader: u32) -> Self {
        let processes: BTreeMap<u64, Process> = fs::read_dir("/proc")
            .expect("Linux has /proc")
            .flatten()
            .filter_map(|entry| {
                Some((entry.file_name().to_str()?.parse().ok()?, Process::read(&entry.path())?))
            })
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
        processes.iter().filter(|(id, _)| descends(**id)).fold(Self::default(), |sum, (_, process)| Self {
            cpu: sum.cpu + process.usage.cpu,
            resident: sum.resident + process.usage.resident,
            descriptors: sum.descriptors + process.usage.descriptors,
        })
    }
}

impl Process {
    /// `None` for what is no process, or has gone.
    fn read(directory: &Path) -> Option<Self> {
        let stat = fs::read_to_string(directory.join("stat")).ok()?;
        // The name is in parentheses, and may hold anything; the state, field 3 of proc(5), follows.
        let (_, fields) = stat.rsplit_once(") ")?;
        let fields: Vec<_> = fields.split(' ').collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        // utime, stime, cutime, cstime.
        let ticks = field(14)? + field(15)? + field(16)? + field(17)?;
        Some(Self {
            parent: field(4)?,
            usage: Usage {
                cpu: Duration::from_secs_f64(ticks as f64 / clock_ticks_per_second() as f64),
                resident: field(24)? * page_size() as u64,
                descriptors: fs::read_dir(directory.join("fd")).map(Iterator::count).unwrap_or_default(),
            },
        })
    }
}
