//! Our client half and our server half, joined in memory: every command through both.

use wharf_core::{
    address::{ExtendedPassive, HostPort},
    client::Dialogue,
    command::{
        Command,
        abort::Abor,
        attribute::{Mdtm, Mfmt, Size},
        data_port::{Epsv, Pasv, Port},
        directory::{Cdup, Cwd, Mkd, Pwd, Rmd},
        feature::{Feat, OptsMlst, OptsUtf8},
        listing::{List, Mlsd, Mlst, Nlst},
        login::{Acct, LoginStep, Pass, Quit, Rein, User},
        parameter::{Mode, Stru, Type},
        rename::{Dele, Rnfr, Rnto},
        site::{SiteChmod, SiteHelp},
        status::{Help, Noop, Stat, Syst},
        transfer::{Allo, Appe, Rest, Retr, Stor, Stou},
    },
    fact::FactSet,
    line::{Telnet, write_line},
    listing::ListingParser,
    reply::{Reply, ReplyLimits},
    representation::{RepresentationType, Structure, TransferMode},
    transfer::RestartOffset,
};

use crate::machine::{Machine, now};

struct Pair {
    client: Dialogue,
    server: Machine,
}

impl Pair {
    fn new(server: Machine) -> Self {
        let mut client = Dialogue::new(ReplyLimits::default());
        client.push(b"220 Ready.\r\n");
        assert!(client.next_event().unwrap().unwrap().last);
        Self { client, server }
    }

    /// Sends a command through both halves, octet by octet on the way back; the reply where it was not positive.
    fn ask<C: Command>(&mut self, command: C) -> Result<C::Output, Reply> {
        let mut octets = Vec::new();
        write_line(&command.line().unwrap(), &mut octets, Telnet::Interpret).unwrap();
        let id = self.client.send(&C::SPEC, octets.len());
        for octet in self.server.feed(&octets) {
            self.client.push(&[octet]);
        }
        loop {
            let event = self.client.next_event().expect("a last reply").unwrap();
            assert_eq!(event.command, Some(id));
            if event.last {
                assert_eq!(self.client.waiting(), 0);
                return command.accept(&event.reply).ok_or(event.reply);
            }
        }
    }

    fn open(&mut self) {
        assert_eq!(self.ask(Epsv(ExtendedPassive::Any)).unwrap(), Some(40_000));
    }
}

#[test]
fn logins_go_through_their_steps() {
    let mut pair = Pair::new(Machine::new());
    assert_eq!(pair.ask(User::new("guest").unwrap()), Ok(LoginStep::Complete));
    assert_eq!(pair.ask(User::new("anna").unwrap()), Ok(LoginStep::PasswordNeeded));
    assert_eq!(pair.ask(Pwd).unwrap_err().code(), 530);
    assert_eq!(pair.ask(Pass::new("wrong").unwrap()).unwrap_err().code(), 530);
    assert_eq!(pair.ask(Pass::new("secret").unwrap()).unwrap_err().code(), 503);
    assert_eq!(pair.ask(User::new("clerk").unwrap()), Ok(LoginStep::PasswordNeeded));
    assert_eq!(pair.ask(Pass::new("secret").unwrap()), Ok(LoginStep::AccountNeeded));
    assert_eq!(pair.ask(Pwd).unwrap_err().code(), 530);
    assert_eq!(pair.ask(Acct::new("building-3").unwrap()), Ok(LoginStep::Complete));
    assert_eq!(pair.ask(Pass::new("secret").unwrap()).unwrap_err().code(), 503);
    pair.ask(Rein).unwrap();
    assert_eq!(pair.ask(Pwd).unwrap_err().code(), 530);
    pair.ask(Quit).unwrap();
    assert!(pair.server.closed);
    assert_eq!(pair.server.host.failed_logins, 1);
}

#[test]
fn directories_with_any_name_are_made_entered_and_removed() {
    let mut pair = Pair::new(Machine::logged_in());
    for name in [
        &b"plain"[..],
        b" spaces ",
        b"a \"quoted\"",
        b"\"",
        b"\xff\xfe\xf4",
        "né".as_bytes(),
        b"-x",
        b"back\\slash",
    ] {
        let full = [b"/", name].concat();
        assert_eq!(pair.ask(Mkd::new(name).unwrap()), Ok(Some(full.clone())));
        pair.ask(Cwd::new(name).unwrap()).unwrap();
        assert_eq!(pair.ask(Pwd), Ok(full));
        pair.ask(Cdup).unwrap();
        assert_eq!(pair.ask(Pwd), Ok(b"/".to_vec()));
        pair.ask(Rmd::new(name).unwrap()).unwrap();
        assert_eq!(pair.ask(Cwd::new(name).unwrap()).unwrap_err().code(), 550);
    }
}

#[test]
fn files_go_both_ways() {
    let mut pair = Pair::new(Machine::logged_in());
    pair.ask(Type(RepresentationType::Image)).unwrap();
    pair.ask(Allo { size: 5, record: None }).unwrap();
    pair.open();
    pair.server.uploads.push_back(b"hello".to_vec());
    pair.ask(Stor::new("a.txt").unwrap()).unwrap();
    assert_eq!(pair.ask(Size::new("a.txt").unwrap()), Ok(5));
    pair.open();
    pair.server.uploads.push_back(b" world".to_vec());
    pair.ask(Appe::new("a.txt").unwrap()).unwrap();
    pair.ask(Rest(RestartOffset::new(6).unwrap())).unwrap();
    pair.open();
    pair.ask(Retr::new("a.txt").unwrap()).unwrap();
    assert_eq!(pair.server.downloads.pop_front().unwrap(), b"world");
    pair.open();
    pair.server.uploads.push_back(b"new".to_vec());
    pair.ask(Stou::default()).unwrap();
    pair.ask(Rnfr::new("a.txt").unwrap()).unwrap();
    pair.ask(Rnto::new("b.txt").unwrap()).unwrap();
    assert_eq!(pair.server.get("/b.txt").unwrap(), b"hello world");
    pair.ask(Dele::new("b.txt").unwrap()).unwrap();
    assert_eq!(pair.ask(Size::new("b.txt").unwrap()).unwrap_err().code(), 550);
    assert_eq!(pair.ask(Retr::new("b.txt").unwrap()).unwrap_err().code(), 425);
}

#[test]
fn lines_are_converted_under_type_a() {
    let mut pair = Pair::new(Machine::logged_in());
    pair.ask(Type(RepresentationType::Ascii)).unwrap();
    pair.open();
    pair.server.uploads.push_back(b"one\r\ntwo\r\n".to_vec());
    pair.ask(Stor::new("a.txt").unwrap()).unwrap();
    assert_eq!(pair.server.get("/a.txt").unwrap(), b"one\ntwo\n");
    pair.open();
    pair.ask(Retr::new("a.txt").unwrap()).unwrap();
    assert_eq!(pair.server.downloads.pop_front().unwrap(), b"one\r\ntwo\r\n");
    assert_eq!(pair.ask(Size::new("a.txt").unwrap()).unwrap_err().code(), 550);
}

#[test]
fn listings_are_read_as_they_were_written() {
    let mut pair = Pair::new(Machine::logged_in());
    pair.server.put("/pub/a.bin", b"42 octets");
    pair.server.put("/pub/ odd  name", b"");
    pair.open();
    pair.ask(Mlsd::new("/pub").unwrap()).unwrap();
    let mut entries = parse(ListingParser::mlsd(now()), &pair.server.downloads.pop_front().unwrap());
    assert_eq!(entries.pop(), Some((b"a.bin".to_vec(), Some(9))));
    assert_eq!(entries.pop(), Some((b" odd  name".to_vec(), Some(0))));
    pair.open();
    pair.ask(List::new("-la /pub").unwrap()).unwrap();
    let entries = parse(ListingParser::list(now()), &pair.server.downloads.pop_front().unwrap());
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[1], (b"a.bin".to_vec(), Some(9)));
    pair.open();
    pair.ask(Nlst::new("/pub/*.bin").unwrap()).unwrap();
    assert_eq!(pair.server.downloads.pop_front().unwrap(), b"/pub/a.bin\r\n");
    let entry = pair.ask(Mlst::new("/pub/a.bin").unwrap()).unwrap();
    assert_eq!((entry.size, entry.is_file()), (Some(9), true));
    assert!(pair.ask(Mlst::new("/pub").unwrap()).unwrap().is_dir());
    pair.ask(OptsMlst { facts: FactSet::TYPE }).unwrap();
    assert_eq!(pair.ask(Mlst::new("/pub/a.bin").unwrap()).unwrap().size, None);
}

fn parse(mut parser: ListingParser, octets: &[u8]) -> Vec<(Vec<u8>, Option<u64>)> {
    parser.push(octets);
    parser.finish();
    let entries = std::iter::from_fn(|| parser.next_entry());
    let mut entries: Vec<_> = entries.map(Result::unwrap).map(|entry| (entry.name, entry.size)).collect();
    entries.sort();
    entries
}

#[test]
fn times_and_permissions_are_set_and_told() {
    let mut pair = Pair::new(Machine::logged_in());
    pair.server.put("/a.bin", b"x");
    pair.ask(Mfmt::new(now(), "a.bin").unwrap()).unwrap();
    assert_eq!(pair.ask(Mdtm::new("a.bin").unwrap()).unwrap().to_system_time(), now());
    pair.ask(SiteChmod::new(0o600, "a.bin").unwrap()).unwrap();
    assert_eq!(pair.ask(Mlst::new("a.bin").unwrap()).unwrap().permissions, Some(0o600));
}

#[test]
fn questions_are_answered() {
    let mut pair = Pair::new(Machine::logged_in());
    assert_eq!(pair.ask(Syst).unwrap(), "UNIX Type: L8");
    let features = pair.ask(Feat).unwrap();
    for feature in ["EPRT", "EPSV", "MDTM", "MFMT", "MLST", "SIZE", "TVFS", "UTF8"] {
        assert!(features.has(feature), "{feature}");
    }
    assert!(features.has_parameter("REST", "STREAM"));
    assert!(pair.ask(Help::default()).unwrap().len() > 5);
    assert!(pair.ask(SiteHelp).unwrap().len() > 2);
    assert!(pair.ask(Stat::default()).unwrap().len() > 3);
    pair.ask(Noop).unwrap();
    pair.ask(Abor).unwrap();
    pair.ask(OptsUtf8).unwrap();
    pair.ask(Stru(Structure::File)).unwrap();
    pair.ask(Mode(TransferMode::Stream)).unwrap();
    assert_eq!(pair.ask(Pasv).unwrap().to_string(), "127,0,0,1,156,64");
    pair.ask(Port(HostPort { address: [127, 0, 0, 1].into(), port: 40_000 })).unwrap();
    assert_eq!(
        pair.ask(Port(HostPort { address: [127, 0, 0, 2].into(), port: 40_000 })).unwrap_err().code(),
        501
    );
    assert_eq!(
        pair.ask(Port(HostPort { address: [127, 0, 0, 1].into(), port: 2121 })).unwrap_err().code(),
        501
    );
}
