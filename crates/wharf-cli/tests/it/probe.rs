//! `wharf probe`: what it finds out, and what it does not do.

mod scripted;

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig, SupportedProtocolVersion,
    crypto::aws_lc_rs,
    pki_types::PrivateKeyDer,
    version::{TLS12, TLS13},
};
use serde_json::{Value, json};
use wharf::{Server, User, connection::Fingerprint, server::ServerTls, storage::Memory};

use self::scripted::Scripted;
use super::program::{Ended, PASSWORD, Served, run, wharf, write};

/// An authority, in a file, and what it signs.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    files: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "The Authority");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let files = tempfile::tempdir().unwrap();
        write(files.path(), "authority.pem", issuer.pem());
        Self { issuer, files }
    }

    fn path(&self, name: &str) -> String {
        self.files.path().join(name).to_str().unwrap().to_owned()
    }

    /// `wharf serve` with a certificate for `name`.
    fn serve(&self, name: &str, expired: bool) -> Served {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, "The Server");
        if expired {
            params.not_before = rcgen::date_time_ymd(2020, 1, 1);
            params.not_after = rcgen::date_time_ymd(2020, 2, 1);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        write(self.files.path(), "chain.pem", certificate.pem() + &self.issuer.pem());
        write(self.files.path(), "key.pem", key.serialize_pem());
        let (chain, key) = (self.path("chain.pem"), self.path("key.pem"));
        Served::start(&["--tls-cert", &chain, "--tls-key", &key, "--implicit-port", "0", "--family", "ipv4"])
            .with("file.txt", "content")
    }
}

/// The URL of the server's root for anna.
fn url(served: &Served, scheme: &str) -> String {
    let begin = format!("address   {scheme}://");
    let address = served.notice.lines().find_map(|line| line.trim().strip_prefix(&begin)).unwrap();
    format!("{scheme}://anna@{address}/")
}

fn probe(served: &Served, url: &str, options: &[&str]) -> Ended {
    served.run([&["probe", url], options].concat())
}

/// The JSON document, and the exit code.
fn report(served: &Served, url: &str, options: &[&str]) -> (Value, Option<i32>) {
    let ended = probe(served, url, &[options, &["--json"]].concat());
    (document(&ended), ended.code)
}

fn document(ended: &Ended) -> Value {
    // Why it failed comes behind it.
    let line = ended.stdout.split(|octet| *octet == b'\n').next().unwrap();
    let document: Value = serde_json::from_slice(line).unwrap_or_else(|_| panic!("{ended:?}"));
    assert_eq!((&document["version"], &document["record"]), (&1.into(), &"server".into()));
    document
}

/// What was seen of each data connection: version of TLS, form, command, whether it resumed.
fn data(report: &Value) -> Vec<[Value; 4]> {
    let all = report["data_connections"].as_array().unwrap().iter();
    all.map(|data| {
        assert_eq!(data["error"], Value::Null);
        ["tls", "form", "command", "resumed"].map(|key| data[key].clone())
    })
    .collect()
}

fn files(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.into_string().unwrap()).collect()
}

#[test]
fn of_a_server_in_clear() {
    let served = Served::start(&["--write"]).with("file.txt", "content").with("d/e", "");
    let (report, code) = report(&served, &served.url(""), &[]);
    assert_eq!(code, Some(0), "{report}");
    assert_eq!(report["greeting"], json!(["wharf is ready."]));
    assert_eq!(report["system"], "UNIX Type: L8");
    assert!(report["features"].as_array().unwrap().iter().all(|feature| feature["known"] == true));
    assert!(report["tls"]["refused"].as_str().unwrap().contains("502"), "{report}");
    assert_eq!(report["login"], json!({"user": "anna", "accepted": true}));
    assert!(report["round_trip_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(report["passive"]["pasv_address_is"], "server");
    let clear = |form: &str, command: &str| [Value::Null, form.into(), command.into(), Value::Null];
    assert_eq!(data(&report), [clear("EPSV", "MLSD"), clear("PASV", "LIST"), clear("EPSV", "LIST")]);
    assert_eq!(report["listing"]["directory"], "/");
    assert!(report["listing"]["facts"].as_array().unwrap().contains(&"Modify*".into()));
    for (command, format) in [("mlsd", "mlsd"), ("list", "unix")] {
        let rows = &report["listing"][command];
        assert_eq!(
            (&rows["format"], &rows["entries"], &rows["unparsed"]),
            (&format.into(), &2.into(), &0.into())
        );
    }
    assert_eq!(report["clock"]["list_zone_minutes"], 0);
    assert_eq!(report["clock"]["ahead_seconds"], Value::Null);
    assert_eq!(report["stopped"], Value::Null);
    let mut left = files(served.folder.path());
    left.sort();
    assert_eq!(left, ["d", "file.txt"]);

    let text = probe(&served, &served.url("d"), &[]);
    assert!(text.text().contains("\nPASV          227 "), "{}", text.text());
    assert!(text.text().contains("\ndirectory     /d\n"), "{}", text.text());
    assert!(text.text().contains("\nLIST          format unix, 1 entry\n"), "{}", text.text());
    probe(&served, &served.url("missing"), &[]).ends_with(5);
}

#[test]
fn in_clear_it_sees_tls_that_is_offered() {
    let served = Served::start(&["--tls", "optional"]);
    let (report, code) = report(&served, &served.url(""), &[]);
    assert_eq!(code, Some(0));
    assert_eq!((&report["tls"]["used"], &report["tls"]["refused"]), (&false.into(), &Value::Null));
    assert_eq!(report["tls"]["trust"]["trusted"], false);
    assert_eq!(report["tls"]["versions"][0]["version"], "TLS 1.3");
    assert!(data(&report).iter().all(|[tls, ..]| *tls == Value::Null));
    assert!(probe(&served, &served.url(""), &[]).text().contains("ftpes://"));

    // Where it is required, the login is refused before a password is asked.
    let served = Served::start(&["--tls", "required"]);
    let ended = probe(&served, &url(&served, "ftpes").replace("ftpes", "ftp"), &["--json"]).ends_with(4);
    let report = document(&ended);
    assert_eq!(report["login"]["accepted"], false);
    assert_eq!(report["tls"]["versions"][0]["version"], "TLS 1.3");
    assert!(report["stopped"].as_str().unwrap().contains("530"), "{report}");
}

#[test]
fn no_password_goes_to_a_server_that_is_not_trusted() {
    let mut served = Served::start(&["--tls", "required", "--verbose"]);
    let ended = probe(&served, &url(&served, "ftpes"), &["--json"]).ends_with(8);
    assert!(ended.stderr.contains("no password was sent"), "{}", ended.stderr);
    let report = document(&ended);
    let fingerprint = report["tls"]["certificates"][0]["sha256"].as_str().unwrap();
    assert!(served.notice.contains(fingerprint), "{}", served.notice);
    assert_eq!(report["tls"]["trust"]["problems"], json!(["self-signed"]));
    let versions = report["tls"]["versions"].as_array().unwrap();
    assert_eq!(versions[0]["cipher_suite"], "TLS13_AES_256_GCM_SHA384");
    assert_eq!(versions[1]["version"], "TLS 1.2");
    assert!(versions[1]["cipher_suite"].as_str().unwrap().contains("ECDHE"), "{report}");
    assert!(report["features"].as_array().unwrap().len() > 5);
    assert_eq!((&report["login"], &report["listing"]), (&Value::Null, &Value::Null));
    served.signal(rustix::process::Signal::TERM);
    let log = served.rest_of_log();
    assert!(log.contains("FEAT") && !log.contains("USER") && !log.contains("PASS"), "{log}");
}

#[test]
fn data_connections_resume() {
    let mut served = Served::start(&["--tls", "required", "--implicit-port", "0"]);
    let pin = served.notice.lines().find(|line| line.contains("SHA-256")).unwrap();
    let pin = pin.split([' ', ',']).find(|word| word.contains(':')).unwrap().to_owned();
    for (scheme, options, trusted) in [
        ("ftpes", &["--insecure"][..], false),
        ("ftps", &["--insecure"], false),
        ("ftpes", &["--pin", &pin], true),
        ("ftps", &["--pin", &pin], true),
    ] {
        let (report, code) = report(&served, &url(&served, scheme), options);
        assert_eq!(code, Some(0), "{report}");
        assert_eq!(report["tls"]["trust"]["trusted"], trusted);
        assert_eq!(report["tls"]["trust"]["problems"], json!(["self-signed"]));
        assert_eq!(report["tls"]["begins"], if scheme == "ftps" { "implicit" } else { "explicit" });
        let row = |tls: &str, form: &str, command: &str| {
            [tls.into(), form.into(), command.into(), true.into()] as [Value; 4]
        };
        let expected = [
            row("TLS 1.3", "EPSV", "MLSD"),
            row("TLS 1.3", "PASV", "LIST"),
            row("TLS 1.3", "EPSV", "LIST"),
            row("TLS 1.2", "EPSV", "LIST"),
            row("TLS 1.2", "PASV", "LIST"),
        ];
        assert_eq!(data(&report), expected);
    }
    served = Served::start(&["--tls", "required", "--tls-resume", "off"]);
    let (report, code) = report(&served, &url(&served, "ftpes"), &["--insecure"]);
    assert_eq!(code, Some(0), "{report}");
    assert!(data(&report).iter().all(|[.., resumed]| *resumed == false), "{report}");
    let text = probe(&served, &url(&served, "ftpes"), &["--insecure"]);
    assert!(text.text().contains("TLS 1.3, EPSV, MLSD: works, does not resume"), "{}", text.text());
}

#[test]
fn the_verdict_on_a_certificate() {
    let authority = Authority::new();
    let ca_file = authority.path("authority.pem");
    let served = authority.serve("127.0.0.1", false);
    let (good, code) = report(&served, &url(&served, "ftpes"), &["--ca-file", &ca_file]);
    assert_eq!(code, Some(0), "{good}");
    let trust = json!({"trusted": true, "judge": "--ca-file", "reason": null, "problems": []});
    let Value::Object(mut seen) = good["tls"]["trust"].clone() else { panic!("{good}") };
    assert!(seen.remove("days_left").unwrap().as_i64().unwrap() > 1000);
    assert_eq!(Value::Object(seen), trust);
    let chain = good["tls"]["certificates"].as_array().unwrap();
    assert_eq!(chain.len(), 2);
    assert_eq!(
        (&chain[0]["subject"], &chain[0]["issuer"]),
        (&"CN=The Server".into(), &"CN=The Authority".into())
    );
    assert_eq!((&chain[0]["names"], &chain[0]["self_signed"]), (&json!(["127.0.0.1"]), &false.into()));
    assert_eq!((&chain[0]["key"], &chain[1]["self_signed"]), (&"ECDSA, P-256".into(), &true.into()));
    let text = probe(&served, &url(&served, "ftps"), &["--ca-file", &ca_file]);
    assert!(text.text().contains("\ntrusted       yes, by --ca-file\n"), "{}", text.text());
    assert!(text.text().contains("\nsigned by     CN=The Authority\n"), "{}", text.text());

    // Signed by somebody, whom the system does not know.
    let (unknown, code) = report(&served, &url(&served, "ftpes"), &[]);
    assert_eq!((code, &unknown["tls"]["trust"]["problems"]), (Some(8), &json!([])));
    assert_eq!(unknown["tls"]["trust"]["reason"], "nobody who is trusted has signed it");

    for (name, expired, problem, reason) in [
        ("ftp.example.org", false, "wrong-name", "not valid for name"),
        ("127.0.0.1", true, "expired", "expired"),
    ] {
        let served = authority.serve(name, expired);
        let (bad, code) = report(&served, &url(&served, "ftpes"), &["--ca-file", &ca_file]);
        assert_eq!((code, &bad["tls"]["trust"]["problems"]), (Some(8), &json!([problem])));
        let said = bad["tls"]["trust"]["reason"].as_str().unwrap();
        assert!(said.contains(reason), "{said}");
        assert_eq!(bad["login"], Value::Null);
        let pin = bad["tls"]["certificates"][0]["sha256"].as_str().unwrap();
        let (pinned, code) = report(&served, &url(&served, "ftpes"), &["--pin", pin]);
        assert_eq!((code, &pinned["tls"]["trust"]["problems"]), (Some(0), &json!([problem])));
        assert_eq!(pinned["tls"]["trust"]["trusted"], true);
    }
}

/// A server in this process that speaks one version of TLS.
async fn serve_version(version: &'static SupportedProtocolVersion) -> (Server, String) {
    // Another test may have been first.
    let _ = aws_lc_rs::default_provider().install_default();
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_protocol_versions(&[version])
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let anna = User::new("anna", PASSWORD, Memory::new());
    let server = Server::builder().user(anna).tls(ServerTls::new(config)).serve().await.unwrap();
    (server, Fingerprint::of(made.cert.der()).to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_versions_of_tls() {
    for (version, spoken, not_spoken) in [(&TLS13, "TLS 1.3", "TLS 1.2"), (&TLS12, "TLS 1.2", "TLS 1.3")] {
        let (server, pin) = serve_version(version).await;
        let url = format!("ftpes://anna@{}/", server.address());
        let probing = tokio::task::spawn_blocking(move || {
            run(wharf(["probe", "--json", "--pin", &pin, &url]).env("WHARF_PASSWORD", PASSWORD))
        });
        let report = document(&probing.await.unwrap().ends_with(0));
        let [one, other] = report["tls"]["versions"].as_array().unwrap().as_slice() else {
            panic!("{report}")
        };
        assert_eq!((&one["version"], &other["version"]), (&spoken.into(), &not_spoken.into()));
        assert!(one["cipher_suite"].is_string() && one["error"].is_null());
        assert!(other["cipher_suite"].is_null() && other["error"].is_string());
        let seen = data(&report);
        assert_eq!(seen.len(), 3);
        assert!(seen.iter().all(|[tls, .., resumed]| tls == spoken && *resumed == true));
    }
}

#[test]
fn writes_only_when_told_and_cleans_up() {
    let served = Served::start(&["--write", "--tls", "required"]).with("file.txt", "content");
    let (report, code) = report(&served, &url(&served, "ftpes"), &["--insecure", "--write"]);
    assert_eq!(code, Some(0), "{report}");
    let clock = &report["clock"];
    assert!(clock["ahead_seconds"].as_f64().unwrap().abs() <= 2.0, "{clock}");
    assert_eq!((&clock["list_zone_minutes"], &clock["error"]), (&0.into(), &Value::Null));
    assert_eq!(files(served.folder.path()), ["file.txt"]);

    let served = Served::start(&[]);
    let (report, code) = self::report(&served, &served.url(""), &["--write"]);
    assert_eq!(code, Some(0), "{report}");
    assert!(report["clock"]["error"].as_str().unwrap().contains("STOR"), "{report}");
}

#[test]
fn a_server_that_lies_and_is_of_another_time() {
    let scripted = Scripted::start();
    let mut command = wharf(["probe", "--json", "--write", &scripted.url("")]);
    let ended = run(command.env("WHARF_PASSWORD", PASSWORD)).ends_with(0);
    let seen = document(&ended);
    assert!(ended.stdout.iter().all(|octet| matches!(octet, b' '..=b'~' | b'\n')));
    assert_eq!(seen["greeting"], json!(["\u{1b}[2J\u{9b}31m odd \u{202e}"]));
    // It answers neither before the login.
    assert_eq!(seen["system"], "Windows_NT");
    let unknown = json!({"name": "XODD", "parameters": "\u{1b}]0;", "known": false});
    assert!(seen["features"].as_array().unwrap().contains(&unknown), "{seen}");
    assert_eq!(seen["passive"]["pasv_address"], "10.1.2.3");
    assert_eq!(seen["passive"]["pasv_address_is"], "private");
    assert_eq!(seen["passive"]["epsv"]["usable"], false);
    assert!(data(&seen).iter().all(|[_, form, ..]| form == "PASV"));
    assert_eq!(seen["listing"]["mlsd"], Value::Null);
    let list = &seen["listing"]["list"];
    assert_eq!((&list["format"], &list["unparsed"]), (&"dos".into(), &1.into()));
    assert_eq!(list["examples"], json!(["\u{7}what is this"]));
    assert_eq!(seen["clock"]["list_zone_minutes"], 120);
    let ahead = seen["clock"]["ahead_seconds"].as_f64().unwrap();
    assert!((ahead - 5000.0).abs() < 5.0, "{ahead}");
    assert!(scripted.is_clean(), "the file that it uploaded is gone");

    let ended = run(wharf(["probe", &scripted.url("")]).env("WHARF_PASSWORD", PASSWORD));
    let text = ended.text();
    assert!(!text.chars().any(|character| character != '\n' && character.is_control()), "{text:?}");
    assert!(!text.contains('\u{202e}'), "{text:?}");
    assert!(text.contains("10.1.2.3 is that of a private network: clients have to ignore it"), "{text}");
    assert!(text.contains("EPSV          refused: 502"), "{text}");
    assert!(text.contains("\nnot known     XODD"), "{text}");
    assert!(text.contains(" s in the future"), "{text}");
    assert_eq!(scripted.uploads(), 1);
}

#[test]
fn what_was_seen_is_printed_whatever_comes_then() {
    let served = Served::start(&[]);
    let mut wrong = wharf(["probe", "--json", &served.url("")]);
    let ended = run(wrong.env("WHARF_PASSWORD", "wrong")).ends_with(4);
    let report = document(&ended);
    assert_eq!(report["login"], json!({"user": "anna", "accepted": false}));
    assert!(report["stopped"].as_str().unwrap().contains("530"), "{report}");
    assert_eq!(report["system"], "UNIX Type: L8");

    // A server that goes away in the midst of it.
    let scripted = Scripted::start_and_end_at("PASV");
    let mut command = wharf(["probe", "--json", &scripted.url("")]);
    let report = document(&run(command.env("WHARF_PASSWORD", PASSWORD)).ends_with(3));
    assert_eq!(report["login"]["accepted"], true);
    assert_eq!(report["passive"], Value::Null);

    // And one whose data connections cannot be made.
    let scripted = Scripted::start_without_data();
    let mut command = wharf(["probe", "--json", &scripted.url("")]);
    let report = document(&run(command.env("WHARF_PASSWORD", PASSWORD)).ends_with(9));
    assert!(report["data_connections"][0]["error"].is_string(), "{report}");
    assert_eq!(report["listing"]["list"], Value::Null);

    let nobody = run(&mut wharf(["probe", "--json", "ftp://127.0.0.1:1/"])).ends_with(3);
    assert!(document(&nobody)["stopped"].as_str().unwrap().contains("127.0.0.1:1"));
    let nobody = run(&mut wharf(["probe", "ftp://127.0.0.1:1/"])).ends_with(3);
    assert!(nobody.stdout.is_empty() && nobody.stderr.contains("127.0.0.1:1"));
}

#[test]
fn ls_tells_times_in_the_zone_that_it_has_measured() {
    let scripted = Scripted::start();
    let ended = run(wharf(["ls", "-l", &scripted.url("")]).env("WHARF_PASSWORD", PASSWORD)).ends_with(9);
    let shown = String::from_utf8(ended.stdout).unwrap();
    let time = shown.split_whitespace().find(|word| word.contains('T')).unwrap();
    assert!(time.len() == "2026-01-31T12:00Z".len() && time.ends_with('Z'), "{shown}");
}
