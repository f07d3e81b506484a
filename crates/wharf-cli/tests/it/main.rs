//! The program as its users meet it: what it says, and what it does to files.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[cfg(unix)]
mod bench;
mod cases;
#[cfg(unix)]
mod config;
#[cfg(unix)]
mod control;
#[cfg(target_os = "linux")]
mod disk;
#[cfg(unix)]
mod exits;
#[cfg(unix)]
mod going_on;
#[cfg(unix)]
mod hints;
#[cfg(target_os = "linux")]
mod hosts;
#[cfg(unix)]
mod killed;
#[cfg(unix)]
mod log;
#[cfg(unix)]
mod manual;
#[cfg(unix)]
mod names;
#[cfg(unix)]
mod notify;
#[cfg(unix)]
mod packaging;
#[cfg(unix)]
mod passwords;
#[cfg(unix)]
mod premises;
mod probe;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod program;
#[cfg(unix)]
mod relay;
#[cfg(unix)]
mod reload;
#[cfg(unix)]
mod secrets;
#[cfg(unix)]
mod serve;
mod served;
#[cfg(unix)]
mod shell;
#[cfg(unix)]
mod signals;
mod slips;
mod sync;
#[cfg(all(unix, feature = "otel"))]
mod telemetry;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod tls;
#[cfg(unix)]
mod transfers;
#[cfg(unix)]
mod under_load;
mod verbs;
#[cfg(unix)]
mod virtual_hosts;
#[cfg(unix)]
mod watch;
