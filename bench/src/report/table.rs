use std::fmt::Write;

use crate::figure::{Figure, Row};

/// One figure as a Markdown table.
pub(crate) fn table(figure: &Figure) -> String {
    let mut text = format!("{}, {} rounds; `{}`\n\n", figure.title, figure.rounds, figure.name);
    let cpu_unit = figure.cpu_unit.as_deref();
    let cpu_title = cpu_unit.map(|unit| format!(" server CPU {unit} |")).unwrap_or_default();
    let cpu_rule = if cpu_unit.is_some() { "---:|" } else { "" };
    let _ =
        writeln!(text, "| server | {} | ratio | least to most |{cpu_title} peak MiB | remark |", figure.unit);
    let _ = writeln!(text, "|---|---:|---:|---:|{cpu_rule}---:|---|");
    for row in &figure.rows {
        let cpu = cpu_unit.map(|_| format!(" {} |", row.cpu.map(number).unwrap_or_default()));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |{} {} | {} |",
            row.server,
            row.median().map(number).unwrap_or_default(),
            ratio(figure, row),
            range(row),
            cpu.unwrap_or_default(),
            row.peak_memory.map(|octets| number(octets as f64 / f64::from(1 << 20))).unwrap_or_default(),
            row.remark.as_deref().unwrap_or_default(),
        );
    }
    text
}

/// Beside the best of the competitors.
fn ratio(figure: &Figure, row: &Row) -> String {
    let ratio = row.median().zip(figure.best()).map(|(median, best)| figure.ratio(median, best));
    ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default()
}

fn range(row: &Row) -> String {
    let least = row.values.iter().copied().reduce(f64::min);
    let most = row.values.iter().copied().reduce(f64::max);
    least.zip(most).map(|(least, most)| format!("{} - {}", number(least), number(most))).unwrap_or_default()
}

/// Three digits, or more before the point.
pub(super) fn number(value: f64) -> String {
    match value.abs() {
        large if large >= 1000.0 => grouped(&format!("{value:.0}")),
        large if large >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// Digits in groups of three.
pub(crate) fn grouped(digits: &str) -> String {
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_have_three_digits_or_more() {
        assert_eq!(
            [0.1666, 9.5, 27.25, 304.4, 4040.0, 1_234_567.8].map(number),
            ["0.17", "9.50", "27.2", "304", "4,040", "1,234,568"]
        );
    }
}
