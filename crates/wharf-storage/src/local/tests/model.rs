//! Any calls in any order: the disk does what the tree in memory does.

use std::{collections::BTreeMap, fs};

use futures_util::{StreamExt, TryStreamExt, future::LocalBoxFuture};
use proptest::prelude::*;

use super::yard::{Way, Yard, path};
use crate::{Bytes, EntryKind, ErrorKind, Memory, Pathname, Result, Source, SourceBody, Storage, WriteMode};

#[derive(Clone, Debug)]
enum Call {
    Write(Pathname, WriteMode, Vec<u8>),
    Abandon(Pathname, WriteMode),
    Read(Pathname, u64),
    List(Pathname),
    MakeDir(Pathname),
    RemoveDir(Pathname),
    RemoveFile(Pathname),
    Rename(Pathname, Pathname),
    SetPermissions(Pathname, u32),
}

/// What there is to compare of an answer.
type Answer = Result<String, ErrorKind>;

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let pathname = || "(/[ab]){0,3}".prop_map(|text| path(&text));
    let mode = || {
        prop_oneof![
            Just(WriteMode::Replace),
            Just(WriteMode::CreateNew),
            Just(WriteMode::Append),
            (0..20u64).prop_map(WriteMode::At),
        ]
    };
    let octets = || prop::collection::vec(any::<u8>(), 0..10);
    let call = prop_oneof![
        (pathname(), mode(), octets()).prop_map(|(path, mode, octets)| Call::Write(path, mode, octets)),
        (pathname(), mode()).prop_map(|(path, mode)| Call::Abandon(path, mode)),
        (pathname(), 0..20u64).prop_map(|(path, offset)| Call::Read(path, offset)),
        pathname().prop_map(Call::List),
        pathname().prop_map(Call::MakeDir),
        pathname().prop_map(Call::MakeDir),
        pathname().prop_map(Call::RemoveDir),
        pathname().prop_map(Call::RemoveFile),
        (pathname(), pathname()).prop_map(|(from, to)| Call::Rename(from, to)),
        (pathname(), (0..0o777u32).prop_map(|bits| bits | 0o600)).prop_map(|(path, bits)| {
            // Directories stay open to the one who runs this.
            Call::SetPermissions(path, bits | 0o700)
        }),
    ];
    prop::collection::vec(call, 0..40)
}

async fn answer(storage: &dyn Storage, call: &Call) -> Answer {
    let done = |()| String::new();
    let result = match call {
        Call::Write(path, mode, octets) => write(storage, path, *mode, octets).await.map(done),
        Call::Abandon(path, mode) => storage.open_write(path, *mode).await.map(|_| String::new()),
        Call::Read(path, offset) => read(storage, path, *offset).await,
        Call::List(path) => list(storage, path).await,
        Call::MakeDir(path) => storage.make_dir(path).await.map(done),
        Call::RemoveDir(path) => storage.remove_dir(path).await.map(done),
        Call::RemoveFile(path) => storage.remove_file(path).await.map(done),
        Call::Rename(from, to) => storage.rename(from, to).await.map(done),
        Call::SetPermissions(path, bits) => storage.set_permissions(path, *bits).await.map(done),
    };
    result.map_err(|error| match error.kind() {
        // The trait leaves open which one it is below a file.
        ErrorKind::NotADirectory => ErrorKind::NotFound,
        kind => kind,
    })
}

async fn write(storage: &dyn Storage, path: &Pathname, mode: WriteMode, octets: &[u8]) -> Result<()> {
    let mut sink = storage.open_write(path, mode).await?;
    sink.write(Bytes::copy_from_slice(octets)).await?;
    sink.finish().await
}

async fn read(storage: &dyn Storage, path: &Pathname, offset: u64) -> Result<String> {
    let Source { metadata, body } = storage.open_read(path, offset).await?;
    let octets = match body {
        SourceBody::File { file, offset } => {
            let mut octets = vec![0; usize::try_from(metadata.size - offset).unwrap()];
            std::os::unix::fs::FileExt::read_exact_at(&*file, &mut octets, offset)?;
            octets
        }
        SourceBody::Stream(chunks) => chunks.try_collect::<Vec<_>>().await?.concat(),
    };
    Ok(format!("{} {octets:?}", metadata.size))
}

async fn list(storage: &dyn Storage, path: &Pathname) -> Result<String> {
    let mut rows = BTreeMap::new();
    let mut listing = storage.list(path).await?;
    while let Some(row) = listing.next().await {
        let row = row?;
        rows.insert(row.name, (row.metadata.kind, row.metadata.size));
    }
    Ok(format!("{rows:?}"))
}

/// All that a storage holds.
fn whole<'a>(storage: &'a dyn Storage, path: Pathname) -> LocalBoxFuture<'a, String> {
    Box::pin(async move {
        let mut text = format!("{path}: {}\n", list(storage, &path).await.unwrap());
        let rows: Vec<_> = storage.list(&path).await.unwrap().try_collect().await.unwrap();
        let mut rows: Vec<_> = rows.into_iter().map(|row| (row.name, row.metadata.kind)).collect();
        rows.sort_by(|one, other| one.0.cmp(&other.0));
        for (name, kind) in rows {
            let path = path.join(&name).unwrap();
            text += &match kind {
                EntryKind::Directory => whole(storage, path).await,
                _ => read(storage, &path, 0).await.unwrap(),
            };
        }
        text
    })
}

fn same(way: Way, calls: &[Call]) -> Result<(), TestCaseError> {
    let (yard, memory) = (Yard::new(), Memory::new());
    let local = yard.local(way);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        for call in calls {
            let before = whole(&memory, Pathname::root()).await;
            let (expected, found) = (answer(&memory, call).await, answer(&local, call).await);
            // An upload that was dropped a moment ago may still be on its way out.
            let found = match (&expected, &found, call) {
                (Ok(_), Err(ErrorKind::Busy), Call::RemoveDir(_) | Call::Rename(..)) => loop {
                    match answer(&local, call).await {
                        Err(ErrorKind::Busy) => {}
                        found => break found,
                    }
                },
                _ => found,
            };
            prop_assert_eq!(found, expected, "{:?} on {}", call, before);
        }
        let (found, expected) =
            (whole(&local, Pathname::root()).await, whole(&memory, Pathname::root()).await);
        prop_assert_eq!(found, expected);
        Ok(())
    })?;
    drop(runtime);
    let hidden = fs::read_dir(yard.root(""))
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with(".wharf-"));
    prop_assert_eq!(hidden.count(), 0);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn beneath_does_what_memory_does(calls in calls()) {
        same(Way::Beneath, &calls)?;
    }

    #[test]
    fn a_walk_does_what_memory_does(calls in calls()) {
        same(Way::Walk, &calls)?;
    }
}
