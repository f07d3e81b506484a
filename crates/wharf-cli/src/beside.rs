//! A writer whose lines a thread of its own writes.

use std::{
    io::{self, Write},
    sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    thread,
    time::{Duration, Instant},
};

/// How many lines wait to be written; what comes on top is left out until there is room.
const WAITING_LINES: usize = 10_000;

/// How long the end waits for the lines before it.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// How often it looks whether there is room to say that it is the end.
const LOOK: Duration = Duration::from_millis(10);

/// Never waits, and never fails.
#[derive(Clone)]
pub(crate) struct Beside(SyncSender<Message>);

/// When it is dropped, what waits is written, as far as that can be done in a second.
pub(crate) struct LastWords(SyncSender<Message>);

enum Message {
    Line(Vec<u8>),
    End(Sender<()>),
}

/// Has a thread write to `out`.
///
/// # Errors
/// The system has no thread.
pub(crate) fn start(out: impl Write + Send + 'static) -> io::Result<(Beside, LastWords)> {
    let (sender, messages) = sync_channel(WAITING_LINES);
    thread::Builder::new().name("log".into()).spawn(move || write_all(out, &messages))?;
    Ok((Beside(sender.clone()), LastWords(sender)))
}

fn write_all(mut out: impl Write, messages: &Receiver<Message>) {
    for message in messages {
        // There is nowhere to tell that the log cannot be written.
        match message {
            Message::Line(line) => drop(out.write_all(&line)),
            Message::End(ended) => drop(out.flush().and_then(|()| ended.send(()).map_err(io::Error::other))),
        }
    }
}

impl Write for Beside {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let _ = self.0.try_send(Message::Line(line.to_vec()));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for LastWords {
    fn drop(&mut self) {
        let latest = Instant::now() + LAST_WORDS;
        let (sender, ended) = channel();
        while self.0.try_send(Message::End(sender.clone())).is_err() {
            if Instant::now() > latest {
                return;
            }
            thread::sleep(LOOK);
        }
        let _ = ended.recv_timeout(latest.saturating_duration_since(Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(octets)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_end_waits_for_the_lines_before_it() {
        let out = Shared::default();
        let (mut log, last_words) = start(out.clone()).unwrap();
        let lines: Vec<u8> = (0..1000).flat_map(|line| format!("{line}\n").into_bytes()).collect();
        for line in lines.split_inclusive(|octet| *octet == b'\n') {
            log.write_all(line).unwrap();
        }
        drop(last_words);
        assert_eq!(*out.0.lock().unwrap(), lines);
    }

    #[test]
    fn who_takes_nothing_holds_nobody_up() {
        let out = Shared::default();
        let jam = out.0.lock().unwrap();
        let (mut log, last_words) = start(out.clone()).unwrap();
        for _ in 0..2 * WAITING_LINES {
            log.write_all(b"line\n").unwrap();
        }
        drop(last_words);
        drop(jam);
    }
}
