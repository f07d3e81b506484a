use std::{
    collections::VecDeque,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;
use tokio::sync::Notify;

/// How many events may wait unless it is said.
const WAITING: usize = 100_000;

/// Events that wait, each a file, so that they outlast the program and the machine.
#[derive(Debug)]
pub(super) struct Queue {
    folder: PathBuf,
    room: usize,
    waiting: Mutex<Waiting>,
    come: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    written: VecDeque<u64>,
    /// Those that are being written.
    coming: usize,
}

impl Queue {
    /// A queue in this folder, which is not looked at yet.
    pub(super) fn new(folder: PathBuf, room: Option<usize>) -> Self {
        let room = room.unwrap_or(WAITING);
        Self { folder, room, waiting: Mutex::default(), come: Notify::new() }
    }

    /// Finds what an earlier server has left, and makes sure that events can be written down.
    ///
    /// # Errors
    /// They cannot.
    pub(super) fn open(&self) -> io::Result<()> {
        private_folder(&self.folder)?;
        let mut written = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let number = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
            match (number, path.extension().and_then(|extension| extension.to_str())) {
                (Some(number), Some("json")) => written.push(number),
                // What a crash has left half written was acknowledged to nobody.
                (Some(_), Some("new")) => fs::remove_file(&path)?,
                _ => {}
            }
        }
        written.sort_unstable();
        let next = written.last().map_or(1, |last: &u64| last + 1);
        let tried = self.path(next, "new");
        private_file(&tried)?;
        fs::remove_file(tried)?;
        *self.waiting() = Waiting { next, written: written.into(), coming: 0 };
        Ok(())
    }

    /// Adds an event, which is on the disk then. Without `may_fill` it takes a place in the first half only.
    ///
    /// # Errors
    /// As many wait as may; it cannot be written.
    pub(super) fn push(&self, mut event: Value, may_fill: bool) -> io::Result<()> {
        let number = {
            let mut waiting = self.waiting();
            let room = if may_fill { self.room } else { self.room.div_ceil(2) };
            if waiting.written.len() + waiting.coming >= room {
                return Err(io::Error::other("as many events wait as may"));
            }
            waiting.coming += 1;
            waiting.next += 1;
            waiting.next - 1
        };
        if let Value::Object(fields) = &mut event {
            fields.insert("id".to_owned(), Self::id(number).into());
        }
        let written = self.write(number, &event);
        let mut waiting = self.waiting();
        waiting.coming -= 1;
        written?;
        // One that came later may have been written before.
        let place = waiting.written.partition_point(|other| *other < number);
        waiting.written.insert(place, number);
        drop(waiting);
        self.come.notify_one();
        Ok(())
    }

    fn write(&self, number: u64, event: &Value) -> io::Result<()> {
        let (new, path) = (self.path(number, "new"), self.path(number, "json"));
        let mut file = private_file(&new)?;
        file.write_all(&serde_json::to_vec(event)?)?;
        file.sync_all()?;
        fs::rename(&new, &path)?;
        File::open(&self.folder)?.sync_all()
    }

    /// The first that waits. Cancel safe.
    pub(super) async fn first(&self) -> u64 {
        loop {
            if let Some(first) = self.waiting().written.front() {
                return *first;
            }
            self.come.notified().await;
        }
    }

    pub(super) fn read(&self, number: u64) -> io::Result<Vec<u8>> {
        fs::read(self.path(number, "json"))
    }

    /// It was taken.
    pub(super) fn remove(&self, number: u64) -> io::Result<()> {
        match fs::remove_file(self.path(number, "json")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.waiting().written.retain(|other| *other != number);
        Ok(())
    }

    /// What an event is called.
    pub(super) fn id(number: u64) -> String {
        format!("{number:020}")
    }

    fn path(&self, number: u64, extension: &str) -> PathBuf {
        self.folder.join(format!("{number:020}.{extension}"))
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a folder, and those around it, for nobody else: events name users and files.
fn private_folder(folder: &Path) -> io::Result<()> {
    let mut new = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut new, 0o700);
    new.recursive(true).create(folder)
}

fn private_file(file: &Path) -> io::Result<File> {
    let mut new = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
    new.write(true).create(true).truncate(true).open(file)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn events_come_in_their_order_also_after_a_crash_and_no_more_than_have_room() {
        let folder = tempfile::tempdir().unwrap();
        let open = |room| {
            let queue = Queue::new(folder.path().to_owned(), Some(room));
            queue.open().unwrap();
            queue
        };
        let queue = open(2);
        queue.push(json!({"event": "one"}), false).unwrap();
        assert!(queue.push(json!({"event": "left out"}), false).is_err());
        queue.push(json!({"event": "two"}), true).unwrap();
        assert!(queue.push(json!({"event": "three"}), true).is_err());
        // The program was killed while it wrote one.
        fs::write(folder.path().join("00000000000000000009.new"), "{\"ev").unwrap();
        drop(queue);
        let queue = open(3);
        queue.push(json!({"event": "three"}), true).unwrap();
        for (number, name) in [(1, "one"), (2, "two"), (3, "three")] {
            let first = queue.first().await;
            let event: Value = serde_json::from_slice(&queue.read(first).unwrap()).unwrap();
            assert_eq!(
                (first, &event["event"], &event["id"]),
                (number, &name.into(), &format!("{number:020}").into())
            );
            queue.remove(first).unwrap();
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_what_waits() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let queue = Queue::new(folder.path().join("queue"), None);
        queue.open().unwrap();
        queue.push(json!({"event": "one"}), true).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&queue.folder), mode(&queue.path(1, "json"))), (0o700, 0o600));
    }
}
