use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use super::{
    budget::{Budget, Room},
    content::Content,
};
use crate::{Entry, EntryKind, ErrorKind, Metadata, Pathname, Result};

/// The number of the root in the table of nodes.
const ROOT: u64 = 0;

/// What an entry takes from the budget besides its octets.
const ENTRY_COST: u64 = 512;

/// All files and directories, in a table by number, as inodes are on a disk.
///
/// Directories hold names and numbers. So a rename moves one name, whatever lies below it, and a listing that runs
/// meanwhile stays with its directory.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: HashMap<u64, Node>,
    next: u64,
    budget: Arc<Budget>,
}

#[derive(Debug)]
enum Node {
    File(Arc<File>),
    Directory(Directory),
}

#[derive(Debug)]
struct Directory {
    entries: BTreeMap<Vec<u8>, u64>,
    modified: SystemTime,
    permissions: u32,
    _room: Room,
}

/// A file, which outlives its name for as long as a sink has it open.
#[derive(Debug)]
pub(super) struct File {
    state: Mutex<State>,
    _room: Room,
}

/// What is in a file at one moment.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) content: Content,
    pub(super) modified: SystemTime,
    pub(super) permissions: u32,
}

/// A name in a directory, whether or not an entry has it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    directory: u64,
    name: Vec<u8>,
}

impl Tree {
    pub(super) fn new(capacity: u64) -> Self {
        let budget = Budget::new(capacity.saturating_add(ENTRY_COST));
        let mut tree = Self { nodes: HashMap::new(), next: ROOT, budget };
        if let Ok(root) = tree.new_directory() {
            tree.add(Node::Directory(root));
        }
        tree
    }

    /// The place of `path`, whose directory must exist; `None` for the root.
    pub(super) fn place(&self, path: &Pathname) -> Result<Option<Place>> {
        let (Some(parent), Some(name)) = (path.parent(), path.name()) else {
            return Ok(None);
        };
        let directory = self.find(&parent)?;
        self.directory(directory)?;
        Ok(Some(Place { directory, name: name.to_vec() }))
    }

    /// The file at `place`, if there is one.
    pub(super) fn file_at(&self, place: &Place) -> Result<Option<Arc<File>>> {
        match self
            .directory(place.directory)?
            .entries
            .get(&place.name)
            .and_then(|number| self.nodes.get(number))
        {
            None => Ok(None),
            Some(Node::File(file)) => Ok(Some(file.clone())),
            Some(Node::Directory(_)) => Err(ErrorKind::IsADirectory.into()),
        }
    }

    /// Whether an entry has the name `place`.
    pub(super) fn taken(&self, place: &Place) -> Result<bool> {
        Ok(self.directory(place.directory)?.entries.contains_key(&place.name))
    }

    /// The file at `path` with its number.
    pub(super) fn file(&self, path: &Pathname) -> Result<(u64, Arc<File>)> {
        let number = self.find(path)?;
        match self.nodes.get(&number) {
            Some(Node::File(file)) => Ok((number, file.clone())),
            _ => Err(ErrorKind::IsADirectory.into()),
        }
    }

    /// A file that has no name yet.
    pub(super) fn new_file(&self) -> Result<Arc<File>> {
        let content = Content::new(self.budget.clone());
        let state = State { content, modified: SystemTime::now(), permissions: 0o644 };
        Ok(Arc::new(File { state: Mutex::new(state), _room: self.budget.take(ENTRY_COST)? }))
    }

    /// Gives `file` the name `place`, in the stead of a file that has it.
    pub(super) fn put_file(&mut self, place: &Place, file: Arc<File>) -> Result<()> {
        if let Some(replaced) = self.file_at(place)? {
            file.state().permissions = replaced.state().permissions;
        }
        let number = self.add(Node::File(file));
        let replaced = self.touched(place.directory)?.entries.insert(place.name.clone(), number);
        self.forget(replaced);
        Ok(())
    }

    pub(super) fn metadata(&self, path: &Pathname) -> Result<Metadata> {
        let number = self.find(path)?;
        self.nodes.get(&number).map(|node| node.metadata(number)).ok_or(ErrorKind::NotFound.into())
    }

    /// The number of the directory at `path`, for [`Tree::entries`].
    pub(super) fn directory_number(&self, path: &Pathname) -> Result<u64> {
        let number = self.find(path)?;
        self.directory(number)?;
        Ok(number)
    }

    /// At most `count` entries of a directory, those behind the name `after`; none if it is gone.
    pub(super) fn entries(&self, directory: u64, after: Option<&[u8]>, count: usize) -> Vec<Entry> {
        let Ok(directory) = self.directory(directory) else {
            return Vec::new();
        };
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = directory.entries.range::<[u8], _>((from, Bound::Unbounded));
        let entry = |(name, number): (&Vec<u8>, &u64)| {
            Some(Entry::new(name.clone(), self.nodes.get(number)?.metadata(*number)))
        };
        rows.filter_map(entry).take(count).collect()
    }

    pub(super) fn make_dir(&mut self, path: &Pathname) -> Result<()> {
        let place = self.place(path)?.ok_or(ErrorKind::AlreadyExists)?;
        if self.taken(&place)? {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let made = self.new_directory()?;
        let number = self.add(Node::Directory(made));
        self.touched(place.directory)?.entries.insert(place.name, number);
        Ok(())
    }

    /// Makes the directory `path` and those on the way to it, where they are missing.
    pub(super) fn make_dirs(&mut self, path: &Pathname) -> Result<()> {
        let mut made = Pathname::root();
        for name in path.components() {
            made = made.join(name)?;
            match self.make_dir(&made) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                result => result?,
            }
        }
        self.directory_number(path).map(|_| ())
    }

    pub(super) fn remove_dir(&mut self, path: &Pathname) -> Result<()> {
        let place = self.place(path)?.ok_or(ErrorKind::IsRoot)?;
        let number = self.number_at(&place)?;
        if !self.directory(number)?.entries.is_empty() {
            return Err(ErrorKind::DirectoryNotEmpty.into());
        }
        let removed = self.touched(place.directory)?.entries.remove(&place.name);
        self.forget(removed);
        Ok(())
    }

    pub(super) fn remove_file(&mut self, path: &Pathname) -> Result<()> {
        let place = self.place(path)?.ok_or(ErrorKind::IsADirectory)?;
        self.file_at(&place)?.ok_or(ErrorKind::NotFound)?;
        let removed = self.touched(place.directory)?.entries.remove(&place.name);
        self.forget(removed);
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &Pathname, to: &Pathname) -> Result<()> {
        if from.is_root() || to.is_root() {
            return Err(ErrorKind::IsRoot.into());
        }
        let source = self.place(from)?.ok_or(ErrorKind::IsRoot)?;
        let number = self.number_at(&source)?;
        let target = self.place(to)?.ok_or(ErrorKind::IsRoot)?;
        let moves_directory = self.directory(number).is_ok();
        if moves_directory && to != from && to.starts_with(from) {
            return Err(ErrorKind::NameNotAllowed.into());
        }
        let replaced = self.number_at(&target).ok();
        match replaced.and_then(|replaced| self.nodes.get(&replaced)) {
            _ if replaced == Some(number) => return Ok(()),
            None => {}
            Some(Node::File(_)) if moves_directory => return Err(ErrorKind::NotADirectory.into()),
            Some(Node::File(_)) => {}
            Some(Node::Directory(_)) if !moves_directory => return Err(ErrorKind::IsADirectory.into()),
            Some(Node::Directory(directory)) if directory.entries.is_empty() => {}
            Some(Node::Directory(_)) => return Err(ErrorKind::DirectoryNotEmpty.into()),
        }
        self.touched(source.directory)?.entries.remove(&source.name);
        self.touched(target.directory)?.entries.insert(target.name, number);
        self.forget(replaced);
        Ok(())
    }

    pub(super) fn rename_new(&mut self, from: &Pathname, to: &Pathname) -> Result<()> {
        match self.find(to) {
            Ok(_) => Err(ErrorKind::AlreadyExists.into()),
            Err(_) => self.rename(from, to),
        }
    }

    pub(super) fn set_modified(&mut self, path: &Pathname, modified: SystemTime) -> Result<()> {
        let number = self.find(path)?;
        match self.nodes.get_mut(&number) {
            Some(Node::File(file)) => file.state().modified = modified,
            Some(Node::Directory(directory)) => directory.modified = modified,
            None => return Err(ErrorKind::NotFound.into()),
        }
        Ok(())
    }

    pub(super) fn set_permissions(&mut self, path: &Pathname, permissions: u32) -> Result<()> {
        let number = self.find(path)?;
        match self.nodes.get_mut(&number) {
            Some(Node::File(file)) => file.state().permissions = permissions,
            Some(Node::Directory(directory)) => directory.permissions = permissions,
            None => return Err(ErrorKind::NotFound.into()),
        }
        Ok(())
    }

    pub(super) fn used(&self) -> u64 {
        self.budget.used().saturating_sub(ENTRY_COST)
    }

    fn find(&self, path: &Pathname) -> Result<u64> {
        path.components().try_fold(ROOT, |number, name| {
            self.directory(number)?.entries.get(name).copied().ok_or(ErrorKind::NotFound.into())
        })
    }

    fn number_at(&self, place: &Place) -> Result<u64> {
        self.directory(place.directory)?.entries.get(&place.name).copied().ok_or(ErrorKind::NotFound.into())
    }

    fn directory(&self, number: u64) -> Result<&Directory> {
        match self.nodes.get(&number) {
            Some(Node::Directory(directory)) => Ok(directory),
            Some(Node::File(_)) => Err(ErrorKind::NotADirectory.into()),
            None => Err(ErrorKind::NotFound.into()),
        }
    }

    /// The directory `number`, whose entries change now.
    fn touched(&mut self, number: u64) -> Result<&mut Directory> {
        match self.nodes.get_mut(&number) {
            Some(Node::Directory(directory)) => {
                directory.modified = SystemTime::now();
                Ok(directory)
            }
            Some(Node::File(_)) => Err(ErrorKind::NotADirectory.into()),
            None => Err(ErrorKind::NotFound.into()),
        }
    }

    fn new_directory(&self) -> Result<Directory> {
        let (entries, modified) = (BTreeMap::new(), SystemTime::now());
        Ok(Directory { entries, modified, permissions: 0o755, _room: self.budget.take(ENTRY_COST)? })
    }

    fn add(&mut self, node: Node) -> u64 {
        let number = self.next;
        self.next = number.wrapping_add(1);
        self.nodes.insert(number, node);
        number
    }

    fn forget(&mut self, number: Option<u64>) {
        if let Some(number) = number {
            self.nodes.remove(&number);
        }
    }
}

impl Node {
    fn metadata(&self, number: u64) -> Metadata {
        match self {
            Self::File(file) => file.state().metadata(number),
            Self::Directory(directory) => Metadata {
                modified: Some(directory.modified),
                permissions: Some(directory.permissions),
                links: Some(1),
                unique: Some((0, number)),
                ..Metadata::new(EntryKind::Directory, 0)
            },
        }
    }
}

impl File {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes `octets` at `position`, or at the end.
    pub(super) fn write(&self, position: Option<u64>, octets: &[u8]) -> Result<()> {
        if octets.is_empty() {
            return Ok(());
        }
        let mut state = self.state();
        let position = position.unwrap_or_else(|| state.content.size());
        state.modified = SystemTime::now();
        state.content.write(position, octets)
    }
}

impl State {
    pub(super) fn metadata(&self, number: u64) -> Metadata {
        Metadata {
            modified: Some(self.modified),
            permissions: Some(self.permissions),
            links: Some(1),
            unique: Some((0, number)),
            ..Metadata::new(EntryKind::File, self.content.size())
        }
    }
}
