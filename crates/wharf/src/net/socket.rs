//! Sockets that the runtime has not heard of: what is made or accepted, used and closed without a wait never needs it to.

use std::{
    io,
    net::{SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

use socket2::{Domain, Socket, Type};

/// How long accepting rests when the system has no more files or memory for it.
const REST: Duration = Duration::from_millis(100);

/// A socket for connections to or at `address`, which waits for nothing.
pub(crate) fn stream_socket(address: SocketAddr) -> io::Result<Socket> {
    platform::stream_socket(Domain::for_address(address))
}

/// Listens at `address`, and waits for nothing; `backlog` connections may wait to be accepted.
pub(crate) fn listen(address: SocketAddr, backlog: i32) -> io::Result<TcpListener> {
    let socket = stream_socket(address)?;
    socket.set_reuse_address(cfg!(unix))?;
    socket.bind(&address.into())?;
    socket.listen(backlog)?;
    Ok(socket.into())
}

/// A connection that is here, which waits for nothing either; `WouldBlock` where none is.
pub(super) fn accept(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    platform::accept(listener)
}

/// How long to wait before accepting again after this error; `None` if that would not help.
///
/// A connection that was gone before it was accepted says nothing of the next. One for which there was no room is still
/// there.
pub(crate) fn accept_again_after(error: &io::Error) -> Option<Duration> {
    match error.kind() {
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted => {
            Some(Duration::ZERO)
        }
        io::ErrorKind::OutOfMemory => Some(REST),
        _ => error.raw_os_error().filter(|code| platform::NO_ROOM.contains(code)).map(|_| REST),
    }
}

#[cfg(target_os = "linux")]
mod platform {
    use rustix::{
        io::Errno,
        net::{SocketFlags, acceptfrom_with},
    };

    use super::*;

    /// Too many open files, of this process or of all; no room for another socket.
    pub(super) const NO_ROOM: [i32; 3] =
        [Errno::MFILE.raw_os_error(), Errno::NFILE.raw_os_error(), Errno::NOBUFS.raw_os_error()];

    pub(super) fn stream_socket(domain: Domain) -> io::Result<Socket> {
        Socket::new(domain, Type::STREAM.nonblocking(), None)
    }

    /// With one system call.
    pub(super) fn accept(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
        let (socket, from) = acceptfrom_with(listener, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK)?;
        let from = from.and_then(|from| from.try_into().ok()).ok_or(io::ErrorKind::InvalidData)?;
        Ok((socket.into(), from))
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    use super::*;

    /// Too many open files, of all or of this process, as all Unix systems number them; and as Windows does, with no room.
    pub(super) const NO_ROOM: [i32; 4] = [23, 24, 10_024, 10_055];

    pub(super) fn stream_socket(domain: Domain) -> io::Result<Socket> {
        let socket = Socket::new(domain, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    }

    pub(super) fn accept(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, from) = listener.accept()?;
        stream.set_nonblocking(true)?;
        Ok((stream, from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_that_pass_are_waited_out_and_others_are_not() {
        let after = |error: io::Error| accept_again_after(&error);
        assert_eq!(after(io::ErrorKind::ConnectionAborted.into()), Some(Duration::ZERO));
        assert_eq!(after(io::ErrorKind::OutOfMemory.into()), Some(REST));
        assert_eq!(after(io::Error::from_raw_os_error(platform::NO_ROOM[0])), Some(REST));
        assert_eq!(after(io::ErrorKind::InvalidInput.into()), None);
        assert_eq!(after(io::ErrorKind::WouldBlock.into()), None);
    }
}
