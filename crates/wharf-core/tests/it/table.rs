//! What the table of commands promises, checked for every row of it.

use std::fmt::Write;

use wharf_core::{
    command::{Argument, Registered, Registry},
    server::Settings,
    spec::{Access, Feature, Grammar, Login},
};

use crate::machine::Machine;

fn commands() -> impl Iterator<Item = Registered> {
    let registry = Registry::standard();
    registry.iter().collect::<Vec<_>>().into_iter()
}

fn line(command: &Registered, argument: &str) -> Vec<u8> {
    match argument {
        "" => format!("{}\r\n", command.spec.verb).into_bytes(),
        _ => format!("{} {argument}\r\n", command.spec.verb).into_bytes(),
    }
}

/// A line that the command accepts.
fn good_line(command: &Registered) -> Vec<u8> {
    line(command, command.spec.good.last().copied().unwrap_or(""))
}

fn code(replies: &[u8]) -> u16 {
    std::str::from_utf8(&replies[..3]).unwrap().parse().unwrap()
}

#[test]
fn every_row_is_filled_in() {
    for command in commands() {
        let spec = command.spec;
        assert_eq!(spec.verb, spec.verb.to_ascii_uppercase());
        assert!(!spec.reference.is_empty() && !spec.replies.is_empty(), "{}", spec.verb);
        assert!(spec.help.ends_with('.'), "{}", spec.verb);
        match spec.argument {
            Grammar::None => assert!(spec.good.is_empty() && spec.bad.is_empty(), "{}", spec.verb),
            Grammar::Optional(_) => assert!(!spec.good.is_empty(), "{}", spec.verb),
            Grammar::Required(_) => {
                assert!(!spec.good.is_empty() && spec.bad.contains(&"") || spec.secret, "{}", spec.verb)
            }
        }
        assert_eq!(spec.login == Login::Required && spec.transfers(), spec.transfers(), "{}", spec.verb);
        if let Feature::Line(line) = spec.feature {
            assert!(!line.is_empty());
        }
    }
}

#[test]
fn good_arguments_are_read_and_written_again() {
    for command in commands() {
        for good in command.spec.good {
            let once = command.rewrite(Argument::new(good).unwrap());
            let once = once.unwrap_or_else(|error| panic!("{} {good}: {error}", command.spec.verb));
            let twice = command.rewrite(Argument::new(&once).unwrap()).unwrap();
            assert_eq!(once, twice, "{} {good}", command.spec.verb);
        }
    }
}

#[test]
fn bad_arguments_get_501_504_522_or_536_and_nothing_else_happens() {
    for command in commands() {
        for bad in command.spec.bad {
            let mut machine = Machine::logged_in();
            machine.feed(b"EPSV\r\n");
            let before = format!("{:?}", machine.session);
            let replies = machine.feed(&line(&command, bad));
            let told = code(&replies);
            assert!(matches!(told, 501 | 504 | 522 | 536), "{} {bad}: {told}", command.spec.verb);
            assert_eq!(format!("{:?}", machine.session), before, "{} {bad}", command.spec.verb);
            assert!(!machine.closed);
        }
    }
}

#[test]
fn an_argument_where_none_is_taken_is_501() {
    for command in commands().filter(|command| command.spec.argument == Grammar::None) {
        let mut machine = Machine::logged_in();
        assert_eq!(code(&machine.feed(&line(&command, "x"))), 501, "{}", command.spec.verb);
    }
}

#[test]
fn no_command_works_before_login_that_the_table_does_not_name() {
    let mut open: Vec<&str> = Vec::new();
    for command in commands() {
        let mut machine = Machine::new();
        let told = code(&machine.feed(&good_line(&command)));
        match command.spec.login {
            Login::NotRequired => open.push(command.spec.verb),
            Login::Required => assert_eq!(told, 530, "{}", command.spec.verb),
        }
    }
    let expected = [
        "ABOR",
        "ACCT",
        "AUTH",
        "CLNT",
        "FEAT",
        "HELP",
        "HOST",
        "NOOP",
        "OPTS",
        "OPTS UTF8",
        "PASS",
        "PBSZ",
        "PROT",
        "QUIT",
        "REIN",
        "SYST",
        "USER",
    ];
    assert_eq!(open, expected);
}

#[test]
fn without_permissions_nothing_is_reached() {
    for command in commands().filter(|command| !command.spec.access.is_empty()) {
        let argument = command.spec.good.iter().rfind(|good| !good.is_empty()).unwrap_or(&"");
        if matches!(command.spec.argument, Grammar::Optional(_)) && argument.is_empty() {
            continue;
        }
        let mut machine = Machine::as_user("nobody");
        machine.put("/a.bin", b"x");
        machine.feed(b"EPSV\r\n");
        machine.session.rename_source = Some(wharf_core::storage::Pathname::parse(b"/a.bin").unwrap());
        let told = code(&machine.feed(&line(&command, argument)));
        assert_eq!(told, 550, "{} {argument}", command.spec.verb);
        assert_eq!(machine.get("/a.bin").unwrap(), b"x");
    }
}

#[test]
fn a_reader_changes_nothing() {
    let changing = Access::all().difference(Access::LIST | Access::READ);
    for command in commands().filter(|command| command.spec.access.intersects(changing)) {
        let mut machine = Machine::as_user("guest");
        machine.put("/a.bin", b"x");
        machine.put("/old", b"x");
        machine.feed(b"EPSV\r\nRNFR /a.bin\r\n");
        machine.uploads.push_back(b"changed".to_vec());
        let argument = command.spec.good.last().copied().unwrap_or("");
        let told = code(&machine.feed(&line(&command, argument)));
        assert!(matches!(told, 550 | 503), "{} {argument}: {told}", command.spec.verb);
        assert_eq!(
            (machine.get("/a.bin").unwrap(), machine.get("/old").unwrap()),
            (b"x".to_vec(), b"x".to_vec())
        );
    }
}

#[test]
fn families_are_the_first_of_two_words() {
    let registry = Registry::standard();
    let families: Vec<_> =
        commands().map(|command| command.spec.verb).filter(|verb| registry.is_family(verb)).collect();
    assert_eq!(families, ["OPTS", "SITE"]);
}

#[test]
fn what_is_not_offered_is_502_and_not_in_feat_or_help() {
    let settings = {
        let mut settings = Settings::default();
        settings.active_mode = false;
        settings
    };
    let mut machine = Machine::logged_in();
    machine.settings = settings;
    assert_eq!(code(&machine.feed(b"PORT 127,0,0,1,156,64\r\n")), 502);
    for table in [machine.feed(b"FEAT\r\n"), machine.feed(b"HELP\r\n")] {
        assert!(!String::from_utf8(table).unwrap().contains("EPRT"));
    }
}

/// The whole policy as a picture: a new verb shows up in review as one new row.
#[test]
fn verbs_by_state() {
    type State = (&'static str, fn() -> Machine);
    let states: [State; 5] = [
        ("greeted", Machine::new),
        ("named", || {
            let mut machine = Machine::new();
            machine.feed(b"USER anna\r\n");
            machine
        }),
        ("logged in", Machine::logged_in),
        ("with data plan", || {
            let mut machine = Machine::logged_in();
            machine.feed(b"EPSV\r\n");
            machine
        }),
        ("after EPSV ALL", || {
            let mut machine = Machine::logged_in();
            machine.feed(b"EPSV ALL\r\n");
            machine
        }),
    ];
    let mut table = String::from("            ");
    for (state, _) in &states {
        write!(table, "{state:<16}").unwrap();
    }
    for command in commands() {
        write!(table, "\n{:<12}", command.spec.verb).unwrap();
        for (_, make) in &states {
            let mut machine = make();
            for path in ["/a.bin", "/log.txt", "/old", "/-name", "/ a b ", "/pub/ a b ", "/a/x"] {
                machine.put(path, b"x");
            }
            machine.uploads.push_back(b"x".to_vec());
            let replies = machine.feed(&good_line(&command));
            write!(table, "{:<16}", code(&replies)).unwrap();
        }
    }
    let table: String = table.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    insta::assert_snapshot!(table);
}
