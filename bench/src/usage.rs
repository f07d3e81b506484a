use std::{fs, path::Path, time::Duration};

use rustix::param::{clock_ticks_per_second, page_size};

/// What the processes of a group use, from Linux' `/proc`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// Processor time so far, that of children that have ended included.
    pub(crate) cpu: Duration,
    /// Memory now, in octets.
    pub(crate) resident: u64,
    /// Open files and sockets now.
    pub(crate) descriptors: usize,
}

impl Usage {
    /// The sum over all processes of the group.
    pub(crate) fn of(process_group: u32) -> Self {
        let processes = fs::read_dir("/proc").expect("Linux has /proc").flatten();
        processes.filter_map(|process| Self::of_process(&process.path(), process_group)).fold(
            Self::default(),
            |sum, one| Self {
                cpu: sum.cpu + one.cpu,
                resident: sum.resident + one.resident,
                descriptors: sum.descriptors + one.descriptors,
            },
        )
    }

    /// `None` for a process of another group, or one that has gone.
    fn of_process(process: &Path, process_group: u32) -> Option<Self> {
        let stat = fs::read_to_string(process.join("stat")).ok()?;
        // The name is in parentheses, and may hold anything; the state, field 3 of proc(5), follows.
        let (_, fields) = stat.rsplit_once(") ")?;
        let fields: Vec<_> = fields.split(' ').collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        if field(5)? != u64::from(process_group) {
            return None;
        }
        // utime, stime, cutime, cstime.
        let ticks = field(14)? + field(15)? + field(16)? + field(17)?;
        Some(Self {
            cpu: Duration::from_secs_f64(ticks as f64 / clock_ticks_per_second() as f64),
            resident: field(24)? * page_size() as u64,
            descriptors: fs::read_dir(process.join("fd")).map(Iterator::count).unwrap_or_default(),
        })
    }
}
