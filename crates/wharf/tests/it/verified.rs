//! What an upload or a download looks at besides the octets: digests, what the server allows, and who else is at work.

use std::{future::IntoFuture, net::SocketAddr, time::Duration};

use futures_util::StreamExt;
use tokio::{sync::oneshot, time::sleep};
use wharf::{
    Client, ErrorKind, Event, Phase, Server, SpeedLimits,
    client::Aside,
    core::{access::Access, pathname::Pathname, principal::Permissions},
    server::User,
    storage::{Bytes, Memory, Storage, WriteMode},
};

use crate::{
    fixture::{BOTH, Events, builder, octets, serve},
    flaky::Flaky,
    wire::in_time,
};

fn path(text: &str) -> Pathname {
    Pathname::parse(text.as_bytes()).unwrap()
}

async fn names(storage: &Memory, directory: &str) -> Vec<String> {
    let names = storage.list_names(&path(directory)).await.unwrap();
    let mut names: Vec<_> = names.map(|name| String::from_utf8(name.unwrap()).unwrap()).collect().await;
    names.sort();
    names
}

#[tokio::test]
async fn what_was_spoilt_on_the_way_is_found_and_thrown_away() {
    let (short, long) = (octets(100_000), octets(5_000_000));
    let files =
        Memory::new().with_file("/tree/short", &short).unwrap().with_file("/tree/long", &long).unwrap();
    let server = serve(BOTH[0], files.clone()).await;
    let flaky = Flaky::to(server.address()).await;
    let client = Client::builder(flaky.address()).login("anna", "secret").build().unwrap();
    let here = Memory::new();
    let fetched = async |file: &str, verify| {
        flaky.spoil(true);
        let download = client.download(format!("tree/{file}"), &here, "").verify(verify);
        let done = in_time(download.into_future()).await;
        flaky.spoil(false);
        done
    };
    for file in ["short", "long"] {
        assert_eq!(fetched(file, true).await.unwrap_err().kind(), ErrorKind::Mismatch, "{file}");
        assert_eq!(names(&here, "/").await, [""; 0], "{file}");
    }
    // Nobody would know otherwise.
    fetched("short", false).await.unwrap().into_result().unwrap();
    assert!(here.read_file("/short").unwrap() != short);
    in_time(client.download("tree", &here, "").verify(true).into_future())
        .await
        .unwrap()
        .into_result()
        .unwrap();
    assert!(here.read_file("/tree/short").unwrap() == short && here.read_file("/tree/long").unwrap() == long);

    for file in ["short", "long"] {
        flaky.spoil(true);
        let upload = client.upload(&here, format!("tree/{file}"), "up").verify(true);
        let error = in_time(upload.into_future()).await.unwrap_err();
        flaky.spoil(false);
        assert_eq!(error.kind(), ErrorKind::Mismatch, "{file}: {error}");
        assert_eq!(names(&files, "/up").await, [""; 0], "{file}");
    }
    in_time(client.upload(&here, "tree", "up").verify(true).into_future())
        .await
        .unwrap()
        .into_result()
        .unwrap();
    assert!(files.read_file("/up/tree/long").unwrap() == long);
    assert_eq!(names(&files, "/up/tree").await, ["long", "short"]);
}

/// A server where files are dropped, and nothing else can be done.
async fn drop_box(files: Memory, access: Access) -> Server {
    let permissions = Permissions::none().with(Pathname::root(), access);
    let anna = User::new("anna", "secret", files).permissions(permissions);
    Server::builder().listen(SocketAddr::new(BOTH[0], 0)).user(anna).serve().await.unwrap()
}

#[tokio::test]
async fn large_files_can_be_put_where_nothing_can_be_renamed() {
    let content = octets(5_000_000);
    let here = Memory::new();
    for file in ["/tree/one", "/tree/two"] {
        here.write_file(file, &content).unwrap();
    }
    // Without and with the right to add to a file: it shows before the octets are sent, or after.
    for access in [Access::LIST | Access::CREATE, Access::LIST | Access::CREATE | Access::APPEND] {
        let files = Memory::new().with_dir("/tree").unwrap();
        let server = drop_box(files.clone(), access).await;
        let client =
            Client::builder(server.address()).login("anna", "secret").connections(1).build().unwrap();
        let report = in_time(client.upload(&here, "tree", "").into_future()).await.unwrap();
        report.into_result().unwrap();
        for file in ["/tree/one", "/tree/two"] {
            assert!(files.read_file(file).unwrap() == content, "{file}");
        }
        // What the first attempt has left could not be removed; the second file had no such attempt.
        assert!(names(&files, "/tree").await.len() <= 3, "{:?}", names(&files, "/tree").await);
        let always = client.upload(&here, "tree/one", "tree/three").aside(Aside::Always);
        assert!(in_time(always.into_future()).await.unwrap_err().is_permanent_refusal());
    }
}

/// A file of the same size under the final name is no sign that the renaming was done.
#[tokio::test]
async fn what_cannot_be_renamed_replaces_a_file_of_its_size() {
    let content = octets(5_000_000);
    let here = Memory::new().with_file("/one", &content).unwrap();
    let files = Memory::new().with_file("/one", vec![0; content.len()]).unwrap();
    let access = Access::LIST | Access::CREATE | Access::APPEND | Access::OVERWRITE;
    let server = drop_box(files.clone(), access).await;
    let client = Client::builder(server.address()).login("anna", "secret").build().unwrap();
    let report = in_time(client.upload(&here, "one", "").into_future()).await.unwrap();
    report.into_result().unwrap();
    assert!(files.read_file("/one").unwrap() == content);
}

#[tokio::test]
async fn who_gets_no_connection_waits_for_those_who_work_on_the_same_and_for_nobody_else() {
    let files = (0..8).fold(Memory::new(), |files, file| {
        files.with_file(format!("/tree/{file}"), octets(200_000)).unwrap()
    });
    let files = files.with_file("/tree/large", octets(5_000_000)).unwrap();
    let server = builder(BOTH[0], files).session_limit(1).serve().await.unwrap();
    let client = Client::builder(server.address())
        .login("anna", "secret")
        .acquire_timeout(Duration::from_millis(300))
        .reconnects(0)
        .speed_limits(SpeedLimits::new(None, Some(5_000_000)))
        .build()
        .unwrap();
    let here = Memory::new();
    in_time(client.download("tree", &here, "").into_future()).await.unwrap().into_result().unwrap();
    let held = client.connection().await.unwrap();
    let error = in_time(client.download("tree", &here, "").into_future()).await.unwrap_err();
    assert_eq!((error.kind(), error.phase()), (ErrorKind::Timeout, Phase::Connect));
    drop(held);
    in_time(client.download("tree/large", &here, "").into_future()).await.unwrap().into_result().unwrap();
}

#[tokio::test]
async fn an_upload_goes_on_when_nobody_writes_any_more() {
    let content = octets(8_000_000);
    let events = Events::default();
    let files = Memory::new();
    let server = builder(BOTH[0], files.clone()).on_event(events.hook()).serve().await.unwrap();
    let here = Memory::new().with_file("/large", &content).unwrap();
    let client = Client::builder(server.address()).login("anna", "secret");
    let slow = client.clone().speed_limits(SpeedLimits::new(Some(4_000_000), None)).build().unwrap();
    let begun =
        tokio::time::timeout(Duration::from_millis(500), slow.upload(&here, "large", "").into_future());
    assert!(begun.await.is_err());
    events.wait_for(1, |event| matches!(event, Event::TransferEnded { .. })).await;
    let [part] = names(&files, "/").await.try_into().unwrap();
    let before = events.so_far().len();
    // As a session does that has more to read of what was cut.
    let (writes, written) = oneshot::channel();
    let late = async {
        let at = files.metadata(&path(&format!("/{part}"))).await.unwrap().size as usize;
        let mut sink = files.open_write(&path(&format!("/{part}")), WriteMode::Append).await.unwrap();
        let mut writes = Some(writes);
        for chunk in content[at..at + 1_000_000].chunks(100_000) {
            sink.write(Bytes::copy_from_slice(chunk)).await.unwrap();
            writes.take().into_iter().for_each(|writes| writes.send(()).unwrap());
            sleep(Duration::from_millis(50)).await;
        }
        at + 1_000_000
    };
    let client = client.build().unwrap();
    let going_on = async {
        written.await.unwrap();
        client.upload(&here, "large", "").await
    };
    let (written, done) = in_time(async { tokio::join!(late, going_on) }).await;
    done.unwrap().into_result().unwrap();
    assert!(files.read_file("/large").unwrap() == content);
    let events = events.so_far();
    let received = events[before..].iter().filter_map(|event| match event {
        Event::TransferEnded { octets, .. } => Some(*octets),
        _ => None,
    });
    assert_eq!(received.sum::<u64>(), (content.len() - written) as u64);
}
