//! A whole session against the server half: every line gets its replies, none of them a panic, and nothing leaves the root.
#![no_main]

#[path = "../../crates/wharf-core/tests/it/machine.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod machine;

use libfuzzer_sys::fuzz_target;
use machine::Machine;
use wharf_core::reply::{ReplyDecoder, ReplyLimits};

fuzz_target!(|octets: &[u8]| {
    let Some((&start, octets)) = octets.split_first() else { return };
    let mut machine = if start % 2 == 0 { Machine::new() } else { Machine::logged_in() };
    machine.put("/pub/a.bin", b"0123456789");
    machine.uploads.push_back(octets.to_vec());
    for segment in octets.chunks(usize::from(start) + 1) {
        let mut decoder = ReplyDecoder::new(ReplyLimits::default());
        decoder.push(&machine.feed(segment));
        while let Some(reply) = decoder.next_reply() {
            let reply = reply.expect("a server sends replies");
            // What a command that panicked is answered; a name in a reply may hold any text.
            assert_ne!(reply.code().as_u16(), 451, "{reply}");
        }
        assert!(decoder.is_empty(), "a reply is whole");
    }
});
