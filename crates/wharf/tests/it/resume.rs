//! Files that are cut on the way, and arrive.

use std::{
    future::IntoFuture,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures_util::{FutureExt, StreamExt};
use wharf::{
    Client, ClientBuilder, ErrorKind, Event, Server,
    client::{Aside, Progress},
    core::pathname::Pathname,
    storage::{Local, Memory, Storage},
};

use crate::{
    backend::Backend,
    fixture::{BOTH, Events, builder, drop_after, nobody_at, octets, serve},
    flaky::Flaky,
    wire::in_time,
};

const LARGE: usize = 20_000_000;

fn client_of(flaky: &Flaky) -> ClientBuilder {
    Client::builder(flaky.address()).login("anna", "secret")
}

fn path(text: &str) -> Pathname {
    Pathname::parse(text.as_bytes()).unwrap()
}

/// A server with this file, and a way to it that breaks.
async fn with_file(name: &str, content: &[u8]) -> (Memory, Server, Flaky) {
    let files = Memory::new().with_file(name, content).unwrap();
    let server = serve(BOTH[0], files.clone()).await;
    let flaky = Flaky::to(server.address()).await;
    (files, server, flaky)
}

async fn names(storage: &dyn Storage) -> Vec<String> {
    let listing = storage.list_names(&Pathname::root()).await.unwrap();
    let mut names: Vec<_> = listing.map(|name| String::from_utf8(name.unwrap()).unwrap()).collect().await;
    names.sort();
    names
}

#[tokio::test]
async fn a_download_that_is_cut_again_and_again_arrives() {
    let content = octets(LARGE);
    let (files, _server, flaky) = with_file("/large", &content).await;
    let modified = UNIX_EPOCH + Duration::from_secs(1_600_000_000);
    files.set_modified(&path("/large"), modified).await.unwrap();
    flaky.break_after(1_500_000);
    let folder = tempfile::tempdir().unwrap();
    let local = Local::open(folder.path()).unwrap();
    for segments in [1, 4] {
        for here in [&Memory::new() as &dyn Storage, &local] {
            let client = client_of(&flaky).build().unwrap();
            let before = flaky.made();
            let report =
                in_time(client.download("large", here, "").segments(segments).into_future()).await.unwrap();
            assert_eq!(report.octets(), LARGE as u64);
            assert!(flaky.made() - before >= LARGE / 1_500_000, "it was cut {} times", flaky.made() - before);
            assert_eq!(names(here).await, ["large"], "nothing is left behind");
            assert_eq!(here.metadata(&path("/large")).await.unwrap().modified, Some(modified));
            here.rename(&path("/large"), &path("/got")).await.unwrap();
            if let Ok(got) = std::fs::read(folder.path().join("got")) {
                assert!(got == content);
            }
            here.remove_file(&path("/got")).await.unwrap();
        }
    }
    let here = Memory::new();
    client_of(&flaky)
        .build()
        .unwrap()
        .download("large", &here, "")
        .segments(3)
        .await
        .unwrap()
        .into_result()
        .unwrap();
    assert!(here.read_file("/large").unwrap() == content);
}

#[tokio::test]
async fn a_short_file_that_is_cut_is_gone_on_with_too() {
    let content = octets(1_000_000);
    let (files, _server, flaky) = with_file("/short", &content).await;
    flaky.break_after(300_000);
    let client = client_of(&flaky).build().unwrap();
    let here = Memory::new();
    in_time(client.download("short", &here, "").into_future()).await.unwrap().into_result().unwrap();
    assert!(here.read_file("/short").unwrap() == content);
    in_time(client.upload(&here, "short", "up").into_future()).await.unwrap().into_result().unwrap();
    assert!(files.read_file("/up/short").unwrap() == content);
}

#[tokio::test]
async fn an_upload_that_is_cut_again_and_again_arrives() {
    let content = octets(LARGE);
    let (files, _server, flaky) = with_file("/unused", b"").await;
    flaky.break_after(1_500_000);
    let here = Memory::new().with_file("/large", &content).unwrap();
    let modified = UNIX_EPOCH + Duration::from_secs(1_600_000_000);
    here.set_modified(&path("/large"), modified).await.unwrap();
    for (aside, directory) in [(Aside::Auto, "auto"), (Aside::Always, "always"), (Aside::Never, "never")] {
        let client = client_of(&flaky).build().unwrap();
        let before = flaky.made();
        let mending = async {
            // What is there under the final name is another file's, before and after the cut: it is not gone on with.
            if aside == Aside::Never {
                files.write_file("/never/large", octets(1_000_000).split_off(1)).unwrap();
                while flaky.made() < before + 2 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                flaky.break_after(u64::MAX);
            }
        };
        let upload = client.upload(&here, "large", directory).aside(aside);
        let (report, ()) = in_time(async { tokio::join!(upload.into_future(), mending) }).await;
        let report = report.unwrap();
        assert_eq!(report.octets(), LARGE as u64);
        let stored = path(&format!("/{directory}/large"));
        assert!(files.read_file(format!("/{directory}/large")).unwrap() == content);
        assert_eq!(files.metadata(&stored).await.unwrap().modified, Some(modified));
        let client = client_of(&flaky).build().unwrap();
        assert_eq!(client.list(directory).all().await.unwrap().len(), 1, "nothing is left behind");
    }
}

/// Begins a download of `large` and drops all of it when so many octets are there.
async fn drop_at(client: Client, here: &dyn Storage, segments: usize, octets: u64) {
    let (download, progress) = client.download("large", here, "").segments(segments).progress();
    drop_after(download.into_future(), progress, octets).await;
}

#[tokio::test]
async fn a_later_client_goes_on_where_an_earlier_one_was_killed() {
    let content = octets(LARGE);
    for segments in [1, 4] {
        let files = Memory::new().with_file("/large", &content).unwrap();
        let server = serve(BOTH[0], files).await;
        let here = Memory::new();
        let client = Client::builder(server.address()).login("anna", "secret");
        let slow =
            client.clone().speed_limits(wharf::SpeedLimits::new(None, Some(4_000_000))).build().unwrap();
        in_time(drop_at(slow, &here, segments, 15_000_000)).await;
        assert_eq!(names(&here).await, ["large.wharf-map", "large.wharf-part"]);
        let client = client.build().unwrap();
        let (download, progress) = client.download("large", &here, "").segments(segments).progress();
        let going_on = async { tokio::join!(download.into_future(), progress.collect::<Vec<_>>()) };
        let (report, told) = in_time(going_on).await;
        assert_eq!(report.unwrap().octets(), LARGE as u64);
        assert!(here.read_file("/large").unwrap() == content);
        assert_eq!(names(&here).await, ["large"]);
        let least = told.iter().filter_map(|event| match event {
            Progress::Moved { octets, .. } => Some(*octets),
            _ => None,
        });
        // The map may be a second old.
        let least = least.min().unwrap();
        assert!(least >= 4_500_000, "{segments} segments: it went on from {least}");
    }
}

#[tokio::test]
async fn parts_of_different_versions_are_not_joined() {
    let content = octets(LARGE);
    for segments in [1, 4] {
        let files = Memory::new().with_file("/large", &content).unwrap();
        let server = serve(BOTH[0], files.clone()).await;
        let here = Memory::new();
        let client = Client::builder(server.address()).login("anna", "secret");
        let slow =
            client.clone().speed_limits(wharf::SpeedLimits::new(None, Some(4_000_000))).build().unwrap();
        in_time(drop_at(slow, &here, segments, 5_000_000)).await;
        // The same size, another time.
        let other: Vec<u8> = content.iter().map(|octet| !octet).collect();
        files.write_file("/large", &other).unwrap();
        files.set_modified(&path("/large"), SystemTime::now() + Duration::from_secs(60)).await.unwrap();
        in_time(client.build().unwrap().download("large", &here, "").segments(segments).into_future())
            .await
            .unwrap()
            .into_result()
            .unwrap();
        assert!(here.read_file("/large").unwrap() == other);
    }
}

#[tokio::test]
async fn a_later_upload_goes_on_with_the_same_version_only() {
    let content = octets(LARGE);
    let events = Events::default();
    let files = Memory::new();
    let server = builder(BOTH[0], files.clone()).on_event(events.hook()).serve().await.unwrap();
    let here = Memory::new().with_file("/large", &content).unwrap();
    let client = Client::builder(server.address()).login("anna", "secret");
    let slow =
        || client.clone().speed_limits(wharf::SpeedLimits::new(Some(4_000_000), None)).build().unwrap();
    let interrupted = async |here: &Memory| {
        let slow = slow();
        let (upload, progress) = slow.upload(here, "large", "").progress();
        in_time(drop_after(upload.into_future(), progress, 8_000_000)).await;
    };
    let received = |from: usize| -> u64 {
        let events = events.so_far();
        let octets = events[from..].iter().map(|event| match event {
            Event::TransferEnded { octets, .. } => *octets,
            _ => 0,
        });
        octets.sum()
    };
    interrupted(&here).await;
    events.wait_for(1, |event| matches!(event, Event::TransferEnded { .. })).await;
    let before = events.so_far().len();
    in_time(client.clone().build().unwrap().upload(&here, "large", "").into_future())
        .await
        .unwrap()
        .into_result()
        .unwrap();
    assert!(files.read_file("/large").unwrap() == content);
    assert!(received(before) < LARGE as u64 - 3_000_000, "{}", received(before));

    let other: Vec<u8> = content.iter().map(|octet| !octet).collect();
    files.remove_file(&path("/large")).await.unwrap();
    interrupted(&here).await;
    here.write_file("/large", &other).unwrap();
    here.set_modified(&path("/large"), SystemTime::now() + Duration::from_secs(60)).await.unwrap();
    in_time(client.clone().build().unwrap().upload(&here, "large", "").into_future())
        .await
        .unwrap()
        .into_result()
        .unwrap();
    assert!(files.read_file("/large").unwrap() == other);
}

#[tokio::test]
async fn what_comes_no_further_is_given_up() {
    let (_files, server, flaky) = with_file("/large", &octets(5_000_000)).await;
    flaky.break_after(1);
    let client = client_of(&flaky).reconnects(2).build().unwrap();
    let here = Memory::new();
    let error = in_time(client.download("large", &here, "").into_future()).await.unwrap_err();
    assert!(error.is_temporary(), "{error}");
    assert_eq!(flaky.made(), 1 + 2, "one connection for each attempt");
    // What is not there is not asked for again.
    let client = Client::builder(server.address()).login("anna", "secret").build().unwrap();
    assert!(client.download("nothing", &here, "").await.unwrap_err().is_not_found());
    assert!(client.upload(&here, "nothing", "").await.unwrap_err().is_not_found());
    let address = server.address();
    drop(server);
    let _nobody = nobody_at(address).await;
    let error = in_time(client.download("large", &here, "").into_future()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
}

#[tokio::test]
async fn a_download_may_be_dropped_at_any_poll() {
    let content = octets(5_000_000);
    let files = Memory::new().with_file("/large", &content).unwrap();
    let server = serve(BOTH[0], files).await;
    let client = Client::builder(server.address()).login("anna", "secret").connections(3).build().unwrap();
    let here = Memory::new();
    for polls in (0..60).chain((60..200).step_by(10)) {
        let mut download = Box::pin(client.download("large", &here, "").segments(3).into_future());
        for _ in 0..polls {
            if download.as_mut().now_or_never().is_some() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(download);
        if let Ok(got) = here.read_file("/large") {
            assert!(got == content, "dropped after {polls} polls");
            here.remove_file(&path("/large")).await.unwrap();
        }
        assert_eq!(in_time(client.stat("large")).await.unwrap().size, Some(5_000_000));
    }
    in_time(client.download("large", &here, "").into_future()).await.unwrap().into_result().unwrap();
    assert!(here.read_file("/large").unwrap() == content);
}

#[tokio::test]
async fn a_server_that_begins_at_the_start_only_is_enough() {
    let content = octets(LARGE);
    let files = Memory::new().with_file("/large", &content).unwrap();
    let server = builder(BOTH[0], files).without_command("REST").serve().await.unwrap();
    let client = Client::builder(server.address()).login("anna", "secret").build().unwrap();
    let here = Memory::new();
    in_time(client.download("large", &here, "").segments(4).into_future())
        .await
        .unwrap()
        .into_result()
        .unwrap();
    assert!(here.read_file("/large").unwrap() == content);
    assert_eq!(names(&here).await, ["large"]);
}

/// What there is goes when the server has begun at the start, and not because it refuses for a while.
#[tokio::test]
async fn a_refusal_throws_nothing_away() {
    let content = octets(LARGE);
    let files = Memory::new().with_file("/large", &content).unwrap();
    let (refuses, seconds) = (Arc::new(AtomicBool::new(true)), 1_600_000_000);
    files.set_modified(&path("/large"), UNIX_EPOCH + Duration::from_secs(seconds)).await.unwrap();
    let refusing = Arc::clone(&refuses);
    let files =
        Backend::new(files, move |step| match step == "open_read" && refusing.load(Ordering::Relaxed) {
            true => Err(wharf::storage::ErrorKind::PermissionDenied.into()),
            false => Ok(()),
        });
    let server = builder(BOTH[0], files).serve().await.unwrap();
    let client = Client::builder(server.address()).login("anna", "secret").build().unwrap();
    let have = LARGE - 1_000_000;
    for segments in [1, 4] {
        let here = Memory::new().with_file("/large.wharf-part", &content[..have]).unwrap();
        let map = format!("wharf-map 1\nsize {LARGE}\nmodified {seconds}\nend\n");
        here.write_file("/large.wharf-map", map).unwrap();
        refuses.store(true, Ordering::Relaxed);
        let download = client.download("large", &here, "").segments(segments);
        assert!(in_time(download.into_future()).await.unwrap_err().is_permanent_refusal());
        assert_eq!(here.read_file("/large.wharf-part").unwrap().len(), have);
        refuses.store(false, Ordering::Relaxed);
        let download = client.download("large", &here, "").segments(segments);
        in_time(download.into_future()).await.unwrap().into_result().unwrap();
        assert!(here.read_file("/large").unwrap() == content);
    }
}
