//! Every command of the registry with each right taken away by itself, before a login, and for who must use TLS.

use std::{collections::BTreeMap, fmt::Write};

use futures_executor::block_on;
use futures_util::StreamExt;
use wharf_core::{
    command::{Registered, Registry},
    protection::Requirements,
    spec::{Access, Login},
    storage::{Metadata, Pathname, Storage},
    transfer::RestartOffset,
};

use crate::machine::Machine;

/// What commands are tried on: a file that is there, an empty directory, and what is not there.
const TARGETS: [&str; 3] = ["/a.bin", "/empty", "/new"];

fn commands() -> impl Iterator<Item = Registered> {
    let registry = Registry::standard();
    registry.iter().collect::<Vec<_>>().into_iter()
}

fn path(text: &str) -> Pathname {
    Pathname::parse(text.as_bytes()).unwrap()
}

/// The code of the last reply, or of the first that refuses.
fn code(replies: &[u8]) -> u16 {
    std::str::from_utf8(&replies[..3]).unwrap().parse().unwrap()
}

/// A machine with the same files each time, and something to be uploaded.
fn furnished(mut machine: Machine) -> Machine {
    machine.put("/a.bin", b"xyz");
    machine.put("/old", b"old");
    block_on(machine.storage.make_dir(&path("/empty"))).unwrap();
    machine.uploads.push_back(b"changed".to_vec());
    machine
}

/// All that is there.
fn tree(machine: &Machine) -> BTreeMap<Vec<u8>, (Metadata, Option<Vec<u8>>)> {
    let entries = block_on(async {
        let listing = machine.storage.list(&Pathname::root()).await.unwrap();
        listing.map(Result::unwrap).collect::<Vec<_>>().await
    });
    let with_content = |entry: wharf_core::storage::Entry| {
        let content = machine.get(&format!("/{}", String::from_utf8_lossy(&entry.name)));
        (entry.name, (entry.metadata, content))
    };
    entries.into_iter().map(with_content).collect()
}

/// The line of a command, about `target` if it is about anything that is stored.
fn line(command: &Registered, target: &str) -> String {
    // The last word is what it is about, unless one is all there is.
    let mut goods = command.spec.good.iter().copied().filter(|good| !good.is_empty());
    let good = goods.clone().find(|good| !good.contains(' ')).or_else(|| goods.next()).unwrap_or_default();
    let before = good.rsplit_once(' ').map_or("", |(before, _)| before);
    let argument = match command.spec.access.is_empty() || good.is_empty() {
        true => good.to_owned(),
        false => format!("{before} {target}"),
    };
    format!("{} {}", command.spec.verb, argument.trim_start()).trim_end().to_owned()
}

/// What a user with this access is answered, with a data connection planned and a rename begun; and whether anything was
/// changed or sent.
fn answer(access: Access, offset: u64, line: &str) -> (u16, bool) {
    let mut machine = furnished(Machine::as_user(&format!("bits-{}", access.bits())));
    machine.feed(b"TYPE I\r\nEPSV\r\n");
    machine.session.rename_source = Some(path("/old"));
    machine.session.restart_offset = (offset > 0).then(|| RestartOffset::new(offset).unwrap());
    let before = tree(&machine);
    let code = code(&machine.feed(format!("{line}\r\n").as_bytes()));
    let told = !machine.downloads.iter().all(Vec::is_empty);
    (code, tree(&machine) != before || told)
}

#[test]
fn each_right_is_needed_by_itself() {
    let mut table = format!("{:<34}{:<6}", "", "all");
    for (name, _) in Access::all().iter_names().filter(|(_, access)| access.bits().is_power_of_two()) {
        write!(table, "{name:<13}").unwrap();
    }
    for command in commands() {
        // Those that ask for nothing are tried, too: no right makes a difference to them.
        let targets = if command.spec.access.is_empty() { &TARGETS[..1] } else { &TARGETS };
        let mut needed = Access::empty();
        // What is written into a file from an offset on may replace what it holds.
        let into = command.spec.transfers() && command.spec.access.contains(Access::OVERWRITE);
        let offsets: &[u64] = if into { &[0, 1] } else { &[0] };
        for (target, &offset) in targets.iter().flat_map(|target| offsets.iter().map(move |at| (target, at)))
        {
            let line = line(&command, target);
            let (whole, _) = answer(Access::all(), offset, &line);
            let shown = if offset > 0 { format!("{line}, REST {offset}") } else { line.clone() };
            write!(table, "\n{shown:<34}{whole:<6}").unwrap();
            for right in Access::all().iter().filter(|access| access.bits().is_power_of_two()) {
                let (code, touched) = answer(Access::all().difference(right), offset, &line);
                write!(table, "{:<13}", if code == whole { String::new() } else { code.to_string() })
                    .unwrap();
                if code != whole {
                    assert!(command.spec.access.contains(right), "{line} without {right:?}: {code}");
                    assert_eq!((code, touched), (550, false), "{line} without {right:?}");
                    needed |= right;
                }
            }
            let (code, touched) = answer(Access::empty(), offset, &line);
            match command.spec.access.is_empty() {
                true => assert_eq!(code, whole, "{line} without any right"),
                false => assert_eq!((code, touched), (550, false), "{line} without any right"),
            }
        }
        // To go on at the end of a file is to append, which whoever may overwrite may do as well.
        let instead = command.spec.access.difference(needed);
        assert!(Access::APPEND.contains(instead), "{} does not need {instead:?}", command.spec.verb);
    }
    let table: String = table.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    insta::assert_snapshot!(table);
}

#[test]
fn who_is_not_logged_in_reaches_nothing() {
    type State = (&'static str, fn() -> Machine);
    let required = || {
        let mut machine = Machine::new();
        machine.session.protection.required = Requirements::ALL;
        machine
    };
    let states: [State; 5] = [
        ("greeted", Machine::new),
        ("named", || {
            let mut machine = Machine::new();
            assert_eq!(code(&machine.feed(b"USER anna\r\n")), 331);
            machine
        }),
        ("refused", || {
            let mut machine = Machine::new();
            machine.feed(b"USER anna\r\nPASS wrong\r\n");
            machine
        }),
        // The password is right, and said in clear.
        ("who must use TLS", || {
            let mut machine = Machine::new();
            assert!(machine.feed(b"USER private\r\nPASS secret\r\n").ends_with(b"530 Login incorrect.\r\n"));
            machine
        }),
        ("where TLS is required", required),
    ];
    for (state, machine) in states {
        for command in commands().filter(|command| command.spec.login == Login::Required) {
            for verb in command.spec.verbs() {
                for argument in command.spec.good.iter().chain(command.spec.bad).chain(&["", "/a.bin"]) {
                    let mut machine = furnished(machine());
                    let before = tree(&machine);
                    let line = format!("{verb} {argument}");
                    let told = code(&machine.feed(format!("{}\r\n", line.trim_end()).as_bytes()));
                    assert_eq!(told, 530, "{state}: {line}");
                    assert!(tree(&machine) == before && machine.downloads.is_empty(), "{state}: {line}");
                }
            }
        }
    }
    let mut machine = required();
    for line in ["USER anna", "USER guest", "USER private"] {
        assert_eq!(code(&machine.feed(format!("{line}\r\n").as_bytes())), 530, "{line}");
        assert_eq!(code(&machine.feed(b"PASS secret\r\n")), 530, "{line}, PASS");
    }
}

#[test]
fn where_data_must_be_private_no_command_transfers_in_clear() {
    for command in commands().filter(|command| command.spec.transfers()) {
        for target in TARGETS {
            for level in ["", "PROT C\r\n"] {
                let mut machine = furnished(Machine::new());
                machine.session.protection.begin();
                machine.feed(b"USER private\r\nPASS secret\r\nPBSZ 0\r\n");
                assert!(machine.session.principal().is_some());
                machine.feed(format!("{level}EPSV\r\n").as_bytes());
                let before = tree(&machine);
                let line = line(&command, target);
                assert_eq!(code(&machine.feed(format!("{line}\r\n").as_bytes())), 521, "{line}");
                assert!(tree(&machine) == before && machine.downloads.is_empty(), "{line}");
            }
        }
    }
}
