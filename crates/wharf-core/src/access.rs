//! What may be done below a pathname.

use bitflags::bitflags;

bitflags! {
    /// Kinds of access, each of which is permitted or not.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Access: u16 {
        /// See names and facts, and enter directories.
        const LIST = 1;
        /// Read the content of files.
        const READ = 1 << 1;
        /// Make files that are not there yet.
        const CREATE = 1 << 2;
        /// Add octets at the end of files that are there.
        const APPEND = 1 << 3;
        /// Change or replace the content of files that are there.
        const OVERWRITE = 1 << 4;
        /// Make directories.
        const MAKE_DIR = 1 << 5;
        /// Set permission bits.
        const PERMISSIONS = 1 << 6;
        /// Set times.
        const TIMES = 1 << 7;
        /// Remove files and directories.
        const DELETE = 1 << 8;
        /// Give another name, or move elsewhere: needed at both places; replacing a file takes `OVERWRITE` too.
        const RENAME = 1 << 9;

        /// Make and change files and directories, their content, times and permission bits; neither remove nor rename.
        const WRITE = Self::CREATE.bits() | Self::APPEND.bits() | Self::OVERWRITE.bits() | Self::MAKE_DIR.bits()
            | Self::PERMISSIONS.bits() | Self::TIMES.bits();
    }
}
