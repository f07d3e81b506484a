//! The section of docs/benchmarks.md about clients.

use std::{fmt::Write, fs, io, path::Path};

use super::{replace_section, table::number};
use crate::{
    contender::Contender,
    figure::median,
    wan::{Cell, Client, Record, SERVERS, Work},
};

const BEGIN: &str = "<!-- clients: written by bench/wan report -->\n";
const END: &str = "<!-- end of clients -->\n";

/// Puts the records of the directory `results` into `benchmarks.md` of the directory `docs`.
pub(crate) fn write(results: &Path, docs: &Path) -> io::Result<()> {
    let records = Record::load_all(results)?;
    let path = docs.join("benchmarks.md");
    let text = replace_section(&fs::read_to_string(&path)?, BEGIN, END, &section(&records));
    fs::write(&path, text.ok_or_else(|| io::Error::other(format!("{}: no {BEGIN}", path.display())))?)
}

fn section(records: &[Record]) -> String {
    let mut measured: Vec<_> = records.iter().map(|record| record.measured.as_str()).collect();
    measured.dedup();
    let tables: Vec<_> = records.iter().map(table).collect();
    format!("{}.\n\n{}", measured.join("; "), tables.join("\n"))
}

/// One record as a Markdown table: clients in rows, servers in columns.
pub(crate) fn table(record: &Record) -> String {
    let Some(work) = record.work() else { return String::new() };
    let unit = match (record.round_trip, work.things()) {
        (Some(round_trip), Some((thing, _))) => {
            format!(
                "round trips of {round_trip} ms for each {thing} (seconds for all, with connecting and login)"
            )
        }
        _ => "MB/s (client CPU, s/GiB)".to_owned(),
    };
    let mut text = format!("{}; {unit}; {} rounds; `{}`\n\n", work.title(), record.rounds, work.name());
    let _ =
        writeln!(text, "| client | {} |", SERVERS.map(|server| format!("on {}", server.name())).join(" | "));
    let _ = writeln!(text, "|---|{}", "---:|".repeat(SERVERS.len()));
    for client in Client::ALL {
        let cells = SERVERS.map(|server| record.cell(client.name(), server.name()));
        if cells.iter().any(Option::is_some) {
            let cells = cells.map(|cell| cell.map(|cell| shown(record, work, cell)).unwrap_or_default());
            let _ = writeln!(text, "| {} | {} |", client.title(), cells.join(" | "));
        }
    }
    text
}

fn shown(record: &Record, work: Work, cell: &Cell) -> String {
    let Some(wall) = median(&cell.wall) else {
        return cell.failure.as_deref().map(|failure| format!("fails: {failure}")).unwrap_or_default();
    };
    match record.round_trips(cell) {
        Some(round_trips) => format!("{} ({})", number(round_trips), number(wall)),
        None => {
            let octets = work.octets() as f64;
            let cpu = cell.cpu.iter().sum::<f64>() / cell.cpu.len() as f64 * f64::from(1 << 30) / octets;
            format!("{} ({})", number(octets / 1e6 / wall), number(cpu))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_are_what_is_left_of_the_time() {
        let cell = Cell {
            client: "lftp".to_owned(),
            server: "vsftpd".to_owned(),
            wall: vec![31.0, 30.5, 33.0],
            apart: vec![1.0],
            cpu: vec![0.1],
            failure: None,
        };
        let broken = Cell {
            client: "curl".to_owned(),
            wall: Vec::new(),
            failure: Some("exit status: 9".to_owned()),
            ..cell.clone()
        };
        let record = Record {
            work: "get".to_owned(),
            round_trip: Some(50.0),
            measured: String::new(),
            rounds: 3,
            cells: vec![cell, broken],
        };
        let text = table(&record);
        assert!(text.contains("| lftp mirror | 3.00 (31.0) |  |  |"), "{text}");
        assert!(text.contains("| curl, told all names | fails: exit status: 9 |  |  |"), "{text}");
    }
}
