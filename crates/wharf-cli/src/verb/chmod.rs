//! `wharf chmod`.

use serde::Serialize;

use wharf::connection::{MAX_DEPTH, MAX_KEPT_ENTRIES, RemoteEntry};

use super::RemoteVerb;
use crate::{
    exit::{Exit, Failure},
    output::Record,
    session::Session,
    site::Place,
};

/// Change permissions, where the server has SITE CHMOD.
#[derive(Debug, clap::Args)]
pub(crate) struct Chmod {
    /// The permissions in octal, such as 644
    #[arg(value_parser = mode)]
    mode: u32,

    /// Whose permissions: ftp://[user@]host[:port]/path
    #[arg(required = true)]
    url: Vec<Place>,

    /// Change all below a directory too; links are left as they are
    #[arg(short = 'R', long)]
    recursive: bool,
}

/// Something with other permissions.
#[derive(Serialize)]
struct Changed {
    url: String,
    permissions: String,
}

impl Record for Changed {
    const NAME: &'static str = "changed";
}

impl RemoteVerb for Chmod {
    const EXAMPLES: &'static str = "\
wharf chmod 755 ftp://anna@ftp.example.org/www/cgi-bin/form
wharf chmod -R 700 ftp://anna@ftp.example.org/private";

    fn place(&self) -> &Place {
        super::first(&self.url)
    }

    async fn run(&self, session: &mut Session) -> Result<(), Failure> {
        for url in &self.url {
            let changed = self.change_all(session, url).await;
            session.go_on(self.url.len() > 1, changed)?;
        }
        Ok(())
    }
}

impl Chmod {
    async fn change_all(&self, session: &mut Session, url: &Place) -> Result<(), Failure> {
        let path = session.site.path(url)?;
        self.change(session, &path).await?;
        if !self.recursive || !session.is_dir(&path).await? {
            return Ok(());
        }
        // A directory is looked into when it has its new permissions: the old ones may not have allowed it.
        let mut pending = below(session, &path, 1).await?;
        while let Some((entry, depth)) = pending.pop() {
            if entry.is_dir() || entry.is_file() {
                let changed = self.change(session, &entry.pathname).await;
                session.go_on(true, changed)?;
            }
            if entry.is_dir() && depth < MAX_DEPTH {
                match below(session, &entry.pathname, depth + 1).await {
                    Ok(below) => pending.extend(below),
                    Err(failure) => session.go_on(true, Err(failure))?,
                }
            }
            if pending.len() > MAX_KEPT_ENTRIES {
                return Err(Failure::new(Exit::Failed, "there are too many entries to be kept"));
            }
        }
        Ok(())
    }

    async fn change(&self, session: &mut Session, path: &[u8]) -> Result<(), Failure> {
        if let Err(error) = session.set_permissions(path, self.mode).await {
            return Err(session.explain(path, error).await);
        }
        session.output.done(&Changed { url: session.url_of(path), permissions: format!("{:04o}", self.mode) })
    }
}

/// What is in a directory, and how deep, the first by its name last.
async fn below(
    session: &mut Session,
    directory: &[u8],
    depth: usize,
) -> Result<Vec<(RemoteEntry, usize)>, Failure> {
    let mut entries = Vec::new();
    for row in session.everything_in(directory).await {
        match row {
            Ok(entry) => entries.push((entry, depth)),
            Err(error) if !error.is_of_one_row() => return Err(session.explain(directory, error).await),
            Err(error) => session.failed(&error.into()),
        }
    }
    session.site.charset = session.charset();
    entries.sort_unstable_by(|(one, _), (other, _)| other.pathname.cmp(&one.pathname));
    Ok(entries)
}

fn mode(text: &str) -> Result<u32, String> {
    let octal = text.bytes().all(|octet| matches!(octet, b'0'..=b'7')).then_some(text);
    let mode = octal.and_then(|text| u32::from_str_radix(text, 8).ok());
    mode.filter(|mode| *mode <= 0o7777)
        .ok_or_else(|| "three or four octal digits are needed, such as 644".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_octal() {
        assert_eq!((mode("644"), mode("0755"), mode("7777")), (Ok(0o644), Ok(0o755), Ok(0o7777)));
        for text in ["", "8", "+x", "-1", "17777", "u=rw"] {
            assert!(mode(text).is_err(), "{text}");
        }
    }
}
