//! All octets arrive, in their order.

use super::*;

#[tokio::test]
async fn files_of_all_sizes_are_sent_from_an_offset_to_their_end() {
    for size in SIZES {
        let content = noise(size);
        let file = file_of(&content);
        for offset in [0, 1, size / 2, size, size + 10] {
            let [by_kernel, copied] = ways();
            let for_a_reader = Flow { for_a_reader: true, ..by_kernel.clone() };
            for flow in [by_kernel, for_a_reader, copied] {
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
                    assert!(received == rest, "{size} from {offset}: {flow:?}");
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
