//! `wharf bench`.

use std::{
    fmt::Write,
    time::{Duration, Instant},
};

use indicatif::BinaryBytes;
use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{RemoteVerb, probe};
use crate::{exit::Failure, numbers, output::Record, session::Session, site::Place, url};

/// How many octets are moved at a time.
const CHUNK: usize = 128 << 10;

/// The size of the files that are counted.
const SMALL: usize = 4 << 10;

/// Measure a server and the way to it.
///
/// The round trip, a login, the speed of an upload and of a download, and how many files of 4 KiB go either way in a second, on
/// one connection. What is uploaded is in a directory with a made-up name, which is removed again, also after Ctrl-C. Of a file,
/// only the download is measured, and nothing is written.
#[derive(Debug, clap::Args)]
pub(crate) struct Bench {
    /// A directory that can be written, or a file: ftp://[user@]host[:port]/path
    url: Place,

    /// How long each speed is measured
    #[arg(short = 't', long = "for", value_name = "SECONDS", default_value = "5", value_parser = numbers::seconds)]
    time: Duration,

    /// The name of the directory.
    #[arg(skip = made_up())]
    name: String,
}

/// What was measured.
#[derive(Default, Serialize)]
struct Measured {
    /// The median.
    round_trip_ms: f64,
    /// From the first packet to the login.
    login_ms: f64,
    upload_octets_per_second: Option<f64>,
    download_octets_per_second: Option<f64>,
    uploads_per_second: Option<f64>,
    downloads_per_second: Option<f64>,
}

impl Record for Measured {
    const NAME: &'static str = "bench";
}

impl RemoteVerb for Bench {
    const EXAMPLES: &'static str = "\
wharf bench ftp://anna@ftp.example.org/inbox
wharf bench --for 20 --json ftps://ftp.example.org/pub/disk.iso";

    const HERE: bool = true;

    fn place(&self) -> &Place {
        &self.url
    }

    async fn run(&self, session: &mut Session) -> Result<(), Failure> {
        let path = session.site.path(&self.url)?;
        let is_file = match url::file_name(&path) {
            None => false,
            Some(_) => match session.stat(&path).await {
                Ok(entry) => !entry.is_dir(),
                Err(error) => return Err(session.explain(&path, error).await),
            },
        };
        let mut measured =
            Measured { round_trip_ms: probe::round_trip(session).await?, ..Measured::default() };
        let begun = Instant::now();
        // There is one that works: this is another one.
        let another = session.client.connection().await?;
        measured.login_ms = begun.elapsed().as_secs_f64() * 1e3;
        another.discard();
        if is_file {
            measured.download_octets_per_second = Some(self.download(session, &path).await?);
        } else {
            let directory = url::join(&path, self.name.as_bytes());
            session.make_dir(&directory).await?;
            let done = self.write(session, &directory, &mut measured).await;
            session.remove(&directory).await?;
            done?;
        }
        session.output.put(&measured, text)
    }

    async fn clean_up(&self, session: &mut Session) {
        if let Ok(path) = session.site.path(&self.url) {
            // It is there unless the interrupt came early.
            let _ = session.remove(url::join(&path, self.name.as_bytes())).await;
        }
    }
}

impl Bench {
    /// Measures all that needs a directory to write in.
    async fn write(
        &self,
        session: &mut Session,
        directory: &[u8],
        measured: &mut Measured,
    ) -> Result<(), Failure> {
        let large = url::join(directory, b"large");
        measured.upload_octets_per_second = Some(self.upload(session, &large).await?);
        measured.download_octets_per_second = Some(self.download(session, &large).await?);
        session.remove_file(&large).await?;

        let name = |number: u64| url::join(directory, number.to_string().as_bytes());
        let (mut written, begun) = (0, Instant::now());
        while begun.elapsed() < self.time {
            let mut to = session.write(name(written)).await?;
            // What is wrong with the data connection is told by `finish`.
            let _ = to.write_all(&[b'w'; SMALL]).await;
            to.finish().await?;
            written += 1;
        }
        measured.uploads_per_second = Some(written as f64 / begun.elapsed().as_secs_f64());
        let (mut read, begun) = (0, Instant::now());
        while begun.elapsed() < self.time {
            let mut from = session.read(name(read % written.max(1))).await?;
            let _ = from.read_to_end(&mut Vec::with_capacity(SMALL)).await;
            from.finish().await?;
            read += 1;
        }
        measured.downloads_per_second = Some(read as f64 / begun.elapsed().as_secs_f64());
        Ok(())
    }

    /// Octets a second of an upload to `path`, its end included.
    async fn upload(&self, session: &mut Session, path: &[u8]) -> Result<f64, Failure> {
        let chunk = vec![b'w'; CHUNK];
        let (mut octets, begun) = (0.0, Instant::now());
        let mut to = session.write(path).await?;
        while begun.elapsed() < self.time && to.write_all(&chunk).await.is_ok() {
            octets += CHUNK as f64;
        }
        to.finish().await?;
        Ok(octets / begun.elapsed().as_secs_f64())
    }

    /// Octets a second of downloads of `path`, as often as there is time.
    async fn download(&self, session: &mut Session, path: &[u8]) -> Result<f64, Failure> {
        let mut buffer = vec![0; CHUNK];
        let (mut octets, begun) = (0.0, Instant::now());
        while begun.elapsed() < self.time {
            let mut from = session.read(path).await?;
            loop {
                let read = from.read(&mut buffer).await.unwrap_or(0);
                octets += read as f64;
                if read == 0 {
                    from.finish().await?;
                    break;
                }
                if begun.elapsed() >= self.time {
                    let speed = octets / begun.elapsed().as_secs_f64();
                    // How the server takes it is not measured.
                    let _ = from.abort().await;
                    return Ok(speed);
                }
            }
        }
        Ok(octets / begun.elapsed().as_secs_f64())
    }
}

fn text(measured: &Measured) -> Vec<u8> {
    let mut text = format!(
        "round trip    {:.1} ms\nlogin         {:.1} ms\n",
        measured.round_trip_ms, measured.login_ms
    );
    let speeds =
        [("upload", measured.upload_octets_per_second), ("download", measured.download_octets_per_second)];
    for (label, speed) in speeds {
        if let Some(speed) = speed {
            let _ = writeln!(text, "{label:<13} {}/s", BinaryBytes(speed as u64));
        }
    }
    for (label, files) in
        [("uploads", measured.uploads_per_second), ("downloads", measured.downloads_per_second)]
    {
        if let Some(files) = files {
            let _ = writeln!(text, "{label:<13} {files:.1} files of 4 KiB/s");
        }
    }
    text.into_bytes()
}

/// A name that nobody else has.
fn made_up() -> String {
    let mut random = [0; 8];
    // Without randomness the directory is refused where it is there already.
    let _ = getrandom::fill(&mut random);
    format!("wharf-bench-{}", data_encoding::HEXLOWER.encode(&random))
}
