//! The client half: replies in, matched to the commands that wait for them.
//!
//! A driver owns the socket. It writes what [`Dialogue::send`] gives, feeds what it reads to [`Dialogue::push`] and takes
//! out [`Event`]s. Commands may be sent before earlier ones are answered; replies come in the order of the commands.
//!
//! ```text
//!   send(SIZE) ─▶ [SIZE]            push("213 42\r\n") ─▶ Event { id: SIZE's, 213, last }
//!   send(RETR) ─▶ [SIZE, RETR]      push("150 ...")    ─▶ Event { id: RETR's, 150 }
//!                                   push("226 ...")    ─▶ Event { id: RETR's, 226, last }
//! ```

use std::collections::VecDeque;

use crate::{
    reply::{Reply, ReplyDecoder, ReplyError, ReplyLimits, Severity},
    spec::{DataUse, Opening, Spec},
};

/// The most preliminary replies to one command.
pub const MAX_PRELIMINARY_REPLIES: u32 = 64;

/// Which command a reply belongs to: the number of commands sent before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(u64);

/// What came from the server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// The command it answers; `None` for the greeting.
    pub command: Option<CommandId>,
    /// The reply.
    pub reply: Reply,
    /// Whether the command is answered with this: every reply but a preliminary one.
    pub last: bool,
}

/// Why the dialogue cannot go on: the server is at fault, and the connection of no more use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DialogueError {
    /// What was received is not a reply, or is larger than the limits.
    #[error("the server sent no valid reply: {0}")]
    Malformed(#[from] ReplyError),
    /// A reply that no command waits for.
    #[error("the server sent a reply that no command waits for: {0}")]
    Unexpected(Reply),
    /// The server closes the control connection.
    #[error("the server closes the control connection: {0}")]
    Closing(Reply),
    /// A reply that can only be another command's than the one whose turn it is: the server does not answer in order.
    #[error("the server sent a reply out of order, to {verb}: {reply}")]
    OutOfOrder {
        /// The command whose turn it is.
        verb: &'static str,
        /// The reply.
        reply: Reply,
    },
    /// More than [`MAX_PRELIMINARY_REPLIES`] to one command.
    #[error("the server sent preliminary replies without end to {0}")]
    EndlessPreliminary(&'static str),
}

/// A queue of sent commands and the replies to them.
#[derive(Debug)]
pub struct Dialogue {
    decoder: ReplyDecoder,
    waiting: VecDeque<Waiting>,
    next: u64,
}

#[derive(Debug)]
struct Waiting {
    command: Option<CommandId>,
    verb: &'static str,
    data: DataUse,
    replies: &'static [u16],
    octets: usize,
    preliminary: u32,
}

impl Waiting {
    /// Whether a reply with this code cannot be to this command.
    ///
    /// What says where the server listens is no answer to anything but the question, and what begins or ends a transfer is
    /// none to that. 350 is none where no other command is to follow. Other codes are in use for anything.
    ///
    /// Where it is not known which replies a command has, as with a line that the user wrote, it is answered by any.
    fn is_not_answered_by(&self, code: u16) -> bool {
        let Self { data, replies, .. } = self;
        match (data, code) {
            (DataUse::Sends | DataUse::Receives, 227..=229) => true,
            (
                DataUse::Opens(Opening::Passive | Opening::ExtendedPassive),
                100..=199 | 225 | 226 | 250 | 426,
            ) => true,
            (DataUse::Opens(Opening::Passive | Opening::ExtendedPassive), 227..=229) => false,
            (_, 227..=229) => !replies.is_empty() && !replies.contains(&code),
            (_, 350) => !replies.is_empty() && !replies.iter().any(|reply| (300..400).contains(reply)),
            _ => false,
        }
    }
}

impl Dialogue {
    /// A new control connection, on which the server speaks first.
    pub fn new(limits: ReplyLimits) -> Self {
        let greeting = Waiting {
            command: None,
            verb: "the connection",
            data: DataUse::None,
            replies: &[],
            octets: 0,
            preliminary: 0,
        };
        Self { decoder: ReplyDecoder::new(limits), waiting: VecDeque::from([greeting]), next: 0 }
    }

    /// Notes a command whose line, so many octets with its end, is about to be written.
    pub fn send(&mut self, spec: &Spec, octets: usize) -> CommandId {
        let command = CommandId(self.next);
        self.next += 1;
        let Spec { verb, data, replies, .. } = *spec;
        self.waiting.push_back(Waiting {
            command: Some(command),
            verb,
            data,
            replies,
            octets,
            preliminary: 0,
        });
        command
    }

    /// How many commands, and the greeting, wait for their last reply.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The command that has waited longest for its last reply, and its verb.
    pub fn oldest(&self) -> Option<(CommandId, &'static str)> {
        let Waiting { command, verb, .. } = self.waiting.front()?;
        command.map(|command| (command, *verb))
    }

    /// Whether a command that waits is for a data connection.
    pub fn is_about_data(&self) -> bool {
        self.waiting.iter().any(|waiting| waiting.data != DataUse::None)
    }

    /// How many octets the lines of the commands have that wait for their last reply.
    ///
    /// A server may leave them unread while it is busy, so a driver that does not want to wait for room keeps this small.
    pub fn waiting_octets(&self) -> usize {
        self.waiting.iter().map(|waiting| waiting.octets).sum()
    }

    /// Gives up the commands that wait: the server will not answer them.
    ///
    /// For servers that answer an aborted transfer and its ABOR only once. The driver must know that no reply is on
    /// its way, because the reply to a later command has come.
    pub fn forget(&mut self) {
        self.waiting.clear();
    }

    /// Whether octets are here that are not a whole reply yet, or replies that were not taken out.
    ///
    /// Before a switch to TLS this must be `false`: what came in clear is never read as a later reply.
    pub fn has_input(&self) -> bool {
        !self.decoder.is_empty()
    }

    /// Takes in what was read.
    pub fn push(&mut self, octets: &[u8]) {
        self.decoder.push(octets);
    }

    /// The next reply, if a whole one is here.
    ///
    /// # Errors
    /// [`DialogueError`]; the dialogue is of no more use then.
    pub fn next_event(&mut self) -> Option<Result<Event, DialogueError>> {
        let reply = match self.decoder.next_reply()? {
            Ok(reply) => reply,
            Err(error) => return Some(Err(error.into())),
        };
        Some(self.assign(reply))
    }

    fn assign(&mut self, reply: Reply) -> Result<Event, DialogueError> {
        if reply.code() == 421 {
            return Err(DialogueError::Closing(reply));
        }
        let Some(first) = self.waiting.front_mut() else {
            return Err(DialogueError::Unexpected(reply));
        };
        let command = first.command;
        if first.is_not_answered_by(reply.code().as_u16()) {
            return Err(DialogueError::OutOfOrder { verb: first.verb, reply });
        }
        if reply.severity() == Severity::Preliminary {
            first.preliminary += 1;
            return match first.preliminary > MAX_PRELIMINARY_REPLIES {
                true => Err(DialogueError::EndlessPreliminary(first.verb)),
                false => Ok(Event { command, reply, last: false }),
            };
        }
        self.waiting.pop_front();
        Ok(Event { command, reply, last: true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{
        Command,
        attribute::Size,
        data_port::{Epsv, Pasv, Port},
        login::Pass,
        parameter::Type,
        rename::{Dele, Rnfr},
        transfer::{Rest, Retr},
    };

    fn greeted() -> Dialogue {
        let mut dialogue = Dialogue::new(ReplyLimits::default());
        dialogue.push(b"120 Wait\r\n220 Hello\r\n");
        assert!(!dialogue.next_event().unwrap().unwrap().last);
        assert_eq!(dialogue.next_event().unwrap().unwrap().command, None);
        dialogue
    }

    #[test]
    fn replies_go_to_commands_in_order() {
        let mut dialogue = greeted();
        let size = dialogue.send(&Size::SPEC, 8);
        let retr = dialogue.send(&Retr::SPEC, 10);
        assert_eq!((dialogue.waiting(), dialogue.waiting_octets()), (2, 18));
        assert_eq!(dialogue.oldest(), Some((size, "SIZE")));
        assert!(dialogue.is_about_data());
        dialogue.push(b"213 42\r\n150 Here\r\n226 Do");
        let mut next =
            || dialogue.next_event().map(|event| event.unwrap()).map(|event| (event.command, event.last));
        assert_eq!(next(), Some((Some(size), true)));
        assert_eq!(next(), Some((Some(retr), false)));
        assert_eq!(next(), None);
        assert_eq!((dialogue.waiting(), dialogue.waiting_octets()), (1, 10));
        assert_eq!(dialogue.oldest(), Some((retr, "RETR")));
        dialogue.push(b"ne\r\n");
        assert_eq!(dialogue.next_event().unwrap().unwrap().command, Some(retr));
        assert_eq!((dialogue.waiting(), dialogue.oldest()), (0, None));
        dialogue.send(&Size::SPEC, 8);
        assert!(!dialogue.is_about_data());
    }

    #[test]
    fn commands_can_be_given_up() {
        let mut dialogue = greeted();
        dialogue.send(&Retr::SPEC, 8);
        dialogue.forget();
        assert_eq!(dialogue.waiting(), 0);
        let size = dialogue.send(&Size::SPEC, 8);
        dialogue.push(b"213 42\r\n");
        assert_eq!(dialogue.next_event().unwrap().unwrap().command, Some(size));
    }

    #[test]
    fn replies_out_of_order_are_found_where_the_code_tells() {
        type Asks<'a> = &'a [&'a Spec];
        // A line of the user's own, and a command whose table says that it asks for a port.
        let unknown = Spec { verb: "SPSV", ..Spec::DENY };
        let own = Spec { replies: &[227, 500], ..unknown };
        let cases: [(Asks<'_>, &str, bool); 18] = [
            // Pyftpdlib asks where it listens at once.
            (&[&Retr::SPEC, &Epsv::SPEC], "150 Here\r\n229 (|||1|)\r\n", true),
            (&[&Retr::SPEC, &Pasv::SPEC], "227 (1,1,1,1,1,1)\r\n", true),
            // One 500 for what came during the transfer.
            (&[&Retr::SPEC, &Epsv::SPEC], "500 What?\r\n226 Done\r\n", true),
            (&[&Retr::SPEC, &Epsv::SPEC], "500 What?\r\n426 Gone\r\n", true),
            (&[&Epsv::SPEC], "150 Here\r\n", true),
            (&[&Retr::SPEC, &Epsv::SPEC], "150 Here\r\n226 Done\r\n229 (|||1|)\r\n", false),
            (&[&Retr::SPEC, &Epsv::SPEC], "550 No\r\n425 Busy\r\n", false),
            // The answers to two commands that went together.
            (&[&Type::SPEC, &Epsv::SPEC], "229 (|||1|)\r\n200 Ok\r\n", true),
            (&[&Size::SPEC, &Pasv::SPEC], "227 (1,1,1,1,1,1)\r\n", true),
            (&[&Port::SPEC], "228 (1)\r\n", true),
            (&[&Epsv::SPEC, &Rest::SPEC], "350 Ok\r\n", true),
            (&[&Dele::SPEC, &Rnfr::SPEC], "350 To?\r\n", true),
            (&[&Rnfr::SPEC, &Rest::SPEC], "350 To?\r\n350 Ok\r\n", false),
            (&[&Pass::SPEC], "350 Account\r\n", false),
            // Two that could be either's.
            (&[&Size::SPEC, &Size::SPEC], "226 Done\r\n550 No\r\n", false),
            (&[&Pasv::SPEC, &Epsv::SPEC], "229 (|||1|)\r\n227 (1,1,1,1,1,1)\r\n", false),
            (&[&unknown, &unknown], "227 (1,1,1,1,1,1)\r\n350 More\r\n", false),
            (&[&own], "227 (1,1,1,1,1,1)\r\n", false),
        ];
        for (specs, replies, found) in cases {
            let mut dialogue = greeted();
            for spec in specs {
                dialogue.send(spec, 0);
            }
            dialogue.push(replies.as_bytes());
            let mut events = std::iter::from_fn(|| dialogue.next_event());
            let out_of_order = events.any(|event| matches!(event, Err(DialogueError::OutOfOrder { .. })));
            assert_eq!(out_of_order, found, "{replies}");
        }
    }

    #[test]
    fn a_reply_to_nothing_is_an_error() {
        let mut dialogue = greeted();
        dialogue.push(b"226 Again\r\n");
        assert!(matches!(dialogue.next_event(), Some(Err(DialogueError::Unexpected(_)))));
    }

    #[test]
    fn a_421_ends_it_whenever_it_comes() {
        let mut dialogue = greeted();
        dialogue.push(b"421 Idle\r\n");
        assert!(matches!(dialogue.next_event(), Some(Err(DialogueError::Closing(_)))));
        let mut dialogue = greeted();
        dialogue.send(&Retr::SPEC, 8);
        dialogue.push(b"150 Here\r\n421 Shutting down\r\n");
        assert!(dialogue.next_event().unwrap().is_ok());
        assert!(matches!(dialogue.next_event(), Some(Err(DialogueError::Closing(_)))));
    }

    #[test]
    fn preliminary_replies_without_end_are_an_error() {
        let mut dialogue = greeted();
        dialogue.send(&Retr::SPEC, 8);
        let mut last = None;
        for _ in 0..=MAX_PRELIMINARY_REPLIES {
            dialogue.push(b"150 Here\r\n");
            last = dialogue.next_event();
        }
        assert!(matches!(last, Some(Err(DialogueError::EndlessPreliminary("RETR")))));
    }
}
