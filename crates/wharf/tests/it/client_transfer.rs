//! Transfers that go wrong, and trees of a server that means ill: nothing half is left, nothing is written elsewhere.

use wharf::{
    Connection, ErrorKind, Phase,
    connection::{Outcome, Skipped},
    core::pathname::Pathname,
    storage::{Local, Memory, Storage},
};

use crate::script::Script;

/// The start of a download of `a`, 5 octets long as MLST says.
const DOWNLOAD: &str = "C: MLST a
    S: 250-Facts
    S:  type=file;size=5; a
    S: 250 End
    C: TYPE I
    S: 200 Ok
    C: EPSV
    S: 229 (|||{port}|)
    C: RETR a
    S: 150 Here
    ";

async fn download(client: &mut Connection, here: &Memory) -> Result<(), wharf::Error> {
    client.download("a", here, "").await?.into_result()
}

#[tokio::test]
async fn a_download_that_is_cut_leaves_what_was_there() {
    for (rest, kind) in [
        ("D> abc\nD: close\nS: 226 Done", ErrorKind::Incomplete),
        ("D> abcde\nD: close\nS: 426 I could not", ErrorKind::Refused),
        ("D> abcde\nD: close\nS: 451 I could not", ErrorKind::Refused),
        ("D> abcde\nS: 426 I cannot", ErrorKind::Refused),
        ("D> abc\nD: reset\nS: 426 Broken", ErrorKind::Refused),
        ("D> abc\nD: reset\nS: 226 Done", ErrorKind::Data),
        ("D> abcde\nD: close\nS: 421 Goodbye", ErrorKind::Closed),
        ("D> abcde\nD: close\nS: close", ErrorKind::Closed),
        ("D> abcde\nS: rubbish", ErrorKind::Protocol),
    ] {
        let (script, mut client) = Script::logged_in(&format!("{DOWNLOAD}{rest}")).await;
        let here = Memory::new().with_file("/a", "old").unwrap();
        let error = download(&mut client, &here).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{rest}: {error}");
        assert_eq!((error.verb(), error.argument()), (Some("RETR"), Some(&b"a"[..])), "{rest}");
        assert_eq!(here.read_file("/a").unwrap(), b"old", "{rest}");
        script.done().await;
    }
}

#[tokio::test]
async fn a_file_that_grew_is_whole() {
    let (script, mut client) =
        Script::logged_in(&format!("{DOWNLOAD}D> abcdefgh\nD: close\nS: 226 Done")).await;
    let here = Memory::new();
    download(&mut client, &here).await.unwrap();
    assert_eq!(here.read_file("/a").unwrap(), b"abcdefgh");
    script.done().await;
}

#[tokio::test]
async fn a_local_side_that_fails_is_named_and_the_session_lives() {
    let (script, mut client) = Script::logged_in(
        "C: MLST a
         S: 250 type=file;size=5; a
         C: MLST a
         S: 250 type=file;size=5000; a
         C: TYPE I
         S: 200 Ok
         C: EPSV
         S: 229 (|||{port}|)
         C: RETR a
         S: 150 Here
         D> 0123456789012345678901234567890123456789012345678901234567890123456789
         D: gone
         S: 426 You went
         C: NOOP
         S: 200 Ok",
    )
    .await;
    // A directory has the name.
    let here = Memory::new().with_dir("/a").unwrap();
    let error = download(&mut client, &here).await.unwrap_err();
    assert_eq!((error.kind(), error.phase()), (ErrorKind::Storage, Phase::Storage));
    // No room.
    let here = Memory::with_capacity(512 + 60);
    let error = download(&mut client, &here).await.unwrap_err();
    assert_eq!(error.storage().unwrap().kind(), wharf::storage::ErrorKind::NoSpace);
    client.noop().await.unwrap();
    script.done().await;
}

#[tokio::test]
async fn an_upload_ends_when_the_server_says_so() {
    // It stops reading, and does not close the data connection.
    let (script, mut client) = Script::logged_in(
        "C: TYPE I
         S: 200 Ok
         C: EPSV
         S: 229 (|||{port}|)
         C: STOR a
         S: 150 Go on
         S: 552 That is too much
         D: gone
         C: NOOP
         S: 200 Ok",
    )
    .await;
    let here = Memory::new().with_file("/a", vec![0; 50_000_000]).unwrap();
    let error = client.upload(&here, "a", "").await.unwrap_err();
    assert_eq!(error.reply().unwrap().code().as_u16(), 552);
    client.noop().await.unwrap();
    script.done().await;
}

#[tokio::test]
async fn a_tree_takes_two_commands_a_file() {
    let (script, mut client) = Script::logged_in(
        "C: MLST d
         S: 250 type=dir; d
         C: FEAT
         S: 502 No
         C: EPSV
         S: 229 (|||{port}|)
         C: MLSD d
         S: 150 Here
         D> type=file;size=1; a\\r\\ntype=file;size=2; b\\r\\n
         D: close
         S: 226 Done
         C: TYPE I
         S: 200 Ok
         C: EPSV
         S: 229 (|||{port}|)
         C: RETR d/a
         S: 150 Here
         D> 1
         D: close
         S: 226 Done
         C: EPSV
         S: 229 (|||{port}|)
         C: RETR d/b
         S: 150 Here
         D> 22
         D: close
         S: 226 Done
         # and back
         C: MKD e
         S: 257 Made
         C: EPSV
         S: 229 (|||{port}|)
         C: STOR e/a
         S: 150 Here
         D< 1
         S: 226 Done
         C: EPSV
         S: 229 (|||{port}|)
         C: STOR e/b
         S: 150 Here
         D< 22
         S: 226 Done",
    )
    .await;
    let here = Memory::new();
    client.download("d", &here, "").await.unwrap().into_result().unwrap();
    client.upload(&here, "d", "e").write_into().await.unwrap().into_result().unwrap();
    script.done().await;
}

/// A hostile tree: the one good file is `good`, and `sub` is as bad.
const HOSTILE: &str = "C: EPSV
    S: 229 (|||{port}|)
    C: MLSD d
    S: 150 Here
    D> type=file; ../../evil\\r\\ntype=dir; ..\\\\evil\\r\\ntype=file; /tmp/evil\\r\\ntype=dir; ../up\\r\\n
    D> type=OS.unix=slink:/etc; link\\r\\ntype=OS.unix=chr; device\\r\\nrubbish\\r\\n
    D> type=file;size=4; good\\r\\ntype=file;size=4; gone\\r\\n
    D: close
    S: 226 Done
    C: TYPE I
    S: 200 Ok
    C: EPSV
    S: 229 (|||{port}|)
    C: RETR d/good
    S: 150 Here
    D> good
    D: close
    S: 226 Done
    C: EPSV
    S: 229 (|||{port}|)
    C: RETR d/gone
    S: 550 Gone
    ";

#[tokio::test]
async fn a_hostile_tree_stays_in_its_place() {
    let script = format!(
        "C: MLST d\nS: 250 type=dir; d\nC: FEAT\nS: 502 No\n{HOSTILE}
         C: EPSV
         S: 229 (|||{{port}}|)
         C: MLSD d/..\\\\evil
         S: 550 No"
    );
    let (script, mut client) = Script::logged_in(&script).await;
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("in/ner");
    std::fs::create_dir_all(&inner).unwrap();
    let here = Local::open(&inner).unwrap();
    let report = client.download("d", &here, "").write_into().await.unwrap();
    let outcome = |end: &str| {
        let item = report.items.iter().find(|item| item.source.ends_with(end.as_bytes())).unwrap();
        &item.outcome
    };
    assert!(matches!(outcome("good"), Outcome::File { octets: 4 }));
    assert!(matches!(outcome("gone"), Outcome::Failed(error) if error.is_not_found()));
    assert!(matches!(outcome("link"), Outcome::Skipped(Skipped::Link)));
    assert!(matches!(outcome("device"), Outcome::Skipped(Skipped::Special)));
    let kinds: Vec<_> = report.failures().map(|(_, error)| error.kind()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == ErrorKind::UnsafeName).count(), 3);
    assert_eq!(kinds.iter().filter(|kind| **kind == ErrorKind::BadLine).count(), 1);
    let error = report.into_result().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnsafeName);
    for entry in std::fs::read_dir(&inner).unwrap() {
        let name = entry.unwrap().file_name();
        // What a dropped sink wrote to goes in the background.
        let is_temporary = name.to_string_lossy().starts_with(".wharf-");
        assert!(name == "good" || name == "..\\evil" || is_temporary, "{name:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(std::fs::read_dir(folder.path().join("in")).unwrap().count(), 1);
    script.done().await;
}

#[tokio::test]
async fn a_tree_ends_where_the_connection_does() {
    let (script, mut client) = Script::logged_in(
        "C: MLST d
         S: 250 type=dir; d
         C: FEAT
         S: 502 No
         C: EPSV
         S: 229 (|||{port}|)
         C: MLSD d
         S: 150 Here
         D> type=file;size=1; a\\r\\ntype=file;size=2; b\\r\\n
         D: close
         S: 226 Done
         C: TYPE I
         S: 200 Ok
         C: EPSV
         S: 421 Shutting down
         C: close",
    )
    .await;
    let error = client.download("d", &Memory::new(), "").await.unwrap_err();
    assert_eq!((error.kind(), error.reply().unwrap().code().as_u16()), (ErrorKind::Closed, 421));
    script.done().await;
}

#[cfg(unix)]
#[tokio::test]
async fn links_of_the_local_side_do_not_lead_out_or_in_circles() {
    use crate::pair::Pair;
    let pair = Pair::new("127.0.0.1:0").await;
    let mut client = pair.client().await;
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("tree");
    std::fs::create_dir_all(tree.join("sub")).unwrap();
    std::fs::write(folder.path().join("secret"), "secret").unwrap();
    std::fs::write(tree.join("sub/file"), "file").unwrap();
    std::os::unix::fs::symlink("..", tree.join("sub/circle")).unwrap();
    std::os::unix::fs::symlink("../secret", tree.join("out")).unwrap();
    std::os::unix::fs::symlink("nowhere", tree.join("dangling")).unwrap();
    let report = client.upload(&Local::open(&tree).unwrap(), "/", "up").write_into().await.unwrap();
    assert_eq!((report.files(), report.failures().count()), (1, 0));
    let mut skipped: Vec<_> = report.skipped().map(|(item, why)| (item.source.clone(), why)).collect();
    skipped.sort_by(|a, b| a.0.cmp(&b.0));
    let expected: [(&[u8], _); 3] =
        [(b"/dangling", Skipped::Link), (b"/out", Skipped::Link), (b"/sub/circle", Skipped::TooDeep)];
    assert_eq!(skipped, expected.map(|(source, why)| (source.to_vec(), why)));
    assert_eq!(pair.read("/up/sub/file"), "file");
    assert!(pair.files.metadata(&Pathname::parse(b"/up/out").unwrap()).await.is_err());
}
