use std::{fs::File, io};

use wharf_interop::{fixture::noise, load::HOME};

use super::Direction;
use crate::{
    client::Content,
    compare::{Bench, Medium, Sample, Sizes, Task, Unit},
    contender::Running,
    pin::Pinned,
    root::{LARGE, UPLOADS},
};

/// Said of a server that does not let data connections resume.
pub(super) const NOT_RESUMED: &str = "full handshakes on data connections";

/// One session and one large file.
pub(super) struct Transfer {
    pub(super) name: &'static str,
    pub(super) direction: Direction,
    pub(super) medium: Medium,
    pub(super) tls: bool,
}

impl Transfer {
    /// Half as much under TLS, which takes longer.
    fn len(&self, sizes: &Sizes) -> u64 {
        if self.tls { sizes.large / 2 } else { sizes.large }
    }
}

impl Task for Transfer {
    fn name(&self) -> &'static str {
        self.name
    }

    fn title(&self, sizes: &Sizes) -> String {
        let medium = match (self.medium, self.direction) {
            (Medium::Memory, _) => "tmpfs",
            (Medium::Disk, Direction::Retrieve) => "disk, page cache",
            (Medium::Disk, Direction::Store) => "disk",
        };
        let tls = if self.tls { ", TLS 1.3" } else { "" };
        format!("{} of {} MiB, {medium}{tls}", self.direction.verb(), self.len(sizes) >> 20)
    }

    fn tls(&self) -> bool {
        self.tls
    }

    fn unit(&self) -> Unit {
        Unit::Octets
    }

    fn medium(&self) -> Medium {
        self.medium
    }

    fn prepare(&self, bench: &Bench) -> io::Result<()> {
        // What is stored comes from memory in any case.
        let medium = if self.direction == Direction::Store { Medium::Memory } else { self.medium };
        bench.root(medium).file(LARGE, bench.sizes.large)
    }

    fn sample(&self, bench: &Bench, server: &Running, part: u64) -> io::Result<Sample> {
        let _pinned = Pinned::new();
        let len = self.len(&bench.sizes) / part;
        let mut session = server.login(None)?;
        let mut sample = match self.direction {
            Direction::Retrieve => {
                session.enter(HOME)?;
                Sample::of(server, len, || {
                    let received = session.retrieve(LARGE, bench.sizes.large - len)?;
                    expect(received == len, || format!("{received} octets came, not {len}"))
                })?
            }
            Direction::Store => {
                session.enter(&format!("{HOME}/{UPLOADS}"))?;
                let file = File::open(bench.memory.files().join(LARGE))?;
                let block = noise(1 << 20);
                let content = Content { block: &block, file: Some(&file), len };
                let sample = Sample::of(server, len, || session.store("stored.bin", &content))?;
                let stored = bench.root(self.medium).uploaded()?;
                expect(stored == (1, len), || format!("{stored:?} was stored, not {len} octets"))?;
                sample
            }
        };
        sample.remark = session.had_full_handshakes().then_some(NOT_RESUMED);
        session.quit()?;
        Ok(sample)
    }
}

/// An error that says `otherwise`, unless it is so.
pub(super) fn expect(so: bool, otherwise: impl FnOnce() -> String) -> io::Result<()> {
    if so { Ok(()) } else { Err(io::Error::other(otherwise())) }
}
