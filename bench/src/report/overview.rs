use std::fmt::Write;

use super::table::number;
use crate::{
    contender::LIMIT,
    figure::{Better, Figure, Row},
};

/// Who is told apart from the others.
pub(super) const OURS: &str = "wharf";

/// Medians of all figures with processor time, then memory, then what has to be said.
pub(super) fn overview(figures: &[Figure]) -> String {
    let servers = servers(figures);
    let mut text = "Medians, with the server's processor time for one unit of work in parentheses. The last column is wharf \
                    beside the best of the others: more than 1 is better. **Bold** is the best.\n\n"
        .to_owned();
    heading(&mut text, "workload | unit (CPU)", &servers, " wharf |");
    for figure in figures {
        let cpu = figure.cpu_unit.as_deref().map(|unit| format!(" ({unit})")).unwrap_or_default();
        let _ = write!(text, "| {} | {}{cpu} |", figure.title, figure.unit);
        for server in &servers {
            let _ =
                write!(text, " {} |", row(figure, server).map(|row| cell(figure, row)).unwrap_or_default());
        }
        let _ = writeln!(text, " {} |", beside_the_others(figure).map(number).unwrap_or_default());
    }
    text.push_str("\nThe most memory of each server, with all its processes, in MiB (PSS):\n\n");
    heading(&mut text, "workload", &servers, "");
    for figure in figures.iter().filter(|figure| figure.rows.iter().any(|row| row.peak_memory.is_some())) {
        let _ = write!(text, "| {} |", figure.title);
        for server in &servers {
            let peak = row(figure, server).and_then(|row| row.peak_memory);
            let peak = peak.map(|octets| number(octets as f64 / f64::from(1 << 20)));
            let _ = write!(text, " {} |", peak.unwrap_or_default());
        }
        text.push('\n');
    }
    text
}

/// Those that took part in any figure, in the order of the figures.
pub(super) fn servers(figures: &[Figure]) -> Vec<&str> {
    let mut servers: Vec<&str> = Vec::new();
    for row in figures.iter().flat_map(|figure| &figure.rows) {
        if !servers.contains(&row.server.as_str()) {
            servers.push(&row.server);
        }
    }
    // What sets the limit comes last, whoever was measured first.
    servers.sort_by_key(|&server| server == LIMIT);
    servers
}

pub(super) fn row<'a>(figure: &'a Figure, server: &str) -> Option<&'a Row> {
    figure.rows.iter().find(|row| row.server == server)
}

fn heading(text: &mut String, first: &str, servers: &[&str], last: &str) {
    let _ = writeln!(text, "| {first} | {} |{last}", servers.join(" | "));
    let columns = first.matches('|').count() + 1;
    let numbers = servers.len() + last.matches('|').count();
    let _ = writeln!(text, "|{}{}", "---|".repeat(columns), "---:|".repeat(numbers));
}

fn cell(figure: &Figure, row: &Row) -> String {
    let Some(median) = row.median() else { return "fails".to_owned() };
    let value = number(median);
    let value =
        if row.server != LIMIT && figure.best() == Some(median) { format!("**{value}**") } else { value };
    match row.cpu {
        Some(cpu) => format!("{value} ({})", number(cpu)),
        None => value,
    }
}

/// How good ours is beside the best of the others.
fn beside_the_others(figure: &Figure) -> Option<f64> {
    let ours = row(figure, OURS)?.median()?;
    let others = figure.competitors().filter(|row| row.server != OURS).filter_map(Row::median);
    let best = others.reduce(|a, b| match figure.better {
        Better::More => a.max(b),
        Better::Less => a.min(b),
    })?;
    Some(figure.ratio(ours, best))
}
