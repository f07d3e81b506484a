//! TLS as `wharf serve` has it with a certificate: required, and data connections must resume.

mod openssl;

use tempfile::TempDir;
use wharf_interop::{
    Server,
    clients::{curl, curl_status, lftp_over_tls, percent_encoded, python_client_over_tls, rclone_with},
    fixture::Tree,
    servers::Product,
};

use super::{at, content, empty};

fn serving() -> (Server, TempDir) {
    (Product::Wharf.start_with_tls(&Tree::difficult()), empty())
}

fn receiving() -> (Server, TempDir) {
    let local = empty();
    Tree::difficult().write(local.path());
    (Product::Wharf.start_with_tls(&Tree::empty()), local)
}

/// The explicit and the implicit URL of the root.
fn urls(server: &Server) -> [String; 2] {
    [server.target.url(""), format!("ftps://{}/", server.implicit())]
}

/// What curl needs for TLS on both connections.
fn required(server: &Server) -> [&str; 3] {
    ["--ssl-reqd", "--cacert", server.authority()]
}

#[test]
fn curl_moves_every_file() {
    for (version, implicit) in [("1.2", false), ("1.2", true), ("1.3", false), ("1.3", true)] {
        let (server, local) = serving();
        let url = &urls(&server)[usize::from(implicit)];
        let names = Tree::difficult();
        let pairs: Vec<_> =
            names.files().map(|name| (at(&local, name), format!("{url}{}", percent_encoded(name)))).collect();
        let options = [&required(&server)[..], &["--tls-max", version, "--create-dirs"]].concat();
        let down = pairs.iter().flat_map(|(to, url)| ["--output", to, url]);
        curl(&server.target, &options.iter().copied().chain(down).collect::<Vec<_>>());
        assert_eq!(Tree::read(local.path()), Tree::difficult(), "{version} {implicit}");

        let (server, local) = receiving();
        let url = &urls(&server)[usize::from(implicit)];
        let names = Tree::difficult();
        let pairs: Vec<_> =
            names.files().map(|name| (at(&local, name), format!("{url}{}", percent_encoded(name)))).collect();
        let options = [&required(&server)[..], &["--tls-max", version, "--ftp-create-dirs"]].concat();
        let up = pairs.iter().flat_map(|(from, url)| ["--upload-file", from, url]);
        curl(&server.target, &options.iter().copied().chain(up).collect::<Vec<_>>());
        assert_eq!(Tree::read(&server.files), Tree::difficult(), "{version} {implicit}");
    }
}

#[test]
fn curl_resumes_for_every_small_file_under_tls_1_2() {
    curl_moves_small_files("1.2");
}

/// It uses each ticket once and keeps none but the last.
#[test]
fn curl_resumes_for_every_small_file_under_tls_1_3() {
    curl_moves_small_files("1.3");
}

/// Uploads only, then uploads and downloads in turn, in one session each. No more of them, since this curl may wait for a
/// second before it connects where EPSV is answered at once, by whichever server.
fn curl_moves_small_files(version: &str) {
    for every in [1, 2] {
        let (server, local) = serving();
        let from = at(&local, "small");
        std::fs::write(&from, "small").unwrap();
        let user = format!("{}:{}", server.target.user, server.target.password);
        let session = [&["--user", &user, "--tls-max", version], &required(&server)[..]].concat();
        let mut arguments = vec!["--fail-early".to_owned()];
        for file in 0..8 {
            let (option, local, remote) = match file % every {
                0 => ("--upload-file", from.clone(), format!("{file}.copy")),
                _ => ("--output", at(&local, &file.to_string()), "text.txt".to_owned()),
            };
            arguments.extend(session.iter().map(ToString::to_string));
            arguments.extend([option.to_owned(), local, server.target.url(&remote), "--next".to_owned()]);
        }
        arguments.pop();
        curl(&server.target, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
        for file in 0..8 {
            match file % every {
                0 => assert_eq!(content(server.files.join(format!("{file}.copy"))), b"small"),
                _ => assert!(content(at(&local, &file.to_string())) == Tree::difficult().file("text.txt")),
            }
        }
    }
}

/// Login in clear, and data in clear: 67 is a refused login.
#[test]
fn curl_is_refused_in_clear() {
    let (server, local) = serving();
    let url = server.target.url("text.txt");
    assert_eq!(curl_status(&server.target, &[&url]), Some(67));
    // Its AUTH SSL makes data private, and it does not mind that its PROT C is refused. An upload, as in a download it would
    // wait for octets in clear until the server gives its handshake up.
    let from = at(&local, "new");
    std::fs::write(&from, "in clear").unwrap();
    let to = server.target.url("new");
    let control = ["--ftp-ssl-control", "--cacert", server.authority(), "--upload-file", &from, &to];
    assert_ne!(curl_status(&server.target, &control), Some(0));
    assert!(!server.files.join("new").exists());
    let trusts_nobody = ["--ssl-reqd", &url];
    assert_eq!(curl_status(&server.target, &trusts_nobody), Some(60));
}

#[test]
fn lftp_mirrors_both_ways() {
    for implicit in [false, true] {
        let (server, local) = serving();
        let (url, to) = (&urls(&server)[usize::from(implicit)], local.path().display());
        lftp_over_tls(&server.target, server.authority(), url, &format!("mirror . {to}"));
        assert_eq!(Tree::read(local.path()), Tree::difficult(), "{implicit}");

        let (server, local) = receiving();
        let (url, from) = (&urls(&server)[usize::from(implicit)], local.path().display());
        lftp_over_tls(&server.target, server.authority(), url, &format!("mirror -R {from} ."));
        assert_eq!(Tree::read(&server.files), Tree::difficult(), "{implicit}");
    }
}

/// Its sessions share what they resume, and only one of them can be the right one: so it has one.
#[test]
fn rclone_copies_and_checks_in_one_session() {
    let tls = [("EXPLICIT_TLS", "true"), ("NO_CHECK_CERTIFICATE", "true"), ("CONCURRENCY", "1")];
    let implicit = |server: &Server| server.implicit().port().to_string();
    let (server, local) = receiving();
    let from = local.path().to_str().unwrap();
    let one = ["--transfers", "1", "--checkers", "1"];
    rclone_with(&server.target, &tls, &[&["copy", from, "wharf:new/place"], &one[..]].concat());
    assert_eq!(Tree::read(&server.files).below("new/place"), Tree::difficult());
    let check = [&["check", "--download", from, "wharf:new/place"], &one[..]].concat();
    rclone_with(&server.target, &tls, &check);
    let port = implicit(&server);
    let tls = [("TLS", "true"), ("PORT", &port), ("NO_CHECK_CERTIFICATE", "true"), ("CONCURRENCY", "1")];
    rclone_with(&server.target, &tls, &check);
}

fn ftplib(scenario: &str) -> Server {
    let (server, local) = serving();
    Tree::difficult().write(local.path());
    python_client_over_tls("ftplib", scenario, &server.target, local.path(), server.authority());
    server
}

#[test]
fn ftplib_moves_every_file_both_ways() {
    let server = ftplib("binary");
    for name in Tree::difficult().files() {
        assert!(content(server.files.join(format!("{name}.copy"))) == Tree::difficult().file(name), "{name}");
    }
}

#[test]
fn ftplib_lets_the_server_connect() {
    ftplib("active");
}

#[test]
fn ftplib_lists() {
    ftplib("listing");
}

#[test]
fn ftplib_resumes_and_appends() {
    ftplib("resume");
}

#[test]
fn ftplib_closes_the_data_connection_early() {
    ftplib("gone");
}

#[test]
fn ftplib_runs_eight_sessions_at_once() {
    ftplib("together");
}

#[test]
fn ftplib_resumes_two_hundred_times() {
    ftplib("resumed");
}

#[test]
fn ftplib_gets_nothing_with_a_full_handshake() {
    ftplib("stranger");
}
