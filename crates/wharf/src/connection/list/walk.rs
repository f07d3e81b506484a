//! A listing under way, directory after directory.

use std::collections::VecDeque;

use futures_util::stream;
use wharf_core::listing::is_safe_name;

use super::{ListOptions, Listing, RemoteEntry, rows::Rows};
use crate::{
    Error, ErrorKind, Phase,
    chain::MAX_DEPTH,
    client::{Attempts, Client, TWICE, attempt},
    connection::{held::Held, pathname::join},
};

/// A listing under way: the directory that is being read, and those that will be.
pub(super) struct Walk<'c> {
    // Dropped before the connection: the transfer is over before it is somebody else's.
    current: Option<(Vec<u8>, usize, Rows)>,
    options: ListOptions,
    directories: VecDeque<(Vec<u8>, usize)>,
    holder: Holder<'c>,
}

/// Where the connection of a listing comes from.
pub(super) enum Holder<'c> {
    Held(Held<'c>),
    /// It is taken when it is needed.
    Client(Client),
}

impl<'c> Walk<'c> {
    pub(super) fn new(holder: Holder<'c>, pathname: &[u8], options: &ListOptions) -> Self {
        let directories = VecDeque::from([(pathname.to_vec(), 0)]);
        Self { current: None, options: options.clone(), directories, holder }
    }

    pub(super) fn listing(self) -> Listing<'c> {
        let rows = stream::unfold(Some(self), async |walk| {
            let mut walk = walk?;
            match walk.next().await {
                Ok(Some(entry)) => Some((Ok(entry), Some(walk))),
                Ok(None) => None,
                Err(error) if error.is_of_one_row() => Some((Err(error), Some(walk))),
                Err(error) => Some((Err(error), None)),
            }
        });
        Listing::from_rows(rows)
    }

    /// Begins with the next directory, on a connection that may have to be taken first.
    async fn begin(&mut self, directory: &[u8], depth: usize) -> Result<Rows, Error> {
        let options = &self.options;
        let exists = options.exists || depth > 0;
        let client = match &mut self.holder {
            Holder::Held(held) => return held.begin_listing(directory, options, exists).await,
            Holder::Client(client) => client.clone(),
        };
        let (connection, rows) =
            attempt!(&client, TWICE, |connection| connection.begin_listing(directory, options, exists));
        self.holder = Holder::Held(connection.into());
        Ok(rows)
    }

    async fn next(&mut self) -> Result<Option<RemoteEntry>, Error> {
        loop {
            let (Some((directory, depth, rows)), Holder::Held(held)) = (&mut self.current, &mut self.holder)
            else {
                let Some((directory, depth)) = self.directories.pop_front() else { return Ok(None) };
                let rows = self.begin(&directory, depth).await?;
                self.current = Some((directory, depth, rows));
                continue;
            };
            match rows.next(held).await? {
                None => self.current = None,
                Some(entry) => {
                    // A name that is none would lead elsewhere when it is listed, fetched or removed in its turn.
                    if !is_safe_name(&entry.name) {
                        let error = Error::new(ErrorKind::UnsafeName, Phase::Data);
                        return Err(error.argument_is(&entry.name));
                    }
                    let pathname = join(directory, &entry.name);
                    if self.options.recursive && entry.is_dir() && *depth < MAX_DEPTH {
                        self.directories.push_back((pathname.clone(), *depth + 1));
                    }
                    return Ok(Some(RemoteEntry { pathname, entry }));
                }
            }
        }
    }
}

/// The argument of LIST. A name that begins with `-` would be taken for options.
pub(super) fn list_argument(pathname: &[u8], hidden: bool) -> Vec<u8> {
    let mut argument = Vec::new();
    if hidden {
        argument.extend_from_slice(b"-a");
        if !pathname.is_empty() {
            argument.push(b' ');
        }
    }
    if pathname.first() == Some(&b'-') {
        argument.extend_from_slice(b"./");
    }
    argument.extend_from_slice(pathname);
    argument
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_of_list() {
        assert_eq!(list_argument(b"", false), b"");
        assert_eq!(list_argument(b"", true), b"-a");
        assert_eq!(list_argument(b"a b", true), b"-a a b");
        assert_eq!(list_argument(b"-name", false), b"./-name");
        assert_eq!(list_argument(b"/-name", false), b"/-name");
    }
}
