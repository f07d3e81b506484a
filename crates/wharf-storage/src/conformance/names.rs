//! Names with unusual octets: kept as they are, or refused.

use super::subject::{Subject, octets};
use crate::{Bytes, Capabilities, ErrorKind, Pathname, WriteMode};

const ODD_NAMES: [&[u8]; 38] = [
    b" leading",
    b"trailing ",
    b" ",
    b"two  spaces",
    b"quo\"te",
    b"apo's",
    b"back\\slash",
    b"new\nline",
    b"carriage\rreturn",
    b"crlf\r\n226 done",
    b"tab\t",
    b"\x01\x1b[2J\x7f",
    b"*",
    b"?",
    b"[a-z]{x,y}",
    b"-rf",
    b"--",
    b"~",
    b"$HOME",
    b"`id`",
    b"a;b|c&d",
    b"...",
    b"..a",
    b"a.",
    b".hidden",
    b"%2e%2e",
    b"..%2f",
    b"C:",
    b"file::$DATA",
    b"CON",
    b"\xff\xfe\x80",
    b"\xff\xff",
    b"caf\xe9",
    "Grüße".as_bytes(),
    "e\u{301}".as_bytes(),
    "\u{202e}txt.exe".as_bytes(),
    "日本語".as_bytes(),
    &[b'n'; 255],
];

pub(super) async fn names_are_octets(subject: Subject) {
    let mut kept = Vec::new();
    for name in ODD_NAMES {
        let path = Pathname::root().join(name).expect("it is a component");
        let shown = name.escape_ascii().to_string();
        let opened = subject.0.open_write(&path, WriteMode::Replace).await;
        if opened.as_ref().is_err_and(|error| error.kind() == ErrorKind::NameNotAllowed) {
            continue;
        }
        let mut sink = opened.unwrap_or_else(|error| panic!("open_write {shown}: {error:?}"));
        sink.write(Bytes::from_static(name)).await.expect("there is room");
        sink.finish().await.unwrap_or_else(|error| panic!("finish {shown}: {error:?}"));
        kept.push(name.to_vec());
    }
    let rows = subject.rows("/").await;
    kept.sort();
    assert_eq!(
        rows.keys().map(|name| name.escape_ascii().to_string()).collect::<Vec<_>>(),
        kept.iter().map(|name| name.escape_ascii().to_string()).collect::<Vec<_>>(),
        "names come back octet for octet"
    );
    for name in kept {
        let path = Pathname::root().join(&name).expect("it is a component");
        let source = subject.0.open_read(&path, 0).await.expect("what was written can be read");
        assert_eq!(octets(source).await, name, "{path}");
        assert_eq!(subject.0.metadata(&path).await.expect("it is there").size, name.len() as u64);
        if subject.has(Capabilities::REMOVE) {
            subject.0.remove_file(&path).await.expect("it can be removed");
        }
    }
    if subject.has(Capabilities::REMOVE) {
        subject.assert_dir("/", &[]).await;
    }
}

pub(super) async fn directories_have_any_name(subject: Subject) {
    for name in ODD_NAMES {
        let path = Pathname::root().join(name).expect("it is a component");
        match subject.0.make_dir(&path).await {
            Err(error) if error.kind() == ErrorKind::NameNotAllowed => continue,
            made => made.unwrap_or_else(|error| panic!("make_dir {path}: {error:?}")),
        }
        let (inner, moved) = (path.join(b"inner").expect("short"), path.join(name).expect("short"));
        subject.0.make_dir(&inner).await.expect("a directory can be in it");
        subject.0.rename(&inner, &moved).await.expect("a directory can be renamed");
        assert!(subject.0.metadata(&moved).await.expect("it is there").is_dir());
        subject.0.remove_dir(&moved).await.expect("it is empty");
        subject.0.remove_dir(&path).await.expect("it is empty");
    }
    subject.assert_dir("/", &[]).await;
}

pub(super) async fn deep_pathnames_work(subject: Subject) {
    let mut path = Pathname::root();
    let mut made = Vec::new();
    while let Ok(deeper) = path.join(&[b'd'; 255]) {
        match subject.0.make_dir(&deeper).await {
            Err(error) if error.kind() == ErrorKind::NameNotAllowed => break,
            result => result.unwrap_or_else(|error| panic!("make_dir at depth {}: {error:?}", made.len())),
        }
        assert!(subject.0.metadata(&deeper).await.expect("it is there").is_dir());
        path = deeper;
        made.push(path.clone());
    }
    assert!(!made.is_empty(), "a name of 255 octets is refused");
    for path in made.iter().rev() {
        subject.0.remove_dir(path).await.expect("it is empty");
    }
    subject.assert_dir("/", &[]).await;
}
