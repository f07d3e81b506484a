//! A sync whose connections are lost while it looks at the server.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use wharf::{
    Client, ErrorKind, Permissions, Server, User,
    client::sync::{Place, sync},
    server::Event,
    storage::Memory,
};

use crate::{backend::Backend, client_sync::here, fixture::nobody_at, flaky::Flaky, wire::in_time};

/// Connections that are still to be lost.
#[derive(Default)]
struct Losses {
    way: OnceLock<Flaky>,
    left: AtomicUsize,
}

impl Losses {
    fn lose_one(&self) {
        let left = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if left.is_ok() {
            self.way.get().unwrap().break_at_next_line();
        }
    }
}

/// Behind the first listing, connections are lost four times in a row, before anything is heard on them.
#[tokio::test]
async fn a_scan_waits_for_a_server_that_was_there() {
    let losses = Arc::new(Losses::default());
    let (at_first, again) = (Arc::clone(&losses), Arc::clone(&losses));
    let first = AtomicBool::new(true);
    let files =
        Memory::new().with_file("/d/one", "1").and_then(|files| files.with_file("/two", "2")).unwrap();
    let storage = Backend::new(files, move |step| {
        if step == "list" && first.swap(false, Ordering::Relaxed) {
            at_first.left.store(4, Ordering::Relaxed);
            at_first.lose_one();
        }
        Ok(())
    });
    let anna = User::new("anna", "secret", storage).permissions(Permissions::read_write());
    let builder = Server::builder().user(anna).on_event(move |event| {
        if matches!(event, Event::LoggedIn { .. }) {
            again.lose_one();
        }
    });
    let server = builder.serve().await.unwrap();
    let flaky = Flaky::to(server.address()).await;
    let client = Client::builder(flaky.address()).login("anna", "secret").connections(1).build().unwrap();
    assert!(losses.way.set(flaky).is_ok());
    let local = Memory::new();
    let report = in_time(sync(Place::server(&client, ""), here(&local)).run()).await.unwrap();
    report.into_result().unwrap();
    assert_eq!(local.read_file("/d/one").unwrap(), b"1");
    assert!(losses.way.get().unwrap().made() > 4);
}

#[tokio::test]
async fn nobody_waits_for_a_server_that_was_never_there() {
    let held = nobody_at("127.0.0.1:0".parse().unwrap()).await;
    let client = Client::builder(held.local_addr().unwrap()).login("anna", "secret").build().unwrap();
    let began = Instant::now();
    let error = sync(Place::server(&client, ""), here(&Memory::new())).run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}
