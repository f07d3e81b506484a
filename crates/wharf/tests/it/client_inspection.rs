//! The client under TLS with a certificate that is looked at first.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use rustls::{
    ServerConfig,
    crypto::aws_lc_rs::sign::any_supported_type,
    pki_types::{PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use wharf::{
    Connection, ErrorKind,
    connection::{ClientTls, DataMode, Fingerprint, PassiveForm},
    server::{Resumption, ServerTls},
};

use crate::{identity::Identity, pair::Pair};

async fn serve(tls: ServerTls) -> Pair {
    Pair::with("127.0.0.1:0", |builder| builder.listen_implicit("127.0.0.1:0").tls(tls)).await
}

async fn inspect(pair: &Pair, tls: ClientTls) -> Connection {
    Connection::builder().tls(tls.inspect_certificate()).connect(pair.address()).await.unwrap()
}

fn distrust(client: &Connection) -> Option<String> {
    client.tls_info().unwrap().distrust
}

#[tokio::test]
async fn a_distrusted_server_gets_nothing_until_it_is_trusted() {
    let (identity, other) = (Identity::local(), Identity::local());
    let pair = serve(identity.server()).await;
    let implicit = pair.server.addresses()[1];
    for (tls, address) in [(ClientTls::explicit(), pair.address()), (ClientTls::implicit(), implicit)] {
        let tls = other.trusted_by(tls).inspect_certificate();
        let mut client = Connection::builder().tls(tls).connect(address).await.unwrap();
        assert!(distrust(&client).is_some());
        assert_eq!(client.tls_info().unwrap().certificates, [identity.der.to_vec()]);
        for refused in [
            client.login("anna", "secret").await.unwrap_err(),
            client.send(wharf::core::command::login::User::new("anna")).await.unwrap_err(),
            client.raw_command("USER anna", &[3]).await.unwrap_err(),
            client.list("").all().await.unwrap_err(),
        ] {
            assert_eq!(refused.kind(), ErrorKind::Tls, "{refused}");
        }
        // It is asked all else, and did not hear of anna.
        assert!(client.features().await.unwrap().has("AUTH"));
        let unknown = client.send(wharf::core::command::login::Pass::new("secret")).await.unwrap_err();
        assert_eq!(unknown.kind(), ErrorKind::Tls);
        client.trust_certificate();
        let early = client.send(wharf::core::command::login::Pass::new("secret")).await.unwrap_err();
        assert_eq!(early.reply().unwrap().code(), 503);
        client.login("anna", "secret").await.unwrap();
        client.list("").all().await.unwrap();
        assert_eq!(client.tls_info().unwrap().data_connection_resumed, Some(true));
    }
}

#[tokio::test]
async fn a_trusted_server_needs_no_more_trust() {
    let identity = Identity::new("127.0.0.1");
    let pair = serve(identity.server()).await;
    let pinned = ClientTls::explicit().pin(Fingerprint::of(&identity.der));
    for tls in [identity.trusted_by(ClientTls::explicit()), pinned] {
        let mut client = inspect(&pair, tls).await;
        assert_eq!(distrust(&client), None);
        client.login("anna", "secret").await.unwrap();
    }
}

#[tokio::test]
async fn says_what_is_wrong() {
    let (identity, other) = (Identity::new("nas"), Identity::local());
    let pair = serve(identity.server()).await;
    let wrong_name = inspect(&pair, identity.trusted_by(ClientTls::explicit())).await;
    assert!(distrust(&wrong_name).unwrap().contains("not valid for name"), "{:?}", distrust(&wrong_name));
    let not_pinned = inspect(&pair, ClientTls::explicit().pin(other.fingerprint())).await;
    assert!(distrust(&not_pinned).unwrap().contains("not pinned"), "{:?}", distrust(&not_pinned));
}

/// The first certificate, and the other one when told so.
#[derive(Debug)]
struct Changing {
    keys: [Arc<CertifiedKey>; 2],
    changed: AtomicBool,
}

impl ResolvesServerCert for Changing {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.keys[usize::from(self.changed.load(Ordering::Relaxed))]))
    }
}

#[tokio::test]
async fn it_is_this_certificate_that_is_trusted() {
    let identities = [Identity::local(), Identity::local()];
    let keys = identities.each_ref().map(|identity| {
        let key = any_supported_type(&PrivateKeyDer::from_pem_file(identity.key()).unwrap()).unwrap();
        Arc::new(CertifiedKey::new(vec![identity.der.clone()], key))
    });
    let changing = Arc::new(Changing { keys, changed: AtomicBool::new(false) });
    let resolver = Arc::clone(&changing) as Arc<dyn ResolvesServerCert>;
    let config = ServerConfig::builder().with_no_client_auth().with_cert_resolver(resolver);
    // Each data connection shows a certificate of its own then.
    let pair = serve(ServerTls::new(config).resumption(Resumption::Off)).await;
    let mut client = inspect(&pair, Identity::local().trusted_by(ClientTls::explicit())).await;
    client.trust_certificate();
    client.login("anna", "secret").await.unwrap();
    client.list("").all().await.unwrap();
    assert_eq!(client.tls_info().unwrap().data_connection_resumed, Some(false));
    changing.changed.store(true, Ordering::Relaxed);
    assert_eq!(client.list("").all().await.unwrap_err().kind(), ErrorKind::Tls);
}

#[tokio::test]
async fn speaks_the_versions_that_it_is_told() {
    let identity = Identity::local();
    let pair = serve(identity.server()).await;
    let tls = || identity.trusted_by(ClientTls::explicit());
    for (version, name) in [(&rustls::version::TLS12, "TLS 1.2"), (&rustls::version::TLS13, "TLS 1.3")] {
        let client =
            Connection::builder().tls(tls().protocol_versions(&[version])).connect(pair.address()).await;
        assert_eq!(client.unwrap().tls_info().unwrap().version, name);
    }
    let modern = ServerTls::new(identity.server_config(&[&rustls::version::TLS13]));
    let pair = serve(modern).await;
    let client = Connection::builder().tls(tls().protocol_versions(&[&rustls::version::TLS12]));
    assert_eq!(client.connect(pair.address()).await.unwrap_err().kind(), ErrorKind::Tls);
    let none = Connection::builder().tls(tls().protocol_versions(&[])).connect(pair.address()).await;
    assert_eq!(none.unwrap_err().kind(), ErrorKind::Tls);
}

#[tokio::test]
async fn the_mode_of_data_connections_changes_between_transfers() {
    let pair = Pair::new("[::1]:0").await;
    let mut client = pair.client().await;
    client.list("").all().await.unwrap();
    client.set_data_mode(DataMode::Passive(vec![PassiveForm::Plain])).unwrap();
    let refused = client.list("").all().await.unwrap_err();
    assert_eq!(refused.reply().unwrap().code(), 425, "PASV is for IPv4");
    client.set_data_mode(DataMode::Active).unwrap();
    client.list("").all().await.unwrap();
    client.set_data_mode(DataMode::default()).unwrap();
    client.list("").all().await.unwrap();
    let none = client.set_data_mode(DataMode::Passive(Vec::new())).unwrap_err();
    assert_eq!(none.kind(), ErrorKind::InvalidInput);
}
