//! Links on the server's disk: who removes a tree, or makes it what another is, never goes through one.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    sync::Arc,
};

use wharf::{
    Client, Connection, Permissions, Server, User,
    client::sync::{Action, Delete, Place, Reason, sync},
    connection::{ListForm, ListOptions},
    storage::{EntryKind, Local, Memory},
};

use crate::backend::Backend;

/// A folder with a link to a directory, one to a file, one into a tree that is to go, and one in circles.
fn laid() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("releases/5/sub")).unwrap();
    fs::write(at("releases/5/page"), "five").unwrap();
    fs::write(at("releases/5/sub/page"), "sub").unwrap();
    symlink("../page", at("releases/5/sub/link")).unwrap();
    fs::create_dir_all(at("old/deep")).unwrap();
    fs::write(at("old/deep/file"), "file").unwrap();
    symlink("../../releases/5", at("old/deep/five")).unwrap();
    symlink("../releases/5/page", at("old/page")).unwrap();
    symlink("..", at("old/circle")).unwrap();
    symlink("releases/5", at("current")).unwrap();
    folder
}

/// That nothing of what links lead to is missing.
fn is_untouched(folder: &Path) {
    for (name, content) in [("page", "five"), ("sub/page", "sub"), ("sub/link", "five")] {
        assert_eq!(fs::read_to_string(folder.join("releases/5").join(name)).unwrap(), content, "{name}");
    }
}

/// Servers that tell links from directories, and one that does not.
async fn servers(folder: &Path) -> Vec<Server> {
    let local = || Local::open(folder).unwrap();
    let storages = [Backend::seeing(local()), Backend::seeing(local()), Backend::blind(local())];
    let mut servers = Vec::new();
    for (nth, storage) in storages.into_iter().enumerate() {
        let anna = User::new("anna", "secret", storage).permissions(Permissions::read_write());
        let builder = Server::builder().user(anna);
        let builder = if nth == 1 { builder.without_command("MLSD") } else { builder };
        servers.push(builder.serve().await.unwrap());
    }
    servers
}

async fn connection(server: &Server) -> Connection {
    let mut connection = Connection::connect(server.address()).await.unwrap();
    connection.login("anna", "secret").await.unwrap();
    connection
}

fn client(server: &Server) -> Client {
    Client::builder(server.address()).login("anna", "secret").build().unwrap()
}

fn names(folder: &Path) -> Vec<PathBuf> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_link_to_a_directory_is_listed_as_a_link_and_can_be_used_as_the_directory() {
    let folder = laid();
    let server = &servers(folder.path()).await[0];
    let mut connection = connection(server).await;
    for form in [ListForm::Mlsd, ListForm::List] {
        let listing = connection.list_with("old", &ListOptions::new().form(form));
        let listed = listing.all().await.unwrap().into_iter();
        let mut kinds: Vec<_> = listed.map(|row| (row.entry.name, row.entry.kind)).collect();
        kinds.sort_by(|one, other| one.0.cmp(&other.0));
        let expected = [
            (b"circle".to_vec(), Some(EntryKind::Symlink)),
            (b"deep".to_vec(), Some(EntryKind::Directory)),
            (b"page".to_vec(), Some(EntryKind::File)),
        ];
        assert_eq!(kinds, expected, "{form:?}");
    }
    assert!(connection.is_dir("current").await.unwrap());
    assert_eq!(connection.list("current").all().await.unwrap().len(), 2);
    assert_eq!(connection.size("current/page").await.unwrap(), 4);
    // Neither way of copying a tree goes through it, and both bring the file that a link leads to.
    for streams in [true, false] {
        let copy = tempfile::tempdir().unwrap();
        let (client, local) = (client(server), Local::open(copy.path()).unwrap());
        let mut download = client.download("old", &local, "");
        if !streams {
            download = download.verify(true);
        }
        let report = download.await.unwrap();
        let mut left_out: Vec<_> = report.skipped().map(|(item, _)| item.source.clone()).collect();
        left_out.sort();
        assert_eq!(left_out, [b"old/circle".to_vec(), b"old/deep/five".to_vec()], "{streams}");
        assert_eq!(names(&copy.path().join("old")), [PathBuf::from("deep"), "page".into()]);
        assert_eq!(fs::read_to_string(copy.path().join("old/page")).unwrap(), "five");
    }
}

#[tokio::test]
async fn a_tree_is_removed_and_not_what_its_links_lead_to() {
    for which in 0..3 {
        for by_connection in [true, false] {
            let folder = laid();
            let server = &servers(folder.path()).await[which];
            for gone in ["old", "current"] {
                match by_connection {
                    true => connection(server).await.remove(gone).await.unwrap(),
                    false => client(server).remove(gone).await.unwrap().into_result().map(drop).unwrap(),
                }
                is_untouched(folder.path());
            }
            assert_eq!(names(folder.path()), [PathBuf::from("releases")], "{which}");
        }
    }
}

#[tokio::test]
async fn a_sync_deletes_links_and_not_what_they_lead_to() {
    for which in 0..3 {
        for delete in [Delete::Before, Delete::After] {
            let folder = laid();
            let server = &servers(folder.path()).await[which];
            let here = Memory::new().with_file("/releases/5/page", "five").unwrap();
            here.write_file("/releases/5/sub/page", "sub").unwrap();
            here.write_file("/releases/5/sub/link", "five").unwrap();
            let there = Place::server(&client(server), "");
            let report = sync(Place::storage(Arc::new(here), "/").unwrap(), there).delete(delete).await;
            report.unwrap().into_result().unwrap();
            is_untouched(folder.path());
            assert_eq!(names(folder.path()), [PathBuf::from("releases")], "{which}");
        }
    }
}

#[tokio::test]
async fn a_sync_into_a_storage_that_follows_links_deletes_them_and_not_what_they_lead_to() {
    for delete in [Delete::Before, Delete::After] {
        let folder = laid();
        let there = Place::storage(Arc::new(Local::open(folder.path()).unwrap()), "/").unwrap();
        let here = Memory::new().with_file("/releases/5/page", "five").unwrap();
        here.write_file("/releases/5/sub/page", "sub").unwrap();
        here.write_file("/releases/5/sub/link", "five").unwrap();
        let report = sync(Place::storage(Arc::new(here), "/").unwrap(), there).delete(delete).await;
        report.unwrap().into_result().unwrap();
        is_untouched(folder.path());
        assert_eq!(names(folder.path()), [PathBuf::from("releases")], "{delete:?}");
    }
}

#[tokio::test]
async fn a_sync_from_a_storage_that_follows_links_copies_no_directory_through_one() {
    let (folder, copy) = (laid(), tempfile::tempdir().unwrap());
    let from = Place::storage(Arc::new(Local::open(folder.path()).unwrap()), "/").unwrap();
    sync(from, Place::folder(copy.path()).await.unwrap()).await.unwrap().into_result().unwrap();
    is_untouched(copy.path());
    assert_eq!(names(copy.path()), [PathBuf::from("old"), "releases".into()]);
    assert_eq!(names(&copy.path().join("old")), [PathBuf::from("deep"), "page".into()]);
    assert_eq!(names(&copy.path().join("old/deep")), [PathBuf::from("file")]);
}

/// Where a storage says that a link to a directory is one, what it is tells that it leads back.
#[tokio::test]
async fn a_link_back_to_the_root_of_a_sync_is_not_entered() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("root/sub")).unwrap();
    symlink("../../root", folder.path().join("root/sub/back")).unwrap();
    let blind = Backend::blind(Local::open(folder.path()).unwrap());
    let from = Place::storage(Arc::new(blind), "/root").unwrap();
    let plan = sync(from, Place::storage(Arc::new(Memory::new()), "/").unwrap()).plan().await.unwrap();
    let steps: Vec<_> = plan.steps.iter().map(|step| (step.path.to_string(), step.action.clone())).collect();
    let expected =
        [("sub".to_owned(), Action::MakeDirectory), ("sub/back".to_owned(), Action::Skip(Reason::TooDeep))];
    assert_eq!(steps, expected);
}
