//! The `wharf` command.

mod exit;
mod log;
mod output;
mod password_file;
mod serve;
mod url;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::exit::Failure;

/// FTP for the shell: serve a folder, and move files to and from servers.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true, after_help = exit::HELP, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Arguments),
}

fn main() -> ExitCode {
    // Usage errors end the program here, with exit code 2.
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::error(&failure);
            failure.exit.into()
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| Failure::local("cannot start", &error))?;
    runtime.block_on(async {
        match command {
            Command::Serve(arguments) => serve::run(arguments).await,
        }
    })
}
