use std::{
    fs::{self, File, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, SystemTime},
};

use tempfile::TempDir;
use wharf::{
    Client,
    client::sync::{Compare, Delete, Place, Sync, sync},
    core::digest::Algorithm,
};
use wharf_interop::{Server, fixture::Tree, servers::Product};

use super::login;

/// Where the server has it, and where its files are.
fn place(client: &Client, server: &Server) -> Place {
    Place::server(client, format!("{}/new/place", server.home.trim_end_matches('/')))
}

fn client(server: &Server) -> Client {
    let builder = Client::builder(server.target.address);
    builder.login(&server.target.user, &server.target.password).build().unwrap()
}

/// A tree whose files were changed at times of their own, some of them long ago.
fn written(tree: &Tree) -> TempDir {
    let directory = TempDir::new().unwrap();
    tree.write(directory.path());
    for (number, path) in (0..).zip(tree.files()) {
        let age = Duration::from_secs(3600 + number * 40 * 86_400);
        touch(&directory.path().join(path), SystemTime::now() - age);
    }
    directory
}

fn touch(path: &Path, modified: SystemTime) {
    File::options().write(true).open(path).unwrap().set_modified(modified).unwrap();
}

async fn mirror(from: Place, to: Place) -> Sync {
    sync(from, to).delete(Delete::After)
}

pub(super) async fn syncs_up_again_and_down(server: &Server) {
    let client = client(server);
    let here = written(&Tree::difficult());
    let folder = |path: &Path| Place::folder(path.to_path_buf());
    let up = mirror(folder(here.path()).await.unwrap(), place(&client, server)).await;
    let report = up.run().await.unwrap();
    assert_eq!(report.failures().count(), 0, "{report:?}");
    let there = server.files.join("new/place");
    assert_eq!(Tree::read(&there), Tree::difficult());
    let again = up.plan().await.unwrap();
    assert!(again.steps.is_empty(), "{again}");

    // Some is changed, in its size or in its time alone, and some goes.
    fs::write(here.path().join("text.txt"), "another text, as long as may be").unwrap();
    fs::write(here.path().join("a/in the middle/x"), "y").unwrap();
    touch(&here.path().join("a/in the middle/x"), SystemTime::now() + Duration::from_secs(3 * 86_400));
    fs::write(here.path().join("a/new"), "new").unwrap();
    fs::remove_file(here.path().join("empty")).unwrap();
    fs::remove_dir_all(here.path().join("a/b/c")).unwrap();
    let report = up.run().await.unwrap();
    assert_eq!(report.failures().count(), 0, "{report:?}");
    assert_eq!((report.files(), report.deleted()), (3, 3), "{report:?}");
    assert_eq!(Tree::read(&there), Tree::read(here.path()));

    // Down, where the times are kept, as well as the server tells them.
    let other = TempDir::new().unwrap();
    let down = mirror(place(&client, server), folder(&other.path().join("deeper")).await.unwrap()).await;
    down.run().await.unwrap().into_result().unwrap();
    assert_eq!(Tree::read(&other.path().join("deeper")), Tree::read(here.path()));
    let again = down.plan().await.unwrap();
    assert!(again.steps.is_empty(), "{again}");
    client.close().await;
}

/// A directory that lets nobody list it is not an empty one: what the copy has of it stays.
pub(super) async fn deletes_nothing_where_it_cannot_look(server: &Server) {
    let client = client(server);
    let (locked, here) = (server.files.join("a/b"), TempDir::new().unwrap());
    Tree::difficult().write(here.path());
    fs::write(here.path().join("a/b/surplus"), "to be deleted, if it is known to be surplus").unwrap();
    fs::set_permissions(&locked, Permissions::from_mode(0o311)).unwrap();
    let all = Place::server(&client, server.home);
    let down = sync(all, Place::folder(here.path()).await.unwrap()).delete(Delete::Before);
    let report = down.await.unwrap();
    fs::set_permissions(&locked, Permissions::from_mode(0o755)).unwrap();
    // One that runs as root can look all the same.
    let could_not_look = report.failures().count() > 0;
    assert!(could_not_look || server.product != Product::Vsftpd, "{report:?}");
    assert_eq!(here.path().join("a/b/surplus").exists(), could_not_look, "{report:?}");
    for name in ["beside.bin", "c/deep.txt"] {
        let kept = fs::read(here.path().join("a/b").join(name));
        assert_eq!(kept.ok(), fs::read(locked.join(name)).ok(), "{name}: {report:?}");
    }
    client.close().await;
}

pub(super) async fn computes_digests(server: &Server) {
    let mut connection = login(server).await;
    let all = [Algorithm::Sha512, Algorithm::Sha256, Algorithm::Sha1, Algorithm::Md5, Algorithm::Crc32];
    assert_eq!(connection.hash_algorithms().await.unwrap(), all);
    for algorithm in all {
        let mut hasher = wharf::core::digest::Hasher::new(algorithm);
        hasher.update(Tree::difficult().file("every octet.bin"));
        let computed = connection.hash("every octet.bin", Some(algorithm)).await.unwrap();
        assert_eq!(computed, hasher.finish());
    }
    connection.quit().await.unwrap();
    // A change that neither size nor time shows.
    let (client, here) = (client(server), written(&Tree::difficult()));
    let folder = Place::folder(here.path()).await.unwrap();
    let up = sync(folder, place(&client, server)).compare(Compare::Hash);
    up.run().await.unwrap().into_result().unwrap();
    let changed = here.path().join("a/in the middle/x");
    let before = fs::metadata(&changed).unwrap().modified().unwrap();
    fs::write(&changed, "y").unwrap();
    touch(&changed, before);
    let plan = up.plan().await.unwrap().to_string();
    assert_eq!(plan, "replace a/in the middle/x (another digest)\n");
    client.close().await;
}
