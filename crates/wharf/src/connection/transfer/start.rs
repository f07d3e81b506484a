//! How a transfer begins: what goes before its command, the command, and the data connection beside it.

use std::time::Duration;

use tokio::{
    pin,
    time::{sleep, timeout},
};
use wharf_core::{
    command::{Command, feature::Feat},
    representation::RepresentationType,
    spec::DataUse,
    transfer::RestartOffset,
};

use super::{Begun, Heard, Transfer};
use crate::{
    Error, Phase,
    connection::{
        Connection, DataMode,
        batch::{about, line_of},
        data::{Opening, data_failed, is_open},
    },
    net::data,
};

/// How long the server has to say why a data connection cannot be made.
const EXPLANATION: Duration = Duration::from_secs(1);

impl Connection {
    /// Begins a transfer and waits for the reply that opens it: see [`start`](Self::start).
    pub(in crate::connection) async fn begin<C: Command>(
        &mut self,
        command: C,
        offset: u64,
        representation: Option<RepresentationType>,
    ) -> Result<Begun, Error> {
        self.check(&command, offset)?;
        self.control.synchronize().await?;
        let mut transfer = self.start(command, offset, representation).await?;
        let opening = transfer.opened(self).await?;
        Ok((transfer, opening))
    }

    /// Begins a transfer, on a connection that is in step: TYPE, EPSV or its like and REST as needed, all at once; then the
    /// command and the data connection, at once.
    ///
    /// The reply to the command may not be there when it returns, but for an upload that must wait for it. Without a `representation` the type does not matter.
    pub(in crate::connection) async fn start<C: Command>(
        &mut self,
        command: C,
        offset: u64,
        representation: Option<RepresentationType>,
    ) -> Result<Transfer, Error> {
        let follows = std::mem::take(&mut self.another_follows);
        let (line, offset) = self.check(&command, offset)?;
        let argument = command.argument().into_owned();
        let protection = self.queue_private().await?;
        let set = match representation {
            Some(representation) => self.queue_representation(representation).await?,
            None => None,
        };
        let features = match follows && self.must_ask_features() {
            true => Some(self.queue(Feat).await?),
            false => None,
        };
        let planned = self.plan_data(offset).await;
        if self.control.is_open() {
            self.answer_private(protection).await?;
            if let Some(set) = set {
                self.answer(set).await?;
            }
            if let Some(features) = features {
                self.answer_features_or_none(features).await?;
            }
        }
        let door = planned?;
        self.control.room(line.len()).await.map_err(|error| about(&command, error))?;
        let mut opening = self.open_data(door);
        let data = match self.settings.route.is_direct() {
            true => None,
            // A connection through a proxy that is given up ends in order, as an empty file does: no command before it.
            false => Some(opening.as_mut().await.map_err(connect_failed)?),
        };
        let id = self.control.queue_transfer(&line, &C::SPEC).map_err(|error| about(&command, error))?;
        let representation = representation.unwrap_or(RepresentationType::Image);
        let heard = Heard::default();
        let mut transfer = Transfer { data, representation, id, verb: C::SPEC.verb, argument, heard };
        if follows && self.keeps_commands() {
            self.ask_ahead().await?;
        }
        if transfer.data.is_none() {
            transfer.connect(self, opening).await?;
        }
        let sends = C::SPEC.data == DataUse::Receives && !self.takes_data_before_its_command();
        if sends || self.tls.is_some() {
            // Under TLS a refusal must cost no ticket: there are few.
            transfer.opened(self).await?;
        }
        transfer.protect(self).await?;
        if let Some(stream) = &transfer.data {
            data::is_in_use(stream).map_err(|error| transfer.about(data_failed().caused_by(error)))?;
        }
        Ok(transfer)
    }

    /// What can be found wrong before an octet is sent.
    fn check<C: Command>(&self, command: &C, offset: u64) -> Result<(Vec<u8>, RestartOffset), Error> {
        let line = line_of(command)?;
        let offset = RestartOffset::new(offset);
        let offset =
            offset.ok_or_else(|| about(command, Error::invalid_input("the restart offset is too large")))?;
        self.control.allow(&C::SPEC).map_err(|error| about(command, error))?;
        Ok((line, offset))
    }
}

impl Transfer {
    /// Waits for the data connection, and hears what the server says meanwhile.
    async fn connect(&mut self, client: &mut Connection, mut opening: Opening) -> Result<(), Error> {
        let listens = client.settings.data_mode == DataMode::Active;
        // Who connects to a server has a limit of its own.
        let late = sleep(client.settings.reply_timeout);
        pin!(late);
        let opened = loop {
            tokio::select! {
                biased;
                opened = &mut opening => break opened,
                said = client.control.reply_of(self.id), if !self.is_answered() => {
                    let said = said.map_err(|error| self.about(error))?;
                    self.hear(client, said);
                    if self.is_refused() {
                        return Err(self.refusal());
                    }
                    match self.is_answered() && listens {
                        // It is done: there will be no other connection than one that is here.
                        true => match is_open(&mut opening).await {
                            Some(opened) => break opened,
                            None => return Ok(()),
                        },
                        false => late.set(sleep(client.settings.data_connect_timeout)),
                    }
                }
                () = &mut late, if listens => {
                    let phase = if self.heard.opening.is_some() { Phase::Data } else { Phase::Command };
                    return Err(self.about(Error::timeout(phase)));
                }
            }
        };
        match opened {
            Ok(stream) => self.data = Some(stream),
            Err(_) if self.is_answered() => {}
            Err(error) => return Err(self.explained(client, connect_failed(error)).await),
        }
        Ok(())
    }

    /// The error of a data connection that could not be made: the server's, if it says at once what is wrong.
    async fn explained(&mut self, client: &mut Connection, error: Error) -> Error {
        let hearing = async {
            while !self.is_answered() {
                let said = client.control.reply_of(self.id).await?;
                self.hear(client, said);
            }
            self.complete(client).await
        };
        match timeout(EXPLANATION, hearing).await {
            Ok(Err(servers)) if servers.reply().is_some() => servers,
            _ => self.about(error),
        }
    }
}

fn connect_failed(error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::TimedOut => Error::timeout(Phase::Data),
        _ => data_failed().caused_by(error),
    }
}
