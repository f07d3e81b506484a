use std::{
    fmt,
    io::{self, Read, Write},
};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::drive::Within;
use crate::{
    Error,
    connection::{self, RemoteEntry},
};

/// A file that is read. See [`connection::ReadStream`]; dropped before its end, the transfer is given up.
pub struct ReadStream(pub(super) Within<connection::ReadStream<'static>>);

/// A file that is written. It is there when [`finish`](Self::finish) says so. See [`connection::WriteStream`].
pub struct WriteStream(pub(super) Within<connection::WriteStream<'static>>);

/// The entries of a listing as they come. See [`connection::Listing`].
pub struct Listing(pub(super) Within<connection::Listing<'static>>);

impl ReadStream {
    /// See [`connection::ReadStream::finish`].
    ///
    /// # Errors
    /// Those that it has there.
    pub fn finish(self) -> Result<(), Error> {
        self.0.end(async |stream| stream.finish().await).unwrap_or(Ok(()))
    }
}

impl WriteStream {
    /// See [`connection::WriteStream::finish`].
    ///
    /// # Errors
    /// Those that it has there.
    pub fn finish(self) -> Result<(), Error> {
        self.0.end(async |stream| stream.finish().await).unwrap_or(Ok(()))
    }
}

impl Read for ReadStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.block(async |stream| stream.read(buffer).await)?
    }
}

impl Write for WriteStream {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.block(async |stream| stream.write(octets).await)?
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.block(async |stream| stream.flush().await)?
    }
}

impl Iterator for Listing {
    type Item = Result<RemoteEntry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.block(async |listing| listing.next().await).ok()?
    }
}

impl fmt::Debug for ReadStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReadStream")
    }
}

impl fmt::Debug for WriteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WriteStream")
    }
}

impl fmt::Debug for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listing")
    }
}
