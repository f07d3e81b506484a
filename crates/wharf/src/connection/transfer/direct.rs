//! A transfer from one server to another, whose octets do not come here (RFC 959 section 5.2): one listens, and the other is told
//! where.
//!
//! ```text
//!   to    EPSV or PASV ─▶ its port            STOR or APPE ─▶ 150 ───────▶ 226
//!   from                  PORT or EPRT ─▶ 200      RETR ─▶ 150 ──────────▶ 226
//! ```

mod partner;

use std::{net::SocketAddr, time::Duration};

use tokio::{
    pin,
    time::{sleep, timeout},
};
use wharf_core::{
    command::{
        Command,
        data_port::{Eprt, Port},
        transfer::{Appe, Retr, Stor},
    },
    representation::RepresentationType,
    transfer::RestartOffset,
};

use super::{Heard, Transfer};
use crate::{
    Error, ErrorKind, Phase,
    connection::{
        Connection, DataMode, PassiveForm,
        batch::{about, line_of},
    },
    net::connect::Destination,
};

/// How long a server that must not see octets before their command is waited for.
const HEARING: Duration = Duration::from_secs(1);

impl Connection {
    /// Has this server take the octets of the file `source` of another, from `offset` on, directly from that server: into a new file
    /// `target`, or behind what that has.
    ///
    /// The address that the other is told is the one that this connection leads to, with the port that the server names: it cannot
    /// have the other connect elsewhere, whatever it says after PASV and whether that is trusted for data connections of our own or
    /// not, and not to a port below 1024.
    ///
    /// # Errors
    /// [`NotOffered`](ErrorKind::NotOffered) before anything is sent: under TLS, where the two servers would have to prove themselves
    /// to each other, and through a proxy. [`Protocol`](ErrorKind::Protocol) where the other server must not be sent to this one: a
    /// port below 1024, or an address of this machine or a private one, unless its own is such a one. The refusal of either server, or [`Timeout`](ErrorKind::Timeout) where the octets take
    /// longer than `flowing` and a reply besides; both are in step then, or closed.
    ///
    /// Cancel safe as the [module](crate::connection) says.
    pub(crate) async fn take_from(
        &mut self,
        from: &mut Connection,
        source: &[u8],
        offset: u64,
        target: &[u8],
        appends: bool,
        flowing: Duration,
    ) -> Result<(), Error> {
        if [&*self, &*from].iter().any(|server| server.tls.is_some() || !server.settings.route.is_direct()) {
            let error = Error::new(ErrorKind::NotOffered, Phase::Command);
            return Err(error.message("two servers transfer directly in clear only, and not through a proxy"));
        }
        let offset = RestartOffset::new(offset);
        let offset = offset.ok_or_else(|| Error::invalid_input("the restart offset is too large"))?;
        let address = self.listens_for_another().await?;
        partner::check(address, from.control.peer().ip())?;
        from.connects_to(address, offset).await?;
        let mut storing = match appends {
            true => self.ask(Appe::new(target)?).await?,
            false => self.ask(Stor::new(target)?).await?,
        };
        if !self.takes_data_before_its_command() {
            // A refusal costs nothing yet. Some say 150 only when they have the data connection: those are not waited for.
            if let Ok(opened) = timeout(HEARING, storing.opened(self)).await {
                opened?;
            }
        }
        let sending = match Retr::new(source) {
            Ok(command) => from.ask(command).await,
            Err(error) => Err(error.into()),
        };
        let mut sending = match sending {
            Ok(sending) => sending,
            Err(error) => {
                // The connection may be lost, which is known then.
                let _ = storing.abort(self).await;
                return Err(error);
            }
        };
        let failed = both(self, &mut storing, from, &mut sending, flowing).await.err();
        let (stored, sent) = (storing.is_answered(), sending.is_answered());
        let refusal = match (storing.is_refused(), sending.is_refused()) {
            (_, true) => Some(sending.refusal()),
            (true, false) => Some(storing.refusal()),
            (false, false) => failed,
        };
        let Some(refusal) = refusal else { return Ok(()) };
        let end_storing = async {
            if !stored {
                let _ = storing.abort(self).await;
            }
        };
        let end_sending = async {
            if !sent {
                let _ = sending.abort(from).await;
            }
        };
        // Who does not answer is not waited for by the other.
        tokio::join!(end_storing, end_sending);
        Err(refusal)
    }

    /// Where this server waits for a data connection.
    async fn listens_for_another(&mut self) -> Result<SocketAddr, Error> {
        self.control.synchronize().await?;
        self.set_image().await?;
        let forms = match self.settings.data_mode.clone() {
            DataMode::Passive(forms) => forms,
            DataMode::Active => vec![PassiveForm::Extended, PassiveForm::Plain],
        };
        match self.plan_passive(&forms, RestartOffset::ZERO).await? {
            Destination::Address(named) => {
                Ok(SocketAddr::new(self.control.peer().ip().to_canonical(), named.port()))
            }
            // A proxy's, which is refused before.
            Destination::Name(_) => Err(Error::new(ErrorKind::NotOffered, Phase::Data)),
        }
    }

    /// Tells this server where to connect to for the next transfer, and where that begins.
    async fn connects_to(&mut self, address: SocketAddr, offset: RestartOffset) -> Result<(), Error> {
        self.control.synchronize().await?;
        self.set_image().await?;
        match address {
            SocketAddr::V4(address) => self.exchange(Port(address.into())).await?,
            address => self.exchange(Eprt(address.into())).await?,
        }
        let rest = self.queue_offset(offset).await?;
        self.answer_offset(rest).await
    }

    async fn set_image(&mut self) -> Result<(), Error> {
        match self.queue_representation(RepresentationType::Image).await? {
            Some(set) => self.answer(set).await,
            None => Ok(()),
        }
    }

    /// Sends a transfer command whose data connection is somebody else's.
    async fn ask<C: Command>(&mut self, command: C) -> Result<Transfer, Error> {
        let (line, argument) = (line_of(&command)?, command.argument().into_owned());
        self.control.room(line.len()).await.map_err(|error| about(&command, error))?;
        let id = self.control.queue_transfer(&line, &C::SPEC).map_err(|error| about(&command, error))?;
        self.control.write_queued().await;
        let (representation, heard) = (RepresentationType::Image, Heard::default());
        Ok(Transfer { data: None, representation, id, verb: C::SPEC.verb, argument, heard })
    }
}

/// Hears both servers until both have ended the transfer, or one refuses it.
///
/// Whether octets flow does not show here: neither server says a word until it has ended. They have the time `flowing`, and that of a
/// reply.
async fn both(
    to: &mut Connection,
    storing: &mut Transfer,
    from: &mut Connection,
    sending: &mut Transfer,
    flowing: Duration,
) -> Result<(), Error> {
    let within = to.settings.reply_timeout.max(from.settings.reply_timeout);
    let over = sleep(within.saturating_add(flowing));
    pin!(over);
    while !(storing.is_refused() || sending.is_refused() || storing.is_answered() && sending.is_answered()) {
        let flows = [&*storing, &*sending].iter().all(|side| side.heard.is_opened() && !side.is_answered());
        tokio::select! {
            said = to.control.reply_of(storing.id), if !storing.is_answered() => {
                storing.hear(to, said.map_err(|error| storing.about(error))?);
            }
            said = from.control.reply_of(sending.id), if !sending.is_answered() => {
                sending.hear(from, said.map_err(|error| sending.about(error))?);
            }
            () = sleep(within), if !flows => return Err(storing.about(Error::timeout(Phase::Data))),
            () = &mut over => {
                let error = Error::timeout(Phase::Data);
                return Err(storing.about(error.message("the file did not go from server to server in time")));
            }
        }
    }
    Ok(())
}
