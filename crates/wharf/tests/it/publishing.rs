//! How an upload gets its name where another file has it.

use std::{
    fmt,
    future::IntoFuture,
    net::SocketAddr,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use futures_util::StreamExt;
use tokio::io::AsyncWriteExt;
use wharf::{
    Client, Error, Permissions, ServerBuilder, User,
    client::Aside,
    core::{
        access::Access,
        charset::Charset,
        command::{Argument, Handler},
        pathname::Pathname,
        reply::Reply,
        server::{Context, Served},
        spec::{Grammar, Spec},
    },
    server::{Actor, Deed, Event, Hook, HookError},
    storage::{Memory, Storage},
};

use crate::{
    fixture::{BOTH, builder},
    flaky::Flaky,
    wire::in_time,
};

/// Is asked about each renaming, and told of it.
struct Renaming<B, A> {
    before: B,
    after: A,
}

impl<B, A> fmt::Debug for Renaming<B, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Renaming")
    }
}

#[async_trait]
impl<B, A> Hook for Renaming<B, A>
where
    B: Fn(&[u8], &[u8]) -> bool + Send + Sync + 'static,
    A: Fn(&[u8]) + Send + Sync + 'static,
{
    async fn before(&self, _: &Actor, deed: &Deed) -> Result<(), HookError> {
        let Deed::Rename { from, to } = deed else { return Ok(()) };
        match (self.before)(from.as_bytes(), to.as_bytes()) {
            true => Ok(()),
            false => Err("forbidden".into()),
        }
    }

    async fn after(&self, _: &Actor, deed: &Deed) -> Result<(), HookError> {
        if let Deed::Rename { to, .. } = deed {
            (self.after)(to.as_bytes());
        }
        Ok(())
    }
}

/// A server that does not rename over a file that is there, and does not say that its uploads appear as a whole.
fn careful(files: &Memory) -> ServerBuilder {
    let access = Access::all().difference(Access::OVERWRITE);
    let permissions = Permissions::none().with(Pathname::root(), access);
    let anna = User::new("anna", "secret", files.clone()).permissions(permissions);
    wharf::Server::builder().listen(SocketAddr::new(BOTH[0], 0)).without_command("FEAT").user(anna)
}

/// Uploads one file, over another that the server has; what came of it, and what is there.
async fn replaced(address: impl fmt::Display, files: &Memory) -> (Result<(), Error>, Vec<(String, String)>) {
    let here = Memory::new().with_file("/one", "new").unwrap();
    let client = Client::builder(address).login("anna", "secret").connections(1).build().unwrap();
    let upload = client.upload(&here, "one", "").aside(Aside::Always);
    let done = in_time(upload.into_future()).await.and_then(|report| report.into_result());
    let listing = files.list_names(&Pathname::root()).await.unwrap();
    let mut there: Vec<_> = listing
        .map(|name| {
            let name = String::from_utf8(name.unwrap()).unwrap();
            let content = files.read_file(format!("/{name}")).unwrap();
            (name, String::from_utf8(content).unwrap())
        })
        .collect()
        .await;
    // A part can be gone on with, and has a name of its own.
    there.retain(|(name, _)| !name.ends_with(".wharf-part"));
    there.sort();
    (done, there)
}

fn only(content: &str) -> Vec<(String, String)> {
    vec![("one".to_owned(), content.to_owned())]
}

/// The name that the old file gets for as long as it takes.
async fn aside() -> String {
    let files = Memory::new().with_file("/one", "old").unwrap();
    let seen = Arc::new(OnceLock::new());
    let sees = Arc::clone(&seen);
    let after = move |to: &[u8]| {
        if to.ends_with(b".wharf-old") {
            sees.set(String::from_utf8(to.to_vec()).unwrap()).unwrap();
        }
    };
    let server = careful(&files).hook(Renaming { before: |_: &[u8], _: &[u8]| true, after }).serve();
    let (done, there) = replaced(server.await.unwrap().address(), &files).await;
    done.unwrap();
    assert_eq!(there, only("new"));
    seen.get().unwrap().clone()
}

#[tokio::test]
async fn it_takes_the_place_of_one_that_cannot_be_renamed_over() {
    // What an earlier attempt has left does not matter, and what somebody else has called nearly so stays.
    let files = Memory::new().with_file("/one", "old").unwrap().with_file("/one.wharf-old", "older").unwrap();
    let files = files.with_file(aside().await, "left").unwrap();
    let server = careful(&files).serve().await.unwrap();
    let (done, there) = replaced(server.address(), &files).await;
    done.unwrap();
    let theirs = ("one.wharf-old".to_owned(), "older".to_owned());
    assert_eq!(there, [only("new"), vec![theirs]].concat());
}

/// SIZE, of directories too.
struct Size;

impl Handler for Size {
    const SPEC: Spec = Spec { verb: "SIZE", argument: Grammar::Required("pathname"), ..Spec::DENY };

    async fn serve(_: Argument, _: &mut Context<'_>) -> Served {
        Ok(Reply::new(213, "3").into())
    }
}

#[tokio::test]
async fn a_directory_that_has_the_name_stays_where_it_is() {
    for (tells_size, aside) in [(true, Aside::Always), (false, Aside::Always), (false, Aside::Auto)] {
        let files = Memory::new().with_file("/one/inside", "theirs").unwrap();
        let server = match tells_size {
            true => careful(&files).handler::<Size>().serve().await.unwrap(),
            false => careful(&files).serve().await.unwrap(),
        };
        // As long as SIZE says, or as one that goes aside by itself.
        let len = if tells_size { 3 } else { 4 << 20 };
        let here = Memory::new().with_file("/one", vec![b'n'; len]).unwrap();
        let client =
            Client::builder(server.address()).login("anna", "secret").connections(1).build().unwrap();
        let upload = client.upload(&here, "one", "").aside(aside);
        let error = in_time(upload.into_future()).await.unwrap_err();
        assert!(error.to_string().contains("a directory has the name"), "{error}");
        assert_eq!(files.read_file("/one/inside").unwrap(), b"theirs");
        // What was uploaded in vain is gone.
        let there = files.list_names(&Pathname::root()).await.unwrap();
        let there: Vec<_> = there.map(Result::unwrap).collect().await;
        assert_eq!(there, [b"one"], "{tells_size} {aside:?}");
    }
}

/// A program that is killed between the two renames leaves a part and the old file, and nothing that has the name.
#[tokio::test]
async fn a_later_upload_removes_the_file_that_had_gone_aside() {
    let files = Memory::new().with_file("/one", "old").unwrap();
    let way = Arc::new(OnceLock::<Flaky>::new());
    let (cut, breaks) = (AtomicBool::new(false), Arc::clone(&way));
    let after = move |to: &[u8]| {
        if to.ends_with(b".wharf-old") && !cut.swap(true, Ordering::Relaxed) {
            breaks.get().unwrap().break_all();
        }
    };
    let server = careful(&files).hook(Renaming { before: |_: &[u8], _: &[u8]| true, after }).serve();
    let server = server.await.unwrap();
    let flaky = Flaky::to(server.address()).await;
    let killed = Client::builder(flaky.address()).login("anna", "secret").reconnects(0);
    assert!(way.set(flaky).is_ok());
    let here = Memory::new().with_file("/one", "new").unwrap();
    for (client, is_cut) in
        [(killed, true), (Client::builder(server.address()).login("anna", "secret"), false)]
    {
        let client = client.connections(1).build().unwrap();
        let upload = client.upload(&here, "one", "").aside(Aside::Always);
        let done = in_time(upload.into_future()).await;
        assert_eq!(done.is_err(), is_cut, "{done:?}");
        assert_eq!(files.read_file("/one").is_err(), is_cut);
    }
    let there = files.list_names(&Pathname::root()).await.unwrap();
    let there: Vec<_> = there.map(Result::unwrap).collect().await;
    assert_eq!(there, [b"one"]);
    assert_eq!(files.read_file("/one").unwrap(), b"new");
}

#[tokio::test]
async fn what_is_replaced_stays_unless_the_new_one_takes_its_name() {
    // Nothing can be renamed.
    for verb in ["RNFR", "RNTO"] {
        let files = Memory::new().with_file("/one", "old").unwrap();
        let server = builder(BOTH[0], files.clone())
            .without_command("FEAT")
            .without_command(verb)
            .serve()
            .await
            .unwrap();
        let (done, there) = replaced(server.address(), &files).await;
        assert!(done.unwrap_err().is_permanent_refusal(), "{verb}");
        assert_eq!(there, only("old"), "{verb}");
    }
    // The old one can, and the new one cannot: it comes back.
    let files = Memory::new().with_file("/one", "old").unwrap();
    let before = |from: &[u8], _: &[u8]| !from.ends_with(b".wharf-part");
    let server = careful(&files).hook(Renaming { before, after: |_: &[u8]| {} }).serve().await.unwrap();
    let (done, there) = replaced(server.address(), &files).await;
    assert!(done.unwrap_err().is_permanent_refusal());
    assert_eq!(there, only("old"));
}

/// The connection is lost when the old file has gone aside.
#[tokio::test]
async fn a_cut_in_the_midst_of_it_leaves_one_or_the_other() {
    for new_is_let in [true, false] {
        let files = Memory::new().with_file("/one", "old").unwrap();
        let way = Arc::new(OnceLock::<Flaky>::new());
        let (cut, breaks) = (AtomicBool::new(false), Arc::clone(&way));
        let after = move |to: &[u8]| {
            if to.ends_with(b".wharf-old") && !cut.swap(true, Ordering::Relaxed) {
                breaks.get().unwrap().break_all();
            }
        };
        let before = move |from: &[u8], _: &[u8]| new_is_let || !from.ends_with(b".wharf-part");
        let server = careful(&files).hook(Renaming { before, after }).serve().await.unwrap();
        let flaky = Flaky::to(server.address()).await;
        let address = flaky.address();
        assert!(way.set(flaky).is_ok());
        let (done, there) = replaced(address, &files).await;
        assert_eq!(done.is_ok(), new_is_let, "{done:?}");
        assert_eq!(there, only(if new_is_let { "new" } else { "old" }));
        assert!(way.get().unwrap().made() > 1, "it was cut");
    }
}

/// A server that does not say that its uploads appear as a whole; to which names something was renamed there.
fn renaming(files: &Memory) -> (ServerBuilder, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sees = Arc::clone(&seen);
    let after = move |to: &[u8]| sees.lock().unwrap().push(String::from_utf8(to.to_vec()).unwrap());
    let server = builder(BOTH[0], files.clone()).without_command("FEAT");
    (server.hook(Renaming { before: |_: &[u8], _: &[u8]| true, after }), seen)
}

#[tokio::test]
async fn a_file_that_is_there_is_replaced_by_one_that_is_whole() {
    let files = Memory::new().with_file("/one", "old").unwrap().with_file("/d/two", "old").unwrap();
    let (server, renamed) = renaming(&files);
    let server = server.serve().await.unwrap();
    let here = ["/one", "/fresh", "/d/two", "/d/three", "/d/below/four"];
    let here = here.iter().fold(Memory::new(), |here, path| here.with_file(path, "new").unwrap());
    let client = Client::builder(server.address()).login("anna", "secret").connections(1).build().unwrap();
    for name in ["one", "fresh", "d"] {
        in_time(client.upload(&here, name, "").into_future()).await.unwrap().into_result().unwrap();
    }
    for path in ["/one", "/fresh", "/d/two", "/d/three", "/d/below/four"] {
        assert_eq!(files.read_file(path).unwrap(), b"new", "{path}");
    }
    // Where nothing had the name, no renaming was spent.
    assert_eq!(*renamed.lock().unwrap(), ["/one", "/d/two"]);

    // Whoever wants that gets it in place.
    let upload = client.upload(&here, "one", "").aside(Aside::Never);
    in_time(upload.into_future()).await.unwrap().into_result().unwrap();
    assert_eq!(renamed.lock().unwrap().len(), 2);
}

/// The names that are there.
async fn names(files: &Memory) -> Vec<Vec<u8>> {
    let names = files.list_names(&Pathname::root()).await.unwrap();
    names.map(Result::unwrap).collect().await
}

/// The connection is lost when the old file has gone aside, or when the new one has the name and the answer does not come.
#[tokio::test]
async fn what_came_piece_by_piece_takes_its_name_after_a_cut_too() {
    for (ending, gives_up) in [("wharf-old", false), ("one", false), ("wharf-old", true)] {
        let files = Memory::new().with_file("/one", "old").unwrap();
        let way = Arc::new(OnceLock::<Flaky>::new());
        let (cut, breaks) = (AtomicBool::new(false), Arc::clone(&way));
        let after = move |to: &[u8]| {
            if to.ends_with(ending.as_bytes()) && !cut.swap(true, Ordering::Relaxed) {
                breaks.get().unwrap().break_all();
            }
        };
        let server = careful(&files).hook(Renaming { before: |_: &[u8], _: &[u8]| true, after });
        let server = server.serve().await.unwrap();
        let flaky = Flaky::to(server.address()).await;
        let client = Client::builder(flaky.address()).login("anna", "secret").connections(1);
        let client = if gives_up { client.reconnects(0) } else { client }.build().unwrap();
        assert!(way.set(flaky).is_ok());
        let mut whole = in_time(client.write_whole("one")).await.unwrap();
        let part = whole.part().unwrap().to_vec();
        in_time(whole.write_all(b"new")).await.unwrap();
        let done = in_time(whole.finish()).await;
        if gives_up {
            let (error, part) = (done.unwrap_err(), String::from_utf8(part).unwrap());
            assert!(error.to_string().contains(&part), "{error}");
            assert_eq!(files.read_file(format!("/{part}")).unwrap(), b"new");
            continue;
        }
        done.unwrap();
        assert_eq!(files.read_file("/one").unwrap(), b"new");
        assert_eq!(names(&files).await, [b"one"]);
        assert!(way.get().unwrap().made() > 1, "it was cut");
    }
}

/// It cannot be sent again, and stays where a directory has the name; it stays too where nobody gives it its name.
#[tokio::test]
async fn what_came_piece_by_piece_stays_when_it_is_whole() {
    let files = Memory::new().with_file("/one/inside", "theirs").unwrap();
    let server = careful(&files).serve().await.unwrap();
    let client = Client::builder(server.address()).login("anna", "secret").connections(1).build().unwrap();
    for publishes in [true, false] {
        let mut whole = in_time(client.write_whole("one")).await.unwrap();
        let part = String::from_utf8(whole.part().unwrap().to_vec()).unwrap();
        in_time(whole.write_all(b"new")).await.unwrap();
        let stored = in_time(whole.store()).await.unwrap();
        if publishes {
            let error = in_time(stored.publish()).await.unwrap_err();
            assert!(error.to_string().contains(&part), "{error}");
        }
        assert_eq!(files.read_file(format!("/{part}")).unwrap(), b"new");
        assert_eq!(files.read_file("/one/inside").unwrap(), b"theirs");
    }
}

/// Refuses to let a file be renamed. The way there, if there is one, breaks when the first part is removed.
struct NoRenaming {
    file: &'static [u8],
    way: Arc<OnceLock<Flaky>>,
    cut: AtomicBool,
}

impl fmt::Debug for NoRenaming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoRenaming")
    }
}

#[async_trait]
impl Hook for NoRenaming {
    async fn before(&self, _: &Actor, deed: &Deed) -> Result<(), HookError> {
        match deed {
            Deed::Rename { from, .. } if from.as_bytes().starts_with(self.file) => Err("forbidden".into()),
            _ => Ok(()),
        }
    }

    async fn after(&self, _: &Actor, deed: &Deed) -> Result<(), HookError> {
        if let (Deed::Remove { pathname }, Some(way)) = (deed, self.way.get())
            && pathname.as_bytes().ends_with(b".wharf-part")
            && !self.cut.swap(true, Ordering::Relaxed)
        {
            way.break_all();
        }
        Ok(())
    }
}

/// The part was removed because it may not have the name, and the answer to that is lost: the old file is as long as the new one.
#[tokio::test]
async fn a_part_that_was_removed_has_not_got_the_name() {
    let files = Memory::new().with_file("/one", "old").unwrap();
    let way = Arc::new(OnceLock::<Flaky>::new());
    let hook = NoRenaming { file: b"/one", way: Arc::clone(&way), cut: AtomicBool::new(false) };
    let server = builder(BOTH[0], files.clone()).without_command("FEAT").hook(hook).serve().await.unwrap();
    let flaky = Flaky::to(server.address()).await;
    let client = Client::builder(flaky.address()).login("anna", "secret").connections(1).build().unwrap();
    assert!(way.set(flaky).is_ok());
    let here = Memory::new().with_file("/one", "new").unwrap();
    in_time(client.upload(&here, "one", "").into_future()).await.unwrap().into_result().unwrap();
    assert_eq!(files.read_file("/one").unwrap(), b"new");
    assert!(way.get().unwrap().made() > 1, "it was cut");
}

/// That one file may not be renamed does not say that others may not.
#[tokio::test]
async fn what_is_refused_for_one_file_is_not_for_another() {
    let files = Memory::new().with_file("/one", "old").unwrap().with_file("/two", "old").unwrap();
    let server = builder(BOTH[0], files.clone()).without_command("FEAT");
    let hook = NoRenaming { file: b"/one", way: Arc::default(), cut: AtomicBool::new(false) };
    let renamed = Arc::new(AtomicBool::new(false));
    let sees = Arc::clone(&renamed);
    let server = server.hook(hook).on_event(move |event| {
        if matches!(event, Event::CommandServed { verb: "RNTO", code: 250, .. }) {
            sees.store(true, Ordering::Relaxed);
        }
    });
    let server = server.serve().await.unwrap();
    let client = Client::builder(server.address()).login("anna", "secret").connections(1).build().unwrap();
    let here = Memory::new().with_file("/one", "new").unwrap().with_file("/two", "new").unwrap();
    for (name, whole) in [("one", false), ("two", true)] {
        in_time(client.upload(&here, name, "").into_future()).await.unwrap().into_result().unwrap();
        assert_eq!(files.read_file(format!("/{name}")).unwrap(), b"new");
        assert_eq!(renamed.load(Ordering::Relaxed), whole, "{name}");
    }
}

#[tokio::test]
async fn what_comes_piece_by_piece_takes_its_name_when_it_is_whole() {
    let files = Memory::new().with_file("/one", "old").unwrap();
    let (server, renamed) = renaming(&files);
    let server = server.serve().await.unwrap();
    let client = Client::builder(server.address()).login("anna", "secret").connections(1).build().unwrap();
    let mut aborted = in_time(client.write_whole("one")).await.unwrap();
    in_time(aborted.write_all(b"half")).await.unwrap();
    in_time(aborted.abort()).await.unwrap();
    assert_eq!(files.read_file("/one").unwrap(), b"old");
    let names = files.list_names(&Pathname::root()).await.unwrap();
    assert_eq!(names.map(Result::unwrap).collect::<Vec<_>>().await, [b"one"]);

    let mut whole = in_time(client.write_whole("one")).await.unwrap();
    assert!(whole.part().unwrap().starts_with(b"one.") && whole.part().unwrap().ends_with(b".wharf-part"));
    in_time(whole.write_all(b"new")).await.unwrap();
    in_time(whole.finish()).await.unwrap();
    assert_eq!(files.read_file("/one").unwrap(), b"new");
    assert_eq!(*renamed.lock().unwrap(), ["/one"]);

    // Where nobody sees a part of a file, it has its name from the beginning.
    let server = builder(BOTH[0], files).serve().await.unwrap();
    let client = Client::builder(server.address()).login("anna", "secret").build().unwrap();
    assert!(in_time(client.write_whole("one")).await.unwrap().part().is_none());
}

/// What a directory holds is told in the server's octets, and that is what a name of this side is looked up by.
#[tokio::test]
async fn a_file_of_a_tree_is_found_under_the_name_that_the_server_has_for_it() {
    let name = &b"M\xfcller.txt"[..];
    let there = [b"/up/tree/", name].concat();
    let files = Memory::new().with_file(&there, "old").unwrap();
    let renamed = Arc::new(Mutex::new(Vec::new()));
    let sees = Arc::clone(&renamed);
    let after = move |to: &[u8]| sees.lock().unwrap().push(to.to_vec());
    let server = careful(&files).hook(Renaming { before: |_: &[u8], _: &[u8]| true, after }).serve();
    let server = server.await.unwrap();
    let latin: Charset = "windows-1252".parse().unwrap();
    let client = Client::builder(server.address()).login("anna", "secret").connections(1);
    let client = client.connection(|builder| builder.charset(latin)).build().unwrap();
    let here = Memory::new().with_file("/tree/M\u{fc}ller.txt", "newer").unwrap();
    let upload = || client.upload(&here, "tree", "up").skip_same(true);
    in_time(upload().into_future()).await.unwrap().into_result().unwrap();
    assert_eq!(files.read_file(&there).unwrap(), b"newer");
    assert!(renamed.lock().unwrap().contains(&there), "it was replaced in place");

    let modified =
        here.metadata(&Pathname::parse(b"/tree/M\xc3\xbcller.txt").unwrap()).await.unwrap().modified;
    files.set_modified(&Pathname::parse(&there).unwrap(), modified.unwrap()).await.unwrap();
    let again = in_time(upload().into_future()).await.unwrap();
    assert_eq!(again.skipped().count(), 1);
}
