//! Limits of speed.

use super::*;

/// To a twentieth: never more, and less only where the machine is too busy, for which it has some tries.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_speed_limit_is_held() {
    const LIMIT: u64 = 20_000_000;
    const TRIES: usize = 5;
    let size = 2 * LIMIT as usize;
    let content = noise(size);
    let file = file_of(&content);
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
                        peer.write_all(&content).await.unwrap();
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
            let began = Instant::now();
            throttle.set_limit(Some(4_000_000));
            let before = moved.load(Ordering::Relaxed);
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
