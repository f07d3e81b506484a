//! `wharf stat`.

use wharf::core::pathname::escape_for_display;

use super::RemoteVerb;
use crate::{
    entry::{self, Entry},
    exit::Failure,
    session::Session,
    site::Place,
};

/// Show what the server says of a file or directory.
#[derive(Debug, clap::Args)]
pub(crate) struct Stat {
    /// What to show: ftp://[user@]host[:port]/path
    #[arg(required = true)]
    url: Vec<Place>,
}

impl RemoteVerb for Stat {
    const EXAMPLES: &'static str = "\
wharf stat ftp://ftp.example.org/pub/README
wharf stat --json ftp://anna@ftp.example.org/www/index.html | jq .size";

    fn place(&self) -> &Place {
        super::first(&self.url)
    }

    async fn run(&self, session: &mut Session) -> Result<(), Failure> {
        for url in &self.url {
            let shown = show(session, url).await;
            session.go_on(self.url.len() > 1, shown)?;
        }
        Ok(())
    }
}

async fn show(session: &mut Session, url: &Place) -> Result<(), Failure> {
    let path = session.site.path(url)?;
    let listed = match session.stat(&path).await {
        Ok(listed) => listed,
        Err(error) => return Err(session.explain(&path, error).await),
    };
    let entry = Entry::new(&session.site, &path, &path, &listed);
    session.output.put(&entry, text)
}

fn text(entry: &Entry<'_>) -> Vec<u8> {
    let listed = entry.listed;
    let octets = |octets: &Vec<u8>| escape_for_display(octets).to_string();
    let shown = if entry.octets.is_empty() { ".".to_owned() } else { entry.name_for_people() };
    let rows = [
        ("name", Some(shown)),
        ("type", Some(entry::kind(listed).to_owned())),
        ("size", listed.size.map(|size| size.to_string())),
        ("modified", listed.modified.map(entry::moment)),
        ("permissions", listed.permissions.map(|permissions| format!("{permissions:04o}"))),
        ("owner", listed.owner.as_ref().map(octets)),
        ("group", listed.group.as_ref().map(octets)),
        ("links", listed.links.map(|links| links.to_string())),
        ("target", entry.target_for_people()),
    ];
    let facts = listed.facts.iter().map(|(name, value)| format!("{name}={}", escape_for_display(value)));
    let facts = facts.collect::<Vec<_>>().join(";");
    let facts = ("facts", Some(facts).filter(|facts| !facts.is_empty()));
    let rows = rows.into_iter().chain([facts]);
    let lines: String = rows.filter_map(|(label, value)| Some(format!("{label:<12}{}\n", value?))).collect();
    lines.into_bytes()
}
