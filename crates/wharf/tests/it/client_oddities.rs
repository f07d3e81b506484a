//! What servers do that is odd, and what the client makes of it.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use wharf::{
    Connection, ErrorKind,
    connection::{DataMode, DataStream, ListForm, ListOptions, PassiveForm},
    core::{
        command::{attribute::Size, status::Noop, transfer::Stou},
        listing::{BadLineReason, ListLine, ListParser, ListedEntry},
        representation::RepresentationType,
    },
    storage::EntryKind,
};

use crate::script::Script;

async fn names(client: &mut Connection, pathname: &str) -> Vec<String> {
    let entries = client.list(pathname).all().await.unwrap();
    entries.iter().map(|entry| entry.pathname.escape_ascii().to_string()).collect()
}

#[tokio::test]
async fn a_greeting_may_be_announced_and_long() {
    let script = Script::new(
        r#"S: 120 Ready in a moment
         S: 220-Hello
         S: 230 not the end
         S:  of it
         S: 220 there
         C: QUIT
         S: 221 Bye"#,
    )
    .await;
    let client = Connection::connect(script.address()).await.unwrap();
    assert_eq!(client.greeting(), [&b"Hello"[..], b"230 not the end", b" of it", b"there"]);
    client.quit().await.unwrap();
    script.done().await;
}

#[tokio::test]
async fn a_greeting_may_say_no() {
    for (greeting, kind, code) in
        [("421 Too many", ErrorKind::Closed, 421), ("530 Not you", ErrorKind::Refused, 530)]
    {
        let script = Script::new(&format!("S: {greeting}\nC: close")).await;
        let error = Connection::connect(script.address()).await.unwrap_err();
        assert_eq!((error.kind(), error.reply().unwrap().code().as_u16()), (kind, code));
        assert_eq!(error.is_temporary(), code == 421);
        script.done().await;
    }
    let script = Script::new("S: SSH-2.0-OpenSSH_9.2\nC: close").await;
    assert_eq!(Connection::connect(script.address()).await.unwrap_err().kind(), ErrorKind::Protocol);
    script.done().await;
}

#[tokio::test]
async fn a_421_at_any_moment_closes_and_tells_why() {
    let (script, mut client) = Script::logged_in(
        r#"C: TYPE I
         S: 200 Ok
         C: EPSV
         S: 229 (|||{port}|)
         C: RETR a
         S: 150 Here
         D> part
         S: 421 Shutting down
         D: close
         C: close"#,
    )
    .await;
    let mut file = client.read("a").await.unwrap();
    let mut content = Vec::new();
    file.read_to_end(&mut content).await.unwrap();
    let error = file.finish().await.unwrap_err();
    assert_eq!((error.kind(), error.reply().unwrap().code().as_u16()), (ErrorKind::Closed, 421));
    let error = client.noop().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert!(!client.is_open());
    script.done().await;
}

async fn read_all(client: &mut Connection, pathname: &str) -> Result<Vec<u8>, wharf::Error> {
    let mut file = client.read(pathname).await?;
    let mut content = Vec::new();
    let _ = file.read_to_end(&mut content).await;
    file.finish().await.map(|()| content)
}

#[tokio::test]
async fn replies_of_a_transfer_come_in_any_shape() {
    let (script, mut client) = Script::logged_in(
        r#"C: TYPE I
         S: 200 Ok
         # both replies in one segment, before the data
         C: EPSV
         S: 229 junk (1) |||1| (|||{port}|) more (junk)
         C: RETR a
         S: 150 Here\r\n226 Done
         D> one
         D: close
         # 125 and 250
         C: EPSV
         S: 229 (!!!{port}!)
         C: RETR b
         S: 125 Open
         D> two
         D: close
         S: 250 Done
         # two preliminary replies
         C: EPSV
         S: 229 Ok |||{port}|
         C: RETR c
         S: 150-Here
         S:  it comes
         S: 150 now
         S: 125 Open
         D> three
         D: close
         S: 226-Done
         S: 226 really
         # the end of the data comes after the 226, and lets wait for itself
         C: EPSV
         S: 229 (|||{port}|)
         C: RETR d
         S: 150 Here
         D> fo
         S: 226 Done
         D> ur
         D: close
         # none at all, and no data
         C: EPSV
         S: 229 (|||{port}|)
         C: RETR e
         D: close
         S: 226 It is empty"#,
    )
    .await;
    for (name, content) in [("a", "one"), ("b", "two"), ("c", "three"), ("d", "four"), ("e", "")] {
        assert_eq!(read_all(&mut client, name).await.unwrap(), content.as_bytes(), "{name}");
    }
    script.done().await;
}

#[tokio::test]
async fn uploads_end_with_the_reply() {
    let (script, mut client) = Script::logged_in(
        r#"C: TYPE I
         S: 200 Ok
         C: EPSV
         S: 229 (|||{port}|)
         C: STOR a
         S: 150 Go on
         D< hello
         S: 226 Stored
         C: EPSV
         S: 229 (|||{port}|)
         C: APPE a
         S: 150 Go on
         D<  there
         S: 250 Stored
         C: EPSV
         S: 229 (|||{port}|)
         C: REST 3
         S: 350 From there
         C: STOR a
         S: 150 Go on
         D< p
         S: 226 Stored
         # full
         C: EPSV
         S: 229 (|||{port}|)
         C: STOR b
         S: 150 Go on
         D< x
         S: 452 No space
         C: NOOP
         S: 200 Ok"#,
    )
    .await;
    let mut stream = client.write("a").await.unwrap();
    stream.write_all(b"hello").await.unwrap();
    stream.finish().await.unwrap();
    let mut stream = client.append("a").await.unwrap();
    stream.write_all(b" there").await.unwrap();
    stream.finish().await.unwrap();
    let mut stream = client.write_at("a", 3).await.unwrap();
    stream.write_all(b"p").await.unwrap();
    stream.finish().await.unwrap();
    let mut stream = client.write("b").await.unwrap();
    stream.write_all(b"x").await.unwrap();
    let error = stream.finish().await.unwrap_err();
    assert_eq!((error.kind(), error.verb()), (ErrorKind::Refused, Some("STOR")));
    assert!(error.is_temporary());
    client.noop().await.unwrap();
    script.done().await;
}

#[tokio::test]
async fn type_is_sent_when_it_changes() {
    let (script, mut client) = Script::logged_in(
        r#"C: TYPE I
         S: 200 Ok
         C: SIZE a
         S: 213 3
         C: EPSV
         S: 229 (|||{port}|)
         C: RETR a
         S: 150 Here
         D> a\r\n
         D: close
         S: 226 Done
         C: TYPE A
         S: 200 Ok
         C: EPSV
         S: 229 (|||{port}|)
         C: RETR a
         S: 150 Here
         D> a\r\nb\r
         D> \nc\r
         D: close
         S: 226 Done
         C: EPSV
         S: 229 (|||{port}|)
         C: STOR a
         S: 150 Here
         D< a\r\nb\r\n
         S: 226 Done
         C: SITE X
         S: 200 Ok
         C: TYPE A
         S: 200 Ok
         C: EPSV
         S: 550 No
         C: PASV
         S: 425 Not now"#,
    )
    .await;
    assert_eq!(client.size("a").await.unwrap(), 3);
    assert_eq!(read_all(&mut client, "a").await.unwrap(), b"a\r\n");
    client.set_representation(RepresentationType::Ascii);
    assert_eq!(read_all(&mut client, "a").await.unwrap(), b"a\nb\nc\r");
    let mut stream = client.write("a").await.unwrap();
    stream.write_all(b"a\nb").await.unwrap();
    stream.write_all(b"\n").await.unwrap();
    stream.finish().await.unwrap();
    // After a line of the user's own nothing is known.
    client.raw_command("SITE X", &[200]).await.unwrap();
    assert!(client.read("a").await.unwrap_err().is_temporary());
    script.done().await;
}

#[tokio::test]
async fn passive_forms_give_way_for_good() {
    for refusal in ["500 What?", "502 No", "522 No", "550 The firewall forbids it"] {
        let (script, mut client) = Script::logged_in(&format!(
            r#"C: TYPE I
             S: 200 Ok
             C: EPSV
             S: {refusal}
             C: PASV
             S: 227 Entering Passive Mode (10,1,2,3,{{p1}},{{p2}})
             C: RETR a
             S: 150 Here
             D> a
             D: close
             S: 226 Done
             C: PASV
             S: 227 Entering Passive Mode 0,0,0,0,{{p1}},{{p2}}
             C: RETR b
             S: 150 Here
             D> b
             D: close
             S: 226 Done"#
        ))
        .await;
        assert_eq!(read_all(&mut client, "a").await.unwrap(), b"a", "{refusal}");
        assert_eq!(read_all(&mut client, "b").await.unwrap(), b"b", "{refusal}");
        script.done().await;
    }
}

#[tokio::test]
async fn a_passive_form_that_is_busy_stays() {
    let (script, mut client) = Script::logged_in(
        r#"C: TYPE I
         S: 200 Ok
         C: EPSV
         S: 425 Not now
         C: EPSV
         S: 229 (|||0|)
         C: EPSV
         S: 229 what?"#,
    )
    .await;
    assert!(client.read("a").await.unwrap_err().is_temporary());
    assert_eq!(client.read("a").await.unwrap_err().kind(), ErrorKind::Data);
    assert_eq!(client.read("a").await.unwrap_err().kind(), ErrorKind::UnexpectedReply);
    script.done().await;
}

#[tokio::test(start_paused = true)]
async fn the_address_of_pasv_is_used_if_asked_for() {
    let builder = Connection::builder().data_mode(DataMode::Passive(vec![PassiveForm::Plain]));
    // Nobody is at 127.0.0.2 where the listener is at 127.0.0.1.
    let (script, mut client) = Script::logged_in_with(
        builder.clone().trust_passive_address(true),
        r#"C: TYPE I
         S: 200 Ok
         C: PASV
         S: 227 (127,0,0,2,{p1},{p2})
         C: RETR a
         C: close"#,
    )
    .await;
    assert_eq!(client.read("a").await.unwrap_err().kind(), ErrorKind::Data);
    client.close();
    script.done().await;
    let (script, mut client) = Script::logged_in_with(
        builder,
        r#"C: TYPE I
         S: 200 Ok
         C: PASV
         S: 227 (127,0,0,2,{p1},{p2})
         C: RETR a
         S: 150 Here
         D: close
         S: 226 Done"#,
    )
    .await;
    assert_eq!(read_all(&mut client, "a").await.unwrap(), b"");
    script.done().await;
}

#[tokio::test]
async fn in_active_mode_the_server_connects() {
    let (script, mut client) = Script::logged_in_with(
        Connection::builder().data_mode(DataMode::Active),
        r#"C: TYPE I
         S: 200 Ok
         C: PORT 127,0,0,1,...
         S: 200 Ok
         C: RETR a
         S: 150 Here
         D: connect
         D> a
         D: close
         S: 226 Done
         # it connects first
         C: PORT 127,0,0,1,...
         S: 200 Ok
         C: STOR a
         D: connect
         S: 150 Here
         D< b
         S: 226 Done
         # it cannot connect
         C: PORT 127,0,0,1,...
         S: 200 Ok
         C: RETR a
         S: 150 Here
         S: 425 Cannot connect
         C: NOOP
         S: 200 Ok"#,
    )
    .await;
    assert_eq!(read_all(&mut client, "a").await.unwrap(), b"a");
    let mut stream = client.write("a").await.unwrap();
    stream.write_all(b"b").await.unwrap();
    stream.finish().await.unwrap();
    let error = client.read("a").await.unwrap_err();
    assert_eq!(error.reply().unwrap().code().as_u16(), 425);
    client.noop().await.unwrap();
    script.done().await;
}

#[tokio::test]
async fn mlsd_gives_way_to_list_for_good() {
    let (script, mut client) = Script::logged_in(
        r#"C: EPSV
         S: 229 (|||{port}|)
         C: MLSD pub
         S: 500 Unknown command
         C: TYPE A
         S: 200 Ok
         C: EPSV
         S: 229 (|||{port}|)
         C: LIST pub
         S: 150 Here
         D> total 8\r\ndrwxr-xr-x   2 a b 4096 Jan 31  2026 dir\r\n-rw-r--r--   1 a b 3 Jan 31  2026 a b\r\n
         D> lrwxrwxrwx   1 a b 3 Jan 31  2026 link -> dir\r\nrubbish\r\n
         D: close
         S: 226 Done
         C: EPSV
         S: 229 (|||{port}|)
         C: LIST ./-x
         S: 150 Here
         D> 11-23-26  02:09AM       <DIR>          win\r\n
         D: close
         S: 200 Done
         C: EPSV
         S: 229 (|||{port}|)
         C: LIST empty
         S: 450 No files
         C: EPSV
         S: 229 (|||{port}|)
         C: LIST empty
         S: 550 No files found
         C: EPSV
         S: 229 (|||{port}|)
         C: LIST missing
         S: 550 No such directory"#,
    )
    .await;
    let entries = client.list("pub").all().await.unwrap();
    let seen: Vec<_> = entries.iter().map(|entry| (entry.pathname.as_slice(), entry.kind)).collect();
    assert_eq!(
        seen,
        [
            (&b"pub/dir"[..], Some(EntryKind::Directory)),
            (b"pub/a b", Some(EntryKind::File)),
            (b"pub/link", Some(EntryKind::Symlink)),
        ]
    );
    assert_eq!(names(&mut client, "-x").await, ["-x/win"]);
    assert!(client.list("empty").all().await.unwrap().is_empty());
    assert!(client.list("empty").all().await.unwrap().is_empty());
    assert!(client.list("missing").all().await.unwrap_err().is_not_found());
    script.done().await;
}

#[tokio::test]
async fn facts_come_in_any_shape() {
    let (script, mut client) = Script::logged_in(
        r#"C: EPSV
         S: 229 (|||{port}|)
         C: MLSD
         S: 150 Here
         D> Type=cdir;Modify=20260131000000; /\r\ntype=pdir; ..\r\nType=FILE;Size=3 plain\r\nSize=4;  spaces \r\n
         D> type=OS.unix=slink:/etc; link\r\ntype=dir;; quo"te\r\n type=file;size=1 no space, no facts\r\n
         D: close
         S: 200 Done
         C: MLST a
         S: 250-Facts
         S:  TYPE=dir;Modify=20260131000000; /a
         S: 250 End
         C: MLST b
         S: 250 Type=file;Size=7; b
         C: MLST c
         S: 250-Facts
         S: 250-type=file;size=9; c
         S: 250 End
         C: MLST d
         S: 250-Nothing
         S: 250 to see
         C: MLST e
         S: 550 No"#,
    )
    .await;
    let seen = names(&mut client, "").await;
    assert_eq!(seen[..4], ["plain", " spaces ", "link", "quo\\\"te"]);
    assert!(client.is_dir("a").await.unwrap());
    assert_eq!(client.stat("b").await.unwrap().size, Some(7));
    assert_eq!(client.stat("c").await.unwrap().size, Some(9));
    assert_eq!(client.stat("d").await.unwrap_err().kind(), ErrorKind::UnexpectedReply);
    assert!(!client.exists("e").await.unwrap());
    script.done().await;
}

#[tokio::test]
async fn names_that_lead_elsewhere_are_reported_one_by_one() {
    let (script, mut client) = Script::logged_in(
        r#"C: EPSV
         S: 229 (|||{port}|)
         C: MLSD
         S: 150 Here
         D> type=file; ../../evil\r\ntype=file; /etc/passwd\r\ntype=file; a\x00b\r\nrubbish\r\ntype=file; good\r\n
         D: close
         S: 226 Done"#,
    )
    .await;
    let mut listing = client.list("");
    let mut seen = Vec::new();
    while let Some(row) = listing.next().await {
        seen.push(row.map(|entry| entry.entry.name).map_err(|error| error.kind()));
    }
    let unsafe_name = || Err(ErrorKind::UnsafeName);
    let expected =
        [unsafe_name(), unsafe_name(), unsafe_name(), Err(ErrorKind::BadLine), Ok(b"good".to_vec())];
    assert_eq!(seen, expected);
    drop(listing);
    script.done().await;
}

#[tokio::test]
async fn stat_finds_its_way_without_mlst() {
    let (script, mut client) = Script::logged_in(
        r#"C: MLST pub/a b
         S: 502 No
         C: EPSV
         S: 229 (|||{port}|)
         C: MLSD pub
         S: 502 No
         C: TYPE A
         S: 200 Ok
         C: EPSV
         S: 229 (|||{port}|)
         C: LIST pub
         S: 150 Here
         D> -rw-r--r--   1 a b 3 Jan 31  2026 a b\r\n
         D: close
         S: 226 Done
         C: EPSV
         S: 229 (|||{port}|)
         C: LIST /
         S: 150 Here
         D> -rw-r--r--   1 a b 3 Jan 31  2026 a b\r\n
         D: close
         S: 226 Done
         C: EPSV
         S: 229 (|||{port}|)
         C: LIST -a
         S: 150 Here
         D> -rw-r--r--   1 a b 3 Jan 31  2026 .hidden\r\n
         D: close
         S: 226 Done"#,
    )
    .await;
    assert_eq!(client.stat("pub/a b").await.unwrap().size, Some(3));
    let error = client.stat("/missing").await.unwrap_err();
    assert_eq!((error.kind(), error.is_not_found()), (ErrorKind::NotFound, true));
    assert!(client.is_dir("/").await.unwrap());
    assert!(client.is_file(".hidden").await.unwrap());
    script.done().await;
}

/// Lines of the form `name|size`.
#[derive(Debug)]
struct Bars;

impl ListParser for Bars {
    fn parse(&self, line: &[u8], _: std::time::SystemTime) -> ListLine {
        let Some(bar) = line.iter().position(|&octet| octet == b'|') else {
            return ListLine::Bad(BadLineReason::Format);
        };
        let mut entry = ListedEntry::new(&line[..bar]);
        entry.kind = Some(EntryKind::File);
        ListLine::Entry(Box::new(entry))
    }
}

#[tokio::test]
async fn a_custom_parser_reads_first_or_last() {
    const LISTING: &str = r#"C: TYPE A
         S: 200 Ok
         C: EPSV
         S: 229 (|||{port}|)
         C: LIST
         S: 150 Here
         D> -rw-r--r--   1 a b 3 Jan 31  2026 a|b\r\nc|d\r\n
         D: close
         S: 226 Done"#;
    let options = ListOptions::new().form(ListForm::List);
    let builder = Connection::builder().list_parser_first(Arc::new(Bars));
    let (script, mut client) = Script::logged_in_with(builder, LISTING).await;
    let entries = client.list_with("", &options).all().await.unwrap();
    let seen: Vec<_> = entries.iter().map(|entry| entry.name.escape_ascii().to_string()).collect();
    assert_eq!(seen, ["-rw-r--r--   1 a b 3 Jan 31  2026 a", "c"]);
    script.done().await;
    // Where a listing speaks for both, the last one has lost.
    let both = LISTING.replace(r"\r\nc|d", "");
    let builder = Connection::builder().list_parser_last(Arc::new(Bars));
    let (script, mut client) = Script::logged_in_with(builder, &both).await;
    let entries = client.list_with("", &options).all().await.unwrap();
    assert_eq!(entries[0].name, b"a|b");
    script.done().await;
}

#[tokio::test]
async fn octets_of_names_survive() {
    let (script, mut client) = Script::logged_in(
        r#"C: PWD
         S: 257 "/say ""hi"" \xe9\xff" is it
         C: CWD  sp \xe9\xff [x] \\
         S: 250 Ok
         C: CDUP
         S: 200 Ok
         C: MKD a\x09b
         S: 257 Made
         C: RNFR a
         S: 350 Go on
         C: RNTO b
         S: 250 Ok"#,
    )
    .await;
    assert_eq!(client.working_directory().await.unwrap(), b"/say \"hi\" \xe9\xff");
    client.change_directory(b" sp \xe9\xff [x] \\").await.unwrap();
    client.change_to_parent().await.unwrap();
    client.make_dir("a\tb").await.unwrap();
    client.rename("a", "b").await.unwrap();
    script.done().await;
}

#[tokio::test]
async fn a_url_is_no_address_and_what_takes_one_is_said() {
    let refused = wharf::Connection::connect("ftpes://ftp.example.org").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert!(refused.to_string().contains("Client::builder takes a URL"), "{refused}");
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_before_an_octet_is() {
    let (script, mut client) = Script::logged_in("C: NOOP\nS: 200 Ok").await;
    for bad in ["a\r\nDELE b", "a\nb", "a\rb", "a\0b"] {
        let kinds = [
            client.change_directory(bad).await.unwrap_err().kind(),
            client.read(bad).await.unwrap_err().kind(),
            client.write(bad).await.unwrap_err().kind(),
            client.list(bad).all().await.unwrap_err().kind(),
            client.stat(bad).await.unwrap_err().kind(),
            client.rename("a", bad).await.unwrap_err().kind(),
            client.login(bad, "").await.unwrap_err().kind(),
            client.login("a", bad).await.unwrap_err().kind(),
            client.raw_command(bad, &[2]).await.unwrap_err().kind(),
            client.send(Size::new(bad)).await.unwrap_err().kind(),
        ];
        assert_eq!(kinds, [ErrorKind::InvalidInput; 10], "{bad:?}");
    }
    assert_eq!(client.raw_command("", &[2]).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(client.read_from("a", u64::MAX).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    client.noop().await.unwrap();
    script.done().await;
}

#[tokio::test]
async fn the_ways_out_send_anything() {
    let (script, mut client) = Script::logged_in(
        r#"C: SITE UMASK 022
         S: 200 Ok
         C: FOO bar
         S: 502 No
         C: NOOP
         S: 250 Ok
         C: TYPE I
         S: 200 Ok
         C: EPSV
         S: 229 (|||{port}|)
         C: STOU
         S: 150 FILE: upload.1
         D< x
         S: 226 Done"#,
    )
    .await;
    assert_eq!(client.raw_command("SITE UMASK 022", &[2]).await.unwrap().text(), "Ok");
    let error = client.raw_command("FOO bar", &[2]).await.unwrap_err();
    assert_eq!((error.verb(), error.reply().unwrap().code().as_u16()), (Some("FOO"), 502));
    client.send(Noop).await.unwrap();
    assert_eq!(client.send(Stou::default()).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(client.data_command(Noop, 0).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    let DataStream::Write(mut stream) = client.data_command(Stou::default(), 0).await.unwrap() else {
        panic!("STOU sends")
    };
    assert_eq!(stream.opening_reply().text(), "FILE: upload.1");
    stream.write_all(b"x").await.unwrap();
    stream.finish().await.unwrap();
    script.done().await;
}

#[tokio::test]
async fn a_file_can_be_read_by_lines() {
    let (script, mut client) = Script::logged_in(
        r#"C: TYPE I
         S: 200 Ok
         C: EPSV
         S: 229 (|||{port}|)
         C: REST 10
         S: 350 Ok
         C: RETR a
         S: 150 Here
         D> one\r\ntw
         D> o\nthree
         D: close
         S: 226 Done"#,
    )
    .await;
    let mut file = client.read_from("a", 10).await.unwrap();
    let mut lines = Vec::new();
    let mut line = String::new();
    while file.read_line(&mut line).await.unwrap() > 0 {
        lines.push(std::mem::take(&mut line));
    }
    assert_eq!(lines, ["one\r\n", "two\n", "three"]);
    file.finish().await.unwrap();
    script.done().await;
}

#[tokio::test]
async fn logins_are_bounded() {
    let script = Script::new(
        r#"S: 220 Hello
         C: USER anna
         S: 331 Password
         C: PASS secret
         S: 331 Password
         C: USER anna
         S: 332 Account
         C: ACCT staff
         S: 331 Password
         C: PASS secret
         S: 230 In
         C: USER anna
         S: 331 Password
         C: PASS secret
         S: 332 Account
         C: ACCT staff
         S: 333 What else?
         C: USER anna
         S: 332 Account
         C: USER anna
         S: 530 No
         C: USER anna
         S: 230 In
         C: USER anna
         S: 331 Password
         C: PASS
         S: 202 Not needed"#,
    )
    .await;
    let mut client = Connection::connect(script.address()).await.unwrap();
    let error = client.login("anna", "secret").await.unwrap_err();
    assert_eq!((error.kind(), error.phase()), (ErrorKind::UnexpectedReply, wharf::Phase::Login));
    client.login_with_account("anna", "secret", "staff").await.unwrap();
    let error = client.login_with_account("anna", "secret", "staff").await.unwrap_err();
    assert_eq!(error.reply().unwrap().code().as_u16(), 333);
    assert!(!error.to_string().contains("staff") && !format!("{error:?}").contains("staff"));
    assert_eq!(client.login("anna", "secret").await.unwrap_err().kind(), ErrorKind::UnexpectedReply);
    assert_eq!(client.login("anna", "secret").await.unwrap_err().kind(), ErrorKind::Refused);
    client.login("anna", "secret").await.unwrap();
    client.login("anna", "").await.unwrap();
    script.done().await;
}

#[tokio::test]
async fn what_a_server_sends_without_end_is_bounded() {
    let endless_line = format!("S: 220 {}", "x".repeat(20_000));
    let endless_lines = format!("S: 220-Hello\n{}", "S:  more\n".repeat(20_000));
    let endless_preliminary = "S: 120 Wait\n".repeat(100);
    for script in [endless_line, endless_lines, endless_preliminary] {
        let script = Script::new(&script).await;
        let error = Connection::connect(script.address()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    }
}

#[tokio::test]
async fn a_line_of_a_listing_without_end_is_one_bad_line() {
    let (script, mut client) = Script::logged_in(&format!(
        r#"C: EPSV
         S: 229 (|||{{port}}|)
         C: MLSD
         S: 150 Here
         D> type=file; {}\r\ntype=file; b\r\n
         D: close
         S: 226 Done"#,
        "x".repeat(100_000)
    ))
    .await;
    let mut listing = client.list("");
    assert_eq!(listing.next().await.unwrap().unwrap_err().kind(), ErrorKind::BadLine);
    assert_eq!(listing.next().await.unwrap().unwrap().name, b"b");
    assert!(listing.next().await.is_none());
    drop(listing);
    script.done().await;
}

#[tokio::test]
async fn features_are_asked_for_once() {
    let (script, mut client) = Script::logged_in(
        r#"C: FEAT
         S: 211-Features
         S:  SIZE
         S:  REST STREAM
         S: 211 End
         C: NOOP
         S: 200 Ok"#,
    )
    .await;
    assert!(client.features().await.unwrap().has("SIZE"));
    assert!(client.features().await.unwrap().has_parameter("REST", "STREAM"));
    client.noop().await.unwrap();
    script.done().await;
    let (script, mut client) = Script::logged_in("C: FEAT\nS: 500 What?").await;
    assert!(client.features().await.unwrap().is_empty());
    assert!(client.features().await.unwrap().is_empty());
    script.done().await;
}

#[tokio::test]
async fn a_reply_that_nobody_asked_for_is_not_taken_for_the_next_one() {
    // It comes with the last one, or while nothing is under way.
    for script in ["C: NOOP\nS: 200 Ok\\r\\n226 Done", "C: NOOP\nS: 200 Ok\nS: 226 Done\nC: close"] {
        let (script, mut client) = Script::logged_in(script).await;
        client.noop().await.unwrap();
        while client.is_open() {
            match client.working_directory().await {
                // Where it comes too late to be seen, it is still nobody's directory.
                Err(error) => {
                    assert!(matches!(error.kind(), ErrorKind::Protocol | ErrorKind::UnexpectedReply));
                }
                Ok(directory) => panic!("{directory:?}"),
            }
        }
        drop(script);
    }
}

#[tokio::test]
async fn what_is_hidden_is_asked_for_where_list_leaves_it_out() {
    const LISTING: &str = "S: 150 Here
         D> -rw-r--r--   1 a b 1 Jan 31  2026 .a\\r\\n
         D: close
         S: 226 Done";
    for (first, second) in [
        (LISTING, ""),
        ("S: 550 What is -a?", LISTING),
        ("S: 150 Here\nD: close\nS: 226 Nothing is called -a", LISTING),
    ] {
        let second = match second {
            "" => String::new(),
            listing => format!("C: EPSV\nS: 229 (|||{{port}}|)\nC: LIST d\n{listing}"),
        };
        let (script, mut client) = Script::logged_in(&format!(
            "C: DELE d
             S: 550 It is a directory
             C: MLST d
             S: 500 What?
             C: EPSV
             S: 229 (|||{{port}}|)
             C: MLSD
             S: 500 What?
             C: TYPE A
             S: 200 Ok
             C: EPSV
             S: 229 (|||{{port}}|)
             C: LIST
             S: 150 Here
             D> drwxr-xr-x   1 a b 1 Jan 31  2026 d\\r\\n
             D: close
             S: 226 Done
             C: FEAT
             S: 502 No
             C: EPSV
             S: 229 (|||{{port}}|)
             C: LIST -a d
             {first}
             {second}
             C: DELE d/.a
             S: 250 Gone
             C: RMD d
             S: 250 Gone"
        ))
        .await;
        client.remove("d").await.unwrap();
        script.done().await;
    }
}
