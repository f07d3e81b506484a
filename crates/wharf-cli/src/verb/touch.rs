//! `wharf touch`.

use std::time::SystemTime;

use serde::Serialize;

use super::RemoteVerb;
use crate::{
    entry,
    exit::Failure,
    numbers,
    output::Record,
    session::Session,
    site::{Place, Site},
};
use wharf::core::listing::{Modified, Precision, Zone};

/// Set the time of files, where the server has MFMT; those that are not there are made.
#[derive(Debug, clap::Args)]
pub(crate) struct Touch {
    /// The file or directory: ftp://[user@]host[:port]/path
    #[arg(required = true)]
    url: Vec<Place>,

    /// The time to set, such as 2026-11-23T10:00:00Z [default: now]
    #[arg(short, long, value_name = "TIME", value_parser = numbers::moment)]
    date: Option<SystemTime>,

    /// Make no file
    #[arg(short = 'c', long)]
    no_create: bool,
}

/// Something with another time.
#[derive(Serialize)]
struct Touched {
    url: String,
    modified: String,
    created: bool,
}

impl Record for Touched {
    const NAME: &'static str = "touched";
}

impl RemoteVerb for Touch {
    const EXAMPLES: &'static str = "\
wharf touch ftp://anna@ftp.example.org/www/ready
wharf touch -c --date 2026-11-23T10:00:00Z ftp://anna@ftp.example.org/www/index.html";

    fn place(&self) -> &Place {
        super::first(&self.url)
    }

    fn check(&self, site: &Site) -> Result<(), Failure> {
        self.url.iter().try_for_each(|url| site.named(url, "touched").map(drop))
    }

    async fn run(&self, session: &mut Session) -> Result<(), Failure> {
        for url in &self.url {
            let touched = self.touch(session, url).await;
            session.go_on(self.url.len() > 1, touched)?;
        }
        Ok(())
    }
}

impl Touch {
    async fn touch(&self, session: &mut Session, url: &Place) -> Result<(), Failure> {
        let path = session.site.named(url, "touched")?;
        let there = session.exists(&path).await?;
        if !there && self.no_create {
            return Ok(());
        }
        if !there && let Err(error) = make(session, &path).await {
            return Err(session.explain_new(&path, error).await);
        }
        let time = self.date.unwrap_or_else(SystemTime::now);
        // A new file has the time of now without being told.
        if (there || self.date.is_some())
            && let Err(error) = session.set_modified(&path, time).await
        {
            return Err(session.explain(&path, error).await);
        }
        let modified = entry::moment(Modified { time, precision: Precision::Second, zone: Zone::Utc });
        session.output.done(&Touched { url: session.url_of(&path), modified, created: !there })
    }
}

/// Makes an empty file.
async fn make(session: &mut Session, path: &[u8]) -> Result<(), wharf::Error> {
    session.write(path).await?.finish().await
}
