//! The octets of a control connection as a server reads them: the lines do not depend on how the octets are cut, and
//! what is held stays below the limit.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wharf_core::line::{LineDecoder, LineError, Telnet, write_line};

const MAX_LEN: usize = 64;

type Lines = Vec<Result<Vec<u8>, LineError>>;

fn decode(octets: &[u8], size: usize, telnet: Telnet) -> (Lines, usize, bool) {
    let mut decoder = LineDecoder::new(MAX_LEN, telnet);
    let mut lines = Vec::new();
    for segment in octets.chunks(size) {
        decoder.push(segment);
        lines.extend(std::iter::from_fn(|| decoder.next_line()));
        assert!(decoder.buffered() <= MAX_LEN + 1);
    }
    (lines, decoder.buffered(), decoder.is_empty())
}

fuzz_target!(|octets: &[u8]| {
    let Some((&size, octets)) = octets.split_first() else { return };
    for telnet in [Telnet::Interpret, Telnet::Ignore] {
        let whole = decode(octets, octets.len().max(1), telnet);
        assert_eq!(whole, decode(octets, usize::from(size) + 1, telnet));
        for line in whole.0.into_iter().flatten() {
            assert!(line.len() <= MAX_LEN);
            let mut written = Vec::new();
            write_line(&line, &mut written, telnet).expect("a line that was read can be written");
            assert_eq!(decode(&written, 3, telnet), (vec![Ok(line)], 0, true));
        }
    }
});
