//! `wharf rm`.

use super::RemoteVerb;
use crate::{
    exit::{Exit, Failure},
    output::Record,
    session::Session,
    site::{Place, Site},
};

/// Remove files, or with -r whole trees.
#[derive(Debug, clap::Args)]
pub(crate) struct Rm {
    /// What to remove: ftp://[user@]host[:port]/path
    #[arg(required = true)]
    url: Vec<Place>,

    /// Remove directories with all below them; links are removed and not followed
    #[arg(short, long)]
    recursive: bool,
}

/// Something that is gone.
#[derive(serde::Serialize)]
struct Removed {
    url: String,
}

impl Record for Removed {
    const NAME: &'static str = "removed";
}

impl RemoteVerb for Rm {
    const EXAMPLES: &'static str = "\
wharf rm ftp://anna@ftp.example.org/www/old.html
wharf rm -r ftp://anna@ftp.example.org/www/old";

    fn place(&self) -> &Place {
        super::first(&self.url)
    }

    fn check(&self, site: &Site) -> Result<(), Failure> {
        self.url.iter().try_for_each(|url| site.named(url, "removed").map(drop))
    }

    async fn run(&self, session: &mut Session) -> Result<(), Failure> {
        for url in &self.url {
            let removed = self.remove(session, url).await;
            session.go_on(self.url.len() > 1, removed)?;
        }
        Ok(())
    }
}

impl Rm {
    async fn remove(&self, session: &mut Session, url: &Place) -> Result<(), Failure> {
        let path = session.site.named(url, "removed")?;
        let removed = match self.recursive {
            true => session.remove(&path).await,
            false => session.remove_file(&path).await,
        };
        if let Err(error) = removed {
            if !self.recursive && error.is_not_found() && session.is_dir(&path).await.unwrap_or(false) {
                let text = format!("{} is a directory; -r removes it", session.shown(&path));
                return Err(Failure::new(Exit::Failed, text));
            }
            return Err(session.explain(&path, error).await);
        }
        session.output.done(&Removed { url: session.url_of(&path) })
    }
}
