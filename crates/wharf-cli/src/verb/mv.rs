//! `wharf mv`.

use std::ffi::OsString;

use super::RemoteVerb;
use crate::{
    exit::Failure,
    output::Record,
    session::Session,
    site::{self, Place, Site},
    url,
};

/// Rename or move a file or directory on the server.
#[derive(Debug, clap::Args)]
pub(crate) struct Mv {
    /// What to move: ftp://[user@]host[:port]/path
    url: Place,

    /// The new place on the same server: a URL, a bookmark, or a pathname as it is and not percent-encoded, relative to the
    /// directory at login; one that ends with a slash is a directory to move it into
    newpath: OsString,
}

/// Something that is elsewhere now.
#[derive(serde::Serialize)]
struct Moved {
    from: String,
    url: String,
}

impl Record for Moved {
    const NAME: &'static str = "moved";
}

impl RemoteVerb for Mv {
    const EXAMPLES: &'static str = "\
wharf mv ftp://anna@ftp.example.org/www/new.html www/index.html
wharf mv ftp://anna@ftp.example.org/inbox/report.pdf archive/
wharf mv @work/draft.txt @work/done/";

    fn place(&self) -> &Place {
        &self.url
    }

    fn check(&self, site: &Site) -> Result<(), Failure> {
        self.moved(site).map(drop)
    }

    async fn run(&self, session: &mut Session) -> Result<(), Failure> {
        let (path, new) = self.moved(&session.site)?;
        if let Err(error) = session.rename(&path, &new).await {
            return Err(match session.exists(&path).await {
                Ok(true) => session.explain_new(&new, error).await,
                _ => session.explain(&path, error).await,
            });
        }
        session.output.done(&Moved { from: session.url_of(&path), url: session.url_of(&new) })
    }
}

impl Mv {
    /// From where to where.
    fn moved(&self, site: &Site) -> Result<(Vec<u8>, Vec<u8>), Failure> {
        let path = site.named(&self.url, "moved")?;
        let place = self.newpath.to_str().filter(|text| site.directory.is_none() && site::is_absolute(text));
        let mut new = match place {
            Some(place) => site.path(&Place::new(place))?,
            None => site.plain(self.newpath.as_encoded_bytes()),
        };
        if new.ends_with(b"/") || (new.is_empty() && place.is_some()) {
            new.extend_from_slice(url::file_name(&path).unwrap_or_default());
        }
        Ok((path, new))
    }
}
