//! A file of unknown length that takes its name when it is whole.

use std::{
    io,
    pin::Pin,
    process,
    task::{Context, Poll},
    time::{SystemTime, UNIX_EPOCH},
};

use tokio::io::AsyncWrite;
use wharf_core::{command::rename::Dele, pathname::escape_for_display};

use super::{
    Persistence,
    publish::{Published, forget_old, publish, size_of, tolerated},
    unfinished::upload_of,
};
use crate::{
    Client, Connection, Error, ErrorKind,
    client::{Attempts, ONCE, TWICE, attempt},
    connection::WriteStream,
};

/// A file that is written piece by piece, and takes its name when it is whole. Made by [`Client::write_whole`].
///
/// Dropped before [`finish`](Self::finish), what was sent may stay under the name that [`part`](Self::part) tells.
#[derive(Debug)]
pub struct WholeStream {
    client: Client,
    stream: WriteStream<'static>,
    target: Vec<u8>,
    part: Option<Vec<u8>>,
}

impl Client {
    /// Opens a file for writing that takes its name, in place of another that has it, when it is whole: until then it has a name
    /// of its own beside it. On a server that says `STOR ATOMIC` it is sent under its name, since nobody sees a part of it there.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn write_whole(&self, pathname: impl AsRef<[u8]>) -> Result<WholeStream, Error> {
        let target = pathname.as_ref();
        // They say whether it stores atomically.
        let (connection, atomic) = attempt!(self, TWICE, |connection| stores_atomically(&mut connection));
        drop(connection);
        let part = (!atomic).then(|| upload_of(target, &never_again()));
        let path = part.as_deref().unwrap_or(target);
        let (connection, begun) = attempt!(self, TWICE, |connection| connection.begin_write(path, 0));
        let (client, target) = (self.clone(), target.to_vec());
        Ok(WholeStream { client, stream: WriteStream::new(connection, begun), target, part })
    }
}

impl WholeStream {
    /// The name that it has until it is whole, if that is another.
    pub fn part(&self) -> Option<&[u8]> {
        self.part.as_deref()
    }

    /// Ends the file, waits until the server has stored it, and gives it its name: [`store`](Self::store) and
    /// [`WholeFile::publish`].
    ///
    /// # Errors
    /// Those of both.
    pub async fn finish(self) -> Result<(), Error> {
        self.store().await?.publish().await
    }

    /// Ends the file, and waits until the server has stored it. Where it has a name of its own it keeps it until it is published.
    ///
    /// # Errors
    /// As [`WriteStream::finish`]; what was sent is removed then.
    pub async fn store(self) -> Result<WholeFile, Error> {
        let Self { client, stream, target, part } = self;
        if let Err(error) = stream.finish().await {
            if let Some(part) = &part {
                // That it was not stored is what matters.
                let _ = remove(&client, part).await;
            }
            return Err(error);
        }
        Ok(WholeFile { client, target, part })
    }

    /// Ends the transfer at once, and removes what was sent.
    ///
    /// # Errors
    /// As [`WriteStream::abort`] and [`Connection::remove_file`](crate::Connection::remove_file).
    pub async fn abort(self) -> Result<(), Error> {
        let Self { client, stream, part, .. } = self;
        let aborted = stream.abort().await;
        match part {
            Some(part) => remove(&client, &part).await,
            None => aborted,
        }
    }
}

/// A file that the server has stored as a whole, and that has not got its name yet. Made by [`WholeStream::store`].
///
/// Dropped before [`publish`](Self::publish), it stays under the name that [`WholeStream::part`] tells, if there is one.
#[derive(Debug)]
#[must_use = "it has not got its name yet"]
pub struct WholeFile {
    client: Client,
    target: Vec<u8>,
    part: Option<Vec<u8>>,
}

impl WholeFile {
    /// Gives it its name, in place of another that has it. What is cut is taken up as often as the client does that.
    ///
    /// Not cancel safe: where the server does not rename over a file, that one may have gone aside when it is dropped, and has a name
    /// that ends in `.wharf-old`.
    ///
    /// # Errors
    /// Where the server does not let it have the name, what had it has it still. Each error says which name the file has.
    pub async fn publish(self) -> Result<(), Error> {
        let Self { client, target, part } = self;
        let Some(part) = part else { return Ok(()) };
        let mut persistence = Persistence::new(client.pool.settings.reconnects);
        let mut again = false;
        loop {
            let attempt = async {
                let published =
                    attempt!(&client, ONCE, |connection| rename(&mut connection, &part, &target, &mut again));
                Ok::<_, Error>(published.1)
            };
            let error = match attempt.await {
                Ok(Published::Done) => return Ok(()),
                Ok(Published::Barred(error)) | Err(error) => error,
            };
            persistence.after(error, 0).await.map_err(|error| not_published(error, &part, &target))?;
        }
    }
}

/// One attempt; `again` if there was one before.
async fn rename(
    connection: &mut Connection,
    part: &[u8],
    target: &[u8],
    again: &mut bool,
) -> Result<Published, Error> {
    let again = std::mem::replace(again, true);
    if again && size_of(connection, part).await?.is_none() && size_of(connection, target).await?.is_some() {
        // The name was given, and only the answer lost.
        return forget_old(connection, target).await.map(|()| Published::Done);
    }
    publish(connection, part, target, again).await
}

/// What was sent cannot be sent again: it is told where it is.
fn not_published(error: Error, part: &[u8], target: &[u8]) -> Error {
    let name = escape_for_display(part);
    let (kind, text) = match error.is_permanent_refusal() || error.kind() == ErrorKind::Refused {
        true => (ErrorKind::Refused, format!("it is whole, and may not be renamed: it is {name}")),
        false => (error.kind(), format!("it is whole, and may not have its name yet: it is {name} then")),
    };
    let whole = Error::new(kind, error.phase()).verb_is("RNTO").argument_is(target);
    whole.message(text).caused_by(error)
}

/// Whether nobody sees a part of a file, as far as the server says.
async fn stores_atomically(connection: &mut Connection) -> Result<bool, Error> {
    tolerated(connection.features().await.map(drop))?;
    Ok(connection.stores_atomically())
}

/// Removes what a server may have thrown away itself.
async fn remove(client: &Client, part: &[u8]) -> Result<(), Error> {
    let mut connection = client.connection().await?;
    tolerated(connection.send(Dele::new(part)).await).map(drop)
}

/// What no other file has that is written so: what comes of a stream comes once, and is never gone on with.
fn never_again() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{} {}", process::id(), now.as_nanos())
}

impl AsyncWrite for WholeStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
