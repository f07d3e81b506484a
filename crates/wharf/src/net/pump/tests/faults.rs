//! What fails, stalls or is dropped.

use super::*;

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
