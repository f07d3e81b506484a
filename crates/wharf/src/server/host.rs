use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tokio::time::{Instant, sleep_until, timeout};
use wharf_core::{
    account::Account,
    failure::Failure,
    host_name::HostName,
    pathname::escape_for_display,
    principal::{LoginAttempt, Principal},
    protection::ProtectionLevel,
    reply::Reply,
    server::Host,
    session::Session,
};

use super::{
    Actor, Deed, Direction, Event, HookError, Network, SessionId, SpeedLimits,
    counters::{BeforeLogin, Slot},
    not_let_in::not_let_in,
    shared::Shared,
    tree_witness::TreeWitness,
    users::UserSpeed,
    witnessed::Witnessed,
};
use crate::{
    Throttle, TimedStorage,
    net::{
        data,
        passive::Awaited,
        stream::Stream,
        tls::{Awaiting, SessionTls, meet},
    },
};

/// How long an upload waits for a handshake that began before it.
const MEETING: Duration = Duration::from_secs(2);

/// A refused login takes so long at least: longer than the hash of a password, so that nothing is to be read off a clock.
const REFUSAL: Duration = Duration::from_millis(250);

/// A command that is served: its verb, empty where it is not known, and when it came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) verb: &'static str,
    pub(super) at: Instant,
}

/// What a session's commands may ask for: its data connection, its logins, its speed.
pub(super) struct SessionHost {
    pub(super) shared: Arc<Shared>,
    pub(super) session: SessionId,
    pub(super) login_failures: u32,
    /// The last one that was begun.
    pub(super) asked: Asked,
    local: SocketAddr,
    reached: SocketAddr,
    peer: SocketAddr,
    passive: Passive,
    user: Option<Slot<Account>>,
    before_login: Option<BeforeLogin>,
    actor: Option<Arc<Actor>>,
    speed: SpeedLimits,
    user_speed: Option<(SpeedLimits, SpeedLimits)>,
    transfer: Option<Arc<AtomicU64>>,
    handshake: Handshake,
    /// For the control connection, where it is offered, and for data connections.
    pub(super) tls: Option<Arc<SessionTls>>,
}

/// Which name of the server the control connection's handshake was for.
#[derive(Debug)]
enum Handshake {
    /// There was none.
    None,
    /// None.
    Nameless,
    /// This one, if it is a name.
    For(Option<HostName>),
}

/// The data connection that is awaited, or has come before the command that uses it.
#[derive(Debug, Default)]
enum Passive {
    #[default]
    None,
    Awaited(Box<Awaited>),
    Connected(Stream),
    Failed(io::Error),
}

/// The data connection of a transfer, before it is made.
pub(super) enum DataConnection {
    Awaited(Box<Awaited>),
    Connected(Stream),
    Active { from: SocketAddr, to: SocketAddr, tls: Option<Awaiting>, direction: Direction },
    Failed(io::Error),
}

impl SessionHost {
    /// For this session, whose client has connected to `reached` if not to the server itself.
    pub(super) fn new(
        shared: Arc<Shared>,
        session: SessionId,
        state: &Session,
        reached: Option<SocketAddr>,
        before_login: BeforeLogin,
    ) -> Self {
        let (local, peer) = (state.local(), state.peer());
        let tls = shared.tls.as_ref().map(|tls| Arc::new(tls.session(None)));
        let speed = shared.speed_of_each.copy();
        Self {
            shared,
            session,
            login_failures: 0,
            asked: Asked { verb: "", at: Instant::now() },
            local,
            reached: reached.unwrap_or(local),
            peer,
            passive: Passive::None,
            user: None,
            before_login: Some(before_login),
            actor: None,
            speed,
            user_speed: None,
            transfer: None,
            handshake: Handshake::None,
            tls,
        }
    }

    /// What the control connection's handshake needs, after HOST has named a host in clear.
    pub(super) fn tls_for(&mut self, name: Option<&HostName>) -> Option<Arc<SessionTls>> {
        if let (Some(_), Some(tls)) = (name, &self.shared.tls) {
            self.tls = Some(Arc::new(tls.session(name)));
        }
        self.tls.clone()
    }

    /// The handshake was made: the client asked for `asked_for` in it, or named `said` in clear before.
    pub(super) fn handshake_made(&mut self, asked_for: Option<&str>, said: Option<HostName>) {
        self.handshake = match (asked_for, said) {
            (Some(name), _) => Handshake::For(HostName::parse(name).ok()),
            (None, Some(name)) => Handshake::For(Some(name)),
            (None, None) => Handshake::Nameless,
        };
    }

    /// Accepts the awaited data connection and closes its listener; waits for ever where none is awaited. Cancel safe.
    ///
    /// So strangers are turned away and the owner is served, whenever they come.
    pub(super) async fn accept_data(&mut self) {
        let Passive::Awaited(awaited) = &mut self.passive else { return std::future::pending().await };
        // In a box, for most sessions await none.
        let connection = Box::pin(awaited.connection(|stranger| self.shared.refuse(self.session, stranger)));
        let made = connection.await;
        self.accepted(made);
    }

    /// The awaited connection came: its port is kept for the next transfer. Or it can not come any more.
    fn accepted(&mut self, made: io::Result<Stream>) {
        let passive = match made {
            Ok(stream) => Passive::Connected(stream),
            Err(error) => Passive::Failed(error),
        };
        if let Passive::Awaited(awaited) = std::mem::replace(&mut self.passive, passive)
            && let (Passive::Connected(_), Some(port)) = (&self.passive, awaited.into_port())
        {
            self.shared.passive_ports.kept().keep(self.session, port);
        }
    }

    /// As [`accept_data`](Self::accept_data), if that takes no waiting.
    fn accept_data_at_once(&mut self) {
        let Passive::Awaited(awaited) = &mut self.passive else { return };
        if let Some(made) = awaited.connection_at_once(|stranger| self.shared.refuse(self.session, stranger))
        {
            self.accepted(made);
        }
    }

    /// Closes the awaited port when nobody has come for too long: a port is not for whoever keeps a session alive. Never ends
    /// where none is awaited. Cancel safe.
    pub(super) async fn close_port_in_time(&mut self) {
        let Passive::Awaited(awaited) = &self.passive else { return std::future::pending().await };
        sleep_until(awaited.until()).await;
        self.close_late_port();
    }

    /// As [`close_port_in_time`](Self::close_port_in_time), if it is time.
    pub(super) fn close_late_port(&mut self) {
        let is_late = |passive: &Passive| matches!(passive, Passive::Awaited(awaited) if awaited.until() <= Instant::now());
        if is_late(&self.passive) {
            self.accept_data_at_once();
        }
        if is_late(&self.passive) {
            self.passive = Passive::Failed(io::ErrorKind::TimedOut.into());
        }
    }

    /// Closes the port that is kept for the next transfer.
    pub(super) fn close_kept_port(&self) {
        self.shared.passive_ports.kept().close(self.session);
    }

    /// Whether the client is expected to make the data connection's handshake before its transfer command is answered.
    pub(super) fn meets_early(&mut self) -> bool {
        // Whoever is here before the answer to the command did not wait for it.
        self.accept_data_at_once();
        matches!(&self.passive, Passive::Awaited(awaited) if awaited.meets_early())
    }

    /// Waits for that handshake, no longer than for a moment.
    pub(super) async fn meet(&mut self) {
        if timeout(MEETING, self.accept_data()).await.is_err()
            && let Passive::Awaited(awaited) = &self.passive
        {
            awaited.has_waited_in_vain();
        }
    }

    /// Gives out the data connection for a transfer; `active` is where the client listens.
    pub(super) fn take_data(
        &mut self,
        active: Option<SocketAddr>,
        level: ProtectionLevel,
        direction: Direction,
    ) -> DataConnection {
        self.accept_data_at_once();
        match (active, std::mem::take(&mut self.passive)) {
            (Some(to), _) => {
                DataConnection::Active { from: self.local, to, tls: self.tls_at(level), direction }
            }
            (None, Passive::Awaited(mut awaited)) => {
                awaited.is_for(direction);
                DataConnection::Awaited(awaited)
            }
            (None, Passive::Connected(stream)) => DataConnection::Connected(stream),
            (None, Passive::Failed(error)) => DataConnection::Failed(error),
            (None, Passive::None) => DataConnection::Failed(io::ErrorKind::NotConnected.into()),
        }
    }

    /// What protects a data connection at this level.
    fn tls_at(&self, level: ProtectionLevel) -> Option<Awaiting> {
        self.tls.clone().filter(|_| level == ProtectionLevel::Private).map(Awaiting::new)
    }

    /// The speed limits of a transfer: of the server and of the session, of the user and of the user's session.
    pub(super) fn throttles(&self, direction: Direction) -> Vec<Throttle> {
        let user = self.user_speed.iter().flat_map(|(together, each)| [together, each]);
        let limits = [&self.shared.speed, &self.speed].into_iter().chain(user);
        let throttles = limits.map(|limits| match direction {
            Direction::Upload => limits.upload.clone(),
            Direction::Download => limits.download.clone(),
        });
        throttles.collect()
    }

    /// Has STAT show how far a transfer is, until it is told that none runs.
    pub(super) fn show_progress(&mut self, moved: Option<Arc<AtomicU64>>) {
        self.transfer = moved;
    }

    /// Whose account is logged in; nobody has the empty name.
    pub(super) fn account(&self) -> Account {
        self.user.as_ref().map_or_else(|| Account::new(""), |slot| slot.key().clone())
    }

    fn actor(&self, user: &str, account: &Account) -> Actor {
        Actor { session: self.session, peer: self.peer, user: user.into(), account: account.clone() }
    }

    /// Asks the hook before what a session does itself.
    pub(super) async fn before(&self, deed: impl FnOnce() -> Deed) -> Result<(), Failure> {
        before(&self.shared, self.actor.as_deref(), deed).await
    }

    /// Tells it after that.
    pub(super) async fn after(&self, deed: impl FnOnce() -> Deed) -> Result<(), Failure> {
        after(&self.shared, self.actor.as_deref(), deed).await
    }

    /// Who hears of the files of a tree stream.
    pub(super) fn tree_witness(&self, direction: Direction) -> Arc<TreeWitness> {
        Arc::new(TreeWitness::new(
            Arc::clone(&self.shared),
            self.session,
            self.actor.clone(),
            self.asked.verb,
            direction,
        ))
    }

    /// Whether nobody listens to the peer any more.
    pub(super) fn is_banned(&self) -> bool {
        self.shared.bans.has_address(self.peer.ip())
    }

    /// Whether somebody was logged in.
    fn log_out(&mut self) -> bool {
        self.user_speed = None;
        let user = self.actor.take().map_or_else(Arc::default, |actor| Arc::clone(&actor.user));
        let Some(slot) = self.user.take() else { return false };
        drop(slot);
        self.shared.roster.is(self.session, None);
        self.emit(&Event::LoggedOut { session: self.session, user });
        true
    }

    /// Counts a refused login, in which this name was given, for this account.
    async fn refused(&mut self, name: &[u8], account: &Account) {
        self.login_failures += 1;
        let shown = escape_for_display(name).to_string();
        tracing::info!(session = self.session, peer = %self.peer, name = shown, "login refused");
        if let Some(hook) = self.shared.hook.clone() {
            let told =
                hooked(&self.shared, hook.after(&self.actor(&shown, account), &Deed::LoginFailed)).await;
            if let Err(error) = told {
                tracing::error!(
                    session = self.session,
                    error = error.to_string(),
                    "a refused login was not remembered"
                );
            }
        }
        self.emit(&Event::LoginFailed { session: self.session, peer: self.peer, name: shown });
        self.shared.tell_banned(self.peer, self.shared.bans.login_failed(self.peer.ip(), account));
        self.refuse().await;
    }

    /// Waits until a login that does not succeed is answered: all are, when a period is over.
    async fn refuse(&self) {
        let period = self.shared.limits.login_delay.max(REFUSAL);
        let Asked { at, .. } = self.asked;
        sleep_until(at + end_of_period(at.elapsed(), period)).await;
    }

    pub(super) fn emit(&self, event: &Event) {
        self.shared.emit(event);
    }
}

/// The end of the period that this moment is in.
fn end_of_period(elapsed: Duration, period: Duration) -> Duration {
    let over = elapsed.as_nanos() / period.as_nanos().max(1);
    period.saturating_mul(u32::try_from(over).unwrap_or(u32::MAX).saturating_add(1))
}

/// Asks the hook before what `actor` does.
pub(super) async fn before(
    shared: &Shared,
    actor: Option<&Actor>,
    deed: impl FnOnce() -> Deed,
) -> Result<(), Failure> {
    let (Some(hook), Some(actor)) = (&shared.hook, actor) else { return Ok(()) };
    hooked(shared, hook.before(actor, &deed()))
        .await
        .map_err(|error| Failure::new(550, "This is refused here.").caused_by(error))
}

/// Tells it after that.
pub(super) async fn after(
    shared: &Shared,
    actor: Option<&Actor>,
    deed: impl FnOnce() -> Deed,
) -> Result<(), Failure> {
    let (Some(hook), Some(actor)) = (&shared.hook, actor) else { return Ok(()) };
    hooked(shared, hook.after(actor, &deed())).await.map_err(forgotten)
}

/// Waits for a hook, no longer than for storage.
async fn hooked(shared: &Shared, hook: impl Future<Output = Result<(), HookError>>) -> Result<(), HookError> {
    timeout(shared.timeouts.storage, hook).await?
}

fn forgotten(error: HookError) -> Failure {
    Failure::new(451, "It was done, but could not be written down.").caused_by(error)
}

impl Drop for SessionHost {
    /// Who is logged in when the session ends is logged out with it.
    fn drop(&mut self) {
        self.close_kept_port();
        self.log_out();
    }
}

impl DataConnection {
    /// Makes the connection.
    pub(super) async fn open(self, session: SessionId, shared: &Shared) -> io::Result<Stream> {
        let within = shared.timeouts.data_connection;
        match self {
            Self::Connected(stream) => Ok(stream),
            Self::Awaited(mut awaited) => {
                let connection = awaited.connection(|stranger| shared.refuse(session, stranger));
                let stream = timeout(within, connection).await??;
                if let Some(port) = awaited.into_port() {
                    shared.passive_ports.kept().keep(session, port);
                }
                Ok(stream)
            }
            Self::Active { from, to, tls, direction } => {
                let tcp = data::connect(from, to, within).await?;
                match tls {
                    None => Ok(tcp.into()),
                    Some(tls) => {
                        tls.is_for(direction);
                        Ok(timeout(within, meet(&[tls], tcp)).await??.1)
                    }
                }
            }
            Self::Failed(error) => Err(error),
        }
    }
}

#[async_trait]
impl Host for SessionHost {
    async fn listen(&mut self, level: ProtectionLevel) -> Result<SocketAddr, Failure> {
        self.passive = Passive::None;
        let (ports, tls) = (&self.shared.passive_ports, self.tls_at(level));
        let kept = ports.kept().take(self.session, |stranger| self.shared.refuse(self.session, stranger));
        let listener = match kept.filter(|_| level == ProtectionLevel::Clear) {
            Some(kept) => Ok(kept),
            None => ports.listen(self.local, self.peer.ip(), tls.as_ref()).await,
        };
        let listener = listener.map_err(|error| {
            let text = match error.kind() {
                io::ErrorKind::ResourceBusy => {
                    "Other sessions of your address await connections on all ports."
                }
                _ => "No port is free for a data connection.",
            };
            Failure::new(425, text).caused_by(error)
        })?;
        let mut address = self.reached;
        address.set_port(listener.port());
        if address.is_ipv4()
            && let Some(advertised) = self.shared.advertisement.to(self.peer.ip(), address.ip())
        {
            address.set_ip(advertised.into());
        }
        let until = Instant::now() + self.shared.timeouts.data_connection;
        self.passive = Passive::Awaited(Box::new(Awaited::new(listener, tls, until)));
        Ok(address)
    }

    fn is_own(&self, address: SocketAddr) -> bool {
        address.ip() == self.local.ip() && self.shared.listening_ports.contains(&address.port())
    }

    fn is_partner(&self, address: IpAddr) -> bool {
        self.shared.passive_ports.is_partner(address)
    }

    fn check_host_name(&self, name: &HostName) -> Result<Option<Reply>, Failure> {
        let tls = self.shared.tls.as_ref();
        let known = self.shared.host_names.iter().find(|(known, _)| known == name);
        if known.is_none() && !tls.is_some_and(|tls| tls.has_certificate_for(name)) {
            return Err(Failure::new(504, "No such host here."));
        }
        let agrees = match &self.handshake {
            Handshake::None => true,
            Handshake::For(meant) => meant.as_ref() == Some(name),
            Handshake::Nameless => tls.is_some_and(|tls| tls.first_certificate_is_for(name)),
        };
        let welcome = known.and_then(|(_, welcome)| welcome.clone());
        agrees.then_some(welcome).ok_or_else(|| Failure::new(504, "The TLS handshake was for another host."))
    }

    fn close_data(&mut self) {
        self.passive = Passive::None;
        self.close_kept_port();
    }

    async fn admit(&mut self, principal: Principal) -> Result<Principal, Failure> {
        let slot =
            self.shared.counters.by_user.take(principal.counted_for().clone(), principal.max_sessions());
        let name = principal.name().as_bytes();
        let slot = slot.ok_or_else(|| {
            not_let_in(self.peer, name, "the user has as many sessions as may be");
            Failure::new(530, "Too many sessions of this user.")
        })?;
        let actor = Arc::new(self.actor(principal.name(), principal.counted_for()));
        if let Some(hook) = self.shared.hook.clone() {
            if let Err(error) = hooked(&self.shared, hook.before(&actor, &Deed::Login)).await {
                not_let_in(self.peer, name, &format!("the hook refused it: {error}"));
                self.refused(name, principal.counted_for()).await;
                return Err(Failure::new(530, "Login incorrect.").caused_by(error));
            }
            hooked(&self.shared, hook.after(&actor, &Deed::Login)).await.map_err(forgotten)?;
        }
        self.user = Some(slot);
        self.before_login = None;
        self.shared.roster.is(self.session, Some((Arc::clone(&actor.user), actor.account.clone())));
        self.actor = Some(Arc::clone(&actor));
        let speed = principal.extensions().get::<UserSpeed>();
        self.user_speed = speed.map(|speed| (speed.together.clone(), speed.each.copy()));
        self.emit(&Event::LoggedIn { session: self.session, user: principal.name().into() });
        let within = self.shared.timeouts.storage;
        let shared = Arc::clone(&self.shared);
        Ok(principal.map_storage(|storage| {
            let witnessed = Witnessed::new(storage, shared, actor);
            Arc::new(TimedStorage::new(Arc::new(witnessed), within))
        }))
    }

    async fn login_failed(&mut self, attempt: &LoginAttempt<'_>, reason: Option<&'static str>) {
        if let Some(reason) = reason {
            not_let_in(self.peer, attempt.name, reason);
        }
        let account = self.shared.authenticator.account(attempt);
        self.refused(attempt.name, &account).await;
    }

    async fn login_unavailable(&mut self) {
        self.login_failures += 1;
        self.shared.tell_banned(self.peer, self.shared.bans.login_undecided(self.peer.ip()));
        self.refuse().await;
    }

    fn logged_out(&mut self) {
        if self.log_out() {
            self.before_login = self.shared.counters.logged_out(Network::of_client(self.peer.ip()));
        }
    }

    fn progress(&self) -> Option<u64> {
        self.transfer.as_ref().map(|moved| moved.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_took_less_than_a_period_is_answered_at_its_end() {
        let ms = Duration::from_millis;
        for (elapsed, end) in [(0, 250), (30, 250), (249, 250), (250, 500), (700, 750)] {
            assert_eq!(end_of_period(ms(elapsed), ms(250)), ms(end), "{elapsed}");
        }
        assert_eq!(end_of_period(ms(700), ms(1000)), ms(1000));
        assert!(end_of_period(Duration::MAX, ms(250)) > ms(250));
    }
}
