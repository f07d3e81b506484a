use std::{fs, future::IntoFuture, time::Duration};

use futures_util::StreamExt;
use tempfile::TempDir;
use wharf::{Client, ClientBuilder, SpeedLimits, client::Progress, storage::Local};
use wharf_interop::{Server, fixture::Tree};

const LARGE: usize = 6 << 20;

fn client(server: &Server) -> ClientBuilder {
    Client::builder(server.target.address).login(&server.target.user, &server.target.password)
}

/// Octets in no short period.
fn large() -> Vec<u8> {
    (0..LARGE).map(|at| (at.wrapping_mul(31) ^ (at >> 8)) as u8).collect()
}

/// A hundred short files in some directories, and two large ones.
fn tree() -> Tree {
    let names = (0..100).map(|number| format!("{}/{number}.txt", number % 7));
    let tree = names.fold(Tree::difficult(), |tree, name| tree.with(&name, name.repeat(300)));
    tree.with("large one", large()).with("3/large two", large())
}

/// Where the server has it.
fn at(server: &Server, path: &str) -> String {
    format!("{}/{path}", server.home.trim_end_matches('/'))
}

fn folder() -> (TempDir, Local) {
    let directory = TempDir::new().unwrap();
    let storage = Local::open(directory.path()).unwrap();
    (directory, storage)
}

pub(super) async fn moves_trees_over_all_connections(server: &Server) {
    let client = client(server).build().unwrap();
    let ((here, storage), (back, into)) = (folder(), folder());
    tree().write(here.path());
    client.upload(&storage, "/", at(server, "all/of it")).write_into().await.unwrap().into_result().unwrap();
    assert_eq!(Tree::read(&server.files.join("all/of it")), tree());
    let download = client.download(at(server, "all/of it"), &into, "/").write_into().segments(2);
    download.await.unwrap().into_result().unwrap();
    assert_eq!(Tree::read(back.path()), tree());
    client.remove(at(server, "all")).await.unwrap().into_result().unwrap();
    assert!(!server.files.join("all").exists());
    client.close().await;
}

/// Does the work until so many octets have been moved, and drops it.
async fn interrupted<T>(
    work: impl IntoFuture<Output = T>,
    mut progress: impl StreamExt<Item = Progress> + Unpin,
) {
    let enough = async {
        while let Some(event) = progress.next().await {
            if matches!(event, Progress::Moved { octets, .. } if octets >= 2 << 20) {
                return;
            }
        }
    };
    tokio::select! {
        _ = work.into_future() => panic!("it was not to end"),
        () = enough => {}
    }
}

pub(super) async fn goes_on_with_what_was_interrupted(server: &Server) {
    let limited = || SpeedLimits::new(Some(4 << 20), Some(4 << 20));
    let ((here, storage), (back, into)) = (folder(), folder());
    fs::write(here.path().join("large"), large()).unwrap();
    let slow = client(server).speed_limits(limited()).build().unwrap();
    let (upload, progress) = slow.upload(&storage, "large", at(server, "up")).progress();
    interrupted(upload, progress).await;
    assert!(!server.files.join("up/large").exists());
    let client = client(server).build().unwrap();
    client.upload(&storage, "large", at(server, "up")).await.unwrap().into_result().unwrap();
    assert!(fs::read(server.files.join("up/large")).unwrap() == large());
    assert_eq!(fs::read_dir(server.files.join("up")).unwrap().count(), 1, "nothing is left behind");

    let (download, progress) = slow.download(at(server, "up/large"), &into, "/").progress();
    interrupted(download, progress).await;
    let (download, progress) = client.download(at(server, "up/large"), &into, "/").progress();
    let (report, told) = tokio::join!(download.into_future(), progress.collect::<Vec<_>>());
    report.unwrap().into_result().unwrap();
    assert!(fs::read(back.path().join("large")).unwrap() == large());
    let octets = told.iter().filter_map(|event| match event {
        Progress::Moved { octets, .. } => Some(*octets),
        _ => None,
    });
    // It began behind what was there.
    assert!(octets.min().unwrap() >= 1 << 20);
    tokio::time::timeout(Duration::from_secs(30), client.close()).await.unwrap();
}
