//! `wharf config`.

use std::path::PathBuf;

use serde::Serialize;

use super::{OwnVerb, man::Page};
use crate::{
    config::{Loaded, example},
    exit::Failure,
    output::{self, Output, Record},
};

/// Look at the configuration of a server.
///
/// `wharf serve --config FILE` reads one TOML file.
#[derive(Debug, clap::Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Say what is wrong with a file, as `wharf serve` would find it: with the line, and what was probably meant
    Check {
        /// The file
        file: PathBuf,
        /// A value over that of the file, such as limits.sessions=100; may be repeated
        #[arg(long, value_name = "KEY=VALUE")]
        set: Vec<String>,
    },
    /// Print a configuration with all that can be said, and a word on each
    Example,
}

/// A file is right.
#[derive(Serialize)]
struct Checked {
    file: PathBuf,
    /// What is not there now, and may be when a server starts.
    doubts: Vec<String>,
}

impl Record for Checked {
    const NAME: &'static str = "config";
}

impl OwnVerb for Config {
    const EXAMPLES: &'static str = "\
wharf config example > wharf.toml
wharf config check wharf.toml";

    fn run(self, output: Output) -> Result<(), Failure> {
        match self.action {
            Action::Check { file, set } => {
                let loaded = Loaded::read(&file, &set)?;
                let unmade =
                    loaded.unmade().into_iter().map(|unmade| format!("{unmade}: no server starts without"));
                let (bad, soon) = loaded.ageing();
                let ageing = bad.iter().map(|bad| format!("problem: {bad}"));
                let ageing = ageing.chain(soon.iter().map(|soon| format!("note: {soon}")));
                let doubts: Vec<_> = unmade.chain(ageing).chain(loaded.doubts_in_time()).collect();
                doubts.iter().for_each(output::warning);
                let else_ = if doubts.is_empty() { "" } else { "else " };
                output.put(&Checked { file, doubts }, |checked| {
                    format!("{}: nothing {else_}is wrong\n", output::shown(&checked.file)).into_bytes()
                })
            }
            Action::Example => {
                let page = Page { name: "wharf.toml".to_owned(), text: example::text() };
                output.put(&page, |page| page.text.clone().into_bytes())
            }
        }
    }
}
