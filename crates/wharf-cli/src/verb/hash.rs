//! `wharf hash`.

mod digest;

use serde::Serialize;
use tokio::io::AsyncReadExt;
use wharf::core::pathname::escape_for_display;

use self::digest::{Algorithm, Digest};
use super::RemoteVerb;
use crate::{
    exit::{Exit, Failure},
    output::Record,
    session::Session,
    site::{Place, Site},
};

/// How many octets are read at a time.
const CHUNK: usize = 128 << 10;

/// Show the hashes of files.
///
/// The files are read for it.
#[derive(Debug, clap::Args)]
pub(crate) struct Hash {
    /// The file: ftp://[user@]host[:port]/path
    #[arg(required = true)]
    url: Vec<Place>,

    /// Which hash
    #[arg(short, long, value_name = "NAME", default_value = "sha256")]
    algorithm: Algorithm,

    /// The hash that the files are to have, in hexadecimal
    #[arg(long, value_name = "HASH")]
    expect: Option<String>,
}

/// The hash of a file.
#[derive(Serialize)]
struct Hashed {
    url: String,
    algorithm: &'static str,
    hash: String,
    /// Who made it: `reading`, that is this program of what it read.
    by: &'static str,
}

impl Record for Hashed {
    const NAME: &'static str = "hash";
}

impl RemoteVerb for Hash {
    const EXAMPLES: &'static str = "\
wharf hash ftp://ftp.example.org/pub/disk.iso
wharf hash --algorithm md5 ftp://anna@ftp.example.org/a ftp://anna@ftp.example.org/b";

    fn place(&self) -> &Place {
        super::first(&self.url)
    }

    fn check(&self, _site: &Site) -> Result<(), Failure> {
        let Some(expected) = &self.expect else { return Ok(()) };
        let digits = self.algorithm.digits();
        match expected.len() == digits && expected.bytes().all(|octet| octet.is_ascii_hexdigit()) {
            true => Ok(()),
            false => Err(Failure::usage(format!(
                "--expect: a {} is {digits} hexadecimal digits; --algorithm names another one",
                self.algorithm.name()
            ))),
        }
    }

    async fn run(&self, session: &mut Session) -> Result<(), Failure> {
        for url in &self.url {
            let shown = self.show(session, url).await;
            session.go_on(self.url.len() > 1, shown)?;
        }
        Ok(())
    }
}

impl Hash {
    async fn show(&self, session: &mut Session, url: &Place) -> Result<(), Failure> {
        let path = session.site.path(url)?;
        let hash = self.read(session, &path).await?;
        let hashed =
            Hashed { url: session.url_of(&path), algorithm: self.algorithm.name(), hash, by: "reading" };
        session.output.put(&hashed, |hashed| {
            format!("{}  {}\n", hashed.hash, escape_for_display(&path)).into_bytes()
        })?;
        match &self.expect {
            Some(expected) if !expected.eq_ignore_ascii_case(&hashed.hash) => {
                let text = format!("{} has another hash than --expect says", session.shown(&path));
                Err(Failure::new(Exit::Mismatch, text))
            }
            _ => Ok(()),
        }
    }

    async fn read(&self, session: &mut Session, path: &[u8]) -> Result<String, Failure> {
        let mut from = match session.read(path).await {
            Ok(from) => from,
            Err(error) => return Err(session.explain(path, error).await),
        };
        let mut digest = Digest::new(self.algorithm);
        let mut buffer = vec![0; CHUNK];
        loop {
            // An error of the data connection is told by `finish`, in the server's words if it has some.
            let read = from.read(&mut buffer).await.unwrap_or(0);
            let Some(chunk @ [_, ..]) = buffer.get(..read) else { break };
            digest.update(chunk);
        }
        from.finish().await?;
        Ok(digest.finish())
    }
}
