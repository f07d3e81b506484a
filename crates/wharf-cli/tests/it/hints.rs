//! What is said where a server does not answer as it should, and with which exit code.

use std::net::TcpListener;

use super::program::{Served, run, wharf, write};

#[test]
fn a_scheme_that_is_not_the_ports() {
    // TLS to a server that speaks in clear.
    let served = Served::start(&[]);
    let ended = served.run(["ls", &served.url("").replace("ftp:", "ftps:")]).ends_with(8);
    assert!(ended.stderr.contains("ftpes:// is for TLS that begins after the greeting"), "{}", ended.stderr);

    // In clear to a server that requires TLS, also where nobody is named.
    let served = Served::start(&["--tls", "required"]);
    for url in [served.url(""), format!("ftp://{}/", served.address)] {
        let ended = served.run(["ls", &url]).ends_with(4);
        assert!(ended.stderr.ends_with("first; ftpes:// begins with TLS\n"), "{}", ended.stderr);
    }

    // In clear to a server that waits for TLS.
    let served = Served::start(&["--implicit-port", "0"]);
    let implicit =
        served.notice.lines().find_map(|line| line.trim().strip_prefix("address   ftps://")).unwrap();
    let url = format!("ftp://anna@{implicit}/");
    let ended = served.run(["ls", "--timeout", "1", &url]).ends_with(7);
    assert!(ended.stderr.contains("may wait for TLS: ftps://"), "{}", ended.stderr);
    let ended = served.run(["ls", "ftp://127.0.0.1:990/", "--timeout", "1"]);
    assert!(ended.stderr.contains("port 990 is for TLS from the first octet"), "{}", ended.stderr);
}

#[test]
fn a_certificate_of_an_authority_that_is_the_servers_own() {
    let mut parameters = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().unwrap();
    let files = tempfile::tempdir().unwrap();
    let certificate = write(files.path(), "certificate.pem", parameters.self_signed(&key).unwrap().pem());
    let key = write(files.path(), "key.pem", key.serialize_pem());
    let served =
        Served::start(&["--tls-cert", certificate.to_str().unwrap(), "--tls-key", key.to_str().unwrap()]);
    let url = format!("ftpes://anna@{}/", served.address);
    let ended = served.run(["ls", "--ca-file", certificate.to_str().unwrap(), &url]).ends_with(8);
    assert!(
        ended.stderr.contains("--pin trusts it by the SHA-256 that `wharf probe` shows"),
        "{}",
        ended.stderr
    );
    let ended = served.run(["ls", &url]).ends_with(8);
    assert!(ended.stderr.contains("it is one that signs others"), "{}", ended.stderr);
}

#[test]
fn a_server_that_says_nothing_times_out() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ftp://{}/", silent.local_addr().unwrap());
    run(&mut wharf(["get", "--timeout", "1", &url])).ends_with(7);
}

#[test]
fn wrong_arguments_are_told_to_programs_too() {
    let ended = run(&mut wharf(["probe", "--json"])).ends_with(2);
    let told: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(
        (&told["record"], &told["exit"], &told["code"]),
        (&"error".into(), &2.into(), &"usage".into())
    );
    assert_eq!(told["message"], "the following required arguments were not provided: <URL>");
    // What is no option is not repeated where it may be a secret.
    for arguments in [["ls", "--password", "sesame"], ["ls", "--password=sesame", "ftp://host/"]] {
        let ended = run(&mut wharf(arguments)).ends_with(2);
        assert!(!ended.stderr.contains("sesame"), "{}", ended.stderr);
    }
}
