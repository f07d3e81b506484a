//! `wharf get`: from a server to here.

use std::{
    future::IntoFuture,
    io,
    path::{Path, PathBuf},
};

use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use wharf::{
    ErrorKind,
    connection::ReadStream,
    core::{listing::ListedEntry, pathname::escape_for_display},
    storage::{Local, Pathname, Storage},
};

use super::RemoteVerb;
use crate::{
    begun::{Trees, Whole},
    exit::{Exit, Failure},
    moving, numbers, output,
    progress::Meter,
    session::Session,
    site::{self, Place},
    url,
};

/// How many octets are read at a time where they do not go to a file.
const CHUNK: usize = 128 << 10;

/// Download a file, or with -r a whole tree.
///
/// A file appears under its name when it is complete, and not before; one that is there is replaced. Work that is cut or
/// interrupted can be gone on with: until it is whole a large file is NAME.wharf-part. Symbolic links in a tree are left out, and nothing is written outside of DEST, whatever the server calls its files.
#[derive(Debug, clap::Args)]
pub(crate) struct Get {
    /// What to download: ftp://[user@]host[:port]/path
    url: Place,

    /// Where to put it: a directory that is there, or ends with a slash, or else the new name; - is standard output
    #[arg(default_value = ".")]
    dest: PathBuf,

    /// Download a directory with all below it
    #[arg(short, long)]
    recursive: bool,

    /// Over how many connections a large file comes at a time, each with a part of it
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = numbers::at_least_one)]
    segments: usize,

    #[command(flatten)]
    moving: moving::Moving,
}

/// Where what comes goes.
enum Destination {
    /// A directory of this machine, as the user calls it and as the system does, and the name there; without one, into it.
    Name { called: PathBuf, directory: PathBuf, name: Option<Vec<u8>> },
    /// A pipe, a terminal, a device.
    Stream(Box<dyn AsyncWrite + Unpin + Send>),
}

impl RemoteVerb for Get {
    const EXAMPLES: &'static str = "\
wharf get ftp://ftp.example.org/pub/disk.iso
wharf get -r ftp://anna@ftp.example.org/photos backup/
wharf get -r --continue -P 8 ftp://anna@ftp.example.org/photos backup/
wharf get ftp://anna@ftp.example.org/site.tar - | tar x";

    fn place(&self) -> &Place {
        &self.url
    }

    fn check_order(&self) -> Result<(), Failure> {
        match self.dest.to_str() {
            Some(dest) if site::is_absolute(dest) => {
                Err(Failure::usage("get takes one URL; the second argument is where to put it"))
            }
            _ => Ok(()),
        }
    }

    fn again(&self) -> Option<&'static str> {
        (self.dest != Path::new("-")).then(|| self.moving.again(self.recursive))
    }

    async fn run(&self, session: &mut Session) -> Result<(), Failure> {
        if self.dest == Path::new("-") && session.output.is_json() {
            let text = "--json and the file cannot both go to standard output; `wharf cat --json` does it";
            return Err(Failure::usage(text));
        }
        let path = session.site.path(&self.url)?;
        let name = url::file_name(&path);
        // Without a name it can only be a directory.
        let entry = match name {
            None => None,
            Some(_) => match session.stat(&path).await {
                Ok(entry) => Some(entry),
                Err(error) => return Err(session.explain(&path, error).await),
            },
        };
        let is_dir = entry.as_ref().is_none_or(ListedEntry::is_dir);
        if is_dir && !self.recursive {
            let text = format!("{} is a directory; -r downloads it", session.url_of(&path));
            return Err(Failure::usage(text));
        }
        let name = name.map(|name| session.site.charset.to_local(name));
        let destination = match name.as_deref() {
            Some(name) if is_dir && self.goes_on(session, &path, name).await => {
                // A link that the user names is followed, wherever it leads.
                let real = self.dest.canonicalize().map_err(|error| Failure::about(&self.dest, &error))?;
                named(&self.dest, &real)
            }
            name => destination(&self.dest, name).map_err(|error| Failure::about(&self.dest, &error))?,
        };
        let meter = Meter::new(session, !is_dir);
        match destination {
            Destination::Stream(_) if is_dir => {
                return Err(Failure::new(
                    Exit::Failed,
                    format!("{} is no directory", output::shown(&self.dest)),
                ));
            }
            Destination::Stream(mut to) => {
                let size = entry.and_then(|entry| entry.size);
                meter.begin(&path, size);
                let octets = copy(session, &path, &mut *to, &meter).await?;
                if let Some(size) = size.filter(|size| octets < *size) {
                    return Err(Failure::new(Exit::Network, format!("only {octets} of {size} octets came")));
                }
                meter.ended(&path, b"-", octets);
                meter.unverified(usize::from(self.moving.verify));
            }
            Destination::Name { called, directory, name } => {
                let local = Local::open(&directory).map_err(|error| Failure::about(&directory, &error))?;
                self.moving.begin(session);
                let download = session.client.download(&path, &local, name.unwrap_or_default());
                let (download, progress) = self.moving.download(download).segments(self.segments).progress();
                // A failure of a single file is the whole failure, those of a tree are told as they come.
                let watching = meter.watch(progress, <[u8]>::to_vec, |path| below(&called, path));
                let (done, ()) = tokio::join!(download.into_future(), watching);
                let report = done.map_err(|error| match error.kind() {
                    ErrorKind::Storage => Failure::about(&self.dest, &error),
                    _ => error.into(),
                })?;
                meter.unverified(report.unverified);
            }
        }
        meter.finish()
    }
}

impl Get {
    /// Whether DEST is not where to put the tree `path`, but a copy of it that was begun and is to be gone on with.
    async fn goes_on(&self, session: &mut Session, path: &[u8], name: &[u8]) -> bool {
        if self.dest.file_name().is_none() || is_place(&self.dest) || !self.dest.is_dir() {
            return false;
        }
        let Ok(local) = Local::open(&self.dest) else { return false };
        let Ok(below) = Pathname::root().join(name) else { return false };
        if local.metadata(&below).await.is_ok() {
            return false;
        }
        let charset = session.site.charset;
        let trees = Trees { here: &local, there: path, charset, whole: Whole::There };
        let begun = trees.begun(session).await;
        let part = output::shown(&self.dest);
        let otherwise = format!("{part}/{}", escape_for_display(name));
        self.moving.goes_on(session, begun, &part, &otherwise)
    }
}

/// Copies the file `path` to where nothing can be taken back.
async fn copy(
    session: &mut Session,
    path: &[u8],
    to: &mut (dyn AsyncWrite + Unpin + Send),
    meter: &Meter,
) -> Result<u64, Failure> {
    let mut from = session.read(path).await?;
    let mut octets = 0_u64;
    let mut buffer = vec![0; CHUNK];
    loop {
        // An error of the data connection is told by `finish`, in the server's words if it has some.
        let read = from.read(&mut buffer).await.unwrap_or(0);
        let Some(chunk @ [_, ..]) = buffer.get(..read) else { break };
        if let Err(error) = to.write_all(chunk).await {
            return Err(cut(from, &error).await);
        }
        octets = octets.saturating_add(chunk.len() as u64);
        meter.moved(octets);
    }
    if let Err(error) = to.flush().await {
        return Err(cut(from, &error).await);
    }
    from.finish().await?;
    Ok(octets)
}

async fn cut(from: ReadStream<'_>, error: &io::Error) -> Failure {
    // The connection ends with the program: whether the server likes it does not matter.
    let _ = from.abort().await;
    output::unwritable(error)
}

/// What DEST means for something called `name`.
fn destination(dest: &Path, name: Option<&[u8]>) -> io::Result<Destination> {
    if dest == Path::new("-") {
        return Ok(Destination::Stream(Box::new(tokio::io::stdout())));
    }
    let own_name = name.map(<[u8]>::to_vec);
    // A link that the user names is followed, wherever it leads.
    match dest.canonicalize() {
        Ok(directory) if directory.is_dir() => {
            return Ok(Destination::Name { called: dest.to_path_buf(), directory, name: own_name });
        }
        Ok(real) if real.is_file() => return Ok(named(dest, &real)),
        Ok(dest) => {
            let to = std::fs::OpenOptions::new().write(true).open(dest)?;
            return Ok(Destination::Stream(Box::new(tokio::fs::File::from_std(to))));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    if is_place(dest) {
        std::fs::create_dir_all(dest)?;
        let (called, directory) = (dest.to_path_buf(), dest.to_path_buf());
        return Ok(Destination::Name { called, directory, name: own_name });
    }
    Ok(named(dest, dest))
}

/// Whether it can only be where to put something.
fn is_place(dest: &Path) -> bool {
    dest.as_os_str().as_encoded_bytes().ends_with(b"/")
}

/// A file or directory by the directory that it is in and its name there: `real`, which the user calls `dest`.
fn named(dest: &Path, real: &Path) -> Destination {
    let parent = |path: &Path| {
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        directory.unwrap_or(Path::new(".")).to_path_buf()
    };
    let name = real.file_name().map(|name| name.as_encoded_bytes().to_vec());
    Destination::Name { called: parent(dest), directory: parent(real), name }
}

/// What is at `path` below a directory that the user calls so.
fn below(called: &Path, path: &[u8]) -> Vec<u8> {
    let path = path.strip_prefix(b"/").unwrap_or(path);
    match called.as_os_str().as_encoded_bytes() {
        b"." => path.to_vec(),
        called => url::join(called, path),
    }
}
