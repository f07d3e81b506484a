use std::{
    io,
    time::{Duration, Instant},
};

use crate::{
    compare::{Bench, Sample, Sizes, Task, Unit},
    contender::Running,
    pin::Pinned,
};

const DURATION: Duration = Duration::from_millis(500);

/// Commands that are answered at once: one at a time, or some in one write.
pub(super) struct RoundTrips {
    pub(super) name: &'static str,
    pub(super) pipelined: usize,
}

impl Task for RoundTrips {
    fn name(&self) -> &'static str {
        self.name
    }

    fn title(&self, _: &Sizes) -> String {
        match self.pipelined {
            1 => "PWD, one after the other".to_owned(),
            many => format!("PWD, {many} in one write"),
        }
    }

    fn unit(&self) -> Unit {
        Unit::Things("command", "commands")
    }

    /// It takes so long for everybody.
    fn divides(&self) -> bool {
        false
    }

    fn prepare(&self, _: &Bench) -> io::Result<()> {
        Ok(())
    }

    fn sample(&self, _: &Bench, server: &Running, _: u64) -> io::Result<Sample> {
        let _pinned = Pinned::new();
        let mut session = server.login(None)?;
        let lines = b"PWD\r\n".repeat(self.pipelined);
        let mut commands = 0;
        let mut sample = Sample::of(server, 0, || {
            let deadline = Instant::now() + DURATION;
            while Instant::now() < deadline {
                session.pipeline(&lines, self.pipelined)?;
                commands += self.pipelined as u64;
            }
            Ok(())
        })?;
        sample.amount = commands;
        session.quit()?;
        Ok(sample)
    }
}
