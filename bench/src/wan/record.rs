//! What was measured, as it is kept in `target/bench/wan`.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

use super::work::Work;
use crate::figure::median;

/// One kind of work, for each client and server.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Record {
    /// The work's name.
    pub(crate) work: String,
    /// The link's round trip in milliseconds, where there is a link.
    pub(crate) round_trip: Option<f64>,
    /// The day, and the machine.
    pub(crate) measured: String,
    pub(crate) rounds: usize,
    pub(crate) cells: Vec<Cell>,
}

/// One client on one server.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Cell {
    pub(crate) client: String,
    pub(crate) server: String,
    /// Seconds, for each round.
    pub(crate) wall: Vec<f64>,
    /// Seconds that the same client took for connecting, login, and a tree of nothing.
    pub(crate) apart: Vec<f64>,
    /// The client's processor seconds.
    pub(crate) cpu: Vec<f64>,
    /// Why there is nothing, if it failed.
    pub(crate) failure: Option<String>,
}

impl Record {
    pub(crate) fn work(&self) -> Option<Work> {
        Work::named(&self.work)
    }

    pub(crate) fn cell(&self, client: &str, server: &str) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.client == client && cell.server == server)
    }

    /// How many round trips one of the things took.
    pub(crate) fn round_trips(&self, cell: &Cell) -> Option<f64> {
        let (_, things) = self.work()?.things()?;
        let (wall, apart) = (median(&cell.wall)?, median(&cell.apart)?);
        Some((wall - apart) * 1000.0 / self.round_trip? / things as f64)
    }

    /// Writes it below `directory`. Cells of an earlier one that this has not measured are kept.
    pub(crate) fn save(mut self, directory: &Path) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        let path = directory.join(&self.work).with_extension("json");
        let earlier = fs::read(&path).ok().and_then(|octets| serde_json::from_slice::<Self>(&octets).ok());
        if let Some(earlier) = earlier.filter(|earlier| earlier.round_trip == self.round_trip) {
            let others =
                earlier.cells.into_iter().filter(|cell| self.cell(&cell.client, &cell.server).is_none());
            let others: Vec<_> = others.collect();
            self.cells.extend(others);
        }
        fs::write(path, serde_json::to_vec_pretty(&self)?)?;
        Ok(self)
    }

    /// All that were kept.
    pub(crate) fn load_all(directory: &Path) -> io::Result<Vec<Self>> {
        let mut records = Vec::new();
        for work in Work::ALL {
            match fs::read(directory.join(work.name()).with_extension("json")) {
                Ok(octets) => records.push(serde_json::from_slice(&octets)?),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(records)
    }
}
