//! What the environment says of telemetry, as far as the SDK does not read it by itself.

use std::{env, time::Duration};

use crate::config::telemetry::{MOST_WAITING, Section};

/// How long a collector may take, unless it is said.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    Traces,
    Metrics,
}

impl Signal {
    /// Its name in variables.
    fn name(self) -> &'static str {
        match self {
            Self::Traces => "TRACES",
            Self::Metrics => "METRICS",
        }
    }

    /// Where it is sent, below an address.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Traces => "v1/traces",
            Self::Metrics => "v1/metrics",
        }
    }

    /// What its own variable says, or that of all signals.
    fn exporter(self, key: &str) -> Option<String> {
        let own = variable(&format!("OTEL_EXPORTER_OTLP_{}_{key}", self.name()));
        own.or_else(|| variable(&format!("OTEL_EXPORTER_OTLP_{key}")))
    }

    /// How long a collector may take.
    pub(super) fn timeout(self) -> Duration {
        let said = self.exporter("TIMEOUT").and_then(|text| text.parse().ok());
        said.map_or(TIMEOUT, Duration::from_millis)
    }
}

/// Whether there is somewhere to send it, and nothing speaks against it.
pub(super) fn is_wanted(section: &Section, signal: Signal) -> bool {
    let is = |name: &str, value: &str| variable(name).is_some_and(|said| said.eq_ignore_ascii_case(value));
    let has_place = section.endpoint.is_some() || signal.exporter("ENDPOINT").is_some();
    let is_off = is("OTEL_SDK_DISABLED", "true") || is(&format!("OTEL_{}_EXPORTER", signal.name()), "none");
    let has_none = signal == Signal::Traces && section.sample == Some(0.0);
    has_place && !is_off && !has_none
}

/// A protocol that is not ours.
pub(super) fn other_protocol() -> Option<String> {
    let said = [Signal::Traces, Signal::Metrics].map(|signal| signal.exporter("PROTOCOL"));
    said.into_iter().flatten().find(|protocol| protocol != "http/protobuf")
}

/// How many spans may wait to be sent.
pub(super) fn waiting(section: &Section) -> usize {
    let said = || variable("OTEL_BSP_MAX_QUEUE_SIZE").and_then(|text| text.parse().ok());
    section.waiting.or_else(said).filter(|waiting| *waiting > 0).unwrap_or(2048).min(MOST_WAITING)
}

/// Whether the environment names the service.
pub(super) fn names_service() -> bool {
    let attributes = variable("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
    variable("OTEL_SERVICE_NAME").is_some()
        || attributes.split(',').any(|attribute| attribute.trim_start().starts_with("service.name="))
}

/// One that is empty is one that is not set.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
