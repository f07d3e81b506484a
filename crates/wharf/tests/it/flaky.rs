//! A way to a server that breaks when it is told to: control connections, and data connections of EPSV, pass through it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
};

/// Such a way.
pub(crate) struct Flaky {
    address: SocketAddr,
    breaks: Arc<Breaks>,
}

struct Breaks {
    server: SocketAddr,
    /// Ends all connections that there are.
    all: Notify,
    /// Whether a control connection ends with the next line from the client, unheard by the server.
    at_next_line: AtomicBool,
    /// A data connection is reset after so many octets, and its control connection with it.
    after_octets: AtomicU64,
    /// Whether an octet of each data connection is another one on the other side.
    spoils: AtomicBool,
    /// How many control connections were made.
    made: AtomicUsize,
}

impl Flaky {
    /// A way to `server` that does not break yet.
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let breaks = Arc::new(Breaks {
            server,
            all: Notify::new(),
            at_next_line: AtomicBool::new(false),
            after_octets: AtomicU64::new(u64::MAX),
            spoils: AtomicBool::new(false),
            made: AtomicUsize::new(0),
        });
        let shared = Arc::clone(&breaks);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                shared.made.fetch_add(1, Ordering::Relaxed);
                let breaks = Arc::clone(&shared);
                tokio::spawn(async move {
                    let (cut, cutting) = watch::channel(false);
                    tokio::select! {
                        _ = control(client, &breaks, cut, cutting.clone()) => {}
                        () = breaks.all.notified() => {}
                        () = is_cut(cutting) => {}
                    }
                });
            }
        });
        Self { address, breaks }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many control connections were made.
    pub(crate) fn made(&self) -> usize {
        self.breaks.made.load(Ordering::Relaxed)
    }

    /// Ends all control connections that there are.
    pub(crate) fn break_all(&self) {
        self.breaks.all.notify_waiters();
    }

    /// The next line from any client ends its control connection.
    pub(crate) fn break_at_next_line(&self) {
        self.breaks.at_next_line.store(true, Ordering::Relaxed);
    }

    /// Whether an octet of each data connection is another one on the other side, from now on.
    pub(crate) fn spoil(&self, spoils: bool) {
        self.breaks.spoils.store(spoils, Ordering::Relaxed);
    }

    /// Each data connection, and its control connection, ends after so many octets from now on.
    pub(crate) fn break_after(&self, octets: u64) {
        self.breaks.after_octets.store(octets, Ordering::Relaxed);
    }
}

async fn is_cut(mut cutting: watch::Receiver<bool>) {
    if cutting.wait_for(|cut| *cut).await.is_err() {
        std::future::pending().await
    }
}

async fn control(
    client: TcpStream,
    breaks: &Arc<Breaks>,
    cut: watch::Sender<bool>,
    cutting: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let cut = Arc::new(cut);
    let server = TcpStream::connect(breaks.server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, mut to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    let up = async {
        let mut from_client = BufReader::new(from_client);
        let mut line = Vec::new();
        while from_client.read_until(b'\n', &mut line).await? > 0 {
            if breaks.at_next_line.swap(false, Ordering::Relaxed) {
                return Ok(());
            }
            to_server.write_all(&line).await?;
            line.clear();
        }
        std::io::Result::Ok(())
    };
    let down = async {
        let mut from_server = BufReader::new(from_server);
        let mut line = Vec::new();
        while from_server.read_until(b'\n', &mut line).await? > 0 {
            let text = String::from_utf8_lossy(&line).into_owned();
            if let Some((before, port)) = text.split_once("(|||").filter(|_| text.starts_with("229")) {
                let port: u16 = port.split('|').next().unwrap().parse().unwrap();
                let ours = data(SocketAddr::new(breaks.server.ip(), port), breaks, &cut, &cutting).await?;
                line = format!("{before}(|||{ours}|)\r\n").into_bytes();
            }
            to_client.write_all(&line).await?;
            line.clear();
        }
        Ok(())
    };
    tokio::select! {
        ended = up => ended,
        ended = down => ended,
    }
}

/// Lets one data connection through to `server`: where to connect.
async fn data(
    server: SocketAddr,
    breaks: &Breaks,
    cut: &Arc<watch::Sender<bool>>,
    cutting: &watch::Receiver<bool>,
) -> std::io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let port = listener.local_addr()?.port();
    let budget = breaks.after_octets.load(Ordering::Relaxed);
    let spoils = breaks.spoils.load(Ordering::Relaxed);
    let (cut, cutting) = (Arc::clone(cut), cutting.clone());
    tokio::spawn(async move {
        let Ok((mut client, _)) = listener.accept().await else { return };
        let Ok(mut server) = TcpStream::connect(server).await else { return };
        let ended = tokio::select! {
            ended = forward(&mut client, &mut server, budget, spoils) => ended,
            () = is_cut(cutting) => Ended::Cut,
        };
        if ended != Ended::InOrder {
            let _ = (client.set_zero_linger(), server.set_zero_linger());
            drop((client, server));
        }
        if ended == Ended::Cut {
            cut.send_replace(true);
        }
    });
    Ok(port)
}

/// How a data connection has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    InOrder,
    /// One side has reset it.
    Reset,
    /// All octets that it may have are used up.
    Cut,
}

/// Forwards both ways until both have ended, or one not in order.
async fn forward(client: &mut TcpStream, server: &mut TcpStream, budget: u64, spoils: bool) -> Ended {
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let down = async {
        let ended = copy(&mut from_server, &mut to_client, budget, spoils).await;
        let _ = to_client.shutdown().await;
        ended
    };
    let up = async {
        let ended = copy(&mut from_client, &mut to_server, budget, spoils).await;
        let _ = to_server.shutdown().await;
        ended
    };
    tokio::pin!(down, up);
    tokio::select! {
        ended = &mut down => if ended == Ended::InOrder { up.await } else { ended },
        ended = &mut up => if ended == Ended::InOrder { down.await } else { ended },
    }
}

async fn copy(
    from: &mut (impl tokio::io::AsyncRead + Unpin),
    to: &mut (impl tokio::io::AsyncWrite + Unpin),
    mut budget: u64,
    mut spoils: bool,
) -> Ended {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match from.read(&mut buffer).await {
            Ok(0) => return Ended::InOrder,
            Ok(read) if (read as u64) < budget => {
                budget -= read as u64;
                if std::mem::take(&mut spoils) {
                    buffer[0] ^= 1;
                }
                if to.write_all(&buffer[..read]).await.is_err() {
                    return Ended::Reset;
                }
                // Who gets it has a turn: what is cut is what is on the way, and not all that ever came.
                tokio::task::yield_now().await;
            }
            Ok(_) => return Ended::Cut,
            Err(_) => return Ended::Reset,
        }
    }
}
