use std::{
    io,
    net::{Shutdown, SocketAddr},
    time::Duration,
};

use socket2::Socket;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use super::{socket::stream_socket, stream::Stream};

/// How long the peer may take to end a data connection on which it sends nothing but TLS tickets.
const LINGER: Duration = Duration::from_secs(1);

/// Connects to `peer` from the address of `local` and any port.
pub(crate) async fn connect(
    mut local: SocketAddr,
    peer: SocketAddr,
    within: Duration,
) -> io::Result<TcpStream> {
    let socket = stream_socket(peer)?;
    local.set_port(0);
    socket.bind(&local.into())?;
    timeout(within, TcpSocket::from_std_stream(socket.into()).connect(peer)).await?
}

/// From now on, closing this data connection is its end and not a reset.
pub(crate) fn is_in_use(stream: &Stream) -> io::Result<()> {
    stream.socket().map_or(Ok(()), |socket| socket.set_linger(None))
}

/// Ends our side of a data connection on which nothing is sent by us. Under TLS that takes a word, so nothing is done.
pub(crate) fn end_early(stream: &Stream) {
    if let (Stream::Plain(_) | Stream::Fresh(_), Some(socket)) = (stream, stream.socket()) {
        // Where it fails, the end comes later.
        let _ = socket.shutdown(Shutdown::Write);
    }
}

/// Ends a data connection over which all octets were sent.
///
/// # Errors
/// Under TLS, a peer that does not take the end in time. One that has closed its end first is no error.
pub(crate) async fn finish(stream: &mut Stream, within: Duration) -> io::Result<()> {
    // What else may fail is the peer's end, which came first.
    timeout(within, stream.shutdown()).await.map_or_else(|late| Err(late.into()), |_| Ok(()))
}

/// As [`finish`], where the connection is closed next: in clear, closing it is its end.
pub(crate) async fn finish_before_closing(stream: &mut Stream, within: Duration) -> io::Result<()> {
    match stream {
        Stream::Plain(_) | Stream::Fresh(_) => Ok(()),
        Stream::Tls { .. } | Stream::Lent(_) => finish(stream, within).await,
    }
}

/// Ends a data connection over which all octets were sent, and which the peer has acknowledged.
///
/// Under TLS, what the peer has sent is read first: new tickets, without which later data connections could not resume.
/// The wait for the peer's end is bounded.
pub(crate) async fn read_to_end(mut stream: Stream) {
    if let Stream::Tls { .. } = stream {
        let reading = async {
            let mut octets = [0; 1024];
            while matches!(stream.read(&mut octets).await, Ok(1..)) {}
        };
        // Without an end there may be one ticket less.
        let _ = timeout(LINGER, reading).await;
    }
}

/// Ends a data connection so that the peer sees that something is missing: with a reset, not with an end.
///
/// Where the system can, the peer sees it at once, even if a thread is still at work on the connection.
pub(crate) fn reset(stream: Stream) {
    stream.reset();
}

/// Has the peer see a reset, now or when the connection is closed.
pub(super) fn reset_socket(socket: &Socket) {
    if !disconnect(socket) {
        // Where this fails too, the connection is closed without it.
        let _ = socket.set_linger(Some(Duration::ZERO));
    }
}

#[cfg(target_os = "linux")]
fn disconnect(socket: &Socket) -> bool {
    rustix::net::connect_unspec(socket).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn disconnect(_: &Socket) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::{super::tls_pair::connected, *};

    /// How long a test may wait for what must come.
    const DEADLINE: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn an_end_that_the_peer_does_not_take_is_waited_for_so_long() {
        let within = Duration::from_millis(50);
        let (mut stream, mut peer) = connected(false).await;
        // More than both sockets hold, and what TLS takes besides.
        while let Ok(written) = timeout(within, stream.write(&[0; 65536])).await {
            written.unwrap();
        }
        let late =
            timeout(DEADLINE, finish(&mut stream, within)).await.expect("its time is over").unwrap_err();
        assert_eq!(late.kind(), io::ErrorKind::TimedOut);
        // One who reads gets the end.
        let reading = tokio::spawn(async move {
            let mut octets = vec![0; 65536];
            while peer.read(&mut octets).await.unwrap() > 0 {}
        });
        finish(&mut stream, DEADLINE).await.unwrap();
        reading.await.unwrap();
    }

    #[tokio::test]
    async fn an_end_to_a_peer_that_is_gone_is_no_error() {
        let (mut stream, peer) = connected(false).await;
        reset(peer);
        finish(&mut stream, DEADLINE).await.unwrap();
    }
}
