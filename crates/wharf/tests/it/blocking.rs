//! The client for programs without a runtime, against a server that has one.

use std::{
    io::{Read, Write},
    thread,
    time::Duration,
};

use tokio::runtime::Runtime;
use wharf::{
    ErrorKind, Permissions, Server, User,
    blocking::Client,
    client::{
        Progress,
        sync::{Place, sync},
    },
    storage::Memory,
};

struct There {
    files: Memory,
    server: Server,
    runtime: Runtime,
}

impl There {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let files = Memory::new().with_file("/a", "hello").unwrap().with_file("/d/b", "there").unwrap();
        let anna = User::new("anna", "secret", files.clone()).permissions(Permissions::read_write());
        let server = runtime.block_on(Server::builder().user(anna).serve()).unwrap();
        Self { files, server, runtime }
    }

    fn client(&self) -> Client {
        Client::new(wharf::Client::builder(self.server.address()).login("anna", "secret")).unwrap()
    }
}

fn content(client: &Client, name: &str) -> String {
    let mut text = String::new();
    let mut file = client.read(name).unwrap();
    file.read_to_string(&mut text).unwrap();
    file.finish().unwrap();
    text
}

#[test]
fn does_what_a_client_does() {
    let there = There::new();
    let client = there.client();
    assert_eq!(content(&client, "a"), "hello");
    let mut file = client.write("new").unwrap();
    file.write_all(b"written").unwrap();
    file.flush().unwrap();
    file.finish().unwrap();
    assert_eq!(there.files.read_file("/new").unwrap(), b"written");
    assert_eq!(client.stat("a").unwrap().size, Some(5));
    assert!(!client.exists("nothing").unwrap());
    assert!(client.stat("nothing").unwrap_err().is_not_found());
    client.make_dir_all("x/y").unwrap();
    client.rename("new", "x/y/new").unwrap();
    let mut names: Vec<_> =
        client.list_recursive("").map(|entry| String::from_utf8(entry.unwrap().pathname).unwrap()).collect();
    names.sort();
    assert_eq!(names, ["a", "d", "d/b", "x", "x/y", "x/y/new"]);
    client.remove("x").run().unwrap().into_result().unwrap();
    assert!(!client.exists("x").unwrap());
    client.close();
}

#[test]
fn trees_move_and_tell_how_far_they_are_and_anything_else_can_be_waited_for() {
    let there = There::new();
    let client = there.client();
    let (here, mut ended) = (Memory::new(), Vec::new());
    let download = client.download("", &here, "/copy").set(|download| download.write_into());
    let report = download.run_telling(|event| {
        if let Progress::Ended { file: Some(_), item } = event {
            ended.push(item.source);
        }
    });
    report.unwrap().into_result().unwrap();
    assert_eq!(
        (here.read_file("/copy/a").unwrap(), here.read_file("/copy/d/b").unwrap()),
        (b"hello".into(), b"there".into())
    );
    assert_eq!(ended.len(), 2, "{ended:?}");
    client.upload(&here, "/copy", "up").run().unwrap().into_result().unwrap();
    assert_eq!(there.files.read_file("/up/copy/d/b").unwrap(), b"there");
    let to = Place::storage(std::sync::Arc::new(here.clone()), "/synced").unwrap();
    client.block(sync(Place::server(client.as_async(), "d"), to).run()).unwrap().into_result().unwrap();
    assert_eq!(here.read_file("/synced/b").unwrap(), b"there");
}

#[test]
fn several_threads_use_one_client_and_what_is_dropped_half_way_disturbs_nobody() {
    let there = There::new();
    let client = there.client();
    thread::scope(|scope| {
        for _ in 0..8 {
            let client = client.clone();
            scope.spawn(move || {
                for _ in 0..5 {
                    let mut octet = [0];
                    client.read("a").unwrap().read_exact(&mut octet).unwrap();
                    drop(client.list("").next().unwrap().unwrap());
                    assert_eq!(content(&client, "d/b"), "there");
                }
            });
        }
    });
    // A stream outlives the client that it is of.
    let mut file = client.read("a").unwrap();
    drop(client);
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "hello");
}

#[test]
fn inside_of_a_runtime_it_works_as_well() {
    let there = There::new();
    let client = there.client();
    // On the only thread of a runtime: in the first future, in a task, which has a budget, and on a thread that may wait.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let calls = move |client: &Client| {
        for _ in 0..300 {
            assert!(client.exists("a").unwrap());
        }
        assert_eq!(content(client, "a"), "hello");
    };
    runtime.block_on(async {
        calls(&client);
        let other = client.clone();
        tokio::spawn(async move { calls(&other) }).await.unwrap();
        let other = client.clone();
        tokio::task::spawn_blocking(move || calls(&other)).await.unwrap();
    });
}

#[test]
fn idle_connections_are_closed_while_nobody_calls() {
    let there = There::new();
    let builder = wharf::Client::builder(there.server.address()).login("anna", "secret");
    let client = Client::new(builder.idle_timeout(Duration::from_millis(20))).unwrap();
    assert!(client.exists("a").unwrap());
    // It is the client that says goodbye: the server waits for minutes.
    let roster = there.server.roster().clone();
    there.runtime.block_on(async {
        let gone = async {
            while !roster.list().is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), gone).await.expect("the client closes it");
    });
    assert!(client.exists("a").unwrap());
}

#[test]
fn what_cannot_be_set_up_is_an_error() {
    let error = Client::new(wharf::Client::builder("http://host")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
