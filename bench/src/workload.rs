//! What is measured: a file for each kind.

mod cold;
mod crowd;
mod files;
mod idle;
mod listing;
mod logins;
mod round_trips;
mod transfer;

use std::io;

use self::{
    cold::Cold,
    crowd::Crowd,
    files::Files,
    idle::Idle,
    listing::Listing,
    logins::{Logins, TlsLogins},
    round_trips::RoundTrips,
    transfer::Transfer,
};
use crate::{
    compare::{Bench, Medium, Task, in_rounds},
    figure::Figure,
};

/// Something that can be measured, by a name.
pub(crate) trait Workload {
    /// Measures it; one figure or more.
    fn measure(&self, bench: &Bench) -> io::Result<Vec<Figure>>;
}

impl<T: Task> Workload for T {
    fn measure(&self, bench: &Bench) -> io::Result<Vec<Figure>> {
        Ok(vec![in_rounds(self, bench)?])
    }
}

/// From the server, or to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Retrieve,
    Store,
}

impl Direction {
    fn verb(self) -> &'static str {
        match self {
            Self::Retrieve => "RETR",
            Self::Store => "STOR",
        }
    }
}

/// All workloads, by name, in the order of the report.
pub(crate) fn all() -> Vec<(&'static str, Box<dyn Workload>)> {
    let transfer = |name, direction, medium| Transfer { name, direction, medium, tls: false };
    let protected = |name, direction| Transfer { name, direction, medium: Medium::Memory, tls: true };
    let files = |name, direction, sessions| Files { name, direction, sessions };
    vec![
        ("retr", Box::new(transfer("retr", Direction::Retrieve, Medium::Memory))),
        ("stor", Box::new(transfer("stor", Direction::Store, Medium::Memory))),
        ("retr-disk", Box::new(transfer("retr-disk", Direction::Retrieve, Medium::Disk))),
        ("stor-disk", Box::new(transfer("stor-disk", Direction::Store, Medium::Disk))),
        ("retr-tls", Box::new(protected("retr-tls", Direction::Retrieve))),
        ("stor-tls", Box::new(protected("stor-tls", Direction::Store))),
        ("crowd-retr", Box::new(Crowd { name: "crowd-retr", direction: Direction::Retrieve })),
        ("crowd-stor", Box::new(Crowd { name: "crowd-stor", direction: Direction::Store })),
        ("files-retr", Box::new(files("files-retr", Direction::Retrieve, 1))),
        ("files-retr-8", Box::new(files("files-retr-8", Direction::Retrieve, 8))),
        ("files-stor", Box::new(files("files-stor", Direction::Store, 1))),
        ("files-stor-8", Box::new(files("files-stor-8", Direction::Store, 8))),
        ("logins", Box::new(Logins)),
        ("logins-tls", Box::new(TlsLogins)),
        ("list", Box::new(Listing)),
        ("pwd", Box::new(RoundTrips { name: "pwd", pipelined: 1 })),
        ("pwd-50", Box::new(RoundTrips { name: "pwd-50", pipelined: 50 })),
        ("idle", Box::new(Idle { tls: false })),
        ("idle-tls", Box::new(Idle { tls: true })),
        ("cold", Box::new(Cold)),
    ]
}

/// Their names.
pub(crate) fn names() -> Vec<&'static str> {
    all().into_iter().map(|(name, _)| name).collect()
}
