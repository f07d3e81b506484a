use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    time::{Duration, SystemTime},
};

use wharf::{
    connection::{ListForm, ListOptions, RemoteEntry},
    storage::EntryKind,
};
use wharf_interop::{Server, fixture::Tree};

use super::{listed, login};

/// Name, whether it is a directory, and size of a file.
fn rows(entries: &[RemoteEntry]) -> BTreeMap<String, (bool, Option<u64>)> {
    let row = |entry: &RemoteEntry| {
        let pathname = String::from_utf8(entry.pathname.clone()).unwrap();
        (pathname, (entry.is_dir(), entry.size.filter(|_| entry.is_file())))
    };
    entries.iter().map(row).collect()
}

/// The same of a tree; with what lies deeper, or without.
fn expected(tree: &Tree, deep: bool) -> BTreeMap<String, (bool, Option<u64>)> {
    let mut rows = BTreeMap::new();
    for path in tree.files() {
        rows.insert(path.to_owned(), (false, Some(tree.file(path).len() as u64)));
        rows.extend(path.match_indices('/').map(|(at, _)| (path[..at].to_owned(), (true, None))));
    }
    rows.retain(|path, _| deep || !path.contains('/'));
    rows
}

pub(super) async fn lists(server: &Server) {
    let mut client = login(server).await;
    assert_eq!(rows(&client.list("").all().await.unwrap()), expected(&listed(server), false));
    let below = rows(&client.list("a/b").all().await.unwrap());
    assert_eq!(
        below,
        [("a/b/beside.bin".into(), (false, Some(70_001))), ("a/b/c".into(), (true, None))].into()
    );
    client.make_dir("bare").await.unwrap();
    assert_eq!(client.list("bare").all().await.unwrap(), []);
    client.quit().await.unwrap();
}

pub(super) async fn lists_recursively(server: &Server) {
    let mut client = login(server).await;
    let all = client.list_recursive("").all().await.unwrap();
    assert_eq!(rows(&all), expected(&listed(server), true));
    client.quit().await.unwrap();
}

pub(super) async fn lists_in_both_forms(server: &Server) {
    let mut client = login(server).await;
    for form in [ListForm::List, ListForm::Mlsd] {
        let entries = client.list_with("a/b", &ListOptions::new().form(form)).all().await.unwrap();
        let sizes: BTreeMap<_, _> =
            entries.iter().map(|entry| (entry.name.as_slice(), entry.is_dir())).collect();
        assert_eq!(sizes, [(b"beside.bin".as_slice(), false), (b"c", true)].into(), "{form:?}");
    }
    client.quit().await.unwrap();
}

pub(super) async fn tells_what_an_entry_is(server: &Server) {
    let mut client = login(server).await;
    for (path, kind) in
        [("a/b", EntryKind::Directory), ("a/b/beside.bin", EntryKind::File), ("a", EntryKind::Directory)]
    {
        assert_eq!(client.stat(path).await.unwrap().kind, Some(kind), "{path}");
    }
    for path in Tree::difficult().files() {
        let size = Tree::difficult().file(path).len() as u64;
        assert_eq!(client.stat(path).await.unwrap().size, Some(size), "{path}");
        assert_eq!(client.size(path).await.unwrap(), size, "{path}");
        let age = SystemTime::now().duration_since(client.modified(path).await.unwrap()).unwrap_or_default();
        assert!(age < Duration::from_secs(120), "{path}: {age:?}");
    }
    assert!(client.is_dir("a").await.unwrap());
    assert!(client.is_file("empty").await.unwrap());
    assert!(!client.exists("missing").await.unwrap());
    assert!(!client.exists("a/missing/too").await.unwrap());
    client.quit().await.unwrap();
}

pub(super) async fn sets_time_and_permissions(server: &Server) {
    let mut client = login(server).await;
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_234_567_890);
    client.set_modified("text.txt", then).await.unwrap();
    assert_eq!(client.modified("text.txt").await.unwrap(), then);
    assert_eq!(client.stat("text.txt").await.unwrap().modified.unwrap().time, then);
    client.set_permissions("text.txt", 0o600).await.unwrap();
    let permissions = fs::metadata(server.files.join("text.txt")).unwrap().permissions();
    assert_eq!(permissions.mode() & 0o777, 0o600);
    client.quit().await.unwrap();
}
