//! The octets of a tree stream: records do not depend on how the octets are cut, and what was read is written the same way.
#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use wharf_core::tree_stream::{FRAME, MAX_CHUNK, Record, TreeStreamError, decode, take_preface};

fn read(octets: &[u8], size: usize) -> (Vec<Record>, Result<(), TreeStreamError>) {
    let (mut buffer, mut records, mut greeted) = (BytesMut::new(), Vec::new(), false);
    for segment in octets.chunks(size) {
        buffer.extend_from_slice(segment);
        let mut next = || -> Result<Option<Record>, TreeStreamError> {
            greeted = greeted || take_preface(&mut buffer)?;
            if greeted { decode(&mut buffer) } else { Ok(None) }
        };
        loop {
            match next() {
                Ok(Some(record)) => records.push(record),
                Ok(None) => break,
                Err(error) => return (records, Err(error)),
            }
        }
        assert!(buffer.len() < MAX_CHUNK + FRAME);
    }
    (records, Ok(()))
}

fuzz_target!(|octets: &[u8]| {
    let Some((&size, octets)) = octets.split_first() else { return };
    let whole = read(octets, octets.len().max(1));
    assert_eq!(whole, read(octets, usize::from(size) + 1));
    for record in whole.0 {
        let mut written = BytesMut::new();
        record.encode(&mut written).expect("a record that was read can be written");
        assert_eq!(decode(&mut written), Ok(Some(record)));
    }
});
