use std::{
    collections::BTreeMap,
    fs, io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::{StreamExt, TryStreamExt};

use crate::{
    Bytes, Capabilities, ErrorKind, Listing, Metadata, Pathname, Result, Sink, Source, SourceBody, Storage,
    WriteMode,
};

/// The most octets of one chunk that a source may give.
const LARGEST_CHUNK: usize = 4 << 20;

/// The backend under test, with the steps that the cases are made of.
#[derive(Clone, Debug)]
pub(super) struct Subject(pub(super) Arc<dyn Storage>);

impl Subject {
    pub(super) fn has(&self, capabilities: Capabilities) -> bool {
        self.0.capabilities().contains(capabilities)
    }

    /// Uploads a whole file.
    pub(super) async fn put(&self, path: &str, content: &[u8]) {
        self.write(path, WriteMode::Replace, content)
            .await
            .unwrap_or_else(|error| panic!("put {path}: {error:?}"));
    }

    /// Opens, writes and finishes.
    pub(super) async fn write(&self, path: &str, mode: WriteMode, content: &[u8]) -> Result<()> {
        let mut sink = self.0.open_write(&at(path), mode).await?;
        sink.write(Bytes::copy_from_slice(content)).await?;
        sink.finish().await
    }

    /// Opens for writing what must be possible to open.
    pub(super) async fn sink(&self, path: &str, mode: WriteMode) -> Box<dyn Sink> {
        let sink = self.0.open_write(&at(path), mode).await;
        sink.unwrap_or_else(|error| panic!("open_write {path} {mode:?}: {error:?}"))
    }

    /// The whole content of the file `path`.
    pub(super) async fn get(&self, path: &str) -> Vec<u8> {
        self.get_from(path, 0).await
    }

    pub(super) async fn get_from(&self, path: &str, offset: u64) -> Vec<u8> {
        octets(self.source(path, offset).await).await
    }

    pub(super) async fn source(&self, path: &str, offset: u64) -> Source {
        let source = self.0.open_read(&at(path), offset).await;
        source.unwrap_or_else(|error| panic!("open_read {path} {offset}: {error:?}"))
    }

    pub(super) async fn dir(&self, path: &str) {
        self.0.make_dir(&at(path)).await.unwrap_or_else(|error| panic!("make_dir {path}: {error:?}"));
    }

    pub(super) async fn metadata(&self, path: &str) -> Metadata {
        self.0.metadata(&at(path)).await.unwrap_or_else(|error| panic!("metadata {path}: {error:?}"))
    }

    pub(super) async fn rename(&self, from: &str, to: &str) -> Result<()> {
        self.0.rename(&at(from), &at(to)).await
    }

    pub(super) async fn rename_new(&self, from: &str, to: &str) -> Result<()> {
        self.0.rename_new(&at(from), &at(to)).await
    }

    pub(super) async fn listing(&self, path: &str) -> Listing {
        self.0.list(&at(path)).await.unwrap_or_else(|error| panic!("list {path}: {error:?}"))
    }

    /// All rows of a directory, by name; a name must come once only.
    pub(super) async fn rows(&self, path: &str) -> BTreeMap<Vec<u8>, Metadata> {
        let mut rows = BTreeMap::new();
        let mut listing = self.listing(path).await;
        while let Some(entry) = listing.next().await {
            let entry = entry.unwrap_or_else(|error| panic!("a row of {path}: {error:?}"));
            let again = rows.insert(entry.name.clone(), entry.metadata);
            assert!(again.is_none(), "{:?} is listed twice in {path}", entry.name.escape_ascii().to_string());
        }
        rows
    }

    /// The names in a directory, sorted and escaped; the same whether rows or names alone are asked for.
    pub(super) async fn names(&self, path: &str) -> Vec<String> {
        let rows: Vec<_> = self.rows(path).await.into_keys().collect();
        let names = self.0.list_names(&at(path)).await;
        let names = names.unwrap_or_else(|error| panic!("list_names {path}: {error:?}"));
        let mut names: Vec<_> =
            names.try_collect().await.unwrap_or_else(|error| panic!("a name of {path}: {error:?}"));
        names.sort();
        assert_eq!(names, rows, "the names that list and list_names have of {path}");
        names.iter().map(|name| name.escape_ascii().to_string()).collect()
    }

    /// That nothing has this pathname: not by metadata, not by opening, not in the listing of its directory.
    pub(super) async fn assert_missing(&self, path: &str) {
        expect(self.0.metadata(&at(path)).await, &[ErrorKind::NotFound], "metadata");
        expect(self.0.open_read(&at(path), 0).await, &[ErrorKind::NotFound], "open_read");
        let (parent, name) =
            (at(path).parent().expect("not the root"), at(path).name().unwrap_or_default().to_vec());
        let rows = self.rows(&String::from_utf8_lossy(parent.as_bytes())).await;
        assert!(!rows.contains_key(&name), "{path} is listed");
    }

    pub(super) async fn assert_file(&self, path: &str, content: &[u8]) {
        assert_eq!(shown(&self.get(path).await), shown(content), "the content of {path}");
        let metadata = self.metadata(path).await;
        assert!(metadata.is_file(), "{path} is {:?}", metadata.kind);
        assert_eq!(metadata.size, content.len() as u64, "the size of {path}");
    }

    pub(super) async fn assert_dir(&self, path: &str, names: &[&str]) {
        assert!(self.metadata(path).await.is_dir(), "{path} is no directory");
        assert_eq!(self.names(path).await, names, "the names in {path}");
    }
}

/// The pathname `text`.
pub(super) fn at(text: &str) -> Pathname {
    Pathname::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// That `result` is an error of one of these kinds.
#[track_caller]
pub(super) fn expect<T>(result: Result<T>, kinds: &[ErrorKind], what: &str) {
    match result {
        Ok(_) => panic!("{what}: it worked, where {kinds:?} was expected"),
        Err(error) => {
            assert!(kinds.contains(&error.kind()), "{what}: {error:?}, where {kinds:?} was expected")
        }
    }
}

/// All octets of a source.
pub(super) async fn octets(source: Source) -> Vec<u8> {
    match source.body {
        SourceBody::File { file, offset } => {
            let mut octets = Vec::new();
            let mut piece = vec![0; 1 << 16];
            loop {
                let position = offset.saturating_add(octets.len() as u64);
                match read_at(&file, &mut piece, position).expect("the file of a source can be read") {
                    0 => return octets,
                    count => octets.extend(piece.iter().take(count)),
                }
            }
        }
        SourceBody::Stream(stream) => {
            let chunks: Vec<Bytes> = stream.try_collect().await.expect("a source can be read to its end");
            assert!(chunks.iter().all(|chunk| !chunk.is_empty()), "a chunk is empty");
            assert!(chunks.iter().all(|chunk| chunk.len() <= LARGEST_CHUNK), "a chunk is too large");
            chunks.concat()
        }
    }
}

/// Octets that differ from place to place.
pub(super) fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|place| (place % 251) as u8 ^ (place >> 12) as u8).collect()
}

/// Lets other futures of the same task run.
pub(super) async fn pause() {
    struct Pause(bool);
    impl Future for Pause {
        type Output = ();
        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
            if self.0 {
                return Poll::Ready(());
            }
            self.0 = true;
            context.waker().wake_by_ref();
            Poll::Pending
        }
    }
    Pause(false).await;
}

/// Short content as text, long content by length and ends, so that a failed comparison can be read.
fn shown(content: &[u8]) -> String {
    match content.len() {
        0..=200 => content.escape_ascii().to_string(),
        len => {
            let sum =
                content.iter().fold(0u64, |sum, &octet| sum.wrapping_mul(31).wrapping_add(octet.into()));
            format!("{len} octets with the checksum {sum:x}")
        }
    }
}

#[cfg(unix)]
fn read_at(file: &fs::File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, position)
}

#[cfg(not(unix))]
fn read_at(mut file: &fs::File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    io::Seek::seek(&mut file, io::SeekFrom::Start(position))?;
    io::Read::read(&mut file, buffer)
}
