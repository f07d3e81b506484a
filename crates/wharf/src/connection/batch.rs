//! Several commands in one write: what hangs on no earlier answer need not wait for one.
//!
//! ```text
//!   queue ─▶ [TYPE, EPSV]        written with the first wait for an answer
//!   answer ◀─ 200, 229           in the order of the commands
//! ```

use std::{collections::VecDeque, time::Duration};

use wharf_core::{
    client::CommandId,
    command::{Command, IntoCommand},
    reply::Reply,
    spec::{DataUse, Spec},
};

use super::{
    Connection, Learned,
    command::{ends_listening, moves_session},
};
use crate::{Error, ErrorKind, Phase};

/// A command that was sent and whose answer is due.
#[derive(Debug)]
pub(super) struct Sent<C> {
    pub(super) id: CommandId,
    pub(super) command: C,
}

/// What became of the commands of a batch: one result for each, in their order.
pub type Answers<C> = Vec<Result<<<C as IntoCommand>::Command as Command>::Output, Error>>;

impl Connection {
    /// Sends any number of commands of one kind, as many at a time as servers can take, and gives what became of each, in
    /// their order.
    ///
    /// A refusal is the result of its own command and the others go on. At most 16 commands and 4 KiB are on their way
    /// unanswered; the next one follows with each answer, so a thousand take the time of about sixty round trips.
    /// Commands that change what is true for those behind them, such as TYPE, USER and PASS, wait for one another.
    ///
    /// ```no_run
    /// # async fn run(connection: &mut wharf::Connection) -> Result<(), wharf::Error> {
    /// use wharf::core::command::rename::Dele;
    ///
    /// for gone in connection.send_all(["a.tmp", "b.tmp", "c.tmp"].map(Dele::new)).await {
    ///     gone?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Each as [`send`](Self::send). After one that leaves nothing to hope for, those behind it have the kind
    /// [`Closed`](ErrorKind::Closed): some of them may have been done.
    ///
    /// Cancel safe as the [module](super) says: any of the commands that were sent may have been done.
    pub async fn send_all<C: IntoCommand>(&mut self, commands: impl IntoIterator<Item = C>) -> Answers<C> {
        let one_by_one = !may_follow::<C::Command>();
        let mut answers: Vec<Option<Result<<C::Command as Command>::Output, Error>>> = Vec::new();
        let mut due: VecDeque<(usize, Sent<C::Command>)> = VecDeque::new();
        let mut lost = self.control.synchronize().await.err();
        for command in commands {
            let command = command.into_command().map_err(|error| Error::from(error).verb_is(verb::<C>()));
            let command = command.and_then(|command| line_of(&command).map(|line| (command, line)));
            let answer = match command {
                Err(error) => Some(Err(error)),
                Ok((command, line)) => {
                    while !due.is_empty()
                        && lost.is_none()
                        && (one_by_one || !self.control.has_room(line.len()))
                    {
                        self.take_answer(&mut due, &mut answers, &mut lost).await;
                    }
                    match lost {
                        Some(_) => None,
                        None => match self.queue_line(command, &line) {
                            Ok(sent) => {
                                due.push_back((answers.len(), sent));
                                None
                            }
                            Err(error) => Some(Err(error)),
                        },
                    }
                }
            };
            answers.push(answer);
        }
        while lost.is_none() && !due.is_empty() {
            self.take_answer(&mut due, &mut answers, &mut lost).await;
        }
        let answers = answers.into_iter();
        answers.map(|answer| answer.unwrap_or_else(|| Err(behind(lost.take(), verb::<C>())))).collect()
    }

    /// Waits for the next answer that is due, and puts it in its place.
    async fn take_answer<C: Command>(
        &mut self,
        due: &mut VecDeque<(usize, Sent<C>)>,
        answers: &mut [Option<Result<C::Output, Error>>],
        lost: &mut Option<Error>,
    ) {
        let Some((at, sent)) = due.pop_front() else { return };
        match (self.answer(sent).await, answers.get_mut(at)) {
            (Err(error), _) if error.reply().is_none() || error.kind() == ErrorKind::Closed => {
                *lost = Some(error);
            }
            (answer, Some(place)) => *place = Some(answer),
            (_, None) => {}
        }
    }

    /// Queues a command behind those that are unanswered, when there is room for it.
    ///
    /// Cancel safe: nothing or all of it is queued.
    pub(super) async fn queue<C: Command>(&mut self, command: C) -> Result<Sent<C>, Error> {
        let line = line_of(&command)?;
        self.control.room(line.len()).await.map_err(|error| about(&command, error))?;
        self.queue_line(command, &line)
    }

    fn queue_line<C: Command>(&mut self, command: C, line: &[u8]) -> Result<Sent<C>, Error> {
        let queued = self.control.queue(line, &C::SPEC);
        let id = queued.map_err(|error| about(&command, error))?;
        self.altered |= moves_session(&command);
        self.learned.before(&command);
        if ends_listening(&command) {
            self.control.take_ahead();
        }
        Ok(Sent { id, command })
    }

    /// Waits for the answer to a command that was queued. Cancel safe: the answer is then known to nobody.
    pub(super) async fn answer<C: Command>(&mut self, sent: Sent<C>) -> Result<C::Output, Error> {
        let within = self.settings.reply_timeout;
        self.answer_within(sent, within).await
    }

    /// As [`answer`](Self::answer), where the server may take so long over the next reply.
    pub(super) async fn answer_within<C: Command>(
        &mut self,
        sent: Sent<C>,
        within: Duration,
    ) -> Result<C::Output, Error> {
        let reply = self.control.reply_within(sent.id, within).await;
        let reply = reply.map_err(|error| about(&sent.command, error))?;
        self.accept(&sent, reply)
    }

    /// What a command makes of the reply that ended it.
    pub(super) fn accept<C: Command>(&mut self, sent: &Sent<C>, reply: Reply) -> Result<C::Output, Error> {
        match sent.command.accept(&reply) {
            Some(output) => {
                self.learned.after(&sent.command);
                Ok(output)
            }
            None => {
                self.learned.refused(&sent.command);
                Err(about(&sent.command, Error::refused(reply)))
            }
        }
    }
}

/// The line of a command, without its end.
pub(super) fn line_of<C: Command>(command: &C) -> Result<Vec<u8>, Error> {
    command.line().map_err(|error| about(command, error.into()))
}

/// Names a command in an error, but no secret.
pub(super) fn about<C: Command>(command: &C, error: Error) -> Error {
    match C::SPEC.secret {
        true => error.verb_is(C::SPEC.verb),
        false => error.command_is(C::SPEC.verb, &command.argument()),
    }
}

/// Whether another one of these may be sent before this one is answered.
fn may_follow<C: Command>() -> bool {
    let Spec { secret, identifies, closes, data, .. } = C::SPEC;
    !(secret || identifies || closes || data != DataUse::None || Learned::is_changed_by::<C>())
}

/// The error of a command behind one that was not answered.
fn behind(lost: Option<Error>, verb: &'static str) -> Error {
    let unknown =
        || Error::new(ErrorKind::Closed, Phase::Command).message("a command before it was not answered");
    lost.unwrap_or_else(unknown).verb_is(verb)
}

fn verb<C: IntoCommand>() -> &'static str {
    C::Command::SPEC.verb
}
