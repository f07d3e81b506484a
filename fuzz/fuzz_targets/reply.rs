//! The octets of a control connection as a client reads them: replies do not depend on how the octets are cut, stay below
//! the limits, and are the same after they were written again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wharf_core::{
    address::{ExtendedPort, HostPort},
    feature::Features,
    listing::Mlsx,
    reply::{Reply, ReplyDecoder, ReplyError, ReplyLimits},
};

const LIMITS: ReplyLimits = ReplyLimits { max_line: 200, max_lines: 20, max_total: 1000 };

fn decode(octets: &[u8], size: usize) -> Vec<Result<Reply, ReplyError>> {
    let mut decoder = ReplyDecoder::new(LIMITS);
    let mut replies = Vec::new();
    for segment in octets.chunks(size) {
        decoder.push(segment);
        replies.extend(std::iter::from_fn(|| decoder.next_reply()));
        assert!(decoder.buffered() <= LIMITS.max_line + 1);
    }
    replies
}

fuzz_target!(|octets: &[u8]| {
    let Some((&size, octets)) = octets.split_first() else { return };
    let replies = decode(octets, octets.len().max(1));
    assert_eq!(replies, decode(octets, usize::from(size) + 1));
    for reply in replies {
        let reply = match reply {
            Ok(reply) => reply,
            Err(error) => {
                assert!(!error.to_string().contains(char::is_control));
                continue;
            }
        };
        assert!(reply.lines().len() <= LIMITS.max_lines);
        assert!(!reply.to_string().contains(char::is_control));
        let mut written = Vec::new();
        reply.encode(&mut written);
        let mut decoder = ReplyDecoder::new(ReplyLimits::default());
        decoder.push(&written);
        let again = decoder.next_reply().expect("a whole reply").expect("a reply");
        assert!(decoder.is_empty());
        assert_eq!((again.code(), again.lines().len()), (reply.code(), reply.lines().len()));
        let mut rewritten = Vec::new();
        again.encode(&mut rewritten);
        assert_eq!(rewritten, written);
        // What a client looks for in replies.
        let features = Features::from_reply(&reply);
        assert_eq!(Features::from_reply(&features.to_reply()), features);
        for line in reply.lines() {
            let _ = (HostPort::find(line), ExtendedPort::find(line), Mlsx::parse_reply_line(line));
        }
    }
});
