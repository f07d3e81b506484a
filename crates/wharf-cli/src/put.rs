//! `wharf put`: from here to a server.

use std::{
    io,
    path::{Path, PathBuf},
};

use futures_util::StreamExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use wharf::{
    Connection, ErrorKind,
    core::pathname::escape_for_display,
    storage::{EntryKind, Local, Pathname, Storage},
};

use crate::{
    connection::{self, Options, Target},
    exit::Failure,
    progress::Meter,
    runtime, url,
};

/// How many octets are read at a time where they do not come from a file.
const CHUNK: usize = 128 << 10;

/// Upload files, or with -r whole trees.
///
/// Files that are there are replaced, directories that are missing are made. Symbolic links in a tree that lead out of it
/// are left out; one that is named as SRC is followed.
#[derive(Debug, clap::Args)]
#[command(after_help = url::HELP)]
pub(crate) struct Arguments {
    /// What to upload; - is standard input
    #[arg(required = true)]
    src: Vec<PathBuf>,

    /// Where to put it: ftp://[user@]host[:port]/path, a directory that is there, or ends with a slash, or else the new name
    url: String,

    /// Upload directories with all below them
    #[arg(short, long)]
    recursive: bool,

    #[command(flatten)]
    connection: Options,
}

/// Something to upload.
enum Source {
    /// A file or directory of the storage.
    Entry { storage: Local, path: Pathname, is_dir: bool },
    /// A pipe, a terminal, a device.
    Stream(Box<dyn AsyncRead + Unpin + Send>),
}

/// Uploads.
///
/// # Errors
/// Those of connecting; [`Exit::Failed`](crate::exit::Exit::Failed) if one of several things, or a part of a tree, failed.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let target = arguments.connection.target(&arguments.url)?;
    runtime::until_interrupted(put(arguments, &target))
}

async fn put(arguments: &Arguments, target: &Target) -> Result<(), Failure> {
    let path = target.url.path.as_slice();
    let mut sources = Vec::new();
    for src in &arguments.src {
        let fails = |reason: &dyn std::fmt::Display| Failure::local(&shown(src), reason);
        let source = open(src).map_err(|error| fails(&error))?;
        if matches!(source, Source::Entry { is_dir: true, .. }) && !arguments.recursive {
            return Err(fails(&"it is a directory; -r uploads it"));
        }
        sources.push((src, source));
    }
    let mut client = arguments.connection.connect(target).await?;
    let several = sources.len() > 1;
    let into = several || path.is_empty() || path.ends_with(b"/") || is_dir(&mut client, path).await;
    let single =
        !several && !sources.iter().any(|(_, source)| matches!(source, Source::Entry { is_dir: true, .. }));
    let meter = Meter::new(arguments.connection.server.quiet, single);
    if !single && meter.is_visible() {
        meter.total(total(&sources).await);
    }
    for (src, source) in sources {
        let destination = match (into, name(src)) {
            (true, Some(name)) => join(path, name),
            (true, None) if matches!(source, Source::Stream(_)) => {
                return Err(Failure::usage(format!("{} has no name: give it one in the URL", shown(src))));
            }
            _ => path.to_vec(),
        };
        let done = upload(&mut client, src, source, &destination, &meter).await;
        match done {
            Err(failure) if several && client.is_open() => meter.failed(&failure.text.unwrap_or_default()),
            done => done?,
        }
    }
    connection::quit(client).await;
    meter.finish()
}

async fn upload(
    client: &mut Connection,
    src: &Path,
    source: Source,
    destination: &[u8],
    meter: &Meter,
) -> Result<(), Failure> {
    match source {
        Source::Stream(mut from) => {
            meter.begin(destination, None);
            let octets = copy(client, &mut *from, src, destination, meter).await?;
            meter.ended(octets);
        }
        Source::Entry { storage, path, .. } => {
            let upload = client.upload(&storage, path.as_bytes(), destination);
            // A failure of a single file is the whole failure, those of a tree are told as they come.
            let base = src.as_os_str().as_encoded_bytes();
            let base = base.strip_suffix(b"/").unwrap_or(base);
            let done = upload.write_into().observe(|progress| meter.observe(base, progress)).await;
            let _told = done.map_err(|error| match error.kind() {
                ErrorKind::Storage => Failure::local(&shown(src), &error),
                _ => error.into(),
            })?;
        }
    }
    Ok(())
}

/// Copies what can be read only once to the file `destination`.
async fn copy(
    client: &mut Connection,
    from: &mut (dyn AsyncRead + Unpin + Send),
    src: &Path,
    destination: &[u8],
    meter: &Meter,
) -> Result<u64, Failure> {
    let mut to = client.write(destination).await?;
    let mut octets = 0_u64;
    let mut buffer = vec![0; CHUNK];
    loop {
        let chunk = match from.read(&mut buffer).await {
            Ok(read) => buffer.get(..read).unwrap_or_default(),
            Err(error) => {
                // What was sent is not the whole file. The connection ends with the program.
                let _ = to.abort().await;
                return Err(Failure::local(&shown(src), &error));
            }
        };
        // An error of the data connection is told by `finish`, in the server's words if it has some.
        if chunk.is_empty() || to.write_all(chunk).await.is_err() {
            break;
        }
        octets = octets.saturating_add(chunk.len() as u64);
        meter.moved(octets);
    }
    to.finish().await?;
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

fn join(directory: &[u8], name: &[u8]) -> Vec<u8> {
    let slash: &[u8] = if directory.is_empty() || directory.ends_with(b"/") { b"" } else { b"/" };
    [directory, slash, name].concat()
}

/// Whether `path` is a directory that is there. If the server does not say, it is none.
async fn is_dir(client: &mut Connection, path: &[u8]) -> bool {
    client.is_dir(path).await.unwrap_or(false)
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

fn shown(path: &Path) -> String {
    escape_for_display(path.as_os_str().as_encoded_bytes()).to_string()
}
