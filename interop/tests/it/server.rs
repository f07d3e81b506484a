//! Each client against `wharf serve`.

mod aioftp;
mod curl;
mod ftplib;
mod lftp;
mod ncftp;
mod rclone;
mod tls;
mod tnftp;
mod wget;

use std::path::Path;

use tempfile::TempDir;
use wharf_interop::{Family, Server, fixture::Tree, servers};

/// The server under test with the difficult tree, and an empty directory of ours.
fn serving() -> (Server, TempDir) {
    serving_on(Family::Ipv4)
}

fn serving_on(family: Family) -> (Server, TempDir) {
    (servers::under_test().start_on(family, &Tree::difficult()), empty())
}

/// The server under test with nothing to serve, and a directory of ours with the difficult tree.
fn receiving() -> (Server, TempDir) {
    let local = empty();
    Tree::difficult().write(local.path());
    (servers::under_test().start(&Tree::empty()), local)
}

fn empty() -> TempDir {
    TempDir::new().unwrap()
}

/// `name` in `directory`, as an argument.
fn at(directory: &TempDir, name: &str) -> String {
    directory.path().join(name).to_str().unwrap().to_owned()
}

fn content(path: impl AsRef<Path>) -> Vec<u8> {
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()))
}
