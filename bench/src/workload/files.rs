use std::io;

use wharf_interop::{fixture::noise, load::HOME};

use super::{Direction, transfer::expect};
use crate::{
    client::{Content, Session},
    compare::{Bench, Medium, Sample, Sizes, Task, Unit, at_once},
    contender::Running,
    pin::Pinned,
    report::grouped,
    root::{SMALL, UPLOADS, file_name},
};

const LEN: usize = 4 << 10;

/// Many small files, one after the other, in one session or some at once.
pub(super) struct Files {
    pub(super) name: &'static str,
    pub(super) direction: Direction,
    pub(super) sessions: usize,
}

impl Task for Files {
    fn name(&self) -> &'static str {
        self.name
    }

    fn title(&self, sizes: &Sizes) -> String {
        let sessions =
            if self.sessions == 1 { "one session".to_owned() } else { format!("{} sessions", self.sessions) };
        format!(
            "{} of {} files of 4 KiB, {sessions}",
            self.direction.verb(),
            grouped(&sizes.files.to_string())
        )
    }

    fn unit(&self) -> Unit {
        Unit::Things("file", "files")
    }

    fn prepare(&self, bench: &Bench) -> io::Result<()> {
        match self.direction {
            Direction::Retrieve => bench.memory.directory(SMALL, bench.sizes.files, LEN),
            Direction::Store => Ok(()),
        }
    }

    fn sample(&self, bench: &Bench, server: &Running, part: u64) -> io::Result<Sample> {
        // Threads keep to the processor of the thread that starts them.
        let _pinned = (self.sessions == 1).then(Pinned::new);
        let files = bench.sizes.files / part as usize;
        let directory = if self.direction == Direction::Retrieve { SMALL } else { UPLOADS };
        let mut sessions = Vec::new();
        for _ in 0..self.sessions {
            let mut session = server.login(None)?;
            session.enter(&format!("{HOME}/{directory}"))?;
            sessions.push(session);
        }
        let content = noise(LEN);
        let sample = Sample::of(server, files as u64, || {
            at_once(&mut sessions, |first, session| {
                for name in (first..files).step_by(self.sessions).map(file_name) {
                    match self.direction {
                        Direction::Retrieve => {
                            let len = session.retrieve(&name, 0)?;
                            expect(len == LEN as u64, || format!("{len} octets came"))?;
                        }
                        Direction::Store => session.store(&name, &Content::of(&content))?,
                    }
                }
                Ok(())
            })
        })?;
        if self.direction == Direction::Store {
            let stored = bench.root(Medium::Memory).uploaded()?;
            expect(stored == (files, (files * LEN) as u64), || format!("{stored:?} was stored"))?;
        }
        sessions.iter_mut().try_for_each(Session::quit)?;
        Ok(sample)
    }
}
