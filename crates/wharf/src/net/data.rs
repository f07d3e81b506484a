use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::AsyncWriteExt,
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use super::stream::Stream;

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
pub(crate) async fn finish(mut stream: Stream) -> io::Result<()> {
    stream.shutdown().await
}

/// Ends a data connection so that the peer sees that something is missing: with a reset, not with an end.
pub(crate) fn reset(stream: Stream) {
    // Where it fails, the connection is closed without it.
    let _ = stream.tcp().set_zero_linger();
}
