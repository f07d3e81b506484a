//! Data connections: who connects to whom, and in which form it is said.

use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};
use tracing::debug;
use wharf_core::{
    address::{ExtendedPassive, NetworkProtocol},
    client::CommandId,
    command::{
        Command,
        data_port::{Eprt, Epsv, Pasv, Port},
        transfer::Rest,
    },
    reply::Severity,
    transfer::RestartOffset,
};

use super::{Connection, DataMode, PassiveForm, batch::Sent};
use crate::{
    Error, ErrorKind, Phase,
    net::{connect::Destination, listen::PassiveListener, stream::Stream},
};

/// How long a server is trusted to keep a port open that it was asked for ahead of its use.
const AHEAD_FOR: Duration = Duration::from_secs(10);

/// How long a question that came during a transfer may be unanswered after the transfer.
const AHEAD_ANSWER: Duration = Duration::from_secs(10);

/// The question where the server listens.
#[derive(Debug)]
pub(super) enum Question {
    Extended(Sent<Epsv>),
    Plain(Sent<Pasv>),
}

impl Question {
    fn id(&self) -> CommandId {
        match self {
            Self::Extended(sent) => sent.id,
            Self::Plain(sent) => sent.id,
        }
    }

    fn verb(&self) -> &'static str {
        match self {
            Self::Extended(_) => Epsv::SPEC.verb,
            Self::Plain(_) => Pasv::SPEC.verb,
        }
    }
}

/// A question for the transfer after the one that runs.
#[derive(Debug)]
pub(super) struct Ahead {
    question: Question,
    asked: Instant,
    /// Whether a transfer was to run before it.
    in_transfer: bool,
}

impl Ahead {
    pub(super) fn id(&self) -> CommandId {
        self.question.id()
    }
}

/// Where the data connection of a transfer will come from.
pub(super) enum Door {
    /// The server listens there.
    Out(Destination),
    /// The server will connect when the command is sent.
    In(PassiveListener),
}

/// A data connection that is being made.
pub(super) type Opening = Pin<Box<dyn Future<Output = io::Result<Stream>> + Send>>;

impl Connection {
    /// Makes ready for a transfer: finds out where the server listens, or listens; with REST if `offset` wants it.
    pub(super) async fn plan_data(&mut self, offset: RestartOffset) -> Result<Door, Error> {
        match self.settings.data_mode.clone() {
            DataMode::Passive(forms) => self.plan_passive(&forms, offset).await.map(Door::Out),
            DataMode::Active => self.plan_active(offset).await.map(Door::In),
        }
    }

    /// Where the server listens for the next transfer.
    pub(super) async fn plan_passive(
        &mut self,
        forms: &[PassiveForm],
        offset: RestartOffset,
    ) -> Result<Destination, Error> {
        if let Some(ahead) = self.take_ahead() {
            let rest = self.queue_offset(offset).await?;
            let answered = self.answer_ahead(ahead).await?;
            let set = self.answer_offset(rest).await;
            if let Some(address) = answered {
                return set.map(|()| address);
            }
        }
        loop {
            let at = self.learned.refused_passive_forms;
            let form =
                *forms.get(at).ok_or_else(|| data_failed().message("no form of passive mode is left"))?;
            let question = self.ask_where(form).await?;
            let rest = self.queue_offset(offset).await?;
            match self.answer_where(question).await {
                // Any permanent refusal: firewalls answer EPSV with 550 as well as with 500 or 522.
                Err(error) if error.is_permanent_refusal() && at + 1 < forms.len() => {
                    debug!(target: "wharf::connection", "{error}");
                    self.learned.refused_passive_forms = at + 1;
                    let _ = self.answer_offset(rest).await;
                }
                answered => {
                    let address = answered?;
                    self.answer_offset(rest).await?;
                    return Ok(address);
                }
            }
        }
    }

    /// The answer to a question of before; nothing where it was refused and can be put once more.
    async fn answer_ahead(&mut self, ahead: Ahead) -> Result<Option<Destination>, Error> {
        let within = AHEAD_ANSWER.min(self.settings.reply_timeout);
        let verb = ahead.question.verb();
        match timeout(within, self.answer_where(ahead.question)).await {
            Ok(Err(error)) if error.reply().is_some() && self.control.is_open() => {
                if ahead.in_transfer {
                    self.does_not_keep_commands();
                }
                Ok(None)
            }
            Ok(answered) => answered.map(Some),
            Err(_) => Err(self.not_answered(ahead.in_transfer, verb)),
        }
    }

    /// Waits for the answer to a question of before, and keeps it for the transfer that it is for.
    ///
    /// # Errors
    /// There was none. The connection is closed then.
    pub(super) async fn hear_ahead(&mut self) -> Result<(), Error> {
        let Some(ahead) = self.control.ahead() else { return Ok(()) };
        let (id, in_transfer, verb) = (ahead.id(), ahead.in_transfer, ahead.question.verb());
        let within = AHEAD_ANSWER.min(self.settings.reply_timeout);
        match timeout(within, self.control.reply(id)).await {
            Ok(Ok(reply)) => {
                self.control.keep_answer(id, reply);
                Ok(())
            }
            Ok(Err(error)) => Err(error.verb_is(verb)),
            Err(_) => Err(self.not_answered(in_transfer, verb)),
        }
    }

    /// Closes the connection, of which a question of before was not answered.
    fn not_answered(&mut self, in_transfer: bool, verb: &'static str) -> Error {
        if in_transfer {
            self.does_not_keep_commands();
        }
        self.control.close();
        let error = Error::timeout(Phase::Command).verb_is(verb);
        match in_transfer {
            true => error.message("what was asked during a transfer was not answered"),
            false => error,
        }
    }

    /// After a refusal: makes sure that it was the transfer that was refused, and not the question behind it.
    ///
    /// # Errors
    /// The connection is closed then: it cannot be told which of the two the refusal was for.
    pub(super) async fn confirm_ahead(&mut self) -> Result<(), Error> {
        let Some(ahead) = self.control.ahead().filter(|ahead| ahead.in_transfer) else { return Ok(()) };
        let id = ahead.id();
        let within = AHEAD_ANSWER.min(self.settings.reply_timeout);
        match timeout(within, self.control.reply(id)).await {
            Ok(Ok(reply)) if reply.severity() == Severity::Completion => {
                self.control.keep_answer(id, reply);
                Ok(())
            }
            Ok(Err(error)) => Err(error),
            Ok(Ok(_)) | Err(_) => {
                self.does_not_keep_commands();
                self.control.close();
                let error = Error::new(ErrorKind::Protocol, Phase::Command);
                Err(error
                    .message("of what was asked during a transfer, one thing was refused; which, is unknown"))
            }
        }
    }

    /// Queues the question where the server listens.
    async fn ask_where(&mut self, form: PassiveForm) -> Result<Question, Error> {
        Ok(match form {
            PassiveForm::Extended => Question::Extended(self.queue(Epsv(ExtendedPassive::Any)).await?),
            PassiveForm::Plain => Question::Plain(self.queue(Pasv).await?),
        })
    }

    async fn answer_where(&mut self, question: Question) -> Result<Destination, Error> {
        let (named, port) = match question {
            Question::Extended(sent) => (None, self.answer(sent).await?.unwrap_or_default()),
            Question::Plain(sent) => {
                let named = self.answer(sent).await?;
                let usable = self.settings.trust_passive_address && !named.address.is_unspecified();
                (usable.then(|| Destination::Address(named.into())), named.port)
            }
        };
        match port {
            0 => Err(data_failed().message("the server listens on port 0")),
            port => Ok(named.unwrap_or_else(|| self.control.destination().at(port))),
        }
    }

    /// Queues the question for the next transfer, in passive mode. Where there is no room for it now it is not put: what
    /// would be waited for may be the transfer that runs. A port that is not used soon is asked for again.
    pub(super) async fn ask_ahead(&mut self) -> Result<(), Error> {
        let DataMode::Passive(forms) = &self.settings.data_mode else { return Ok(()) };
        let form = forms.get(self.learned.refused_passive_forms).copied();
        let Some(form) = form.filter(|_| self.control.pipelines() && self.control.ahead().is_none()) else {
            return Ok(());
        };
        let verb = match form {
            PassiveForm::Extended => Epsv::SPEC.verb,
            PassiveForm::Plain => Pasv::SPEC.verb,
        };
        if !self.control.has_room(verb.len()) {
            return Ok(());
        }
        let question = self.ask_where(form).await?;
        let in_transfer = self.control.is_transferring();
        self.control.keep_ahead(Ahead { question, asked: Instant::now(), in_transfer });
        Ok(())
    }

    /// The question that was asked for this transfer, unless its answer is too old.
    fn take_ahead(&mut self) -> Option<Ahead> {
        self.control.take_ahead().filter(|ahead| ahead.asked.elapsed() < AHEAD_FOR)
    }

    async fn plan_active(&mut self, offset: RestartOffset) -> Result<PassiveListener, Error> {
        let mut local = self.control.local();
        local.set_ip(local.ip().to_canonical());
        let peer = self.control.peer().ip().to_canonical();
        let listener = self.settings.active_ports.listen(local, peer, None).await;
        let listener = listener.map_err(|error| data_failed().caused_by(error))?;
        if let Some(told) = self.settings.active_address.filter(|told| told.is_ipv4() == local.is_ipv4()) {
            local.set_ip(told);
        }
        local.set_port(listener.port());
        let rest = match (NetworkProtocol::of(local.ip()), local) {
            (NetworkProtocol::Ipv4, SocketAddr::V4(local)) => {
                let port = self.queue(Port(local.into())).await?;
                let rest = self.queue_offset(offset).await?;
                self.answer(port).await?;
                rest
            }
            _ => {
                let port = self.queue(Eprt(local.into())).await?;
                let rest = self.queue_offset(offset).await?;
                self.answer(port).await?;
                rest
            }
        };
        self.answer_offset(rest).await?;
        Ok(listener)
    }

    /// Queues REST where the transfer does not begin at the start, or the server may have an offset of an earlier one.
    pub(super) async fn queue_offset(&mut self, offset: RestartOffset) -> Result<Option<Sent<Rest>>, Error> {
        match offset.is_zero() && !self.learned.restart_offset {
            true => Ok(None),
            false => self.queue(Rest(offset)).await.map(Some),
        }
    }

    pub(super) async fn answer_offset(&mut self, sent: Option<Sent<Rest>>) -> Result<(), Error> {
        match sent {
            Some(sent) => self.answer(sent).await,
            None => Ok(()),
        }
    }

    /// Makes the data connection that was planned.
    pub(super) fn open_data(&self, door: Door) -> Opening {
        match door {
            Door::Out(to) => {
                let (route, within) = (self.settings.route.clone(), self.settings.data_connect_timeout);
                Box::pin(async move { route.data(&to, within).await.map(Stream::from) })
            }
            Door::In(mut listener) => {
                let stranger = |address| debug!(target: "wharf::connection", "{address} is not the server");
                Box::pin(async move {
                    let stream = listener.accept(stranger).await?.owner()?;
                    TcpStream::from_std(stream).map(Stream::from)
                })
            }
        }
    }
}

/// Whether the connection is there now.
pub(super) async fn is_open(opening: &mut Opening) -> Option<io::Result<Stream>> {
    poll_fn(|cx: &mut Context<'_>| match opening.as_mut().poll(cx) {
        Poll::Ready(opened) => Poll::Ready(Some(opened)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

pub(super) fn data_failed() -> Error {
    Error::new(ErrorKind::Data, Phase::Data)
}
