//! `wharf serve` under load: beside other servers, and for a long time.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark that cannot run ends, and prints what it found"
)]

mod compare;
mod loader;
mod soak;
mod usage;

use std::{env, time::Duration};

const USAGE: &str = "usage: wharf-bench compare [ROUNDS [MEBIBYTES]] | wharf-bench soak [SECONDS]";

fn main() {
    let mut arguments = env::args().skip(1);
    let task = arguments.next();
    let mut number = |default| match arguments.next() {
        None => default,
        Some(text) => text.parse().ok().filter(|&number| number > 0).expect(USAGE),
    };
    match task.as_deref() {
        Some("compare") => compare::run(number(5), number(256)),
        Some("soak") => soak::run(Duration::from_secs(number(60) as u64)),
        _ => panic!("{USAGE}"),
    }
}
