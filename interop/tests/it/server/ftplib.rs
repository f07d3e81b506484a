use wharf_interop::{Family, clients::python_client, fixture::Tree};

use super::{Server, serving_on};

fn scenario(name: &str) -> Server {
    scenario_on(Family::Ipv4, name)
}

fn scenario_on(family: Family, name: &str) -> Server {
    let (server, local) = serving_on(family);
    Tree::difficult().write(local.path());
    python_client("ftplib", name, &server.target, local.path());
    server
}

#[test]
fn moves_every_file_both_ways() {
    let files = Tree::read(&scenario("binary").files);
    for name in Tree::difficult().files() {
        assert_eq!(files.file(&format!("{name}.copy")), Tree::difficult().file(name), "{name}");
    }
}

#[test]
fn moves_every_file_both_ways_over_ipv6() {
    scenario_on(Family::Ipv6, "binary");
}

#[test]
fn lets_the_server_connect() {
    scenario("active");
}

#[test]
fn lets_the_server_connect_over_ipv6() {
    scenario_on(Family::Ipv6, "active");
}

#[test]
fn moves_lines_of_text() {
    scenario("text");
}

#[test]
fn lists() {
    scenario("listing");
}

#[test]
fn resumes_and_appends() {
    scenario("resume");
}

#[test]
fn makes_renames_and_removes_directories() {
    scenario("names");
}

#[test]
fn is_refused_what_cannot_be() {
    scenario("refusals");
}

/// `ABOR` comes whole as urgent data, its LF out of band.
#[test]
fn aborts() {
    let server = scenario("abort");
    assert!(!server.files.join("cut.bin").exists(), "an aborted upload must not appear");
}

#[test]
fn closes_the_data_connection_early() {
    scenario("gone");
}

#[test]
fn runs_eight_sessions_at_once() {
    scenario("together");
}

#[test]
fn sends_commands_in_pieces_and_in_heaps() {
    scenario("byte_by_byte");
}
