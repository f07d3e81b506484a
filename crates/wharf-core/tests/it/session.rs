//! Whole sessions of any octets: each line has its replies, and none of them is a panic.

use proptest::prelude::*;
use wharf_core::{
    command::Registry,
    line::{LineDecoder, Telnet},
    reply::{Reply, ReplyDecoder, ReplyLimits, Severity},
    session::DataPlan,
};

use crate::machine::Machine;

const NAMES: &[&str] = &["a", "/", "..", "d", "d/e", "/d/../a", "*", "-la", "a b", "0", "4"];
const ENDS: &[&[u8]] = &[b"\r\n", b"\n", b"\r\n\xff\xf4\xff\xf2"];

/// A line of a client that knows the commands, and sometimes what to say with them.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let commands: Vec<_> = Registry::standard().iter().map(|command| command.spec).collect();
    let verb = prop::sample::select(commands).prop_flat_map(|spec| {
        let known: Vec<&str> =
            spec.good.iter().chain(spec.bad).chain(&["", "anna", "secret"]).copied().collect();
        let argument = prop_oneof![
            prop::sample::select(known).prop_map(|argument| argument.as_bytes().to_vec()),
            prop::sample::select(NAMES).prop_map(|name| name.as_bytes().to_vec()),
            prop::collection::vec(any::<u8>(), 0..20),
        ];
        argument.prop_map(move |argument| [spec.verb.as_bytes(), b" ", &argument].concat())
    });
    prop_oneof![
        8 => verb,
        1 => prop::collection::vec(any::<u8>(), 0..40),
        1 => Just(vec![b'x'; LineDecoder::DEFAULT_MAX_LEN + 2]),
    ]
}

/// What a client sends: lines, and data for what it stores.
fn session() -> impl Strategy<Value = Vec<u8>> {
    let ends = prop::sample::select(ENDS);
    prop::collection::vec((line(), ends), 0..30).prop_map(|lines| {
        let octets = lines.into_iter().flat_map(|(line, end)| [line, end.to_vec()]);
        octets.collect::<Vec<_>>().concat()
    })
}

fn machine(logged_in: bool) -> Machine {
    let mut machine = if logged_in { Machine::logged_in() } else { Machine::new() };
    machine.put("/a", b"0123456789");
    machine.put("/d/e", b"");
    machine.uploads.extend([b"one".to_vec(), b"two\r\n".to_vec()]);
    machine
}

/// The replies to these octets; all of them are whole.
fn replies(machine: &mut Machine, octets: &[u8]) -> Vec<Reply> {
    let mut decoder = ReplyDecoder::new(ReplyLimits::default());
    decoder.push(&machine.feed(octets));
    let replies = std::iter::from_fn(|| decoder.next_reply()).collect::<Result<_, _>>().unwrap();
    assert!(decoder.is_empty(), "half a reply");
    replies
}

proptest! {
    /// One reply that ends each line, in its order, until the session closes; a preliminary one only before it.
    #[test]
    fn every_line_gets_one_reply_and_no_command_panics(octets in session(), logged_in: bool) {
        let mut machine = machine(logged_in);
        let mut lines = LineDecoder::new(LineDecoder::DEFAULT_MAX_LEN, Telnet::Interpret);
        lines.push(&octets);
        let count = std::iter::from_fn(|| lines.next_line()).count();
        let replies = replies(&mut machine, &octets);
        let (preliminary, last): (Vec<_>, Vec<_>) =
            replies.iter().partition(|reply| reply.severity() == Severity::Preliminary);
        prop_assert!(last.len() == count || machine.closed && last.len() < count);
        prop_assert!(preliminary.iter().all(|reply| reply.code() == 150));
        for reply in &replies {
            prop_assert!(!reply.text().contains("inside the server"), "{}", reply);
        }
    }

    #[test]
    fn replies_do_not_depend_on_how_the_octets_are_cut(
        octets in session(),
        logged_in: bool,
        sizes in prop::collection::vec(1..50_usize, 1..10),
    ) {
        // With AUTH they do: what comes with it is not what comes after it.
        let machine = || {
            let mut machine = machine(logged_in);
            machine.settings.tls = false;
            machine
        };
        let whole = replies(&mut machine(), &octets);
        let mut cut = Vec::new();
        let (mut machine, mut rest) = (machine(), &octets[..]);
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (segment, behind) = rest.split_at(rest.len().min(*size));
            cut.extend(replies(&mut machine, segment));
            rest = behind;
        }
        let codes = |replies: &[Reply]| replies.iter().map(|reply| reply.code().as_u16()).collect::<Vec<_>>();
        prop_assert_eq!(codes(&whole), codes(&cut));
    }

    #[test]
    fn nothing_is_run_that_came_with_auth_and_nothing_is_left_of_what_came_before(
        before in session(),
        behind in prop_oneof![Just(Vec::new()), session(), prop::collection::vec(any::<u8>(), 1..8)],
        logged_in: bool,
    ) {
        let mut machine = machine(logged_in);
        machine.feed(&before);
        prop_assume!(!machine.closed && !machine.session.protection.control && machine.is_between_lines());
        let replies = replies(&mut machine, &[b"AUTH TLS\r\n", &behind[..]].concat());
        prop_assert_eq!(replies.len(), 1, "{:?}", replies);
        if replies[0].code() == 503 {
            prop_assert!(machine.closed && !machine.session.protection.control && !behind.is_empty());
        } else {
            prop_assert_eq!(replies[0].code().as_u16(), 234);
            let session = &machine.session;
            prop_assert!(session.protection.control && !session.protection.sized && machine.is_between_lines());
            prop_assert!(session.principal().is_none() && session.working_directory.is_root());
            prop_assert!(session.rename_source.is_none() && !session.extended_passive_only);
            prop_assert!(session.host_name.is_none());
            prop_assert_eq!(session.data_plan, DataPlan::None);
            prop_assert_eq!(session.restart_offset, None);
            // A name that was said in clear is forgotten, too.
            prop_assert!(machine.feed(b"PASS secret\r\n").starts_with(b"503 "));
        }
    }

    #[test]
    fn before_login_nothing_is_read_or_changed(octets in session()) {
        let mut machine = Machine::new();
        machine.put("/a", b"0123456789");
        let before = machine.storage.used();
        // Names and passwords in capitals are nobody's.
        let octets = octets.to_ascii_uppercase();
        replies(&mut machine, &octets);
        prop_assert!(machine.downloads.is_empty());
        prop_assert_eq!(machine.storage.used(), before);
        prop_assert_eq!(machine.get("/a"), Some(b"0123456789".to_vec()));
    }
}
