//! What an upload or a download looks at besides the octets: digests, what the server allows, and who else is at work.

use std::{
    future::IntoFuture,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::StreamExt;
use tokio::{sync::oneshot, time::sleep};
use wharf::{
    Client, ErrorKind, Event, Phase, Server, SpeedLimits,
    client::Aside,
    core::{
        access::Access,
        digest::{Algorithm, Hasher},
        pathname::Pathname,
        principal::Permissions,
    },
    server::User,
    storage::{Bytes, Capabilities, ErrorKind as StorageErrorKind, Memory, Storage, WriteMode},
};

use crate::{
    backend::Backend,
    fixture::{BOTH, Events, builder, drop_after, octets, serve},
    flaky::Flaky,
    script::Script,
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
    // Where it cannot be looked at before it has its name, it does not keep it.
    let plain = Backend::lacking(here.clone(), Capabilities::WRITE_AT);
    flaky.spoil(true);
    let error =
        in_time(client.download("tree/short", &plain, "").verify(true).into_future()).await.unwrap_err();
    flaky.spoil(false);
    assert_eq!((error.kind(), names(&here, "/").await), (ErrorKind::Mismatch, Vec::new()));
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
    let server = builder(BOTH[0], files).limits(|limits| limits.sessions = Some(1)).serve().await.unwrap();
    let client = Client::builder(server.address())
        .login("anna", "secret")
        .acquire_timeout(Duration::from_secs(2))
        .reconnects(0)
        .speed_limits(SpeedLimits::new(None, Some(2_000_000)))
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
    let (upload, progress) = slow.upload(&here, "large", "").progress();
    in_time(drop_after(upload.into_future(), progress, 1_500_000)).await;
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

#[tokio::test]
async fn a_file_that_changes_while_it_is_uploaded_is_not_published() {
    let (old, new) = (octets(5_000_000), vec![1; 5_000_000]);
    let here = Memory::new().with_file("/large", &old).unwrap();
    let written = here.clone();
    let changing = Backend::new(here, move |step| {
        if step == "read" {
            written.write_file("/large", &new).unwrap();
        }
        Ok(())
    });
    let files = Memory::new().with_file("/large", "before").unwrap();
    let server = serve(BOTH[0], files.clone()).await;
    let client = Client::builder(server.address()).login("anna", "secret").build().unwrap();
    let error = in_time(client.upload(&changing, "large", "").into_future()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage, "{error}");
    assert_eq!(
        (files.read_file("/large").unwrap().as_slice(), names(&files, "/").await.len()),
        (&b"before"[..], 1)
    );
}

#[tokio::test]
async fn a_time_that_cannot_be_told_at_the_moment_makes_no_other_version() {
    let content = octets(5_000_000);
    let files = Memory::new().with_file("/large", &content).unwrap();
    let (opened, failed) = (Arc::new(AtomicUsize::new(0)), AtomicBool::new(false));
    let counted = Arc::clone(&opened);
    let backend = Backend::new(files, move |step| {
        if step == "open_read" {
            counted.fetch_add(1, Ordering::Relaxed);
        }
        let came = counted.load(Ordering::Relaxed) > 0;
        match step == "metadata" && came && !failed.swap(true, Ordering::Relaxed) {
            true => Err(StorageErrorKind::Failed.into()),
            false => Ok(()),
        }
    });
    let without = ["MLSD", "MLST"];
    let server =
        without.iter().fold(builder(BOTH[0], backend), |builder, verb| builder.without_command(verb));
    let server = server.serve().await.unwrap();
    let client = Client::builder(server.address()).login("anna", "secret").build().unwrap();
    let here = Memory::new();
    in_time(client.download("large", &here, "").into_future()).await.unwrap().into_result().unwrap();
    assert!(here.read_file("/large").unwrap() == content);
    assert_eq!(opened.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn what_could_not_be_verified_is_told() {
    let content = octets(5_000_000);
    let files =
        Memory::new().with_file("/tree/large", &content).unwrap().with_file("/tree/short", "s").unwrap();
    let without = ["HASH", "XCRC", "XMD5", "XSHA1", "XSHA256", "XSHA512"];
    let blind = |files: Memory| {
        without.iter().fold(builder(BOTH[0], files), |builder, verb| builder.without_command(verb))
    };
    for (server, unverified) in
        [(blind(files.clone()).serve().await.unwrap(), 1), (serve(BOTH[0], files.clone()).await, 0)]
    {
        let client = Client::builder(server.address()).login("anna", "secret").build().unwrap();
        let here = Memory::new();
        let mut told = Vec::new();
        told.push(in_time(client.download("tree/large", &here, "").verify(true).into_future()).await);
        told.push(in_time(client.upload(&here, "large", "").verify(true).into_future()).await);
        let plain = Backend::lacking(here.clone(), Capabilities::WRITE_AT);
        told.push(in_time(client.download("tree/short", &plain, "").verify(true).into_future()).await);
        for report in told {
            let report = report.unwrap();
            assert_eq!((report.files(), report.unverified), (1, unverified), "{report:?}");
        }
        let tree = in_time(client.download("tree", &here, "").verify(true).into_future()).await.unwrap();
        let back = in_time(client.upload(&here, "tree", "up").verify(true).into_future()).await.unwrap();
        assert_eq!((tree.files(), tree.unverified, back.unverified), (2, 2 * unverified, 2 * unverified));
        let not_asked = in_time(client.download("tree", &here, "").into_future()).await.unwrap();
        assert_eq!(not_asked.unverified, 0);
    }
}

/// A digest may take as long as a slow server needs to read the file, and is not asked for again when it takes longer.
#[tokio::test(start_paused = true)]
async fn a_digest_of_a_large_file_may_take_long() {
    const SIZE: usize = 8 << 20;
    let content = vec![0; SIZE];
    let mut hasher = Hasher::new(Algorithm::Crc32);
    hasher.update(&content);
    let digest = hasher.finish();
    let facts = format!("250 type=file;size={SIZE};modify=20200913122640; large");
    // All is there: what is left to do is to compare. It is 1 second for any reply, and 2 more for 8 MiB.
    let asked = format!(
        "S: 220 Hello\nC: USER anna\nS: 331 Password\nC: PASS secret\nS: 230 In\n\
         C: MLST large\nS: {facts}\nC: MLST large\nS: {facts}\nC: MLST large\nS: {facts}\nC: MLST large\nS: {facts}\n\
         C: FEAT\nS: 211-Features\nS:  HASH CRC32*\nS: 211 End\nC: HASH large\nC: silence\nC: silence"
    );
    for answered in [true, false] {
        let answer = format!("S: 213 CRC32 0-{SIZE} {digest} large");
        let script = Script::new(&format!("{asked}\n{}", if answered { &answer } else { "C: close" })).await;
        let here = Memory::new().with_file("/large.wharf-part", &content).unwrap();
        here.write_file("/large.wharf-map", format!("wharf-map 1\nsize {SIZE}\nmodified 1600000000\nend\n"))
            .unwrap();
        let client = Client::builder(script.address()).login("anna", "secret");
        let client = client.connection(|connection| connection.reply_timeout(Duration::from_secs(1)));
        let client = client.build().unwrap();
        let done = client.download("large", &here, "").verify(true).await;
        match answered {
            true => {
                assert_eq!((done.unwrap().unverified, names(&here, "/").await), (0, vec!["large".to_owned()]))
            }
            false => {
                assert_eq!(done.unwrap_err().kind(), ErrorKind::Unverified);
                assert_eq!(
                    names(&here, "/").await,
                    ["large.wharf-map", "large.wharf-part"],
                    "it can be tried again"
                );
            }
        }
        script.done().await;
    }
}
