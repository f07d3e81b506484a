use std::{
    fs,
    io::{self, Read},
    mem,
    os::fd::{AsFd, OwnedFd},
    sync::{Mutex, PoisonError},
};

use rustix::{
    io::{Errno, Result},
    pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice},
};

/// How much a pipe holds. The system gives a user who is not root 64 MiB of pipes; who comes later copies.
const SIZE: usize = 1 << 20;

/// How many pipes that nobody uses are kept.
const KEPT: usize = 16;

static POOL: Mutex<Vec<Ends>> = Mutex::new(Vec::new());

/// A pipe, through which octets go from a connection to a file; it goes back to a pool if it is empty in the end.
pub(super) struct Pipe {
    /// `None` only while it is dropped.
    ends: Option<Ends>,
    /// Octets that are in it.
    octets: usize,
}

struct Ends {
    reader: OwnedFd,
    writer: OwnedFd,
}

impl Pipe {
    /// An empty pipe, unless the system has none of this size for us.
    pub(super) fn get() -> Option<Self> {
        let kept = POOL.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let ends = kept.or_else(|| Ends::new().ok())?;
        Some(Self { ends: Some(ends), octets: 0 })
    }

    /// Takes octets that have come over a connection, at most `most`; 0 at its end or before urgent data.
    pub(super) fn fill(&mut self, socket: impl AsFd, most: usize) -> Result<usize> {
        let Some(Ends { writer, .. }) = &self.ends else { return Ok(0) };
        let octets = splice(socket, None, writer, None, most, SpliceFlags::MOVE | SpliceFlags::NONBLOCK)?;
        self.octets += octets;
        Ok(octets)
    }

    /// Moves all octets into a file, to where its cursor is.
    pub(super) fn empty(&mut self, file: &fs::File) -> Result<()> {
        let Some(Ends { reader, .. }) = &self.ends else { return Ok(()) };
        while self.octets > 0 {
            match splice(reader, None, file, None, self.octets, SpliceFlags::MOVE) {
                Ok(0) => return Err(Errno::IO),
                Ok(octets) => self.octets = self.octets.saturating_sub(octets),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }

    /// Takes out what is left.
    pub(super) fn take_rest(mut self) -> io::Result<Vec<u8>> {
        let mut rest = vec![0; mem::take(&mut self.octets)];
        if let Some(Ends { reader, .. }) = self.ends.take() {
            fs::File::from(reader).read_exact(&mut rest)?;
        }
        Ok(rest)
    }
}

impl Ends {
    fn new() -> Result<Self> {
        let (reader, writer) = pipe_with(PipeFlags::CLOEXEC)?;
        fcntl_setpipe_size(&writer, SIZE)?;
        Ok(Self { reader, writer })
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        if self.octets == 0 && pool.len() < KEPT {
            pool.extend(self.ends.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, os::unix::net::UnixStream};

    use super::*;

    fn filled_with(octets: &[u8]) -> Pipe {
        let (mut far, near) = UnixStream::pair().unwrap();
        far.write_all(octets).unwrap();
        let mut pipe = Pipe::get().unwrap();
        assert_eq!(pipe.fill(&near, 100).unwrap(), octets.len());
        pipe
    }

    fn emptied(pipe: &mut Pipe) -> Vec<u8> {
        let mut file = tempfile::tempfile().unwrap();
        pipe.empty(&file).unwrap();
        io::Seek::rewind(&mut file).unwrap();
        let mut found = Vec::new();
        file.read_to_end(&mut found).unwrap();
        found
    }

    #[test]
    fn a_pipe_with_octets_in_it_is_not_used_again() {
        drop(filled_with(b"left"));
        // No more than this many can be in the pool.
        for _ in 0..=KEPT {
            let mut pipe = filled_with(b"x");
            assert_eq!(emptied(&mut pipe), b"x");
            mem::forget(pipe);
        }
    }

    #[test]
    fn what_is_in_a_pipe_can_be_taken_out() {
        assert_eq!(filled_with(b"octets").take_rest().unwrap(), b"octets");
        assert_eq!(emptied(&mut filled_with(b"octets")), b"octets");
    }

    #[test]
    fn few_are_kept() {
        let pipes: Vec<_> = (0..2 * KEPT).map(|_| Pipe::get().unwrap()).collect();
        drop(pipes);
        assert!((1..=KEPT).contains(&POOL.lock().unwrap().len()));
    }
}
