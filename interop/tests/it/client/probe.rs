//! `wharf probe` of each server: in clear, and with TLS required.

use serde_json::Value;
use wharf_interop::{Server, clients, fixture::Tree, servers::Product};

/// The JSON document of a probe that finds nothing wrong.
fn probe(server: &Server, url: &str, options: &[&str]) -> Value {
    let output = clients::wharf(&server.target, "probe", &[&["--json", url], options].concat());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{message}{}", String::from_utf8_lossy(&output.stdout));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn url(server: &Server, scheme: &str, address: std::net::SocketAddr) -> String {
    let home = server.home.trim_start_matches('/');
    format!("{scheme}://{}@{address}/{home}", server.target.user)
}

/// A line for each data connection: version of TLS, form, command, whether it resumed.
fn data(report: &Value) -> Vec<String> {
    let all = report["data_connections"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    all.map(|data| ["tls", "form", "command", "resumed"].map(|key| text(&data[key])).join(" ")).collect()
}

/// What all of them have in common, and `mlsd`, where they have it.
fn looks_right(report: &Value, product: Product) {
    let greeting = report["greeting"].to_string();
    let known = match product {
        Product::Vsftpd => "vsFTPd",
        Product::Proftpd => "ProFTPD",
        Product::PureFtpd => "Pure-FTPd",
        _ => "pyftpdlib",
    };
    assert!(greeting.contains(known), "{greeting}");
    assert!(report["system"].as_str().unwrap().starts_with("UNIX"), "{report}");
    let features = report["features"].as_array().unwrap();
    assert!(features.iter().any(|feature| feature["name"] == "MDTM" && feature["known"] == true));
    assert_eq!(
        (&report["passive"]["epsv"]["usable"], &report["passive"]["pasv"]["usable"]),
        (&true.into(), &true.into())
    );
    assert_eq!(report["passive"]["pasv_address_is"], "server");
    let listing = &report["listing"];
    assert_eq!((&listing["list"]["format"], &listing["list"]["unparsed"]), (&"unix".into(), &0.into()));
    match product {
        Product::Vsftpd => assert_eq!(listing["mlsd"], Value::Null),
        _ => {
            assert_eq!(listing["mlsd"]["unparsed"], 0);
            // LIST without options leaves out what is hidden, with one of them.
            let hidden = u64::from(product == Product::Proftpd);
            let entries = |command: &str| listing[command]["entries"].as_u64().unwrap();
            assert_eq!(entries("mlsd"), entries("list") + hidden);
            assert!(listing["facts"].to_string().to_lowercase().contains("modify*"), "{listing}");
        }
    }
    assert!(report["clock"]["list_zone_minutes"].is_i64(), "{report}");
}

fn in_clear(product: Product) {
    let server = product.start(&Tree::difficult());
    let url = url(&server, "ftp", server.target.address);
    let report = probe(&server, &url, &[]);
    looks_right(&report, product);
    assert!(report["tls"]["refused"].is_string(), "{report}");
    let first = if product == Product::Vsftpd { "LIST" } else { "MLSD" };
    let first = format!("null EPSV {first} null");
    assert_eq!(data(&report), [first.as_str(), "null PASV LIST null", "null EPSV LIST null"]);
    assert_eq!(Tree::read(&server.files), Tree::difficult());

    let report = probe(&server, &url, &["--write"]);
    let ahead = report["clock"]["ahead_seconds"].as_f64().unwrap();
    assert!(ahead.abs() < 3.0, "{ahead}");
    assert_eq!(report["clock"]["error"], Value::Null);
    assert_eq!(Tree::read(&server.files), Tree::difficult());
}

/// Under the version that the client gets and under the other one, whether data connections resume.
fn over_tls(product: Product, versions: [(&str, bool); 2]) {
    let server = product.start_with_tls(&Tree::difficult());
    let explicit = url(&server, "ftpes", server.target.address);
    let implicit = server.tls().implicit.map(|address| url(&server, "ftps", address));
    let mut expected = Vec::new();
    for ((version, resumed), forms) in
        versions.into_iter().zip([&["EPSV", "PASV", "EPSV"][..], &["EPSV", "PASV"]])
    {
        for form in forms {
            let mlsd = expected.is_empty() && product != Product::Vsftpd;
            expected.push(format!("{version} {form} {} {resumed}", if mlsd { "MLSD" } else { "LIST" }));
        }
    }
    for url in [Some(explicit), implicit].into_iter().flatten() {
        let report = probe(&server, &url, &["--ca-file", server.authority()]);
        looks_right(&report, product);
        assert_eq!(report["tls"]["trust"]["trusted"], true);
        assert_eq!(report["tls"]["certificates"][0]["names"][0], server.target.host());
        assert_eq!(data(&report), expected);

        // A stranger shows its certificate and is told no name.
        let output = clients::wharf(&server.target, "probe", &["--json", &url]);
        assert_eq!(output.status.code(), Some(8));
        // Why it ends there comes on the next line.
        let line = output.stdout.split(|octet| *octet == b'\n').next().unwrap();
        let stranger: Value = serde_json::from_slice(line).unwrap();
        assert_eq!(stranger["tls"]["certificates"], report["tls"]["certificates"]);
        assert_eq!((&stranger["tls"]["trust"]["trusted"], &stranger["login"]), (&false.into(), &Value::Null));
    }
}

#[test]
fn vsftpd() {
    in_clear(Product::Vsftpd);
    over_tls(Product::Vsftpd, [("TLS 1.3", true), ("TLS 1.2", true)]);
}

/// The client chooses TLS 1.2 with it; its listings come with tickets of TLS 1.3.
#[test]
fn proftpd() {
    in_clear(Product::Proftpd);
    over_tls(Product::Proftpd, [("TLS 1.2", true), ("TLS 1.3", true)]);
}

#[test]
fn pureftpd() {
    in_clear(Product::PureFtpd);
    over_tls(Product::PureFtpd, [("TLS 1.3", false), ("TLS 1.2", true)]);
}

#[test]
fn pyftpdlib() {
    in_clear(Product::Pyftpdlib);
    over_tls(Product::Pyftpdlib, [("TLS 1.3", true), ("TLS 1.2", true)]);
}
