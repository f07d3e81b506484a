//! TLS of a session, from the handshake of its control connection to those of its data connections.
//!
//! ```text
//!   explicit: greeting ─▶ AUTH TLS, 234 ─▶ handshake ─▶ PBSZ 0, PROT P ─▶ login ─▶ transfers
//!   implicit: handshake ─▶ greeting ─▶ PBSZ 0, PROT P ─▶ login ─▶ transfers
//! ```
//!
//! A server that wants a login before PBSZ or PROT is asked again behind it, and before the first transfer.

use std::{io, sync::Arc};

use tokio::{pin, time::timeout};
use tracing::debug;
use wharf_core::{
    command::{
        self,
        protection::{Auth, Mechanism, Pbsz, Prot},
    },
    product::Product,
    protection::ProtectionLevel,
    representation::RepresentationType,
};

use super::{
    Connection, Learned, batch::Sent, builder::Settings, control::Control, data::data_failed, distrust,
    host_memory::Pipelining, inspection::Inspection, tls::Begin, tls::Prepared, transfer::Transfer,
    trust::Newcomer,
};
use crate::{
    Error, ErrorKind, Phase,
    net::{
        connect::Host,
        dial_tls::{DialTls, server_name},
        stream::{Protected, Stream},
    },
};

/// What the TLS of a session looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsInfo {
    /// The version: `TLS 1.3` or `TLS 1.2`.
    pub version: String,
    /// The cipher suite, as rustls names it: `TLS13_AES_256_GCM_SHA384`.
    pub cipher_suite: String,
    /// The server's certificate chain in DER, its own certificate first.
    pub certificates: Vec<Vec<u8>>,
    /// Whether the latest data connection resumed the TLS session of the control connection; `None` before the first.
    pub data_connection_resumed: Option<bool>,
    /// What is wrong with the server's certificate, for people; `None` if it is trusted, and unless the client was told to
    /// [inspect](super::ClientTls::inspect_certificate) it.
    pub distrust: Option<String>,
}

/// The TLS of one session.
#[derive(Debug)]
pub(super) struct SessionTls {
    dial: Arc<DialTls>,
    data_connection_resumed: Option<bool>,
    pub(super) inspection: Option<Arc<Inspection>>,
}

impl SessionTls {
    fn distrust(&self) -> Option<&str> {
        self.inspection.as_ref()?.distrust()
    }
}

impl Connection {
    /// What the TLS of this session looks like; `None` where the control connection is in clear.
    pub fn tls_info(&self) -> Option<TlsInfo> {
        let tls = self.tls.as_ref()?;
        let Protected { version, cipher_suite, certificates } = self.control.protected()?;
        let data_connection_resumed = tls.data_connection_resumed;
        let distrust = tls.distrust().map(str::to_owned);
        Some(TlsInfo { version, cipher_suite, certificates, data_connection_resumed, distrust })
    }

    /// Sends PBSZ and PROT unless data connections are private already.
    pub(super) async fn ensure_private(&mut self) -> Result<(), Error> {
        let sent = self.queue_private().await?;
        self.answer_private(sent).await
    }

    /// Queues PBSZ and PROT unless data connections are private already.
    pub(super) async fn queue_private(&mut self) -> Result<Option<(Sent<Pbsz>, Sent<Prot>)>, Error> {
        if self.tls.is_none() || self.learned.private {
            return Ok(None);
        }
        let size = self.queue(Pbsz).await?;
        Ok(Some((size, self.queue(Prot(ProtectionLevel::Private)).await?)))
    }

    /// Waits for what was queued: an error unless both were agreed to.
    pub(super) async fn answer_private(
        &mut self,
        sent: Option<(Sent<Pbsz>, Sent<Prot>)>,
    ) -> Result<(), Error> {
        let Some((size, level)) = sent else { return Ok(()) };
        let sized = self.answer(size).await;
        let private = self.answer(level).await;
        if sized.is_err() {
            self.learned.private = false;
        }
        sized.and(private)
    }

    /// As [`ensure_private`](Self::ensure_private), before the login: a server may want to know first who asks.
    async fn ask_private(&mut self) -> Result<(), Error> {
        match self.ensure_private().await {
            Err(error) if error.reply().is_some_and(|reply| matches!(reply.code().as_u16(), 503 | 530)) => {
                debug!(target: "wharf::connection", "{error}");
                Ok(())
            }
            asked => asked,
        }
    }

    /// Connects, with TLS as it is set, and says which name of the server is meant.
    pub(super) async fn open(host: Host, settings: Settings) -> Result<Self, Error> {
        let mut client = Self::open_unnamed(host, settings).await?;
        if let Some(name) = client.settings.host_name.clone() {
            let said = client.exchange(command::host::Host(name)).await;
            said.map_err(|error| error.phase_is(Phase::Login))?;
        }
        Ok(client)
    }

    async fn open_unnamed(host: Host, settings: Settings) -> Result<Self, Error> {
        let begin = settings.tls.as_ref().map(|tls| tls.begin);
        let mut prepared = prepare(&host, &settings).await?;
        let within = settings.connect_timeout;
        let mut control =
            Control::connect(&settings.route, &host, within, settings.reply_timeout, settings.reply_limits)
                .await?;
        if let (Some((tls, newcomer)), Some(Begin::Implicit)) = (&mut prepared, begin) {
            control.protect(&tls.dial, within).await?;
            remember(newcomer.take()).await?;
        }
        let greeting = control.greeting().await?.lines().to_vec();
        let representation = RepresentationType::Image;
        let product = Product::by_greeting(greeting.iter().map(Vec::as_slice));
        let learned = Learned::default();
        let mut client = Self {
            control,
            settings,
            host,
            greeting,
            product,
            representation,
            learned,
            another_follows: false,
            tls: None,
            altered: false,
        };
        let one_at_a_time =
            client.settings.pipelining == Pipelining::Off || client.is(Product::answers_in_any_order);
        client.control.set_window(if one_at_a_time { 1 } else { usize::MAX });
        let Some((tls, newcomer)) = prepared else { return Ok(client) };
        if begin != Some(Begin::Implicit) {
            match client.exchange(Auth(Mechanism::Tls)).await {
                Err(error) if begin == Some(Begin::IfOffered) && error.is_permanent_refusal() => {
                    debug!(target: "wharf::connection", "no TLS: {error}");
                    return Ok(client);
                }
                asked => asked.map_err(|error| error.phase_is(Phase::Tls))?,
            }
            client.control.protect(&tls.dial, within).await?;
            remember(newcomer).await?;
        }
        client.control.keeps_secrets(tls.distrust().is_some());
        client.tls = Some(tls);
        client.ask_private().await.map_err(|error| error.phase_is(Phase::Tls))?;
        Ok(client)
    }
}

impl Transfer {
    /// Makes the handshake on the data connection, and hears what the server says meanwhile.
    pub(super) async fn protect(&mut self, client: &mut Connection) -> Result<(), Error> {
        let Some(tls) = &client.tls else { return Ok(()) };
        let Some(Stream::Plain(tcp)) = self.data.take() else { return Ok(()) };
        let dial = Arc::clone(&tls.dial);
        let within = client.settings.data_connect_timeout;
        let handshake = timeout(within, dial.data(tcp));
        pin!(handshake);
        let made = loop {
            tokio::select! {
                biased;
                made = &mut handshake => break made,
                said = self.next_said(&mut client.control), if !self.is_answered() => {
                    self.hear(client, said?);
                    if self.is_refused() {
                        return Err(self.refusal());
                    }
                }
            }
        };
        match made {
            Ok(Ok(stream)) => {
                if let Some(tls) = &mut client.tls {
                    tls.data_connection_resumed = stream.is_resumed();
                }
                self.data = Some(stream);
                Ok(())
            }
            Ok(Err(error)) if is_about_certificate(&error) => {
                // The server only saw that this side went away.
                let _ = self.complete(client).await;
                Err(self.about(failed(&error).phase_is(Phase::Data)))
            }
            Ok(Err(error)) => {
                let error = data_failed().message("the data connection made no TLS").caused_by(error);
                Err(self.broken(client, error).await)
            }
            Err(_) => {
                let error = Error::timeout(Phase::Data).message("the data connection made no TLS in time");
                Err(self.broken(client, error).await)
            }
        }
    }
}

/// Reads what trust and identity need, away from the runtime's threads.
async fn prepare(host: &Host, settings: &Settings) -> Result<Option<(SessionTls, Option<Newcomer>)>, Error> {
    let Some(tls) = settings.tls.clone() else { return Ok(None) };
    let name = server_name(tls.server_name.as_deref().unwrap_or(&host.name));
    let name = name.ok_or_else(|| Error::invalid_input("no certificate can have the name of this host"))?;
    let host = host.clone();
    let lenient = tls.lenient;
    let preparing = tokio::task::spawn_blocking(move || tls.prepare(&host)).await;
    let Prepared { config, newcomer, inspection } =
        preparing.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(|error| {
            Error::new(ErrorKind::Tls, Phase::Tls).message("TLS cannot be set up").caused_by(error)
        })?;
    let dial = Arc::new(DialTls::new(config, name, lenient));
    Ok(Some((SessionTls { dial, data_connection_resumed: None, inspection }, newcomer)))
}

async fn remember(newcomer: Option<Newcomer>) -> Result<(), Error> {
    let Some(newcomer) = newcomer else { return Ok(()) };
    let remembering = tokio::task::spawn_blocking(move || newcomer.remember()).await;
    remembering.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(|error| {
        Error::new(ErrorKind::Tls, Phase::Tls)
            .message("the server's certificate cannot be remembered")
            .caused_by(error)
    })
}

/// The error of a handshake.
pub(super) fn failed(error: &io::Error) -> Error {
    let made = match error.kind() {
        _ if is_about_certificate(error) => distrusted(),
        // Nothing was said against it: the server, or the way to it, is gone.
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            Error::new(ErrorKind::Closed, Phase::Tls)
        }
        _ => Error::new(ErrorKind::Tls, Phase::Tls),
    };
    made.caused_by(io::Error::new(error.kind(), in_words(error)))
}

/// What is said of a handshake. What [`trust`](super::trust) says is shown by the library of TLS as programmers see it.
fn in_words(error: &io::Error) -> String {
    let about_certificate = match error.get_ref().and_then(|error| error.downcast_ref()) {
        Some(rustls::Error::InvalidCertificate(error)) => distrust::in_words(error),
        _ => None,
    };
    about_certificate.unwrap_or_else(|| error.to_string())
}

/// The error of a certificate.
pub(super) fn distrusted() -> Error {
    Error::new(ErrorKind::Tls, Phase::Tls).message("the server's certificate is not trusted")
}

fn is_about_certificate(error: &io::Error) -> bool {
    let tls = error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>());
    matches!(tls, Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented))
}
