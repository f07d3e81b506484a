//! Commands of the embedding program.

use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::stream;
use wharf::{
    core::{
        command::{Argument, ArgumentError, Handler},
        failure::Failure,
        reply::Reply,
        server::{Context, Served, Transfer, TransferBody},
        spec::{Access, DataUse, DuringTransfer, Feature, Grammar, Login, Spec},
    },
    storage::{Bytes, Memory, WriteMode},
};

use crate::{
    fixture::{BOTH, builder, files},
    wire::{Wire, in_time, read_all},
};

struct Noop;

impl Handler for Noop {
    const SPEC: Spec = Spec { verb: "NOOP", aliases: &["XNOP"], help: "Do nothing.", ..Spec::DENY };

    async fn serve(_: Argument, _: &mut Context<'_>) -> Served {
        Ok(Reply::new(200, "Mine.").into())
    }
}

struct Pwd;

impl Handler for Pwd {
    const SPEC: Spec = Spec { verb: "PWD", ..Spec::DENY };

    async fn serve(_: Argument, _: &mut Context<'_>) -> Served {
        Err(Reply::new(550, "Nobody knows.").into())
    }
}

/// Sends the lines 1 to n.
struct Coll;

impl Handler for Coll {
    const SPEC: Spec = Spec {
        verb: "COLL",
        help: "Send the lines 1 to n.",
        argument: Grammar::Required("n"),
        data: DataUse::Sends,
        feature: Feature::Line("COLL"),
        ..Spec::DENY
    };

    async fn serve(argument: Argument, _: &mut Context<'_>) -> Served {
        let lines: u32 = argument.as_str()?.parse().map_err(|_| ArgumentError::Invalid("n is a number"))?;
        let lines = (1..=lines).map(|line| Ok(Bytes::from(format!("{line}\r\n"))));
        Ok(Transfer::send(stream::iter(lines)).into())
    }
}

/// Receives a file under a name of the server's choice.
struct Drop;

impl Handler for Drop {
    const SPEC: Spec =
        Spec { verb: "SITE DROP", access: Access::WRITE, data: DataUse::Receives, ..Spec::DENY };

    async fn serve(_: Argument, context: &mut Context<'_>) -> Served {
        let path = context.resolve(b"/dropped")?;
        let sink = context.storage()?.open_write(&path, WriteMode::Replace).await?;
        Ok(Transfer::new(TransferBody::Receive(sink)).pathname(path).into())
    }
}

#[derive(Default)]
struct Counter(AtomicU64);

struct Count;

impl Handler for Count {
    const SPEC: Spec = Spec {
        verb: "COUNT",
        login: Login::NotRequired,
        during_transfer: DuringTransfer::Runs,
        ..Spec::DENY
    };

    async fn serve(_: Argument, context: &mut Context<'_>) -> Served {
        let counter = context.extension::<Counter>().ok_or_else(|| Failure::new(502, "No counter."))?;
        Ok(Reply::new(200, (counter.0.fetch_add(1, Ordering::Relaxed) + 1).to_string()).into())
    }
}

/// Declares no access to storage and asks for it.
struct Sneak;

impl Handler for Sneak {
    const SPEC: Spec = Spec { verb: "SNEAK", ..Spec::DENY };

    async fn serve(_: Argument, context: &mut Context<'_>) -> Served {
        let path = context.resolve(b"/a.txt")?;
        context.storage()?.remove_file(&path).await?;
        Ok(Reply::new(250, "Gone.").into())
    }
}

#[tokio::test]
async fn a_handler_takes_the_place_of_a_command_and_its_aliases_work() {
    for host in BOTH {
        let server = builder(host, Memory::new()).handler::<Noop>().serve().await.unwrap();
        let mut wire = Wire::open(server.address()).await;
        wire.expect("NOOP", 530).await;
        let mut wire = Wire::login(server.address()).await;
        assert_eq!(wire.expect("noop", 200).await.to_string(), "200 Mine.");
        assert_eq!(wire.expect("XNOP", 200).await.to_string(), "200 Mine.");
        wire.expect("NOOP x", 501).await;
        assert!(wire.expect("HELP NOOP", 214).await.to_string().contains("Do nothing."));
    }
}

#[tokio::test]
async fn the_aliases_of_a_replaced_command_do_not_lead_around_the_new_one() {
    for host in BOTH {
        let server = builder(host, Memory::new()).handler::<Pwd>().serve().await.unwrap();
        let mut wire = Wire::login(server.address()).await;
        wire.expect("PWD", 550).await;
        wire.expect("XPWD", 500).await;
    }
}

#[tokio::test]
async fn a_data_command_sends_over_the_data_connection() {
    for host in BOTH {
        let server = builder(host, Memory::new()).handler::<Coll>().serve().await.unwrap();
        let mut wire = Wire::login(server.address()).await;
        assert_eq!(wire.download("COLL 3").await, b"1\r\n2\r\n3\r\n");
        assert_eq!(wire.download("COLL 0").await, b"");
        wire.expect("COLL 3", 425).await;
        wire.epsv().await;
        wire.expect("COLL", 501).await;
        wire.expect("COLL x", 501).await;
        assert!(wire.expect("FEAT", 211).await.to_string().contains("\r\n COLL\r\n"));
        let _data = wire.passive().await;
        wire.expect("COLL 4000000000", 150).await;
        wire.expect("ABOR", 426).await;
        wire.expect_reply(226).await;
    }
}

#[tokio::test]
async fn a_data_command_receives_under_a_verb_of_two_words() {
    for host in BOTH {
        let files = Memory::new();
        let server = builder(host, files.clone()).handler::<Drop>().serve().await.unwrap();
        let mut wire = Wire::login(server.address()).await;
        wire.upload("SITE DROP", "it").await;
        assert_eq!(files.read_file("/dropped").unwrap(), b"it");
        assert!(wire.expect("SITE HELP", 214).await.to_string().contains("SITE DROP"));
    }
}

#[tokio::test]
async fn a_value_of_the_program_is_shared_by_all_sessions() {
    for host in BOTH {
        let files = Memory::new().with_file("/large", vec![7; 32 << 20]).unwrap();
        let server =
            builder(host, files).handler::<Count>().extension(Counter::default()).serve().await.unwrap();
        let mut wire = Wire::open(server.address()).await;
        assert_eq!(wire.expect("COUNT", 200).await.to_string(), "200 1");
        let mut wire = Wire::login(server.address()).await;
        let data = wire.passive().await;
        wire.expect("RETR large", 150).await;
        assert_eq!(wire.expect("COUNT", 200).await.to_string(), "200 2");
        in_time(read_all(data)).await.unwrap();
        wire.expect_reply(226).await;
    }
}

#[tokio::test]
async fn a_handler_gets_no_access_that_its_row_does_not_declare() {
    for host in BOTH {
        let files = files();
        let server = builder(host, files.clone()).handler::<Sneak>().serve().await.unwrap();
        Wire::login(server.address()).await.expect("SNEAK", 550).await;
        assert!(files.read_file("/a.txt").is_ok());
    }
}

#[tokio::test]
async fn a_command_that_was_taken_away_is_unknown() {
    for host in BOTH {
        let server =
            builder(host, files()).without_command("DELE").without_command("PWD").serve().await.unwrap();
        let mut wire = Wire::login(server.address()).await;
        for line in ["DELE a.txt", "PWD", "XPWD"] {
            wire.expect(line, 500).await;
        }
        assert!(!wire.expect("HELP", 214).await.to_string().contains("DELE"));
    }
}
