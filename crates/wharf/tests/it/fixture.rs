//! Servers to test, and what is asked of them again and again.

use std::{
    fmt::Debug,
    future::Future,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    ops::RangeInclusive,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::{Stream, StreamExt};
use tokio::net::{TcpListener, TcpSocket};
use wharf::{
    Event, Permissions, Server, ServerBuilder, User,
    client::Progress,
    storage::{Memory, Storage},
};

use crate::wire::{Wire, in_time};

/// Both network protocols.
pub const BOTH: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// A server at `host` for `anna`, whose password is `secret` and who may do everything.
pub fn builder(host: IpAddr, storage: impl Storage) -> ServerBuilder {
    eprintln!("a server at {host}");
    let anna = User::new("anna", "secret", storage).permissions(Permissions::read_write());
    Server::builder()
        .listen(SocketAddr::new(host, 0))
        .user(anna)
        .limits(|limits| limits.login_delay = Duration::ZERO)
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

/// A range of ports that are free, below those that the system gives out by itself. Each test has a `from` of its own, below
/// 2,000; two runs of one test seldom meet.
pub async fn free_ports(host: IpAddr, count: u16, from: u16) -> RangeInclusive<u16> {
    let from = 10_000 + from + (std::process::id() % 11) as u16 * 2_000;
    for first in (from..).step_by(usize::from(count)) {
        let range = first..=first + count - 1;
        let mut held = Vec::new();
        for port in range.clone() {
            held.extend(TcpListener::bind((host, port)).await);
        }
        if held.len() == range.len() {
            return range;
        }
    }
    panic!("no {count} free ports")
}

/// Takes a port, also that of a server that was dropped: nobody listens there, and nobody else gets it.
pub async fn nobody_at(address: SocketAddr) -> TcpSocket {
    in_time(async {
        loop {
            let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }.unwrap();
            socket.set_reuseaddr(true).unwrap();
            if socket.bind(address).is_ok() {
                return socket;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
}

/// Files to play with: two in the root, one in `pub`, and the empty directory `empty`.
pub fn files() -> Memory {
    let files = Memory::new().with_file("/a.txt", "one\r\ntwo\r\n").unwrap();
    let files = files.with_file("/b.bin", octets(100_000)).unwrap();
    files.with_file("/pub/c.txt", "c").unwrap().with_dir("/empty").unwrap()
}

/// Does `work` until so many octets have moved, and drops it.
pub async fn drop_after<T: Debug>(
    work: impl Future<Output = T>,
    mut progress: impl Stream<Item = Progress> + Unpin,
    octets: u64,
) {
    let enough = async {
        while let Some(event) = progress.next().await {
            match event {
                Progress::Moved { octets: so_far, .. } if so_far >= octets => return,
                _ => {}
            }
        }
    };
    tokio::select! {
        done = work => panic!("it was not to end: {done:?}"),
        () = enough => {}
    }
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
