//! A [`Client`] whose server goes silent, hangs up or resets at each step of each dialogue, for one session or for all: what it
//! says, what is there afterwards, and that the next call does the rest.

use std::{collections::BTreeMap, sync::LazyLock, time::Duration};

use tokio::{io::AsyncReadExt, time::Instant};
use wharf::{
    Client, Error, ErrorKind, Phase,
    client::sync::{Place, sync},
    storage::{Memory, Storage},
};

use crate::{
    client_stalls::{Beginning, ENDINGS, limits, trees},
    client_sync::{at, everything, here as place},
    fixture::octets,
    stage::{At, Ending, Scope, Stage, path},
};

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    Read,
    List,
    Get,
    Put,
    GetLarge,
    PutLarge,
    Remove,
    SyncDown,
    SyncUp,
}

use Work::{Get, GetLarge, List, Put, PutLarge, Read, Remove, SyncDown, SyncUp};

/// From 4 MiB on a file is gone on with where it was cut.
const LARGE: usize = 4_500_000;

static CONTENT: LazyLock<Vec<u8>> = LazyLock::new(|| octets(LARGE));

/// Lanes give up when connections were cut three times. It is less than any of the defaults.
const IN_TIME: Duration = Duration::from_secs(58);

/// Content and time of files, by their names.
type Tree = BTreeMap<String, Option<(Vec<u8>, u64)>>;

impl Work {
    async fn run(self, client: &Client, here: &Memory) -> Result<(), Error> {
        match self {
            Read => {
                let (mut stream, mut content) = (client.read("d/a").await?, Vec::new());
                // What went wrong is what `finish` tells.
                let _ = stream.read_to_end(&mut content).await;
                stream.finish().await?;
                assert!(content == octets(20_000));
            }
            List => assert_eq!(client.list("d").all().await?.len(), 3),
            Get => client.download("d", here, "").await?.into_result()?,
            Put => client.upload(here, "up", "").await?.into_result()?,
            GetLarge => client.download("large", here, "").await?.into_result()?,
            PutLarge => client.upload(here, "big", "").await?.into_result()?,
            Remove => client.remove("d").await?.into_result()?,
            SyncDown => sync(Place::server(client, "d"), place(here)).run().await?.into_result()?,
            SyncUp => sync(place(here), Place::server(client, "s")).run().await?.into_result()?,
        }
        Ok(())
    }

    /// The server's files and the client's, before.
    async fn trees(self) -> (Memory, Memory) {
        let (there, here) = trees().await;
        for (work, memory, name) in [(GetLarge, &there, "/large"), (PutLarge, &here, "/big")] {
            if self == work {
                memory.write_file(name, &*CONTENT).unwrap();
                memory.set_modified(&path(name), at(1_600_000_004)).await.unwrap();
            }
        }
        (there, here)
    }

    /// What is copied, and where to: the top of the one tree and of the other, and whether the server's is the source.
    fn copies(self) -> Option<(&'static str, &'static str, bool)> {
        match self {
            Read | List | Remove => None,
            Get => Some(("d/", "d/", true)),
            GetLarge => Some(("large", "large", true)),
            SyncDown => Some(("d/", "", true)),
            Put => Some(("up/", "up/", false)),
            PutLarge => Some(("big", "big", false)),
            SyncUp => Some(("", "s/", false)),
        }
    }

    /// What is to be there when all has been copied.
    async fn expected(self) -> Tree {
        let Some((from, to, down)) = self.copies() else { return Tree::new() };
        let (there, here) = self.trees().await;
        let source = everything(if down { &there } else { &here }, "/").await;
        let copied = source.into_iter().filter_map(|(name, file)| {
            let name = name.strip_prefix(from)?;
            Some((format!("{to}{name}"), file))
        });
        copied.collect()
    }

    /// Of what is expected: what is missing, and what is there and not the same.
    async fn missing(self, expected: &Tree, there: &Memory, here: &Memory) -> (Vec<String>, Vec<String>) {
        let Some((_, _, down)) = self.copies() else { return Default::default() };
        let target = everything(if down { here } else { there }, "/").await;
        let (mut missing, mut other) = (Vec::new(), Vec::new());
        for (name, file) in expected {
            match target.get(name) {
                None => missing.push(name.clone()),
                Some(copied) if copied != file => other.push(name.clone()),
                Some(_) => {}
            }
        }
        (missing, other)
    }

    /// That all has been done, and nothing is left that has no final name.
    async fn check(self, expected: &Tree, there: &Memory, here: &Memory, case: &str) {
        assert_eq!(self.missing(expected, there, here).await, Default::default(), "{case}");
        let left = [everything(there, "/").await, everything(here, "/").await];
        let left: Vec<_> = left.iter().flat_map(Tree::keys).filter(|name| name.contains(".wharf-")).collect();
        assert_eq!(left, Vec::<&String>::new(), "{case}");
        if self == Remove {
            assert!(there.metadata(&path("d")).await.is_err(), "{case}");
        }
    }

    /// Once more, when the server is back.
    async fn again(self, expected: &Tree, client: &Client, stage: &Stage, here: &Memory, case: &str) {
        match self.run(client, here).await {
            // It was removed before, and the answer lost.
            Err(error) if self == Remove && error.is_not_found() => {}
            done => done.unwrap_or_else(|error| panic!("{case}: {error:?}")),
        }
        self.check(expected, &stage.files, here, case).await;
    }
}

fn client(beginning: &Beginning, stage: &Stage) -> wharf::ClientBuilder {
    let builder = Client::builder(stage.address).login("anna", "secret").connections(2);
    builder.connection(limits).tls(beginning.tls())
}

/// How many steps the work takes, and what it comes to.
async fn rehearse(beginning: &Beginning, work: Work) -> (usize, Tree) {
    let expected = work.expected().await;
    let (there, here) = work.trees().await;
    let stage = beginning.stage(&there).await;
    work.run(&client(beginning, &stage).build().unwrap(), &here).await.unwrap();
    work.check(&expected, &there, &here, "rehearsal").await;
    (stage.passed(), expected)
}

/// The server ends all its sessions at each step, and is back later: the call ends in time with the right error, and what it
/// has left can be gone on with by the next, on new connections.
async fn ends_for_all(beginning: &Beginning, work: Work) {
    let (rehearsed, expected) = rehearse(beginning, work).await;
    for (ending, last) in ENDINGS.iter().flat_map(|ending| (1..=rehearsed).map(move |last| (*ending, last))) {
        let (there, here) = work.trees().await;
        let stage = beginning.stage(&there).await;
        let client = client(beginning, &stage).reconnects(0).build().unwrap();
        stage.end_at(last, ending, Scope::Server);
        let began = Instant::now();
        let done = work.run(&client, &here).await;
        let took = began.elapsed();
        // Two connections do not always share the work alike: the last steps may not come.
        let Some(step) = stage.ended() else {
            done.unwrap();
            continue;
        };
        let case = format!("{work:?}, {ending:?} at {step:?}");
        eprintln!("{case} {took:?} {done:?}");
        assert!(took < IN_TIME, "{case}: {took:?}");
        let Err(error) = done else {
            // It was about to make another connection, and did not need it.
            work.check(&expected, &there, &here, &case).await;
            continue;
        };
        assert!(error.is_temporary(), "{case}: {error:?}");
        if ending == Ending::Silence {
            assert_eq!(error.kind(), ErrorKind::Timeout, "{case}: {error:?}");
            assert!(
                error.verb().is_some() || [Phase::Greeting, Phase::Tls].contains(&error.phase()),
                "{case}: {error:?}"
            );
        }
        let halves = work.missing(&expected, &there, &here).await.1;
        // The server keeps what came under the name that it was sent for.
        assert!(halves.is_empty() || matches!(work, Put | SyncUp), "{case}: {halves:?}");
        let part = here.metadata(&path("large.wharf-part")).await.map_or(0, |part| part.size as usize);
        if work == GetLarge && ending == Ending::Silence && step.at == At::More {
            assert!(part >= LARGE / 2, "{case}: only {part} octets were kept");
        }
        let before = stage.sessions();
        stage.recover();
        work.again(&expected, &client, &stage, &here, &case).await;
        // Another one may not have come to a step meanwhile.
        assert!(stage.sessions() > before || before > 1, "{case}: no new connection");
        if part > 0 && part < LARGE {
            assert_eq!(stage.offsets(), [part], "{case}");
        }
    }
}

/// The server ends one session at each step: other connections do the work, or the call ends in time and the next one does.
async fn ends_for_one(beginning: &Beginning, work: Work) {
    let (rehearsed, expected) = rehearse(beginning, work).await;
    for (ending, last) in ENDINGS.iter().flat_map(|ending| (1..=rehearsed).map(move |last| (*ending, last))) {
        let (there, here) = work.trees().await;
        let stage = beginning.stage(&there).await;
        let client = client(beginning, &stage).build().unwrap();
        stage.end_at(last, ending, Scope::Session);
        let began = Instant::now();
        let done = work.run(&client, &here).await;
        let took = began.elapsed();
        let case = format!("{work:?}, {ending:?} at {:?}", stage.ended());
        eprintln!("{case} {took:?} {done:?}");
        assert!(took < IN_TIME, "{case}: {took:?}");
        stage.recover();
        match done {
            Ok(()) => work.check(&expected, &there, &here, &case).await,
            Err(error) => {
                assert!(error.is_temporary(), "{case}: {error:?}");
                work.again(&expected, &client, &stage, &here, &case).await;
            }
        }
    }
}

/// A test for each kind of work, in clear and under TLS.
macro_rules! with_a_client {
    ($($name:ident($work:expr))*) => {
        $(mod $name {
            use super::*;

            #[tokio::test(start_paused = true)]
            async fn for_all_in_clear() {
                ends_for_all(&Beginning::in_clear(), $work).await;
            }

            #[tokio::test(start_paused = true)]
            async fn for_all_under_tls() {
                ends_for_all(&Beginning::under_tls(), $work).await;
            }

            #[tokio::test(start_paused = true)]
            async fn for_one_in_clear() {
                ends_for_one(&Beginning::in_clear(), $work).await;
            }
        })*
    };
}

with_a_client! {
    a_file_that_is_read(Read)
    a_listing(List)
    a_tree_that_is_downloaded(Get)
    a_tree_that_is_uploaded(Put)
    a_large_file_that_is_downloaded(GetLarge)
    a_large_file_that_is_uploaded(PutLarge)
    a_tree_that_is_removed(Remove)
    a_sync_down(SyncDown)
    a_sync_up(SyncUp)
}
