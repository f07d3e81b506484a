use std::{
    future::poll_fn,
    io,
    mem::MaybeUninit,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_util::FutureExt;

use socket2::{SockRef, TcpKeepalive};
use tokio::{
    io::{AsyncWriteExt, ReadBuf},
    net::TcpStream,
    time::timeout,
};
use wharf_core::{
    line::{LineDecoder, LineError, Telnet},
    reply::Reply,
};

use super::{stream::Stream, tls::SessionTls};

/// The most octets of replies that are kept before they are written.
const MAX_UNWRITTEN: usize = 16 * 1024;

/// How many octets are taken in at once to see whether the peer is still there.
const MAX_TAKEN: usize = 16 * 1024;

/// How long the peer may take to close its end, after the server has closed its own.
const LINGER: Duration = Duration::from_secs(1);

/// Whether a connection has from its listener what [`prepare`] sets, so that a login costs four system calls less.
pub(crate) const INHERITED: bool = cfg!(target_os = "linux");

/// Sets what control connections need: replies leave at once, urgent data, with which clients send ABOR, is read in its
/// place, and a peer that is gone is noticed.
pub(crate) fn prepare<'s>(socket: impl Into<SockRef<'s>>) -> io::Result<()> {
    let socket = socket.into();
    socket.set_tcp_nodelay(true)?;
    socket.set_out_of_band_inline(true)?;
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(Duration::from_secs(60)))
}

/// The server's end of a control connection: lines in, replies out.
///
/// It owns no buffer while nothing is under way.
#[derive(Debug)]
pub(crate) struct Control {
    stream: Stream,
    decoder: LineDecoder,
    unwritten: Vec<u8>,
}

impl Control {
    /// Takes over an accepted connection that is [`prepare`]d.
    pub(crate) fn new(stream: TcpStream, max_line: usize) -> Self {
        let decoder = LineDecoder::new(max_line, Telnet::Interpret);
        Self { stream: stream.into(), decoder, unwritten: Vec::new() }
    }

    /// Goes on under TLS. What was read in clear must have been used up: [`has_input`](Self::has_input).
    pub(crate) async fn protect(self, tls: &SessionTls) -> io::Result<Self> {
        let Self { stream: Stream::Plain(tcp), decoder, unwritten } = self else {
            return Err(io::ErrorKind::AlreadyExists.into());
        };
        let stream = Stream::tls(tls.control(tcp).await?);
        Ok(Self { stream, decoder, unwritten })
    }

    /// The certificate that the peer proved to own, in DER.
    pub(crate) fn peer_certificate(&self) -> Option<&[u8]> {
        self.stream.peer_certificate()
    }

    /// The name that the handshake asked for.
    pub(crate) fn server_name(&self) -> Option<&str> {
        self.stream.server_name()
    }

    /// Whether octets are here that are not a whole line yet, or lines that were not taken out.
    pub(crate) fn has_input(&self) -> bool {
        !self.decoder.is_empty()
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
        Ok(poll_fn(|cx| self.poll_fill(cx)).await? > 0)
    }

    /// Takes in what is here now, up to a limit; `false` if nothing more will come.
    pub(crate) fn is_open(&mut self) -> bool {
        let mut taken = 0;
        while taken < MAX_TAKEN {
            match poll_fn(|cx| self.poll_fill(cx)).now_or_never() {
                Some(Ok(0) | Err(_)) => return false,
                Some(Ok(octets)) => taken += octets,
                None => return true,
            }
        }
        true
    }

    /// Reads into a buffer that lives no longer than the call. As every read of a socket it spends the task's budget, so
    /// that a peer that sends without a pause, and no line, leaves the thread to others too.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut octets = [MaybeUninit::uninit(); 4096];
        let mut buffer = ReadBuf::uninit(&mut octets);
        ready!(self.stream.poll_read_urgent(cx, &mut buffer))?;
        self.decoder.push(buffer.filled());
        Poll::Ready(Ok(buffer.filled().len()))
    }

    /// Reads and drops what is here.
    fn poll_drop(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut octets = [MaybeUninit::uninit(); 4096];
        let mut buffer = ReadBuf::uninit(&mut octets);
        ready!(self.stream.poll_read_urgent(cx, &mut buffer))?;
        Poll::Ready(Ok(buffer.filled().len()))
    }

    /// Keeps a reply for the next [`flush`](Self::flush).
    pub(crate) fn queue(&mut self, reply: &Reply) {
        reply.encode(&mut self.unwritten);
    }

    /// Keeps a line with the reply's code and text, so that the reply itself is the last of several lines.
    pub(crate) fn queue_first(&mut self, reply: &Reply) {
        reply.encode_first(&mut self.unwritten);
    }

    /// Whether the replies kept are many enough to be written now.
    pub(crate) fn is_full(&self) -> bool {
        self.unwritten.len() >= MAX_UNWRITTEN
    }

    /// Writes the replies that were kept, in one piece. Not cancel safe.
    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        if !self.unwritten.is_empty() {
            self.stream.write_all(&std::mem::take(&mut self.unwritten)).await?;
            // TLS takes octets before the socket does.
            self.stream.flush().await?;
        }
        Ok(())
    }

    /// Ends the connection so that what was written still arrives.
    ///
    /// A socket that is closed with octets unread is reset, and the last replies may be lost with it. So what the peer
    /// still sends is read and dropped, for a second at most.
    pub(crate) async fn close(mut self) -> io::Result<()> {
        let ending = async {
            self.stream.shutdown().await?;
            while poll_fn(|cx| self.poll_drop(cx)).await? > 0 {}
            Ok(())
        };
        // Under TLS the end is octets too, which a peer that reads nothing does not take.
        timeout(LINGER, ending).await.unwrap_or(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        sync::{
            Arc,
            atomic::{AtomicBool, Ordering},
        },
    };

    use tokio::io::AsyncReadExt;

    use super::{super::tls_pair::connected, *};

    /// The control connection of a peer that sends `octets`, from a thread of its own and as fast as it can.
    async fn flooded(octets: usize) -> Control {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        // The end of the test cuts it short.
        std::thread::spawn(move || peer.write_all(&vec![b'a'; octets]));
        let stream = listener.accept().await.unwrap().0;
        let mut first = vec![0; 2 * MAX_TAKEN];
        while stream.peek(&mut first).await.unwrap() < first.len() {
            tokio::task::yield_now().await;
        }
        Control::new(stream, 100)
    }

    /// TLS takes more at once than the socket does; the rest must not wait for the next reply.
    #[tokio::test]
    async fn a_peer_that_reads_late_gets_all_of_the_last_reply() {
        let (mut peer, stream) = connected(true).await;
        let decoder = LineDecoder::new(100, Telnet::Interpret);
        let mut control = Control { stream, decoder, unwritten: Vec::new() };
        let long = Reply::new(214, "x".repeat(48 * 1024));
        control.queue(&long);
        let mut octets = vec![0; control.unwritten.len()];
        let told = async { tokio::try_join!(control.flush(), peer.read_exact(&mut octets)) };
        timeout(Duration::from_secs(20), told).await.expect("all of it comes").unwrap();
        assert!(octets.ends_with(b"x\r\n"));
    }

    #[tokio::test]
    async fn octets_without_a_pause_do_not_keep_other_tasks_from_running() {
        let mut control = flooded(64 << 20).await;
        let ran = Arc::new(AtomicBool::new(false));
        let other = tokio::spawn({
            let ran = Arc::clone(&ran);
            async move { ran.store(true, Ordering::Relaxed) }
        });
        while !ran.load(Ordering::Relaxed) {
            assert!(control.fill().await.unwrap(), "the other task runs before the last octet");
            while control.next_line().is_some() {}
        }
        other.await.unwrap();
    }

    #[tokio::test]
    async fn asking_whether_the_peer_is_there_takes_in_a_limited_part_of_a_line_without_end() {
        let mut control = flooded(64 << 20).await;
        assert!(control.fill().await.unwrap());
        assert!(control.next_line().unwrap().is_err());
        // From here on the line is dropped as it comes, and nothing is buffered.
        assert!(control.is_open());
        assert!(control.fill().now_or_never().unwrap().unwrap(), "not all that was there was read");
    }
}
