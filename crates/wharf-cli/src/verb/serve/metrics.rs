//! Numbers for Prometheus, from the events of the server.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};
use wharf::Event;

/// What is counted; clones count together.
#[derive(Clone)]
pub(super) struct Metrics(Arc<Counted>);

struct Counted {
    registry: Registry,
    sessions: Gauge,
    opened: Counter,
    refused: Family<Reason, Counter>,
    logins: Family<Outcome, Counter>,
    bans: Counter,
    commands: Family<Command, Histogram, fn() -> Histogram>,
    errors: Family<Refusal, Counter>,
    transfers: Family<Transfer, Counter>,
    octets: Family<Way, Counter<u64, AtomicU64>>,
    seconds: Family<Way, Histogram, fn() -> Histogram>,
    configured: Gauge,
    spans_dropped: Counter,
    ready: AtomicBool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// There are as many as the server has commands, and one that is none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Command {
    verb: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refusal {
    verb: &'static str,
    code: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Transfer {
    direction: &'static str,
    code: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Way {
    direction: &'static str,
}

impl Metrics {
    /// With the number of spans that are not sent, where there are spans.
    pub(super) fn new(with_spans: bool) -> Self {
        let mut counted = Counted {
            registry: Registry::with_prefix("wharf"),
            sessions: Gauge::default(),
            opened: Counter::default(),
            refused: Family::default(),
            logins: Family::default(),
            bans: Counter::default(),
            commands: Family::new_with_constructor(answers),
            errors: Family::default(),
            transfers: Family::default(),
            octets: Family::default(),
            seconds: Family::new_with_constructor(durations),
            configured: Gauge::default(),
            spans_dropped: Counter::default(),
            ready: AtomicBool::new(true),
        };
        let Counted {
            registry,
            sessions,
            opened,
            refused,
            logins,
            bans,
            commands,
            errors,
            transfers,
            octets,
            seconds,
            configured,
            spans_dropped,
            ..
        } = &mut counted;
        configured.set(1);
        registry.register(
            "configuration_in_force",
            "1, or 0 while the file is no good and an earlier one holds",
            configured.clone(),
        );
        registry.register("sessions", "Sessions now", sessions.clone());
        registry.register("sessions_opened", "Sessions so far", opened.clone());
        registry.register("sessions_refused", "Control connections that were turned away", refused.clone());
        registry.register("logins", "Logins by their outcome", logins.clone());
        registry.register("bans", "Addresses and names that were banned", bans.clone());
        registry.register_with_unit(
            "command_duration",
            "How long commands that move nothing took until their reply was ready",
            Unit::Seconds,
            commands.clone(),
        );
        registry.register("errors", "Commands that were refused or failed", errors.clone());
        registry.register("transfers", "Transfers by the code that ended them", transfers.clone());
        registry.register("transfer_octets", "Octets over data connections", octets.clone());
        registry.register_with_unit(
            "transfer_duration",
            "How long transfers took",
            Unit::Seconds,
            seconds.clone(),
        );
        if with_spans {
            registry.register(
                "telemetry_spans_dropped",
                "Spans that were not sent, since too many waited or nobody took them",
                spans_dropped.clone(),
            );
        }
        Self(Arc::new(counted))
    }

    /// Counts an event.
    pub(super) fn count(&self, event: &Event) {
        let counted = &*self.0;
        let login = |outcome| counted.logins.get_or_create(&Outcome { outcome }).inc();
        match event {
            Event::SessionOpened { .. } => {
                counted.sessions.inc();
                counted.opened.inc();
            }
            Event::SessionClosed { .. } => {
                counted.sessions.dec();
            }
            Event::SessionRefused { reason, .. } => {
                counted.refused.get_or_create(&Reason { reason: reason.name() }).inc();
            }
            Event::LoggedIn { .. } => {
                login("granted");
            }
            Event::LoginFailed { .. } => {
                login("refused");
            }
            Event::Banned { .. } => {
                counted.bans.inc();
            }
            Event::CommandServed { verb, code, duration, .. } => {
                counted.commands.get_or_create(&Command { verb }).observe(duration.as_secs_f64());
                if *code >= 400 {
                    counted.errors.get_or_create(&Refusal { verb, code: *code }).inc();
                }
            }
            Event::TransferEnded { direction, octets, duration, code, .. } => {
                let direction = direction.name();
                counted.transfers.get_or_create(&Transfer { direction, code: *code }).inc();
                counted.octets.get_or_create(&Way { direction }).inc_by(*octets);
                counted.seconds.get_or_create(&Way { direction }).observe(duration.as_secs_f64());
            }
            _ => {}
        }
    }

    /// Whether what the file says is what holds.
    pub(super) fn configured(&self, in_force: bool) {
        self.0.configured.set(in_force.into());
    }

    /// Whether it is, 1 or 0.
    #[cfg(feature = "otel")]
    pub(super) fn is_configured(&self) -> i64 {
        self.0.configured.get()
    }

    /// What counts spans that are not sent.
    #[cfg(feature = "otel")]
    pub(super) fn spans_dropped(&self) -> Counter {
        self.0.spans_dropped.clone()
    }

    /// The server takes no more sessions.
    pub(super) fn stopping(&self) {
        self.0.ready.store(false, Ordering::Relaxed);
    }

    pub(super) fn is_ready(&self) -> bool {
        self.0.ready.load(Ordering::Relaxed)
    }

    /// All numbers, as Prometheus reads them.
    pub(super) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.0.registry)?;
        Ok(text)
    }
}

fn answers() -> Histogram {
    Histogram::new(answer_bounds())
}

fn durations() -> Histogram {
    Histogram::new(duration_bounds())
}

/// From a tenth of a millisecond to 26 seconds.
pub(super) fn answer_bounds() -> impl Iterator<Item = f64> {
    exponential_buckets(0.0001, 4.0, 10)
}

/// From a millisecond to a bit over an hour.
pub(super) fn duration_bounds() -> impl Iterator<Item = f64> {
    exponential_buckets(0.001, 4.0, 12)
}
