//! `wharf sessions`.

use serde::Serialize;
use wharf::core::pathname::escape_for_display;

use super::OwnVerb;
use crate::{
    control::{self, Answer, Ban, Question, Session},
    control_socket::ControlSocket,
    exit::{Exit, Failure},
    output::{Output, Record},
};

/// Show who is connected to a server of this machine.
///
/// A line for each session: its number, the client's address, the user (of a virtual host, "host ftp.example.org user anna"), how
/// long it has been there, and the transfer that runs. The server must have a [control] socket.
#[derive(Debug, clap::Args)]
pub(crate) struct Sessions {
    #[command(flatten)]
    socket: ControlSocket,

    /// Show who is banned in place of who is there
    #[arg(long)]
    bans: bool,

    /// Take this ban back, as --bans shows it: "address 192.0.2.7", "user anna" or, of a virtual host, "host
    /// ftp.example.org user anna"; the address or the name alone will do where only one ban has it
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
wharf sessions --lift 192.0.2.7";

    fn run(self, output: Output) -> Result<(), Failure> {
        let question = match (&self.lift, self.bans) {
            (Some(whom), _) => Question::Lift(whom.clone()),
            (None, true) => Question::Bans,
            (None, false) => Question::Sessions,
        };
        let socket = self.socket.find()?;
        match (control::ask(&socket, &question)?, &self.lift) {
            (Answer::Sessions(sessions), _) => output.put_all(sessions, |session| line(session).into_bytes()),
            (Answer::Bans(bans), _) => {
                output.put_all(bans, |ban| format!("{}, {} s yet\n", ban.whom, ban.seconds).into_bytes())
            }
            (Answer::Lifted(true), Some(whom)) => output.done(&Lifted { whom }),
            (Answer::Lifted(false), Some(whom)) => {
                let Answer::Bans(bans) = control::ask(&socket, &Question::Bans)? else {
                    return Err(Failure::new(Exit::Failed, format!("the ban {whom:?} was not lifted")));
                };
                let called: Vec<_> = bans.into_iter().map(|ban| ban.whom).collect();
                Err(Failure::new(Exit::Failed, not_lifted(whom, &called)))
            }
            (answer, _) => Err(Failure::new(Exit::Failed, format!("the server answered {answer:?}"))),
        }
    }
}

/// Why nothing was lifted, where these are banned.
fn not_lifted(whom: &str, called: &[String]) -> String {
    match *control::could_be(whom, called) {
        [] => format!("there is no ban {whom:?}; `wharf sessions --bans` shows all"),
        ref several => {
            let several: Vec<_> =
                several.iter().filter_map(|at| called.get(*at)).map(|ban| format!("{ban:?}")).collect();
            format!("{whom:?} is more than one ban: --lift {}", several.join(" or "))
        }
    }
}

fn line(session: &Session) -> String {
    let Session { session: number, peer, user, host, seconds, transfer } = session;
    let user = user.as_deref().map_or("-".into(), |user| escape_for_display(user.as_bytes()).to_string());
    let user = match host {
        // As the bans have it.
        Some(host) => format!("host {host} user {user}"),
        None => user,
    };
    let transfer = transfer.as_ref().map(|transfer| {
        let way = if transfer.upload { "uploads" } else { "downloads" };
        let path = transfer.path.as_deref().unwrap_or("a listing");
        format!(", {way} {}, {} octets so far", escape_for_display(path.as_bytes()), transfer.octets)
    });
    format!("{number:>6}  {peer}  {user}  {seconds} s{}\n", transfer.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_ban_and_what_is_several_are_told_apart() {
        let called = ["address 192.0.2.7", "user 192.0.2.7", "user anna"].map(str::to_owned);
        assert!(not_lifted("berta", &called).starts_with("there is no ban \"berta\""));
        let several = not_lifted("192.0.2.7", &called);
        let expected = "is more than one ban: --lift \"address 192.0.2.7\" or \"user 192.0.2.7\"";
        assert!(several.ends_with(expected), "{several}");
    }
}
