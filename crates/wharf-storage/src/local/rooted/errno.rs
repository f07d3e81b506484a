use std::io;

use rustix::io::Errno;

use crate::{Error, ErrorKind};

/// The error of a call on an entry.
pub(super) fn error(errno: Errno) -> Error {
    let source = io::Error::from(errno);
    let kind = match errno {
        Errno::NXIO | Errno::NODEV => ErrorKind::NotARegularFile,
        Errno::AGAIN | Errno::INTR | Errno::MFILE | Errno::NFILE | Errno::NOMEM => ErrorKind::Busy,
        Errno::LOOP | Errno::PERM => ErrorKind::PermissionDenied,
        Errno::ILSEQ => ErrorKind::NameNotAllowed,
        Errno::NOTSUP | Errno::NOSYS => ErrorKind::Failed,
        _ => return Error::from(source),
    };
    Error::new(kind, source)
}

/// The error of walking to an entry, where `EXDEV` means a link that leads out of the root.
pub(super) fn walk_error(errno: Errno) -> Error {
    match errno {
        Errno::XDEV => Error::new(ErrorKind::PermissionDenied, io::Error::from(errno)),
        _ => error(errno),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_has_the_kind_that_a_peer_can_use() {
        for (errno, kind) in [
            (Errno::NOENT, ErrorKind::NotFound),
            (Errno::EXIST, ErrorKind::AlreadyExists),
            (Errno::NOTDIR, ErrorKind::NotADirectory),
            (Errno::ISDIR, ErrorKind::IsADirectory),
            (Errno::NOTEMPTY, ErrorKind::DirectoryNotEmpty),
            (Errno::ACCESS, ErrorKind::PermissionDenied),
            (Errno::PERM, ErrorKind::PermissionDenied),
            (Errno::ROFS, ErrorKind::PermissionDenied),
            (Errno::LOOP, ErrorKind::PermissionDenied),
            (Errno::NAMETOOLONG, ErrorKind::NameNotAllowed),
            (Errno::INVAL, ErrorKind::NameNotAllowed),
            (Errno::ILSEQ, ErrorKind::NameNotAllowed),
            (Errno::BUSY, ErrorKind::Busy),
            (Errno::TXTBSY, ErrorKind::Busy),
            (Errno::MFILE, ErrorKind::Busy),
            (Errno::NOSPC, ErrorKind::NoSpace),
            (Errno::DQUOT, ErrorKind::QuotaExceeded),
            (Errno::FBIG, ErrorKind::QuotaExceeded),
            (Errno::XDEV, ErrorKind::CrossesDevices),
            (Errno::NXIO, ErrorKind::NotARegularFile),
            (Errno::IO, ErrorKind::Failed),
        ] {
            assert_eq!(error(errno).kind(), kind, "{errno:?}");
        }
        assert_eq!(walk_error(Errno::XDEV).kind(), ErrorKind::PermissionDenied);
        assert_eq!(walk_error(Errno::NOENT).kind(), ErrorKind::NotFound);
    }
}
