//! `wharf hash`.

use serde::Serialize;
use tokio::io::AsyncReadExt;
use wharf::core::{
    digest::{self, Digest, Hasher},
    pathname::escape_for_display,
};

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

/// The hashes, by the names that are told to the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Algorithm {
    Sha256,
    Sha512,
    Sha1,
    Md5,
    Crc32,
}

impl From<Algorithm> for digest::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha256 => Self::Sha256,
            Algorithm::Sha512 => Self::Sha512,
            Algorithm::Sha1 => Self::Sha1,
            Algorithm::Md5 => Self::Md5,
            Algorithm::Crc32 => Self::Crc32,
        }
    }
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
        self.expected().map(drop)
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
    fn algorithm(&self) -> digest::Algorithm {
        self.algorithm.into()
    }

    /// The hash that the files are to have.
    fn expected(&self) -> Result<Option<Digest>, Failure> {
        let algorithm = self.algorithm();
        let parse = |digits: &String| Digest::parse(algorithm, digits.as_bytes());
        self.expect.as_ref().map(parse).transpose().map_err(|_| {
            let digits = 2 * algorithm.octets();
            let text = format!(
                "--expect: a {algorithm} is {digits} hexadecimal digits; --algorithm names another one"
            );
            Failure::usage(text)
        })
    }

    async fn show(&self, session: &mut Session, url: &Place) -> Result<(), Failure> {
        let path = session.site.path(url)?;
        let digest = self.read(session, &path).await?;
        let (algorithm, hash) = (digest.algorithm().name(), digest.to_string());
        let hashed = Hashed { url: session.url_of(&path), algorithm, hash, by: "reading" };
        session.output.put(&hashed, |hashed| {
            format!("{}  {}\n", hashed.hash, escape_for_display(&path)).into_bytes()
        })?;
        match self.expected()? {
            Some(expected) if expected != digest => {
                let text = format!("{} has another hash than --expect says", session.shown(&path));
                Err(Failure::new(Exit::Mismatch, text))
            }
            _ => Ok(()),
        }
    }

    async fn read(&self, session: &mut Session, path: &[u8]) -> Result<Digest, Failure> {
        let mut from = match session.read(path).await {
            Ok(from) => from,
            Err(error) => return Err(session.explain(path, error).await),
        };
        let mut hasher = Hasher::new(self.algorithm());
        let mut buffer = vec![0; CHUNK];
        loop {
            // An error of the data connection is told by `finish`, in the server's words if it has some.
            let read = from.read(&mut buffer).await.unwrap_or(0);
            let Some(chunk @ [_, ..]) = buffer.get(..read) else { break };
            hasher.update(chunk);
        }
        from.finish().await?;
        Ok(hasher.finish())
    }
}
