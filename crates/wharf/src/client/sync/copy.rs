use std::sync::Arc;

use tokio::sync::Mutex;
use wharf_storage::Pathname;

use super::{RelativePath, origin::Origin, place::Side};
use crate::{
    Error,
    client::{
        Aside,
        crew::Crew,
        file::{Direct, Moved, Shown, Storing, store},
    },
};

/// How files are copied between two servers.
#[derive(Debug)]
pub(super) struct Between {
    /// Those who work with the server that files come from, if there is one.
    sources: Option<Arc<Crew<'static>>>,
    /// Held where both have one set of connections: those who hold one and wait for another would wait for each other.
    turn: Option<Mutex<()>>,
    /// What the two servers have shown of transfers from one to the other.
    pub(super) shown: Shown,
}

/// How one is copied.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    /// Which name it has until it is whole.
    pub(super) aside: Aside,
    /// Whether it was cut before.
    pub(super) cut: bool,
    /// Whether something has the name that it is to have.
    pub(super) taken: bool,
    /// Whether the octets may go from server to server: then how many in a second, at the least.
    pub(super) direct: Option<u64>,
}

impl Between {
    pub(super) fn new(from: &Side, to: &Side) -> Self {
        let (sources, is_one) = match (from, to) {
            (Side::Remote(from), Side::Remote(to)) => {
                (Some(from.client.clone()), Arc::ptr_eq(&from.client.pool, &to.client.pool))
            }
            _ => (None, false),
        };
        let sources = sources.map(|client| Arc::new(Crew::of(client)));
        Self { sources, turn: is_one.then(Mutex::default), shown: Shown::default() }
    }

    /// Copies a file and gives how many octets it had: as an upload, which is gone on with where it was cut, and has another
    /// name until it is whole where `aside` says so.
    pub(super) async fn copy(
        &self,
        crew: &Crew<'_>,
        (from, to): (Vec<u8>, Vec<u8>),
        path: &RelativePath,
        Way { aside, cut, taken, direct }: Way,
        moved: Moved<'_>,
    ) -> Result<u64, Error> {
        let Some(sources) = &self.sources else {
            return Err(Error::invalid_input("nobody works with the server that it comes from"));
        };
        let _turn = match &self.turn {
            Some(turn) => Some(turn.lock().await),
            None => None,
        };
        let storage = &Origin::new(Arc::clone(sources), from.clone());
        // What it is called in errors.
        let source = &Pathname::parse(path.as_bytes())?;
        let (target, pathname, shown) = (&*to, &*from, &self.shown);
        let direct = direct.map(|least_speed| Direct { crew: sources, source: pathname, shown, least_speed });
        let (keep_times, verify, taken) = (false, false, Some(taken));
        let storing =
            Storing { crew, storage, source, target, keep_times, aside, verify, cut, taken, direct };
        store(storing, moved).await
    }
}
