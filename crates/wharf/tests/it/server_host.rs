//! HOST: which names a server has, and what TLS says to them.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use wharf::{
    Connection as Ftp, ErrorKind, Permissions, Phase, Server,
    core::{
        command::host::Host,
        host_name::HostName,
        principal::{Authenticator, LoginAttempt, LoginError, Principal},
        protection::Requirements,
    },
    server::ServerTls,
    storage::Memory,
};

use crate::{
    fixture::{BOTH, builder, files, serve},
    identity::{self, Identity},
    tls::{Client, VERSIONS, log_in},
    wire::{Wire, connect},
};

/// Lets everybody in, and notes which name was meant.
#[derive(Debug, Default)]
struct Seen(Arc<Mutex<Vec<Option<String>>>>);

#[async_trait]
impl Authenticator for Seen {
    async fn authenticate(&self, attempt: &LoginAttempt<'_>) -> Result<Principal, LoginError> {
        self.0.lock().unwrap().push(attempt.host_name.map(ToString::to_string));
        Ok(Principal::new("anna", Arc::new(Memory::new())).permissions(Permissions::read_write()))
    }
}

/// Servers by the names of their certificates, the first of which is shown to who asks for none.
struct Named {
    server: Server,
    identities: Vec<Identity>,
    seen: Arc<Mutex<Vec<Option<String>>>>,
}

impl Named {
    async fn new(names: &[&str]) -> Self {
        let identities: Vec<_> = names.iter().map(|name| Identity::new(name)).collect();
        let seen = Seen::default();
        let notes = Arc::clone(&seen.0);
        let builder =
            builder(BOTH[0], files()).tls(identity::server(&identities).require(Requirements::NONE));
        let builder = builder.listen_implicit("127.0.0.1:0").authenticator(seen);
        Self { server: builder.serve().await.unwrap(), identities, seen: notes }
    }

    fn address(&self) -> SocketAddr {
        self.server.address()
    }

    fn implicit(&self) -> SocketAddr {
        self.server.addresses()[1]
    }

    /// A client of each version that asks for this name.
    fn clients(&self, name: &str) -> impl Iterator<Item = Client> {
        VERSIONS.map(|version| Client::with(&self.identities, &[version], None).named(name)).into_iter()
    }

    fn seen(&self) -> Vec<Option<String>> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

fn name(text: &str) -> HostName {
    HostName::parse(text).unwrap()
}

#[tokio::test]
async fn a_server_without_names_does_not_offer_it() {
    let server = serve(BOTH[0], files()).await;
    let mut wire = Wire::open(server.address()).await;
    wire.expect("HOST ftp.example", 502).await;
    let features = wire.expect("FEAT", 211).await.to_string();
    assert!(!features.contains("HOST"), "{features}");
    // Names that a configuration of rustls' own may have are not known.
    let config = Identity::new("ftp.example").server_config(&VERSIONS);
    let server = builder(BOTH[0], files()).tls(ServerTls::new(config)).serve().await.unwrap();
    Wire::open(server.address()).await.expect("HOST ftp.example", 502).await;
}

#[tokio::test]
async fn names_that_were_given_are_known_and_no_others() {
    let names = ["ftp.example", "[2001:db8::1]"].map(name);
    let builder = names.into_iter().fold(builder(BOTH[0], files()), wharf::ServerBuilder::host_name);
    let seen = Seen::default();
    let notes = Arc::clone(&seen.0);
    let server = builder.authenticator(seen).serve().await.unwrap();
    let mut wire = Wire::open(server.address()).await;
    let features = wire.expect("FEAT", 211).await.to_string();
    assert!(features.contains("\r\n HOST\r\n"), "{features}");
    wire.expect("HOST other.example", 504).await;
    wire.expect("HOST FTP.example.", 220).await;
    wire.expect("HOST [2001:db8:0::1]", 220).await;
    wire.expect("HOST 2001:db8::1", 501).await;
    wire.expect("HOST ftp.example:21", 501).await;
    wire.expect("USER anna", 331).await;
    wire.expect("HOST ftp.example", 503).await;
    wire.expect("PASS secret", 230).await;
    wire.expect("HOST ftp.example", 503).await;
    // A new user is of the same host, and after REIN there is none.
    wire.expect("USER anna", 331).await;
    wire.expect("PASS secret", 230).await;
    wire.expect("REIN", 220).await;
    wire.expect("USER anna", 331).await;
    wire.expect("PASS secret", 230).await;
    let of = |name: &str| Some(name.to_owned());
    assert_eq!(*notes.lock().unwrap(), [of("[2001:db8::1]"), of("[2001:db8::1]"), None]);
}

#[tokio::test]
async fn under_tls_the_name_is_the_one_of_the_handshake() {
    let named = Named::new(&["one.example", "two.example"]).await;
    for client in named.clients("two.example") {
        for mut wire in [client.explicit(named.address()).await, client.implicit(named.implicit()).await] {
            for (line, code) in [("HOST one.example", 504), ("HOST three.example", 504)] {
                wire.expect(line, code).await;
            }
            wire.expect("HOST TWO.example", 220).await;
            log_in(&mut wire).await;
            assert_eq!(named.seen(), [Some("two.example".to_owned())]);
            // The handshake holds for the next user, too.
            wire.expect("REIN", 220).await;
            wire.expect("HOST one.example", 504).await;
        }
    }
}

#[tokio::test]
async fn without_a_name_in_the_handshake_it_is_one_of_the_certificate_that_was_shown() {
    let named = Named::new(&["127.0.0.1", "two.example"]).await;
    for client in named.clients("127.0.0.1") {
        let mut wire = client.implicit(named.implicit()).await;
        wire.expect("HOST two.example", 504).await;
        wire.expect("HOST 127.0.0.1", 220).await;
    }
}

#[tokio::test]
async fn host_in_clear_chooses_the_certificate_of_a_handshake_without_a_name() {
    let named = Named::new(&["one.example", "two.example"]).await;
    for client in named.clients("two.example") {
        let client = client.without_name();
        let (mut clear, mut without) = (Wire::open(named.address()).await, Wire::open(named.address()).await);
        clear.expect("HOST two.example", 220).await;
        clear.expect("AUTH TLS", 234).await;
        // It trusts a certificate for the name that it does not say.
        let mut wire = Wire::over_tls(client.handshake(clear.into_stream()).await.unwrap());
        wire.expect("HOST one.example", 504).await;
        log_in(&mut wire).await;
        assert_eq!(named.seen(), [None], "what was said in clear is forgotten");
        wire.expect("REIN", 220).await;
        wire.expect("HOST two.example", 220).await;
        without.expect("AUTH TLS", 234).await;
        let error = client.handshake(without.into_stream()).await.unwrap_err().to_string();
        assert!(error.contains("one.example"), "{error}");
    }
}

#[tokio::test]
async fn a_handshake_for_another_host_than_was_said_in_clear_fails() {
    let named = Named::new(&["one.example", "two.example"]).await;
    for client in named.clients("one.example") {
        for (said, fits) in [("two.example", false), ("ONE.example", true)] {
            let mut wire = Wire::open(named.address()).await;
            wire.expect(format!("HOST {said}"), 220).await;
            wire.expect("AUTH TLS", 234).await;
            assert_eq!(client.handshake(wire.into_stream()).await.is_ok(), fits, "{said}");
        }
        // The name is forgotten with REIN.
        let mut wire = Wire::open(named.address()).await;
        wire.expect("HOST two.example", 220).await;
        wire.expect("REIN", 220).await;
        wire.expect("AUTH TLS", 234).await;
        client.handshake(wire.into_stream()).await.unwrap();
    }
}

#[tokio::test]
async fn a_data_connection_resumes_the_session_of_its_host() {
    let named = Named::new(&["one.example", "two.example"]).await;
    for client in named.clients("two.example") {
        let client = client.without_name();
        let mut wire = Wire::open(named.address()).await;
        wire.expect("HOST two.example", 220).await;
        wire.expect("AUTH TLS", 234).await;
        let mut wire = Wire::over_tls(client.handshake(wire.into_stream()).await.unwrap());
        wire.expect("HOST two.example", 220).await;
        log_in(&mut wire).await;
        wire.expect("MKD new", 257).await;
        assert_eq!(client.download(&mut wire, "NLST").await, b"new\r\n");
        // Another of its names opens nothing.
        let address = wire.epsv().await;
        wire.expect("NLST", 150).await;
        let other = client.clone().named("one.example").handshake(connect(address).await).await;
        assert!(other.is_err(), "it is not for this host");
        wire.expect_reply(425).await;
    }
}

#[tokio::test]
async fn the_client_says_which_name_it_means() {
    let server = builder(BOTH[0], files()).host_name(name("ftp.example")).serve().await.unwrap();
    let address = server.address();
    let mut client = Ftp::builder().host_name(name("FTP.example")).connect(address).await.unwrap();
    client.login("anna", "secret").await.unwrap();
    let late = client.send(Host::new("ftp.example").unwrap()).await.unwrap_err();
    assert_eq!(late.reply().unwrap().code().as_u16(), 503);
    let mut client = Ftp::connect(address).await.unwrap();
    client.send(Host::new("ftp.example").unwrap()).await.unwrap();
    let unknown = Ftp::builder().host_name(name("other.example")).connect(address).await.unwrap_err();
    assert_eq!((unknown.kind(), unknown.phase()), (ErrorKind::Refused, Phase::Login));
    assert_eq!(unknown.reply().unwrap().code().as_u16(), 504);
}
