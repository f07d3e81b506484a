//! `wharf sessions`.

use std::path::PathBuf;

use serde::Serialize;
use wharf::core::pathname::escape_for_display;

use super::OwnVerb;
use crate::{
    control::{self, Answer, Ban, Question, Session},
    exit::{Exit, Failure},
    output::{Output, Record},
};

/// Show who is connected to a server of this machine.
///
/// A line for each session: its number, the client's address, the user, how long it has been there, and the transfer that
/// runs. The server must have a [control] socket.
#[derive(Debug, clap::Args)]
pub(crate) struct Sessions {
    /// The server's control socket
    #[arg(long, value_name = "FILE", default_value = control::SOCKET)]
    socket: PathBuf,

    /// Show who is banned in place of who is there
    #[arg(long)]
    bans: bool,

    /// Take this ban back, as --bans shows it: "address 192.0.2.7" or "user anna"
    #[arg(long, value_name = "BAN", conflicts_with = "bans")]
    lift: Option<String>,
}

impl Record for Session {
    const NAME: &'static str = "session";
}

impl Record for Ban {
    const NAME: &'static str = "ban";
}

/// A ban that was taken back.
#[derive(Serialize)]
struct Lifted<'a> {
    whom: &'a str,
}

impl Record for Lifted<'_> {
    const NAME: &'static str = "lifted";
}

impl OwnVerb for Sessions {
    const EXAMPLES: &'static str = "\
wharf sessions
wharf sessions --bans
wharf sessions --lift 'address 192.0.2.7'";

    fn run(self, output: Output) -> Result<(), Failure> {
        let question = match (&self.lift, self.bans) {
            (Some(whom), _) => Question::Lift(whom.clone()),
            (None, true) => Question::Bans,
            (None, false) => Question::Sessions,
        };
        match (control::ask(&self.socket, &question)?, &self.lift) {
            (Answer::Sessions(sessions), _) => output.put_all(sessions, |session| line(session).into_bytes()),
            (Answer::Bans(bans), _) => {
                output.put_all(bans, |ban| format!("{}, {} s yet\n", ban.whom, ban.seconds).into_bytes())
            }
            (Answer::Lifted(true), Some(whom)) => output.done(&Lifted { whom }),
            (Answer::Lifted(false), Some(whom)) => {
                Err(Failure::new(Exit::Failed, format!("there is no ban {:?}", whom)))
            }
            (answer, _) => Err(Failure::new(Exit::Failed, format!("the server answered {answer:?}"))),
        }
    }
}

fn line(session: &Session) -> String {
    let Session { session: number, peer, user, seconds, transfer } = session;
    let user = user.as_deref().map_or("-".into(), |user| escape_for_display(user.as_bytes()).to_string());
    let transfer = transfer.as_ref().map(|transfer| {
        let way = if transfer.upload { "uploads" } else { "downloads" };
        let path = transfer.path.as_deref().unwrap_or("a listing");
        format!(", {way} {}, {} octets so far", escape_for_display(path.as_bytes()), transfer.octets)
    });
    format!("{number:>6}  {peer}  {user}  {seconds} s{}\n", transfer.unwrap_or_default())
}
