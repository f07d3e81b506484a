//! `wharf man`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Command, CommandFactory};
use clap_mangen::Man as Manual;
use serde::Serialize;

use super::OwnVerb;
use crate::{
    Arguments,
    exit::Failure,
    output::{Output, Record},
};

/// Print the manual page of wharf or of one of its commands, for man(1).
#[derive(Debug, clap::Args)]
pub(crate) struct Man {
    /// The command; none is wharf itself
    #[arg(conflicts_with = "into")]
    command: Option<String>,

    /// Write all pages into this directory
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

/// A text that is made from the arguments that the program knows.
#[derive(Serialize)]
pub(super) struct Page {
    pub(super) name: String,
    pub(super) text: String,
}

impl Record for Page {
    const NAME: &'static str = "page";
}

impl OwnVerb for Man {
    const EXAMPLES: &'static str = "\
wharf man get | man -l -
wharf man --into ~/.local/share/man/man1";

    fn run(self, output: Output) -> Result<(), Failure> {
        if let Some(directory) = &self.into {
            return pages()?.iter().try_for_each(|page| {
                fs::create_dir_all(directory).map_err(|error| fails(directory, &error))?;
                let path = directory.join(&page.name);
                fs::write(&path, &page.text).map_err(|error| fails(&path, &error))
            });
        }
        let name = match &self.command {
            Some(command) => format!("wharf-{command}.1"),
            None => "wharf.1".to_owned(),
        };
        match pages()?.into_iter().find(|page| page.name == name) {
            Some(page) => output.put(&page, |page| page.text.clone().into_bytes()),
            None => Err(Failure::usage("there is no such command; `wharf help` shows all")),
        }
    }
}

/// A page for the program and for each of its commands, and theirs.
fn pages() -> Result<Vec<Page>, Failure> {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    add(&command, "wharf", &mut pages)?;
    Ok(pages)
}

fn add(command: &Command, name: &str, pages: &mut Vec<Page>) -> Result<(), Failure> {
    let mut text = Vec::new();
    let manual =
        Manual::new(command.clone()).title(name).source(concat!("wharf ", env!("CARGO_PKG_VERSION")));
    manual.render(&mut text).map_err(|error| Failure::local("the manual", &error))?;
    pages.push(Page { name: format!("{name}.1"), text: String::from_utf8_lossy(&text).into_owned() });
    command.get_subcommands().try_for_each(|below| add(below, &format!("{name}-{}", below.get_name()), pages))
}

fn fails(path: &Path, reason: &dyn std::fmt::Display) -> Failure {
    Failure::about(path, reason)
}
