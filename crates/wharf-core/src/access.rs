//! What may be done below a pathname.

use bitflags::bitflags;

bitflags! {
    /// Kinds of access, each of which is permitted or not.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Access: u8 {
        /// See names and facts, and enter directories.
        const LIST = 1;
        /// Read the content of files.
        const READ = 1 << 1;
        /// Create and change files and directories, their names, times and permissions.
        const WRITE = 1 << 2;
        /// Remove files and directories, or move them away.
        const DELETE = 1 << 3;
    }
}
