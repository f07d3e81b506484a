//! Servers to test, and what is asked of them again and again.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::net::TcpSocket;
use wharf::{
    Event, Permissions, Server, ServerBuilder, User,
    storage::{Memory, Storage},
};

use crate::wire::{Wire, in_time};

/// Both network protocols.
pub const BOTH: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// A server at `host` for `anna`, whose password is `secret` and who may do everything.
pub fn builder(host: IpAddr, storage: impl Storage) -> ServerBuilder {
    eprintln!("a server at {host}");
    let anna = User::new("anna", "secret", storage).permissions(Permissions::read_write());
    Server::builder().listen(SocketAddr::new(host, 0)).user(anna).login_attempts(3, Duration::ZERO)
}

/// Such a server at all addresses of the loopback network, from each of which [`from`] comes.
pub fn everywhere(storage: impl Storage) -> ServerBuilder {
    builder(Ipv4Addr::UNSPECIFIED.into(), storage)
}

/// A connection from this address.
pub async fn from(address: [u8; 4], server: &Server) -> Wire {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((address, 0).into()).unwrap();
    let to = SocketAddr::from((Ipv4Addr::LOCALHOST, server.address().port()));
    Wire::over(in_time(socket.connect(to)).await.unwrap())
}

/// Such a server, running.
pub async fn serve(host: IpAddr, storage: impl Storage) -> Server {
    builder(host, storage).serve().await.unwrap()
}

/// Files to play with: two in the root, one in `pub`, and the empty directory `empty`.
pub fn files() -> Memory {
    let files = Memory::new().with_file("/a.txt", "one\r\ntwo\r\n").unwrap();
    let files = files.with_file("/b.bin", octets(100_000)).unwrap();
    files.with_file("/pub/c.txt", "c").unwrap().with_dir("/empty").unwrap()
}

/// That many octets of all values, in no short period.
pub fn octets(count: usize) -> Vec<u8> {
    (0..count).map(|at| (at.wrapping_mul(31) ^ (at >> 8)) as u8).collect()
}

/// The events of a server in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Events(Arc<Mutex<Vec<Event>>>, Arc<tokio::sync::Notify>);

impl Events {
    /// The hook for [`ServerBuilder::on_event`].
    pub fn hook(&self) -> impl Fn(&Event) + Send + Sync + 'static {
        let Self(events, news) = self.clone();
        move |event| {
            events.lock().unwrap().push(event.clone());
            news.notify_waiters();
        }
    }

    /// All events so far.
    pub fn so_far(&self) -> Vec<Event> {
        self.0.lock().unwrap().clone()
    }

    /// Waits until so many events that `wanted` picks have come.
    pub async fn wait_for(&self, count: usize, wanted: impl Fn(&Event) -> bool) {
        in_time(async {
            loop {
                let news = self.1.notified();
                tokio::pin!(news);
                news.as_mut().enable();
                if self.0.lock().unwrap().iter().filter(|event| wanted(event)).count() >= count {
                    return;
                }
                news.await;
            }
        })
        .await;
    }

    /// Waits until so many sessions have ended.
    pub async fn wait_for_closed(&self, count: usize) {
        self.wait_for(count, |event| matches!(event, Event::SessionClosed { .. })).await;
    }
}
