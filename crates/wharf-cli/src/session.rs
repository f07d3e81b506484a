//! What a verb finds when it runs: a connection that is logged in, the place that is meant, and where results go.

use std::ops::{Deref, DerefMut};

use wharf::{
    Client, Connection, Error, client::PooledConnection, connection::RemoteEntry,
    core::pathname::escape_for_display,
};

use crate::{
    connection,
    exit::{Exit, Failure},
    output::Output,
    site::Site,
};

/// A session with a server: a client, and one of its connections, as which it is used.
pub(crate) struct Session {
    pub(crate) client: Client,
    /// `None` while the client has work for all of them.
    connection: Option<PooledConnection>,
    pub(crate) site: Site,
    pub(crate) output: Output,
    /// Whether only errors are to be shown.
    pub(crate) quiet: bool,
    /// What is to be removed on the server if the work is interrupted.
    pub(crate) unfinished: Option<Vec<u8>>,
    /// How many parts of the work have failed, and have been told of.
    failures: usize,
}

impl Session {
    /// Connects and logs in, where no connection of the client is free.
    ///
    /// # Errors
    /// Those of connecting and of the login.
    pub(crate) async fn open(client: Client, site: Site, output: Output, quiet: bool) -> Result<Self, Error> {
        let connection = Some(client.connection().await?);
        Ok(Self { client, connection, site, output, quiet, unfinished: None, failures: 0 })
    }

    /// Gives the connection back to the client, until [`connect`](Self::connect).
    pub(crate) fn rest(&mut self) {
        self.connection = None;
    }

    /// Takes a connection of the client, if there is none.
    ///
    /// # Errors
    /// Those of connecting and of the login.
    pub(crate) async fn connect(&mut self) -> Result<(), Error> {
        if self.connection.is_none() {
            self.connection = Some(self.client.connection().await?);
        }
        Ok(())
    }

    /// Whether there may be a connection to go on with; one that was given back is replaced.
    pub(crate) fn is_open(&self) -> bool {
        self.connection.as_ref().is_none_or(|connection| connection.is_open())
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
            Err(failure) if several && self.is_open() => {
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
        drop(self.connection.take());
        self.client.close().await;
        verdict
    }

    /// Takes up the charset that the names of a listing show, unless it is set.
    ///
    /// # Errors
    /// Those of [`Connection::guess_charset`].
    pub(crate) async fn learn_charset(&mut self, entries: &[RemoteEntry]) -> Result<(), Error> {
        let names = entries.iter().map(|entry| entry.name.as_slice());
        self.site.charset = self.guess_charset(names).await?;
        Ok(())
    }

    /// The URL of `pathname` on this server.
    pub(crate) fn url_of(&self, pathname: &[u8]) -> String {
        self.site.url.of(pathname)
    }

    /// `pathname` on this server, for people.
    pub(crate) fn shown(&self, pathname: &[u8]) -> String {
        let host = escape_for_display(self.site.url.host.as_bytes());
        format!("{host}:{}", escape_for_display(&self.site.charset.to_local(pathname)))
    }

    /// What `error` means for `path`: servers have one code for what is not there and what is forbidden, so they are asked.
    pub(crate) async fn explain(&mut self, path: &[u8], error: Error) -> Failure {
        connection::explain(self, path, error).await
    }

    /// As [`explain`](Self::explain), for `path` that was to be made.
    pub(crate) async fn explain_new(&mut self, path: &[u8], error: Error) -> Failure {
        connection::explain_new(self, path, error).await
    }
}

impl Deref for Session {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match &self.connection {
            Some(connection) => connection,
            None => unreachable!("who gives the connection back asks for no more of it"),
        }
    }
}

impl DerefMut for Session {
    fn deref_mut(&mut self) -> &mut Connection {
        match &mut self.connection {
            Some(connection) => connection,
            None => unreachable!("who gives the connection back asks for no more of it"),
        }
    }
}
