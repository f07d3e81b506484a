//! Happy eyeballs: which of several addresses answers (RFC 8305).

use std::{io, net::SocketAddr, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::time::sleep;

/// How long an attempt is waited for before the next one begins beside it (RFC 8305 section 8).
const STAGGER: Duration = Duration::from_millis(250);

/// What comes of the first attempt that succeeds. Each begins when the one before has failed, or has taken 250 ms; the
/// families take turns, beginning with that of the first address.
///
/// # Errors
/// That of the attempt that failed last, when all have.
pub(super) async fn race<T, F>(
    addresses: Vec<SocketAddr>,
    mut attempt: impl FnMut(SocketAddr) -> F,
) -> io::Result<T>
where
    F: Future<Output = io::Result<T>>,
{
    let mut waiting = in_turns(addresses).into_iter();
    let mut running = FuturesUnordered::new();
    let mut failed = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    loop {
        match waiting.next() {
            Some(address) => running.push(attempt(address)),
            None if running.is_empty() => return Err(failed),
            None => {}
        }
        tokio::select! {
            biased;
            Some(ended) = running.next() => match ended {
                Ok(connected) => return Ok(connected),
                Err(error) => failed = error,
            },
            () = sleep(STAGGER), if waiting.len() > 0 => {}
        }
    }
}

/// The addresses, with those of the two families in turns (RFC 8305 section 4).
fn in_turns(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let begins_with_ipv6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == begins_with_ipv6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut turns = Vec::with_capacity(first.len() + second.len());
    while first.len() + second.len() > 0 {
        turns.extend(first.next());
        turns.extend(second.next());
    }
    turns
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, future::pending};

    use tokio::time::Instant;

    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| SocketAddr::new(text.parse().unwrap(), 21)).collect()
    }

    #[test]
    fn families_take_turns() {
        for (given, tried) in [
            (&["::1", "::2", "::3", "1.1.1.1"][..], &["::1", "1.1.1.1", "::2", "::3"][..]),
            (&["1.1.1.1", "::1", "1.1.1.2"], &["1.1.1.1", "::1", "1.1.1.2"]),
            (&["1.1.1.1", "1.1.1.2"], &["1.1.1.1", "1.1.1.2"]),
            (&[], &[]),
        ] {
            assert_eq!(in_turns(addresses(given)), addresses(tried));
        }
    }

    /// What became of a race, when, and at what times attempts began. Addresses that end in 1 are black holes, those in 2
    /// refuse after 100 ms, those in 3 take 300 ms to connect.
    async fn run(texts: &[&str]) -> (io::Result<String>, u128, Vec<u128>) {
        let (start, begun) = (Instant::now(), RefCell::new(Vec::new()));
        let ended = race(addresses(texts), |address| {
            begun.borrow_mut().push(start.elapsed().as_millis());
            async move {
                let text = address.ip().to_string();
                match text.chars().last() {
                    Some('1') => pending().await,
                    Some('2') => {
                        sleep(Duration::from_millis(100)).await;
                        Err(io::Error::new(io::ErrorKind::ConnectionRefused, text))
                    }
                    _ => {
                        sleep(Duration::from_millis(300)).await;
                        Ok(text)
                    }
                }
            }
        });
        let ended = ended.await;
        (ended, start.elapsed().as_millis(), begun.into_inner())
    }

    #[tokio::test(start_paused = true)]
    async fn a_black_hole_costs_a_quarter_of_a_second() {
        let (ended, after, begun) = run(&["::1", "1.1.1.3"]).await;
        assert_eq!((ended.unwrap().as_str(), begun), ("1.1.1.3", vec![0, 250]));
        assert!((550..=552).contains(&after), "{after}");
        let (ended, _, begun) = run(&["::1", "::1", "1.1.1.1", "1.1.1.3"]).await;
        assert_eq!((ended.unwrap().as_str(), begun), ("1.1.1.3", vec![0, 250, 500, 750]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_not_waited_out_and_the_slow_first_wins() {
        let (ended, after, begun) = run(&["::2", "1.1.1.3"]).await;
        assert_eq!(ended.unwrap(), "1.1.1.3");
        assert!(begun[1] <= 101 && after <= 402, "{begun:?} {after}");
        // Attempts that have begun go on beside the others.
        let (ended, after, _) = run(&["::3", "1.1.1.1"]).await;
        assert_eq!(ended.unwrap(), "::3");
        assert!(after <= 302, "{after}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_error_is_told() {
        let (ended, ..) = run(&["::2", "1.1.1.2", "::a:2"]).await;
        let error = ended.unwrap_err();
        assert_eq!((error.kind(), error.to_string()), (io::ErrorKind::ConnectionRefused, "::a:2".to_owned()));
        assert_eq!(run(&[]).await.0.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
