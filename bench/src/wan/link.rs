//! A link with a long way to go: what one TUN device sends comes out of the other, later.

use std::{
    io,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use tun_rs::SyncDevice;

/// How a link is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quality {
    /// There and back.
    pub(crate) round_trip: Duration,
    /// Of a thousand packets, how many are lost on either way.
    pub(crate) lost_of_thousand: u32,
}

/// Joins two devices, until they are removed.
pub(super) fn join(one: SyncDevice, other: SyncDevice, quality: Quality) {
    let (one, other) = (Arc::new(one), Arc::new(other));
    way(Arc::clone(&one), Arc::clone(&other), quality, 1);
    way(other, one, quality, 2);
}

/// One way of the link: a thread that takes packets in, and one that lets them out when it is time.
fn way(from: Arc<SyncDevice>, to: Arc<SyncDevice>, quality: Quality, seed: u64) {
    let (travellers, arrivals) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut dice = Dice(seed);
        let mut buffer = vec![0; 1 << 16];
        while let Ok(len) = read(&from, &mut buffer) {
            let arrives = Instant::now() + quality.round_trip / 2;
            let packet = buffer.get(..len).unwrap_or_default().to_vec();
            if dice.below(1000) >= quality.lost_of_thousand && travellers.send((arrives, packet)).is_err() {
                break;
            }
        }
    });
    thread::spawn(move || {
        for (arrives, packet) in arrivals {
            thread::sleep(arrives.saturating_duration_since(Instant::now()));
            // What a host does not take is lost, as on any other link.
            let _ = to.send(&packet);
        }
    });
}

/// The next packet; an error when the device has gone.
fn read(device: &SyncDevice, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match device.recv(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// The same packets are lost in each run: a linear congruential generator (Knuth's MMIX constants).
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).unwrap_or_default() % sides
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn one_in_a_hundred_is_lost() {
        let mut dice = Dice(1);
        let lost = (0..100_000).filter(|_| dice.below(1000) < 10).count();
        assert!((900..1100).contains(&lost), "{lost}");
    }
}
