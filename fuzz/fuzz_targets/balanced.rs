//! The header of the PROXY protocol, versions 1 and 2: no more of it is read than there is, and less of it is none.
#![no_main]

#[path = "../../crates/wharf/src/net/balanced.rs"]
mod balanced;

use std::io;

use balanced::{Ends, read_ends};
use libfuzzer_sys::fuzz_target;

/// The longest header, from the documentation of the module.
const MAX_HEADER: usize = 4096;

fuzz_target!(|octets: &[u8]| {
    let (ends, taken) = read(octets);
    assert!(taken <= MAX_HEADER);
    let Ok(ends) = ends else { return };
    assert!(taken > 0);
    assert_eq!(read(&octets[..taken]).0.unwrap(), ends, "what stands behind it makes no difference");
    assert!(read(&octets[..taken - 1]).0.is_err());
    if let Some(Ends { client, server }) = ends {
        let canonical = |address: std::net::IpAddr| address.to_canonical() == address;
        assert!(canonical(client.ip()) && canonical(server.ip()));
    }
});

/// What is made of these octets, and how many are taken.
fn read(octets: &[u8]) -> (io::Result<Option<Ends>>, usize) {
    let mut rest = octets;
    let ends = futures_executor::block_on(read_ends(&mut rest));
    (ends, octets.len() - rest.len())
}
