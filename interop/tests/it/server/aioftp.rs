use wharf_interop::{clients::python_client, fixture::Tree};

use super::{Server, serving};

fn scenario(name: &str) -> Server {
    let (server, local) = serving();
    Tree::difficult().write(local.path());
    python_client("aioftp", name, &server.target, local.path());
    server
}

#[test]
fn moves_a_tree_both_ways() {
    let server = scenario("trees");
    assert_eq!(Tree::read(&server.files), Tree::difficult());
}

#[test]
fn lists() {
    scenario("listing");
}

#[test]
fn makes_renames_and_removes_directories() {
    scenario("names");
}

#[test]
fn streams_from_an_offset_and_appends() {
    scenario("streams");
}

#[test]
fn aborts() {
    scenario("abort");
}
