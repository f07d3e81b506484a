//! How an upload gets its name where another file has it.

use std::{
    fmt,
    future::IntoFuture,
    net::SocketAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use futures_util::StreamExt;
use wharf::{
    Client, Error, Permissions, ServerBuilder, User,
    client::Aside,
    core::{access::Access, pathname::Pathname},
    server::{Actor, Deed, Hook, HookError},
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

#[tokio::test]
async fn it_takes_the_place_of_one_that_cannot_be_renamed_over() {
    // What an earlier attempt has left does not matter.
    let files = Memory::new().with_file("/one", "old").unwrap().with_file("/one.wharf-old", "older").unwrap();
    let server = careful(&files).serve().await.unwrap();
    let (done, there) = replaced(server.address(), &files).await;
    done.unwrap();
    assert_eq!(there, only("new"));
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
