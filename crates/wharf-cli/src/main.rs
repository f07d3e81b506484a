//! The `wharf` command.

mod connection;
mod exit;
mod get;
mod log;
mod ls;
mod mkdir;
mod mv;
mod netrc;
mod numbers;
mod output;
mod password;
mod password_file;
mod probe;
mod progress;
mod put;
mod rm;
mod runtime;
mod serve;
#[cfg(unix)]
mod terminal;
#[cfg(not(unix))]
#[path = "terminal_elsewhere.rs"]
mod terminal;
mod tls;
mod url;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// FTP for the shell: serve a folder, and move files to and from servers.
#[derive(Debug, Parser)]
#[command(name = "wharf", version, arg_required_else_help = true, after_help = exit::HELP, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Arguments),
    Get(get::Arguments),
    Put(put::Arguments),
    Ls(ls::Arguments),
    Probe(probe::Arguments),
    Rm(rm::Arguments),
    Mkdir(mkdir::Arguments),
    Mv(mv::Arguments),
}

fn main() -> ExitCode {
    // It is the first and only one: nothing has run before.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    // Wrong arguments end the program here, with exit code 2.
    let done = match Arguments::parse().command {
        Command::Serve(arguments) => serve::run(arguments),
        Command::Get(arguments) => get::run(&arguments),
        Command::Put(arguments) => put::run(&arguments),
        Command::Ls(arguments) => ls::run(&arguments),
        Command::Probe(arguments) => probe::run(&arguments),
        Command::Rm(arguments) => rm::run(&arguments),
        Command::Mkdir(arguments) => mkdir::run(&arguments),
        Command::Mv(arguments) => mv::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(text) = &failure.text {
                output::error(text);
            }
            failure.exit.into()
        }
    }
}
