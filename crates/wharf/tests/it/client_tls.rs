//! The client under TLS, against wharf's own server.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use rustls::{ClientConfig, ServerConfig, SupportedProtocolVersion, server::WebPkiClientVerifier};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wharf::{
    Connection, ErrorKind, Permissions, Phase,
    connection::{ClientTls, DataMode},
    core::{
        principal::{Authenticator, LoginAttempt, LoginError, Principal},
        protection::Requirements,
    },
    server::{Resumption, ServerTls},
    storage::Memory,
};

use crate::{
    fixture::octets,
    identity::{self, Identity},
    pair::{Pair, over_both},
};

/// A server of explicit TLS, and of implicit TLS on its second address.
async fn serve(address: &str, tls: ServerTls) -> Pair {
    Pair::with(address, |builder| builder.listen_implicit(address).tls(tls)).await
}

async fn login(pair: &Pair, tls: ClientTls) -> Connection {
    let mut client = Connection::builder().tls(tls).connect(pair.address()).await.unwrap();
    client.login("anna", "secret").await.unwrap();
    client
}

async fn write(client: &mut Connection, path: &str, content: &[u8]) {
    let mut stream = client.write(path).await.unwrap();
    stream.write_all(content).await.unwrap();
    stream.finish().await.unwrap();
}

async fn read(client: &mut Connection, path: &str) -> Vec<u8> {
    let mut stream = client.read(path).await.unwrap();
    let mut content = Vec::new();
    stream.read_to_end(&mut content).await.unwrap();
    stream.finish().await.unwrap();
    content
}

fn resumed(client: &Connection) -> Option<bool> {
    client.tls_info().unwrap().data_connection_resumed
}

async fn refused(pair: &Pair, tls: ClientTls) -> wharf::Error {
    Connection::builder().tls(tls).connect(pair.address()).await.unwrap_err()
}

over_both! {
    async fn everything_works_under_explicit_and_implicit_tls(address: &str) {
        let identity = Identity::local();
        let pair = serve(address, identity.server()).await;
        let modes = [(ClientTls::explicit(), pair.server.addresses()[0]), (ClientTls::implicit(), pair.server.addresses()[1])];
        for (tls, address) in modes {
            let tls = identity.trusted_by(tls);
            let mut client = Connection::builder().tls(tls).connect(address).await.unwrap();
            let info = client.tls_info().unwrap();
            assert_eq!((info.version.as_str(), info.data_connection_resumed), ("TLS 1.3", None));
            assert_eq!(info.certificates, [identity.der.to_vec()]);
            assert!(info.cipher_suite.starts_with("TLS13_"), "{}", info.cipher_suite);
            client.login("anna", "secret").await.unwrap();
            let content = octets(1_000_000);
            write(&mut client, "/a", &content).await;
            assert_eq!(read(&mut client, "/a").await, content);
            assert_eq!(client.list("/").all().await.unwrap().len(), 1);
            let here = Memory::new().with_file("/tree/one", "1").unwrap();
            let here = here.with_file("/tree/below/big", &content).unwrap();
            client.upload(&here, "tree", "/").await.unwrap().into_result().unwrap();
            let there = Memory::new();
            client.download("/tree", &there, "").await.unwrap().into_result().unwrap();
            assert_eq!(there.read_file("/tree/below/big").unwrap(), content);
            assert_eq!(resumed(&client), Some(true));
            client.remove("/tree").await.unwrap();
            client.quit().await.unwrap();
        }
    }

    async fn a_hundred_transfers_resume_under_either_version(address: &str) {
        let identity = Identity::local();
        for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
            let tls = ServerTls::new(identity.server_config(&[version])).resumption(Resumption::Require);
            let pair = serve(address, tls).await;
            let mut client = login(&pair, identity.trusted_by(ClientTls::explicit())).await;
            assert_eq!(client.tls_info().unwrap().version == "TLS 1.2", version.version == rustls::ProtocolVersion::TLSv1_2);
            for round in 0..50 {
                let content = octets(round);
                write(&mut client, "/a", &content).await;
                assert_eq!(resumed(&client), Some(true), "upload {round}");
                assert_eq!(read(&mut client, "/a").await, content);
                assert_eq!(resumed(&client), Some(true), "download {round}");
            }
            for upload in 0..30 {
                write(&mut client, "/a", b"again").await;
                assert_eq!(resumed(&client), Some(true), "upload {upload} in a row");
            }
            for download in 0..30 {
                assert_eq!(read(&mut client, "/a").await, b"again");
                assert_eq!(resumed(&client), Some(true), "download {download} in a row");
            }
        }
    }

    async fn the_server_may_connect(address: &str) {
        let identity = Identity::local();
        let pair = serve(address, identity.server()).await;
        let builder = Connection::builder().data_mode(DataMode::Active);
        let builder = builder.tls(identity.trusted_by(ClientTls::explicit()));
        let mut client = builder.connect(pair.address()).await.unwrap();
        client.login("anna", "secret").await.unwrap();
        for _ in 0..20 {
            write(&mut client, "/a", b"active").await;
            assert_eq!(read(&mut client, "/a").await, b"active");
            assert_eq!(resumed(&client), Some(true));
        }
    }

    async fn a_dropped_upload_is_not_stored_and_the_session_lives(address: &str) {
        let identity = Identity::local();
        let pair = serve(address, identity.server()).await;
        let mut client = login(&pair, identity.trusted_by(ClientTls::explicit())).await;
        for _ in 0..3 {
            let mut stream = client.write("/part").await.unwrap();
            stream.write_all(&octets(100_000)).await.unwrap();
            drop(stream);
            client.noop().await.unwrap();
            assert!(pair.files.read_file("/part").is_err());
            let mut stream = client.read("/none").await.map(drop).unwrap_err();
            assert!(stream.is_not_found(), "{stream}");
            stream = client.size("/part").await.unwrap_err();
            assert!(stream.is_not_found(), "{stream}");
            write(&mut client, "/whole", b"all of it").await;
            assert_eq!(resumed(&client), Some(true));
        }
    }
}

#[tokio::test]
async fn a_certificate_must_be_signed_by_somebody_who_is_trusted() {
    let (identity, other) = (Identity::local(), Identity::local());
    let pair = serve("127.0.0.1:0", identity.server()).await;
    for tls in [ClientTls::explicit(), other.trusted_by(ClientTls::explicit()), ClientTls::if_offered()] {
        let error = refused(&pair, tls).await;
        assert_eq!((error.kind(), error.phase()), (ErrorKind::Tls, Phase::Tls));
        assert!(error.to_string().contains("certificate is not trusted"), "{error}");
        assert!(!error.is_temporary());
    }
    let implicit = Connection::builder().tls(other.trusted_by(ClientTls::implicit()));
    let error = implicit.connect(pair.server.addresses()[1]).await.unwrap_err();
    assert_eq!((error.kind(), error.phase()), (ErrorKind::Tls, Phase::Tls));
}

#[tokio::test]
async fn a_certificate_that_may_sign_others_is_the_servers_own_where_it_is_named() {
    let hour = Duration::from_secs(3600);
    let identity = Identity::that_may_sign_others(SystemTime::now() + hour);
    let pair = serve("127.0.0.1:0", identity.server()).await;
    let tls = || identity.trusted_by(ClientTls::explicit());
    let mut client = login(&pair, tls()).await;
    write(&mut client, "/a", b"signed by itself").await;
    // Everything else is looked at as ever.
    let error = refused(&pair, tls().server_name("ftp.example.org")).await;
    assert!(error.to_string().contains("not valid for name"), "{error}");
    let other = Identity::that_may_sign_others(SystemTime::now() + hour);
    let error = refused(&pair, other.trusted_by(ClientTls::explicit())).await;
    assert_eq!(error.kind(), ErrorKind::Tls);
    let expired = Identity::that_may_sign_others(SystemTime::now() - hour);
    let pair = serve("127.0.0.1:0", expired.server()).await;
    let error = refused(&pair, expired.trusted_by(ClientTls::explicit())).await;
    assert!(error.to_string().contains("expired"), "{error}");
}

#[tokio::test]
async fn a_certificate_must_have_the_name_of_the_host() {
    let identity = Identity::new("ftp.example.org");
    let pair = serve("127.0.0.1:0", identity.server()).await;
    let tls = || identity.trusted_by(ClientTls::explicit());
    let error = refused(&pair, tls()).await;
    assert_eq!(error.kind(), ErrorKind::Tls);
    assert!(error.to_string().contains("not valid for name"), "{error}");
    let mut client = login(&pair, tls().server_name("ftp.example.org")).await;
    write(&mut client, "/a", b"by another name").await;
    let port = pair.address().port();
    let local = Identity::new("localhost");
    let error = Connection::builder().tls(local.trusted_by(ClientTls::explicit()));
    let error = error.connect(format!("localhost:{port}")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls);
}

#[tokio::test]
async fn the_name_of_the_host_is_sent_and_an_address_is_not() {
    let (first, named) = (Identity::new("127.0.0.1"), Identity::new("localhost"));
    let pair = serve("127.0.0.1:0", identity::server([&first, &named])).await;
    for (host, identity) in [("localhost", &named), ("127.0.0.1", &first)] {
        let builder = Connection::builder().tls(identity.trusted_by(ClientTls::explicit()));
        let client = builder.connect(format!("{host}:{}", pair.address().port())).await.unwrap();
        assert_eq!(client.tls_info().unwrap().certificates, [identity.der.to_vec()]);
    }
}

#[tokio::test]
async fn a_pinned_certificate_is_trusted_and_no_other() {
    let (identity, other) = (Identity::new("nas"), Identity::local());
    let pair = serve("127.0.0.1:0", identity.server()).await;
    let error = refused(&pair, ClientTls::explicit().pin(other.fingerprint())).await;
    assert_eq!(error.kind(), ErrorKind::Tls);
    assert!(error.to_string().contains(&identity.fingerprint().to_string()), "{error}");
    let pinned = ClientTls::explicit().pin(other.fingerprint()).pin(identity.fingerprint());
    let mut client = login(&pair, pinned).await;
    write(&mut client, "/a", b"pinned").await;
    assert_eq!(resumed(&client), Some(true));
}

#[tokio::test]
async fn the_first_certificate_is_trusted_from_then_on() {
    let (identity, changed) = (Identity::new("nas"), Identity::new("nas"));
    let directory = TempDir::new().unwrap();
    let known = directory.path().join("new/known");
    let tls = || ClientTls::explicit().trust_on_first_use(&known);
    let pair = serve("127.0.0.1:0", identity.server()).await;
    let mut client = login(&pair, tls()).await;
    write(&mut client, "/a", b"first").await;
    let line = format!("{} {}\n", pair.address(), identity.fingerprint());
    assert_eq!(std::fs::read_to_string(&known).unwrap(), line);
    login(&pair, tls()).await;
    assert_eq!(std::fs::read_to_string(&known).unwrap(), line);
    let line = format!("{} {}\n", pair.address(), changed.fingerprint());
    std::fs::write(&known, &line).unwrap();
    let error = refused(&pair, tls()).await;
    assert_eq!((error.kind(), error.phase()), (ErrorKind::Tls, Phase::Tls));
    let told = format!(
        "the certificate of {} is not the one in {}: it is now {}",
        pair.address(),
        known.display(),
        identity.fingerprint()
    );
    assert!(error.to_string().contains(&told), "{error}");
    assert_eq!(std::fs::read_to_string(&known).unwrap(), line);
    std::fs::write(&known, "what is this\n").unwrap();
    assert_eq!(refused(&pair, tls()).await.kind(), ErrorKind::Tls);
}

#[tokio::test]
async fn insecure_is_what_it_says() {
    let pair = serve("127.0.0.1:0", Identity::new("nas").server()).await;
    let mut client = login(&pair, ClientTls::explicit().insecure_accept_any_certificate()).await;
    write(&mut client, "/a", b"any").await;
    assert_eq!(resumed(&client), Some(true));
}

#[tokio::test]
async fn a_configuration_of_ones_own_is_used() {
    let identity = Identity::local();
    let pair = serve("127.0.0.1:0", identity.server()).await;
    let config = ClientConfig::builder_with_protocol_versions(&[&rustls::version::TLS12])
        .with_root_certificates(identity.roots())
        .with_no_client_auth();
    let tls = ClientTls::explicit().config(config);
    for _ in 0..2 {
        let mut client = login(&pair, tls.clone()).await;
        assert_eq!(client.tls_info().unwrap().version, "TLS 1.2");
        write(&mut client, "/a", b"own").await;
        assert_eq!(resumed(&client), Some(true), "of this control connection");
    }
}

/// What uses up the tickets of TLS 1.3 there is in `interop`: ProFTPD itself.
#[tokio::test]
async fn a_server_with_few_tickets_is_met_under_tls_1_2_where_there_is_a_choice() {
    let identity = Identity::local();
    let proftpd = async |versions: &[&'static SupportedProtocolVersion], greeting: &str| {
        let tls = ServerTls::new(identity.server_config(versions));
        Pair::with("127.0.0.1:0", |builder| builder.listen_implicit("127.0.0.1:0").tls(tls).welcome(greeting))
            .await
    };
    let version = async |address: SocketAddr, tls: ClientTls| {
        let mut client = Connection::builder().tls(identity.trusted_by(tls)).connect(address).await.unwrap();
        client.login("anna", "secret").await.unwrap();
        write(&mut client, "/a", b"all the same").await;
        client.tls_info().unwrap().version
    };
    let both = proftpd(rustls::ALL_VERSIONS, "Welcome\nProFTPD Server (harbour) [127.0.0.1]").await;
    assert_eq!(version(both.address(), ClientTls::explicit()).await, "TLS 1.2");
    assert_eq!(version(both.server.addresses()[1], ClientTls::implicit()).await, "TLS 1.2");
    let tls_1_3 = ClientTls::explicit().protocol_versions(&[&rustls::version::TLS13]);
    assert_eq!(version(both.address(), tls_1_3).await, "TLS 1.3");
    let newer = proftpd(&[&rustls::version::TLS13], "ProFTPD Server (harbour)").await;
    assert_eq!(version(newer.address(), ClientTls::explicit()).await, "TLS 1.3");
    let other = proftpd(rustls::ALL_VERSIONS, "wharf is ready.").await;
    assert_eq!(version(other.address(), ClientTls::explicit()).await, "TLS 1.3");
}

#[tokio::test]
async fn tls_if_offered_is_used_where_it_is_offered() {
    let identity = Identity::local();
    let pair = serve("127.0.0.1:0", identity.server().require(Requirements::NONE)).await;
    let mut client = login(&pair, identity.trusted_by(ClientTls::if_offered())).await;
    write(&mut client, "/a", b"private").await;
    assert_eq!(resumed(&client), Some(true));
    let clear = Pair::new("127.0.0.1:0").await;
    let mut client = login(&clear, identity.trusted_by(ClientTls::if_offered())).await;
    write(&mut client, "/a", b"clear").await;
    assert_eq!(client.tls_info(), None);
    let error = refused(&clear, identity.trusted_by(ClientTls::explicit())).await;
    assert_eq!((error.kind(), error.verb()), (ErrorKind::Refused, Some("AUTH")));
}

/// Lets in whoever has a certificate, and keeps it.
#[derive(Debug)]
struct ByCertificate {
    seen: Mutex<Vec<Vec<u8>>>,
}

#[async_trait::async_trait]
impl Authenticator for &'static ByCertificate {
    async fn needs_password(&self, attempt: &LoginAttempt<'_>) -> bool {
        attempt.client_certificate.is_none()
    }

    async fn authenticate(&self, attempt: &LoginAttempt<'_>) -> Result<Principal, LoginError> {
        let certificate = attempt.client_certificate.ok_or(LoginError::Incorrect)?;
        self.seen.lock().unwrap().push(certificate.to_vec());
        Ok(Principal::new("anna", Arc::new(Memory::new())).permissions(Permissions::read_write()))
    }
}

#[tokio::test]
async fn a_client_certificate_reaches_the_server() {
    let (identity, own) = (Identity::local(), Identity::new("anna"));
    let verifier = WebPkiClientVerifier::builder(own.roots()).allow_unauthenticated().build().unwrap();
    let key = identity.private_key();
    let config = ServerConfig::builder()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![identity.der.clone()], key)
        .unwrap();
    let by_certificate: &'static ByCertificate =
        Box::leak(Box::new(ByCertificate { seen: Mutex::default() }));
    let server = wharf::Server::builder()
        .listen("127.0.0.1:0")
        .tls(ServerTls::new(config))
        .authenticator(by_certificate)
        .serve()
        .await
        .unwrap();
    let tls = || identity.trusted_by(ClientTls::explicit());
    let with_own = tls().client_certificate(own.chain(), own.key()).unwrap();
    let mut client = Connection::builder().tls(with_own).connect(server.address()).await.unwrap();
    client.login("anna", "").await.unwrap();
    write(&mut client, "/a", b"mine").await;
    assert_eq!(resumed(&client), Some(true));
    assert_eq!(*by_certificate.seen.lock().unwrap(), [own.der.to_vec()]);
    let mut client = Connection::builder().tls(tls()).connect(server.address()).await.unwrap();
    assert_eq!(client.login("anna", "").await.unwrap_err().phase(), Phase::Login);
    let mismatched = tls().client_certificate(own.chain(), identity.key()).unwrap();
    let error = Connection::builder().tls(mismatched).connect(server.address()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls);
}

#[test]
fn files_that_are_no_good_are_named() {
    let identity = Identity::local();
    let (chain, key) = (identity.chain(), identity.key());
    let empty = identity.path("empty.pem");
    std::fs::write(&empty, "").unwrap();
    for path in [&empty, &key, &identity.path("missing.pem")] {
        let error = ClientTls::explicit().roots_from_pem_file(path).unwrap_err();
        assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
        assert!(ClientTls::explicit().client_certificate(path, &key).is_err());
    }
    assert!(ClientTls::explicit().client_certificate(&chain, &chain).is_err());
}
