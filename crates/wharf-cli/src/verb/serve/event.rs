//! What happens in the server, for programs.

use serde::Serialize;
use wharf::{Event, server::Direction};

use crate::{
    beside::Beside,
    output::{Output, Record},
};

/// An event of a session.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Happened<'a> {
    Connected {
        session: u64,
        peer: String,
    },
    TurnedAway {
        peer: String,
    },
    LoggedIn {
        session: u64,
        user: &'a str,
    },
    LoginFailed {
        session: u64,
        peer: String,
        user: &'a str,
    },
    Transferred {
        session: u64,
        upload: bool,
        path: Option<String>,
        octets: u64,
        milliseconds: u128,
        code: u16,
    },
    Disconnected {
        session: u64,
    },
}

impl Record for Happened<'_> {
    const NAME: &'static str = "event";
}

/// Has an event printed as a line of JSON, where results are JSON.
pub(super) fn tell(output: Output, mut out: Beside, event: &Event) {
    let happened = match event {
        Event::SessionOpened { session, peer } => {
            Happened::Connected { session: *session, peer: peer.to_string() }
        }
        Event::SessionRefused { peer, .. } => Happened::TurnedAway { peer: peer.to_string() },
        Event::LoggedIn { session, user } => Happened::LoggedIn { session: *session, user },
        Event::LoginFailed { session, peer, name } => {
            Happened::LoginFailed { session: *session, peer: peer.to_string(), user: name }
        }
        Event::TransferEnded { session, direction, pathname, octets, duration, code, .. } => {
            Happened::Transferred {
                session: *session,
                upload: *direction == Direction::Upload,
                path: pathname.as_ref().map(|path| String::from_utf8_lossy(path.as_bytes()).into_owned()),
                octets: *octets,
                milliseconds: duration.as_millis(),
                code: *code,
            }
        }
        Event::SessionClosed { session } => Happened::Disconnected { session: *session },
        _ => return,
    };
    // A server goes on when nobody reads of it any more.
    let _ = output.done_to(&mut out, &happened);
}
