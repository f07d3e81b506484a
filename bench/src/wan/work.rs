//! What clients do, and on what.

use std::{fs, io, iter, path::Path, time::Duration};

use tempfile::TempDir;
use wharf_interop::{
    fixture::noise,
    load::{HOME, Loaded, share},
    servers::Product,
};

use super::{
    client::Client,
    errand::{Cost, Errand, Kind},
    hosts::{Hosts, SERVER},
    link::Quality,
};
use crate::root::{LARGE, Root, file_name};

/// How many small files.
const FILES: usize = 200;
/// How many are in a directory that is emptied.
const MANY: usize = 1_000;
/// The length of a small file.
const SMALL: usize = 4 << 10;
/// The length of a large file.
const LEN: u64 = 1 << 30;

/// A thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    Get,
    Put,
    List,
    Remove,
    RemoveMany,
    GetLarge,
    PutLarge,
}

impl Work {
    pub(crate) const ALL: [Self; 7] =
        [Self::Get, Self::Put, Self::List, Self::Remove, Self::RemoveMany, Self::GetLarge, Self::PutLarge];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Put => "put",
            Self::List => "list",
            Self::Remove => "remove",
            Self::RemoveMany => "remove-many",
            Self::GetLarge => "get-large",
            Self::PutLarge => "put-large",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|work| work.name() == name)
    }

    pub(crate) fn title(self) -> String {
        let (directories, many) = (directories().len(), crate::report::grouped(&MANY.to_string()));
        match self {
            Self::Get => format!("Download of a directory with {FILES} files of 4 KiB"),
            Self::Put => format!("Upload of a directory with {FILES} files of 4 KiB"),
            Self::List => format!("Recursive listing of {directories} directories with {FILES} files"),
            Self::Remove => format!("Recursive deletion of {directories} directories with {FILES} files"),
            Self::RemoveMany => format!("Deletion of a directory with {many} files"),
            Self::GetLarge => "Download of 1 GiB over loopback".to_owned(),
            Self::PutLarge => "Upload of 1 GiB over loopback".to_owned(),
        }
    }

    /// What round trips are counted for, and how many there are of it; `None` where nothing is far away.
    pub(crate) fn things(self) -> Option<(&'static str, usize)> {
        match self {
            Self::Get | Self::Put => Some(("file", FILES)),
            Self::List => Some(("directory", directories().len())),
            Self::Remove => Some(("entry", directories().len() + FILES)),
            Self::RemoveMany => Some(("file", MANY)),
            Self::GetLarge | Self::PutLarge => None,
        }
    }

    /// How many octets are moved.
    pub(crate) fn octets(self) -> u64 {
        match self {
            Self::GetLarge | Self::PutLarge => LEN,
            Self::Get | Self::Put => (FILES * SMALL) as u64,
            Self::List | Self::Remove | Self::RemoveMany => 0,
        }
    }

    fn tree(self) -> Vec<String> {
        match self {
            Self::Get | Self::Put => (0..FILES).map(file_name).collect(),
            Self::RemoveMany => (0..MANY).map(file_name).collect(),
            Self::List | Self::Remove => branches(),
            Self::GetLarge | Self::PutLarge => Vec::new(),
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Get => Kind::GetTree,
            Self::Put => Kind::PutTree,
            Self::List => Kind::ListTree,
            Self::Remove | Self::RemoveMany => Kind::RemoveTree,
            Self::GetLarge => Kind::GetFile,
            Self::PutLarge => Kind::PutFile,
        }
    }
}

/// The directories of a tree that is deep, the deepest first, the top as nothing.
fn directories() -> Vec<String> {
    let leaves = (0..8).flat_map(|branch| (0..4).map(move |leaf| format!("branch-{branch}/leaf-{leaf}")));
    leaves.chain((0..8).map(|branch| format!("branch-{branch}"))).chain(iter::once(String::new())).collect()
}

/// Its files, and its directories but for the top.
fn branches() -> Vec<String> {
    let mut directories = directories();
    directories.pop();
    let leaves = directories.iter().filter(|directory| directory.contains('/')).cycle();
    let files = leaves.zip(0..FILES).map(|(leaf, number)| format!("{leaf}/{}", file_name(number)));
    files.collect::<Vec<_>>().into_iter().chain(directories).collect()
}

/// A server, and a client's host beside it or far away.
pub(super) struct Station {
    server: Loaded,
    hosts: Option<Hosts>,
    root: Root,
    work: Work,
    names: Vec<String>,
    runs: usize,
}

/// One run, and what a run with nothing to do took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) wall: Duration,
    pub(super) apart: Duration,
    /// Processor time of the client.
    pub(super) cpu: Duration,
}

impl Station {
    pub(super) fn new(work: Work, product: Product, quality: Quality) -> io::Result<Self> {
        let root = Root::below(&std::env::temp_dir())?;
        let hosts = work.things().map(|_| Hosts::new(quality)).transpose()?;
        let server = match &hosts {
            Some(hosts) => hosts.on_server(|| Loaded::product_at(product, SERVER, root.path()))?,
            None => Loaded::product(product, root.path(), false),
        };
        if work == Work::GetLarge {
            root.file(LARGE, LEN)?;
        }
        Ok(Self { server, hosts, root, work, names: work.tree(), runs: 0 })
    }

    /// One run; `None` if the client cannot do such a thing.
    pub(super) fn sample(&mut self, client: Client) -> io::Result<Option<Sample>> {
        self.runs += 1;
        if self.work.things().is_none() {
            return self.large(client);
        }
        let Some(apart) = self.tree(client, &[])? else { return Ok(None) };
        let Some(cost) = self.tree(client, &self.names)? else { return Ok(None) };
        Ok(Some(Sample { wall: cost.wall, apart: apart.wall, cpu: cost.cpu }))
    }

    /// A run over a tree of these names, checked.
    fn tree(&self, client: Client, names: &[String]) -> io::Result<Option<Cost>> {
        let (local, remote) = (TempDir::new()?, self.root.files().join("tree"));
        self.root.empty("empty")?;
        self.root.empty("tree")?;
        let kind = self.work.kind();
        plant(if kind == Kind::PutTree { local.path() } else { &remote }, names)?;
        share(&remote);
        let cost = self.run(client, kind, "tree", local.path(), names)?;
        let files = names.iter().filter(|name| name.ends_with(".bin")).count();
        let Some(run) = cost else { return Ok(None) };
        let (found, expected) = match kind {
            Kind::GetTree => (octets_below(local.path())?, files * SMALL),
            Kind::PutTree => (octets_below(&remote)?, files * SMALL),
            Kind::ListTree => (usize::from(run.lines >= files), 1),
            _ => (usize::from(remote.exists()), 0),
        };
        if found != expected {
            return Err(io::Error::other(format!("it left {found} where {expected} is expected")));
        }
        Ok(cost)
    }

    fn large(&self, client: Client) -> io::Result<Option<Sample>> {
        let local = TempDir::new()?;
        let (kind, file) = (self.work.kind(), local.path().join(LARGE));
        if kind == Kind::PutFile {
            self.root.file("source", LEN)?;
            fs::rename(self.root.files().join("source"), &file)?;
        }
        let cost = self.run(client, kind, LARGE, &file, &[])?;
        let there = self.root.files().join(LARGE);
        let Some(cost) = cost else { return Ok(None) };
        if fs::metadata(&file)?.len() != LEN || fs::metadata(&there)?.len() != LEN {
            return Err(io::Error::other("a part is missing"));
        }
        if kind == Kind::PutFile {
            fs::remove_file(there)?;
        }
        Ok(Some(Sample { wall: cost.wall, apart: Duration::ZERO, cpu: cost.cpu }))
    }

    fn run(
        &self,
        client: Client,
        kind: Kind,
        remote: &str,
        local: &Path,
        names: &[String],
    ) -> io::Result<Option<Cost>> {
        let home = HOME.trim_start_matches('/');
        let (remote, empty) = (format!("{home}/{remote}"), format!("{home}/empty"));
        let errand =
            Errand { kind, target: &self.server.target, remote: &remote, empty: &empty, local, names };
        match &self.hosts {
            Some(hosts) => hosts.on_client(|| errand.run(client))?,
            None => errand.run(client),
        }
    }
}

/// Makes the files and directories of these names.
fn plant(directory: &Path, names: &[String]) -> io::Result<()> {
    let content = noise(SMALL);
    for name in names {
        let path = directory.join(name);
        if name.ends_with(".bin") {
            fs::create_dir_all(path.parent().unwrap_or(directory))?;
            fs::write(path, &content)?;
        } else {
            fs::create_dir_all(path)?;
        }
    }
    Ok(())
}

/// The octets of all files in a tree.
fn octets_below(directory: &Path) -> io::Result<usize> {
    let mut sum = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        sum += if entry.file_type()?.is_dir() {
            octets_below(&entry.path())?
        } else {
            usize::try_from(entry.metadata()?.len()).unwrap_or(usize::MAX)
        };
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_has_its_files_before_its_directories() {
        let names = branches();
        assert_eq!(names.len(), FILES + directories().len() - 1);
        let first_directory = names.iter().position(|name| !name.ends_with(".bin")).unwrap();
        assert_eq!(first_directory, FILES);
        let (place, parent) = (|name| names.iter().position(|one| one == name), "branch-3");
        assert!(place("branch-3/leaf-1") < place(parent));
        let directory = TempDir::new().unwrap();
        plant(directory.path(), &names).unwrap();
        assert_eq!(octets_below(directory.path()).unwrap(), FILES * SMALL);
    }
}
