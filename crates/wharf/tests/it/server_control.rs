//! Lines of the control connection as clients send them, and as no client should.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wharf::storage::Memory;

use crate::{
    fixture::{BOTH, Events, builder, files, octets, serve},
    wire::{DEADLINE, Wire, in_time, read_all},
};

const IAC: &[u8] = b"\xff";
/// `IAC IP IAC DM`, which RFC 959 section 4.1.3 puts before ABOR.
const INTERRUPT: &[u8] = b"\xff\xf4\xff\xf2";

#[tokio::test]
async fn commands_may_arrive_octet_by_octet() {
    for host in BOTH {
        let server = serve(host, Memory::new()).await;
        let mut wire = Wire::open(server.address()).await;
        for octet in b"USER anna\r\nPASS secret\r\nPWD\r\n" {
            wire.send([*octet]).await;
            tokio::task::yield_now().await;
        }
        for code in [331, 230, 257] {
            wire.expect_reply(code).await;
        }
        wire.expect_in_step().await;
    }
}

#[tokio::test]
async fn fifty_commands_in_one_segment_are_answered_in_order() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        let mut lines = String::new();
        for _ in 0..10 {
            lines += "CWD pub\r\nPWD\r\nCDUP\r\nFOO\r\nSIZE a.txt\r\n";
        }
        wire.send(lines).await;
        for _ in 0..10 {
            wire.expect_reply(250).await;
            assert!(wire.expect_reply(257).await.to_string().contains("\"/pub\""));
            wire.expect_reply(250).await;
            wire.expect_reply(500).await;
            wire.expect_reply(213).await;
        }
        wire.expect_in_step().await;
    }
}

#[tokio::test]
async fn a_line_may_end_in_cr_lf_or_lf_and_cr_and_lf_may_be_apart() {
    for host in BOTH {
        let server = serve(host, Memory::new()).await;
        let mut wire = Wire::open(server.address()).await;
        wire.send("NOOP\nNOOP\r\nNOOP\r").await;
        wire.expect_reply(200).await;
        wire.expect_reply(200).await;
        wire.send("\n").await;
        wire.expect_reply(200).await;
        wire.expect_in_step().await;
    }
}

#[tokio::test]
async fn a_bare_cr_or_a_nul_is_one_501_and_never_two_commands() {
    for host in BOTH {
        let server = serve(host, Memory::new()).await;
        let mut wire = Wire::login(server.address()).await;
        for line in ["MKD a\rMKD b", "MKD a\0b", "MKD a\0", "\0", "\r", "NOOP\r\r", "MKD a\r\0"] {
            wire.expect(line, 501).await;
        }
        wire.expect_in_step().await;
        assert_eq!(wire.download("NLST").await, b"");
    }
}

#[tokio::test]
async fn a_line_over_the_limit_is_500_and_the_next_one_is_in_step() {
    for host in BOTH {
        let server = builder(host, Memory::new()).limits(|l| l.line = 100).serve().await.unwrap();
        let mut wire = Wire::login(server.address()).await;
        let fits = format!("HELP {}", "x".repeat(95));
        wire.expect(&fits, 504).await;
        wire.expect(fits + "x", 500).await;
        wire.expect("x".repeat(5000), 500).await;
        wire.expect_in_step().await;
    }
}

#[tokio::test]
async fn a_line_without_end_gets_one_500_and_then_the_login_timeout() {
    for host in BOTH {
        let server = builder(host, Memory::new())
            .timeouts(|timeouts| timeouts.login = Duration::from_millis(500))
            .serve()
            .await
            .unwrap();
        let mut wire = Wire::open(server.address()).await;
        let chunk = vec![b'x'; 64 * 1024];
        let flood = async { while wire.try_send(&chunk).await.is_ok() {} };
        tokio::time::timeout(DEADLINE, flood).await.expect("the server closes the session");
    }
}

#[tokio::test]
async fn octets_that_trickle_in_do_not_put_off_the_login_timeout() {
    for host in BOTH {
        let server = builder(host, Memory::new())
            .timeouts(|timeouts| timeouts.login = Duration::from_millis(400))
            .serve()
            .await
            .unwrap();
        let began = std::time::Instant::now();
        let mut wire = Wire::open(server.address()).await;
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        let answer = loop {
            tokio::select! {
                answer = wire.reply() => break answer,
                _ = ticks.tick() => {}
            }
            // The server may have closed at this moment.
            let _ = wire.try_send("N").await;
        };
        assert_eq!(answer.code, 421);
        assert!(began.elapsed() >= Duration::from_millis(400), "{:?}", began.elapsed());
        wire.expect_end().await;
    }
}

#[tokio::test]
async fn telnet_signals_are_taken_out_wherever_segments_end() {
    for host in BOTH {
        let server = serve(host, Memory::new()).await;
        let mut wire = Wire::login(server.address()).await;
        wire.send([INTERRUPT, b"ABOR\r\n"].concat()).await;
        wire.expect_reply(226).await;
        for octet in [INTERRUPT, b"ABOR\r\n"].concat() {
            wire.send([octet]).await;
            tokio::task::yield_now().await;
        }
        wire.expect_reply(226).await;
        // DO, WONT and a subnegotiation are no text either.
        wire.send(b"\xff\xfd\x01NO\xff\xfc\x03OP\xff\xfa\x18\x00xterm\xff\xf0\r\n").await;
        wire.expect_reply(200).await;
        // A lone IAC waits for its second octet.
        wire.send(IAC).await;
        wire.send(b"\xf4NOOP\r\n").await;
        wire.expect_reply(200).await;
        wire.expect_in_step().await;
    }
}

#[tokio::test]
async fn names_in_utf_8_and_in_octets_that_are_not_come_back_as_they_were() {
    for host in BOTH {
        let server = serve(host, Memory::new()).await;
        let mut wire = Wire::login(server.address()).await;
        for (sent, name) in [
            ("grüße-日本".as_bytes(), "grüße-日本".as_bytes()),
            (b"caf\xe9", b"caf\xe9"),
            (b"y\xff\xffy", b"y\xffy"),
            (b"y\xfft", b"y\xfft"),
            (b" lead and trail ", b" lead and trail "),
        ] {
            wire.expect([b"MKD ", sent].concat(), 257).await;
            assert_eq!(wire.download("NLST").await.strip_suffix(b"\r\n"), Some(name));
            wire.expect([b"RMD ", sent].concat(), 250).await;
        }
    }
}

#[tokio::test]
async fn a_verb_that_is_not_ascii_is_500() {
    for host in BOTH {
        let server = serve(host, Memory::new()).await;
        let mut wire = Wire::login(server.address()).await;
        for line in [b"\xc3\x84BOR".as_slice(), b"NOOP\xe9", b"\x80", b"LIST\xa0-a", "ＮＯＯＰ".as_bytes()]
        {
            wire.expect(line, 500).await;
        }
        wire.expect("", 500).await;
        wire.expect(" NOOP", 500).await;
        wire.expect_in_step().await;
    }
}

#[tokio::test]
async fn an_unknown_verb_is_500_and_a_verb_is_known_in_any_letter_case() {
    for host in BOTH {
        let server = serve(host, Memory::new()).await;
        let mut wire = Wire::login(server.address()).await;
        wire.expect("FOO bar", 500).await;
        wire.expect("noop", 200).await;
        wire.expect("sItE hElP", 214).await;
        wire.expect("SITE FOO", 504).await;
    }
}

#[tokio::test]
async fn control_characters_are_not_echoed_in_replies_or_events() {
    for host in BOTH {
        let events = Events::default();
        let server = builder(host, Memory::new()).on_event(events.hook()).serve().await.unwrap();
        let mut wire = Wire::open(server.address()).await;
        let answer = wire.expect(b"FOO\x1b[2J", 500).await;
        assert!(!answer.octets.contains(&0x1b));
        wire.expect(b"USER a\x1b[2J\x07", 331).await;
        wire.expect("PASS x", 530).await;
        let names = events.so_far().into_iter().filter_map(|event| match event {
            wharf::Event::LoginFailed { name, .. } => Some(name),
            _ => None,
        });
        let names: Vec<String> = names.collect();
        assert_eq!(names.len(), 1);
        assert!(!names[0].chars().any(char::is_control), "{names:?}");
    }
}

#[tokio::test]
async fn too_many_errors_before_login_end_the_session_with_all_replies() {
    for host in BOTH {
        let server =
            builder(host, Memory::new()).limits(|l| l.errors_before_login = 5).serve().await.unwrap();
        let mut wire = Wire::open(server.address()).await;
        wire.send("FOO\r\n".repeat(100)).await;
        for _ in 0..5 {
            wire.expect_reply(500).await;
        }
        wire.expect_reply(421).await;
        wire.expect_end().await;

        let mut wire = Wire::login(server.address()).await;
        for _ in 0..20 {
            wire.expect("FOO", 500).await;
        }
    }
}

#[tokio::test]
async fn another_protocol_gets_one_reply_and_none_of_its_lines_is_run() {
    for host in BOTH {
        let server = serve(host, Memory::new()).await;
        for first in [
            "GET / HTTP/1.1",
            "POST /x HTTP/1.0",
            "PUT /x HTTP/1.1",
            "HEAD / HTTP/1.1",
            "OPTIONS * HTTP/1.1",
            "CONNECT a:25 HTTP/1.1",
            "PATCH /x HTTP/1.1",
            "HTTP/1.1 200 OK",
            "EHLO there",
            "HELO there",
            "MAIL FROM:<a@b>",
            "STARTTLS",
            "Host: here",
            "\x16\x03\x01",
        ] {
            let mut wire = Wire::open(server.address()).await;
            wire.send(format!("{first}\r\nUSER anna\r\nPASS secret\r\nMKD x\r\n")).await;
            let answer = wire.expect_reply(500).await;
            assert!(!answer.to_string().contains(first));
            wire.expect_end().await;
        }
        assert_eq!(Wire::login(server.address()).await.download("NLST").await, b"");
    }
}

#[tokio::test]
async fn a_command_during_a_transfer_waits_for_its_turn_and_quit_lets_it_end() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        let address = wire.epsv().await;
        wire.send("RETR b.bin\r\nMKD early\r\nDELE a.txt\r\nQUIT\r\nMKD late\r\n").await;
        wire.expect_reply(150).await;
        let mut other = Wire::login(server.address()).await;
        other.expect("MLST early", 550).await;
        let data = in_time(tokio::net::TcpStream::connect(address)).await.unwrap();
        assert_eq!(read_all(data).await.unwrap().len(), 100_000);
        for code in [226, 257, 250, 221] {
            wire.expect_reply(code).await;
        }
        wire.expect_end().await;
        other.expect("MLST early", 250).await;
        other.expect("MLST late", 550).await;
    }
}

#[tokio::test]
async fn stat_during_a_transfer_is_answered_at_once() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        let address = wire.epsv().await;
        wire.expect("RETR b.bin", 150).await;
        let answer = wire.expect("STAT", 211).await;
        assert!(answer.to_string().contains("Transfer running, 0 bytes"), "{answer}");
        let data = in_time(tokio::net::TcpStream::connect(address)).await.unwrap();
        assert_eq!(read_all(data).await.unwrap().len(), 100_000);
        wire.expect_reply(226).await;
        let answer = wire.expect("STAT", 211).await;
        assert!(answer.to_string().contains("No transfer running"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_without_end_do_not_stop_the_transfer() {
    for host in BOTH {
        let files = files().with_file("/large", octets(32 << 20)).unwrap();
        let server = serve(host, files).await;
        let mut wire = Wire::login(server.address()).await;
        let data = wire.passive().await;
        wire.expect("RETR large", 150).await;
        let (mut replies, mut questions) = wire.into_stream().into_split();
        let asking = tokio::spawn(async move {
            let lines = "STAT\r\n".repeat(1000);
            while questions.write_all(lines.as_bytes()).await.is_ok() {}
        });
        let reading = tokio::spawn(async move {
            let mut octets = vec![0; 64 * 1024];
            while replies.read(&mut octets).await.is_ok_and(|read| read > 0) {}
        });
        assert_eq!(read_all(data).await.unwrap().len(), 32 << 20);
        asking.abort();
        reading.abort();
    }
}
