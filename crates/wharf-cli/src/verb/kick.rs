//! `wharf kick`.

use serde::Serialize;
use wharf::core::host_name::HostName;

use super::OwnVerb;
use crate::{
    control::{self, Answer, Question, User},
    control_socket::ControlSocket,
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
    #[arg(value_parser = number)]
    session: Option<u64>,

    /// All sessions of this user, who is of no virtual host unless --host says so
    #[arg(long, value_name = "NAME")]
    user: Option<String>,

    /// The virtual host whose user is meant, as `wharf sessions` shows it
    #[arg(long, value_name = "HOST", requires = "user", value_parser = HostName::parse)]
    host: Option<HostName>,

    #[command(flatten)]
    socket: ControlSocket,
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| {
        "sessions have numbers, which `wharf sessions` shows; --user NAME ends those of a user".to_owned()
    })
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
wharf kick --user anna
wharf kick --host ftp.example.org --user anna";

    fn run(self, output: Output) -> Result<(), Failure> {
        let question = match (self.session, self.user) {
            (Some(session), _) => Question::KickSession(session),
            (None, user) => {
                let host = self.host.map(|host| host.to_string());
                Question::KickUser(User { host, name: user.unwrap_or_default() })
            }
        };
        let nobody = match &question {
            Question::KickUser(user) => format!("{:?} has no session", user.name),
            _ => "there is no such session".to_owned(),
        };
        match control::ask(&self.socket.find()?, &question)? {
            Answer::Kicked(sessions) if sessions.is_empty() => Err(Failure::new(Exit::Failed, nobody)),
            Answer::Kicked(sessions) => {
                sessions.iter().try_for_each(|session| output.done(&Kicked { session: *session }))
            }
            answer => Err(Failure::new(Exit::Failed, format!("the server answered {answer:?}"))),
        }
    }
}
