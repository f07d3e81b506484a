//! AUTH with octets before and behind it: none behind it is run, and of those before nothing is left under TLS.
#![no_main]

#[path = "../../crates/wharf-core/tests/it/machine.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod machine;

use libfuzzer_sys::fuzz_target;
use machine::Machine;
use wharf_core::{
    reply::{ReplyDecoder, ReplyLimits},
    session::{DataPlan, Session},
};

fuzz_target!(|halves: (bool, &[u8], &[u8])| {
    let (logged_in, before, behind) = halves;
    let mut machine = if logged_in { Machine::logged_in() } else { Machine::new() };
    machine.feed(before);
    if machine.closed || machine.session.protection.control || !machine.is_between_lines() {
        return;
    }
    let mut decoder = ReplyDecoder::new(ReplyLimits::default());
    decoder.push(&machine.feed(&[b"AUTH TLS\r\n", behind].concat()));
    let reply = decoder.next_reply().expect("an answer").expect("a server sends replies");
    assert!(decoder.is_empty(), "one answer, whatever stands behind");
    match reply.code().as_u16() {
        503 => assert!(machine.closed && !machine.session.protection.control),
        234 => {
            assert!(machine.is_between_lines() && is_new(&machine.session));
            // A name that was said in clear is forgotten, too.
            assert!(machine.feed(b"PASS secret\r\n").starts_with(b"503 "));
        }
        _ => panic!("{reply}"),
    }
});

/// Whether nothing of a session is left but its protection.
fn is_new(session: &Session) -> bool {
    session.protection.control
        && !session.protection.sized
        && session.principal().is_none()
        && session.working_directory.is_root()
        && session.representation == Default::default()
        && session.restart_offset == Default::default()
        && session.rename_source.is_none()
        && session.data_plan == DataPlan::None
        && !session.extended_passive_only
        && session.host_name.is_none()
}
