//! Both ways of moving octets between files and connections in clear.

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

#[tokio::test]
async fn files_of_all_sizes_are_sent_from_an_offset_to_their_end() {
    for size in SIZES {
        let content = noise(size);
        let file = file_of(&content);
        for offset in [0, 1, size / 2, size, size + 10] {
            for flow in ways() {
                let rest = content.get(offset..).unwrap_or_default();
                for announced in [None, Some(rest.len() as u64)] {
                    let mut flow = Flow { moved: Arc::default(), ..flow.clone() };
                    flow.announced = announced;
                    let (mut data, mut peer) = connected().await;
                    let sending = async {
                        send(body(&file, offset as u64), &mut data, &flow).await.unwrap();
                        data.shutdown().await.unwrap();
                    };
                    let mut received = Vec::new();
                    let ((), read) = tokio::join!(sending, peer.read_to_end(&mut received));
                    read.unwrap();
                    assert!(received == rest, "{size} from {offset}, by kernel: {}", flow.by_kernel);
                    assert_eq!(flow.moved.load(Ordering::Relaxed), rest.len() as u64);
                }
            }
        }
    }
}

#[tokio::test]
async fn what_is_received_goes_to_where_the_sink_is() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Local::open(folder.path()).unwrap();
    let path = Pathname::parse(b"/file").unwrap();
    let disk = folder.path().join("file");
    for size in SIZES {
        let content = noise(size);
        for flow in ways() {
            for mode in [WriteMode::Replace, WriteMode::CreateNew, WriteMode::Append, WriteMode::At(3)] {
                let before: &[u8] = match mode {
                    WriteMode::CreateNew => {
                        fs::remove_file(&disk).unwrap_or_default();
                        b""
                    }
                    _ => {
                        fs::write(&disk, "before").unwrap();
                        b"before"
                    }
                };
                let kept = match mode {
                    WriteMode::Append => before,
                    WriteMode::At(_) => &before[..3],
                    _ => b"",
                };
                let mut expected = [kept, &content].concat();
                if let (WriteMode::At(_), Some(behind)) = (mode, before.get(expected.len()..)) {
                    expected.extend_from_slice(behind);
                }
                let flow = Flow { moved: Arc::default(), ..flow.clone() };
                let mut sink = storage.open_write(&path, mode).await.unwrap();
                let (mut data, mut peer) = connected().await;
                let sending = async {
                    peer.write_all(&content).await.unwrap();
                    peer.shutdown().await.unwrap();
                };
                let ((), received) = tokio::join!(sending, receive(&mut data, &mut *sink, &flow));
                received.unwrap();
                sink.finish().await.unwrap();
                assert!(
                    fs::read(&disk).unwrap() == expected,
                    "{size}, {mode:?}, by kernel: {}",
                    flow.by_kernel
                );
                assert_eq!(flow.moved.load(Ordering::Relaxed), size as u64);
            }
        }
    }
}

/// Two that write to the end of one file at the same time: no octet of either is written over.
#[tokio::test]
async fn what_is_appended_finds_the_end_that_others_move() {
    let content = noise(3 << 20);
    for (flow, mut data, mut peer) in ways_and_connections().await {
        let folder = tempfile::tempdir().unwrap();
        let storage = Local::open(folder.path()).unwrap();
        let path = Pathname::parse(b"/file").unwrap();
        let mut sink = storage.open_write(&path, WriteMode::Append).await.unwrap();
        let disk = folder.path().join("file");
        let mut other = fs::OpenOptions::new().append(true).open(&disk).unwrap();
        let moved = flow.moved.clone();
        let sending = async {
            for (number, piece) in content.chunks(1 << 20).enumerate() {
                peer.write_all(piece).await.unwrap();
                while moved.load(Ordering::Relaxed) < ((number + 1) << 20) as u64 {
                    tokio::task::yield_now().await;
                }
                other.write_all(b"from somebody else").unwrap();
            }
            peer.shutdown().await.unwrap();
        };
        let ((), received) = tokio::join!(sending, receive(&mut data, &mut *sink, &flow));
        received.unwrap();
        sink.finish().await.unwrap();
        let found = fs::metadata(&disk).unwrap().len();
        assert_eq!(found, (content.len() + 3 * 18) as u64, "by kernel: {}", flow.by_kernel);
    }
}

/// On ext4; on others the octets have to be right.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_file_that_nobody_else_writes_has_room_ahead_and_keeps_none() {
    use std::os::unix::fs::MetadataExt;

    let folder = tempfile::tempdir().unwrap();
    let known = rustix::fs::statfs(folder.path()).unwrap().f_type as u64 & 0xffff_ffff == 0xef53;
    let storage = Local::open(folder.path()).unwrap();
    let content = noise(3 << 20);
    for mode in [WriteMode::Replace, WriteMode::At(0)] {
        for (number, (flow, mut data, mut peer)) in ways_and_connections().await.into_iter().enumerate() {
            let path = Pathname::parse(format!("/{mode:?}-{number}").as_bytes()).unwrap();
            let mut sink = storage.open_write(&path, mode).await.unwrap();
            let file = sink.file().unwrap();
            let taken = || {
                file.sync_all().unwrap();
                file.metadata().unwrap().blocks() * 512
            };
            let (by_kernel, moved) = (flow.by_kernel, flow.moved.clone());
            let sending = async {
                // The first piece that comes after so many has room made: as much again.
                let sent = (1 << 20) + 1;
                let mut octets = 0;
                for piece in [&content[..sent - 1], &content[sent - 1..sent]] {
                    peer.write_all(piece).await.unwrap();
                    octets += piece.len() as u64;
                    while moved.load(Ordering::Relaxed) < octets {
                        tokio::task::yield_now().await;
                    }
                }
                at_rest(&moved).await;
                let has_room = by_kernel && mode == WriteMode::Replace;
                assert!(!known || (taken() >= 2 << 20) == has_room, "{mode:?} {number}: {} octets", taken());
                peer.write_all(&content[sent..]).await.unwrap();
                peer.shutdown().await.unwrap();
            };
            let ((), received) = tokio::join!(sending, receive(&mut data, &mut *sink, &flow));
            received.unwrap();
            sink.finish().await.unwrap();
            assert!(!known || taken() >> 20 == 3, "{mode:?} {number}: {} octets", taken());
            assert!(
                fs::read(folder.path().join(path.name().unwrap().escape_ascii().to_string())).unwrap()
                    == content
            );
        }
    }
}

/// The sender waits for the peer, with octets underway and without, and goes on.
#[tokio::test]
async fn a_peer_that_rests_gets_all() {
    let content = noise(LARGE);
    let file = file_of(&content);
    for flow in ways() {
        let (mut data, mut peer) = connected().await;
        let moved = flow.moved.clone();
        let sending = async {
            send(body(&file, 0), &mut data, &flow).await.unwrap();
            data.shutdown().await.unwrap();
        };
        let reading = async {
            let mut received = vec![0; 1 << 20];
            for part in 0..3 {
                at_rest(&moved).await;
                received.resize((part + 1) * (6 << 20), 0);
                peer.read_exact(&mut received[part * (6 << 20)..]).await.unwrap();
            }
            peer.read_to_end(&mut received).await.unwrap();
            received
        };
        let ((), received) = tokio::join!(sending, reading);
        assert!(received == content, "by kernel: {}", flow.by_kernel);
    }
}

#[tokio::test]
async fn a_peer_that_sends_with_rests_is_waited_for() {
    let content = noise(4 << 20);
    for flow in ways() {
        let file = Arc::new(tempfile::tempfile().unwrap());
        let (mut data, mut peer) = connected().await;
        let moved = flow.moved.clone();
        let sending = async {
            for part in content.chunks(1 << 20) {
                peer.write_all(part).await.unwrap();
                at_rest(&moved).await;
            }
            peer.shutdown().await.unwrap();
        };
        let mut sink = FileOnly(file.clone());
        let ((), received) = tokio::join!(sending, receive(&mut data, &mut sink, &flow));
        received.unwrap();
        assert!(content_of(&file) == content, "by kernel: {}", flow.by_kernel);
    }
}

#[tokio::test]
async fn a_peer_that_stalls_is_not_waited_for() {
    let file = file_of(&noise(LARGE));
    for flow in ways() {
        let flow = Flow { stall_timeout: Duration::from_millis(200), ..flow };
        let (mut data, _peer) = connected().await;
        let sent = send(body(&file, 0), &mut data, &flow).await;
        assert!(matches!(sent, Err(PumpError::Stalled)), "{sent:?}");
        for beginning in [0, 1, 100_000] {
            let (mut data, mut peer) = connected().await;
            peer.write_all(&noise(beginning)).await.unwrap();
            let mut sink = FileOnly(Arc::new(tempfile::tempfile().unwrap()));
            let received = receive(&mut data, &mut sink, &flow).await;
            assert!(matches!(received, Err(PumpError::Stalled)), "{received:?}");
        }
    }
}

#[tokio::test]
async fn a_connection_that_is_reset_is_an_error_of_the_connection() {
    let file = file_of(&noise(LARGE));
    for flow in ways() {
        let (mut data, mut peer) = connected().await;
        let reading = async {
            peer.read_exact(&mut [0; 1000]).await.unwrap();
            data::reset(peer.into());
        };
        let (sent, ()) = tokio::join!(send(body(&file, 0), &mut data, &flow), reading);
        assert!(matches!(sent, Err(PumpError::Data(_))), "{sent:?}");
        for beginning in [0, 1, 100_000] {
            let (mut data, mut peer) = connected().await;
            let flow = Flow { moved: Arc::default(), ..flow.clone() };
            let moved = flow.moved.clone();
            let sending = async {
                peer.write_all(&noise(beginning)).await.unwrap();
                while moved.load(Ordering::Relaxed) < beginning as u64 {
                    tokio::task::yield_now().await;
                }
                data::reset(peer.into());
            };
            let mut sink = FileOnly(Arc::new(tempfile::tempfile().unwrap()));
            let (received, ()) = tokio::join!(receive(&mut data, &mut sink, &flow), sending);
            assert!(matches!(received, Err(PumpError::Data(_))), "{received:?}");
        }
    }
}

/// An upload that goes on at an offset keeps them.
#[tokio::test]
async fn what_came_before_a_reset_is_in_the_file() {
    for flow in ways() {
        let (mut data, mut peer) = connected().await;
        let file = file_of(b"");
        let mut sink = FileOnly(Arc::new(file.try_clone().unwrap()));
        let cutting = async {
            peer.write_all(&noise(1000)).await.unwrap();
            while flow.moved.load(Ordering::Relaxed) < 1000 {
                tokio::task::yield_now().await;
            }
            data::reset(peer.into());
        };
        let (received, ()) = tokio::join!(receive(&mut data, &mut sink, &flow), cutting);
        assert!(matches!(received, Err(PumpError::Data(_))), "{received:?}");
        assert!(content_of(&file) == noise(1000));
    }
}

#[tokio::test]
async fn a_file_that_becomes_shorter_is_an_error_of_the_storage() {
    let file = file_of(&noise(LARGE));
    for flow in ways() {
        file.set_len(LARGE as u64).unwrap();
        let mut flow = flow;
        flow.announced = Some(LARGE as u64);
        let (mut data, mut peer) = connected().await;
        let moved = flow.moved.clone();
        let reading = async {
            at_rest(&moved).await;
            file.set_len(1000).unwrap();
            tokio::io::copy(&mut peer, &mut tokio::io::sink()).await.unwrap()
        };
        let sending = async {
            let sent = send(body(&file, 0), &mut data, &flow).await;
            data.shutdown().await.unwrap();
            sent
        };
        let (sent, received) = tokio::join!(sending, reading);
        let Err(PumpError::Storage(error)) = sent else { panic!("{sent:?}") };
        assert_eq!(error.kind(), ErrorKind::Failed);
        assert!(received < LARGE as u64);
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

/// A peer was told how long it is, and may have planned with it.
#[tokio::test]
async fn a_file_that_grows_is_sent_as_it_was_when_it_was_opened() {
    for size in [1000, 1 << 20, LARGE] {
        for (flow, mut data, mut peer) in ways_and_connections().await {
            let file = file_of(&noise(size));
            let flow = Flow { announced: Some(size as u64), ..flow };
            let moved = flow.moved.clone();
            let reading = async {
                at_rest(&moved).await;
                (&file).write_all(&noise(100_000)).unwrap();
                tokio::io::copy(&mut peer, &mut tokio::io::sink()).await.unwrap()
            };
            let sending = async {
                if size < LARGE {
                    (&file).write_all(b"more").unwrap();
                }
                send(body(&file, 0), &mut data, &flow).await.unwrap();
                data.shutdown().await.unwrap();
            };
            let ((), received) = tokio::join!(sending, reading);
            assert_eq!(received, size as u64, "{data:?}");
        }
    }
}

#[tokio::test]
async fn a_file_whose_size_was_not_told_is_sent_to_its_end() {
    for (flow, mut data, mut peer) in ways_and_connections().await {
        let file = file_of(&noise(LARGE));
        let moved = flow.moved.clone();
        let reading = async {
            at_rest(&moved).await;
            (&file).write_all(b"more").unwrap();
            tokio::io::copy(&mut peer, &mut tokio::io::sink()).await.unwrap()
        };
        let sending = async {
            send(body(&file, 0), &mut data, &flow).await.unwrap();
            data.shutdown().await.unwrap();
        };
        let ((), received) = tokio::join!(sending, reading);
        assert_eq!(received, LARGE as u64 + 4);
    }
}

#[tokio::test]
async fn a_peer_that_stalls_under_tls_is_not_waited_for() {
    let flow = Flow::new(Duration::from_millis(200));
    let file = file_of(&noise(LARGE));
    let (mut data, mut peer) = tls_pair::connected(false).await;
    let sent = send(body(&file, 0), &mut data, &flow).await;
    assert!(matches!(sent, Err(PumpError::Stalled)), "{sent:?}");
    for beginning in [0, 1, 1 << 20] {
        (data, peer) = tls_pair::connected(false).await;
        let target = tempfile::tempfile().unwrap();
        let mut sink = FileOnly(Arc::new(target.try_clone().unwrap()));
        let flow = Flow { moved: Arc::default(), ..flow.clone() };
        let sending = async {
            peer.write_all(&noise(beginning)).await.unwrap();
            peer.flush().await.unwrap();
        };
        let (received, ()) = tokio::join!(receive(&mut data, &mut sink, &flow), sending);
        assert!(matches!(received, Err(PumpError::Stalled)), "{received:?}");
        assert!(content_of(&target) == noise(beginning), "{beginning}");
    }
    drop(peer);
}

/// Also where the thread cannot leave yet: the connection is lent, and not out of reach.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_sees_the_reset_of_a_connection_that_is_lent() {
    for (_, mut data, mut peer) in ways_and_connections().await {
        let lent = data.lend().unwrap();
        data::reset(data);
        let end = timeout(Duration::from_secs(10), peer.read(&mut [0; 10])).await.unwrap();
        assert_eq!(end.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        drop(lent);
    }
}

/// The peer sees a reset, and nothing moves when the transfer has settled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_that_is_dropped_settles() {
    let content = noise(LARGE);
    let file = file_of(&content);
    for flow in ways() {
        let (mut data, mut peer) = connected().await;
        let mut part = vec![0; 100_000];
        tokio::select! {
            biased;
            sent = send(body(&file, 0), &mut data, &flow) => panic!("{sent:?}"),
            read = peer.read_exact(&mut part) => drop(read.unwrap()),
        }
        data::reset(data);
        flow.settled().await;
        let moved = flow.moved.load(Ordering::Relaxed);
        let rest = peer.read_to_end(&mut Vec::new()).await;
        assert_eq!(rest.unwrap_err().kind(), io::ErrorKind::ConnectionReset, "by kernel: {}", flow.by_kernel);
        assert_eq!(flow.moved.load(Ordering::Relaxed), moved);

        let flow = Flow { moved: Arc::default(), ..flow };
        let target = Arc::new(tempfile::tempfile().unwrap());
        let (mut data, mut peer) = connected().await;
        let mut sink = FileOnly(target.clone());
        tokio::select! {
            biased;
            received = receive(&mut data, &mut sink, &flow) => panic!("{received:?}"),
            written = peer.write_all(&content) => written.unwrap(),
        }
        data::reset(data);
        flow.settled().await;
        let length = target.metadata().unwrap().len();
        peer.write_all(&content).await.unwrap_err();
        assert_eq!(target.metadata().unwrap().len(), length);
        assert!(content_of(&target) == content[..length as usize]);
    }
}

/// Also while the peer takes all, and before anybody resets the connection.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_leaves_a_transfer_that_is_dropped() {
    let file = tempfile::tempfile().unwrap();
    file.set_len(1 << 40).unwrap();
    for _ in 0..10 {
        for (flow, mut data, mut peer) in ways_and_connections().await {
            let reading =
                tokio::spawn(async move { tokio::io::copy(&mut peer, &mut tokio::io::sink()).await });
            let begun = async {
                while flow.moved.load(Ordering::Relaxed) < 4 << 20 {
                    tokio::task::yield_now().await;
                }
            };
            tokio::select! {
                sent = send(body(&file, 0), &mut data, &flow) => panic!("{sent:?}"),
                () = begun => {}
            }
            let before = flow.moved.load(Ordering::Relaxed);
            flow.settled().await;
            // What one system call moves, and one that began meanwhile.
            assert!(flow.moved.load(Ordering::Relaxed) <= before + (2 << 20));
            drop(data);
            let _ = reading.await.unwrap();
        }
    }
}

/// To a twentieth: never more, and less only where the machine is too busy, for which it has some tries.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_speed_limit_is_held() {
    const LIMIT: u64 = 20_000_000;
    const TRIES: usize = 5;
    let size = 2 * LIMIT as usize;
    let file = file_of(&noise(size));
    for way in 0..3 {
        for up in [false, true] {
            let mut slow = Vec::new();
            while slow.len() < TRIES {
                let (mut flow, mut data, mut peer) =
                    ways_and_connections().await.into_iter().nth(way).unwrap();
                flow.throttles = vec![Throttle::unlimited(), Throttle::new(LIMIT)];
                let began = Instant::now();
                if up {
                    let sending = async {
                        peer.write_all(&noise(size)).await.unwrap();
                        peer.shutdown().await.unwrap();
                    };
                    let mut sink = FileOnly(Arc::new(tempfile::tempfile().unwrap()));
                    let ((), received) = tokio::join!(sending, receive(&mut data, &mut sink, &flow));
                    received.unwrap();
                } else {
                    let sending = async {
                        send(body(&file, 0), &mut data, &flow).await.unwrap();
                        data.shutdown().await.unwrap();
                    };
                    let mut discarding = tokio::io::sink();
                    let ((), received) = tokio::join!(sending, tokio::io::copy(&mut peer, &mut discarding));
                    assert_eq!(received.unwrap(), size as u64);
                }
                let seconds = began.elapsed().as_secs_f64();
                assert!(seconds >= 1.9, "upload: {up}, way {way}: {seconds} s");
                if seconds <= 2.1 {
                    break;
                }
                slow.push(seconds);
            }
            assert!(slow.len() < TRIES, "upload: {up}, way {way}: {slow:?} s");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_that_comes_while_octets_move_holds_from_then_on() {
    let file = file_of(&noise(LARGE));
    for flow in ways() {
        let throttle = Throttle::unlimited();
        let flow = Flow { throttles: vec![throttle.clone()], ..flow };
        let (mut data, mut peer) = connected().await;
        let moved = flow.moved.clone();
        let reading = async {
            let mut part = vec![0; 1 << 20];
            peer.read_exact(&mut part).await.unwrap();
            throttle.set_limit(Some(4_000_000));
            let before = moved.load(Ordering::Relaxed);
            let began = Instant::now();
            // What a call was about to move when the limit came is still moved.
            while moved.load(Ordering::Relaxed) < before + (2 << 20) {
                let _ = timeout(Duration::from_millis(10), peer.read(&mut part)).await;
            }
            began.elapsed()
        };
        tokio::select! {
            biased;
            sent = send(body(&file, 0), &mut data, &flow) => panic!("{sent:?}"),
            elapsed = reading => assert!(elapsed > Duration::from_millis(200), "{elapsed:?}"),
        }
    }
}

/// The only thread for work that waits is taken.
#[test]
fn a_short_file_needs_no_thread() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap();
    let (release, taken) = mpsc::channel::<()>();
    let blocked = runtime.spawn_blocking(move || taken.recv());
    runtime.block_on(async {
        let [by_kernel, _] = ways();
        let content = noise(10_000);
        let file = file_of(&content);
        let (mut data, mut peer) = connected().await;
        send(body(&file, 0), &mut data, &by_kernel).await.unwrap();
        let mut received = vec![0; content.len()];
        peer.read_exact(&mut received).await.unwrap();
        assert!(received == content);
        let target = Arc::new(tempfile::tempfile().unwrap());
        peer.write_all(&content).await.unwrap();
        peer.shutdown().await.unwrap();
        receive(&mut data, &mut FileOnly(target.clone()), &by_kernel).await.unwrap();
        assert!(content_of(&target) == content);
        drop(release);
        blocked.await.unwrap().unwrap_err();
    });
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn files_that_the_kernel_cannot_move_are_copied() {
    let content = noise(1 << 20);
    let [by_kernel, _] = ways();
    let received = |file: fs::File| async {
        let flow = Flow { moved: Arc::default(), ..by_kernel.clone() };
        let (mut data, mut peer) = connected().await;
        let sending = async {
            // What does not fit any more is not taken.
            let _ = peer.write_all(&content).await;
            let _ = peer.shutdown().await;
        };
        let mut sink = FileOnly(Arc::new(file));
        tokio::join!(sending, async { receive(&mut data, &mut sink, &flow).await }).1
    };
    // splice does not append.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    received(fs::File::options().append(true).create(true).open(&path).unwrap()).await.unwrap();
    assert!(fs::read(&path).unwrap() == content);
    // What stands here has no room for an octet.
    let full = received(fs::File::options().write(true).open("/dev/full").unwrap()).await;
    let Err(PumpError::Storage(error)) = full else { panic!("{full:?}") };
    assert_eq!(error.kind(), ErrorKind::NoSpace);
}

/// Urgent data is not part of a file; what comes behind it is. splice stops before it.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn urgent_data_does_not_stop_an_upload() {
    use rustix::net::SendFlags;

    let content = noise(300_000);
    let (begin, rest) = content.split_at(150_000);
    let [by_kernel, _] = ways();
    for waits in [true, false] {
        let flow = Flow { moved: Arc::default(), ..by_kernel.clone() };
        let (mut data, mut peer) = connected().await;
        let moved = flow.moved.clone();
        let sending = async {
            peer.write_all(begin).await.unwrap();
            rustix::net::send(&peer, b"!", SendFlags::OOB).unwrap();
            if waits {
                at_rest(&moved).await;
            }
            peer.write_all(rest).await.unwrap();
            peer.shutdown().await.unwrap();
        };
        let target = Arc::new(tempfile::tempfile().unwrap());
        let mut sink = FileOnly(target.clone());
        let ((), received) = tokio::join!(sending, receive(&mut data, &mut sink, &flow));
        received.unwrap();
        assert!(content_of(&target) == content, "waits: {waits}");
    }
}

/// A peer that sends all the time, a little each time, has a thread for no longer than others have.
#[cfg(target_os = "linux")]
#[test]
fn a_trickle_does_not_keep_a_thread() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    runtime.block_on(async {
        let [by_kernel, _] = ways();
        let (mut data, mut peer) = connected().await;
        let mut sink = FileOnly(Arc::new(tempfile::tempfile().unwrap()));
        let receiving = receive(&mut data, &mut sink, &by_kernel);
        let trickle = async {
            peer.write_all(&noise(1 << 20)).await.unwrap();
            loop {
                peer.write_all(b"octets").await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        let other = async {
            at_rest(&Arc::default()).await;
            tokio::task::spawn_blocking(|| ()).await.unwrap();
        };
        tokio::select! {
            received = receiving => panic!("{received:?}"),
            never = trickle => never,
            late = timeout(Duration::from_secs(10), other) => late.unwrap(),
        }
    });
}
