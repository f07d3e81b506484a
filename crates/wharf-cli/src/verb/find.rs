//! `wharf find`.

mod test;

use std::time::SystemTime;

use globset::{GlobBuilder, GlobMatcher};

use self::test::{Age, Kind, Size};
use super::RemoteVerb;
use crate::{
    entry::Entry,
    exit::Failure,
    session::Session,
    site::Place,
    walk::{Found, Parallel, Walk},
};

/// Find what passes all tests below a directory.
///
/// The tests look at what the listings say; an entry of which a size or time is not known does not pass a test for it.
#[derive(Debug, clap::Args)]
pub(crate) struct Find {
    /// Where to begin: ftp://[user@]host[:port]/path
    url: Place,

    /// The name is like this, with *, ? and [abc]; may be repeated, one has to fit
    #[arg(long, value_name = "GLOB", value_parser = glob)]
    name: Vec<GlobMatcher>,

    /// As --name, in any letter case
    #[arg(long, value_name = "GLOB", value_parser = iglob)]
    iname: Vec<GlobMatcher>,

    /// It is a file (f), a directory (d) or a link (l)
    #[arg(long, value_name = "TYPE")]
    r#type: Option<Kind>,

    /// The size in octets: +10M is more, -1K is less, 512 is just that; may be repeated
    #[arg(long, value_name = "[+-]SIZE", allow_hyphen_values = true)]
    size: Vec<Size>,

    /// When it was changed: +7d is longer ago, -12h is since then; of s, m, h, d and w, d where none is given
    #[arg(long, value_name = "+-AGE", allow_hyphen_values = true)]
    mtime: Vec<Age>,

    /// Look at so many levels, the directory's own entries are the first
    #[arg(long, value_name = "N", value_parser = crate::numbers::at_least_one)]
    maxdepth: Option<usize>,

    /// Leave out so many levels less one
    #[arg(long, value_name = "N", default_value = "1", value_parser = crate::numbers::at_least_one)]
    mindepth: usize,

    #[command(flatten)]
    parallel: Parallel,

    /// Print pathnames as they are, each followed by NUL
    #[arg(short = '0', long, visible_alias = "print0", conflicts_with = "json")]
    null: bool,
}

impl RemoteVerb for Find {
    const EXAMPLES: &'static str = "\
wharf find --name '*.iso' --size +1G ftp://ftp.example.org/pub
wharf find --type f --mtime +30d -0 ftp://anna@ftp.example.org/logs | xargs -0 -n1 echo";

    const HERE: bool = true;

    fn place(&self) -> &Place {
        &self.url
    }

    async fn run(&self, session: &mut Session) -> Result<(), Failure> {
        let root = session.site.path(&self.url)?;
        let now = SystemTime::now();
        let mut walk = Walk::below(session, &root, self.maxdepth, &self.parallel);
        while let Some(found) = walk.next(session).await? {
            if !self.passes(&found, now) {
                continue;
            }
            let pathname = &found.entry.pathname;
            let entry = Entry::new(&session.site, pathname, pathname, &found.entry);
            session.output.put(&entry, |entry| match self.null {
                true => [entry.octets, b"\0"].concat(),
                false => format!("{}\n", entry.shown()).into_bytes(),
            })?;
        }
        Ok(())
    }
}

impl Find {
    fn passes(&self, found: &Found, now: SystemTime) -> bool {
        let Found { entry, depth, .. } = found;
        let globs = || self.name.iter().chain(&self.iname);
        // A glob is about text; a name that is none fits where its readable part does.
        let name = String::from_utf8_lossy(&entry.name);
        *depth >= self.mindepth
            && (globs().next().is_none() || globs().any(|glob| glob.is_match(&*name)))
            && self.r#type.is_none_or(|kind| kind.fits(entry.kind))
            && self.size.iter().all(|size| entry.size.is_some_and(|octets| size.fits(octets)))
            && self
                .mtime
                .iter()
                .all(|age| entry.modified.is_some_and(|modified| age.fits(modified.time, now)))
    }
}

fn glob(text: &str) -> Result<GlobMatcher, String> {
    built(text, false)
}

fn iglob(text: &str) -> Result<GlobMatcher, String> {
    built(text, true)
}

fn built(text: &str, any_case: bool) -> Result<GlobMatcher, String> {
    let glob = GlobBuilder::new(text).case_insensitive(any_case).literal_separator(false).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| error.kind().to_string())
}
