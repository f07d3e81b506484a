use std::{fs, time::Duration};

use rustix::param::clock_ticks_per_second;

/// The processor time that the processes of a group have used so far, with that of their children that have ended.
///
/// From Linux' `/proc`; a process that a server has ended but not yet waited for is counted too.
pub(crate) fn cpu_time(process_group: u32) -> Duration {
    let processes = fs::read_dir("/proc").expect("Linux has /proc").flatten();
    let ticks: u64 = processes
        .filter_map(|process| fs::read_to_string(process.path().join("stat")).ok())
        .filter_map(|stat| ticks(&stat, process_group))
        .sum();
    Duration::from_secs_f64(ticks as f64 / clock_ticks_per_second() as f64)
}

/// The sum of utime, stime, cutime and cstime in a line of `/proc/PID/stat`, if the process is of that group.
fn ticks(stat: &str, process_group: u32) -> Option<u64> {
    // The name is in parentheses, and may hold anything; the state follows, then parent and group.
    let (_, fields) = stat.rsplit_once(") ")?;
    let fields: Vec<_> = fields.split(' ').collect();
    if fields.get(2)?.parse() != Ok(process_group) {
        return None;
    }
    fields.get(11..15)?.iter().map(|ticks| ticks.parse::<u64>().ok()).sum()
}
