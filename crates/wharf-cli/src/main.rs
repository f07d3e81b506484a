//! The `wharf` command.

mod beside;
mod bind;
mod bookmarks;
mod config;
mod configuration;
mod confine;
mod connection;
mod control;
mod descriptors;
mod entry;
mod exit;
mod hints;
mod log;
mod moving;
mod netrc;
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
mod verb;
mod walk;

use std::{ffi::OsStr, process::ExitCode};

use clap::{Parser, error::ErrorKind};

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
    let arguments = Arguments::try_parse().unwrap_or_else(|error| wrong(&error));
    let output = Output::new(arguments.json);
    match arguments.verb.run(output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            failure.exit.into()
        }
    }
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
