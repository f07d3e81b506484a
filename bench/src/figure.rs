//! What was measured, as it is kept in `target/bench`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::workload;

/// One workload's values, for each server that took part.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Figure {
    /// Its name on the command line, and its file's.
    pub(crate) name: String,
    /// What was done, with its sizes.
    pub(crate) title: String,
    pub(crate) unit: String,
    pub(crate) better: Better,
    /// What processor time is told in, if it is told.
    pub(crate) cpu_unit: Option<String>,
    /// The day, and the machine.
    pub(crate) measured: String,
    pub(crate) rounds: usize,
    pub(crate) rows: Vec<Row>,
}

/// Which values win.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) enum Better {
    More,
    Less,
}

/// One server's values.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Row {
    pub(crate) server: String,
    /// One for each counted round.
    pub(crate) values: Vec<f64>,
    /// Processor time of the server over all counted rounds, for one unit of work.
    pub(crate) cpu: Option<f64>,
    /// The most memory it was seen to have, in octets.
    pub(crate) peak_memory: Option<u64>,
    /// What a reader has to know: why there are no values, or that it did less.
    pub(crate) remark: Option<String>,
}

impl Row {
    pub(crate) fn median(&self) -> Option<f64> {
        median(&self.values)
    }
}

/// The middle of the values; `None` of none.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() % 2 {
        0 => Some(f64::midpoint(*values.get(middle.checked_sub(1)?)?, *values.get(middle)?)),
        _ => values.get(middle).copied(),
    }
}

impl Figure {
    /// The best median of the competitors.
    pub(crate) fn best(&self) -> Option<f64> {
        self.competitors().filter_map(Row::median).reduce(|a, b| match self.better {
            Better::More => a.max(b),
            Better::Less => a.min(b),
        })
    }

    /// All rows but the one that shows what client and kernel allow.
    pub(crate) fn competitors(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.server != crate::contender::LIMIT)
    }

    /// How good a value is beside another: more than 1 is better.
    pub(crate) fn ratio(&self, value: f64, to: f64) -> f64 {
        match self.better {
            Better::More => value / to,
            Better::Less => to / value,
        }
    }

    /// Writes it below `directory`, in place of an earlier one of the same name.
    pub(crate) fn save(&self, directory: &Path) -> io::Result<()> {
        fs::create_dir_all(directory)?;
        fs::write(self.path(directory), serde_json::to_vec_pretty(self)?)
    }

    /// All that were kept, in the order of the workloads.
    pub(crate) fn load_all(directory: &Path) -> io::Result<Vec<Self>> {
        let mut figures = Vec::new();
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                figures.push(serde_json::from_slice::<Self>(&fs::read(path)?)?);
            }
        }
        let names = workload::names();
        // A second figure of a workload has its name before a dash, and comes behind it.
        let place = |figure: &Self| names.iter().position(|name| figure.name == *name);
        let parent = |figure: &Self| names.iter().position(|name| figure.name.starts_with(name));
        figures.sort_by_key(|figure| (place(figure).or(parent(figure)), figure.name.clone()));
        Ok(figures)
    }

    fn path(&self, directory: &Path) -> PathBuf {
        directory.join(&self.name).with_extension("json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(server: &str, values: &[f64]) -> Row {
        Row { server: server.to_owned(), values: values.to_vec(), ..Row::default() }
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(row("a", &[]).median(), None);
        assert_eq!(row("a", &[3.0, 1.0, 9.0]).median(), Some(3.0));
        assert_eq!(row("a", &[4.0, 1.0, 2.0, 9.0]).median(), Some(3.0));
    }

    #[test]
    fn the_best_is_a_competitor() {
        let mut figure = Figure {
            name: "name".to_owned(),
            title: String::new(),
            unit: String::new(),
            better: Better::More,
            cpu_unit: None,
            measured: String::new(),
            rounds: 1,
            rows: vec![row("limit", &[100.0]), row("a", &[20.0]), row("b", &[10.0]), row("c", &[])],
        };
        assert_eq!(figure.best(), Some(20.0));
        assert_eq!(figure.ratio(10.0, 20.0), 0.5);
        figure.better = Better::Less;
        assert_eq!(figure.best(), Some(10.0));
        assert_eq!(figure.ratio(10.0, 20.0), 2.0);
    }
}
