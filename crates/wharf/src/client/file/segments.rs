//! One file in parts that come side by side, each on a connection of its own.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::future::{Either, select, try_join_all};
use tokio::{pin, time::sleep};

use super::{
    Moved, Persistence,
    download::Fetching,
    part::{Have, Part},
    version::Version,
};
use crate::{Error, connection::ReadStream};

/// The smallest part that is given to a connection of its own.
const SMALLEST: u64 = 4 << 20;
/// How often the map is written.
const MAP_INTERVAL: Duration = Duration::from_secs(1);

/// Which octets are there, and who fetches the others.
struct Pieces {
    pieces: Mutex<Vec<Piece>>,
    size: u64,
    /// Whether the server has refused to begin in the midst of the file.
    only_from_start: AtomicBool,
}

/// What is left behind the octets of a piece that have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    /// More of the piece.
    More,
    /// The end of the file.
    End,
    /// What belongs to others.
    Others,
}

/// A piece: those from `from` to `at` are there, those from there to `to` are being fetched, or wait for somebody to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    from: u64,
    at: u64,
    to: u64,
    /// Whether somebody fetches it.
    taken: bool,
}

/// Downloads what is missing of the part, so many pieces at a time. `false` if the server cannot begin in the midst of a file.
pub(super) async fn fetch(
    fetching: &Fetching<'_>,
    part: &Part<'_>,
    version: Version,
    size: u64,
    have: Have,
    moved: Moved<'_>,
) -> Result<bool, Error> {
    let have = match have {
        Have::Pieces(pieces) => pieces,
        Have::Whole => match part.octets().await?.unwrap_or_default().min(size) {
            0 => Vec::new(),
            octets => vec![(0, octets)],
        },
    };
    // The part is made, so that a map without it means nothing.
    part.write_from(0).await?.finish().await?;
    part.write_map(version, &Have::Pieces(have.clone())).await?;
    let pieces = Pieces::new(&have, size);
    let workers = (0..fetching.segments.max(1)).map(|_| work(fetching, part, &pieces));
    let working = try_join_all(workers);
    let mapping = keep_map(part, version, &pieces, moved);
    pin!(working, mapping);
    let worked = match select(working, mapping).await {
        Either::Left((worked, _)) => worked.map(drop),
        Either::Right((Err(error), _)) => return Err(error),
        Either::Right((Ok(never), _)) => match never {},
    };
    moved(pieces.octets());
    if pieces.only_from_start.load(Ordering::Relaxed) {
        return Ok(false);
    }
    save(part, version, &pieces).await?;
    worked.map(|()| true)
}

/// Fetches one piece after another until none is left.
async fn work(fetching: &Fetching<'_>, part: &Part<'_>, pieces: &Pieces) -> Result<(), Error> {
    let mut persistence = Persistence::new(fetching.crew.reconnects());
    while let Some((index, at)) = pieces.take() {
        if let Err(error) = fetch_piece(fetching, part, pieces, index, at).await {
            pieces.let_go(index);
            // That others come further is a sign of life too.
            persistence.after(error, pieces.octets()).await?;
        }
    }
    Ok(())
}

async fn fetch_piece(
    fetching: &Fetching<'_>,
    part: &Part<'_>,
    pieces: &Pieces,
    index: usize,
    at: u64,
) -> Result<(), Error> {
    let (mut connection, _at_work) = fetching.crew.connection().await?;
    let begun = connection.begin_read(fetching.source, at).await;
    if at > 0 && matches!(&begun, Err(error) if error.is_permanent_refusal()) {
        pieces.only_from_start.store(true, Ordering::Relaxed);
    }
    let transfer = begun?;
    let mut stream = ReadStream::new(connection, transfer);
    let mut sink = part.write_from(at).await?;
    loop {
        let chunk = stream.next_chunk().await?;
        if chunk.is_empty() {
            stream.finish().await?;
            pieces.ended(index).map_err(|(at, to)| fetching.incomplete(at, to))?;
            break;
        }
        let wanted = pieces.wanted(index, chunk.len());
        sink.write(chunk.slice(..wanted)).await?;
        if pieces.came(index, wanted) == Left::Others {
            // The server does not know where the piece ends. Whether it comes back into step shows by the connection.
            drop(stream.abort().await);
            break;
        }
    }
    Ok(sink.finish().await?)
}

/// Writes the map again and again.
async fn keep_map(
    part: &Part<'_>,
    version: Version,
    pieces: &Pieces,
    moved: Moved<'_>,
) -> Result<std::convert::Infallible, Error> {
    loop {
        for _ in 0..10 {
            sleep(MAP_INTERVAL / 10).await;
            moved(pieces.octets());
        }
        save(part, version, pieces).await?;
    }
}

/// Writes the map of what is there now: first the octets to the disk, then the map.
async fn save(part: &Part<'_>, version: Version, pieces: &Pieces) -> Result<(), Error> {
    let have = pieces.have();
    part.to_disk().await?;
    part.write_map(version, &Have::Pieces(have)).await
}

impl Pieces {
    fn new(have: &[(u64, u64)], size: u64) -> Self {
        let mut pieces = Vec::new();
        let mut at = 0;
        for &(from, to) in have {
            if at < from {
                pieces.push(Piece { from: at, at, to: from, taken: false });
            }
            pieces.push(Piece { from, at: to, to, taken: false });
            at = to;
        }
        if at < size {
            pieces.push(Piece { from: at, at, to: size, taken: false });
        }
        Self { pieces: Mutex::new(pieces), size, only_from_start: AtomicBool::new(false) }
    }

    /// A piece to be fetched, and where it begins: one that nobody fetches, or the second half of the one with the most
    /// left.
    fn take(&self) -> Option<(usize, u64)> {
        let mut pieces = self.lock();
        let waiting = pieces.iter().enumerate().filter(|(_, piece)| !piece.taken && piece.at < piece.to);
        let mut index = waiting.max_by_key(|(_, piece)| piece.to - piece.at).map(|(index, _)| index);
        if index.is_none() {
            let longest = pieces.iter_mut().max_by_key(|piece| piece.to - piece.at)?;
            let left = longest.to - longest.at;
            if left >= 2 * SMALLEST {
                let (half, to) = (longest.at + left / 2, longest.to);
                longest.to = half;
                index = Some(pieces.len());
                pieces.push(Piece { from: half, at: half, to, taken: false });
            }
        }
        let piece = pieces.get_mut(index?)?;
        piece.taken = true;
        Some((index?, piece.at))
    }

    /// How many of the octets that came belong to the piece.
    fn wanted(&self, index: usize, octets: usize) -> usize {
        let left = self.lock().get(index).map_or(0, |piece| piece.to.saturating_sub(piece.at));
        usize::try_from(left).unwrap_or(usize::MAX).min(octets)
    }

    /// So many octets of the piece are in the part.
    fn came(&self, index: usize, octets: usize) -> Left {
        let mut pieces = self.lock();
        let Some(piece) = pieces.get_mut(index) else { return Left::Others };
        // Half of it may have been given away meanwhile.
        piece.at = piece.at.saturating_add(octets as u64).min(piece.to);
        match () {
            () if piece.at < piece.to => Left::More,
            () if piece.to == self.size && octets > 0 => Left::End,
            () => Left::Others,
        }
    }

    /// The server has sent all that there is.
    ///
    /// # Errors
    /// It was not all of the piece.
    fn ended(&self, index: usize) -> Result<(), (u64, u64)> {
        match self.lock().get(index) {
            Some(piece) if piece.at < piece.to => Err((piece.at, piece.to)),
            _ => Ok(()),
        }
    }

    /// Somebody else may fetch the rest of the piece.
    fn let_go(&self, index: usize) {
        if let Some(piece) = self.lock().get_mut(index) {
            piece.taken = false;
        }
    }

    fn octets(&self) -> u64 {
        self.lock().iter().map(|piece| piece.at - piece.from).sum()
    }

    /// Which octets are there, in order.
    fn have(&self) -> Vec<(u64, u64)> {
        let pieces = self.lock();
        let mut have: Vec<_> = pieces.iter().map(|piece| (piece.from, piece.at)).collect();
        drop(pieces);
        have.retain(|(from, to)| from < to);
        have.sort_unstable();
        have.dedup_by(|next, before| {
            let joined = before.1 == next.0;
            if joined {
                before.1 = next.1;
            }
            joined
        });
        have
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Piece>> {
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_shared_out_and_cover_the_file_once() {
        const MIB: u64 = 1 << 20;
        let pieces = Pieces::new(&[(10 * MIB, 20 * MIB)], 100 * MIB);
        assert_eq!((pieces.octets(), pieces.have()), (10 * MIB, vec![(10 * MIB, 20 * MIB)]));
        // The longest that waits, the other, then halves of what is being fetched.
        assert_eq!(pieces.take().unwrap().1, 20 * MIB);
        assert_eq!(pieces.take().unwrap().1, 0);
        assert_eq!(pieces.take().unwrap().1, 60 * MIB);
        let (fourth, at) = pieces.take().unwrap();
        assert!(at == 40 * MIB || at == 80 * MIB, "{at}");
        // What was given away is not wanted any more.
        let all: Vec<Piece> = pieces.lock().clone();
        for (index, piece) in all.iter().enumerate() {
            let wanted = pieces.wanted(index, usize::MAX);
            assert_eq!(wanted as u64, piece.to - piece.at);
            if wanted > 0 {
                assert_eq!(pieces.came(index, wanted - 1), Left::More);
                let left = if piece.to == 100 * MIB { Left::End } else { Left::Others };
                assert_eq!(pieces.came(index, 1), left);
            }
            assert!(pieces.ended(index).is_ok());
        }
        assert!(fourth < all.len());
        assert_eq!(pieces.have(), [(0, 100 * MIB)]);
        assert_eq!((pieces.octets(), pieces.take()), (100 * MIB, None));
    }

    #[test]
    fn a_piece_that_ends_early_is_known() {
        let pieces = Pieces::new(&[], 100);
        let (index, at) = pieces.take().unwrap();
        assert_eq!(at, 0);
        assert_eq!(pieces.take(), None, "it is too short to be shared");
        assert_eq!(pieces.came(index, 60), Left::More);
        assert_eq!(pieces.ended(index), Err((60, 100)));
        pieces.let_go(index);
        assert_eq!(pieces.take(), Some((index, 60)));
    }
}
