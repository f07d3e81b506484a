//! `wharf mv`.

use std::ffi::OsString;

use super::RemoteVerb;
use crate::{
    exit::Failure,
    output::Record,
    session::Session,
    site::{Place, Site},
    url,
};

/// Rename or move a file or directory on the server.
#[derive(Debug, clap::Args)]
pub(crate) struct Mv {
    /// What to move: ftp://[user@]host[:port]/path
    url: Place,

    /// The new pathname on the same server, as it is and not percent-encoded, relative to the directory at login; one that
    /// ends with a slash is a directory to move it into
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
wharf mv ftp://anna@ftp.example.org/inbox/report.pdf archive/";

    fn place(&self) -> &Place {
        &self.url
    }

    fn check(&self, site: &Site) -> Result<(), Failure> {
        site.named(&self.url, "moved").map(drop)
    }

    async fn run(&self, session: &mut Session) -> Result<(), Failure> {
        let path = session.site.named(&self.url, "moved")?;
        let mut new = session.site.plain(self.newpath.as_encoded_bytes());
        if new.ends_with(b"/") {
            new.extend_from_slice(url::file_name(&path).unwrap_or_default());
        }
        if let Err(error) = session.rename(&path, &new).await {
            return Err(session.explain(&path, error).await);
        }
        session.output.done(&Moved { from: session.url_of(&path), url: session.url_of(&new) })
    }
}
