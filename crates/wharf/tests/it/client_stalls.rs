//! A server that goes silent, hangs up or resets at each step of each dialogue: the client says what happened, in time; what is
//! there is whole or a part that can be gone on with; and the connection is not used again.

use std::{fmt, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::Instant,
};
use tokio_rustls::TlsAcceptor;
use wharf::{
    Connection, ConnectionBuilder, Error, ErrorKind, Phase,
    connection::ClientTls,
    storage::{Memory, Storage},
};

use crate::{
    client_sync::{at, everything, put},
    fixture::octets,
    identity::Identity,
    stage::{At, Ending, Scope, Stage, Step, path},
};

pub(crate) const ENDINGS: [Ending; 3] = [Ending::Silence, Ending::Fin, Ending::Reset];

/// The limits of time.
pub(crate) fn limits(builder: ConnectionBuilder) -> ConnectionBuilder {
    builder
        .connect_timeout(Duration::from_secs(5))
        .reply_timeout(Duration::from_secs(9))
        .data_connect_timeout(Duration::from_secs(5))
        .stall_timeout(Duration::from_secs(8))
}

/// More than two such limits after each other, and less than any of the defaults.
pub(crate) const IN_TIME: Duration = Duration::from_secs(25);

/// What is done on one connection.
#[derive(Clone, Copy, Debug)]
enum Work {
    Read,
    Write,
    List,
    Get,
    Put,
    Remove,
    Change,
    Leave,
}

use Work::{Change, Get, Leave, List, Put, Read, Remove, Write};

impl Work {
    async fn run(self, client: &mut Connection, here: &Memory) -> Result<(), Error> {
        match self {
            Read => {
                let (mut stream, mut content) = (client.read("d/a").await?, Vec::new());
                // What went wrong is what `finish` tells.
                let _ = stream.read_to_end(&mut content).await;
                stream.finish().await?;
                assert!(content == octets(20_000));
            }
            Write => {
                let mut stream = client.write("new").await?;
                let _ = stream.write_all(&octets(20_000)).await;
                stream.finish().await?;
            }
            List => {
                let entries = client.list("d").all().await?;
                assert_eq!(entries.len(), 3);
            }
            Get => client.download("d", here, "").await?.into_result()?,
            Put => client.upload(here, "up", "").await?.into_result()?,
            Remove => client.remove("d").await?,
            Change => {
                client.set_modified("known", at(1_500_000_000)).await?;
                client.rename("known", "renamed").await?;
                client.remove_file("renamed").await?;
            }
            Leave => {}
        }
        Ok(())
    }
}

/// The files of the server, and those of the client.
pub(crate) async fn trees() -> (Memory, Memory) {
    let (there, here) = (Memory::new(), Memory::new());
    let content = |size| String::from_utf8(octets(size).iter().map(|octet| octet & 0x7F).collect()).unwrap();
    for (memory, top) in [(&there, "d"), (&here, "up")] {
        memory.write_file(format!("/{top}/a"), octets(20_000)).unwrap();
        memory.set_modified(&path(&format!("{top}/a")), at(1_600_000_000)).await.unwrap();
        put(memory, &format!("/{top}/b"), &content(300), 1_600_000_001).await;
        put(memory, &format!("/{top}/sub/c"), "12345", 1_600_000_002).await;
    }
    put(&there, "/known", "12345", 1_600_000_003).await;
    (there, here)
}

/// How the control connection begins.
pub(crate) struct Beginning {
    tls: Option<(Identity, TlsAcceptor)>,
}

impl Beginning {
    pub(crate) fn in_clear() -> Self {
        Self { tls: None }
    }

    pub(crate) fn under_tls() -> Self {
        let identity = Identity::local();
        let config = Arc::new(identity.server_config(&[&rustls::version::TLS13]));
        Self { tls: Some((identity, TlsAcceptor::from(config))) }
    }

    pub(crate) async fn stage(&self, files: &Memory) -> Stage {
        Stage::new(files.clone(), self.tls.as_ref().map(|(_, acceptor)| acceptor.clone())).await
    }

    pub(crate) fn tls(&self) -> Option<ClientTls> {
        self.tls.as_ref().map(|(identity, _)| identity.trusted_by(ClientTls::explicit()))
    }

    fn builder(&self) -> ConnectionBuilder {
        limits(Connection::builder().tls(self.tls()))
    }
}

/// Connects, logs in, does the work, and leaves if it is that. The connection, if it was made.
async fn perform(
    builder: ConnectionBuilder,
    stage: &Stage,
    work: Work,
    here: &Memory,
) -> (Option<Connection>, Result<(), Error>) {
    let mut client = match builder.connect(stage.address).await {
        Ok(client) => client,
        Err(error) => return (None, Err(error)),
    };
    let done = match client.login("anna", "secret").await {
        Ok(()) => work.run(&mut client, here).await,
        refused => refused,
    };
    match (work, &done) {
        (Leave, Ok(())) => (None, client.quit().await),
        _ => (Some(client), done),
    }
}

/// That this error is the right one for a server that has ended so, at this step.
fn check(error: &Error, ending: Ending, step: &Step, case: &dyn fmt::Display) {
    let (phase, verb) = (error.phase(), error.verb().unwrap_or_default());
    let told = format!("{case}: {error:?}");
    assert!(error.is_temporary(), "{told}");
    if ending != Ending::Silence {
        // Which of two connections is seen to end first is chance.
        let kinds = [ErrorKind::Closed, ErrorKind::Data, ErrorKind::Incomplete, ErrorKind::Tls];
        assert!(kinds.contains(&error.kind()), "{told}");
        return;
    }
    assert_eq!(error.kind(), ErrorKind::Timeout, "{told}");
    let data =
        |at| matches!(at, At::Accept | At::DataHandshake | At::Data | At::More | At::End | At::Completion);
    let expected: &[Phase] = match (step.at, &*step.verb) {
        (_, "") => &[Phase::Greeting],
        (At::Handshake, _) | (_, "AUTH" | "PBSZ" | "PROT") => &[Phase::Tls],
        (_, "USER" | "PASS") => &[Phase::Login],
        (at, _) if data(at) => &[Phase::Data, Phase::Command],
        _ => &[Phase::Command, Phase::Data],
    };
    assert!(expected.contains(&phase), "{told}");
    if !matches!(phase, Phase::Greeting | Phase::Tls) {
        assert_eq!(verb, step.verb, "{told}");
    }
}

async fn at_each_step(beginning: &Beginning, work: Work) {
    let rehearsed = {
        let (there, here) = trees().await;
        let stage = beginning.stage(&there).await;
        let (_, done) = perform(beginning.builder(), &stage, work, &here).await;
        done.unwrap();
        stage.passed()
    };
    assert!(rehearsed > 6, "{rehearsed} steps");
    for ending in ENDINGS {
        for last in 1..=rehearsed {
            let (there, here) = trees().await;
            let before = everything(&here, "/").await;
            let stage = beginning.stage(&there).await;
            stage.end_at(last, ending, Scope::Server);
            let began = Instant::now();
            let (client, done) = perform(beginning.builder(), &stage, work, &here).await;
            let took = began.elapsed();
            let step = stage.ended().unwrap();
            let case = format!("{work:?}, {ending:?} at {step:?}");
            eprintln!("{case} {took:?} {done:?}");
            let error = done.expect_err(&case);
            check(&error, ending, &step, &case);
            assert!(took < IN_TIME, "{case}: {took:?}");
            // Files that are here are whole.
            for (name, file) in everything(&here, "/").await {
                let from = format!("/{}", name.strip_prefix("d").map_or("", |_| &*name));
                let is_whole = |(content, _): (Vec<u8>, u64)| there.read_file(&from).unwrap() == content;
                assert!(before.contains_key(&name) || file.is_none_or(is_whole), "{case}: {name}");
            }
            // The connection is over, also for a server that has come back.
            stage.recover();
            if let Some(mut client) = client {
                let error = client.noop().await.expect_err(&case);
                assert_eq!(error.kind(), ErrorKind::Closed, "{case}: {error:?}");
                assert!(!client.is_open(), "{case}");
            }
            assert_eq!(stage.sessions(), 1, "{case}");
        }
    }
}

/// A test for each kind of work, in clear and under TLS.
macro_rules! on_one_connection {
    ($($name:ident($work:expr))*) => {
        $(mod $name {
            use super::*;

            #[tokio::test(start_paused = true)]
            async fn in_clear() {
                at_each_step(&Beginning::in_clear(), $work).await;
            }

            #[tokio::test(start_paused = true)]
            async fn under_tls() {
                at_each_step(&Beginning::under_tls(), $work).await;
            }
        })*
    };
}

on_one_connection! {
    a_file_that_is_read(Read)
    a_file_that_is_written(Write)
    a_listing(List)
    a_tree_that_is_downloaded(Get)
    a_tree_that_is_uploaded(Put)
    a_tree_that_is_removed(Remove)
    changes(Change)
    a_goodbye(Leave)
}
