use std::time::SystemTime;

/// What kind of thing an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link that does not lead to a file or directory inside the root.
    Symlink,
    /// A fifo, a socket, a device, or what the backend cannot name.
    Other,
}

/// What is known of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metadata {
    /// What it is. A link that leads to a file or directory inside the root has that kind.
    pub kind: EntryKind,
    /// In the row of a listing: whether it is a link, and all else is said of what it leads to.
    pub through_link: bool,
    /// The size in octets; 0 for a directory.
    pub size: u64,
    /// When the content was last changed.
    pub modified: Option<SystemTime>,
    /// The twelve permission bits of POSIX, where the backend has them.
    pub permissions: Option<u32>,
    /// The number of hard links.
    pub links: Option<u64>,
    /// The numeric user and group of the owner.
    pub owner: Option<(u32, u32)>,
    /// A value that no other entry of this backend has at the same time: (device, inode) on a local disk.
    pub unique: Option<(u64, u64)>,
}

impl Metadata {
    /// Metadata of which only kind and size are known.
    pub fn new(kind: EntryKind, size: u64) -> Self {
        Self {
            kind,
            through_link: false,
            size,
            modified: None,
            permissions: None,
            links: None,
            owner: None,
            unique: None,
        }
    }

    /// What it is to those who walk through a tree: a link to a directory is a link, so that nobody who copies or empties the tree
    /// comes to what lies elsewhere, or in circles. Removing and renaming act on a link, so one to a file is as good as the file.
    pub fn kind_in_tree(&self) -> EntryKind {
        match self.through_link && self.is_dir() {
            true => EntryKind::Symlink,
            false => self.kind,
        }
    }

    /// Whether it is a regular file.
    pub fn is_file(&self) -> bool {
        self.kind == EntryKind::File
    }

    /// Whether it is a directory.
    pub fn is_dir(&self) -> bool {
        self.kind == EntryKind::Directory
    }
}

/// One row of a listing: a name and its metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The name inside its directory: no `/`, no NUL, not empty, not `.` or `..`; any other octets.
    pub name: Vec<u8>,
    /// What is known of it.
    pub metadata: Metadata,
}

impl Entry {
    /// The entry `name`.
    pub fn new(name: impl Into<Vec<u8>>, metadata: Metadata) -> Self {
        Self { name: name.into(), metadata }
    }
}
