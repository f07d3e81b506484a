//! What a verb finds when it runs: a connection that is logged in, the place that is meant, and where results go.

use std::ops::{Deref, DerefMut};

use wharf::{Connection, Error, core::pathname::escape_for_display};

use crate::{
    connection::{self, Options, Target},
    exit::{Exit, Failure},
    output::Output,
    site::Site,
};

/// A session with a server. It is used as the [`Connection`] that it has.
pub(crate) struct Session {
    connection: Connection,
    pub(crate) site: Site,
    pub(crate) output: Output,
    /// Whether only errors are to be shown.
    pub(crate) quiet: bool,
    /// How many parts of the work have failed, and have been told of.
    failures: usize,
}

impl Session {
    /// Connects and logs in.
    ///
    /// # Errors
    /// Those of [`Options::connect`].
    pub(crate) async fn open(
        options: &Options,
        target: Target,
        site: Site,
        output: Output,
    ) -> Result<Self, Failure> {
        let connection = options.connect(&target).await?;
        Ok(Self { connection, site, output, quiet: options.server.quiet, failures: 0 })
    }

    /// Tells of a part of the work that failed; the rest goes on.
    pub(crate) fn failed(&mut self, failure: &Failure) {
        self.failures += 1;
        self.output.failure(failure);
    }

    /// Goes on after what failed in one of several parts.
    ///
    /// # Errors
    /// `done` is one, and there is only one part, or no connection to go on with.
    pub(crate) fn go_on(&mut self, several: bool, done: Result<(), Failure>) -> Result<(), Failure> {
        match done {
            Err(failure) if several && self.connection.is_open() => {
                self.failed(&failure);
                Ok(())
            }
            done => done,
        }
    }

    /// Whether all that was told of went well, from now on.
    ///
    /// # Errors
    /// [`Exit::Partial`], without words.
    pub(crate) fn verdict(&mut self) -> Result<(), Failure> {
        match std::mem::take(&mut self.failures) {
            0 => Ok(()),
            _ => Err(Failure::silent(Exit::Partial)),
        }
    }

    /// Says goodbye.
    ///
    /// # Errors
    /// As [`verdict`](Self::verdict).
    pub(crate) async fn finish(mut self) -> Result<(), Failure> {
        let verdict = self.verdict();
        connection::quit(self.connection).await;
        verdict
    }

    /// The URL of `pathname` on this server.
    pub(crate) fn url_of(&self, pathname: &[u8]) -> String {
        self.site.url.of(pathname)
    }

    /// `pathname` on this server, for people.
    pub(crate) fn shown(&self, pathname: &[u8]) -> String {
        let host = escape_for_display(self.site.url.host.as_bytes());
        format!("{host}:{}", escape_for_display(pathname))
    }

    /// What `error` means for `path`: servers have one code for what is not there and what is forbidden, so they are asked.
    pub(crate) async fn explain(&mut self, path: &[u8], error: Error) -> Failure {
        connection::explain(&mut self.connection, path, error).await
    }
}

impl Deref for Session {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for Session {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}
