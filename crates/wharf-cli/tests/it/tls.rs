//! `wharf serve` with TLS: what it requires, and what it says.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
};

use wharf::connection::Fingerprint;

use super::program::{Ended, PASSWORD, Served, noise, run, wharf, write};

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
    let fingerprint = Fingerprint::of(made.cert.der()).to_string();

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
fn reads_changed_certificates_and_tells_of_bad_ones() {
    let made = || rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let files = tempfile::tempdir().unwrap();
    let (before, after) = (made(), made());
    let put = |name: &str, text: String| write(files.path(), name, text).to_str().unwrap().to_owned();
    let certificate = put("certificate.pem", before.cert.pem());
    let key = put("key.pem", before.signing_key.serialize_pem());
    let mut served = Served::start(&["--tls-cert", &certificate, "--tls-key", &key]).with("file", "content");
    let url = format!("ftpes://anna@{}/file", served.address);
    let shows = |served: &Served, made: &rcgen::CertifiedKey<rcgen::KeyPair>| {
        let pin = Fingerprint::of(made.cert.der()).to_string();
        served.run(["get", "--pin", &pin, &url, "-"]).code == Some(0)
    };
    put("certificate.pem", "no certificate".to_owned());
    served.logs("those before stay");
    assert!(shows(&served, &before) && !shows(&served, &after));
    put("key.pem", after.signing_key.serialize_pem());
    put("certificate.pem", after.cert.pem());
    served.logs("the certificates were read again");
    assert!(shows(&served, &after) && !shows(&served, &before));
    // A file that is gone, too, and what is put in its place.
    std::fs::remove_file(&certificate).unwrap();
    put("key.pem", before.signing_key.serialize_pem());
    served.logs("those before stay");
    assert!(shows(&served, &after));
    put("certificate.pem", before.cert.pem());
    served.logs("the certificates were read again");
    assert!(shows(&served, &before) && !shows(&served, &after));
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

fn fingerprint(served: &Served) -> &str {
    let line = served.notice.lines().find(|line| line.contains("SHA-256")).unwrap();
    line.split([' ', ',']).find(|word| word.contains(':')).unwrap()
}

/// Both URLs of `path` for anna: explicit and implicit.
fn urls(served: &Served, path: &str) -> [String; 2] {
    ["ftpes", "ftps"].map(|scheme| format!("{scheme}://anna@{}/{path}", addresses(served, scheme)[0]))
}

#[test]
fn every_command_works_over_it() {
    let content = noise(300_000);
    let served = Served::start(&["--implicit-port", "0", "--write"]).with("d/file", &content);
    let source = write(served.elsewhere.path(), "source", &content);
    for url in urls(&served, "") {
        let run = |arguments: &[&str]| {
            let options = ["--pin", fingerprint(&served)];
            let ended = served.run([&arguments[..1], &options, &arguments[1..]].concat());
            ended.ends_with(0)
        };
        let at = |path: &str| format!("{url}{path}");
        assert!(run(&["get", &at("d/file"), "-"]).stdout == content);
        run(&["mkdir", &at("new")]);
        run(&["put", source.to_str().unwrap(), &at("new/up")]);
        assert!(served.read("new/up") == content);
        run(&["mv", &at("new/up"), "new/moved"]);
        assert_eq!(run(&["ls", &at("new/")]).text().lines().count(), 1);
        // What a program reads there leads back, and not in clear.
        let listed = run(&["ls", "--json", &at("new")]);
        let entry: serde_json::Value = serde_json::from_str(listed.text()).unwrap();
        assert_eq!(entry["url"], at("new/moved"));
        run(&["rm", "-r", &at("new")]);
        assert!(!served.folder.path().join("new").exists());
    }
}

#[test]
fn trusts_whom_it_is_told_to() {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let files = tempfile::tempdir().unwrap();
    let path = |name: &str, text: String| write(files.path(), name, text).to_str().unwrap().to_owned();
    let (certificate, key) =
        (path("cert.pem", made.cert.pem()), path("key.pem", made.signing_key.serialize_pem()));
    let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let other_authority = path("other.pem", other.cert.pem());
    let other_pin = Fingerprint::of(other.cert.der()).to_string();
    let start = || {
        let files = ["--tls-cert", &certificate, "--tls-key", &key, "--implicit-port", "0"];
        Served::start(&[&files[..], &["--family", "ipv4"]].concat()).with("file", "content")
    };
    let served = start();
    let home = tempfile::tempdir().unwrap();
    let get = |served: &Served, url: &str, options: &[&str]| -> Ended {
        let mut command = served.command([&["get", url, "-"], options].concat());
        run(command.env("XDG_CONFIG_HOME", home.path()))
    };
    for url in urls(&served, "file") {
        assert_eq!(get(&served, &url, &["--pin", fingerprint(&served)]).text(), "content");
        assert_eq!(
            get(&served, &url, &["--pin", &other_pin, "--pin", fingerprint(&served)]).text(),
            "content"
        );
        assert_eq!(get(&served, &url, &["--tls-trust-first-use"]).text(), "content");
        let insecure = get(&served, &url, &["--insecure"]);
        assert_eq!(insecure.text(), "content");
        assert!(insecure.stderr.contains("anybody in the middle"), "{}", insecure.stderr);
        for refused in [&[][..], &["--pin", &other_pin], &["--ca-file", &other_authority]] {
            let ended = get(&served, &url, refused).ends_with(8);
            assert!(ended.stdout.is_empty() && ended.stderr.contains("certificate"), "{}", ended.stderr);
        }
    }
    let known = std::fs::read_to_string(home.path().join("wharf/known-servers")).unwrap();
    assert_eq!(known.lines().count(), 2, "{known}");
    // Another server in the place of the first one.
    let forged = known.replace(fingerprint(&served), &other_pin);
    std::fs::write(home.path().join("wharf/known-servers"), forged).unwrap();
    let ended = get(&served, &urls(&served, "file")[0], &["--tls-trust-first-use"]).ends_with(8);
    assert!(ended.stderr.contains("somebody may be in between"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("--pin"), "{}", ended.stderr);
}

#[test]
fn never_is_less_than_asked() {
    let served = Served::start(&[]).with("file", "content");
    let url = format!("ftpes://anna@{}/file", served.address);
    let refused = served.run(["get", "--insecure", &url, "-"]);
    assert!(refused.code != Some(0) && refused.stdout.is_empty(), "{refused:?}");
    served.run(["get", "--insecure", &served.url("file"), "-"]).ends_with(2);
}

#[test]
fn the_line_to_paste_pins_the_certificate() {
    let served = Served::start(&["--tls", "required"]).with("file", "content");
    let line = served.notice.lines().find(|line| line.contains("--password-file")).unwrap();
    let pasted = run(std::process::Command::new("sh").args(["-c", line]));
    assert!(pasted.text().contains("file"), "{}", pasted.text());
    assert!(line.contains(fingerprint(&served)) && !line.contains(PASSWORD), "{line}");
}

#[test]
fn clients_may_need_a_certificate() {
    let made = |name: &str| rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let files = tempfile::tempdir().unwrap();
    let path = |name: &str, text: String| write(files.path(), name, text).to_str().unwrap().to_owned();
    let pair = |name: &str| {
        let made = made(name);
        [
            path(&format!("{name}.pem"), made.cert.pem()),
            path(&format!("{name}.key"), made.signing_key.serialize_pem()),
        ]
    };
    let ([certificate, key], [other, other_key]) = (pair("anna"), pair("bob"));
    let required = ["--tls-client-ca", &certificate, "--implicit-port", "0"];
    for (options, without) in [
        (&required[..], 3),
        (&[&required[..], &["--tls-client-cert", "required"]].concat(), 3),
        (&[&required[..], &["--tls-client-cert", "optional"]].concat(), 0),
    ] {
        let served = Served::start(options).with("file", "content");
        assert_eq!(served.notice.contains("a certificate of the client"), without == 3, "{}", served.notice);
        // The line to paste would not do.
        assert_eq!(served.notice.contains("in another shell"), without == 0, "{}", served.notice);
        for url in urls(&served, "file") {
            let get = |options: &[&str]| {
                served.run([&["get", "--pin", fingerprint(&served), &url, "-"], options].concat())
            };
            assert_eq!(get(&["--client-cert", &certificate, "--client-key", &key]).text(), "content");
            get(&[]).ends_with(without);
            get(&["--client-cert", &other, "--client-key", &other_key]).ends_with(3);
        }
    }
    let empty = path("empty.pem", String::new());
    let ended = run(&mut wharf(["serve", "--memory", "--port", "0", "--tls-client-ca", &empty])).ends_with(1);
    assert!(
        ended.stderr.contains("--tls-client-ca: ") && ended.stderr.contains("empty.pem"),
        "{}",
        ended.stderr
    );
}
