use std::{fs::File, io};

use wharf_interop::load::HOME;

use super::{Direction, transfer::expect};
use crate::{
    client::{Content, Session},
    compare::{Bench, Sample, Sizes, Task, Unit, at_once},
    contender::Running,
    machine::source,
    root::{UPLOADS, file_name},
};

const NAME: &str = "crowd.bin";

/// Many sessions that transfer at once.
pub(super) struct Crowd {
    pub(super) name: &'static str,
    pub(super) direction: Direction,
}

impl Task for Crowd {
    fn name(&self) -> &'static str {
        self.name
    }

    fn title(&self, sizes: &Sizes) -> String {
        format!(
            "{} of {} MiB by each of {} sessions at once",
            self.direction.verb(),
            sizes.crowd_len >> 20,
            sizes.crowd
        )
    }

    fn unit(&self) -> Unit {
        Unit::Octets
    }

    fn prepare(&self, bench: &Bench) -> io::Result<()> {
        bench.memory.file(NAME, bench.sizes.crowd_len)
    }

    fn sample(&self, bench: &Bench, server: &Running, part: u64) -> io::Result<Sample> {
        let len = bench.sizes.crowd_len / part;
        let offset = bench.sizes.crowd_len - len;
        let directory = if self.direction == Direction::Retrieve { "" } else { UPLOADS };
        let mut sessions = Vec::new();
        for number in 0..bench.sizes.crowd {
            let mut session = server.login(Some(source(number)))?;
            session.enter(&format!("{HOME}/{directory}"))?;
            sessions.push(session);
        }
        let file = File::open(bench.memory.files().join(NAME))?;
        let content = Content { block: &[], file: Some(&file), len };
        let amount = len * sessions.len() as u64;
        let sample = Sample::of(server, amount, || {
            at_once(&mut sessions, |number, session| match self.direction {
                Direction::Retrieve => {
                    let received = session.retrieve(NAME, offset)?;
                    expect(received == len, || format!("{received} octets came, not {len}"))
                }
                Direction::Store => session.store(&file_name(number), &content),
            })
        })?;
        if self.direction == Direction::Store {
            let stored = bench.memory.uploaded()?;
            expect(stored == (sessions.len(), amount), || {
                format!("{stored:?} was stored, not {amount} octets")
            })?;
        }
        sessions.iter_mut().try_for_each(Session::quit)?;
        Ok(sample)
    }
}
