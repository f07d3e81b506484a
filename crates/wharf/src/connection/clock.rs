//! The zone of the times in LIST.

use wharf_core::listing::{ListClock, ListedEntry, Modified, Precision, Zone};

use super::{Connection, pathname::join};
use crate::Error;

impl Connection {
    /// What was [measured](Self::measure_list_clock) last of the times of LIST.
    pub fn list_clock(&self) -> Option<ListClock> {
        self.settings.host_memory.list_clock(&self.host)
    }

    /// Finds out in which zone the server writes the times of LIST, by asking with MDTM for those of two files of a
    /// listing: the newest that is shown with a time of day, and the oldest that is less than
    /// [`ListClock::LONGEST_GAP`] older. `None` where that does not tell.
    ///
    /// `entries` are those of `directory`, as LIST gave them. Later listings, of all connections with the same
    /// [`HostMemory`](super::HostMemory), have times in UTC with [`Zone::Measured`], from the older of the two to the newer:
    /// servers have summer time, so that nothing is known of other times. MLSD needs none of this.
    ///
    /// # Errors
    /// As [`send`](Self::send). That the server refuses MDTM is none.
    ///
    /// Cancel safe as the [module](super) says.
    pub async fn measure_list_clock(
        &mut self,
        directory: impl AsRef<[u8]>,
        entries: impl IntoIterator<Item = &ListedEntry>,
    ) -> Result<Option<ListClock>, Error> {
        let timed = |entry: &ListedEntry| {
            let time = entry.modified.filter(|modified| modified.zone == Zone::Unknown)?;
            (entry.is_file() && time.precision > Precision::Day).then_some(time)
        };
        let mut timed: Vec<_> =
            entries.into_iter().filter_map(|entry| Some((timed(entry)?, &entry.name))).collect();
        let newest = timed.iter().map(|(shown, _)| shown.time).max();
        let is_near = |shown: Modified| {
            newest?.duration_since(shown.time).ok().filter(|age| *age < ListClock::LONGEST_GAP)
        };
        timed.retain(|(shown, _)| is_near(*shown).is_some());
        timed.sort_by_key(|(shown, _)| shown.time);
        let newest = if timed.len() > 1 { timed.pop() } else { None };
        let mut pairs = Vec::new();
        for (shown, name) in timed.into_iter().take(1).chain(newest) {
            match self.modified(join(directory.as_ref(), name)).await {
                Err(error) if error.is_permanent_refusal() => return Ok(None),
                exact => pairs.push((shown, exact?)),
            }
        }
        let clock = ListClock::measured(pairs);
        self.settings.host_memory.measured(&self.host, clock);
        Ok(clock)
    }
}
