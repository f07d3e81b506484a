//! A way to a server that can be cut.

use std::{
    io,
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, channel},
    },
    thread,
};

/// Takes control connections to a server. Its threads end with the test's process.
pub(crate) struct Relay {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    way: Arc<Way>,
    refused: Receiver<()>,
}

#[derive(Default)]
struct Way {
    is_cut: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Relay {
    /// A way to `server`, on this machine.
    pub(crate) fn start(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, way) = (listener.local_addr().unwrap(), Arc::new(Way::default()));
        let (refuses, refused) = channel();
        let (server, takes) = (server.to_owned(), Arc::clone(&way));
        thread::spawn(move || {
            for client in listener.incoming() {
                match takes.is_cut.load(Ordering::SeqCst) {
                    false => takes.join(client.unwrap(), TcpStream::connect(&server).unwrap()),
                    // Nobody may wait for it.
                    true => drop((client, refuses.send(()))),
                }
            }
        });
        Self { address, way, refused }
    }

    /// Waits until a connection was not taken.
    pub(crate) fn refuses(&self) {
        self.refused.recv().unwrap();
    }

    /// Ends all connections and takes no more, or does again.
    pub(crate) fn cut(&self, cut: bool) {
        self.way.is_cut.store(cut, Ordering::SeqCst);
        for connection in self.way.open.lock().unwrap().drain(..) {
            // The other side may have ended it.
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

impl Way {
    fn join(&self, client: TcpStream, server: TcpStream) {
        let clone = |stream: &TcpStream| stream.try_clone().unwrap();
        self.open.lock().unwrap().extend([clone(&client), clone(&server)]);
        for (mut from, mut to) in [(clone(&client), clone(&server)), (server, client)] {
            thread::spawn(move || {
                let _ = io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Write);
            });
        }
    }
}
