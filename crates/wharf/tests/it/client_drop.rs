//! Dropping and aborting: the connection stays usable, or is closed, and is never out of step.

use std::{future::Future, time::Duration};

use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wharf::{
    Connection, ErrorKind, Phase,
    connection::DataMode,
    core::{
        command::{attribute::Size, transfer::Rest},
        transfer::RestartOffset,
    },
    storage::Memory,
};

use crate::{
    pair::{Pair, over_all, over_both},
    script::Script,
};

/// Polls `future` `polls` times with the rest of the world running between, and drops it; `true` if it ended.
async fn drop_after(polls: usize, future: impl Future) -> bool {
    let mut future = Box::pin(future);
    for _ in 0..polls {
        if future.as_mut().now_or_never().is_some() {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}

/// The client is in step: its answers are its own.
async fn in_step(client: &mut Connection) {
    assert_eq!(client.working_directory().await.unwrap(), b"/");
    assert_eq!(client.size("known").await.unwrap(), 5);
    client.noop().await.unwrap();
}

// Its data connections are too many for the handshakes of a TLS that is not optimised: it would take minutes.
over_both! {
    async fn any_future_may_be_dropped_at_any_poll(address: &str) {
        let pair = Pair::new(address).await;
        pair.write("/known", "12345");
        pair.write("/dir/big", vec![1; 3_000_000]);
        let mut client = pair.client().await;
        for polls in 0..40 {
            drop_after(polls, client.noop()).await;
            in_step(&mut client).await;
            drop_after(polls, client.size("dir/big")).await;
            in_step(&mut client).await;
            drop_after(polls, client.list("dir").all()).await;
            in_step(&mut client).await;
            drop_after(polls, client.rename("known", "known")).await;
            in_step(&mut client).await;
            let here = Memory::new();
            drop_after(polls, client.download("dir", &here, "").into_future()).await;
            in_step(&mut client).await;
            let size = here.read_file("/dir/big").map_or(3_000_000, |content| content.len());
            assert_eq!(size, 3_000_000, "dropped after {polls} polls");
            drop_after(polls, async {
                let mut stream = client.write("dir/new").await.unwrap();
                stream.write_all(&[2; 500_000]).await.unwrap();
                stream.finish().await.unwrap();
            })
            .await;
            in_step(&mut client).await;
            // All or nothing.
            let size = pair.files.read_file("/dir/new").map_or(500_000, |content| content.len());
            assert_eq!(size, 500_000, "dropped after {polls} polls");
        }
    }
}

over_all! {
    async fn a_dropped_upload_is_not_taken_for_a_whole_one(address: &str) {
        let pair = Pair::new(address).await;
        pair.write("/known", "12345");
        let mut client = pair.client().await;
        let mut stream = client.write("part").await.unwrap();
        stream.write_all(b"half of it").await.unwrap();
        drop(stream);
        in_step(&mut client).await;
        assert!(!client.exists("part").await.unwrap());
        let mut stream = client.write("part").await.unwrap();
        stream.write_all(b"half of it").await.unwrap();
        stream.abort().await.unwrap();
        in_step(&mut client).await;
        assert!(!client.exists("part").await.unwrap());
    }

    async fn a_download_can_be_aborted(address: &str) {
        let pair = Pair::new(address).await;
        pair.write("/known", "12345");
        pair.write("/big", vec![1; 5_000_000]);
        let mut client = pair.client().await;
        let mut stream = client.read("big").await.unwrap();
        stream.read_exact(&mut [0; 100_000]).await.unwrap();
        stream.abort().await.unwrap();
        in_step(&mut client).await;
        // And where it is over before.
        let mut stream = client.read("known").await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.unwrap();
        stream.abort().await.unwrap();
        in_step(&mut client).await;
        // Finishing early is an error and nothing else.
        let mut stream = client.read("big").await.unwrap();
        stream.read_exact(&mut [0; 100_000]).await.unwrap();
        assert_eq!(stream.finish().await.unwrap_err().kind(), ErrorKind::Incomplete);
        in_step(&mut client).await;
    }

    async fn a_listing_can_be_left(address: &str) {
        let pair = Pair::new(address).await;
        pair.write("/known", "12345");
        for name in 0..3000 {
            pair.write(&format!("/many/{name:0100}"), "");
        }
        let mut client = pair.client().await;
        let mut listing = client.list("many");
        assert!(listing.next().await.unwrap().is_ok());
        drop(listing);
        in_step(&mut client).await;
        let _ = client.list("many");
        in_step(&mut client).await;
        assert_eq!(client.list("many").all().await.unwrap().len(), 3000);
    }

    async fn active_mode_can_be_dropped_too(address: &str) {
        let pair = Pair::new(address).await;
        pair.write("/known", "12345");
        pair.write("/big", vec![1; 5_000_000]);
        let mut client =
            pair.builder().data_mode(DataMode::Active).connect(pair.address()).await.unwrap();
        client.login("anna", "secret").await.unwrap();
        for polls in 0..20 {
            drop_after(polls, async {
                let mut stream = client.read("big").await.unwrap();
                stream.read_to_end(&mut Vec::new()).await.unwrap();
            })
            .await;
            in_step(&mut client).await;
        }
    }
}

/// A download that is dropped when its first octet is here.
async fn drop_download(client: &mut Connection) {
    let mut stream = client.read("a").await.unwrap();
    stream.read_u8().await.unwrap();
}

const DOWNLOAD: &str = "C: TYPE I
    S: 200 Ok
    C: EPSV
    S: 229 (|||{port}|)
    C: RETR a
    S: 150 Here
    D> abc
    ";

#[tokio::test(start_paused = true)]
async fn a_server_that_notices_needs_no_abor() {
    let (script, mut client) = Script::logged_in(&format!(
        "{DOWNLOAD}
         D: gone
         S: 426 Broken
         C: NOOP
         S: 200 Ok"
    ))
    .await;
    drop_download(&mut client).await;
    client.noop().await.unwrap();
    script.done().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_notice_is_sent_abor() {
    for replies in [
        "S: 426 Aborted\nS: 226 Abort done",
        "S: 226 Sent it all\nS: 225 Nothing to abort",
        "S: 426 Aborted\nS: 225 Ok",
        "S: 150 Still sending\nS: 451 Gone\nS: 500 What?",
        // One reply for two commands, and NOOP finds the place.
        "S: 226 Aborted\nC: NOOP\nS: 200 Ok",
        "S: 426 Aborted\nC: NOOP\nS: 226 late\nS: 200 Ok",
    ] {
        let (script, mut client) = Script::logged_in(&format!(
            "{DOWNLOAD}
             D: gone
             C: ABOR
             {replies}
             C: PWD
             S: 257 \"/\""
        ))
        .await;
        drop_download(&mut client).await;
        assert_eq!(client.working_directory().await.unwrap(), b"/", "{replies}");
        script.done().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_left() {
    let (script, mut client) = Script::logged_in(&format!("{DOWNLOAD} D: gone\nC: ABOR\nC: close")).await;
    drop_download(&mut client).await;
    let error = client.noop().await.unwrap_err();
    assert_eq!((error.kind(), error.phase()), (ErrorKind::Closed, Phase::Resynchronization));
    assert_eq!(client.noop().await.unwrap_err().kind(), ErrorKind::Closed);
    script.done().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_has_lost_the_transfer_is_left() {
    let (script, mut client) =
        Script::logged_in(&format!("{DOWNLOAD} D: gone\nC: ABOR\nS: 225 Nothing to abort\nC: close")).await;
    drop_download(&mut client).await;
    let error = client.noop().await.unwrap_err();
    assert_eq!((error.kind(), error.phase()), (ErrorKind::Closed, Phase::Resynchronization));
    script.done().await;
}

#[tokio::test(start_paused = true)]
async fn a_late_reply_is_not_taken_for_the_next_command_s() {
    let (script, mut client) = Script::logged_in(
        "C: SIZE a
         S: 213 42
         C: PWD
         S: 257 \"/\"",
    )
    .await;
    client.set_representation(Default::default());
    // Sent, and dropped before the reply could be read.
    assert!(!drop_after(1, client.send(Size::new("a"))).await);
    assert_eq!(client.working_directory().await.unwrap(), b"/");
    script.done().await;
}

#[tokio::test(start_paused = true)]
async fn a_restart_offset_that_was_not_used_is_taken_back() {
    let (script, mut client) = Script::logged_in(
        "C: TYPE I
         S: 200 Ok
         C: EPSV
         S: 229 (|||{port}|)
         C: REST 7
         S: 350 Ok
         C: RETR missing
         S: 550 No
         C: EPSV
         S: 229 (|||{port}|)
         C: REST 0
         S: 350 Ok
         C: RETR a
         S: 150 Here
         D: close
         S: 226 Done
         C: EPSV
         S: 229 (|||{port}|)
         C: RETR a
         S: 150 Here
         D: close
         S: 226 Done",
    )
    .await;
    assert!(client.read_from("missing", 7).await.unwrap_err().is_not_found());
    for _ in 0..2 {
        let mut stream = client.read("a").await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.unwrap();
        stream.finish().await.unwrap();
    }
    script.done().await;
}

#[tokio::test(start_paused = true)]
async fn every_step_has_a_timeout() {
    // The greeting.
    let script = Script::new("C: close").await;
    let error = Connection::connect(script.address()).await.unwrap_err();
    assert_eq!((error.kind(), error.phase()), (ErrorKind::Timeout, Phase::Greeting));
    script.done().await;
    // A reply; it comes with the next call.
    let (script, mut client) = Script::logged_in(
        "C: SYST
         C: close",
    )
    .await;
    let error = client.system().await.unwrap_err();
    assert_eq!((error.kind(), error.phase()), (ErrorKind::Timeout, Phase::Command));
    assert!(error.is_temporary());
    assert_eq!(client.noop().await.unwrap_err().kind(), ErrorKind::Closed);
    script.done().await;
    // Data that stalls.
    let (script, mut client) = Script::logged_in(&format!(
        "{DOWNLOAD}
         D: gone
         S: 426 You went
         C: NOOP
         S: 200 Ok"
    ))
    .await;
    let mut stream = client.read("a").await.unwrap();
    let error = stream.read_to_end(&mut Vec::new()).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    let error = stream.finish().await.unwrap_err();
    assert_eq!(error.reply().unwrap().code().as_u16(), 426);
    client.noop().await.unwrap();
    script.done().await;
    // A server that does not connect in active mode.
    let (script, mut client) = Script::logged_in_with(
        Connection::builder().data_mode(DataMode::Active),
        "C: TYPE I
         S: 200 Ok
         C: PORT ...
         S: 200 Ok
         C: RETR a
         S: 150 Here
         C: ABOR
         S: 425 No connection
         S: 226 Ok
         C: NOOP
         S: 200 Ok",
    )
    .await;
    let error = client.read("a").await.unwrap_err();
    assert_eq!((error.kind(), error.phase()), (ErrorKind::Timeout, Phase::Data));
    client.noop().await.unwrap();
    script.done().await;
    // One that takes its time is waited for without end, if that is wanted.
    let (script, mut client) = Script::logged_in_with(
        Connection::builder().data_mode(DataMode::Active).data_connect_timeout(Duration::MAX),
        "C: TYPE I
         S: 200 Ok
         C: PORT ...
         S: 200 Ok
         C: RETR a
         S: 150 Here
         C: silence
         D: connect
         D: close
         S: 226 Done",
    )
    .await;
    let mut stream = client.read("a").await.unwrap();
    stream.read_to_end(&mut Vec::new()).await.unwrap();
    stream.finish().await.unwrap();
    script.done().await;
}

#[tokio::test]
async fn an_offset_of_the_users_own_is_not_that_of_the_next_transfer() {
    let typed =
        |line: &str| Rest(RestartOffset::parse(line.strip_prefix("REST ").unwrap().as_bytes()).unwrap());
    for (how, line, reply, undone) in [
        ("raw", "REST 7", "350 Ok", true),
        ("raw", "rest 7", "350 Ok", true),
        ("raw", "REST 7", "502 No", false),
        ("raw", "NOOP", "200 Ok", false),
        ("typed", "REST 7", "350 Ok", true),
        ("typed", "REST 0", "350 Ok", false),
        ("typed", "REST 7", "502 No", false),
        ("dropped", "REST 7", "350 Ok", true),
        ("dropped", "REST 7", "502 No", true),
    ] {
        let (rest, set) = if undone { ("C: REST 0", "S: 350 Ok") } else { ("", "") };
        let builder = Connection::builder().reply_timeout(Duration::from_secs(5));
        let (script, mut client) = Script::logged_in_with(
            builder,
            &format!(
                "C: {line}
             S: {reply}
             C: TYPE I
             C: EPSV
             {rest}
             S: 200 Ok
             S: 229 (|||{{port}}|)
             {set}
             C: RETR a
             D: close
             S: 226 Done
             C: EPSV
             S: 229 (|||{{port}}|)
             C: RETR b
             D: close
             S: 226 Done"
            ),
        )
        .await;
        match how {
            "raw" => drop(client.raw_command(line, &[]).await),
            "typed" => drop(client.send(typed(line)).await),
            _ => assert!(client.send(typed(line)).now_or_never().is_none()),
        }
        client.read("a").await.unwrap().finish().await.unwrap();
        client.read("b").await.unwrap().finish().await.unwrap();
        script.done().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_without_rest_can_still_send_whole_files() {
    let (script, mut client) = Script::logged_in(
        "C: TYPE I
         S: 200 Ok
         C: EPSV
         S: 229 (|||{port}|)
         C: REST 7
         S: 502 No
         C: EPSV
         S: 229 (|||{port}|)
         C: RETR a
         S: 150 Here
         D: close
         S: 226 Done",
    )
    .await;
    let error = client.read_from("a", 7).await.unwrap_err();
    assert_eq!((error.kind(), error.verb()), (ErrorKind::Refused, Some("REST")));
    let mut stream = client.read("a").await.unwrap();
    stream.read_to_end(&mut Vec::new()).await.unwrap();
    stream.finish().await.unwrap();
    script.done().await;
}
