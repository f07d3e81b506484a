//! Files over data connections: whole, from an offset, in lines, and cut.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wharf::storage::{Local, Memory};

use crate::{
    fixture::{BOTH, Events, builder, files, octets, serve},
    wire::{Wire, connect, in_time, read_all},
};

#[tokio::test]
async fn octets_of_all_values_come_back_as_they_were_sent() {
    for host in BOTH {
        let folder = tempfile::tempdir().unwrap();
        let memory = serve(host, Memory::new()).await;
        let local = serve(host, Local::open(folder.path()).unwrap()).await;
        for server in [memory, local] {
            let mut wire = Wire::login(server.address()).await;
            for size in [0, 1, 4095, 4096, 256 * 1024, 3_000_001] {
                wire.upload("STOR up", octets(size)).await;
                assert!(wire.download("RETR up").await == octets(size), "{size} octets");
                assert_eq!(wire.expect("SIZE up", 213).await.to_string(), format!("213 {size}"));
            }
        }
    }
}

#[tokio::test]
async fn appe_adds_to_the_end_and_makes_a_missing_file() {
    for host in BOTH {
        let files = Memory::new();
        let server = serve(host, files.clone()).await;
        let mut wire = Wire::login(server.address()).await;
        wire.upload("APPE log", "one").await;
        wire.upload("APPE log", "two").await;
        assert_eq!(files.read_file("/log").unwrap(), b"onetwo");
        wire.upload("STOR log", "x").await;
        assert_eq!(files.read_file("/log").unwrap(), b"x");
    }
}

/// Who says `REST 0` is the only one to write the file, and its octets go to their places. A file that is there is appended to.
#[tokio::test]
async fn appe_after_rest_0_begins_a_missing_file_and_adds_to_one_that_is_there() {
    for host in BOTH {
        let files = Memory::new();
        let server = serve(host, files.clone()).await;
        let mut wire = Wire::login(server.address()).await;
        let mut other = Wire::login(server.address()).await;
        for (rest, name, expected) in [("REST 0", "alone", "onetwo"), ("NOOP", "shared", "one+two")] {
            wire.ask(rest).await;
            let mut data = wire.passive().await;
            wire.expect(format!("APPE {name}"), 150).await;
            data.write_all(b"one").await.unwrap();
            while !files.read_file(format!("/{name}")).is_ok_and(|content| content == b"one") {
                tokio::task::yield_now().await;
            }
            other.upload(format!("APPE {name}"), "+").await;
            data.write_all(b"two").await.unwrap();
            drop(data);
            wire.expect_reply(226).await;
            assert_eq!(files.read_file(format!("/{name}")).unwrap(), expected.as_bytes());
            wire.expect("REST 0", 350).await;
            wire.upload(format!("APPE {name}"), "!").await;
            assert_eq!(files.read_file(format!("/{name}")).unwrap(), format!("{expected}!").as_bytes());
        }
    }
}

#[tokio::test]
async fn stou_names_the_new_file_and_replaces_none() {
    for host in BOTH {
        let files = Memory::new();
        let server = serve(host, files.clone()).await;
        let mut wire = Wire::login(server.address()).await;
        for _ in 0..20 {
            let data = wire.passive().await;
            let answer = wire.expect("STOU report", 150).await.to_string();
            let name = answer.strip_prefix("150 FILE: ").unwrap().to_owned();
            drop(data);
            wire.expect_reply(226).await;
            assert_eq!(files.read_file(format!("/{name}")).unwrap(), b"");
        }
        assert_eq!(wire.download("NLST").await.split(|octet| *octet == b'\n').count(), 21);
    }
}

#[tokio::test]
async fn a_file_that_becomes_shorter_on_the_way_is_no_complete_transfer() {
    let folder = tempfile::tempdir().unwrap();
    let file = std::fs::File::create(folder.path().join("f")).unwrap();
    file.set_len(64 << 20).unwrap();
    for host in BOTH {
        file.set_len(64 << 20).unwrap();
        let server = serve(host, Local::open(folder.path()).unwrap()).await;
        let mut wire = Wire::login(server.address()).await;
        let data = wire.passive().await;
        let answer = wire.expect("RETR f", 150).await.to_string();
        assert!(answer.contains("(67108864 bytes)"), "{answer}");
        file.set_len(1 << 20).unwrap();
        assert!(read_all(data).await.is_err(), "the end of the data looks like the end of the file");
        wire.expect_reply(451).await;
        wire.expect_in_step().await;
    }
}

#[tokio::test]
async fn a_short_file_over_a_connection_that_is_there_is_answered_in_one_write() {
    for host in BOTH {
        let server = serve(host, Memory::new().with_file("/f", "short").unwrap()).await;
        let mut wire = Wire::login(server.address()).await;
        let data = wire.passive().await;
        let mut control = wire.into_stream();
        in_time(control.write_all(b"RETR f\r\n")).await.unwrap();
        let mut replies = [0; 1000];
        let read = in_time(control.read(&mut replies)).await.unwrap();
        let replies = String::from_utf8_lossy(&replies[..read]).into_owned();
        assert!(replies.starts_with("150 ") && replies.contains("\r\n226 "), "{replies}");
        assert_eq!(read_all(data).await.unwrap(), b"short");
    }
}

#[tokio::test]
async fn the_preliminary_reply_does_not_wait_for_the_data_connection_nor_for_its_octets() {
    for host in BOTH {
        let files = Memory::new().with_file("/f", "short").unwrap();
        let server = serve(host, files).await;
        let mut wire = Wire::login(server.address()).await;
        let address = wire.epsv().await;
        wire.expect("RETR f", 150).await;
        assert_eq!(read_all(connect(address).await).await.unwrap(), b"short");
        wire.expect_reply(226).await;
        let address = wire.epsv().await;
        wire.expect("STOR new", 150).await;
        let mut data = connect(address).await;
        in_time(data.write_all(b"octets")).await.unwrap();
        drop(data);
        wire.expect_reply(226).await;
        assert_eq!(wire.download("RETR new").await, b"octets");
        // A client that does not wait for it.
        let mut data = wire.passive().await;
        in_time(data.write_all(b"more")).await.unwrap();
        drop(data);
        wire.expect("STOR new", 150).await;
        wire.expect_reply(226).await;
        assert_eq!(wire.download("RETR new").await, b"more");
    }
}

#[tokio::test]
async fn rest_and_retr_give_the_rest_of_the_file() {
    for host in BOTH {
        let server = serve(host, Memory::new().with_file("/f", "0123456789").unwrap()).await;
        let mut wire = Wire::login(server.address()).await;
        for (offset, rest) in [(0, "0123456789"), (3, "3456789"), (10, ""), (11, "")] {
            wire.expect(format!("REST {offset}"), 350).await;
            assert_eq!(wire.download("RETR f").await, rest.as_bytes());
        }
    }
}

#[tokio::test]
async fn rest_and_stor_or_appe_write_over_the_file_from_there_on() {
    for host in BOTH {
        let files = Memory::new();
        let server = serve(host, files.clone()).await;
        let mut wire = Wire::login(server.address()).await;
        for verb in ["STOR", "APPE"] {
            for (offset, expected) in
                [(1, "0ab3456789".to_owned()), (3, "012ab56789".into()), (12, "0123456789\0\0ab".into())]
            {
                files.write_file("/f", "0123456789").unwrap();
                wire.expect(format!("REST {offset}"), 350).await;
                wire.upload(format!("{verb} f"), "ab").await;
                assert_eq!(files.read_file("/f").unwrap(), expected.as_bytes(), "{verb} at {offset}");
            }
        }
    }
}

#[tokio::test]
async fn a_restart_offset_is_digits_up_to_the_largest_file() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        for argument in
            ["3abc", "-1", "", "9223372036854775808", "18446744073709551617", "1 2", "0x10", "1e3", "٣"]
        {
            wire.expect(format!("REST {argument}").trim_end(), 501).await;
        }
        assert_eq!(wire.download("RETR a.txt").await, b"one\r\ntwo\r\n");
        wire.expect("REST 9223372036854775807", 350).await;
        assert_eq!(wire.download("RETR a.txt").await, b"");
        // Nothing can be written there: a refusal, and no file of that size.
        wire.expect("REST 9223372036854775807", 350).await;
        let mut data = wire.passive().await;
        if wire.ask("STOR a.txt").await.code == 150 {
            // The server may refuse as soon as the first octet is there.
            let _ = data.write_all(b"xx").await;
            drop(data);
            let code = wire.reply().await.code;
            assert_eq!(code, 554);
        }
        wire.expect("SIZE a.txt", 213).await;
        wire.expect_in_step().await;
    }
}

#[tokio::test]
async fn what_sets_up_the_data_connection_keeps_the_restart_offset_and_a_transfer_forgets_it() {
    let keep = ["TYPE I", "EPSV", "NOOP", "PWD", "SIZE f", "CWD /", "MODE S", "STRU F", "FEAT"];
    let forget = ["RETR missing", "LIST missing", "NLST missing", "MLSD missing", "STOR missing/x", "STOR"];
    for host in BOTH {
        let server = serve(host, Memory::new().with_file("/f", "0123456789").unwrap()).await;
        let mut wire = Wire::login(server.address()).await;
        for line in keep {
            wire.expect("REST 4", 350).await;
            assert!(wire.ask(line).await.code < 300, "{line}");
            assert_eq!(wire.download("RETR f").await, b"456789", "after {line}");
        }
        for line in forget {
            wire.expect("REST 4", 350).await;
            wire.epsv().await;
            assert!(wire.ask(line).await.code >= 500, "{line}");
            assert_eq!(wire.download("RETR f").await, b"0123456789", "after {line}");
        }
        for line in ["LIST", "NLST", "MLSD", "RETR f"] {
            wire.expect("REST 4", 350).await;
            wire.download(line).await;
            assert_eq!(wire.download("RETR f").await, b"0123456789", "after {line}");
        }
        // A transfer that failed on its way forgets it too.
        wire.expect("REST 4", 350).await;
        let _data = wire.passive().await;
        wire.expect("STOR x", 150).await;
        wire.expect("ABOR", 426).await;
        wire.expect_reply(226).await;
        assert_eq!(wire.download("RETR f").await, b"0123456789");
    }
}

#[tokio::test]
async fn the_opening_of_retr_names_the_size_where_it_is_known() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        for (type_, rest, text) in [("I", 0, "(100000 bytes)"), ("I", 99_000, "(1000 bytes)"), ("A", 0, "")] {
            wire.expect(format!("TYPE {type_}"), 200).await;
            wire.expect(format!("REST {rest}"), 350).await;
            let data = wire.passive().await;
            let answer = wire.expect("RETR b.bin", 150).await.to_string();
            assert!(answer.contains(text) && answer.contains("bytes") != text.is_empty(), "{answer}");
            read_all(data).await.unwrap();
            wire.expect_reply(226).await;
        }
    }
}

/// All octets were handed to the system and the end was sent: that is what 226 says.
#[tokio::test]
async fn the_completion_does_not_come_before_the_octets_have_left() {
    for host in BOTH {
        let files = Memory::new().with_file("/large", octets(32 << 20)).unwrap();
        let server = serve(host, files).await;
        let mut wire = Wire::login(server.address()).await;
        let data = wire.passive().await;
        wire.expect("RETR large", 150).await;
        let early = tokio::time::timeout(Duration::from_millis(200), wire.reply()).await;
        assert!(early.is_err(), "{}", early.unwrap());
        assert!(read_all(data).await.unwrap() == octets(32 << 20));
        wire.expect_reply(226).await;
    }
}

#[tokio::test]
async fn type_a_converts_line_ends_both_ways() {
    for host in BOTH {
        let files = Memory::new().with_file("/f", "one\ntwo\r\nthree\n").unwrap();
        let server = serve(host, files.clone()).await;
        let mut wire = Wire::login(server.address()).await;
        wire.expect("TYPE A", 200).await;
        assert_eq!(wire.download("RETR f").await, b"one\r\ntwo\r\nthree\r\n");
        wire.upload("STOR up", "one\r\ntwo\nx\ry\r\n").await;
        assert_eq!(files.read_file("/up").unwrap(), b"one\ntwo\nx\ry\n");
        wire.expect("TYPE I", 200).await;
        assert_eq!(wire.download("RETR f").await, b"one\ntwo\r\nthree\n");
    }
}

#[tokio::test]
async fn an_upload_is_seen_when_it_is_complete_and_not_before() {
    for host in BOTH {
        let folder = tempfile::tempdir().unwrap();
        let memory = serve(host, Memory::new().with_file("/f", "old").unwrap()).await;
        std::fs::write(folder.path().join("f"), "old").unwrap();
        let local = serve(host, Local::open(folder.path()).unwrap()).await;
        for server in [memory, local] {
            let mut wire = Wire::login(server.address()).await;
            let mut other = Wire::login(server.address()).await;
            for (name, before) in [("f", &b"old"[..]), ("new", b"")] {
                let mut data = wire.passive().await;
                wire.expect(format!("STOR {name}"), 150).await;
                in_time(data.write_all(&octets(1_000_000))).await.unwrap();
                match before.is_empty() {
                    true => {
                        other.expect("MLST new", 550).await;
                        other.expect("RETR new", 425).await;
                    }
                    false => assert_eq!(other.download("RETR f").await, before),
                }
                let names = other.download("NLST").await;
                assert_eq!(names, if before.is_empty() { &b""[..] } else { b"f\r\n" });
                drop(data);
                wire.expect_reply(226).await;
                assert!(other.download(format!("RETR {name}")).await == octets(1_000_000));
                if name == "f" {
                    other.expect("RNFR f", 350).await;
                    other.expect("RNTO new2", 250).await;
                    other.expect("DELE new2", 250).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn an_upload_cut_by_a_reset_is_426_and_does_not_appear() {
    for host in BOTH {
        let folder = tempfile::tempdir().unwrap();
        let server = serve(host, Local::open(folder.path()).unwrap()).await;
        let mut wire = Wire::login(server.address()).await;
        let mut data = wire.passive().await;
        wire.expect("STOR up", 150).await;
        in_time(data.write_all(&octets(1000))).await.unwrap();
        data.set_zero_linger().unwrap();
        drop(data);
        wire.expect_reply(426).await;
        wire.expect("MLST up", 550).await;
        is_empty(folder.path()).await;
    }
}

/// Waits until nothing is left in it: files are removed on a thread of their own.
async fn is_empty(folder: &std::path::Path) {
    in_time(async {
        while std::fs::read_dir(folder).unwrap().count() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_that_is_gone_during_an_upload_leaves_nothing() {
    for host in BOTH {
        for reset in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            let events = Events::default();
            let local = Local::open(folder.path()).unwrap();
            let server = builder(host, local).on_event(events.hook()).serve().await.unwrap();
            let mut wire = Wire::login(server.address()).await;
            let mut data = wire.passive().await;
            wire.expect("STOR up", 150).await;
            in_time(data.write_all(&octets(1000))).await.unwrap();
            match reset {
                true => wire.reset(),
                false => drop(wire),
            }
            drop(data);
            events.wait_for_closed(1).await;
            let mut wire = Wire::login(server.address()).await;
            wire.expect("MLST up", 550).await;
            is_empty(folder.path()).await;
        }
    }
}

/// The system of a program that is killed may close its data connection first. Only the clock's stand is wanted: the
/// longer an upload took, the longer its end waits for such news.
#[tokio::test]
async fn a_client_that_is_gone_right_after_the_end_of_a_long_upload_leaves_nothing() {
    for host in BOTH {
        let files = Memory::new();
        let events = Events::default();
        let server = builder(host, files.clone()).on_event(events.hook()).serve().await.unwrap();
        let mut wire = Wire::login(server.address()).await;
        let mut data = wire.passive().await;
        wire.expect("STOR up", 150).await;
        in_time(data.write_all(&octets(1000))).await.unwrap();
        wire.expect("STAT", 211).await;
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(10)).await;
        drop(data);
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        drop(wire);
        tokio::time::resume();
        events.wait_for_closed(1).await;
        assert!(files.read_file("/up").is_err(), "half a file has its name");
    }
}

/// `quit` sent right behind the upload, as scripts do, and the control connection closed: the file is wanted.
#[tokio::test]
async fn an_upload_whose_client_said_quit_is_kept() {
    for host in BOTH {
        let files = Memory::new();
        let events = Events::default();
        let server = builder(host, files.clone()).on_event(events.hook()).serve().await.unwrap();
        let mut wire = Wire::login(server.address()).await;
        let mut data = wire.passive().await;
        wire.expect("STOR up", 150).await;
        wire.send("QUIT\r\n").await;
        wire.half_close().await;
        in_time(data.write_all(&octets(1000))).await.unwrap();
        drop(data);
        wire.expect_reply(226).await;
        wire.expect_reply(221).await;
        wire.expect_end().await;
        assert_eq!(files.read_file("/up").unwrap(), octets(1000));
    }
}

#[tokio::test]
async fn a_peer_that_takes_no_octet_is_426_and_its_session_lives() {
    for host in BOTH {
        let files = Memory::new().with_file("/large", vec![7; 32 << 20]).unwrap();
        let server = builder(host, files)
            .timeouts(|timeouts| timeouts.stall = Duration::from_millis(200))
            .serve()
            .await
            .unwrap();
        let mut wire = Wire::login(server.address()).await;
        let mut data = wire.passive().await;
        wire.expect("RETR large", 150).await;
        wire.expect_reply(426).await;
        assert!(in_time(data.read_to_end(&mut Vec::new())).await.is_err(), "a cut looks like an end");
        wire.expect_in_step().await;
    }
}

#[tokio::test]
async fn a_peer_that_gives_no_octet_is_426_and_nothing_appears() {
    for host in BOTH {
        let server = builder(host, Memory::new())
            .timeouts(|timeouts| timeouts.stall = Duration::from_millis(200))
            .serve()
            .await
            .unwrap();
        let mut wire = Wire::login(server.address()).await;
        let mut data = wire.passive().await;
        wire.expect("STOR up", 150).await;
        in_time(data.write_all(b"some")).await.unwrap();
        wire.expect_reply(426).await;
        wire.expect("MLST up", 550).await;
    }
}

#[tokio::test]
async fn a_client_that_closes_the_data_connection_of_a_download_keeps_its_session() {
    for host in BOTH {
        let files = Memory::new().with_file("/large", vec![7; 32 << 20]).unwrap();
        let server = serve(host, files).await;
        let mut wire = Wire::login(server.address()).await;
        for _ in 0..3 {
            let data = wire.passive().await;
            wire.expect("RETR large", 150).await;
            drop(data);
            wire.expect_reply(426).await;
            wire.expect_in_step().await;
        }
    }
}

#[tokio::test]
async fn the_idle_clock_stands_still_during_a_transfer() {
    for host in BOTH {
        let idle = Duration::from_secs(1);
        let server =
            builder(host, Memory::new()).timeouts(|timeouts| timeouts.idle = idle).serve().await.unwrap();
        let mut wire = Wire::login(server.address()).await;
        let mut data = wire.passive().await;
        wire.expect("STOR up", 150).await;
        let mut ticks = tokio::time::interval(idle / 5);
        for _ in 0..8 {
            ticks.tick().await;
            in_time(data.write_all(b"x")).await.unwrap();
        }
        drop(data);
        wire.expect_reply(226).await;
        wire.expect("MLST up", 250).await;
        wire.expect_reply(421).await;
        wire.expect_end().await;
    }
}
