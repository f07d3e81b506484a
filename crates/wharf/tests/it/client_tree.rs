//! Whole trees up and down, and away.

use std::sync::Mutex;

use wharf::{
    Client,
    connection::{Outcome, Progress},
    storage::{Memory, Storage},
};

use crate::pair::{Pair, over_all};

fn tree() -> Memory {
    Memory::new()
        .with_file("/foo/a.txt", "a")
        .and_then(|memory| memory.with_file("/foo/bar/b.txt", "bb"))
        .and_then(|memory| memory.with_file("/foo/bar/baz/c.txt", "ccc"))
        .and_then(|memory| memory.with_dir("/foo/empty"))
        .unwrap()
}

fn has_tree(files: &Memory, root: &str) {
    for (path, content) in [("a.txt", "a"), ("bar/b.txt", "bb"), ("bar/baz/c.txt", "ccc")] {
        let path = format!("{root}/{path}");
        assert_eq!(files.read_file(&path).unwrap(), content.as_bytes(), "{path}");
    }
}

async fn is_dir(files: &Memory, path: &str) -> bool {
    let path = wharf::core::pathname::Pathname::parse(path.as_bytes()).unwrap();
    files.metadata(&path).await.is_ok_and(|metadata| metadata.is_dir())
}

over_all! {
    async fn a_directory_is_uploaded_under_its_own_name(address: &str) {
        let pair = Pair::new(address).await;
        let mut client = pair.client().await;
        for (destination, root) in [("", "/foo"), ("x", "/x/foo"), ("deep/er/still", "/deep/er/still/foo")] {
            let report = client.upload(&tree(), "/foo", destination).await.unwrap();
            assert_eq!((report.files(), report.octets()), (3, 6));
            report.into_result().unwrap();
            has_tree(&pair.files, root);
            assert!(is_dir(&pair.files, &format!("{root}/empty")).await);
        }
    }

    async fn a_directory_is_uploaded_into_another_name(address: &str) {
        let pair = Pair::new(address).await;
        let mut client = pair.client().await;
        for (destination, root) in [("", ""), ("bar", "/bar"), ("a/b", "/a/b"), ("/abs/olute", "/abs/olute")] {
            let report = client.upload(&tree(), "foo", destination).write_into().await.unwrap();
            report.into_result().unwrap();
            has_tree(&pair.files, root);
        }
        let mut names: Vec<_> = client.list("a/b").all().await.unwrap().into_iter().map(|e| e.entry.name).collect();
        names.sort();
        assert_eq!(names, [&b"a.txt"[..], b"bar", b"empty"]);
    }

    async fn a_directory_is_downloaded(address: &str) {
        let pair = Pair::new(address).await;
        let mut client = pair.client().await;
        client.upload(&tree(), "/foo", "far/away").await.unwrap().into_result().unwrap();
        for (destination, into, root) in
            [("", false, "/foo"), ("x/y", false, "/x/y/foo"), ("", true, ""), ("bar", true, "/bar")]
        {
            let here = Memory::new();
            let download = client.download("far/away/foo", &here, destination);
            let download = if into { download.write_into() } else { download };
            let report = download.await.unwrap();
            assert_eq!((report.files(), report.octets()), (3, 6));
            report.into_result().unwrap();
            has_tree(&here, root);
            assert!(is_dir(&here, &format!("{root}/empty")).await);
        }
    }

    async fn single_files_go_both_ways(address: &str) {
        let pair = Pair::new(address).await;
        let mut client = pair.client().await;
        let here = Memory::new().with_file("/d/a.txt", "hello").unwrap();
        client.upload(&here, "/d/a.txt", "").await.unwrap().into_result().unwrap();
        client.upload(&here, "/d/a.txt", "new/dir").await.unwrap().into_result().unwrap();
        client.upload(&here, "/d/a.txt", "other/name.txt").write_into().await.unwrap().into_result().unwrap();
        for path in ["/a.txt", "/new/dir/a.txt", "/other/name.txt"] {
            assert_eq!(pair.read(path), "hello");
        }
        pair.write("/a.txt", "changed");
        client.download("a.txt", &here, "d").await.unwrap().into_result().unwrap();
        client.download("a.txt", &here, "e/f.txt").write_into().await.unwrap().into_result().unwrap();
        assert_eq!(here.read_file("/d/a.txt").unwrap(), b"changed");
        assert_eq!(here.read_file("/e/f.txt").unwrap(), b"changed");
        assert!(client.download("nothing", &here, "").await.unwrap_err().is_not_found());
        assert!(client.upload(&here, "nothing", "").await.unwrap_err().is_not_found());
    }

    async fn removing_takes_all_below(address: &str) {
        let pair = Pair::new(address).await;
        let mut client = pair.client().await;
        client.upload(&tree(), "/foo", "").await.unwrap().into_result().unwrap();
        client.remove("foo").await.unwrap();
        assert!(client.list("").all().await.unwrap().is_empty());
        pair.write("/file", "");
        client.remove("file").await.unwrap();
        assert!(!client.exists("file").await.unwrap());
        assert!(client.remove("file").await.unwrap_err().is_not_found());
        assert!(client.remove("/").await.is_err());
    }
}

#[tokio::test]
async fn local_paths_are_a_word_away() {
    let pair = Pair::new("127.0.0.1:0").await;
    let mut client = pair.client().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.bin"), vec![7; 300_000]).unwrap();
    assert_eq!(client.upload_file(folder.path().join("a.bin"), "x/b.bin").await.unwrap(), 300_000);
    assert_eq!(client.download_file("x/b.bin", folder.path().join("c.bin")).await.unwrap(), 300_000);
    assert_eq!(std::fs::read(folder.path().join("c.bin")).unwrap(), vec![7; 300_000]);
    assert!(client.download_file("nothing", folder.path().join("d.bin")).await.unwrap_err().is_not_found());
    assert!(!folder.path().join("d.bin").exists());
}

#[tokio::test]
async fn a_directory_is_no_file_to_upload_or_download() {
    let pair = Pair::new("127.0.0.1:0").await;
    pair.write("/dir/file", "here");
    let mut connection = pair.client().await;
    let client = Client::builder(pair.address()).login("anna", "secret").build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("here")).unwrap();
    std::fs::write(folder.path().join("here/file"), "here").unwrap();
    let (here, there) = (folder.path().join("here"), folder.path().join("there"));
    let mut errors = vec![
        connection.upload_file(&here, "up").await.unwrap_err(),
        client.upload_file(&here, "up").await.unwrap_err(),
    ];
    for source in ["dir", "/", ""] {
        errors.push(connection.download_file(source, &there).await.unwrap_err());
        errors.push(client.download_file(source, &there).await.unwrap_err());
    }
    for error in errors {
        assert_eq!(error.kind(), wharf::ErrorKind::InvalidInput, "{error}");
        assert!(error.to_string().contains("a directory: use `"), "{error}");
    }
    assert!(!connection.exists("up").await.unwrap() && !there.exists());
}

#[tokio::test]
async fn an_observer_sees_every_file_begin_and_end() {
    let pair = Pair::new("127.0.0.1:0").await;
    let mut client = pair.client().await;
    let seen = Mutex::new(Vec::new());
    let observer = |progress: Progress<'_>| {
        seen.lock().unwrap().push(match progress {
            Progress::Began { source, size, .. } => format!("{} {size:?}", source.escape_ascii()),
            Progress::Moved { octets } => format!("{octets}"),
            Progress::Ended(item) => match item.outcome {
                Outcome::File { octets } => format!("done {octets}"),
                _ => "other".to_owned(),
            },
            _ => "unknown".to_owned(),
        });
    };
    let here = Memory::new().with_file("/a", "12345").unwrap();
    client.upload(&here, "a", "").observe(observer).await.unwrap().into_result().unwrap();
    let seen = seen.into_inner().unwrap();
    assert_eq!(seen.first().unwrap(), "/a Some(5)");
    assert_eq!(seen[seen.len() - 2..], ["5", "done 5"]);
}
