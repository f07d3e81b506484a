use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use super::stream::Stream;

/// How long the peer may take to end a data connection on which it sends nothing but TLS tickets.
const LINGER: Duration = Duration::from_secs(1);

/// Connects to `peer` from the address of `local` and any port.
pub(crate) async fn connect(
    mut local: SocketAddr,
    peer: SocketAddr,
    within: Duration,
) -> io::Result<TcpStream> {
    let socket = if peer.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    local.set_port(0);
    socket.bind(local)?;
    timeout(within, socket.connect(peer)).await?
}

/// Ends a data connection over which all octets were sent.
///
/// # Errors
/// Under TLS, a peer that does not take the end in time. One that has closed its end first is no error.
pub(crate) async fn finish(stream: &mut Stream, within: Duration) -> io::Result<()> {
    // What else may fail is the peer's end, which came first.
    timeout(within, stream.shutdown()).await.map_or_else(|late| Err(late.into()), |_| Ok(()))
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
pub(crate) fn reset(stream: Stream) {
    // Where it fails, the connection is closed without it.
    let _ = stream.tcp().set_zero_linger();
}
