//! Both ways of moving octets between files and connections in clear.

mod faults;
#[cfg(target_os = "linux")]
mod linux;
mod speed;
mod whole;

use std::{
    fs,
    io::{Read, Seek, SeekFrom, Write},
    net::{Ipv4Addr, SocketAddr},
    sync::mpsc,
};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Instant, sleep},
};
use wharf_storage::{ErrorKind, Local, Pathname, Storage, WriteMode};

use super::*;
use crate::net::{data, tls_pair};

/// Around what is moved without a thread, around what a thread moves with one call, and more than buffers hold.
const SIZES: [usize; 9] = [0, 1, 4096, 65_535, 65_536, 65_537, 1 << 20, (1 << 20) + 1, 9_000_001];

/// More than the buffers of a connection hold.
const LARGE: usize = 64 << 20;

fn ways() -> [Flow; 2] {
    [true, false].map(|by_kernel| Flow { by_kernel, ..Flow::new(Duration::from_secs(30)) })
}

pub(super) async fn connected() -> (Stream, TcpStream) {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.unwrap();
    let (near, far) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
    (near.unwrap().into(), far.unwrap().0)
}

/// Octets that are the same again after a length that no buffer has.
fn noise(size: usize) -> Vec<u8> {
    let mut octets: Vec<u8> =
        (0..size.min(1_000_003) as u32).map(|at| (at.wrapping_mul(0x9e37_79b9) >> 24) as u8).collect();
    while octets.len() < size {
        octets.extend_from_within(..(size - octets.len()).min(1_000_003));
    }
    octets
}

fn file_of(content: &[u8]) -> fs::File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    file
}

fn body(file: &fs::File, offset: u64) -> SourceBody {
    SourceBody::File { file: Arc::new(file.try_clone().unwrap()), offset }
}

/// Writes a file and offers nothing else.
struct FileOnly(Arc<fs::File>);

#[async_trait]
impl Sink for FileOnly {
    fn file(&self) -> Option<Arc<fs::File>> {
        Some(self.0.clone())
    }

    async fn write(&mut self, chunk: Bytes) -> wharf_storage::Result<()> {
        Ok((&*self.0).write_all(&chunk)?)
    }

    async fn finish(self: Box<Self>) -> wharf_storage::Result<()> {
        Ok(())
    }
}

fn content_of(mut file: &fs::File) -> Vec<u8> {
    let mut content = Vec::new();
    file.seek(SeekFrom::Start(0)).unwrap();
    file.read_to_end(&mut content).unwrap();
    content
}

/// Waits until a transfer moves no further.
async fn at_rest(moved: &AtomicU64) {
    let mut before = u64::MAX;
    while moved.load(Ordering::Relaxed) != before {
        before = moved.load(Ordering::Relaxed);
        sleep(Duration::from_millis(50)).await;
    }
}

/// By the kernel, by copies, and under TLS.
async fn ways_and_connections() -> [(Flow, Stream, Stream); 3] {
    let [by_kernel, copied] = ways();
    let [(one, other), (third, fourth)] = [connected().await, connected().await];
    let (protected, peer) = tls_pair::connected(false).await;
    [
        (Flow { moved: Arc::default(), ..by_kernel.clone() }, protected, peer),
        (by_kernel, one, other.into()),
        (copied, third, fourth.into()),
    ]
}
