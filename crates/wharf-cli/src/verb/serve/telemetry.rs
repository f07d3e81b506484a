//! Spans and numbers for a collector of OpenTelemetry, from the events of the server.
//!
//! ```text
//!   Event ─▶ spans ───▶ queue, bounded ─▶ a thread ─▶ retries ─▶ HTTP, protobuf ─▶ v1/traces
//!         └▶ numbers ───────────────────▶ a thread, each minute ─────────────────▶ v1/metrics
//! ```
//!
//! What is in a span stands in `spans` and nowhere else: nothing that is logged gets into one by itself.

mod http;
mod numbers;
mod queue;
mod resource;
mod spans;
mod variables;

use std::{sync::Arc, time::Duration};

use tokio::{join, task::spawn_blocking, time::timeout};
use tracing::{info, warn};
use wharf::Event;

use self::{numbers::Numbers, spans::Spans, variables::Signal};
use super::metrics::Metrics;
use crate::{
    config::telemetry::Section,
    exit::{Exit, Failure},
};

/// What sends; clones send together.
#[derive(Clone)]
pub(super) struct Telemetry {
    spans: Option<Arc<Spans>>,
    numbers: Option<Arc<Numbers>>,
}

/// Whether there is somewhere to send spans.
pub(super) fn sends_spans(section: &Section) -> bool {
    variables::is_wanted(section, Signal::Traces)
}

impl Telemetry {
    /// Begins to send, if the section or the environment says where.
    ///
    /// # Errors
    /// The address or something else that the environment says is no good.
    pub(super) fn begin(
        section: &Section,
        headers: Vec<(String, String)>,
        metrics: &Metrics,
    ) -> Result<Option<Self>, Failure> {
        let wanted = |signal| variables::is_wanted(section, signal);
        // In the words of the SDK there may be the address, which stays hidden where it is that of the file.
        let wrong = |error| match section.endpoint {
            Some(_) => Failure::new(Exit::Usage, "telemetry: nothing can be sent to telemetry.endpoint"),
            None => Failure::new(Exit::Usage, format!("telemetry: {error}")),
        };
        let (spans, numbers) = (wanted(Signal::Traces), wanted(Signal::Metrics));
        if !spans && !numbers {
            return Ok(None);
        }
        if let Some(other) = variables::other_protocol() {
            warn!("telemetry is sent as http/protobuf, and not as {other}");
        }
        let headers = headers.into_iter().collect();
        let spans = spans.then(|| Spans::begin(section, &headers, metrics.spans_dropped()));
        let numbers = numbers.then(|| Numbers::begin(section, &headers, metrics));
        let spans = spans.transpose().map_err(wrong)?.map(Arc::new);
        let numbers = numbers.transpose().map_err(wrong)?.map(Arc::new);
        info!(spans = spans.is_some(), numbers = numbers.is_some(), "telemetry is sent");
        Ok(Some(Self { spans, numbers }))
    }

    /// What happened in the server. Never waits.
    pub(super) fn event(&self, event: &Event) {
        if let Some(spans) = &self.spans {
            spans.event(event);
        }
        if let Some(numbers) = &self.numbers {
            numbers.event(event);
        }
    }

    /// Sends what waits, as far as that can be done in this time.
    pub(super) async fn stop(&self, within: Duration) {
        let (spans, numbers) = (self.spans.clone(), self.numbers.clone());
        // At the same time: one that hangs takes nothing from the other.
        let ends = async {
            join!(
                spawn_blocking(move || spans.is_none_or(|spans| spans.end(within))),
                spawn_blocking(move || numbers.is_none_or(|numbers| numbers.end(within))),
            )
        };
        if !matches!(timeout(within, ends).await, Ok((Ok(true), Ok(true)))) {
            warn!("the collector has not taken the last telemetry");
        }
    }
}
