//! TLS, with servers that require it on both connections.

use std::{fs, time::Duration};

use rustls::{SupportedProtocolVersion, crypto::aws_lc_rs, version};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wharf::{Connection, ErrorKind, Phase, connection::ClientTls};
use wharf_interop::{
    Server, clients,
    fixture::{Tree, noise},
    servers::Product,
};

/// Where TLS begins, and which versions the client offers.
type Way = (Begin, &'static [&'static SupportedProtocolVersion]);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begin {
    Explicit,
    Implicit,
}

use Begin::{Explicit, Implicit};

const EITHER: &[&SupportedProtocolVersion] = rustls::ALL_VERSIONS;
const TLS_1_2: &[&SupportedProtocolVersion] = &[&version::TLS12];
const TLS_1_3: &[&SupportedProtocolVersion] = &[&version::TLS13];

/// One test for each way into TLS that the product has: the version that is agreed on, and whether data connections resume
/// the TLS session of the control connection.
macro_rules! a_hundred_transfers {
    ($product:ident: $($name:ident: $begin:ident $versions:ident, $agreed:literal resumed $resumed:literal;)+) => {
        $(
            #[tokio::test]
            async fn $name() {
                let way = (super::$begin, super::$versions);
                let test = super::a_hundred_transfers(super::Product::$product, way, $agreed, $resumed);
                super::in_time(test).await;
            }
        )+
    };
}

mod vsftpd {
    a_hundred_transfers!(Vsftpd:
        explicit: Explicit EITHER, "TLS 1.3" resumed true;
        explicit_1_2: Explicit TLS_1_2, "TLS 1.2" resumed true;
        implicit: Implicit EITHER, "TLS 1.3" resumed true;
        implicit_1_2: Implicit TLS_1_2, "TLS 1.2" resumed true;
    );
}

/// It has TLS 1.3, which the client leaves alone where it has a choice.
mod proftpd {
    a_hundred_transfers!(Proftpd:
        explicit: Explicit EITHER, "TLS 1.2" resumed true;
        implicit: Implicit EITHER, "TLS 1.2" resumed true;
    );
}

/// It has no implicit TLS, and gives no tickets under TLS 1.3.
mod pureftpd {
    a_hundred_transfers!(PureFtpd:
        explicit: Explicit EITHER, "TLS 1.3" resumed false;
        explicit_1_2: Explicit TLS_1_2, "TLS 1.2" resumed true;
    );
}

mod pyftpdlib {
    a_hundred_transfers!(Pyftpdlib:
        explicit: Explicit EITHER, "TLS 1.3" resumed true;
        explicit_1_2: Explicit TLS_1_2, "TLS 1.2" resumed true;
        implicit: Implicit EITHER, "TLS 1.3" resumed true;
        implicit_1_2: Implicit TLS_1_2, "TLS 1.2" resumed true;
    );
}

async fn in_time(test: impl Future<Output = ()>) {
    tokio::time::timeout(Duration::from_secs(60), test).await.expect("it ends within a minute");
}

/// With the server's certificate as the only one that is trusted.
fn trusting(server: &Server, tls: ClientTls) -> ClientTls {
    // Another test may have been first.
    let _ = aws_lc_rs::default_provider().install_default();
    tls.roots_from_pem_file(server.authority()).unwrap()
}

async fn login(server: &Server, (begin, versions): Way) -> Connection {
    let (tls, address) = match begin {
        Explicit => (ClientTls::explicit(), server.target.address),
        Implicit => (ClientTls::implicit(), server.implicit()),
    };
    let tls = trusting(server, tls).protocol_versions(versions);
    let mut client = Connection::builder().tls(tls).connect(address).await.unwrap();
    client.login(&server.target.user, &server.target.password).await.unwrap();
    client.change_directory(server.home).await.unwrap();
    client
}

async fn upload(client: &mut Connection, path: &str, content: &[u8]) -> Result<(), wharf::Error> {
    let mut stream = client.write(path).await?;
    stream.write_all(content).await.unwrap();
    stream.finish().await
}

async fn download(client: &mut Connection, path: &str) -> Vec<u8> {
    let mut stream = client.read(path).await.unwrap();
    let mut content = Vec::new();
    stream.read_to_end(&mut content).await.unwrap();
    stream.finish().await.unwrap();
    content
}

fn is_resumed(client: &Connection) -> bool {
    client.tls_info().unwrap().data_connection_resumed.unwrap()
}

/// Uploads and downloads of small files, listings, and large files both ways.
async fn a_hundred_transfers(product: Product, way: Way, agreed: &str, resumed: bool) {
    let server = product.start_with_tls(&Tree::empty());
    let mut client = login(&server, way).await;
    assert_eq!(client.tls_info().unwrap().version, agreed);
    let mut seen = Vec::new();
    for round in 0..16 {
        let path = format!("{round}.bin");
        // The first is empty, and some are larger than a record of TLS.
        let content = noise(round * 3001);
        upload(&mut client, &path, &content).await.unwrap();
        seen.push(is_resumed(&client));
        upload(&mut client, &path, &content).await.unwrap();
        seen.push(is_resumed(&client));
        upload(&mut client, &path, &content).await.unwrap();
        seen.push(is_resumed(&client));
        assert!(download(&mut client, &path).await == content, "{path}");
        seen.push(is_resumed(&client));
        assert_eq!(client.list("").all().await.unwrap().len(), round + 1);
        seen.push(is_resumed(&client));
        assert!(download(&mut client, &path).await == content, "{path}");
        seen.push(is_resumed(&client));
        assert!(fs::read(server.files.join(&path)).unwrap() == content, "{path}");
    }
    for path in ["one.bin", "two.bin"] {
        let content = noise(3 << 20);
        upload(&mut client, path, &content).await.unwrap();
        seen.push(is_resumed(&client));
        assert!(download(&mut client, path).await == content, "{path}");
        seen.push(is_resumed(&client));
        assert!(fs::read(server.files.join(path)).unwrap() == content, "{path}");
    }
    client.quit().await.unwrap();
    assert_eq!(seen, vec![resumed; 100]);
}

/// Why the client leaves TLS 1.3 alone with it: a ticket comes with a download, and none with an upload.
#[tokio::test]
async fn proftpd_gives_no_ticket_of_tls_1_3_with_an_upload() {
    let test = async {
        let server = Product::Proftpd.start_with_tls(&Tree::difficult());
        let mut client = login(&server, (Explicit, TLS_1_3)).await;
        assert_eq!(client.tls_info().unwrap().version, "TLS 1.3");
        for _ in 0..20 {
            download(&mut client, "text.txt").await;
            assert!(is_resumed(&client));
        }
        for _ in 0..2 {
            upload(&mut client, "up.bin", b"with a ticket of the control connection").await.unwrap();
            assert!(is_resumed(&client));
        }
        let error = upload(&mut client, "up.bin", b"with none").await.unwrap_err();
        assert_eq!((error.kind(), error.phase()), (ErrorKind::Refused, Phase::Data), "{error}");
        assert!(!is_resumed(&client));
    };
    in_time(test).await;
}

/// The session ends before the client is asked for a name.
#[tokio::test]
async fn a_certificate_that_is_not_trusted_ends_the_connection() {
    let test = async {
        let other = Product::PureFtpd.start_with_tls(&Tree::empty());
        for product in [Product::Vsftpd, Product::Proftpd, Product::PureFtpd, Product::Pyftpdlib] {
            let server = product.start_with_tls(&Tree::empty());
            let mut ways = vec![(ClientTls::explicit(), server.target.address)];
            ways.extend(server.tls().implicit.map(|address| (ClientTls::implicit(), address)));
            for (tls, address) in ways {
                let error =
                    Connection::builder().tls(trusting(&other, tls)).connect(address).await.unwrap_err();
                assert_eq!(
                    (error.kind(), error.phase()),
                    (ErrorKind::Tls, Phase::Tls),
                    "{product:?} {error}"
                );
                assert!(error.to_string().contains("certificate is not trusted"), "{product:?} {error}");
            }
        }
    };
    in_time(test).await;
}

/// `wharf put`, `ls` and `get` of many files, with URLs of both kinds.
#[test]
fn the_program_puts_lists_and_gets() {
    let server = Product::Proftpd.start_with_tls(&Tree::empty());
    let local = TempDir::new().unwrap();
    Tree::difficult().write(&local.path().join("up"));
    let explicit = format!("ftpes://{}@{}", server.target.user, server.target.address);
    let implicit = format!("ftps://{}@{}", server.target.user, server.implicit());
    for (place, url) in [("explicit", &explicit), ("implicit", &implicit)] {
        let wharf = |subcommand: &str, arguments: &[&str]| {
            let trusting = [&["--ca-file", server.authority()], arguments].concat();
            let output = clients::wharf(&server.target, subcommand, &trusting);
            assert!(output.status.success(), "{subcommand}: {}", String::from_utf8_lossy(&output.stderr));
            clients::printed(output)
        };
        let (up, down) = (local.path().join("up"), local.path().join(place));
        let there = format!("{url}/{place}/");
        wharf("put", &["--recursive", up.to_str().unwrap(), &there]);
        assert_eq!(Tree::read(&server.files.join(place).join("up")), Tree::difficult());
        assert_eq!(wharf("ls", &[&there]).trim_end(), "up/");
        wharf("get", &["--recursive", &format!("{there}up"), down.to_str().unwrap()]);
        assert_eq!(Tree::read(&down), Tree::difficult());
    }
}

/// The server prints the commands that it hears.
#[test]
fn the_program_says_no_name_to_a_stranger() {
    let server = Product::Pyftpdlib.start_with_tls(&Tree::empty());
    let list = |url: &str, trust: &[&str]| {
        let output = clients::wharf(&server.target, "ls", &[trust, &[url]].concat());
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let explicit = format!("ftpes://{}@{}", server.target.user, server.target.address);
    let implicit = format!("ftps://{}@{}", server.target.user, server.implicit());
    for url in [&explicit, &implicit] {
        let (status, message) = list(url, &[]);
        assert_eq!(status, Some(8), "{message}");
        assert!(message.contains("certificate is not trusted"), "{message}");
    }
    assert!(!server.log().contains("USER"), "{}", server.log());
    let trust = ["--ca-file", server.authority()];
    assert_eq!(list(&implicit, &trust), (Some(0), String::new()));
    assert!(server.log().contains("USER"), "{}", server.log());
}
