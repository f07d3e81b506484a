use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use bytes::Bytes;

use super::budget::{Budget, Room};
use crate::{ErrorKind, Result};

/// The octets of a page, and so the most octets of one chunk that is read.
pub(super) const PAGE: usize = 256 * 1024;

/// The most octets of a file, as on a disk: a restart offset reaches them all.
const MAX_SIZE: u64 = i64::MAX as u64;

static ZEROS: [u8; PAGE] = [0; PAGE];

/// The octets of a file, in pages that are shared until one holder writes.
///
/// A clone is a snapshot: it costs one reference, and a writer copies at most the page it touches and, once for each
/// snapshot, the index of pages. What no page covers reads as zeros, so a gap takes no memory.
#[derive(Clone, Debug)]
pub(super) struct Content {
    pages: Arc<BTreeMap<u64, Arc<Page>>>,
    size: u64,
    budget: Arc<Budget>,
}

/// The first octets of a page; the rest of it, up to the file's size, reads as zeros.
#[derive(Debug)]
struct Page {
    octets: Vec<u8>,
    room: Room,
}

/// A page as the owner of the octets of a [`Bytes`].
struct Held(Arc<Page>);

impl Content {
    pub(super) fn new(budget: Arc<Budget>) -> Self {
        Self { pages: Arc::default(), size: 0, budget }
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Writes `octets` over those from `offset` on. After an error a part of them may be written.
    pub(super) fn write(&mut self, offset: u64, mut octets: &[u8]) -> Result<()> {
        if offset.checked_add(octets.len() as u64).is_none_or(|end| end > MAX_SIZE) {
            return Err(ErrorKind::InvalidOffset.into());
        }
        let pages = Arc::make_mut(&mut self.pages);
        let mut position = offset;
        while !octets.is_empty() {
            let (index, start) = locate(position);
            let (part, rest) = octets.split_at(octets.len().min(PAGE - start));
            let page = match pages.entry(index) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(entry) => entry.insert(Arc::new(Page::new(&[], &self.budget)?)),
            };
            if Arc::get_mut(page).is_none() {
                *page = Arc::new(Page::new(&page.octets, &self.budget)?);
            }
            if let Some(page) = Arc::get_mut(page) {
                page.write(start, part)?;
            }
            position += part.len() as u64;
            self.size = self.size.max(position);
            octets = rest;
        }
        Ok(())
    }

    /// The octets at `position`: one chunk, as long as a page allows. `None` at the end.
    pub(super) fn chunk(&self, position: u64) -> Option<Bytes> {
        let left = self.size.checked_sub(position).filter(|&left| left > 0)?;
        let (index, start) = locate(position);
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(PAGE - start);
        match self.pages.get(&index) {
            Some(page) if page.octets.len() > start => {
                let end = page.octets.len().min(start + wanted);
                Some(Bytes::from_owner(Held(page.clone())).slice(start..end))
            }
            _ => Some(Bytes::from_static(&ZEROS).slice(..wanted)),
        }
    }

    /// All chunks from `offset` on.
    pub(super) fn chunks(self, offset: u64) -> impl Iterator<Item = Bytes> + Send {
        let mut position = offset;
        std::iter::from_fn(move || {
            let chunk = self.chunk(position)?;
            position += chunk.len() as u64;
            Some(chunk)
        })
    }

    /// All octets.
    pub(super) fn to_vec(&self) -> Vec<u8> {
        self.clone().chunks(0).fold(Vec::new(), |mut octets, chunk| {
            octets.extend_from_slice(&chunk);
            octets
        })
    }
}

impl Page {
    fn new(octets: &[u8], budget: &Arc<Budget>) -> Result<Self> {
        let room = budget.take(octets.len() as u64)?;
        let mut copy = Vec::new();
        copy.extend_from_slice(octets);
        Ok(Self { octets: copy, room })
    }

    /// Puts `part` at `start`; together they fit into a page.
    fn write(&mut self, start: usize, part: &[u8]) -> Result<()> {
        let len = self.octets.len();
        let end = start + part.len();
        if end > len {
            self.room.grow((end - len) as u64)?;
            // Twice the length, so that many small writes cost no more than one copy each, but never beyond a page.
            self.octets.reserve_exact(end.max(len.saturating_mul(2)).min(PAGE).saturating_sub(len));
            self.octets.resize(start.max(len), 0);
        }
        let over = part.len().min(self.octets.len() - start);
        let (over, behind) = part.split_at(over);
        if let Some(target) = self.octets.get_mut(start..start + over.len()) {
            target.copy_from_slice(over);
        }
        self.octets.extend_from_slice(behind);
        Ok(())
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.0.octets
    }
}

/// The page of `position` and the place in it.
fn locate(position: u64) -> (u64, usize) {
    (position / PAGE as u64, usize::try_from(position % PAGE as u64).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_writes_give_what_a_plain_vector_gives(
            writes in prop::collection::vec((0..3 * PAGE, any::<u8>(), 0..PAGE + 10), 0..8),
            snapshot_after in 0..8usize,
        ) {
            let budget = Budget::new(u64::MAX);
            let (mut content, mut model) = (Content::new(budget.clone()), Vec::new());
            let mut snapshot = None;
            for (index, (offset, octet, len)) in writes.into_iter().enumerate() {
                let octets = vec![octet; len];
                content.write(offset as u64, &octets).unwrap();
                if len > 0 {
                    model.resize(model.len().max(offset + len), 0);
                    model[offset..offset + len].copy_from_slice(&octets);
                }
                if index == snapshot_after {
                    snapshot = Some((content.clone(), model.clone()));
                }
            }
            prop_assert!(content.to_vec() == model);
            if let Some((content, model)) = snapshot {
                prop_assert!(content.to_vec() == model);
            }
            prop_assert!(content.chunks(0).all(|chunk| !chunk.is_empty() && chunk.len() <= PAGE));
            prop_assert_eq!(budget.used(), 0);
        }
    }

    #[test]
    fn a_gap_takes_no_memory() {
        let budget = Budget::new(1000);
        let mut content = Content::new(budget.clone());
        content.write(1 << 60, b"x").unwrap();
        assert_eq!(content.size(), (1 << 60) + 1);
        assert_eq!(budget.used(), 1);
        assert_eq!(content.chunk(7).unwrap()[0], 0);
        for offset in [u64::MAX, MAX_SIZE] {
            assert_eq!(content.write(offset, b"x").unwrap_err().kind(), ErrorKind::InvalidOffset);
        }
    }

    #[test]
    fn small_writes_do_not_hold_more_than_twice_their_octets() {
        let mut content = Content::new(Budget::new(u64::MAX));
        for position in 0..1000 {
            content.write(position, b"x").unwrap();
        }
        assert!(content.pages[&0].octets.capacity() <= 2000);
    }
}
