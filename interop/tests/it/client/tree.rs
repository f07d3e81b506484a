use tempfile::TempDir;
use wharf::storage::{Local, Memory};
use wharf_interop::{Server, fixture::Tree};

use super::login;

/// A directory of ours that holds `tree`.
fn local(tree: &Tree) -> (TempDir, Local) {
    let directory = TempDir::new().unwrap();
    tree.write(directory.path());
    let storage = Local::open(directory.path()).unwrap();
    (directory, storage)
}

pub(super) async fn uploads(server: &Server) {
    let mut client = login(server).await;
    let (_directory, storage) = local(&Tree::difficult());
    let report = client.upload(&storage, "/", "new/place").write_into().await.unwrap();
    assert_eq!(report.failures().count(), 0, "{report:?}");
    assert_eq!(report.files(), Tree::difficult().files().count());
    assert_eq!(Tree::read(&server.files.join("new/place")), Tree::difficult());
    // Over what is there.
    client.upload(&storage, "/", "new/place").write_into().await.unwrap().into_result().unwrap();
    assert_eq!(Tree::read(&server.files.join("new/place")), Tree::difficult());
    client.quit().await.unwrap();
}

pub(super) async fn downloads(server: &Server) {
    let mut client = login(server).await;
    let (directory, storage) = local(&Tree::empty());
    let report = client.download("", &storage, "all").write_into().await.unwrap();
    assert_eq!(report.failures().count(), 0, "{report:?}");
    // Dot files too, where the server hides them from a plain LIST.
    assert_eq!(Tree::read(&directory.path().join("all")), Tree::difficult());
    client.quit().await.unwrap();
}

pub(super) async fn puts_under_its_own_name(server: &Server) {
    let mut client = login(server).await;
    let memory = Memory::new();
    client.download("a/b", &memory, "/to").await.unwrap().into_result().unwrap();
    client.download("every octet.bin", &memory, "/to").await.unwrap().into_result().unwrap();
    let tree = Tree::difficult();
    assert_eq!(memory.read_file("/to/b/c/deep.txt").unwrap(), tree.file("a/b/c/deep.txt"));
    assert_eq!(memory.read_file("/to/every octet.bin").unwrap(), tree.file("every octet.bin"));
    client.upload(&memory, "/to", "x/y").await.unwrap().into_result().unwrap();
    client.upload(&memory, "/to/every octet.bin", "x").await.unwrap().into_result().unwrap();
    let expected = tree.below("a/b");
    assert_eq!(Tree::read(&server.files.join("x/y/to/b")), expected);
    assert_eq!(Tree::read(&server.files).file("x/every octet.bin"), tree.file("every octet.bin"));
    client.quit().await.unwrap();
}

pub(super) async fn moves_many_small_files(server: &Server) {
    let mut client = login(server).await;
    let names = (0..300).map(|number| format!("{}/{number}.txt", number % 5));
    let tree = names.fold(Tree::empty(), |tree, name| tree.with(&name, name.repeat(500)));
    let (_directory, storage) = local(&tree);
    client.upload(&storage, "/", "many").write_into().await.unwrap().into_result().unwrap();
    assert_eq!(Tree::read(&server.files.join("many")), tree);
    let (directory, storage) = local(&Tree::empty());
    client.download("many", &storage, "/").await.unwrap().into_result().unwrap();
    assert_eq!(Tree::read(&directory.path().join("many")), tree);
    client.quit().await.unwrap();
}
