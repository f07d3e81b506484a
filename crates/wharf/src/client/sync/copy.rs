use std::sync::Arc;

use tokio::sync::Mutex;
use wharf_storage::Pathname;

use super::{RelativePath, origin::Origin, remote::Remote};
use crate::{
    Error,
    client::{
        Aside,
        crew::Crew,
        file::{Direct, Moved, Shown, Storing, store},
    },
};

/// How files are copied between two servers.
#[derive(Debug, Default)]
pub(super) struct Between {
    /// Held where both have one set of connections: those who hold one and wait for another would wait for each other.
    turn: Mutex<()>,
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
    /// Whether the octets may go from server to server.
    pub(super) direct: bool,
}

impl Between {
    /// Copies a file and gives how many octets it had: as an upload, which is gone on with where it was cut, and has another
    /// name until it is whole where `aside` says so.
    pub(super) async fn copy(
        &self,
        crew: &Crew<'_>,
        (from, to): (&Remote, &Remote),
        path: &RelativePath,
        Way { aside, cut, direct }: Way,
        moved: Moved<'_>,
    ) -> Result<u64, Error> {
        let _turn = match Arc::ptr_eq(&from.client.pool, &to.client.pool) {
            true => Some(self.turn.lock().await),
            false => None,
        };
        let origin = Origin::new(from.client.clone(), from.at(path));
        // What it is called in errors.
        let source = &Pathname::parse(path.as_bytes())?;
        let (storage, target, pathname) = (&origin, &to.at(path), &from.at(path));
        let direct = direct.then_some(Direct { client: &from.client, source: pathname, shown: &self.shown });
        let (keep_times, verify) = (false, false);
        store(Storing { crew, storage, source, target, keep_times, aside, verify, cut, direct }, moved).await
    }
}
