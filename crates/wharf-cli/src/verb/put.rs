//! `wharf put`: from here to a server.

use std::{
    future::IntoFuture,
    io,
    path::{Path, PathBuf},
};

use futures_util::{StreamExt, stream};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use wharf::{
    Client, ErrorKind,
    storage::{EntryKind, Local, Pathname, Storage},
};

use super::RemoteVerb;
use crate::{
    begun::{Trees, Whole},
    exit::{Exit, Failure},
    moving, output,
    progress::Meter,
    session::Session,
    site::{self, Place},
    url::{self, join},
};

/// How many octets are read at a time where they do not come from a file.
const CHUNK: usize = 128 << 10;

/// Upload files, or with -r whole trees.
///
/// Files that are there are replaced when the new ones are whole, directories that are missing are made. Work that is cut or
/// interrupted can be gone on with: until it is whole a large file, and one that replaces another, has a name that ends in
/// .wharf-part. What comes from standard input comes once: where that is interrupted, nothing is left of it. Symbolic links in a
/// tree that lead out of it are left out; one that is named as SRC is followed.
#[derive(Debug, clap::Args)]
pub(crate) struct Put {
    /// What to upload; - is standard input
    #[arg(required = true)]
    src: Vec<PathBuf>,

    /// Where to put it: ftp://[user@]host[:port]/path, a directory that is there, or ends with a slash, or else the new name
    url: Place,

    /// Upload directories with all below them
    #[arg(short, long)]
    recursive: bool,

    #[command(flatten)]
    moving: moving::Moving,
}

/// Something to upload.
enum Source {
    /// A file or directory of the storage.
    Entry { storage: Local, path: Pathname, is_dir: bool },
    /// A pipe, a terminal, a device.
    Stream(Box<dyn AsyncRead + Unpin + Send>),
}

/// A file or directory, and where it goes.
struct Entry<'s> {
    /// What the user calls it.
    src: &'s Path,
    storage: Local,
    path: Pathname,
    is_dir: bool,
    destination: Vec<u8>,
}

impl RemoteVerb for Put {
    const EXAMPLES: &'static str = "\
wharf put report.pdf ftp://anna@ftp.example.org/inbox/
wharf put -r site ftp://anna@ftp.example.org/www/
wharf put -r --continue -P 8 site ftp://anna@ftp.example.org/www/
tar c site | wharf put - ftp://anna@ftp.example.org/backup/site.tar";

    const HERE: bool = true;

    fn place(&self) -> &Place {
        &self.url
    }

    fn check_order(&self) -> Result<(), Failure> {
        let is_url = |src: &PathBuf| src.to_str().is_some_and(site::is_absolute);
        match !self.url.is_absolute() && self.src.iter().any(is_url) {
            true => Err(Failure::usage("the last argument is the URL; what to upload comes before it")),
            false => Ok(()),
        }
    }

    fn again(&self) -> Option<&'static str> {
        let piped = self.src.iter().any(|src| src == Path::new("-"));
        (!piped).then(|| self.moving.again(self.recursive))
    }

    async fn clean_up(&self, session: &mut Session) {
        let Some(part) = session.unfinished.take() else { return };
        if let Ok(mut connection) = session.client.connection().await {
            // It has gone already where the server keeps no parts.
            let _ = connection.remove_file(&part).await;
        }
    }

    async fn run(&self, session: &mut Session) -> Result<(), Failure> {
        let path = session.site.path(&self.url)?;
        let mut sources = self.sources()?;
        let several = sources.len() > 1;
        let into = match several || path.is_empty() || path.ends_with(b"/") {
            true => true,
            false => is_dir(session, &path).await && !self.goes_on(session, &path, &sources).await,
        };
        let tree = |source: &Source| matches!(source, Source::Entry { is_dir: true, .. });
        let single = !several && !sources.iter().any(|(_, source)| tree(source));
        let meter = Meter::new(session, single);
        if !single && meter.is_visible() {
            meter.total(total(&sources).await);
        }
        self.moving.begin(session);
        let mut entries = Vec::new();
        for (src, source) in sources.drain(..) {
            let destination = match (into, name(src)) {
                (true, Some(name)) => match session.client.remote_name(name).map_err(Failure::from) {
                    Ok(name) => join(&path, &name),
                    Err(failure) if several => {
                        meter.failed(&failure);
                        continue;
                    }
                    Err(failure) => return Err(failure),
                },
                (true, None) if matches!(source, Source::Stream(_)) => {
                    let text = format!("{} has no name: give it one in the URL", output::shown(src));
                    return Err(Failure::usage(text));
                }
                _ => path.clone(),
            };
            match source {
                Source::Entry { storage, path, is_dir } => {
                    entries.push(Entry { src, storage, path, is_dir, destination });
                }
                Source::Stream(mut from) => {
                    meter.begin(&destination, None);
                    let copied = copy(session, &mut *from, src, &destination, &meter).await;
                    let copied = copied
                        .map(|octets| meter.ended(src.as_os_str().as_encoded_bytes(), &destination, octets));
                    match copied {
                        Err(failure) if several && session.is_open() => meter.failed(&failure),
                        copied => {
                            copied?;
                            meter.unverified(usize::from(self.moving.verify));
                        }
                    }
                }
            }
        }
        self.upload_all(&session.client, &entries, &meter).await?;
        meter.finish()
    }
}

impl Put {
    /// What is to be uploaded, before anything is.
    fn sources(&self) -> Result<Vec<(&PathBuf, Source)>, Failure> {
        let mut sources = Vec::new();
        for src in &self.src {
            let fails = |reason: &dyn std::fmt::Display| Failure::about(src, reason);
            let source = open(src).map_err(|error| fails(&error))?;
            if matches!(source, Source::Entry { is_dir: true, .. }) && !self.recursive {
                let text = format!("{} is a directory; -r uploads it", output::shown(src));
                return Err(Failure::usage(text));
            }
            sources.push((src, source));
        }
        Ok(sources)
    }

    /// Whether the directory `path`, which is there, is not where to put the only source, but a copy of it that was begun and
    /// is to be gone on with.
    async fn goes_on(&self, session: &mut Session, path: &[u8], sources: &[(&PathBuf, Source)]) -> bool {
        let [(src, Source::Entry { storage, is_dir: true, .. })] = sources else { return false };
        let Some(name) = name(src) else { return false };
        let Ok(below) = session.client.remote_name(name).map(|name| join(path, &name)) else { return false };
        if url::file_name(path).is_none() || !matches!(session.exists(&below).await, Ok(false)) {
            return false;
        }
        let charset = session.site.charset;
        let begun = Trees { here: storage, there: path, charset, whole: Whole::Here }.begun(session).await;
        let (part, otherwise) = (session.shown(path), session.shown(&below));
        self.moving.goes_on(session, begun, &part, &otherwise)
    }

    /// Uploads some entries at a time. One that fails ends it if it is the only one.
    async fn upload_all(&self, client: &Client, entries: &[Entry<'_>], meter: &Meter) -> Result<(), Failure> {
        let uploads = entries.iter().map(|entry| self.upload(client, entry, meter));
        let mut uploads = stream::iter(uploads).buffer_unordered(self.moving.parallel);
        while let Some(uploaded) = uploads.next().await {
            match uploaded {
                Err(failure) if self.src.len() > 1 && failure.exit != Exit::Login => meter.failed(&failure),
                uploaded => uploaded?,
            }
        }
        Ok(())
    }

    async fn upload(&self, client: &Client, entry: &Entry<'_>, meter: &Meter) -> Result<(), Failure> {
        let Entry { src, storage, path, is_dir, destination } = entry;
        let upload = client.upload(storage, path.as_bytes(), destination);
        let (upload, progress) = self.moving.upload(upload).progress();
        // A failure of a single file is the whole failure, those of a tree are told as they come.
        let base = src.as_os_str().as_encoded_bytes();
        let base = base.strip_suffix(b"/").unwrap_or(base);
        let called = |source: &[u8]| match is_dir {
            true => [base, source].concat(),
            false => base.to_vec(),
        };
        let (done, ()) = tokio::join!(upload.into_future(), meter.watch(progress, called, <[u8]>::to_vec));
        let report = done.map_err(|error| match error.kind() {
            ErrorKind::Storage => Failure::about(src, &error),
            _ => error.into(),
        })?;
        meter.unverified(report.unverified);
        Ok(())
    }
}

/// Copies what can be read only once to the file `destination`.
async fn copy(
    session: &mut Session,
    from: &mut (dyn AsyncRead + Unpin + Send),
    src: &Path,
    destination: &[u8],
    meter: &Meter,
) -> Result<u64, Failure> {
    let client = session.client.clone();
    let mut to = match client.write_whole(destination).await {
        Ok(to) => to,
        Err(error) if error.is_permanent_refusal() => {
            // Its directory may be missing.
            let Some(directory) = url::directory(destination) else { return Err(error.into()) };
            client.make_dir_all(directory).await?;
            client.write_whole(destination).await?
        }
        Err(error) => return Err(error.into()),
    };
    session.unfinished = to.part().map(<[u8]>::to_vec);
    let mut octets = 0_u64;
    let mut buffer = vec![0; CHUNK];
    loop {
        let chunk = match from.read(&mut buffer).await {
            Ok(read) => buffer.get(..read).unwrap_or_default(),
            Err(error) => {
                // What was sent is not the whole file.
                let _ = to.abort().await;
                session.unfinished = None;
                return Err(Failure::about(src, &error));
            }
        };
        // An error of the data connection is told by `finish`, in the server's words if it has some.
        if chunk.is_empty() || to.write_all(chunk).await.is_err() {
            break;
        }
        octets = octets.saturating_add(chunk.len() as u64);
        meter.moved(octets);
    }
    let stored = to.store().await;
    // It is whole: it stays, and nothing else may have its name when that is interrupted.
    session.unfinished = None;
    stored?.publish().await?;
    Ok(octets)
}

fn open(src: &Path) -> io::Result<Source> {
    if src == Path::new("-") {
        return Ok(Source::Stream(Box::new(tokio::io::stdin())));
    }
    let real = src.canonicalize()?;
    let metadata = real.metadata()?;
    if metadata.is_dir() {
        return Ok(Source::Entry { storage: Local::open(&real)?, path: Pathname::root(), is_dir: true });
    }
    if !metadata.is_file() {
        let from = std::fs::File::open(&real)?;
        return Ok(Source::Stream(Box::new(tokio::fs::File::from_std(from))));
    }
    let name = real.file_name().map(|name| name.as_encoded_bytes()).unwrap_or_default();
    let path =
        Pathname::root().join(name).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let directory = real.parent().unwrap_or(Path::new("/"));
    Ok(Source::Entry { storage: Local::open(directory)?, path, is_dir: false })
}

/// The name that `src` has by itself: `.` and `/` have none, and are uploaded into the destination.
fn name(src: &Path) -> Option<&[u8]> {
    src.file_name().map(|name| name.as_encoded_bytes()).filter(|name| *name != b"-")
}

/// Whether `path` is a directory that is there. If the server does not say, it is none.
async fn is_dir(session: &mut Session, path: &[u8]) -> bool {
    session.is_dir(path).await.unwrap_or(false)
}

/// The octets of all files; `None` where that cannot be known.
async fn total(sources: &[(&PathBuf, Source)]) -> Option<u64> {
    let mut total = 0_u64;
    for (_, source) in sources {
        let Source::Entry { storage, path, .. } = source else { return None };
        let mut directories = Vec::new();
        let metadata = storage.metadata(path).await.ok()?;
        match metadata.is_dir() {
            true => directories.push(path.clone()),
            false => total = total.saturating_add(metadata.size),
        }
        while let Some(directory) = directories.pop() {
            let Ok(mut listing) = storage.list(&directory).await else { continue };
            while let Some(Ok(entry)) = listing.next().await {
                match (entry.metadata.kind, directory.join(&entry.name)) {
                    (EntryKind::File, _) => total = total.saturating_add(entry.metadata.size),
                    (EntryKind::Directory, Ok(below)) => directories.push(below),
                    _ => {}
                }
            }
        }
    }
    Some(total)
}
