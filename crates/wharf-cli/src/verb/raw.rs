//! `wharf raw`.

use std::ffi::OsString;

use serde::Serialize;
use wharf::core::{command::Registry, pathname::escape_for_display, reply::Reply};

use super::RemoteVerb;
use crate::{
    exit::{Exit, Failure},
    output::Record,
    session::Session,
    site::{Place, Site},
};

/// Send commands as they are, and show the replies.
///
/// Each COMMAND is a whole line, such as 'SITE HELP'. Those that need a data connection, and those that hold a secret, are
/// not sent.
#[derive(Debug, clap::Args)]
pub(crate) struct Raw {
    /// The server, and the working directory: ftp://[user@]host[:port]/path
    url: Place,

    /// What to send
    #[arg(required = true, value_name = "COMMAND")]
    commands: Vec<OsString>,
}

/// What the server answered.
#[derive(Serialize)]
struct Answer {
    code: u16,
    lines: Vec<String>,
}

impl Record for Answer {
    const NAME: &'static str = "reply";
}

impl RemoteVerb for Raw {
    const EXAMPLES: &'static str = "\
wharf raw ftp://ftp.example.org/ FEAT STAT
wharf raw ftp://anna@ftp.example.org/www 'SITE UMASK 022'";

    fn place(&self) -> &Place {
        &self.url
    }

    fn check(&self, _site: &Site) -> Result<(), Failure> {
        self.commands.iter().try_for_each(|command| check(command.as_encoded_bytes()))
    }

    async fn run(&self, session: &mut Session) -> Result<(), Failure> {
        let path = session.site.path(&self.url)?;
        if !path.is_empty()
            && let Err(error) = session.change_directory(&path).await
        {
            return Err(session.explain(&path, error).await);
        }
        let mut all = Ok(());
        for command in &self.commands {
            match send(session, command.as_encoded_bytes()).await {
                Err(failure) if failure.text.is_some() => return Err(failure),
                sent => all = all.and(sent),
            }
        }
        all
    }
}

/// Sends a line that needs no data connection and holds no secret, and shows the reply.
///
/// # Errors
/// [`Exit::Refused`] without words where the reply says so; [`Exit::Usage`] for what is not sent.
pub(super) async fn send(session: &mut Session, command: &[u8]) -> Result<(), Failure> {
    check(command)?;
    let reply = session.raw_command(command, &[1, 2, 3, 4, 5]).await?;
    let lines = reply.lines().iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    session.output.put(&Answer { code: reply.code().as_u16(), lines }, |_| text(&reply))?;
    match reply.is_positive() {
        true => Ok(()),
        false => Err(Failure::silent(Exit::Refused)),
    }
}

/// Whether a line may be sent.
///
/// # Errors
/// [`Exit::Usage`] for what is not sent.
pub(super) fn check(command: &[u8]) -> Result<(), Failure> {
    match Registry::standard().lookup(command).map(|(found, _)| found.spec) {
        Some(spec) if spec.secret => {
            Err(Failure::usage(format!("{}: others could see the secret; the login sends it", spec.verb)))
        }
        Some(spec) if spec.transfers() => Err(Failure::usage(format!(
            "{} needs a data connection: get, put, cat and ls have one",
            spec.verb
        ))),
        _ => Ok(()),
    }
}

fn text(reply: &Reply) -> Vec<u8> {
    let code = reply.code().as_u16();
    let last = reply.lines().len().saturating_sub(1);
    let line = |(at, line): (usize, &Vec<u8>)| {
        let mark = if at == last { ' ' } else { '-' };
        match at == 0 || at == last {
            true => format!("{code}{mark}{}\n", escape_for_display(line)),
            false => format!("{}\n", escape_for_display(line)),
        }
    };
    reply.lines().iter().enumerate().map(line).collect::<String>().into_bytes()
}
