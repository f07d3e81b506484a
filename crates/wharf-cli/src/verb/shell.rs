//! `wharf shell`: the verbs, one after the other, on connections that stay.

mod line;
mod prompt;

use std::{
    env,
    io::{self, IsTerminal},
    path::PathBuf,
};

use clap::{CommandFactory, Parser, Subcommand};
use wharf::core::pathname::escape_for_display;

use self::prompt::{Prompt, Typed};
use super::{InShell, OwnVerb};
use crate::{
    connection::Options,
    exit::{Exit, Failure},
    output::{Output, Record},
    runtime::{self, Signal, Signals},
    session::Session,
    site::{Place, Site},
    url,
};

/// Talk to a server, a command on each line.
///
/// The commands are those of wharf, with pathnames in place of URLs, relative to the working directory; and cd, pwd, lcd and
/// lpwd, quote to send a line as it is, help and exit. Tab completes commands and pathnames. Ctrl-C ends a command and not the
/// shell.
///
/// Lines that do not come from a terminal are a script: it ends with the first command that fails, and with its exit code.
#[derive(Debug, clap::Args)]
#[command(after_help = url::HELP)]
pub(crate) struct Shell {
    /// The server, and the working directory to begin with: ftp://[user@]host[:port]/path
    url: Place,

    #[command(flatten)]
    connection: Options,
}

/// A line of the shell.
#[derive(Debug, Parser)]
#[command(name = "", no_binary_name = true, disable_version_flag = true, max_term_width = 100)]
struct Line {
    #[command(subcommand)]
    told: Told,

    /// Print results as JSON Lines
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one of it")]
enum Told {
    #[command(flatten)]
    Verb(InShell),
    /// Change the working directory
    Cd {
        /// Where to; without it, the one at login
        path: Option<Place>,
    },
    /// Print the working directory
    Pwd,
    /// Change the directory of this machine
    Lcd {
        /// Where to
        path: PathBuf,
    },
    /// Print the directory of this machine
    Lpwd,
    /// Send a line as it is
    Quote {
        /// The words of the line
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// End the shell
    #[command(visible_aliases = ["quit", "bye"])]
    Exit,
}

/// A working directory.
#[derive(serde::Serialize)]
struct Directory {
    path: String,
}

impl Record for Directory {
    const NAME: &'static str = "directory";
}

/// What `help` says.
#[derive(serde::Serialize)]
struct Help {
    text: String,
}

impl Record for Help {
    const NAME: &'static str = "help";
}

/// What is to come after a line.
enum Next {
    Line,
    End,
}

impl OwnVerb for Shell {
    const EXAMPLES: &'static str = "\
wharf shell ftp://anna@ftp.example.org/www
printf 'cd www\\nput -r site\\nls -l\\n' | wharf shell @work";

    fn run(self, output: Output) -> Result<(), Failure> {
        let site = Site::of(self.url.url()?, self.connection.server.charset);
        let target = self.connection.target(site.url.clone())?;
        runtime::block_on(async {
            let client = self.connection.client(&target)?;
            let mut signals =
                Signals::new().map_err(|error| Failure::local("cannot wait for signals", &error))?;
            let opened = tokio::select! {
                opened = Session::open(client.clone(), site.clone(), output, self.connection.server.quiet) => opened,
                _ = signals.next() => return Err(interrupted()),
            };
            let mut session = opened.map_err(|error| target.fails(error))?;
            let login = session.working_directory().await?;
            session.site.directory = Some(login.clone());
            if !site.url.path.is_empty() {
                enter(&mut session, &site.url.path).await?;
            }
            session.rest();
            let shell = Running { output, login, is_script: !io::stdin().is_terminal() };
            let ended = shell.lines(&mut session, &mut signals).await;
            client.close().await;
            ended
        })
    }
}

/// A shell that runs.
struct Running {
    output: Output,
    /// The working directory at login.
    login: Vec<u8>,
    is_script: bool,
}

impl Running {
    async fn lines(&self, session: &mut Session, signals: &mut Signals) -> Result<(), Failure> {
        let verbs = Line::command().get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
        let prompt = Prompt::start(session.client.clone(), verbs)?;
        let mut number = 0;
        loop {
            let directory = session.site.directory.clone().unwrap_or_default();
            let typed = prompt.next(&session.site.url, directory);
            let typed = tokio::select! {
                typed = typed => typed?,
                () = self.told_to_end(signals) => {
                    prompt.restore();
                    return Err(interrupted());
                }
            };
            let line = match typed {
                Typed::Line(line) => line,
                Typed::Nothing => continue,
                Typed::End => return Ok(()),
            };
            number += 1;
            // It ends with a signal by itself, and one that is to end the shell waits for it.
            let done = self.line(session, &line).await.map_err(|failure| match self.is_script {
                true => failure.in_line(number),
                false => failure,
            });
            session.rest();
            match done {
                Ok(Next::Line) => {}
                Ok(Next::End) => return Ok(()),
                // It is told as the line asks for it, and once.
                Err(failure) if self.is_script && session.output.is_json() && !self.output.is_json() => {
                    session.output.failure(&failure);
                    return Err(Failure::silent(failure.exit));
                }
                Err(failure) if self.is_script => return Err(failure),
                Err(failure) => {
                    session.output.failure(&failure);
                    // What had failed before is of no concern to the next command.
                    let _ = session.verdict();
                }
            }
        }
    }

    /// Waits for a signal that ends the shell. On a terminal, a Ctrl-C that is late is for the command before.
    async fn told_to_end(&self, signals: &mut Signals) {
        while signals.next().await == Signal::Interrupt && !self.is_script {}
    }

    /// Does what a line says.
    async fn line(&self, session: &mut Session, line: &str) -> Result<Next, Failure> {
        let words = line::words(line)?;
        if words.is_empty() {
            return Ok(Next::Line);
        }
        let json = words.iter().any(|word| word == "--json");
        session.output = Output::new(json || self.output.is_json());
        // Options may come before the verb.
        let verb = words.iter().find(|word| !word.starts_with('-')).cloned().unwrap_or_default();
        let parsed = Line::try_parse_from(&words).or_else(|error| match InShell::is_here(&verb) {
            true if error.kind() == clap::error::ErrorKind::MissingRequiredArgument => {
                Line::try_parse_from(words.iter().map(String::as_str).chain(["."]))
            }
            _ => Err(error),
        });
        let Line { told, json } = match parsed {
            Ok(line) => line,
            Err(error) if !error.use_stderr() => {
                let help = Help { text: error.render().to_string() };
                session.output.put(&help, |help| help.text.clone().into_bytes())?;
                return Ok(Next::Line);
            }
            Err(error) => return Err(Failure::wrong(&error)),
        };
        session.output = Output::new(json || self.output.is_json());
        match told {
            Told::Exit => return Ok(Next::End),
            Told::Lcd { path } => {
                env::set_current_dir(&path).map_err(|error| Failure::about(&path, &error))?;
            }
            Told::Lpwd => {
                let path = env::current_dir().map_err(|error| Failure::local("lpwd", &error))?;
                print(session, path.as_os_str().as_encoded_bytes())?;
            }
            Told::Pwd => print(session, &session.site.directory.clone().unwrap_or_default())?,
            told => {
                runtime::or_interrupted(async { Ok(session.connect().await?) }).await?;
                match told {
                    Told::Cd { path } => {
                        let path = match path {
                            Some(path) => session.site.path(&path)?,
                            None => self.login.clone(),
                        };
                        runtime::or_interrupted(enter(session, &path)).await?;
                    }
                    Told::Quote { words } => {
                        runtime::or_interrupted(super::raw::send(session, words.join(" ").as_bytes())).await?
                    }
                    Told::Verb(verb) => verb.run(session).await?,
                    Told::Exit | Told::Lcd { .. } | Told::Lpwd | Told::Pwd => {}
                }
            }
        }
        Ok(Next::Line)
    }
}

/// Makes `path` the working directory, of the shell and not of the connection: others are like it.
async fn enter(session: &mut Session, path: &[u8]) -> Result<(), Failure> {
    let path = line::normal(&session.site.plain(path));
    if path != b"/" {
        match session.stat(&path).await {
            Ok(entry) if entry.is_file() => {
                return Err(Failure::new(Exit::Failed, format!("{} is no directory", session.shown(&path))));
            }
            Ok(_) => {}
            Err(error) => return Err(session.explain(&path, error).await),
        }
    }
    session.site.directory = Some(path);
    Ok(())
}

fn interrupted() -> Failure {
    Failure::new(Exit::Interrupted, "interrupted")
}

fn print(session: &Session, path: &[u8]) -> Result<(), Failure> {
    let directory = Directory { path: String::from_utf8_lossy(path).into_owned() };
    session.output.put(&directory, |_| format!("{}\n", escape_for_display(path)).into_bytes())
}
