//! `wharf cat`.

use data_encoding::BASE64;
use serde::Serialize;
use tokio::io::AsyncReadExt;

use super::RemoteVerb;
use crate::{
    exit::Failure,
    output::{self, Record},
    session::Session,
    site::Place,
};

/// How many octets are read at a time.
const CHUNK: usize = 48 << 10;

/// Print files.
///
/// What is in them is printed as it is. With --json it is cut into lines that hold it in base 64.
#[derive(Debug, clap::Args)]
pub(crate) struct Cat {
    /// What to print: ftp://[user@]host[:port]/path
    #[arg(required = true)]
    url: Vec<Place>,

    /// Begin at this octet
    #[arg(long, value_name = "OCTET", default_value_t = 0)]
    offset: u64,

    /// Print so many octets of each file at most
    #[arg(long, value_name = "OCTETS")]
    length: Option<u64>,
}

/// A part of a file.
#[derive(Serialize)]
struct Data<'a> {
    url: &'a str,
    offset: u64,
    base64: String,
}

impl Record for Data<'_> {
    const NAME: &'static str = "data";
}

impl RemoteVerb for Cat {
    const EXAMPLES: &'static str = "\
wharf cat ftp://ftp.example.org/pub/README
wharf cat --offset 4096 --length 512 ftp://anna@ftp.example.org/disk.img | xxd";

    fn place(&self) -> &Place {
        super::first(&self.url)
    }

    async fn run(&self, session: &mut Session) -> Result<(), Failure> {
        for url in &self.url {
            let printed = self.print(session, url).await;
            session.go_on(self.url.len() > 1, printed)?;
        }
        Ok(())
    }
}

impl Cat {
    async fn print(&self, session: &mut Session, url: &Place) -> Result<(), Failure> {
        let path = session.site.path(url)?;
        let (url, output) = (session.url_of(&path), session.output);
        let mut from = match session.read_from(&path, self.offset).await {
            Ok(from) => from,
            Err(error) => return Err(session.explain(&path, error).await),
        };
        let (mut offset, mut left) = (self.offset, self.length.unwrap_or(u64::MAX));
        let mut buffer = vec![0; CHUNK];
        loop {
            let wanted = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
            if wanted == 0 {
                // There is more, which nobody wants: whether the server likes it does not matter.
                let _ = from.abort().await;
                return Ok(());
            }
            // An error of the data connection is told by `finish`, in the server's words if it has some.
            let read = from.read(buffer.get_mut(..wanted).unwrap_or_default()).await.unwrap_or(0);
            let Some(chunk @ [_, ..]) = buffer.get(..read) else { break };
            let written = match output.is_json() {
                true => output.done(&Data { url: &url, offset, base64: BASE64.encode(chunk) }),
                false => output::write(chunk),
            };
            if let Err(failure) = written {
                let _ = from.abort().await;
                return Err(failure);
            }
            offset = offset.saturating_add(read as u64);
            left = left.saturating_sub(read as u64);
        }
        Ok(from.finish().await?)
    }
}
