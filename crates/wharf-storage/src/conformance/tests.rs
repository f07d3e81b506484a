//! The suite must find faults: a backend with one is a backend that fails a case.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::SystemTime,
};

use async_trait::async_trait;
use futures_util::StreamExt;

use super::*;
use crate::{Bytes, ErrorKind, Listing, Memory, Metadata, Names, Pathname, Result, Sink, Source, WriteMode};

/// A good backend but for one thing.
#[derive(Debug)]
struct Faulty {
    memory: Memory,
    declared: Capabilities,
    fault: Fault,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    DeclaresTooLittle,
    ReplacesInPlace,
    CreatesOverOthers,
    AppendsWhereTheEndWas,
    IgnoresOffsets,
    HidesNames,
    ForgetsNames,
    ConfusesErrors,
    RemovesFullDirectories,
    RenamesOverFiles,
    RenamesOverTheTaken,
    DropsTheLastChunk,
    ForgetsPermissions,
    TrimsNames,
}

impl Faulty {
    fn supports(&self, capability: Capabilities) -> Result<()> {
        match self.declared.contains(capability) || self.fault == Fault::DeclaresTooLittle {
            true => Ok(()),
            false => Err(ErrorKind::Unsupported.into()),
        }
    }
}

#[async_trait]
impl Storage for Faulty {
    fn capabilities(&self) -> Capabilities {
        self.declared
    }

    async fn metadata(&self, path: &Pathname) -> Result<Metadata> {
        let found = self.memory.metadata(path).await;
        found.map_err(
            |error| if self.fault == Fault::ConfusesErrors { ErrorKind::Failed.into() } else { error },
        )
    }

    async fn list(&self, path: &Pathname) -> Result<Listing> {
        let fault = self.fault;
        let listing = self.memory.list(path).await?;
        Ok(Box::pin(listing.filter(move |row| {
            let hidden =
                fault == Fault::HidesNames && row.as_ref().is_ok_and(|row| row.name.starts_with(b"."));
            std::future::ready(!hidden)
        })))
    }

    async fn list_names(&self, path: &Pathname) -> Result<Names> {
        let names = self.list(path).await?.map(|row| row.map(|entry| entry.name));
        Ok(Box::pin(names.skip(usize::from(self.fault == Fault::ForgetsNames))))
    }

    async fn open_read(&self, path: &Pathname, offset: u64) -> Result<Source> {
        if offset > 0 {
            self.supports(Capabilities::READ_AT)?;
        }
        self.memory.open_read(path, if self.fault == Fault::IgnoresOffsets { 0 } else { offset }).await
    }

    async fn open_write(&self, path: &Pathname, mode: WriteMode) -> Result<Box<dyn Sink>> {
        let (needed, mode) = match (mode, self.fault) {
            (WriteMode::Replace, Fault::ReplacesInPlace) => (Capabilities::WRITE, WriteMode::At(0)),
            (WriteMode::CreateNew, Fault::CreatesOverOthers) => (Capabilities::WRITE, WriteMode::Replace),
            (WriteMode::Append, Fault::AppendsWhereTheEndWas) => {
                let size = self.memory.metadata(path).await.map_or(0, |metadata| metadata.size);
                (Capabilities::APPEND, WriteMode::At(size))
            }
            (WriteMode::Append, _) => (Capabilities::APPEND, mode),
            (WriteMode::At(_), _) => (Capabilities::WRITE_AT, mode),
            _ => (Capabilities::WRITE, mode),
        };
        self.supports(needed)?;
        let bits = self.memory.metadata(path).await.ok().and_then(|metadata| metadata.permissions);
        if self.fault == Fault::ForgetsPermissions && bits.is_some_and(|bits| bits != 0o644) {
            self.memory.remove_file(path).await?;
        }
        let trimmed = Pathname::parse(path.as_bytes().trim_ascii()).unwrap();
        let sink = self
            .memory
            .open_write(if self.fault == Fault::TrimsNames { &trimmed } else { path }, mode)
            .await?;
        match self.fault {
            Fault::DropsTheLastChunk => Ok(Box::new(OneBehind { sink, kept: Bytes::new() })),
            _ => Ok(sink),
        }
    }

    async fn make_dir(&self, path: &Pathname) -> Result<()> {
        self.supports(Capabilities::MAKE_DIR)?;
        self.memory.make_dir(path).await
    }

    async fn remove_dir(&self, path: &Pathname) -> Result<()> {
        self.supports(Capabilities::REMOVE)?;
        if self.fault == Fault::RemovesFullDirectories {
            let mut rows = self.memory.list(path).await?;
            while let Some(row) = rows.next().await {
                self.memory.remove_file(&path.join(&row?.name)?).await?;
            }
        }
        self.memory.remove_dir(path).await
    }

    async fn remove_file(&self, path: &Pathname) -> Result<()> {
        self.supports(Capabilities::REMOVE)?;
        self.memory.remove_file(path).await
    }

    async fn rename(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        self.supports(Capabilities::RENAME)?;
        if self.fault == Fault::RenamesOverFiles && from != to {
            let _ = self.memory.remove_file(to).await;
        }
        self.memory.rename(from, to).await
    }

    async fn rename_new(&self, from: &Pathname, to: &Pathname) -> Result<()> {
        self.supports(Capabilities::RENAME)?;
        match self.fault {
            Fault::RenamesOverTheTaken => self.memory.rename(from, to).await,
            _ => self.memory.rename_new(from, to).await,
        }
    }

    async fn set_modified(&self, path: &Pathname, modified: SystemTime) -> Result<()> {
        self.supports(Capabilities::SET_MODIFIED)?;
        self.memory.set_modified(path, modified).await
    }

    async fn set_permissions(&self, path: &Pathname, permissions: u32) -> Result<()> {
        self.supports(Capabilities::PERMISSIONS)?;
        self.memory.set_permissions(path, permissions).await
    }
}

/// Writes each chunk when the next one comes.
struct OneBehind {
    sink: Box<dyn Sink>,
    kept: Bytes,
}

#[async_trait]
impl Sink for OneBehind {
    async fn write(&mut self, chunk: Bytes) -> Result<()> {
        self.sink.write(std::mem::replace(&mut self.kept, chunk)).await
    }

    async fn finish(self: Box<Self>) -> Result<()> {
        self.sink.finish().await
    }
}

/// The names of the cases that fail.
fn failures(fault: Fault, declared: Capabilities) -> Vec<&'static str> {
    CASES.iter().filter(|case| fails(case, fault, declared)).map(Case::name).collect()
}

fn fails(case: &Case, fault: Fault, declared: Capabilities) -> bool {
    let storage = Arc::new(Faulty { memory: Memory::new(), declared, fault });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    catch_unwind(AssertUnwindSafe(|| runtime.block_on(case.run(storage)))).is_err()
}

#[test]
fn a_backend_may_do_less_if_it_says_so() {
    for capability in Capabilities::all() {
        assert_eq!(
            failures(Fault::None, Capabilities::all().difference(capability)),
            [""; 0],
            "{capability:?}"
        );
    }
}

#[test]
fn each_fault_is_found() {
    for (fault, found_by) in [
        (Fault::ReplacesInPlace, "a_new_file_appears_when_it_is_finished"),
        (Fault::ReplacesInPlace, "an_old_file_stays_until_the_new_one_is_finished"),
        (Fault::CreatesOverOthers, "create_new_does_not_replace"),
        (Fault::AppendsWhereTheEndWas, "append_finds_the_end_that_others_moved"),
        (Fault::IgnoresOffsets, "reads_from_an_offset"),
        (Fault::HidesNames, "a_listing_has_each_entry_once"),
        (Fault::ForgetsNames, "a_listing_has_each_entry_once"),
        (Fault::ConfusesErrors, "what_is_missing_is_not_found"),
        (Fault::RemovesFullDirectories, "a_directory_with_entries_is_not_removed"),
        (Fault::RenamesOverFiles, "rename_replaces_nothing_else"),
        (Fault::RenamesOverTheTaken, "rename_new_replaces_nothing"),
        (Fault::DropsTheLastChunk, "reads_what_was_written"),
        (Fault::ForgetsPermissions, "a_replaced_file_keeps_its_permission_bits"),
        (Fault::TrimsNames, "names_are_octets"),
    ] {
        assert!(fails(case(found_by), fault, Capabilities::all()), "{fault:?} is not found by {found_by}");
    }
    let declared = Capabilities::all().difference(Capabilities::RENAME);
    assert_eq!(failures(Fault::DeclaresTooLittle, declared), ["what_is_not_declared_is_unsupported"]);
}

#[test]
fn cases_are_found_by_name() {
    for listed in CASES {
        assert!(std::ptr::eq(case(listed.name()), listed), "{} is the name of two cases", listed.name());
    }
}
