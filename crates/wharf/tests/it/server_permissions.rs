//! What a principal may do where: every command asks the same function, also those that are yet to come.

use std::sync::{Arc, Mutex};

use wharf::{
    Access, Permissions, Server, User,
    core::{command::Registry, spec::Spec, storage::Pathname},
    storage::Memory,
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
    for command in registry.iter().filter(|row| row.spec.access.intersects(access)) {
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
        (Access::WRITE, &["open_write", "make_dir", "rename", "set_modified", "set_permissions"]),
        (Access::DELETE, &["remove_file", "remove_dir", "rename"]),
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
        expect_refusals(&mut wire, Access::WRITE | Access::DELETE).await;
        assert_eq!(wire.download("RETR a.txt").await, b"one\r\ntwo\r\n");
        assert_eq!(wire.download("NLST").await, b"a.txt\r\nb.bin\r\nempty\r\npub\r\n");
    }
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
            .with(path("/empty"), Access::WRITE);
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
