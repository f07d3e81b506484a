use std::{fs, net::Ipv4Addr, thread};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The day, and what a reader has to know of the machine.
pub(crate) fn describe() -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let processors = read("/proc/cpuinfo");
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    format!(
        "{}, {} processors ({}), Linux {}",
        jiff::Timestamp::now().strftime("%Y-%m-%d"),
        thread::available_parallelism().map_or(0, usize::from),
        model.map_or("unknown", |(_, model)| model),
        read("/proc/sys/kernel/osrelease").trim(),
    )
}

/// As many open files as this user may have, for us and the servers that we start; returns how many.
pub(crate) fn allow_many_descriptors() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })
        .expect("the soft limit may be raised to the hard one");
    limit.maximum.unwrap_or(u64::MAX)
}

/// An address to connect from, so that thousands of sessions do not share one address' ports.
pub(crate) fn source(number: usize) -> Ipv4Addr {
    let [.., b, c] = (number % 250).to_be_bytes();
    Ipv4Addr::new(127, 250, b, c + 1)
}
