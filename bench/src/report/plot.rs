use std::fmt::Write;

use super::{
    overview::{OURS, row, servers},
    table::number,
};
use crate::{
    contender::LIMIT,
    figure::{Better, Figure, Row},
};

const COLUMNS: usize = 3;
const PANEL_WIDTH: f64 = 330.0;
const MARGIN: f64 = 16.0;
/// Where the bars begin, behind the names.
const BARS: f64 = 62.0;
const BAR_WIDTH: f64 = 165.0;
const LINE: f64 = 15.0;
const TITLE_LINES: usize = 3;
/// Between a panel and the one below it.
const GAP: f64 = 12.0;
/// What stands above all panels.
const HEAD: f64 = 24.0;
/// Letters in a line of a title.
const TITLE_WIDTH: usize = 46;

/// A panel for each figure, a bar for each server.
pub(super) fn svg(figures: &[Figure]) -> String {
    let servers = servers(figures);
    let panel_height = LINE * (TITLE_LINES + 1 + servers.len()) as f64 + GAP;
    let width = PANEL_WIDTH * COLUMNS as f64 + 2.0 * MARGIN;
    let height = panel_height * figures.len().div_ceil(COLUMNS) as f64 + 2.0 * MARGIN + HEAD;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"Helvetica, Arial, sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    let rounds = figures.iter().map(|figure| figure.rounds).max().unwrap_or_default();
    let _ = writeln!(
        svg,
        "<text x=\"{MARGIN}\" y=\"{}\" font-size=\"13\" fill=\"#333\">FTP servers side by side: medians of up to {rounds} rounds in \
         turn. Dashed: a bare server, which is what the client and the kernel allow.</text>",
        MARGIN + 10.0
    );
    for (number, figure) in figures.iter().enumerate() {
        let x = MARGIN + PANEL_WIDTH * (number % COLUMNS) as f64;
        let y = MARGIN + HEAD + panel_height * (number / COLUMNS) as f64;
        let _ = writeln!(svg, "<g transform=\"translate({x} {y})\">");
        panel(&mut svg, figure, &servers);
        svg.push_str("</g>\n");
    }
    svg.push_str("</svg>\n");
    svg
}

fn panel(svg: &mut String, figure: &Figure, servers: &[&str]) {
    let lines = wrapped(&figure.title);
    for (number, line) in lines.iter().enumerate() {
        // A short one stands near its bars.
        let y = LINE * (TITLE_LINES - lines.len() + number + 1) as f64 - 3.0;
        let _ = writeln!(svg, "<text y=\"{y}\" font-weight=\"bold\" fill=\"#111\">{}</text>", escaped(line));
    }
    let better = if figure.better == Better::Less { ", less is better" } else { "" };
    let unit = LINE * (TITLE_LINES + 1) as f64 - 4.0;
    let _ = writeln!(svg, "<text y=\"{unit}\" fill=\"#666\">{}{better}</text>", escaped(&figure.unit));
    // The limit may be far beyond all others; its bar is cut off then.
    let most = figure.competitors().filter_map(Row::median).fold(0.0, f64::max);
    for (number, server) in servers.iter().enumerate() {
        let y = LINE * (TITLE_LINES + 1 + number) as f64;
        bar(svg, y, server, row(figure, server), most);
    }
}

fn bar(svg: &mut String, y: f64, server: &str, row: Option<&Row>, most: f64) {
    let text = y + 10.5;
    let ours = server == OURS;
    let weight = if ours { " font-weight=\"bold\"" } else { "" };
    let name = BARS - 5.0;
    let _ = writeln!(
        svg,
        "<text x=\"{name}\" y=\"{text}\" text-anchor=\"end\" fill=\"#333\"{weight}>{}</text>",
        escaped(server)
    );
    let Some(median) = row.and_then(Row::median) else {
        let what = if row.is_some() { "fails" } else { "not measured" };
        let _ = writeln!(svg, "<text x=\"{BARS}\" y=\"{text}\" fill=\"#999\">{what}</text>");
        return;
    };
    let beyond = median > most * 1.15;
    let width = if beyond { BAR_WIDTH * 1.15 } else { (BAR_WIDTH * median / most).max(1.0) };
    let paint = match server {
        OURS => "fill=\"#1d4ed8\"",
        LIMIT => "fill=\"none\" stroke=\"#9ca3af\" stroke-dasharray=\"3 2\"",
        _ => "fill=\"#9db2c9\"",
    };
    let _ =
        writeln!(svg, "<rect x=\"{BARS}\" y=\"{}\" width=\"{width:.1}\" height=\"11\" {paint}/>", y + 1.5);
    let arrow = if beyond { "\u{2192} " } else { "" };
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{text}\" fill=\"#333\"{weight}>{arrow}{}</text>",
        BARS + width + 4.0,
        number(median)
    );
}

/// The text in at most so many lines; what is too long for them goes on in the last.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let full =
            lines.last().is_some_and(|line| !line.is_empty() && line.len() + word.len() >= TITLE_WIDTH);
        if full && lines.len() < TITLE_LINES {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_has_three_lines_at_most() {
        assert_eq!(wrapped("one line"), ["one line"]);
        let lines = wrapped(&"word ".repeat(50));
        assert_eq!(lines.len(), TITLE_LINES);
        assert!(lines[0].len() <= TITLE_WIDTH, "{lines:?}");
    }

    #[test]
    fn bars_are_beside_the_best_competitor() {
        let row = |server: &str, value: f64| Row {
            server: server.to_owned(),
            values: vec![value],
            ..Row::default()
        };
        let figure = Figure {
            name: "a".to_owned(),
            title: "<a> & b".to_owned(),
            unit: "MB/s".to_owned(),
            better: Better::More,
            cpu_unit: None,
            measured: String::new(),
            rounds: 1,
            rows: vec![row("wharf", 50.0), row("other", 100.0), row("limit", 1000.0)],
        };
        let svg = svg(&[figure]);
        let widths: Vec<_> =
            svg.split("height=\"11\"").filter_map(|part| part.rsplit_once("width=\"")).collect();
        let widths: Vec<_> =
            widths.iter().take(3).map(|(_, width)| width.trim_end_matches(['"', ' '])).collect();
        assert_eq!(widths, ["82.5", "165.0", "189.7"], "the limit is cut off");
        assert!(svg.contains("&lt;a&gt; &amp; b"), "{svg}");
    }
}
