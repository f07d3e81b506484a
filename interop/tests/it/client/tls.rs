//! TLS, with servers that require it on both connections: sessions of a hundred transfers.

use std::{fs, sync::Arc, time::Duration};

use rustls::{
    ClientConfig, RootCertStore, SupportedProtocolVersion, crypto::aws_lc_rs, pki_types::pem::PemObject,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wharf::{Client, client::ClientTls};
use wharf_interop::{
    Server,
    fixture::{Tree, noise},
    servers::Product,
};

/// Where TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begin {
    Explicit,
    Implicit,
}

use Begin::{Explicit, Implicit};

/// One test for each way into TLS that the product has, and for each version of TLS.
macro_rules! a_hundred_transfers {
    ($product:ident: $($name:ident $begin:ident $version:ident;)+) => {
        $(
            #[tokio::test]
            async fn $name() {
                super::in_time(super::a_hundred_transfers(
                    super::Product::$product,
                    super::$begin,
                    &rustls::version::$version,
                ))
                .await;
            }
        )+
    };
}

mod vsftpd {
    a_hundred_transfers!(Vsftpd:
        explicit_1_2 Explicit TLS12;
        explicit_1_3 Explicit TLS13;
        implicit_1_2 Implicit TLS12;
        implicit_1_3 Implicit TLS13;
    );
}

mod proftpd {
    a_hundred_transfers!(Proftpd:
        explicit_1_2 Explicit TLS12;
        implicit_1_2 Implicit TLS12;
    );
}

mod pureftpd {
    a_hundred_transfers!(PureFtpd:
        explicit_1_2 Explicit TLS12;
    );
}

mod pyftpdlib {
    a_hundred_transfers!(Pyftpdlib:
        explicit_1_2 Explicit TLS12;
        explicit_1_3 Explicit TLS13;
        implicit_1_2 Implicit TLS12;
        implicit_1_3 Implicit TLS13;
    );
}

async fn in_time(test: impl Future<Output = ()>) {
    tokio::time::timeout(Duration::from_secs(20), test).await.expect("it ends within 20 seconds");
}

/// A client of one version of TLS that trusts the server's certificate.
fn client_tls(server: &Server, begin: Begin, version: &'static SupportedProtocolVersion) -> ClientTls {
    let mut roots = RootCertStore::empty();
    let pem = fs::read(server.authority()).unwrap();
    roots.add(rustls::pki_types::CertificateDer::from_pem_slice(&pem).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    match begin {
        Explicit => ClientTls::explicit().config(config),
        Implicit => ClientTls::implicit().config(config),
    }
}

async fn login(server: &Server, begin: Begin, tls: ClientTls) -> Client {
    let address = match begin {
        Explicit => server.target.address,
        Implicit => server.implicit(),
    };
    let mut client = Client::builder().tls(tls).connect(address).await.unwrap();
    client.login(&server.target.user, &server.target.password).await.unwrap();
    client.change_directory(server.home).await.unwrap();
    client
}

/// What the transfers of a session looked like.
#[derive(Default)]
struct Seen {
    transfers: usize,
    resumed: Vec<bool>,
}

impl Seen {
    fn one_more(&mut self, client: &Client) {
        self.transfers += 1;
        self.resumed.push(client.tls_info().unwrap().data_connection_resumed.unwrap());
    }

    async fn upload(&mut self, client: &mut Client, path: &str, content: &[u8]) {
        let mut stream = client.write(path).await.unwrap();
        stream.write_all(content).await.unwrap();
        stream.finish().await.unwrap();
        self.one_more(client);
    }

    async fn download(&mut self, client: &mut Client, path: &str) -> Vec<u8> {
        let mut stream = client.read(path).await.unwrap();
        let mut content = Vec::new();
        stream.read_to_end(&mut content).await.unwrap();
        stream.finish().await.unwrap();
        self.one_more(client);
        content
    }

    async fn list(&mut self, client: &mut Client) -> usize {
        let entries = client.list("").all().await.unwrap().len();
        self.one_more(client);
        entries
    }
}

/// Uploads and downloads of small files, listings, and large files both ways.
async fn a_hundred_transfers(product: Product, begin: Begin, version: &'static SupportedProtocolVersion) {
    let server = product.start_with_tls(&Tree::empty());
    let tls = client_tls(&server, begin, version);
    let mut client = login(&server, begin, tls).await;
    let mut seen = Seen::default();
    for round in 0..16 {
        let path = format!("{round}.bin");
        // The first is empty, and some are larger than a record of TLS.
        let content = noise(round * 3001);
        seen.upload(&mut client, &path, &content).await;
        assert!(seen.download(&mut client, &path).await == content, "{path}");
        seen.upload(&mut client, &path, &content).await;
        assert!(seen.download(&mut client, &path).await == content, "{path}");
        assert_eq!(seen.list(&mut client).await, round + 1);
        assert!(seen.download(&mut client, &path).await == content, "{path}");
        assert!(fs::read(server.files.join(&path)).unwrap() == content, "{path}");
    }
    for path in ["one.bin", "two.bin"] {
        let content = noise(3 << 20);
        seen.upload(&mut client, path, &content).await;
        assert!(seen.download(&mut client, path).await == content, "{path}");
        assert!(fs::read(server.files.join(path)).unwrap() == content, "{path}");
    }
    client.quit().await.unwrap();
    assert_eq!(seen.transfers, 100);
    assert_eq!(seen.resumed, vec![true; 100]);
}
