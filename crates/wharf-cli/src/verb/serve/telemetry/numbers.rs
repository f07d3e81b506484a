//! The numbers that Prometheus can ask for, sent: with the same names, where a collector gives them to Prometheus.

use std::time::Duration;

use opentelemetry::{
    KeyValue,
    metrics::{Counter, Histogram, Meter, MeterProvider, UpDownCounter},
};
use opentelemetry_otlp::{ExporterBuildError, MetricExporter};
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use wharf::Event;

use super::{
    http::{self, Headers},
    resource,
    variables::Signal,
};
use crate::{
    config::telemetry::Section,
    verb::serve::metrics::{Metrics, answer_bounds, duration_bounds},
};

/// What is counted, and what sends it.
pub(super) struct Numbers {
    provider: SdkMeterProvider,
    sessions: UpDownCounter<i64>,
    opened: Counter<u64>,
    refused: Counter<u64>,
    logins: Counter<u64>,
    bans: Counter<u64>,
    commands: Histogram<f64>,
    errors: Counter<u64>,
    transfers: Counter<u64>,
    octets: Counter<u64>,
    seconds: Histogram<f64>,
}

impl Numbers {
    /// Begins to send.
    ///
    /// # Errors
    /// The address or what else is said of the exporter is no good.
    pub(super) fn begin(
        section: &Section,
        headers: &Headers,
        metrics: &Metrics,
    ) -> Result<Self, ExporterBuildError> {
        let builder = MetricExporter::builder().with_http();
        let exporter = http::exporter(builder, Signal::Metrics, section, headers).build()?;
        let reader = PeriodicReader::builder(exporter);
        let reader = match section.interval {
            Some(interval) => reader.with_interval(interval.0),
            None => reader,
        };
        let provider = SdkMeterProvider::builder()
            .with_resource(resource::of(section))
            .with_reader(reader.build())
            .build();
        let meter = provider.meter("wharf");
        observe(&meter, metrics);
        let counter = |name, text| meter.u64_counter(name).with_description(text).build();
        let seconds = |name, text, bounds| {
            let histogram = meter.f64_histogram(name).with_description(text).with_unit("s");
            histogram.with_boundaries(bounds).build()
        };
        let sessions = meter.i64_up_down_counter("wharf.sessions").with_description("Sessions now").build();
        Ok(Self {
            sessions,
            opened: counter("wharf.sessions.opened", "Sessions so far"),
            refused: counter("wharf.sessions.refused", "Control connections that were turned away"),
            logins: counter("wharf.logins", "Logins by their outcome"),
            bans: counter("wharf.bans", "Addresses and names that were banned"),
            commands: seconds(
                "wharf.command.duration",
                "How long commands that move nothing took until their reply was ready",
                answer_bounds().collect(),
            ),
            errors: counter("wharf.errors", "Commands that were refused or failed"),
            transfers: counter("wharf.transfers", "Transfers by the code that ended them"),
            octets: counter("wharf.transfer.octets", "Octets over data connections"),
            seconds: seconds(
                "wharf.transfer.duration",
                "How long transfers took",
                duration_bounds().collect(),
            ),
            provider,
        })
    }

    pub(super) fn event(&self, event: &Event) {
        let label = KeyValue::new::<&'static str, &'static str>;
        let code = |code: u16| KeyValue::new("code", i64::from(code));
        match event {
            Event::SessionOpened { .. } => {
                self.sessions.add(1, &[]);
                self.opened.add(1, &[]);
            }
            Event::SessionClosed { .. } => self.sessions.add(-1, &[]),
            Event::SessionRefused { reason, .. } => self.refused.add(1, &[label("reason", reason.name())]),
            Event::LoggedIn { .. } => self.logins.add(1, &[label("outcome", "granted")]),
            Event::LoginFailed { .. } => self.logins.add(1, &[label("outcome", "refused")]),
            Event::Banned { .. } => self.bans.add(1, &[]),
            Event::CommandServed { verb, code: reply, duration, .. } => {
                self.commands.record(duration.as_secs_f64(), &[label("verb", verb)]);
                if *reply >= 400 {
                    self.errors.add(1, &[label("verb", verb), code(*reply)]);
                }
            }
            Event::TransferEnded { direction, octets, duration, code: reply, .. } => {
                let direction = label("direction", direction.name());
                self.transfers.add(1, &[direction.clone(), code(*reply)]);
                self.seconds.record(duration.as_secs_f64(), std::slice::from_ref(&direction));
                self.octets.add(*octets, &[direction]);
            }
            _ => {}
        }
    }

    /// Sends all once more, and tells whether it was taken.
    pub(super) fn end(&self, within: Duration) -> bool {
        self.provider.shutdown_with_timeout(within).is_ok()
    }
}

/// What is counted elsewhere.
fn observe(meter: &Meter, metrics: &Metrics) {
    let configured = metrics.clone();
    meter
        .i64_observable_gauge("wharf.configuration_in_force")
        .with_description("1, or 0 while the file is no good and an earlier one holds")
        .with_callback(move |observer| observer.observe(configured.is_configured(), &[]))
        .build();
    let dropped = metrics.spans_dropped();
    meter
        .u64_observable_counter("wharf.telemetry.spans_dropped")
        .with_description("Spans that were not sent, since too many waited or nobody took them")
        .with_callback(move |observer| observer.observe(dropped.get(), &[]))
        .build();
}
