//! `wharf mkdir`.

use super::RemoteVerb;
use crate::{
    exit::Failure,
    output::Record,
    session::Session,
    site::{Place, Site},
};

/// Make directories.
#[derive(Debug, clap::Args)]
pub(crate) struct Mkdir {
    /// The directory to make: ftp://[user@]host[:port]/path
    #[arg(required = true)]
    url: Vec<Place>,

    /// Make the directories above it too, and be content if it is there
    #[arg(short, long)]
    parents: bool,
}

/// A directory that is there now.
#[derive(serde::Serialize)]
struct Made {
    url: String,
}

impl Record for Made {
    const NAME: &'static str = "made";
}

impl RemoteVerb for Mkdir {
    const EXAMPLES: &'static str = "wharf mkdir -p ftp://anna@ftp.example.org/www/2026/11";

    fn place(&self) -> &Place {
        super::first(&self.url)
    }

    fn check(&self, site: &Site) -> Result<(), Failure> {
        self.url.iter().try_for_each(|url| site.named(url, "made").map(drop))
    }

    async fn run(&self, session: &mut Session) -> Result<(), Failure> {
        for url in &self.url {
            let made = self.make(session, url).await;
            session.go_on(self.url.len() > 1, made)?;
        }
        Ok(())
    }
}

impl Mkdir {
    async fn make(&self, session: &mut Session, url: &Place) -> Result<(), Failure> {
        let path = session.site.named(url, "made")?;
        let made = match self.parents {
            true => session.make_dir_all(&path).await,
            false => session.make_dir(&path).await,
        };
        if let Err(error) = made {
            return Err(session.explain_new(&path, error).await);
        }
        session.output.done(&Made { url: session.url_of(&path) })
    }
}
