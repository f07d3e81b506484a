use bitflags::bitflags;

bitflags! {
    /// What a backend can do, as data.
    ///
    /// The server answers 502 to a command whose capability is missing and leaves its feature out of FEAT;
    /// the conformance suite runs the cases of the capabilities that are declared.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Capabilities: u32 {
        /// Files can be created and replaced: `open_write`.
        const WRITE = 1;
        /// [`WriteMode::Append`](crate::WriteMode::Append) is offered.
        const APPEND = 1 << 1;
        /// [`WriteMode::At`](crate::WriteMode::At) is offered: a file can be changed from an offset on.
        const WRITE_AT = 1 << 2;
        /// `remove_file` and `remove_dir`.
        const REMOVE = 1 << 3;
        /// Directories can be made.
        const MAKE_DIR = 1 << 4;
        /// `rename`.
        const RENAME = 1 << 5;
        /// `set_modified`.
        const SET_MODIFIED = 1 << 6;
        /// `set_permissions` and [`Metadata::permissions`](crate::Metadata::permissions).
        const PERMISSIONS = 1 << 7;
        /// Reading can begin at any offset, not only at the start.
        const READ_AT = 1 << 8;
    }
}
