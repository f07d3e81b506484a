//! `wharf kick`.

use std::path::PathBuf;

use serde::Serialize;

use super::OwnVerb;
use crate::{
    control::{self, Answer, Question},
    exit::{Exit, Failure},
    output::{Output, Record},
};

/// End sessions of a server of this machine, with what they transfer.
///
/// An upload that was not whole leaves nothing. The server must have a [control] socket. Nobody is kept from coming back: see
/// [bans] and `disabled` in the configuration.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("whom").required(true).args(["session", "user"])))]
pub(crate) struct Kick {
    /// The session's number, as `wharf sessions` shows it
    session: Option<u64>,

    /// All sessions of this user
    #[arg(long, value_name = "NAME")]
    user: Option<String>,

    /// The server's control socket
    #[arg(long, value_name = "FILE", default_value = control::SOCKET)]
    socket: PathBuf,
}

/// A session that was ended.
#[derive(Serialize)]
struct Kicked {
    session: u64,
}

impl Record for Kicked {
    const NAME: &'static str = "kicked";
}

impl OwnVerb for Kick {
    const EXAMPLES: &'static str = "\
wharf kick 17
wharf kick --user anna";

    fn run(self, output: Output) -> Result<(), Failure> {
        let question = match (self.session, self.user) {
            (Some(session), _) => Question::KickSession(session),
            (None, user) => Question::KickUser(user.unwrap_or_default()),
        };
        match control::ask(&self.socket, &question)? {
            Answer::Kicked(sessions) if sessions.is_empty() => {
                Err(Failure::new(Exit::Failed, "there is no such session"))
            }
            Answer::Kicked(sessions) => {
                sessions.iter().try_for_each(|session| output.done(&Kicked { session: *session }))
            }
            answer => Err(Failure::new(Exit::Failed, format!("the server answered {answer:?}"))),
        }
    }
}
