//! What is there, in each form, and what clients and browsers ask on the way.

use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt;
use wharf::storage::Memory;

use crate::{
    fixture::{BOTH, files, serve},
    wire::{Wire, in_time},
};

fn text(octets: Vec<u8>) -> String {
    String::from_utf8(octets).unwrap()
}

/// The last column of the rows of LIST.
fn names(rows: &str) -> Vec<&str> {
    rows.split_terminator("\r\n").map(|row| row.rsplit(' ').next().unwrap()).collect()
}

#[tokio::test]
async fn list_shows_rows_like_ls_and_mlsd_facts() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        let rows = text(wire.download("LIST").await);
        let [a, b, empty, public] = rows.split_terminator("\r\n").collect::<Vec<_>>()[..] else {
            panic!("{rows}")
        };
        assert!(a.starts_with("-rw-r--r--   1 ") && a.contains(" 10 ") && a.ends_with(" a.txt"), "{a}");
        assert!(b.contains(" 100000 ") && b.ends_with(" b.bin"), "{b}");
        assert!(empty.starts_with("drwxr-xr-x") && empty.ends_with(" empty"), "{empty}");
        assert!(public.ends_with(" pub"), "{public}");
        let rows = text(wire.download("MLSD pub").await).to_ascii_lowercase();
        assert!(
            rows.contains("type=file;") && rows.contains("size=1;") && rows.ends_with("; c.txt\r\n"),
            "{rows}"
        );
        assert_eq!(rows.lines().count(), 1);
    }
}

#[tokio::test]
async fn a_listing_of_nothing_has_no_rows() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        for line in ["LIST empty", "NLST empty", "MLSD empty"] {
            assert_eq!(wire.download(line).await, b"", "{line}");
        }
    }
}

/// rclone copies into a new directory only if this is 550, and at once.
#[tokio::test]
async fn a_missing_directory_is_550_before_any_150() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        for line in
            ["MLSD missing", "LIST missing", "NLST missing", "MLSD a.txt/x", "STAT missing", "MLST missing"]
        {
            wire.epsv().await;
            wire.expect(line, 550).await;
        }
        assert_eq!(text(wire.download("NLST pub").await), "c.txt\r\n");
    }
}

#[tokio::test]
async fn of_a_file_mlsd_is_501_and_list_and_nlst_show_it() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        wire.epsv().await;
        wire.expect("MLSD a.txt", 501).await;
        assert_eq!(names(&text(wire.download("LIST a.txt").await)), ["a.txt"]);
        assert_eq!(text(wire.download("NLST pub/c.txt").await), "pub/c.txt\r\n");
    }
}

#[tokio::test]
async fn words_with_a_hyphen_are_options_until_two_hyphens() {
    for host in BOTH {
        let files = files().with_file("/-name", "").unwrap().with_file("/.hidden", "").unwrap();
        let server = serve(host, files).await;
        let mut wire = Wire::login(server.address()).await;
        let all = ["-name", ".hidden", "a.txt", "b.bin", "empty", "pub"];
        for line in
            ["LIST", "LIST -a", "LIST -al", "LIST -la", "LIST -alR", "LIST -l -a", "LIST -B", "LIST -la /"]
        {
            assert_eq!(names(&text(wire.download(line).await)), all, "{line}");
        }
        assert_eq!(text(wire.download("NLST -C").await).lines().collect::<Vec<_>>(), all);
        assert_eq!(names(&text(wire.download("LIST -l -- -name").await)), ["-name"]);
        assert_eq!(names(&text(wire.download("LIST -la pub").await)), ["c.txt"]);
        wire.expect("STAT -la pub", 212).await;
    }
}

/// mget of tnftp and inetutils-ftp.
#[tokio::test]
async fn nlst_takes_a_literal_name_first_and_then_a_pattern() {
    for host in BOTH {
        let files = Memory::new();
        for name in ["/a.txt", "/b.txt", "/c.bin", "/d/x.txt", "/[a].txt", "/.hidden.txt"] {
            files.write_file(name, "").unwrap();
        }
        let server = serve(host, files).await;
        let mut wire = Wire::login(server.address()).await;
        for (pattern, expected) in [
            ("*.bin", "c.bin\r\n"),
            ("?.txt", "a.txt\r\nb.txt\r\n"),
            ("[ab].txt", "a.txt\r\nb.txt\r\n"),
            ("[a].txt", "[a].txt\r\n"),
            ("d/*.txt", "d/x.txt\r\n"),
            ("/d/*", "/d/x.txt\r\n"),
            ("*.none", ""),
        ] {
            assert_eq!(text(wire.download(format!("NLST {pattern}")).await), expected, "{pattern}");
        }
        wire.epsv().await;
        wire.expect("NLST missing/*", 550).await;
        wire.expect("NLST missing", 550).await;
    }
}

#[tokio::test]
async fn hostile_patterns_take_bounded_time() {
    for host in BOTH {
        let files = Memory::new().with_file(format!("/{}", "a".repeat(250)), "").unwrap();
        let server = serve(host, files).await;
        let mut wire = Wire::login(server.address()).await;
        let began = Instant::now();
        for pattern in [
            "a*".repeat(1000),
            "*".repeat(1000) + "b",
            "{a,b}".repeat(500),
            "[".repeat(2000),
            "*/".repeat(1500),
        ] {
            wire.epsv().await;
            let answer = wire.ask(format!("NLST {pattern}")).await;
            match answer.code {
                // The data connection is not made.
                150 => {
                    wire.expect("ABOR", 426).await;
                    wire.expect_reply(226).await;
                }
                code => assert!(matches!(code, 501 | 550 | 553), "{answer}"),
            }
        }
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_newline_in_a_name_forges_no_row() {
    for host in BOTH {
        let files = Memory::new();
        for name in ["a\r\nb", "c\nd", "e\rf", "-rw-r--r-- 1 o g 0 Jan  1 00:00 x\r\n250 End."] {
            files.write_file(format!("/d/{name}"), "").unwrap();
        }
        let server = serve(host, files).await;
        let mut wire = Wire::login(server.address()).await;
        for line in ["LIST d", "NLST d", "MLSD d"] {
            let rows = text(wire.download(line).await);
            assert_eq!(rows.matches('\n').count(), 4, "{line}: {rows:?}");
            assert_eq!(rows.matches('\r').count(), 4, "{line}: {rows:?}");
        }
        let answer = wire.expect("STAT d", 212).await;
        assert_eq!(answer.to_string().lines().count(), 6, "{answer}");
        wire.expect_in_step().await;
    }
}

#[tokio::test]
async fn names_come_back_octet_for_octet() {
    for host in BOTH {
        let names: [&[u8]; 6] =
            [b" lead", b"trail ", b"\"q\"", b"back\\slash", b"\xe9t\xe9", "日本".as_bytes()];
        let server = serve(host, Memory::new()).await;
        let mut wire = Wire::login(server.address()).await;
        for name in names {
            wire.upload([b"STOR ", name].concat(), name).await;
            assert_eq!(wire.download([b"RETR ", name].concat()).await, name);
            assert_eq!(wire.download("NLST").await, [name, b"\r\n"].concat());
            assert!(wire.download("MLSD").await.ends_with(&[b"; ", name, b"\r\n"].concat()));
            assert!(wire.download("LIST").await.ends_with(&[b" ", name, b"\r\n"].concat()));
            wire.expect([b"DELE ", name].concat(), 250).await;
        }
    }
}

#[tokio::test]
async fn quotes_in_the_working_directory_are_doubled() {
    for host in BOTH {
        let server = serve(host, Memory::new()).await;
        let mut wire = Wire::login(server.address()).await;
        let answer = wire.expect("MKD a \"b\"", 257).await;
        assert!(answer.to_string().starts_with("257 \"/a \"\"b\"\"\" "), "{answer}");
        wire.expect("CWD a \"b\"", 250).await;
        let answer = wire.expect("PWD", 257).await;
        assert!(answer.to_string().starts_with("257 \"/a \"\"b\"\"\" "), "{answer}");
    }
}

#[tokio::test]
async fn mlst_shows_one_entry_by_its_full_pathname() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        wire.expect("CWD pub", 250).await;
        let lines = wire.expect("MLST c.txt", 250).await.to_string();
        let fact = lines.split("\r\n").nth(1).unwrap();
        assert!(fact.starts_with(' ') && fact.ends_with("; /pub/c.txt"), "{lines}");
        assert!(fact.to_ascii_lowercase().contains("type=file;"), "{lines}");
        let lines = wire.expect("MLST", 250).await.to_string();
        assert!(lines.contains("; /pub\r\n") && lines.to_ascii_lowercase().contains("type=dir;"), "{lines}");
    }
}

#[tokio::test]
async fn opts_mlst_chooses_facts_and_ignores_unknown_ones() {
    for host in BOTH {
        let server = serve(host, files()).await;
        let mut wire = Wire::login(server.address()).await;
        let answer = wire.expect("OPTS MLST Type;Colour;Size;", 200).await;
        assert!(answer.to_string().to_ascii_lowercase().ends_with("mlst opts type;size;"), "{answer}");
        let row = text(wire.download("MLSD pub").await).to_ascii_lowercase();
        assert_eq!(row, "type=file;size=1; c.txt\r\n");
        wire.expect("OPTS MLST Colour;", 200).await;
        assert_eq!(text(wire.download("MLSD pub").await), " c.txt\r\n");
    }
}

/// What Windows, macOS, FileZilla, Cyberduck, WinSCP and lftp ask when they come.
#[tokio::test]
async fn what_browsers_ask_gets_an_honest_answer() {
    for host in BOTH {
        let files = files();
        let server = serve(host, files.clone()).await;
        let mut wire = Wire::login(server.address()).await;
        for (line, code) in [
            ("SYST", 215),
            ("FEAT", 211),
            ("PWD", 257),
            ("OPTS UTF8 ON", 200),
            ("opts utf8 on", 200),
            ("OPTS UTF8", 200),
            ("OPTS UTF8 OFF", 504),
            ("OPTS RETR fast", 501),
            ("TYPE I", 200),
            ("TYPE i", 200),
            ("TYPE A N", 200),
            ("TYPE L 8", 200),
            ("NOOP", 200),
            ("noop", 200),
            ("SIZE a.txt", 213),
            ("SIZE pub", 550),
            ("SIZE missing", 550),
            ("MDTM a.txt", 213),
            ("MDTM missing", 550),
            ("MFMT 20200102030405 a.txt", 213),
            ("MFMT 20201302030405 a.txt", 501),
            ("MFMT 20200102030405 missing", 550),
            ("CLNT somebody 1.0", 200),
            ("ALLO 1000000", 202),
            ("ALLO x", 501),
            ("STRU F", 200),
            ("STRU R", 504),
            ("STRU X", 501),
            ("MODE S", 200),
            ("MODE Z", 504),
            ("MODE B", 504),
            ("SITE HELP", 214),
            ("SITE FOO", 504),
            ("SITE CHMOD 600 a.txt", 200),
            ("HELP", 214),
            ("HELP RETR", 214),
            ("HELP FOO", 504),
            ("AUTH TLS", 502),
            ("XPWD", 257),
            ("XCWD pub", 250),
            ("XCUP", 250),
            ("XMKD x", 257),
            ("XRMD x", 250),
            ("TYPE FOO", 501),
            ("TYPE E", 504),
            ("ACCT x", 202),
            ("STAT", 211),
            ("STAT pub", 212),
            ("STAT a.txt", 213),
        ] {
            wire.expect(line, code).await;
        }
        assert_eq!(wire.expect("MDTM a.txt", 213).await.to_string(), "213 20200102030405");
        assert_eq!(wire.expect("SYST", 215).await.to_string(), "215 UNIX Type: L8");
        let features = wire.expect("FEAT", 211).await.to_string();
        for feature in ["EPRT", "EPSV", "MDTM", "MFMT", "MLST ", "REST STREAM", "SIZE", "TVFS", "UTF8"] {
            assert!(features.contains(&format!("\r\n {feature}")), "{feature} is not in {features}");
        }
        wire.expect("TYPE A", 200).await;
        wire.expect("SIZE a.txt", 550).await;
    }
}

#[tokio::test]
async fn the_system_type_is_the_programs_choice() {
    for host in BOTH {
        let server = crate::fixture::builder(host, files()).system_type("WORTHY").serve().await.unwrap();
        assert_eq!(Wire::open(server.address()).await.expect("SYST", 215).await.to_string(), "215 WORTHY");
    }
}

#[tokio::test]
async fn a_listing_streams_while_it_is_read() {
    const COUNT: usize = 100_000;
    let files = Memory::new();
    // More than the system keeps between two ends of a connection.
    for number in 0..COUNT {
        files.write_file(format!("/{number:0200}"), "").unwrap();
    }
    for host in BOTH {
        let server = serve(host, files.clone()).await;
        let mut wire = Wire::login(server.address()).await;
        let mut data = wire.passive().await;
        wire.expect("NLST", 150).await;
        let mut first = [0; 202];
        in_time(data.read_exact(&mut first)).await.unwrap();
        assert_eq!(first[199..], *b"0\r\n");
        // What the server has not listed yet can still go.
        let mut other = Wire::login(server.address()).await;
        other.expect(format!("DELE {:0200}", COUNT - 1), 250).await;
        let mut rest = Vec::new();
        in_time(data.read_to_end(&mut rest)).await.unwrap();
        wire.expect_reply(226).await;
        assert_eq!(rest.len(), 202 * (COUNT - 2), "the listing was made before it was read");
        files.write_file(format!("/{:0200}", COUNT - 1), "").unwrap();
    }
}
