//! A sync of two servers whose octets go from one to the other.

use std::time::Duration;

use wharf::{
    Client,
    client::sync::{Place, SyncReport, sync},
};
use wharf_interop::{
    Server,
    fixture::Tree,
    servers::Product::{self, Proftpd, Pyftpdlib, Wharf},
};

/// How long a server that turns a stranger away without a word is waited for.
const SHORT: Duration = Duration::from_secs(5);
/// How long any other may take on a machine that is busy.
const LONG: Duration = Duration::from_secs(20);

fn client(server: &Server, connections: usize, reply_timeout: Duration) -> Client {
    let builder = Client::builder(server.target.address).connections(connections);
    let builder = builder.connection(|connection| connection.reply_timeout(reply_timeout));
    builder.login(&server.target.user, &server.target.password).build().unwrap()
}

/// Syncs the difficult tree of one into a new place of the other, and holds the two against each other.
async fn synced(from: &Server, to: &Server, reply_timeout: Duration) -> SyncReport {
    // pyftpdlib is to have one data connection at a time that it makes itself.
    let connections = if from.product == Pyftpdlib { 1 } else { 4 };
    let (one, other) = (client(from, connections, reply_timeout), client(to, 4, reply_timeout));
    let at = format!("{}/new/place", to.home.trim_end_matches('/'));
    let copying = sync(Place::server(&one, from.home), Place::server(&other, at)).direct(true);
    let report = copying.parallel(connections).await.unwrap();
    assert_eq!(report.failures().count(), 0, "{report:?}");
    assert_eq!(Tree::read(&to.files.join("new/place")), Tree::read(&from.files));
    one.close().await;
    other.close().await;
    report
}

fn other() -> Tree {
    Tree::difficult().without("text.txt")
}

#[tokio::test]
async fn octets_go_from_server_to_server() {
    let pairs: [(Product, Product); 5] =
        [(Proftpd, Pyftpdlib), (Pyftpdlib, Wharf), (Wharf, Proftpd), (Wharf, Wharf), (Proftpd, Wharf)];
    for (from, to) in pairs {
        let (one, another) = (from.start_with_partners(&Tree::difficult()), to.start_with_partners(&other()));
        let report = synced(&one, &another, LONG).await;
        let files = Tree::difficult().files().count() as u64;
        assert!(report.direct == files && report.not_direct.is_none(), "{from:?} to {to:?}: {report:?}");
    }
}

/// One of the two does not allow it: what is to connect elsewhere, or what somebody else connects to.
#[tokio::test]
async fn where_it_is_refused_they_go_through_the_client() {
    let tree = &Tree::difficult();
    for (one, another) in [
        (Proftpd.start(tree), Pyftpdlib.start_with_partners(&other())),
        (Wharf.start(tree), Proftpd.start_with_partners(&other())),
        (Proftpd.start_with_partners(tree), Pyftpdlib.start(&other())),
        (Proftpd.start_with_partners(tree), Wharf.start(&other())),
    ] {
        let report = synced(&one, &another, SHORT).await;
        let (from, to) = (one.product, another.product);
        assert!(report.direct == 0 && report.not_direct.is_some(), "{from:?} to {to:?}: {report:?}");
    }
}
