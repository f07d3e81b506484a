//! `wharf completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{OwnVerb, man::Page};
use crate::{Arguments, exit::Failure, output::Output};

/// Print the script that lets a shell complete the arguments of wharf.
#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl OwnVerb for Completions {
    const EXAMPLES: &'static str = "\
wharf completions bash > ~/.local/share/bash-completion/completions/wharf
wharf completions fish > ~/.config/fish/completions/wharf.fish";

    fn run(self, output: Output) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "wharf", &mut script);
        let page = Page { name: self.shell.to_string(), text: String::from_utf8_lossy(&script).into_owned() };
        output.put(&page, |page| page.text.clone().into_bytes())
    }
}
