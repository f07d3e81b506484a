use std::{io, time::Duration};

use socket2::{SockRef, TcpKeepalive};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use wharf_core::{
    line::{LineDecoder, LineError, Telnet},
    reply::Reply,
};

/// The most octets of replies that are kept before they are written.
const MAX_UNWRITTEN: usize = 16 * 1024;

/// How long the peer may take to close its end, after the server has closed its own.
const LINGER: Duration = Duration::from_secs(1);

/// The server's end of a control connection: lines in, replies out.
///
/// It owns no buffer while nothing is under way.
#[derive(Debug)]
pub(crate) struct Control {
    stream: TcpStream,
    decoder: LineDecoder,
    unwritten: Vec<u8>,
}

impl Control {
    /// Takes over an accepted connection. Urgent data, with which clients send ABOR, is read in its place.
    pub(crate) fn new(stream: TcpStream, max_line: usize) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let socket = SockRef::from(&stream);
        socket.set_out_of_band_inline(true)?;
        socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(Duration::from_secs(60)))?;
        Ok(Self { stream, decoder: LineDecoder::new(max_line, Telnet::Interpret), unwritten: Vec::new() })
    }

    /// The next line that is here already.
    pub(crate) fn next_line(&mut self) -> Option<Result<Vec<u8>, LineError>> {
        self.decoder.next_line()
    }

    /// Octets that are no whole line yet.
    pub(crate) fn buffered(&self) -> usize {
        self.decoder.buffered()
    }

    /// Waits for octets and takes them in; `false` at the end. Cancel safe.
    pub(crate) async fn fill(&mut self) -> io::Result<bool> {
        loop {
            self.stream.readable().await?;
            match self.take_in() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                taken => return taken,
            }
        }
    }

    /// Takes in what is here now; `false` if nothing more will come.
    pub(crate) fn is_open(&mut self) -> bool {
        loop {
            match self.take_in() {
                Ok(true) if self.decoder.buffered() < MAX_UNWRITTEN => {}
                Ok(open) => return open,
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
    }

    fn take_in(&mut self) -> io::Result<bool> {
        let mut octets = [0; 4096];
        let read = self.stream.try_read(&mut octets)?;
        self.decoder.push(octets.get(..read).unwrap_or_default());
        Ok(read > 0)
    }

    /// Keeps a reply for the next [`flush`](Self::flush).
    pub(crate) fn queue(&mut self, reply: &Reply) {
        reply.encode(&mut self.unwritten);
    }

    /// Whether the replies kept are many enough to be written now.
    pub(crate) fn is_full(&self) -> bool {
        self.unwritten.len() >= MAX_UNWRITTEN
    }

    /// Writes the replies that were kept, in one piece. Not cancel safe.
    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        if !self.unwritten.is_empty() {
            self.stream.write_all(&std::mem::take(&mut self.unwritten)).await?;
        }
        Ok(())
    }

    /// Ends the connection so that what was written still arrives.
    ///
    /// A socket that is closed with octets unread is reset, and the last replies may be lost with it. So what the peer
    /// still sends is read and dropped, for a second at most.
    pub(crate) async fn close(mut self) -> io::Result<()> {
        self.stream.shutdown().await?;
        let dropping = async {
            let mut octets = [0; 4096];
            while self.stream.read(&mut octets).await? > 0 {}
            Ok(())
        };
        timeout(LINGER, dropping).await.unwrap_or(Ok(()))
    }
}
