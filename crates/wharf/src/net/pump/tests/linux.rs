//! What the kernel does, and threads that wait for it.

use super::*;

/// On ext4; on others the octets have to be right.
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

/// Also while the peer takes all, and before anybody resets the connection.
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
