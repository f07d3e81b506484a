use std::io;

use wharf_interop::load::HOME;

use super::transfer::expect;
use crate::{
    compare::{Bench, Sample, Sizes, Task, Unit},
    contender::Running,
    pin::Pinned,
    report::grouped,
    root::MANY,
};

/// A large directory.
pub(super) struct Listing;

impl Task for Listing {
    fn name(&self) -> &'static str {
        "list"
    }

    fn title(&self, sizes: &Sizes) -> String {
        format!("MLSD (vsftpd: LIST) of {} entries", grouped(&sizes.entries.to_string()))
    }

    fn unit(&self) -> Unit {
        Unit::Things("entry", "entries")
    }

    /// Sorting a part is not a part of sorting.
    fn divides(&self) -> bool {
        false
    }

    fn prepare(&self, bench: &Bench) -> io::Result<()> {
        bench.memory.directory(MANY, bench.sizes.entries, 0)
    }

    fn sample(&self, bench: &Bench, server: &Running, _: u64) -> io::Result<Sample> {
        let _pinned = Pinned::new();
        let entries = bench.sizes.entries as u64;
        let mut session = server.login(None)?;
        session.enter(HOME)?;
        let sample = Sample::of(server, entries, || {
            let rows = session.list(server.listing, MANY)?;
            // Some list the directory itself and the one above it as well.
            expect((entries..=entries + 2).contains(&rows), || format!("{rows} rows came"))
        })?;
        session.quit()?;
        Ok(sample)
    }
}
