//! What a principal may do where: every command asks the same function, also those that are yet to come.

use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use wharf::{
    Access, Permissions, Server, User,
    core::{command::Registry, spec::Spec},
    storage::{Memory, Pathname, SourceBody, Storage},
};

use crate::{
    backend::Backend,
    fixture::{BOTH, builder, files},
    wire::Wire,
};

/// A server for `bert` with these permissions, and the calls that its storage gets.
async fn serve_bert(
    host: std::net::IpAddr,
    permissions: Permissions,
) -> (Server, Arc<Mutex<Vec<&'static str>>>) {
    let calls: Arc<Mutex<Vec<&'static str>>> = Arc::default();
    let recorder = Arc::clone(&calls);
    let storage = Backend::new(files(), move |call| {
        recorder.lock().unwrap().push(call);
        Ok(())
    });
    let bert = User::new("bert", "x", storage).permissions(permissions);
    (builder(host, Memory::new()).user(bert).serve().await.unwrap(), calls)
}

/// The arguments of a command's row, and an existing file and directory in place of them.
fn arguments(spec: &'static Spec) -> impl Iterator<Item = String> {
    let names = spec.good.iter().flat_map(|good| {
        let (before, _) = good.rsplit_once(' ').map_or(("", *good), |(before, name)| (before, name));
        [format!("{before} a.txt"), format!("{before} pub")]
    });
    spec.good.iter().map(ToString::to_string).chain(names.map(|name| name.trim_start().to_owned()))
}

/// Sends each command whose row declares some of `access` in each form; all must be refused.
async fn expect_refusals(wire: &mut Wire, access: Access) -> usize {
    let registry = Registry::standard();
    let mut tried = 0;
    // A rename asks whether it may replace something only where something is there.
    let needed = |spec: &Spec| match spec.access.contains(Access::RENAME) {
        true => spec.access.difference(Access::OVERWRITE),
        false => spec.access,
    };
    for command in registry.iter().filter(|row| needed(row.spec).intersects(access)) {
        for argument in arguments(command.spec) {
            wire.epsv().await;
            wire.ask("RNFR a.txt").await;
            let line = format!("{} {argument}", command.spec.verb);
            let answer = wire.ask(line.trim_end()).await;
            // STAT without a pathname shows the session. RNFR may have been refused before RNTO.
            let refused = matches!(answer.code, 501 | 503 | 550) || line.trim_end() == "STAT";
            assert!(refused, "{line} gave {answer}");
            tried += 1;
        }
    }
    tried
}

#[tokio::test]
async fn without_permission_no_command_reaches_the_storage() {
    for host in BOTH {
        let (server, calls) = serve_bert(host, Permissions::none()).await;
        let mut wire = Wire::login_as(server.address(), "bert", "x").await;
        let tried = expect_refusals(&mut wire, Access::all()).await;
        assert!(tried > 50, "{tried}");
        assert_eq!(*calls.lock().unwrap(), Vec::<&str>::new());
    }
}

#[tokio::test]
async fn each_kind_of_access_is_needed_by_itself() {
    let [host, _] = BOTH;
    for (missing, calls_denied) in [
        (Access::LIST, &["list", "metadata"][..]),
        (Access::READ, &["open_read"]),
        (Access::CREATE | Access::APPEND | Access::OVERWRITE, &["open_write"]),
        (Access::MAKE_DIR, &["make_dir"]),
        (Access::TIMES, &["set_modified"]),
        (Access::PERMISSIONS, &["set_permissions"]),
        (Access::DELETE, &["remove_file", "remove_dir"]),
        (Access::RENAME, &["rename", "rename_new"]),
    ] {
        let permissions = Permissions::none().with(Pathname::root(), Access::all().difference(missing));
        let (server, calls) = serve_bert(host, permissions).await;
        let mut wire = Wire::login_as(server.address(), "bert", "x").await;
        assert!(expect_refusals(&mut wire, missing).await > 0);
        let calls = calls.lock().unwrap();
        assert!(calls.iter().all(|call| !calls_denied.contains(call)), "without {missing:?}: {calls:?}");
    }
}

#[tokio::test]
async fn a_user_is_read_only_unless_said_otherwise() {
    for host in BOTH {
        let files = files();
        let server =
            builder(host, Memory::new()).user(User::new("bert", "x", files.clone())).serve().await.unwrap();
        let mut wire = Wire::login_as(server.address(), "bert", "x").await;
        expect_refusals(&mut wire, Access::all().difference(Access::LIST | Access::READ)).await;
        assert_eq!(wire.download("RETR a.txt").await, b"one\r\ntwo\r\n");
        assert_eq!(wire.download("NLST").await, b"a.txt\r\nb.bin\r\nempty\r\npub\r\n");
    }
}

/// What becomes of an existing file and of a new one, for each set of the three kinds of access to content.
#[tokio::test]
async fn content_is_made_added_to_and_replaced_each_by_leave_of_its_own() {
    let [host, _] = BOTH;
    let (create, append, overwrite) = (Access::CREATE, Access::APPEND, Access::OVERWRITE);
    for access in [create, append, overwrite, create | append, create | overwrite, append | overwrite] {
        let allowed = |needed: Access| access.contains(needed);
        let permissions = Permissions::none().with(Pathname::root(), access | Access::RENAME | Access::LIST);
        let tree = Memory::new().with_file("/old", "12345").unwrap().with_file("/other", "x").unwrap();
        let bert = User::new("bert", "x", tree.clone()).permissions(permissions);
        let server = builder(host, Memory::new()).user(bert).serve().await.unwrap();
        let mut wire = Wire::login_as(server.address(), "bert", "x").await;
        let mut old = b"12345".to_vec();
        for (line, permitted, after) in [
            ("STOR new", allowed(create), None),
            ("APPE new2", allowed(create), None),
            ("STOU", allowed(create), None),
            ("APPE old", allowed(append), Some("12345abc")),
            ("STOR old", allowed(overwrite), Some("abc")),
        ] {
            match permitted {
                true => wire.upload(line, "abc").await,
                false => {
                    wire.epsv().await;
                    wire.expect(line, 550).await;
                }
            }
            if let (true, Some(after)) = (permitted, after) {
                old = after.into();
            }
            assert_eq!(content(&tree, "/old").await, old, "{line} with {access:?}");
        }
        // A broken upload is resumed at its end, by who may append; anywhere else, by who may overwrite.
        for (offset, permitted) in
            [(old.len(), allowed(append) || allowed(overwrite)), (1, allowed(overwrite))]
        {
            wire.epsv().await;
            wire.expect(&format!("REST {offset}"), 350).await;
            let opened = wire.ask("STOR old").await.code;
            assert_eq!(opened == 550, !permitted, "at {offset} with {access:?}: {opened}");
            if permitted {
                wire = Wire::login_as(server.address(), "bert", "x").await;
            }
        }
        wire.expect("RNFR other", 350).await;
        wire.expect("RNTO old", if allowed(overwrite) { 250 } else { 550 }).await;
        wire.expect("RNFR old", 350).await;
        wire.expect("RNTO a.free.name", 250).await;
    }
}

async fn content(tree: &Memory, path: &str) -> Vec<u8> {
    let path = Pathname::parse(path.as_bytes()).unwrap();
    let source = tree.open_read(&path, 0).await.unwrap();
    let SourceBody::Stream(chunks) = source.body else { panic!("memory streams") };
    let chunks: Vec<_> = chunks.map(Result::unwrap).collect().await;
    chunks.concat()
}

#[tokio::test]
async fn a_rename_does_not_get_round_an_entry() {
    for host in BOTH {
        let path = |text: &str| Pathname::parse(text.as_bytes()).unwrap();
        let permissions = Permissions::read_write().with(path("/pub/closed"), Access::empty());
        let tree = files().with_file("/pub/closed/x", "x").unwrap();
        let bert = User::new("bert", "x", tree).permissions(permissions);
        let server = builder(host, Memory::new()).user(bert).serve().await.unwrap();
        let mut wire = Wire::login_as(server.address(), "bert", "x").await;
        wire.expect("RNFR pub", 350).await;
        wire.expect("RNTO open", 550).await;
        wire.expect("MLST open", 550).await;
        wire.expect("RNFR pub/c.txt", 350).await;
        wire.expect("RNTO c.txt", 250).await;
    }
}

#[tokio::test]
async fn the_nearest_entry_decides_and_a_refusal_tells_nothing_of_what_is_there() {
    for host in BOTH {
        let path = |text: &str| Pathname::parse(text.as_bytes()).unwrap();
        let permissions = Permissions::read_only()
            .with(path("/pub"), Access::all())
            .with(path("/pub/closed"), Access::empty())
            .with(path("/empty"), Access::WRITE | Access::RENAME);
        let tree = files().with_file("/pub/closed/x", "x").unwrap();
        let bert = User::new("bert", "x", tree).permissions(permissions);
        let server = builder(host, Memory::new()).user(bert).serve().await.unwrap();
        let mut wire = Wire::login_as(server.address(), "bert", "x").await;
        wire.expect("MKD new", 550).await;
        wire.expect("MKD pub/new", 257).await;
        wire.expect("MKD pub/../new", 550).await;
        wire.expect("RNFR pub/c.txt", 350).await;
        wire.expect("RNTO c.txt", 550).await;
        wire.expect("RNFR pub/c.txt", 350).await;
        wire.expect("RNTO empty/c.txt", 250).await;
        wire.upload("STOR empty/in", "x").await;
        wire.expect("MLST empty/in", 550).await;
        wire.expect("DELE empty/in", 550).await;
        wire.expect("CWD pub/closed", 550).await;
        let [there, missing] = ["MLST pub/closed/x", "MLST pub/closed/y"];
        assert_eq!(wire.ask(there).await, wire.ask(missing).await);
        wire.epsv().await;
        let [there, missing] = ["RETR pub/closed/x", "RETR pub/closed/y"];
        assert_eq!(wire.ask(there).await, wire.ask(missing).await);
    }
}
