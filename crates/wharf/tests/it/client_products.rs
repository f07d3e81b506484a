//! What only some servers do, and what the client makes of it.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use wharf::{
    Client, Connection, ErrorKind, Permissions, Server, User,
    client::sync::{Place, sync},
    connection::{ListForm, ListOptions},
    core::{
        charset::Charset,
        listing::{ListFormat, Modified, Precision, Zone},
        product::Product,
    },
    storage::{Memory, Pathname, Storage},
};

use crate::script::Script;

fn by_list() -> ListOptions {
    ListOptions::new().form(ListForm::List)
}

/// A LIST of `argument` that shows these rows.
fn list(argument: &str, rows: &str) -> String {
    format!(
        "C: EPSV\nS: 229 (|||{{port}}|)\nC: LIST{argument}\nS: 150 Here\nD> {rows}\nD: close\nS: 226 Done\n"
    )
}

const TYPE_A: &str = "C: TYPE A\nS: 200 Ok\n";

async fn names(client: &mut Connection, pathname: &str) -> Vec<String> {
    let entries = client.list_with(pathname, &by_list()).all().await.unwrap();
    entries.iter().map(|entry| entry.name.escape_ascii().to_string()).collect()
}

#[tokio::test]
async fn the_greeting_and_the_last_listing_tell_the_format() {
    // Month or day, and a line that is a line of IBM i too, were it not for the others.
    let member = r"QPGMR   *MEM  A.FILE\r\n";
    let vms = r"A.TXT;1   1  2-JAN-2024 07:32:04\r\n";
    let script = Script::new(&format!(
        "S: 220 example.org FTP Server (Version 5.7) OpenVMS ready\nC: USER anna\nS: 230 In\n{TYPE_A}{}{}{}C: SYST\nS: 215 OS/400 is here",
        list("", vms),
        list("", member),
        list("", vms),
    ))
    .await;
    let mut client = Connection::connect(script.address()).await.unwrap();
    assert_eq!(client.product(), Some(Product::Vms));
    client.login("anna", "").await.unwrap();
    assert_eq!(names(&mut client, "").await, ["A.TXT"]);
    // A hint is no order.
    assert_eq!(names(&mut client, "").await, ["A.FILE"]);
    assert_eq!(names(&mut client, "").await, ["A.TXT"]);
    client.system().await.unwrap();
    assert_eq!(client.product(), Some(Product::Vms));
    script.done().await;
}

#[tokio::test]
async fn the_system_tells_the_product_where_the_greeting_does_not() {
    let (script, mut client) = Script::logged_in("C: SYST\nS: 215 MVS is the operating system").await;
    assert_eq!(client.product(), None);
    client.system().await.unwrap();
    assert_eq!(client.product(), Some(Product::ZOs));
    script.done().await;
}

#[tokio::test]
async fn a_format_can_be_forced() {
    let unix = r"-rw-r--r--   1 a b 3 Jan 31  2026 a\r\n";
    for (format, expected) in [(None, 1), (Some(ListFormat::Dos), 0), (Some(ListFormat::Unix), 1)] {
        let builder = Connection::builder().list_format(format);
        let (script, mut client) =
            Script::logged_in_with(builder, &format!("{TYPE_A}{}", list("", unix))).await;
        assert_eq!(names(&mut client, "").await.len(), expected);
        script.done().await;
    }
}

#[tokio::test]
async fn a_listing_of_nothing_may_mean_that_nothing_is_there() {
    const NOTHING: &str = "C: EPSV\nS: 229 (|||{port}|)\nC: LIST x\nS: 150 Here\nD: close\nS: 226 Done\n";
    const REFUSED: &str = "C: EPSV\nS: 229 (|||{port}|)\nC: LIST x\nS: 450 x: No such file or directory\n";
    for nothing in [NOTHING, REFUSED] {
        let (script, mut client) = Script::logged_in(&format!(
            "{TYPE_A}{nothing}C: PWD\nS: 257 \"/home\"\nC: CWD x\nC: CWD /home\nS: 550 No such directory\nS: 250 Ok\n\
             {nothing}C: PWD\nS: 257 \"/home\"\nC: CWD x\nC: CWD /home\nS: 250 Ok\nS: 250 Ok\n\
             {nothing}C: PWD\nS: 502 What?"
        ))
        .await;
        let missing = client.list_with("x", &by_list()).all().await.unwrap_err();
        assert!(missing.is_not_found() && missing.kind() == ErrorKind::Refused, "{missing:?}");
        // It is there, and then nobody can tell: what was refused is not empty.
        for _ in 0..2 {
            match client.list_with("x", &by_list()).all().await {
                Ok(entries) => assert!(nothing == NOTHING && entries.is_empty()),
                Err(error) => assert!(nothing == REFUSED && error.reply().unwrap().code() == 450),
            }
        }
        script.done().await;
    }
    // No question where the server says it, of the working directory, and of one that was listed.
    let tree = r"drwxr-xr-x   1 a b 3 Jan 31  2026 x\r\n";
    let (script, mut client) = Script::logged_in(&format!(
        "{TYPE_A}{}{}C: EPSV\nS: 229 (|||{{port}}|)\nC: LIST x\nS: 550 No files found.\n{}{NOTHING}",
        list("", ""),
        list(" x", r"total 0\r\n"),
        list("", tree),
    ))
    .await;
    assert_eq!(names(&mut client, "").await, [""; 0]);
    assert_eq!(names(&mut client, "x").await, [""; 0]);
    assert_eq!(names(&mut client, "x").await, [""; 0]);
    let all = client.list_with("", &by_list().recursive(true)).all().await.unwrap();
    assert_eq!(all.len(), 1);
    script.done().await;
}

#[tokio::test]
async fn a_directory_that_could_not_be_read_is_not_empty() {
    let unread = "C: EPSV\nS: 229 (|||{port}|)\nC: LIST -a x\n";
    let plain = "C: EPSV\nS: 229 (|||{port}|)\nC: LIST x\n";
    for said in [
        "S: 150 Here\nD: close\nS: 226 Transfer done (but failed to open directory).".to_owned(),
        // Without the option it would tell all but what is hidden, which is not all.
        "S: 450 The file system is busy".to_owned(),
        "S: 450 x-a: Resource temporarily unavailable".to_owned(),
        // It may be the option that it says this of, so it is asked without.
        format!("S: 450 No such file\n{plain}S: 450 The file system is busy"),
    ] {
        let script =
            format!("C: EPSV\nS: 229 (|||{{port}}|)\nC: MLSD x\nS: 502 What?\n{TYPE_A}{unread}{said}");
        let (script, mut client) = Script::logged_in(&script).await;
        let rows = client.everything_in(b"x").await;
        let [Err(error)] = rows.as_slice() else { panic!("{said}: {rows:?}") };
        assert!(error.kind() == ErrorKind::Refused && error.verb() == Some("LIST"), "{error:?}");
        script.done().await;
    }
    let row = r"D> -rw-r--r--   1 a b 5 Jan 31  2026 a\r\n";
    for said in ["450 No such file", "450 -a x: not found", "550 What?"] {
        let script = format!(
            "C: EPSV\nS: 229 (|||{{port}}|)\nC: MLSD x\nS: 502 What?\n{TYPE_A}{unread}S: {said}\n\
             {plain}S: 150 Here\n{row}\nD: close\nS: 226 Done"
        );
        let (script, mut client) = Script::logged_in(&script).await;
        let rows = client.everything_in(b"x").await;
        assert!(matches!(rows.as_slice(), [Ok(row)] if row.pathname == b"x/a"), "{said}: {rows:?}");
        script.done().await;
    }
    // Of what was begun with the option it is not the option that is missing.
    let script = format!(
        "C: EPSV\nS: 229 (|||{{port}}|)\nC: MLSD x\nS: 502 What?\n{TYPE_A}{unread}S: 150 Here\n{row}\nD: close\n\
         S: 450 x/b: No such file"
    );
    let (script, mut client) = Script::logged_in(&script).await;
    let rows = client.everything_in(b"x").await;
    assert!(matches!(rows.last(), Some(Err(error)) if error.reply().is_some()), "{rows:?}");
    script.done().await;
}

/// Some servers list a directory that they cannot read as one row, its own.
#[tokio::test]
async fn a_directory_that_is_shown_itself_is_not_what_is_in_it() {
    let row = |name: &str| format!(r"d-wx--x--x   3 a b 4096 Jan 31  2026 {name}\r\n");
    let asked = |argument: &str, rows: &str, end: &str| {
        let sent = if rows.is_empty() { String::new() } else { format!("D> {rows}\n") };
        format!(
            "C: EPSV\nS: 229 (|||{{port}}|)\nC: LIST -a {argument}\nS: 150 Here\n{sent}D: close\nS: 226 {end}\n"
        )
    };
    let first = "C: EPSV\nS: 229 (|||{port}|)\nC: MLSD a/d\nS: 502 What?\n";
    let (itself, others) = (row("d"), row("d") + &row("e"));
    // Refused in that way, the option may be why: all is asked once more without.
    let dot_refused = "C: EPSV\nS: 229 (|||{port}|)\nC: LIST -a a/d/.\nS: 450 No such file\n".to_owned();
    let plainly = (asked("a/d", &itself, "Done") + &dot_refused).replace("LIST -a", "LIST");
    // What it says when it is asked in a way that only a directory has an answer to.
    for (again, expected) in [
        (asked("a/d/.", "", "Transfer done (but failed to open directory)."), None),
        (asked("a/d/.", "", "Done"), None),
        (dot_refused + &plainly, None),
        (asked("a/d/.", &itself, "Done"), Some(&["a/d/d"][..])),
        (asked("a/d/.", &others, "Done"), Some(&["a/d/d", "a/d/e"])),
    ] {
        let script = format!("{first}{TYPE_A}{}{again}", asked("a/d", &itself, "Done"));
        let (script, mut client) = Script::logged_in(&script).await;
        let rows = client.everything_in(b"a/d").await;
        match (expected, rows.as_slice()) {
            (None, [Err(error)]) => assert_eq!(error.kind(), ErrorKind::Refused, "{again}"),
            (None, rows) => panic!("{again}: {rows:?}"),
            (Some(expected), rows) => {
                let names: Vec<_> = rows.iter().map(|row| row.as_ref().unwrap().pathname.clone()).collect();
                assert_eq!(names, expected.iter().map(|name| name.as_bytes()).collect::<Vec<_>>());
            }
        }
        script.done().await;
    }
    // No question where there is more than that row.
    let script = format!("{first}{TYPE_A}{}", asked("a/d", &others, "Done"));
    let (script, mut client) = Script::logged_in(&script).await;
    assert_eq!(client.everything_in(b"a/d").await.len(), 2);
    script.done().await;
}

#[tokio::test]
async fn iis_is_asked_for_utf8() {
    let greeted = "S: 220 Microsoft FTP Service\nC: USER anna\nS: 230 In\n";
    for (charset, asked) in [
        (Charset::UTF_8, "C: OPTS UTF8 ON\nS: 200 Ok\nC: NOOP\nS: 200 Ok"),
        (Charset::UTF_8, "C: OPTS UTF8 ON\nS: 501 What?\nC: NOOP\nS: 200 Ok"),
        ("windows-1251".parse().unwrap(), "C: NOOP\nS: 200 Ok"),
    ] {
        let script = Script::new(&format!("{greeted}{asked}")).await;
        let mut client = Connection::builder().charset(charset).connect(script.address()).await.unwrap();
        client.login("anna", "").await.unwrap();
        client.noop().await.unwrap();
        script.done().await;
    }
    let (script, mut client) = Script::logged_in("C: NOOP\nS: 200 Ok").await;
    client.noop().await.unwrap();
    script.done().await;
}

#[tokio::test]
async fn times_of_list_get_their_zone() {
    // Two hours east, in days that need no year.
    let now = SystemTime::now();
    let day = Duration::from_secs(86400);
    let row = |name: &str, time: SystemTime| {
        let mut line = Vec::new();
        let mut metadata = wharf::storage::Metadata::new(wharf::storage::EntryKind::File, 1);
        metadata.modified = Some(time + Duration::from_secs(7200));
        let entry = wharf::storage::Entry::new(name, metadata);
        wharf::core::listing::format::list_line(&entry, now, &mut line);
        String::from_utf8(line).unwrap().replace("\r\n", r"\r\n")
    };
    let minute = |time: SystemTime| {
        let seconds = time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds / 60 * 60)
    };
    let timestamp = |time| wharf::core::timestamp::Timestamp::from(time).to_string();
    let (old, middle, new) = (minute(now - 40 * day), minute(now - 20 * day), minute(now - 2 * day));
    let rows = [row("new", new), row("middle", middle), row("old", old)].concat();
    let (script, mut client) = Script::logged_in(&format!(
        "{TYPE_A}{}C: MDTM d/old\nS: 213 {}\nC: MDTM d/new\nS: 213 {}\n{}{}C: MDTM d/old\nS: 502 What?",
        list(" d", &rows),
        timestamp(old + Duration::from_secs(7)),
        timestamp(new),
        list(" d", &rows),
        list(" d", &row("older", old - day)),
    ))
    .await;
    let options = by_list();
    let entries = client.list_with("d", &options).all().await.unwrap();
    assert!(entries.iter().all(|entry| entry.modified.unwrap().zone == Zone::Unknown));
    let clock = client.measure_list_clock("d", entries.iter().map(|entry| &entry.entry)).await.unwrap();
    assert_eq!(clock.unwrap().minutes(), 120);
    let corrected = client.list_with("d", &options).all().await.unwrap();
    for (entry, time) in corrected.iter().zip([new, middle, old]) {
        let expected = Modified { time, precision: Precision::Minute, zone: Zone::Measured };
        assert_eq!(entry.modified, Some(expected), "{:?}", entry.name);
    }
    // Nobody knows whether it was summer then.
    let older = client.list_with("d", &options).all().await.unwrap();
    assert_eq!(older[0].modified.unwrap().zone, Zone::Unknown);
    let unknown = client.measure_list_clock("d", entries.iter().map(|entry| &entry.entry)).await.unwrap();
    assert_eq!(unknown, None);
    script.done().await;
}

#[tokio::test]
async fn names_are_converted_where_they_meet_local_files() {
    let japanese: Charset = "sjis".parse().unwrap();
    let facts = r"type=file;size=2; \x8b\xb4.txt\r\ntype=file;size=1; \x81\r\n";
    let (script, mut client) = Script::logged_in_with(
        Connection::builder().charset(japanese),
        &format!(
            "C: FEAT\nS: 502 What?\nC: EPSV\nS: 229 (|||{{port}}|)\nC: MLSD /\nS: 150 Here\nD> {facts}\nD: close\nS: 226 Done\nC: TYPE I\nS: 200 Ok\n\
             C: EPSV\nS: 229 (|||{{port}}|)\nC: RETR /\\x8b\\xb4.txt\nS: 150 Here\nD> hi\nD: close\nS: 226 Done\n\
             C: EPSV\nS: 229 (|||{{port}}|)\nC: RETR /\\x81\nS: 150 Here\nD> x\nD: close\nS: 226 Done\n\
             C: EPSV\nS: 229 (|||{{port}}|)\nC: STOR \\x8b\\xb4.txt\nS: 150 Go on\nD< hi\nS: 226 Done"
        ),
    )
    .await;
    let storage = Memory::new();
    let report = client.download("/", &storage, "").await.unwrap();
    assert!(report.failures().next().is_none());
    for name in ["橋.txt".as_bytes(), b"\x81"] {
        assert!(storage.metadata(&Pathname::root().join(name).unwrap()).await.is_ok(), "{name:?}");
    }
    let report = client.upload(&storage, "橋.txt", "").await.unwrap();
    assert!(report.failures().next().is_none());
    script.done().await;
}

#[tokio::test]
async fn a_charset_is_guessed_where_the_server_says_none() {
    let russian: Charset = "windows-1251".parse().unwrap();
    let texts = ["Документы.txt", "Отчёт за год.doc"];
    let octets = texts.map(|text| russian.encode(text).unwrap());
    let row = |name: &Vec<u8>| format!(r"type=file;size=2; {}\r\n", name.escape_ascii());
    let rows: String = octets.iter().map(row).collect();
    let feat =
        |feature: &str| format!("C: FEAT\nS: 211-Features\nS:  MLST type*;size*;{feature}\nS: 211 End\n");
    let listing = |rows: &str| {
        format!("C: EPSV\nS: 229 (|||{{port}}|)\nC: MLSD /\nS: 150 Here\nD> {rows}\nD: close\nS: 226 Done\n")
    };
    for (feature, guess) in [("", russian), ("\nS:  UTF8", Charset::UTF_8)] {
        let (script, mut client) =
            Script::logged_in(&format!("{}{}{}", listing(&rows), feat(feature), listing(&rows))).await;
        assert_eq!(client.charset(), Charset::UTF_8);
        // FEAT is asked for once.
        for _ in 0..2 {
            assert_eq!(client.everything_in(b"/").await.len(), 2);
            assert_eq!(client.charset(), guess);
        }
        script.done().await;
    }
    // Names that are UTF-8, and those of a set charset, are no question.
    let plain = listing(r"type=file;size=1; \xc3\xa9\r\n");
    for (builder, rows) in [
        (Connection::builder(), plain),
        (Connection::builder().charset("koi8-r".parse::<Charset>().unwrap()), listing(&rows)),
    ] {
        let (script, mut client) = Script::logged_in_with(builder, &rows).await;
        client.everything_in(b"/").await;
        assert_ne!(client.charset(), russian);
        script.done().await;
    }
}

#[tokio::test]
async fn a_guess_names_the_files_of_a_tree() {
    let japanese: Charset = "sjis".parse().unwrap();
    let texts = ["試験ファイル.csv", "会議の資料.pdf", "写真とビデオ"];
    let octets = texts.map(|text| japanese.encode(text).unwrap());
    let rows: String =
        octets.iter().map(|name| format!(r"type=file;size=2; {}\r\n", name.escape_ascii())).collect();
    let fetched: String = octets
        .iter()
        .map(|name| {
            let name = name.escape_ascii();
            format!(
                "C: EPSV\nS: 229 (|||{{port}}|)\nC: RETR /{name}\nS: 150 Here\nD> hi\nD: close\nS: 226 Done\n"
            )
        })
        .collect();
    let builder = Connection::builder();
    let (script, mut client) = Script::logged_in_with(
        builder,
        &format!(
            "C: FEAT\nS: 502 What?\nC: EPSV\nS: 229 (|||{{port}}|)\nC: MLSD /\nS: 150 Here\nD> {rows}\nD: close\nS: 226 Done\n\
             C: TYPE I\nS: 200 Ok\n{fetched}"
        ),
    )
    .await;
    let storage = Memory::new();
    let report = client.download("/", &storage, "").await.unwrap();
    assert!(report.failures().next().is_none());
    for text in texts {
        assert!(storage.metadata(&Pathname::root().join(text.as_bytes()).unwrap()).await.is_ok(), "{text}");
    }
    script.done().await;
}

#[tokio::test]
async fn trees_of_a_client_convert_names_both_ways() {
    let (directory, name) = (&b"\x8e\x8e"[..], &b"\x8b\xb4.txt"[..]);
    let there = Memory::new().with_file([b"/", directory, b"/", name].concat(), "hi").unwrap();
    let anna = User::new("anna", "secret", there.clone()).permissions(Permissions::read_write());
    let server = Server::builder().user(anna).serve().await.unwrap();
    let client = Client::builder(server.address()).login("anna", "secret");
    let japanese: Charset = "sjis".parse().unwrap();
    let client = client.connection(|builder| builder.charset(japanese)).build().unwrap();
    let here = Memory::new();
    assert!(client.download(directory, &here, "").await.unwrap().failures().next().is_none());
    assert!(here.read_file("/試/橋.txt").is_ok());
    assert!(client.upload(&here, "試", "up").await.unwrap().failures().next().is_none());
    let is_there = |top: &[u8]| there.read_file([top, b"/", directory, b"/", name].concat()).is_ok();
    assert!(is_there(b"/up"));
    let local = |root: &str| Place::storage(Arc::new(here.clone()), root).unwrap();
    sync(local("/"), Place::server(&client, "synced")).await.unwrap().into_result().unwrap();
    assert!(is_there(b"/synced"));
    sync(Place::server(&client, "synced"), local("/back")).await.unwrap().into_result().unwrap();
    assert!(here.read_file("/back/試/橋.txt").is_ok());
}
