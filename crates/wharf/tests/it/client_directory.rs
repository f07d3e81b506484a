//! Directories and listings.

use std::time::{Duration, SystemTime};

use tokio::io::AsyncBufReadExt;
use wharf::{
    Connection, ErrorKind,
    connection::{DataMode, DataStream, ListForm, ListOptions, PassiveForm},
    core::command::listing::List,
    storage::{EntryKind, Local, Memory},
};

use crate::{
    backend::Backend,
    fixture,
    pair::{Pair, over_all},
};

async fn names(client: &mut Connection, pathname: &str) -> Vec<String> {
    sorted(client.list(pathname).all().await.unwrap())
}

fn sorted(entries: Vec<wharf::connection::RemoteEntry>) -> Vec<String> {
    let mut names: Vec<_> = entries.iter().map(|e| String::from_utf8(e.pathname.clone()).unwrap()).collect();
    names.sort();
    names
}

over_all! {
    async fn directories_are_made_and_removed(address: &str) {
        let pair = Pair::new(address).await;
        let mut client = pair.client().await;
        client.make_dir("bar").await.unwrap();
        let entries = client.list("").all().await.unwrap();
        assert_eq!((entries.len(), entries[0].kind), (1, Some(EntryKind::Directory)));
        client.remove_dir("bar").await.unwrap();
        assert!(names(&mut client, "").await.is_empty());
        assert!(client.remove_dir("bar").await.unwrap_err().is_not_found());
    }

    async fn directories_are_made_with_those_above(address: &str) {
        let pair = Pair::new(address).await;
        let mut client = pair.client().await;
        assert!(client.make_dir("a/b/c").await.unwrap_err().is_not_found());
        client.make_dir_all("a/b/c").await.unwrap();
        client.make_dir_all("a/b/c").await.unwrap();
        client.make_dir_all("/a/b/d/").await.unwrap();
        assert_eq!(names(&mut client, "a/b").await, ["a/b/c", "a/b/d"]);
        pair.write("/a/file", "");
        for pathname in ["a/file", "a/file/x"] {
            let error = client.make_dir_all(pathname).await.unwrap_err();
            assert_eq!(error.verb(), Some("MKD"), "{pathname}");
        }
        for directory in ["a/b/c", "a/b/d", "a/b"] {
            client.remove_dir(directory).await.unwrap();
        }
        client.remove_file("a/file").await.unwrap();
        assert!(names(&mut client, "a").await.is_empty());
    }

    async fn the_working_directory_changes(address: &str) {
        let pair = Pair::new(address).await;
        let mut client = pair.client().await;
        client.make_dir_all("bar/baz").await.unwrap();
        client.change_directory("bar").await.unwrap();
        assert_eq!(client.working_directory().await.unwrap(), b"/bar");
        assert_eq!(names(&mut client, "").await, ["baz"]);
        client.change_to_parent().await.unwrap();
        assert_eq!(client.working_directory().await.unwrap(), b"/");
        let error = client.change_directory("missing").await.unwrap_err();
        assert!(error.is_not_found());
    }

    async fn directories_are_renamed(address: &str) {
        let pair = Pair::new(address).await;
        let mut client = pair.client().await;
        client.make_dir("bar").await.unwrap();
        client.rename("bar", "baz").await.unwrap();
        assert_eq!(names(&mut client, "").await, ["baz"]);
        pair.write("/full/file", "x");
        client.rename("full", "baz/full").await.unwrap();
        assert_eq!(names(&mut client, "baz").await, ["baz/full"]);
        assert_eq!(pair.read("/baz/full/file"), "x");
        let error = client.rename("missing", "other").await.unwrap_err();
        assert_eq!((error.verb(), error.is_not_found()), (Some("RNFR"), true));
    }

    async fn listings_go_down(address: &str) {
        let pair = Pair::new(address).await;
        pair.write("/foo/bar", "");
        pair.write("/foo/baz/baz", "");
        let mut client = pair.client().await;
        let all = client.list_recursive("").all().await.unwrap();
        assert_eq!(all[0].pathname, b"foo", "a directory comes before its entries");
        assert_eq!(sorted(all), ["foo", "foo/bar", "foo/baz", "foo/baz/baz"]);
        assert_eq!(
            sorted(client.list_recursive("/foo").all().await.unwrap()),
            ["/foo/bar", "/foo/baz", "/foo/baz/baz"]
        );
    }

    async fn a_file_and_what_is_missing_cannot_be_listed(address: &str) {
        let pair = Pair::new(address).await;
        pair.write("/file", "");
        let mut client = pair.client().await;
        assert_eq!(client.list("file").all().await.unwrap_err().reply().unwrap().code(), 501);
        assert!(client.list("missing").all().await.unwrap_err().is_not_found());
        client.noop().await.unwrap();
    }

    async fn entries_say_what_they_are(address: &str) {
        let pair = Pair::new(address).await;
        pair.write("/file", "12345");
        pair.files.clone().with_dir("/dir").unwrap();
        let mut client = pair.client().await;
        let entry = client.stat("file").await.unwrap();
        assert_eq!((entry.kind, entry.size), (Some(EntryKind::File), Some(5)));
        let age = SystemTime::now().duration_since(entry.modified.unwrap().time).unwrap();
        assert!(age < Duration::from_secs(10), "{age:?}");
        assert!(client.is_file("file").await.unwrap() && !client.is_dir("file").await.unwrap());
        assert!(client.is_dir("dir").await.unwrap() && !client.is_file("dir").await.unwrap());
        assert!(client.is_dir("/").await.unwrap() && client.is_dir("").await.unwrap());
        assert!(client.exists("file").await.unwrap() && !client.exists("missing").await.unwrap());
        assert!(client.is_file("missing").await.unwrap_err().is_not_found());
        assert_eq!(client.size("file").await.unwrap(), 5);
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        client.set_modified("file", time).await.unwrap();
        assert_eq!(client.modified("file").await.unwrap(), time);
        client.set_permissions("file", 0o600).await.unwrap();
        assert_eq!(client.stat("file").await.unwrap().permissions, Some(0o600));
    }

    async fn without_mlsd_and_mlst_all_goes_by_list(address: &str) {
        let pair =
            Pair::with(address, |server| server.without_command("MLSD").without_command("MLST")).await;
        pair.write("/bar/file", "12345");
        let mut client = pair.client().await;
        assert_eq!(names(&mut client, "").await, ["bar"]);
        assert_eq!(names(&mut client, "bar").await, ["bar/file"]);
        assert_eq!(client.stat("bar/file").await.unwrap().size, Some(5));
        assert!(client.is_dir("bar").await.unwrap());
        assert!(!client.exists("bar/missing").await.unwrap());
        assert!(!client.exists("missing/at/all").await.unwrap());
        client.make_dir_all("bar/x/y").await.unwrap();
        pair.write("/bar/.hidden", "");
        client.remove("bar").await.unwrap();
        assert!(names(&mut client, "").await.is_empty());
    }

    async fn the_form_of_a_listing_can_be_chosen(address: &str) {
        let pair = Pair::with(address, |server| server.without_command("MLSD")).await;
        pair.write("/file", "");
        let mut client = pair.client().await;
        let list = ListOptions::new().form(ListForm::List);
        assert_eq!(sorted(client.list_with("", &list).all().await.unwrap()), ["file"]);
        let mlsd = ListOptions::new().form(ListForm::Mlsd);
        let error = client.list_with("", &mlsd).all().await.unwrap_err();
        assert_eq!((error.kind(), error.verb()), (ErrorKind::Refused, Some("MLSD")));
    }

    async fn each_way_to_a_data_connection(address: &str) {
        let pair = Pair::new(address).await;
        pair.write("/file", "");
        let is_ipv4 = pair.address().is_ipv4();
        let passive = |forms: &[PassiveForm]| DataMode::Passive(forms.to_vec());
        for (mode, works) in [
            (DataMode::Active, true),
            (passive(&[PassiveForm::Extended]), true),
            (passive(&[PassiveForm::Plain]), is_ipv4),
            // 425 is no reason to give a form up.
            (passive(&[PassiveForm::Plain, PassiveForm::Extended]), is_ipv4),
        ] {
            let mut client =
                pair.builder().data_mode(mode.clone()).connect(pair.address()).await.unwrap();
            client.login("anna", "secret").await.unwrap();
            for _ in 0..2 {
                assert_eq!(client.list("").all().await.is_ok(), works, "{mode:?}");
            }
            client.noop().await.unwrap();
        }
    }

    async fn without_epsv_pasv_is_next_if_it_may(address: &str) {
        let pair = Pair::with(address, |server| server.without_command("EPSV")).await;
        pair.write("/file", "");
        let mut client = pair.client().await;
        // There is no PASV over IPv6.
        assert_eq!(client.list("").all().await.is_ok(), pair.address().is_ipv4());
        let only = DataMode::Passive(vec![PassiveForm::Extended]);
        let mut client = pair.builder().data_mode(only).connect(pair.address()).await.unwrap();
        client.login("anna", "secret").await.unwrap();
        for _ in 0..2 {
            let error = client.list("").all().await.unwrap_err();
            assert_eq!((error.verb(), error.kind()), (Some("EPSV"), ErrorKind::Refused));
        }
    }

    async fn a_raw_listing_is_lines(address: &str) {
        let pair = Pair::new(address).await;
        pair.write("/a", "");
        pair.write("/b", "");
        let mut client = pair.client().await;
        let DataStream::Read(stream) = client.data_command(List::new("/"), 0).await.unwrap() else {
            panic!("LIST sends")
        };
        let mut lines = stream.lines();
        let mut count = 0;
        while let Some(line) = lines.next_line().await.unwrap() {
            assert!(line.starts_with("-rw-r--r--"), "{line}");
            count += 1;
        }
        assert_eq!(count, 2);
        lines.into_inner().finish().await.unwrap();
    }
}

#[tokio::test]
async fn a_storage_that_fails_in_the_midst_of_a_listing_is_451() {
    let files = Memory::new().with_file("/a", "").unwrap();
    let backend = Backend::new(files, |step| match step {
        "row" => Err(wharf::storage::ErrorKind::Failed.into()),
        _ => Ok(()),
    });
    let server = fixture::serve(fixture::BOTH[0], backend).await;
    let mut client = Connection::connect(server.address()).await.unwrap();
    client.login("anna", "secret").await.unwrap();
    let error = client.list("").all().await.unwrap_err();
    assert_eq!((error.verb(), error.reply().unwrap().code().as_u16()), (Some("MLSD"), 451));
    client.noop().await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_neither_file_nor_directory_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("link")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    let server = fixture::serve(fixture::BOTH[0], Local::open(folder.path()).unwrap()).await;
    let mut client = Connection::connect(server.address()).await.unwrap();
    client.login("anna", "secret").await.unwrap();
    for form in [ListForm::Mlsd, ListForm::List] {
        let listing = client.list_with("", &ListOptions::new().form(form));
        let mut kinds: Vec<_> = listing
            .all()
            .await
            .unwrap()
            .into_iter()
            .map(|entry| (entry.pathname, entry.entry.kind))
            .collect();
        kinds.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(kinds[0], (b"link".to_vec(), Some(EntryKind::Symlink)), "{form:?}");
        assert_eq!(kinds[1].0, b"socket");
        assert!(!matches!(kinds[1].1, Some(EntryKind::File | EntryKind::Directory)), "{form:?}");
    }
    assert!(client.read("socket").await.is_err());
    client.noop().await.unwrap();
}
