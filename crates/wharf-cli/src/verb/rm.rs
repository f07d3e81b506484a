//! `wharf rm`.

use wharf::{ClientBuilder, connection::Outcome};

use super::RemoteVerb;
use crate::{
    exit::{Exit, Failure},
    numbers,
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

    /// How many connections to remove trees over; a server that allows fewer gets fewer
    #[arg(short = 'P', long, value_name = "N", default_value_t = ClientBuilder::CONNECTIONS,
        value_parser = numbers::at_least_one)]
    parallel: usize,
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
        // A tree before this one had all connections.
        session.connect().await?;
        let removed = match self.recursive {
            true => self.remove_tree(session, &path).await,
            false => session.remove_file(&path).await.map(|()| true),
        };
        if let Err(error) = &removed
            && !self.recursive
            && error.is_not_found()
            && session.is_dir(&path).await.unwrap_or(false)
        {
            let text = format!("{} is a directory; -r removes it", session.url_of(&path));
            return Err(Failure::usage(text));
        }
        match removed {
            Ok(true) => session.output.done(&Removed { url: session.url_of(&path) }),
            // What stays has been told.
            Ok(false) => Ok(()),
            Err(error) => match session.connect().await {
                Ok(()) => Err(session.explain(&path, error).await),
                Err(_) => Err(error.into()),
            },
        }
    }

    /// Removes all of it; whether nothing is left. The session has no connection then: what became of the tree is told also
    /// where there is no way back to the server.
    async fn remove_tree(&self, session: &mut Session, path: &[u8]) -> Result<bool, wharf::Error> {
        session.client.set_connections(self.parallel);
        session.rest();
        let items = match session.client.remove(path).await {
            Ok(report) => report.items,
            Err(error) => {
                session.connect().await?;
                return Err(error);
            }
        };
        let single = items.len() == 1;
        let mut all = true;
        for item in items {
            let (exit, why) = match item.outcome {
                Outcome::Failed(error) if single => {
                    session.connect().await?;
                    return Err(error);
                }
                Outcome::Failed(error) => (Exit::of(&error), error.to_string()),
                Outcome::Skipped(_) => (Exit::Failed, "it is too deep".to_owned()),
                _ => continue,
            };
            all = false;
            session.failed(&Failure::new(exit, format!("{}: {why}", session.shown(&item.source))));
        }
        Ok(all)
    }
}
