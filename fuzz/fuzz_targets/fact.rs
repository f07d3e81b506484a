//! Facts: the line of MLSD and MLST, and the argument of OPTS MLST.
#![no_main]

use std::time::SystemTime;

use libfuzzer_sys::fuzz_target;
use wharf_core::{
    fact::{FactSet, Facts, Perm},
    listing::{ListLine, ListParser, Mlsx, format},
    storage::Metadata,
};

fuzz_target!(|line: &[u8]| {
    if let Ok((facts, name)) = Facts::parse(line) {
        assert!(!name.is_empty() && line.ends_with(name));
        assert!(facts.iter().all(|(key, _)| facts.get(&key.to_ascii_uppercase()).is_some()));
        let ListLine::Entry(entry) = Mlsx.parse(line, SystemTime::UNIX_EPOCH) else {
            panic!("facts and a name are an entry");
        };
        assert_eq!((&entry.name[..], &entry.facts), (name, &facts));
        if let Some(kind) = entry.kind {
            let mut metadata = Metadata::new(kind, entry.size.unwrap_or(0));
            metadata.modified = entry.modified.map(|modified| modified.time);
            metadata.permissions = entry.permissions;
            let written = format::mlst_line(name, &metadata, FactSet::all(), Perm::all());
            let again = Mlsx::parse_reply_line(&written).expect("what was written is read");
            assert_eq!((again.kind, again.permissions), (entry.kind, entry.permissions));
        }
    }
    let set = FactSet::parse(line);
    assert_eq!(FactSet::parse(set.to_string().as_bytes()), set);
    let perm = Perm::parse(line);
    assert_eq!(Perm::parse(perm.to_string().as_bytes()), perm);
});
