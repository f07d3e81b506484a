//! From one server to another: through the client, and directly.

use std::{
    fmt,
    future::pending,
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt, stream};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
    time::sleep,
};
use wharf::{
    Client, ClientBuilder, ErrorKind, Permissions, Server, ServerBuilder, User,
    client::sync::{Place, Sync, SyncProgress, SyncReport, sync},
    connection::DataMode,
    core::{
        access::Access,
        command::{Argument, Handler},
        failure::Failure,
        reply::Reply,
        server::{Context, Served, Transfer},
        spec::{DataUse, Grammar, Spec},
    },
    storage::{Memory, Storage},
};

use crate::{
    client_sync::{at, path},
    fixture::octets,
    flaky::Flaky,
    wire::in_time,
};

/// A server at an address of its own, with these partners, and its files.
async fn serving(address: &str, partners: &[&str]) -> (Server, Memory) {
    let (builder, files) = to_serve(address, partners, Permissions::read_write());
    (builder.serve().await.unwrap(), files)
}

fn to_serve(address: &str, partners: &[&str], permissions: Permissions) -> (ServerBuilder, Memory) {
    let files = Memory::new().with_dir("/www").unwrap();
    let anna = User::new("anna", "secret", files.clone()).permissions(permissions);
    let partners = partners.iter().map(|network| network.parse().unwrap());
    (Server::builder().listen(format!("{address}:0")).user(anna).partners(partners), files)
}

fn client(address: impl fmt::Display) -> ClientBuilder {
    Client::builder(address).login("anna", "secret")
}

/// One that does not wait long for a server that turns a stranger away without a word.
fn patient(address: impl fmt::Display) -> ClientBuilder {
    client(address).connection(|connection| connection.reply_timeout(Duration::from_secs(3)))
}

fn between(from: ClientBuilder, to: ClientBuilder) -> Sync {
    let (from, to) = (from.build().unwrap(), to.build().unwrap());
    sync(Place::server(&from, "www"), Place::server(&to, "www"))
}

async fn put(files: &Memory, name: &str, content: &[u8]) {
    files.write_file(name, content).unwrap();
    files.set_modified(&path(name), at(100)).await.unwrap();
}

async fn names(files: &Memory) -> Vec<String> {
    let names = files.list_names(&path("/www")).await.unwrap();
    let mut names: Vec<_> = names.map(|name| String::from_utf8(name.unwrap()).unwrap()).collect().await;
    names.sort();
    names
}

async fn done(sync: Sync) -> SyncReport {
    let report = in_time(sync.run()).await.unwrap();
    assert_eq!(report.failures().count(), 0, "{report:?}");
    report
}

#[tokio::test]
async fn what_is_cut_leaves_the_old_file_and_is_gone_on_with() {
    let content = octets(6_000_000);
    let ((one, from), (other, to)) = (serving("127.0.0.1", &[]).await, serving("127.0.0.1", &[]).await);
    put(&from, "/www/large", &content).await;
    to.write_file("/www/large", "old").unwrap();
    for (of_one, of_other) in [(1_500_000, u64::MAX), (u64::MAX, 1_500_000)] {
        let (way, other_way) = (Flaky::to(one.address()).await, Flaky::to(other.address()).await);
        way.break_after(of_one);
        other_way.break_after(of_other);
        let hasty = between(client(way.address()).reconnects(0), client(other_way.address()).reconnects(0));
        let report = in_time(hasty.run()).await.unwrap();
        assert_eq!(report.failures().count(), 1, "{report:?}");
        assert_eq!(to.read_file("/www/large").unwrap(), b"old");
        let there = names(&to).await;
        assert!(there.len() == 2 && there[1].ends_with(".wharf-part"), "{there:?}");
    }
    // With patience it arrives, by a way that goes on breaking.
    let way = Flaky::to(one.address()).await;
    way.break_after(1_000_000);
    let _report = done(between(client(way.address()), client(other.address()))).await;
    assert!(to.read_file("/www/large").unwrap() == content);
    assert_eq!(names(&to).await, ["large"]);
    assert!(way.made() > 2, "it was cut");
}

#[tokio::test]
async fn octets_go_directly_where_both_servers_allow_it() {
    let (a, b) = ("127.0.0.21", "127.0.0.22");
    let large = octets(6_000_000);
    for (partners_of_one, partners_of_other, directly) in
        [(&[b][..], &[a][..], true), (&[b], &[], false), (&[], &[a], false)]
    {
        let ((one, from), (other, to)) =
            (serving(a, partners_of_one).await, serving(b, partners_of_other).await);
        put(&from, "/www/large", &large).await;
        put(&from, "/www/empty", b"").await;
        for number in 0..5 {
            put(&from, &format!("/www/{number}"), format!("file {number}").as_bytes()).await;
        }
        to.write_file("/www/large", "old").unwrap();
        let report = done(between(patient(one.address()), patient(other.address())).direct(true)).await;
        assert_eq!(names(&to).await, names(&from).await);
        for name in names(&from).await {
            let name = format!("/www/{name}");
            assert!(to.read_file(&name).unwrap() == from.read_file(&name).unwrap(), "{name}");
        }
        match directly {
            true => assert!(report.direct == 7 && report.not_direct.is_none(), "{report:?}"),
            false => assert!(report.direct == 0 && report.not_direct.is_some(), "{report:?}"),
        }
        // Unless it is asked for, nothing goes so.
        put(&from, "/www/more", b"more").await;
        let report = done(between(client(one.address()), client(other.address()))).await;
        assert_eq!((report.files(), report.direct, report.not_direct.is_none()), (1, 0, true));
    }
}

/// What came through the client before a cut is gone on with directly.
#[tokio::test]
async fn what_was_cut_is_gone_on_with_directly() {
    let (a, b) = ("127.0.0.23", "127.0.0.24");
    let content = octets(6_000_000);
    let ((one, from), (other, to)) = (serving(a, &[b]).await, serving(b, &[a]).await);
    put(&from, "/www/large", &content).await;
    let way = Flaky::to(one.address()).await;
    way.break_after(2_000_000);
    let hasty = between(client(way.address()), client(other.address()).reconnects(0));
    assert_eq!(in_time(hasty.run()).await.unwrap().failures().count(), 1);
    let there = names(&to).await;
    let part = to.read_file(format!("/www/{}", there[0])).unwrap();
    assert!(part.len() > 1_000_000 && there.len() == 1, "{there:?}");
    // Octets that only the part has show that they were not sent again.
    let marked = [&b"kept"[..], &part[4..]].concat();
    to.write_file(format!("/www/{}", there[0]), &marked).unwrap();
    let report = done(between(client(one.address()), client(other.address())).direct(true)).await;
    assert_eq!((report.direct, names(&to).await), (1, vec!["large".to_owned()]), "{report:?}");
    assert!(to.read_file("/www/large").unwrap() == [&b"kept"[..], &content[4..]].concat());
}

/// What is said of one file is said of no other.
#[tokio::test]
async fn one_file_that_is_refused_lets_the_others_go_directly() {
    let (a, b) = ("127.0.0.25", "127.0.0.26");
    let unreadable = Access::all().difference(Access::READ);
    let permissions = Permissions::read_write().with(path("/www/3"), unreadable);
    let (builder, from) = to_serve(a, &[b], permissions);
    let ((one, from), (other, to)) = ((builder.serve().await.unwrap(), from), serving(b, &[a]).await);
    for number in 0..8 {
        put(&from, &format!("/www/{number}"), format!("file {number}").as_bytes()).await;
    }
    let sync = between(patient(one.address()), patient(other.address())).direct(true).parallel(1);
    let report = in_time(sync.run()).await.unwrap();
    let failures: Vec<_> = report.failures().map(|(step, _)| step.path.to_string()).collect();
    assert_eq!(failures, ["3"], "{report:?}");
    assert!(report.direct == 7 && report.not_direct.is_none(), "{report:?}");
    assert_eq!(names(&to).await, ["0", "1", "2", "4", "5", "6", "7"]);
}

/// RETR, which sends nothing and does not end, the first time.
struct Stuck;

struct First {
    files: Memory,
    is_past: AtomicBool,
}

impl Handler for Stuck {
    const SPEC: Spec = Spec {
        verb: "RETR",
        argument: Grammar::Required("pathname"),
        data: DataUse::Sends,
        access: Access::READ,
        ..Spec::DENY
    };

    async fn serve(argument: Argument, context: &mut Context<'_>) -> Served {
        let first = context.extension::<First>().unwrap();
        if !first.is_past.swap(true, Ordering::Relaxed) {
            return Ok(Transfer::send(stream::pending()).into());
        }
        let content = first.files.read_file(argument.as_bytes()).map_err(|_| Failure::new(550, "No."))?;
        Ok(Transfer::send(stream::iter([Ok(content.into())])).into())
    }
}

/// A way to `server` on which nothing is heard any more, in either direction, of the session whose RETR is the first to begin.
async fn muting(server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind((server.ip(), 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let is_muted = Arc::new(AtomicBool::new(false));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(muted(client, server, Arc::clone(&is_muted)));
        }
    });
    address
}

async fn muted(client: TcpStream, server: SocketAddr, is_muted: Arc<AtomicBool>) -> io::Result<()> {
    let server = TcpStream::connect(server).await?;
    let (from_client, mut to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    let (mut from_client, mut from_server) = (BufReader::new(from_client), BufReader::new(from_server));
    let (mut up, mut down, mut reads) = (Vec::new(), Vec::new(), false);
    loop {
        tokio::select! {
            read = from_client.read_until(b'\n', &mut up) => {
                if read? == 0 {
                    return Ok(());
                }
                reads = up.starts_with(b"RETR ");
                to_server.write_all(&up).await?;
                up.clear();
            }
            read = from_server.read_until(b'\n', &mut down) => {
                if read? == 0 {
                    return Ok(());
                }
                to_client.write_all(&down).await?;
                if reads && down.starts_with(b"150 ") && !is_muted.swap(true, Ordering::Relaxed) {
                    pending::<()>().await;
                }
                down.clear();
            }
        }
    }
}

#[tokio::test]
async fn two_servers_that_say_nothing_more_are_not_waited_for_for_ever() {
    let (a, b) = ("127.0.0.27", "127.0.0.28");
    for is_mute in [false, true] {
        let (builder, files) = to_serve(a, &[b], Permissions::read_write());
        put(&files, "/www/one", b"the first").await;
        let first = First { files: files.clone(), is_past: AtomicBool::new(false) };
        let one = builder.handler::<Stuck>().extension(first).serve().await.unwrap();
        let (other, to) = serving(b, &[a]).await;
        let address = if is_mute { muting(one.address()).await } else { one.address() };
        // One connection: it is the one that stood still which goes on, or another that has come in its place.
        let from = patient(address).connections(1).build().unwrap();
        let target = patient(other.address()).connections(1).build().unwrap();
        let copy = || {
            let (from, to) = (Place::server(&from, "www"), Place::server(&target, "www"));
            sync(from, to).direct(true).direct_least_speed(1 << 20)
        };
        let report = done(copy()).await;
        let refused = report.not_direct.as_ref().map(|error| (error.kind(), error.to_string()));
        let (kind, said) = refused.unwrap();
        assert!(report.direct == 0 && kind == ErrorKind::Timeout && said.contains("in time"), "{report:?}");
        assert_eq!(to.read_file("/www/one").unwrap(), b"the first");
        put(&files, "/www/two", b"the second").await;
        let report = done(copy()).await;
        assert!(report.direct == 1 && report.not_direct.is_none(), "{report:?}");
        assert_eq!(to.read_file("/www/two").unwrap(), b"the second");
        assert_eq!(names(&to).await, ["one", "two"]);
    }
}

/// RETR, which ends its data connection in order before the middle of the file, and says so afterwards.
struct Half;

struct Broken(Memory);

impl Handler for Half {
    const SPEC: Spec = Stuck::SPEC;

    async fn serve(argument: Argument, context: &mut Context<'_>) -> Served {
        let offset = context.session.restart_offset.map_or(0, |offset| offset.get() as usize);
        let Broken(files) = context.extension().unwrap();
        let content = files.read_file(argument.as_bytes()).map_err(|_| Failure::new(550, "No."))?;
        let end = offset.max(content.len() / 2);
        let half = stream::iter([Ok(content[offset..end].to_vec().into())]);
        Ok(Transfer::send(half).completion(Reply::new(426, "The disk is gone.")).into())
    }
}

/// A server that stores atomically cannot tell that the other one has not sent all.
#[tokio::test]
async fn a_source_that_breaks_off_replaces_nothing() {
    let (a, b) = ("127.0.0.31", "127.0.0.32");
    let content = octets(100_000);
    let (builder, files) = to_serve(a, &[b], Permissions::read_write());
    put(&files, "/www/one", &content).await;
    let one = builder.handler::<Half>().extension(Broken(files.clone())).serve().await.unwrap();
    let (other, to) = serving(b, &[a]).await;
    to.write_file("/www/one", "old").unwrap();
    let hasty = between(patient(one.address()), patient(other.address()).reconnects(0)).direct(true);
    let report = in_time(hasty.run()).await.unwrap();
    assert!(report.failures().count() == 1 && report.direct == 0, "{report:?}");
    assert_eq!(to.read_file("/www/one").unwrap(), b"old");
    let there = names(&to).await;
    assert!(there.len() == 2 && there[0] == "one" && there[1].ends_with(".wharf-part"), "{there:?}");
    let part = format!("/www/{}", there[1]);
    assert_eq!(to.read_file(&part).unwrap(), content[..50_000]);
    // The part is gone on with, by one who can.
    let marked = [&b"kept"[..], &content[4..50_000]].concat();
    to.write_file(&part, &marked).unwrap();
    let (builder, files) = to_serve(a, &[b], Permissions::read_write());
    put(&files, "/www/one", &content).await;
    let one = builder.serve().await.unwrap();
    let report = done(between(patient(one.address()), patient(other.address())).direct(true)).await;
    assert_eq!(report.direct, 1, "{report:?}");
    assert!(to.read_file("/www/one").unwrap() == [&b"kept"[..], &content[4..]].concat());
    assert_eq!(names(&to).await, ["one"]);
}

/// A server that is started anew is waited for, whatever is asked of it first.
#[tokio::test]
async fn a_source_that_is_away_for_a_while_is_waited_for() {
    for (address, directly) in [("127.0.0.33", false), ("127.0.0.34", true)] {
        let (builder, files) = to_serve(address, &["127.0.0.35"], Permissions::read_write());
        for number in 0..6 {
            put(&files, &format!("/www/{number}"), format!("file {number}").as_bytes()).await;
        }
        let one = builder.serve().await.unwrap();
        let port = one.address().port();
        let (other, to) = serving("127.0.0.35", &[address]).await;
        let first_is_there = Arc::new(Notify::new());
        let tells = Arc::clone(&first_is_there);
        let copy = between(patient(one.address()), patient(other.address())).direct(directly).parallel(2);
        let copy = copy.observe(move |progress| {
            if matches!(progress, SyncProgress::Ended(result) if result.step.action.copies()) {
                tells.notify_one();
            }
        });
        let restarted = async {
            first_is_there.notified().await;
            one.shut_down(Duration::ZERO).await;
            sleep(Duration::from_secs(1)).await;
            let anna = User::new("anna", "secret", files.clone());
            Server::builder().listen(format!("{address}:{port}")).user(anna).serve().await.unwrap()
        };
        let (report, _one) = tokio::join!(in_time(copy.run()), restarted);
        let report = report.unwrap();
        assert!(report.failures().count() == 0 && report.files() == 6, "{report:?}");
        assert_eq!(names(&to).await, names(&files).await);
    }
}

/// RETR, which takes a while.
struct Slow;

impl Handler for Slow {
    const SPEC: Spec = Stuck::SPEC;

    async fn serve(argument: Argument, context: &mut Context<'_>) -> Served {
        let Broken(files) = context.extension().unwrap();
        let content = files.read_file(argument.as_bytes()).map_err(|_| Failure::new(550, "No."))?;
        Ok(Transfer::send(stream::once(async {
            sleep(Duration::from_millis(400)).await;
            Ok(content.into())
        }))
        .into())
    }
}

/// Who works on the same sync is waited for as long as it takes.
#[tokio::test]
async fn those_who_wait_for_the_source_wait_for_each_other() {
    let (builder, files) = to_serve("127.0.0.36", &["127.0.0.37"], Permissions::read_write());
    for number in 0..3 {
        put(&files, &format!("/www/{number}"), b"content").await;
    }
    let one = builder.handler::<Slow>().extension(Broken(files.clone())).serve().await.unwrap();
    for directly in [false, true] {
        let (other, to) = serving("127.0.0.37", &["127.0.0.36"]).await;
        let from = client(one.address()).connections(1).acquire_timeout(Duration::from_millis(200));
        let report = done(between(from.reconnects(0), client(other.address())).direct(directly)).await;
        assert_eq!((report.files(), report.direct), (3, if directly { 3 } else { 0 }), "{report:?}");
        assert_eq!(names(&to).await, names(&files).await);
    }
}

/// What has gone from server to server, and does not get its name, has not come.
#[tokio::test]
async fn only_files_that_have_come_count_as_direct() {
    let (a, b) = ("127.0.0.38", "127.0.0.39");
    let (one, from) = serving(a, &[b]).await;
    let may_not_rename = Permissions::none()
        .with(path("/"), Access::all())
        .with(path("/www/old"), Access::all().difference(Access::RENAME));
    let (builder, to) = to_serve(b, &[a], may_not_rename);
    let other = builder.serve().await.unwrap();
    put(&from, "/www/old", b"new").await;
    put(&from, "/www/one", b"one").await;
    to.write_file("/www/old", "old").unwrap();
    let sync = between(patient(one.address()), patient(other.address())).direct(true);
    // Otherwise what may not be renamed comes in place.
    let report = in_time(sync.aside(wharf::client::Aside::Always).run()).await;
    let report = report.unwrap();
    let failures: Vec<_> = report.failures().map(|(step, _)| step.path.to_string()).collect();
    assert_eq!((failures, report.direct), (vec!["old".to_owned()], 1), "{report:?}");
    assert_eq!(to.read_file("/www/old").unwrap(), b"old");
}

/// EPSV, which names the port of another service.
struct LowPort;

impl Handler for LowPort {
    const SPEC: Spec = Spec { verb: "EPSV", argument: Grammar::Optional("protocol"), ..Spec::DENY };

    async fn serve(_: Argument, _: &mut Context<'_>) -> Served {
        Ok(Reply::new(229, "Here (|||22|)").into())
    }
}

/// The destination does not choose where the source connects to.
#[tokio::test]
async fn a_server_cannot_send_another_elsewhere() {
    let (a, b) = ("127.0.0.29", "127.0.0.30");
    // What is listed and what goes through here goes by PORT, whatever they say after EPSV and PASV.
    let active = |address| {
        patient(address)
            .connection(|connection| connection.data_mode(DataMode::Active).trust_passive_address(true))
    };
    let (one, from) = serving(a, &[b]).await;
    put(&from, "/www/one", b"one").await;
    let (builder, to) = to_serve(b, &[a], Permissions::read_write());
    let other = builder.handler::<LowPort>().serve().await.unwrap();
    let report = done(between(patient(one.address()), active(other.address())).direct(true)).await;
    let refused = report.not_direct.as_ref().map(|error| (error.kind(), error.to_string()));
    let (kind, said) = refused.unwrap();
    assert!(report.direct == 0 && kind == ErrorKind::Protocol && said.contains("port 22"), "{report:?}");
    assert_eq!(to.read_file("/www/one").unwrap(), b"one");
    // The host of a 227 is not even used where it is believed otherwise.
    let (builder, to) = to_serve(b, &[a], Permissions::read_write());
    let builder = builder.without_command("EPSV").passive_address([127, 0, 0, 99].into());
    let other = builder.serve().await.unwrap();
    let report = done(between(patient(one.address()), active(other.address())).direct(true)).await;
    assert!(report.direct == 1 && report.not_direct.is_none(), "{report:?}");
    assert_eq!(to.read_file("/www/one").unwrap(), b"one");
}
