//! Data connections: who connects to whom, and in which form it is said.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{net::TcpStream, time::timeout};
use tracing::debug;
use wharf_core::{
    address::{ExtendedPassive, NetworkProtocol},
    command::data_port::{Eprt, Epsv, Pasv, Port},
};

use super::{Connection, DataMode, PassiveForm, control::Control};
use crate::{
    Error, ErrorKind, Phase,
    net::{
        data,
        listen::{PassiveListener, PassivePorts},
        stream::Stream,
    },
};

/// A data connection that is ready for a transfer command.
#[derive(Debug)]
pub(super) enum Opened {
    /// It is there.
    Connected(Unused),
    /// The server will connect when the command is sent.
    Listening(PassiveListener),
}

/// A data connection that no transfer has taken over. It is reset when it is dropped: its end would be that of an empty
/// file, which the server would store.
#[derive(Debug)]
pub(super) struct Unused(Option<Stream>);

impl Connection {
    /// Makes ready for a transfer: connects to where the server listens, or listens.
    pub(super) async fn open_data(&mut self) -> Result<Opened, Error> {
        match self.settings.data_mode.clone() {
            DataMode::Passive(forms) => {
                let stream = self.connect_data(&forms).await?;
                Ok(Opened::Connected(Unused(Some(stream))))
            }
            DataMode::Active => self.listen_for_data().await.map(Opened::Listening),
        }
    }

    async fn connect_data(&mut self, forms: &[PassiveForm]) -> Result<Stream, Error> {
        let address = loop {
            let at = self.learned.refused_passive_forms;
            let form =
                *forms.get(at).ok_or_else(|| data_failed().message("no form of passive mode is left"))?;
            match self.ask_where(form).await {
                // Any permanent refusal: firewalls answer EPSV with 550 as well as with 500 or 522.
                Err(error) if error.is_permanent_refusal() && at + 1 < forms.len() => {
                    debug!(target: "wharf::connection", "{error}");
                    self.learned.refused_passive_forms = at + 1;
                }
                asked => break asked?,
            }
        };
        let connecting = self.settings.route.data(&self.host, address);
        let connected = timeout(self.settings.data_connect_timeout, connecting).await;
        let connected = connected.map_err(|_| Error::timeout(Phase::Data))?;
        connected.map(Stream::from).map_err(|error| data_failed().caused_by(error))
    }

    async fn ask_where(&mut self, form: PassiveForm) -> Result<SocketAddr, Error> {
        let mut address = self.control.peer();
        match form {
            PassiveForm::Extended => {
                let port = self.exchange(Epsv(ExtendedPassive::Any)).await?;
                address.set_port(port.unwrap_or_default());
            }
            PassiveForm::Plain => {
                let named = self.exchange(Pasv).await?;
                if self.settings.trust_passive_address && !named.address.is_unspecified() {
                    address = named.into();
                }
                address.set_port(named.port);
            }
        }
        match address.port() {
            0 => Err(data_failed().message("the server listens on port 0")),
            _ => Ok(address),
        }
    }

    async fn listen_for_data(&mut self) -> Result<PassiveListener, Error> {
        let mut local = self.control.local();
        local.set_ip(local.ip().to_canonical());
        let peer = self.control.peer().ip().to_canonical();
        let listener = PassivePorts::new(None).listen(local, peer);
        let listener = listener.map_err(|error| data_failed().caused_by(error))?;
        local.set_port(listener.port());
        match (NetworkProtocol::of(local.ip()), local) {
            (NetworkProtocol::Ipv4, SocketAddr::V4(local)) => self.exchange(Port(local.into())).await?,
            _ => self.exchange(Eprt(local.into())).await?,
        }
        Ok(listener)
    }
}

impl Opened {
    /// The connection, if it is there already.
    pub(super) fn connected(self) -> Option<Stream> {
        match self {
            Self::Connected(mut stream) => stream.0.take(),
            Self::Listening(_) => None,
        }
    }

    /// The connection, once the server has said that it is about to use it.
    ///
    /// `control` is watched meanwhile: a server that cannot connect says so there. Its reply is an error, and has been
    /// taken out.
    pub(super) async fn accept(self, control: &mut Control, within: Duration) -> Result<Stream, Error> {
        let mut listener = match self {
            Self::Connected(mut stream) => return stream.0.take().ok_or_else(data_failed),
            Self::Listening(listener) => listener,
        };
        let stranger = |address| debug!(target: "wharf::connection", "{address} is not the server");
        let accepting = async {
            loop {
                tokio::select! {
                    biased;
                    accepted = listener.accept(stranger) => {
                        let accepted = accepted.and_then(TcpStream::from_std);
                        return accepted.map(Stream::from).map_err(|error: io::Error| data_failed().caused_by(error));
                    }
                    event = control.event() => {
                        let event = event?;
                        if event.last {
                            return Err(Error::refused(event.reply).phase_is(Phase::Data));
                        }
                    }
                }
            }
        };
        timeout(within, accepting).await.map_err(|_| Error::timeout(Phase::Data))?
    }
}

impl Drop for Unused {
    fn drop(&mut self) {
        if let Some(stream) = self.0.take() {
            data::reset(stream);
        }
    }
}

pub(super) fn data_failed() -> Error {
    Error::new(ErrorKind::Data, Phase::Data)
}
