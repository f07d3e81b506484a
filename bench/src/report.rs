//! Figures as people read them: tables, a plot, and the section of docs/benchmarks.md that holds them.

mod overview;
mod plot;
mod table;
pub(crate) mod wan;

use std::{fs, io, path::Path};

pub(crate) use self::table::{grouped, table};
use crate::figure::Figure;

const BEGIN: &str = "<!-- figures: written by bench/run report -->\n";
const END: &str = "<!-- end of figures -->\n";

/// Puts the figures of the directory `results` into `benchmarks.md` and `benchmarks.svg` of the directory `docs`.
pub(crate) fn write(results: &Path, docs: &Path) -> io::Result<()> {
    let figures = Figure::load_all(results)?;
    let path = docs.join("benchmarks.md");
    let text = replace_section(&fs::read_to_string(&path)?, BEGIN, END, &section(&figures));
    fs::write(&path, text.ok_or_else(|| io::Error::other(format!("{}: no {BEGIN}", path.display())))?)?;
    fs::write(docs.join("benchmarks.svg"), plot::svg(&figures))
}

fn section(figures: &[Figure]) -> String {
    let mut measured: Vec<_> = figures.iter().map(|figure| figure.measured.as_str()).collect();
    measured.dedup();
    let details: Vec<_> = figures.iter().map(table).collect();
    format!(
        "{}.\n\n![Bars for each workload and server](benchmarks.svg)\n\n{}\n<details>\n<summary>Each workload</summary>\n\n\
         {}\n</details>\n",
        measured.join("; "),
        overview::overview(figures),
        details.join("\n"),
    )
}

/// Puts `section` between two lines; `None` if they are not there.
fn replace_section(text: &str, begin: &str, end: &str, section: &str) -> Option<String> {
    let (before, rest) = text.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}\n{section}\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::{BEGIN, END, replace_section};

    #[test]
    fn only_the_section_is_replaced() {
        let text = format!("before\n{BEGIN}old\n{END}after\n");
        let once = replace_section(&text, BEGIN, END, "new\n").expect("there is one");
        assert_eq!(once, format!("before\n{BEGIN}\nnew\n\n{END}after\n"));
        assert_eq!(replace_section(&once, BEGIN, END, "new\n"), Some(once));
        assert_eq!(replace_section("nothing", BEGIN, END, "new"), None);
    }
}
