//! `wharf serve` with TLS: what it requires, and what it says.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
};

use super::program::{Served, run, wharf, write};

/// The reply codes to `commands`, each sent after the answer to the one before, in clear.
fn codes(address: &str, commands: &[&str]) -> Vec<String> {
    let mut stream = TcpStream::connect(address).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut reply = || {
        // The last line of a reply has a space behind the code.
        let last = lines.by_ref().map(Result::unwrap).find(|line| line.as_bytes()[3] == b' ');
        last.unwrap().split(' ').next().unwrap().to_owned()
    };
    assert_eq!(reply(), "220");
    let one = |command: &&str| {
        stream.write_all(format!("{command}\r\n").as_bytes()).unwrap();
        reply()
    };
    commands.iter().map(one).collect()
}

fn addresses<'a>(served: &'a Served, scheme: &str) -> Vec<&'a str> {
    let begin = format!("address   {scheme}://");
    served.notice.lines().filter_map(|line| line.trim().strip_prefix(&begin)).collect()
}

#[test]
fn is_required_with_a_certificate() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let files = tempfile::tempdir().unwrap();
    let certificate = write(files.path(), "certificate.pem", made.cert.pem());
    let key = write(files.path(), "key.pem", made.signing_key.serialize_pem());
    let given = ["--tls-cert", certificate.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
    let fingerprint = data_encoding::HEXLOWER
        .encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, made.cert.der()).as_ref());

    let served = Served::start(&given);
    assert!(addresses(&served, "ftp").is_empty());
    assert!(served.notice.contains(&fingerprint) && !served.notice.contains("made for this run"));
    assert_eq!(
        codes(&served.address, &["USER anna", "PASS correct horse", "AUTH TLS"]),
        ["530", "530", "234"]
    );

    let served = Served::start(&[&given[..], &["--tls", "optional"]].concat());
    assert_eq!(codes(&served.address, &["USER anna", "PASS correct horse"]), ["331", "230"]);
}

#[test]
fn makes_a_certificate_when_told_to() {
    let one = Served::start(&["--tls", "required"]);
    let other = Served::start(&["--implicit-port", "0"]);
    for served in [&one, &other] {
        assert_eq!(codes(&served.address, &["USER anna", "AUTH TLS"]), ["530", "234"]);
        assert!(served.notice.contains("made for this run"), "{}", served.notice);
    }
    let fingerprint = |served: &Served| {
        let line = served.notice.lines().find(|line| line.contains("SHA-256")).unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    assert_ne!(fingerprint(&one), fingerprint(&other));
    assert_eq!(addresses(&one, "ftps").len(), 0);
    assert_eq!(addresses(&other, "ftps").len(), addresses(&other, "ftpes").len());
}

#[test]
fn is_off_unless_told_otherwise() {
    for options in [&[][..], &["--tls", "off"]] {
        let served = Served::start(options);
        assert!(addresses(&served, "ftpes").is_empty() && !addresses(&served, "ftp").is_empty());
        assert_eq!(codes(&served.address, &["AUTH TLS"]), ["502"]);
    }
}

#[test]
fn warns_only_of_what_is_not_required() {
    let mut served = Served::start(&["--host", "0.0.0.0", "--tls", "optional"]);
    served.logs("unencrypted");
    let mut served = Served::start(&["--host", "0.0.0.0", "--tls", "required"]);
    served.signal(rustix::process::Signal::TERM);
    served.wait();
    assert!(!served.rest_of_log().contains("unencrypted"));
}

#[test]
fn does_not_start_without_a_good_certificate() {
    let made = |name: &str| rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let files = tempfile::tempdir().unwrap();
    let path = |name: &str, text: String| write(files.path(), name, text).to_str().unwrap().to_owned();
    let certificate = path("certificate.pem", made("a").cert.pem());
    let key_of_another = path("key.pem", made("b").signing_key.serialize_pem());
    let empty = path("empty.pem", String::new());
    for (certificate, key) in
        [(&certificate, &key_of_another), (&certificate, &empty), (&empty, &key_of_another)]
    {
        let options = ["serve", "--memory", "--port", "0", "--tls-cert", certificate, "--tls-key", key];
        let ended = run(&mut wharf(options)).ends_with(1);
        assert!(ended.stderr.contains("cannot use the certificate"), "{}", ended.stderr);
        assert_eq!(ended.stdout, b"");
    }
}
