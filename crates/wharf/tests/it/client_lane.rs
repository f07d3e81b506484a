//! One connection at work on many small jobs: what it sends together, what it sends ahead, and what it makes of servers
//! that do not stand it.

use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use tokio::time::Instant;
use wharf::{
    Connection, ConnectionBuilder, Error, ErrorKind,
    connection::{
        DataMode, HostMemory, PassiveForm, Pipelining,
        lane::{Done, Job, Jobs, Task},
    },
    core::{
        address::ExtendedPassive,
        command::{
            abort::Abor,
            data_port::Epsv,
            host::Host,
            protection::{Auth, Mechanism, Prot},
        },
        host_name::HostName,
        pathname::Pathname,
        protection::ProtectionLevel,
    },
    storage::Memory,
};

use crate::{
    pair::{Pair, over_all},
    script::Script,
};

/// Jobs in a row, and what became of them.
#[derive(Default)]
struct Row {
    jobs: Mutex<VecDeque<Job<&'static str>>>,
    ended: Mutex<Vec<String>>,
    given_back: Mutex<Vec<Job<&'static str>>>,
    most_octets: AtomicUsize,
}

impl Row {
    fn new(tasks: impl IntoIterator<Item = (&'static str, Task)>) -> Self {
        let jobs = tasks.into_iter().map(|(name, task)| Job::new(task, name)).collect();
        Self { jobs: Mutex::new(jobs), ..Self::default() }
    }

    fn ended(&self) -> Vec<String> {
        std::mem::take(&mut self.ended.lock().unwrap())
    }

    /// The jobs that were given back: their names and how often they were begun.
    fn given_back(&self) -> Vec<(&'static str, u32)> {
        self.given_back.lock().unwrap().iter().map(|job| (job.note, job.attempts)).collect()
    }

    /// Has what was given back done by the next lane.
    fn again(&self) {
        self.jobs.lock().unwrap().extend(self.given_back.lock().unwrap().drain(..));
    }
}

impl Jobs for Row {
    type Note = &'static str;

    async fn next(&self, _: bool) -> Option<Job<&'static str>> {
        self.jobs.lock().unwrap().pop_front()
    }

    async fn ended(&self, job: Job<&'static str>, outcome: Result<Done, Error>) {
        let outcome = match outcome {
            Ok(Done::File { octets, time_set }) => format!("{octets} octets, {time_set}"),
            Ok(Done::Entries(rows)) => format!("{} rows", rows.len()),
            Ok(Done::Entry(entry)) => format!("{:?}", entry.kind.unwrap()),
            Ok(_) => "done".to_owned(),
            Err(error) => match error.reply() {
                Some(reply) => reply.to_string(),
                None => error.kind().to_string(),
            },
        };
        self.ended.lock().unwrap().push(format!("{}: {outcome}", job.note));
    }

    fn give_back(&self, job: Job<&'static str>) {
        self.given_back.lock().unwrap().push(job);
    }

    fn moved(&self, _: &Job<&'static str>, octets: u64) {
        self.most_octets.fetch_max(usize::try_from(octets).unwrap(), Ordering::Relaxed);
    }
}

fn fetch(name: &'static str) -> (&'static str, Task) {
    let destination = Pathname::root().join(name.as_bytes()).unwrap();
    (name, Task::Fetch { source: name.into(), destination, size: None, modified: None })
}

fn store(name: &'static str, modified: Option<SystemTime>) -> (&'static str, Task) {
    let source = Pathname::root().join(name.as_bytes()).unwrap();
    (name, Task::Store { source, destination: name.into(), modified })
}

fn remove(name: &'static str) -> (&'static str, Task) {
    (name, Task::RemoveFile(name.into()))
}

fn day() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)
}

/// A login at a server with this greeting, and `script`.
async fn greeted(builder: ConnectionBuilder, greeting: &str, script: &str) -> (Script, Connection) {
    let script = Script::new(&format!(
        "S: 220 {greeting}\nC: USER anna\nS: 331 Password\nC: PASS secret\nS: 230 In\n{script}"
    ))
    .await;
    let mut client = builder.connect(script.address()).await.unwrap();
    client.login("anna", "secret").await.unwrap();
    (script, client)
}

/// A server that is known to keep commands.
const KEEPS: &str = "(vsFTPd 3.0.3)";

#[tokio::test]
async fn what_hangs_on_no_answer_goes_together_between_files() {
    let (script, mut client) = Script::logged_in(
        r#"C: TYPE I
         C: FEAT
         C: EPSV
         S: 200 Ok
         S: 211-Features
         S:  SIZE
         S: 211 End
         S: 229 (|||{port}|)
         C: STOR a
         S: 150 Go on
         D< one
         S: 226 Stored
         C: MFMT 20010909014640 a
         C: EPSV
         S: 213 Modified
         S: 229 (|||{port}|)
         C: STOR b
         S: 150 Go on
         D< two
         S: 226 Stored
         C: MFMT 20010909014640 b
         C: EPSV
         S: 500 What?
         S: 229 (|||{port}|)
         C: STOR c
         S: 150 Go on
         D< three
         S: 226 Stored
         C: EPSV
         S: 229 (|||{port}|)
         C: RETR d
         D> fo
         S: 150 Here
         D> ur
         D: close
         S: 226 Sent"#,
    )
    .await;
    let here = Memory::new().with_file("/a", "one").unwrap().with_file("/b", "two").unwrap();
    let here = here.with_file("/c", "three").unwrap();
    let row =
        Row::new([store("a", Some(day())), store("b", Some(day())), store("c", Some(day())), fetch("d")]);
    client.work(&here, &row).await.unwrap();
    assert_eq!(
        row.ended(),
        ["a: 3 octets, true", "b: 3 octets, false", "c: 5 octets, false", "d: 4 octets, false"]
    );
    assert_eq!(here.read_file("/d").unwrap(), b"four");
    assert_eq!(row.most_octets.load(Ordering::Relaxed), 5);
    script.done().await;
}

#[tokio::test]
async fn the_next_data_connection_is_asked_for_during_a_transfer() {
    const TRANSFERS: &str = r#"C: RETR a
         C: EPSV
         S: 150 Here
         D> one
         D: close
         S: 226 Sent
         S: 229 (|||{port}|)
         C: RETR b
         C: EPSV
         S: 550 No
         S: 229 (|||{port}|)
         C: STOR c
         D< three
         S: 150 Go on
         S: 226 Stored"#;
    // Known by its greeting, or by what it says to FEAT.
    for (greeting, before) in [
        (KEEPS, "C: TYPE I\nC: EPSV\nS: 200 Ok\nS: 229 (|||{port}|)\n"),
        (
            "Hello",
            "C: TYPE I\nC: FEAT\nC: EPSV\nS: 200 Ok\nS: 211-\nS:  PIPELINING\nS: 211 End\nS: 229 (|||{port}|)\n",
        ),
    ] {
        let (script, mut client) =
            greeted(Connection::builder(), greeting, &format!("{before}{TRANSFERS}")).await;
        let here = Memory::new().with_file("/c", "three").unwrap();
        let row = Row::new([fetch("a"), fetch("b"), store("c", None)]);
        client.work(&here, &row).await.unwrap();
        assert_eq!(row.ended(), ["a: 3 octets, false", "b: 550 No", "c: 5 octets, false"]);
        script.done().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_transfer_is_not_waited_for_before_it_runs() {
    // With the question behind it, it would be one octet too much.
    for (octets, asked) in [(4083, true), (4084, false)] {
        let name: &'static str = "x".repeat(octets).leak();
        let (before, after) = if asked { ("C: EPSV", "") } else { ("C: silence", "C: EPSV") };
        let (script, mut client) = greeted(
            Connection::builder(),
            KEEPS,
            &format!(
                "C: TYPE I
                 C: EPSV
                 S: 200 Ok
                 S: 229 (|||{{port}}|)
                 C: RETR {name}
                 {before}
                 S: 150 Here
                 D> one
                 D: close
                 S: 226 Sent
                 {after}
                 S: 229 (|||{{port}}|)
                 C: RETR b
                 D: close
                 S: 226 Sent"
            ),
        )
        .await;
        let here = Memory::new();
        let destination = Pathname::root().join(b"a").unwrap();
        let long = Task::Fetch { source: name.into(), destination, size: None, modified: None };
        let row = Row::new([("a", long), fetch("b")]);
        client.work(&here, &row).await.unwrap();
        assert_eq!(row.ended(), ["a: 3 octets, false", "b: 0 octets, false"]);
        script.done().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_transfer_waits_for_room_too() {
    // Its command is more than 4 KiB with the one before it.
    let name: &'static str = "x".repeat(2100).leak();
    let (script, mut client) = greeted(
        Connection::builder(),
        KEEPS,
        &format!(
            "C: TYPE I
             C: EPSV
             S: 200 Ok
             S: 229 (|||{{port}}|)
             C: STOR {name}
             C: EPSV
             D< one
             S: 226 Stored
             S: 229 (|||{{port}}|)
             C: MFMT 20010909014640 {name}
             C: silence
             S: 213 Modified
             C: RETR {name}
             D: close
             S: 226 Sent"
        ),
    )
    .await;
    let here = Memory::new().with_file("/a", "one").unwrap();
    let a = || Pathname::root().join(b"a").unwrap();
    let up = Task::Store { source: a(), destination: name.into(), modified: Some(day()) };
    let down = Task::Fetch { source: name.into(), destination: a(), size: None, modified: None };
    let row = Row::new([("up", up), ("down", down)]);
    client.work(&here, &row).await.unwrap();
    assert_eq!(row.ended(), ["up: 3 octets, true", "down: 0 octets, false"]);
    script.done().await;
}

/// What may be done with a connection that has asked where the server listens.
async fn between(client: &mut Connection, what: &str) {
    match what {
        "nothing" => {}
        "login" => client.login("bert", "secret").await.unwrap(),
        "reinitialization" => client.reinitialize().await.unwrap(),
        "protection" => client.send(Prot(ProtectionLevel::Clear)).await.unwrap(),
        "mechanism" => client.send(Auth(Mechanism::Tls)).await.unwrap(),
        "host" => client.send(Host(HostName::parse("other").unwrap())).await.unwrap(),
        "abortion" => client.send(Abor).await.unwrap(),
        "port" => drop(client.send(Epsv(ExtendedPassive::Any)).await.unwrap()),
        "line" => drop(client.raw_command("SITE X", &[2]).await.unwrap()),
        "mode" => client.set_data_mode(DataMode::Passive(vec![PassiveForm::Plain])).unwrap(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_port_that_was_asked_for_is_not_used_after_what_may_have_closed_it() {
    const AGAIN: &str = "C: EPSV\nS: 229 (|||{port}|)";
    const TYPE: &str = "C: TYPE I\nC: EPSV\nS: 200 Ok\nS: 229 (|||{port}|)";
    for (what, said, asked) in [
        ("nothing", "", ""),
        ("login", "C: USER bert\nS: 230 In", TYPE),
        ("reinitialization", "C: REIN\nS: 220 Ready", TYPE),
        ("protection", "C: PROT C\nS: 200 Ok", AGAIN),
        ("mechanism", "C: AUTH TLS\nS: 234 Ok", TYPE),
        ("host", "C: HOST other\nS: 220 Ok", AGAIN),
        ("abortion", "C: ABOR\nS: 226 Ok", AGAIN),
        ("port", "C: EPSV\nS: 229 (|||1|)", AGAIN),
        ("line", "C: SITE X\nS: 200 Ok", TYPE),
        ("mode", "", "C: PASV\nS: 227 (0,0,0,0,{p1},{p2})"),
    ] {
        let (script, mut client) = greeted(
            Connection::builder().reply_timeout(Duration::from_secs(5)),
            KEEPS,
            &format!(
                "C: TYPE I
                 C: EPSV
                 S: 200 Ok
                 S: 229 (|||{{port}}|)
                 C: RETR a
                 C: EPSV
                 D> one
                 D: close
                 S: 226 Sent
                 S: 229 (|||{{port}}|)
                 {said}
                 {asked}
                 C: RETR c
                 D: close
                 S: 226 Sent"
            ),
        )
        .await;
        // There is no directory for it, so the port that was asked for is left.
        let (_, mut nowhere) = fetch("b");
        let Task::Fetch { destination, .. } = &mut nowhere else { panic!() };
        *destination = Pathname::root().join(b"missing").unwrap().join(b"b").unwrap();
        let row = Row::new([fetch("a"), ("b", nowhere)]);
        client.work(&Memory::new(), &row).await.unwrap();
        assert_eq!(row.ended().len(), 2);
        between(&mut client, what).await;
        client.read("c").await.unwrap().finish().await.unwrap_or_else(|error| panic!("{what}: {error}"));
        script.done().await;
    }
}

/// Pyftpdlib's way: EPSV is answered at once, and ends the transfer.
const AT_ONCE: &str = r#"C: TYPE I
    C: EPSV
    S: 200 Ok
    S: 229 (|||{port}|)
    C: RETR a
    C: EPSV
    S: 150 Here
    D> on
    S: 229 (|||1|)
    C: close"#;

/// Pure-FTPd's way: one 500 for what came during the transfer.
const ONE_500: &str = r#"C: TYPE I
    C: EPSV
    S: 200 Ok
    S: 229 (|||{port}|)
    C: RETR a
    C: EPSV
    S: 150 Here
    D> one
    D: close
    S: 500 What?
    S: 226 Sent
    C: close"#;

/// It cannot be told which was refused.
const REFUSES: &str = r#"C: TYPE I
    C: EPSV
    S: 200 Ok
    S: 229 (|||{port}|)
    C: RETR a
    C: EPSV
    S: 500 What?
    S: 550 No such file
    C: close"#;

#[tokio::test]
async fn a_server_that_answers_out_of_order_is_left_and_remembered() {
    for odd in [AT_ONCE, ONE_500, REFUSES] {
        let memory = HostMemory::new();
        let builder = Connection::builder().host_memory(memory.clone());
        let (script, mut client) = greeted(builder.clone(), KEEPS, odd).await;
        let here = Memory::new();
        let row = Row::new([fetch("a"), fetch("b")]);
        let error = client.work(&here, &row).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
        assert!(!client.is_open());
        assert_eq!(row.given_back(), [("a", 1), ("b", 0)]);
        assert!(row.ended().is_empty() && here.read_file("/a").is_err());
        let address = script.address();
        script.done().await;
        // The next connection does without, and the files are there.
        let again = r#"S: 220 (vsFTPd 3.0.3)
            C: USER anna
            S: 230 In
            C: TYPE I
            C: EPSV
            S: 200 Ok
            S: 229 (|||{port}|)
            C: RETR a
            S: 150 Here
            D> one
            D: close
            S: 226 Sent
            C: EPSV
            S: 229 (|||{port}|)
            C: RETR b
            D> two
            D: close
            S: 226 Sent"#;
        let script = Script::at(&address.to_string(), again).await;
        let mut client = builder.connect(address).await.unwrap();
        client.login("anna", "secret").await.unwrap();
        row.again();
        client.work(&here, &row).await.unwrap();
        assert_eq!(row.ended(), ["a: 3 octets, false", "b: 3 octets, false"]);
        script.done().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_drops_what_came_during_a_transfer_is_left() {
    let (script, mut client) = greeted(
        Connection::builder(),
        KEEPS,
        r#"C: TYPE I
         C: EPSV
         S: 200 Ok
         S: 229 (|||{port}|)
         C: RETR a
         C: EPSV
         S: 150 Here
         D> one
         D: close
         S: 226 Sent
         C: close"#,
    )
    .await;
    let here = Memory::new();
    let row = Row::new([fetch("a"), fetch("b")]);
    let error = client.work(&here, &row).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    // What was sent is whole.
    assert_eq!(row.ended(), ["a: 3 octets, false"]);
    assert_eq!(row.given_back(), [("b", 1)]);
    script.done().await;
}

#[tokio::test]
async fn nothing_runs_ahead_where_it_is_not_to() {
    for (pipelining, script) in [
        (
            Pipelining::Off,
            r#"C: TYPE I
             S: 200 Ok
             C: EPSV
             S: 229 (|||{port}|)
             C: STOR a
             S: 150 Go on
             D< one
             S: 226 Stored
             C: MFMT 20010909014640 a
             S: 213 Modified
             C: EPSV
             S: 229 (|||{port}|)
             C: RETR b
             D: close
             S: 226 Sent
             C: DELE c
             S: 250 Gone
             C: DELE d
             S: 250 Gone"#,
        ),
        (
            Pipelining::BetweenTransfers,
            r#"C: TYPE I
             C: EPSV
             S: 200 Ok
             S: 229 (|||{port}|)
             C: STOR a
             D< one
             S: 226 Stored
             C: MFMT 20010909014640 a
             C: EPSV
             S: 213 Modified
             S: 229 (|||{port}|)
             C: RETR b
             D: close
             S: 226 Sent
             C: DELE c
             C: DELE d
             S: 250 Gone
             S: 250 Gone"#,
        ),
    ] {
        let (script, mut client) = greeted(Connection::builder().pipelining(pipelining), KEEPS, script).await;
        let here = Memory::new().with_file("/a", "one").unwrap();
        let row = Row::new([store("a", Some(day())), fetch("b"), remove("c"), remove("d")]);
        client.work(&here, &row).await.unwrap();
        assert_eq!(row.ended().len(), 4);
        script.done().await;
    }
}

/// A server with one loop for all may look at the data connection before it has read the command.
#[tokio::test(start_paused = true)]
async fn an_upload_waits_for_its_opening_where_data_may_come_too_early() {
    for (greeting, upload) in [
        ("Hello", "D: silence\nS: 150 Go on\nD< one"),
        ("--------- Welcome to Pure-FTPd [privsep] [TLS] ----------", "D< one\nS: 150 Go on"),
        (KEEPS, "D< one\nS: 150 Go on"),
    ] {
        let script = format!(
            "C: TYPE I\nC: EPSV\nS: 200 Ok\nS: 229 (|||{{port}}|)\nC: STOR a\n{upload}\nS: 226 Stored"
        );
        let (script, mut client) = greeted(Connection::builder(), greeting, &script).await;
        let here = Memory::new().with_file("/a", "one").unwrap();
        let row = Row::new([store("a", None)]);
        client.work(&here, &row).await.unwrap();
        assert_eq!(row.ended(), ["a: 3 octets, false"], "{greeting}");
        script.done().await;
    }
}

#[tokio::test]
async fn a_refused_upload_ends_at_once_and_the_rest_goes_on() {
    let (script, mut client) = greeted(
        Connection::builder(),
        "Hello",
        r#"C: TYPE I
         C: FEAT
         C: EPSV
         S: 200 Ok
         S: 500 What?
         S: 229 (|||{port}|)
         C: STOR big
         S: 553 Not you
         D: gone
         C: EPSV
         S: 229 (|||{port}|)
         C: STOR a
         S: 150 Go on
         D< one
         S: 226 Stored"#,
    )
    .await;
    // More than the sockets between hold.
    let here = Memory::new().with_file("/big", vec![0; 50_000_000]).unwrap().with_file("/a", "one").unwrap();
    let row = Row::new([store("big", None), store("a", None)]);
    client.work(&here, &row).await.unwrap();
    assert_eq!(row.ended(), ["big: 553 Not you", "a: 3 octets, false"]);
    script.done().await;
}

#[tokio::test]
async fn small_commands_fill_a_window_that_slides() {
    let names: Vec<&'static str> = (0..40).map(|at| &*format!("file-{at:02}").leak()).collect();
    let mut script = String::new();
    for (at, name) in names.iter().enumerate() {
        // Sixteen are there before the first is answered, and one more with each answer.
        script += &format!("C: DELE {name}\n");
        if at >= 15 {
            script += &format!("S: {}\n", if at == 20 { "550 No" } else { "250 Gone" });
        }
    }
    script += &"S: 250 Gone\n".repeat(15);
    let (script, mut client) = Script::logged_in(&script).await;
    let row = Row::new(names.iter().map(|name| remove(name)));
    client.work(&Memory::new(), &row).await.unwrap();
    let ended = row.ended();
    assert_eq!(ended.len(), 40);
    assert_eq!(ended[5], "file-05: 550 No");
    assert_eq!(ended.iter().filter(|ended| ended.ends_with("done")).count(), 39);
    script.done().await;
}

#[tokio::test]
async fn what_is_unanswered_when_the_connection_goes_is_given_back() {
    let (script, mut client) =
        Script::logged_in("C: DELE a\nC: DELE b\nC: DELE c\nS: 250 Gone\nS: 421 Bye\nC: close").await;
    let row = Row::new([remove("a"), remove("b"), remove("c")]);
    let error = client.work(&Memory::new(), &row).await.unwrap_err();
    assert_eq!((error.kind(), error.reply().unwrap().code().as_u16()), (ErrorKind::Closed, 421));
    assert_eq!(row.ended(), ["a: done"]);
    assert_eq!(row.given_back(), [("b", 1), ("c", 1)]);
    script.done().await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_stays_away_is_waited_for_once() {
    // After 60 seconds it goes on, too late.
    let late = "C: silence\n".repeat(61);
    for (jobs, script) in [
        (&["a", "b", "c"][..], format!("C: DELE a\nC: DELE b\nC: DELE c\n{late}C: close")),
        // With nothing else due, nothing else can be taken for the answer.
        (&["a"], format!("C: DELE a\n{late}S: 250 Gone\nC: NOOP\nS: 200 Ok")),
    ] {
        let (script, mut client) = Script::logged_in(&script).await;
        let row = Row::new(jobs.iter().map(|name| remove(name)));
        let begun = Instant::now();
        let worked = client.work(&Memory::new(), &row).await;
        assert!(begun.elapsed() < Duration::from_secs(62), "{:?}", begun.elapsed());
        match jobs {
            [_] => {
                worked.unwrap();
                assert_eq!(row.ended(), ["a: timed out"]);
                client.noop().await.unwrap();
            }
            _ => {
                assert_eq!(worked.unwrap_err().kind(), ErrorKind::Timeout);
                assert_eq!(row.given_back(), [("a", 1), ("b", 1), ("c", 1)]);
                assert!(row.ended().is_empty() && !client.is_open());
            }
        }
        script.done().await;
    }
}

#[tokio::test]
async fn a_directory_that_is_there_is_as_good_as_made() {
    let (script, mut client) = Script::logged_in(
        r#"C: MKD a
         C: MKD b
         C: MKD c
         S: 550 No
         S: 257 Made
         S: 550 No
         C: MLST a
         C: MLST c
         S: 250-
         S:  type=dir; /a
         S: 250 End
         S: 250-
         S:  type=file; /c
         S: 250 End"#,
    )
    .await;
    let row = Row::new(["a", "b", "c"].map(|name| (name, Task::MakeDirectory(name.into()))));
    client.work(&Memory::new(), &row).await.unwrap();
    assert_eq!(row.ended(), ["b: done", "a: done", "c: 550 No"]);
    script.done().await;
}

over_all! {
    async fn every_kind_of_job_is_done(address: &str) {
        let pair = Pair::new(address).await;
        pair.write("/there", "there");
        pair.write("/dir/gone", "");
        let mut client = pair.client().await;
        let here = Memory::new().with_file("/new", "new").unwrap();
        let (name, mut task) = fetch("there");
        let Task::Fetch { modified, .. } = &mut task else { panic!() };
        *modified = Some(day());
        let row = Row::new([
            (name, task),
            store("new", Some(day())),
            fetch("missing"),
            ("made", Task::MakeDirectory("made".into())),
            ("dir", Task::MakeDirectory("dir".into())),
            ("gone", Task::RemoveFile("dir/gone".into())),
            ("list", Task::List("".into())),
            ("rmd", Task::RemoveDirectory("dir".into())),
            ("stat", Task::Stat("made".into())),
            ("time", Task::SetModified("there".into(), day())),
        ]);
        client.work(&here, &row).await.unwrap();
        let mut ended = row.ended();
        ended.sort();
        let (missing, rest): (Vec<_>, Vec<_>) = ended.into_iter().partition(|ended| ended.starts_with("missing"));
        assert!(missing[0].starts_with("missing: 550"), "{missing:?}");
        assert_eq!(
            rest,
            [
                "dir: done", "gone: done", "list: 4 rows", "made: done", "new: 3 octets, true", "rmd: done",
                "stat: Directory", "there: 5 octets, true", "time: done",
            ]
        );
        assert_eq!(here.read_file("/there").unwrap(), b"there");
        assert_eq!(pair.read("/new"), "new");
        assert_eq!(client.modified("new").await.unwrap(), day());
        assert_eq!(client.modified("there").await.unwrap(), day());
    }
}
