//! The `wharf` command.

mod begun;
mod beside;
mod bind;
mod bookmarks;
mod config;
mod configuration;
mod confine;
mod connection;
mod control;
mod control_socket;
mod descriptors;
mod entry;
mod exit;
mod hints;
mod https;
mod keyring;
mod log;
mod moving;
mod netrc;
mod new_password;
mod numbers;
mod output;
mod password;
mod password_file;
mod progress;
mod proxy;
mod runtime;
mod session;
mod signature;
mod site;
#[cfg(unix)]
mod terminal;
#[cfg(not(unix))]
#[path = "terminal_elsewhere.rs"]
mod terminal;
mod tls;
mod url;
mod validity;
mod verb;
mod walk;

use std::{ffi::OsStr, process::ExitCode};

use clap::{
    CommandFactory, Parser,
    error::{ContextKind, ContextValue, ErrorKind},
};

use self::{
    exit::{Exit, Failure},
    output::Output,
    verb::Verb,
};

/// FTP for the shell: serve a folder, and move files to and from servers.
#[derive(Debug, Parser)]
#[command(name = "wharf", version, arg_required_else_help = true, after_help = exit::HELP, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,

    /// Print results as JSON Lines: an object on each line, with its version and the kind of record
    #[arg(long, global = true)]
    json: bool,
}

fn main() -> ExitCode {
    // It is the first and only one: nothing has run before.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let arguments = Arguments::try_parse().unwrap_or_else(|error| wrong(&with_tip(error)));
    let output = Output::new(arguments.json);
    match arguments.verb.run(output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            failure.exit.into()
        }
    }
}

/// With a word on an option that is written as those of find(1) are: `-name` is `--name`.
fn with_tip(mut error: clap::Error) -> clap::Error {
    let command = Arguments::command();
    let words: Vec<_> =
        std::env::args_os().skip(1).filter_map(|argument| argument.into_string().ok()).collect();
    let Some(verb) = words.iter().find_map(|word| command.find_subcommand(word)) else { return error };
    let is_long =
        |name: &&str| name.len() > 1 && verb.get_arguments().any(|known| known.get_long() == Some(name));
    let meant = words.iter().find_map(|word| word.strip_prefix('-').filter(is_long));
    if let (ErrorKind::UnknownArgument, Some(name)) = (error.kind(), meant) {
        let tip = format!("an option of more than a letter has two hyphens: '--{name}'");
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

/// Ends the program: with help or the version where that was asked for, else with [`Exit::Usage`], for programs too.
fn wrong(error: &clap::Error) -> ! {
    let json = std::env::args_os().any(|argument| argument == OsStr::new("--json"));
    if json && !matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        Output::new(true).failure(&Failure::wrong(error));
        std::process::exit(Exit::Usage as i32);
    }
    error.exit()
}
