//! A tree that is listed over all connections.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::FutureExt;
use tokio::sync::Barrier;
use wharf::{
    Client, Server, User,
    client::{ListedDirectory, TreeListing},
    connection::{ListOptions, MAX_DEPTH},
    storage::{Capabilities, Listing, Memory, Metadata, Pathname, Result, Source, Storage},
};

use crate::{
    fixture::{BOTH, builder, serve},
    flaky::Flaky,
    wire::in_time,
};

/// Three directories on each of three levels, a file in each, and names whose order is not that of their pathnames.
fn memory() -> Memory {
    let mut files = Memory::new().with_dir("/tree/b/empty").unwrap();
    for one in ["", "a", "a-b", "b"] {
        for two in ["", "1", "2", "10"] {
            let path = ["/tree", one, two, "file"].into_iter().filter(|part| !part.is_empty());
            files = files.with_file(path.collect::<Vec<_>>().join("/"), b"x").unwrap();
        }
    }
    files
}

/// As they come: each before what is in it, and by their names.
const ORDER: [&str; 17] = [
    "tree",
    "tree/1",
    "tree/10",
    "tree/2",
    "tree/a",
    "tree/a/1",
    "tree/a/10",
    "tree/a/2",
    "tree/a-b",
    "tree/a-b/1",
    "tree/a-b/10",
    "tree/a-b/2",
    "tree/b",
    "tree/b/1",
    "tree/b/10",
    "tree/b/2",
    "tree/b/empty",
];

async fn all(mut tree: TreeListing) -> Vec<ListedDirectory> {
    let mut directories = Vec::new();
    while let Some(directory) = in_time(tree.next()).await {
        directories.push(directory.unwrap());
    }
    directories
}

fn pathnames(directories: &[ListedDirectory]) -> Vec<String> {
    let all = directories.iter();
    all.map(|directory| String::from_utf8(directory.pathname.clone()).unwrap()).collect()
}

fn everything() -> ListOptions {
    ListOptions::new().hidden(true)
}

fn client_of(server: &Server) -> Client {
    Client::builder(server.address()).login("anna", "secret").build().unwrap()
}

#[tokio::test]
async fn directories_come_in_one_order() {
    for host in BOTH {
        let server = serve(host, memory()).await;
        for connections in [1, 2, 4] {
            let client = client_of(&server);
            client.set_connections(connections);
            let directories = all(client.list_tree("tree", &everything(), usize::MAX)).await;
            assert_eq!(pathnames(&directories), ORDER, "{connections}");
            let top = directories.first().unwrap();
            let names: Vec<_> = top.rows.iter().map(|row| row.as_ref().unwrap().name.clone()).collect();
            assert_eq!(names, [&b"1"[..], b"10", b"2", b"a", b"a-b", b"b", b"file"]);
            let depths: Vec<_> = directories.iter().map(|directory| directory.depth).collect();
            assert_eq!(depths, ORDER.map(|path| path.matches('/').count()));
            // The rows are those of one connection.
            let mut rows = client.list_recursive("tree").all().await.unwrap();
            let mut alone = client.connection().await.unwrap().list_recursive("tree").all().await.unwrap();
            rows.sort_by(|one, other| one.pathname.cmp(&other.pathname));
            alone.sort_by(|one, other| one.pathname.cmp(&other.pathname));
            assert_eq!(rows, alone);
            let shallow = all(client.list_tree("tree", &everything(), 1)).await;
            assert_eq!(
                pathnames(&shallow),
                ORDER.into_iter().filter(|path| path.matches('/').count() < 2).collect::<Vec<_>>()
            );
        }
    }
}

/// Storage whose directories below the top are listed three at a time, or not at all.
#[derive(Debug)]
struct Together(Memory, Arc<Barrier>);

#[async_trait]
impl Storage for Together {
    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    async fn metadata(&self, path: &Pathname) -> Result<Metadata> {
        self.0.metadata(path).await
    }

    async fn list(&self, path: &Pathname) -> Result<Listing> {
        if path.as_bytes() != b"/" {
            self.1.wait().await;
        }
        self.0.list(path).await
    }

    async fn open_read(&self, path: &Pathname, offset: u64) -> Result<Source> {
        self.0.open_read(path, offset).await
    }
}

#[tokio::test]
async fn directories_are_listed_at_the_same_time() {
    let files = ["/a/x", "/b/x", "/c/x"].into_iter();
    let files = files.fold(Memory::new(), |files, path| files.with_file(path, b"x").unwrap());
    let storage = Together(files, Arc::new(Barrier::new(3)));
    let user = User::new("anna", "secret", storage);
    let server = Server::builder().user(user).listen("127.0.0.1:0").serve().await.unwrap();
    let directories = all(client_of(&server).list_tree("", &everything(), usize::MAX)).await;
    assert_eq!(pathnames(&directories), ["", "a", "b", "c"]);
}

#[tokio::test]
async fn a_way_that_breaks_hides_nothing() {
    let server = serve(BOTH[0], memory()).await;
    let flaky = Flaky::to(server.address()).await;
    let client = Client::builder(flaky.address()).login("anna", "secret").build().unwrap();
    let mut tree = client.list_tree("tree", &everything(), usize::MAX);
    let mut directories = Vec::new();
    while let Some(directory) = in_time(tree.next()).await {
        directories.push(directory.unwrap());
        if directories.len() % 4 == 1 {
            flaky.break_all();
        }
    }
    assert_eq!(pathnames(&directories), ORDER);
    assert!(directories.iter().all(|directory| directory.rows.iter().all(std::result::Result::is_ok)));
}

#[tokio::test]
async fn what_is_missing_is_no_empty_tree_and_what_is_forbidden_hides_nothing_else() {
    let server = builder(BOTH[0], memory()).serve().await.unwrap();
    let client = client_of(&server);
    let missing = all(client.list_tree("missing", &everything(), usize::MAX)).await;
    let [missing] = &missing[..] else { panic!("{missing:?}") };
    assert!(missing.rows.last().unwrap().as_ref().unwrap_err().is_not_found());
    // Of a tree that vanishes, each directory says so.
    let files = memory();
    let server = serve(BOTH[0], files.clone()).await;
    let client = client_of(&server);
    client.set_connections(1);
    let mut tree = client.list_tree("tree", &everything(), usize::MAX);
    let top = in_time(tree.next()).await.unwrap().unwrap();
    assert_eq!(top.rows.len(), 7);
    files.remove_file(&Pathname::parse(b"/tree/2/file").unwrap()).await.unwrap();
    files.remove_dir(&Pathname::parse(b"/tree/2").unwrap()).await.unwrap();
    let rest = all(tree).await;
    assert_eq!(pathnames(&rest), ORDER[1..]);
    let failed = rest.iter().filter(|directory| directory.rows.iter().any(std::result::Result::is_err));
    assert_eq!(failed.map(|directory| &directory.pathname[..]).collect::<Vec<_>>(), [b"tree/2"]);
}

#[tokio::test]
async fn a_server_that_is_gone_is_an_error() {
    let server = serve(BOTH[0], memory()).await;
    let flaky = Flaky::to(server.address()).await;
    let client = Client::builder(flaky.address()).login("anna", "secret").connections(1).reconnects(1);
    let client = client.build().unwrap();
    let mut tree = client.list_tree("tree", &everything(), usize::MAX);
    in_time(tree.next()).await.unwrap().unwrap();
    drop(server);
    flaky.break_all();
    let mut told = Vec::new();
    while let Some(directory) = in_time(tree.next()).await {
        told.extend(directory.err());
    }
    let [error] = &told[..] else { panic!("{told:?}") };
    assert!(error.is_temporary(), "{error}");
}

#[tokio::test]
async fn it_may_be_dropped_at_any_poll() {
    let server = serve(BOTH[0], memory()).await;
    let client = client_of(&server);
    for polls in (0..60).chain((60..400).step_by(20)) {
        let mut tree = client.list_tree("tree", &everything(), usize::MAX);
        for _ in 0..polls {
            // A call that is dropped has lost nothing.
            if tree.next().now_or_never().is_some_and(|next| next.is_none()) {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(tree);
        assert!(in_time(client.exists("tree/a")).await.unwrap(), "dropped after {polls} polls");
    }
    assert_eq!(pathnames(&all(client.list_tree("tree", &everything(), MAX_DEPTH)).await), ORDER);
}
