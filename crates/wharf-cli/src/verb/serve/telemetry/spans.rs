//! A span for each session, and below it one for each command and each transfer.
//!
//! What an attribute may be was decided here, one by one: a verb, and never what stands behind it, but for the pathname of a
//! transfer, which is in the log too.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use opentelemetry::{
    Context, KeyValue,
    trace::{Span as _, SpanKind, Status, TraceContextExt, Tracer, TracerProvider},
};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter};
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider, Span};
use prometheus_client::metrics::counter::Counter;
use wharf::{Event, server::SessionId};

use super::{
    http::{self, Headers},
    queue::Queue,
    resource,
    variables::{self, Signal},
};
use crate::config::telemetry::Section;

/// Those that are open, and what sends those that have ended.
pub(super) struct Spans {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    /// Of the sessions that there are; those that were not chosen have none.
    sessions: Mutex<HashMap<SessionId, Span>>,
    pathnames: bool,
}

impl Spans {
    /// Begins to send.
    ///
    /// # Errors
    /// The address or what else is said of the exporter is no good.
    pub(super) fn begin(
        section: &Section,
        headers: &Headers,
        dropped: Counter,
    ) -> Result<Self, ExporterBuildError> {
        let builder = SpanExporter::builder().with_http();
        let exporter = http::exporter(builder, Signal::Traces, section, headers).build()?;
        let queue = Queue::new(exporter, variables::waiting(section), dropped);
        let mut provider =
            SdkTracerProvider::builder().with_resource(resource::of(section)).with_span_processor(queue);
        if let Some(part) = section.sample {
            provider =
                provider.with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(part))));
        }
        let provider = provider.build();
        let tracer = provider.tracer("wharf");
        Ok(Self { provider, tracer, sessions: Mutex::default(), pathnames: section.pathnames() })
    }

    pub(super) fn event(&self, event: &Event) {
        match event {
            Event::SessionOpened { session, peer } => {
                let attributes = [
                    number("wharf.session", *session),
                    KeyValue::new("client.address", peer.ip().to_string()),
                    KeyValue::new("client.port", i64::from(peer.port())),
                ];
                let builder = self
                    .tracer
                    .span_builder("session")
                    .with_kind(SpanKind::Server)
                    .with_attributes(attributes);
                let span = self.tracer.build_with_context(builder, &Context::new());
                if span.span_context().is_sampled() {
                    self.sessions().insert(*session, span);
                }
            }
            Event::LoggedIn { session, user } => {
                if let Some(span) = self.sessions().get_mut(session) {
                    span.set_attribute(KeyValue::new("user.name", user.to_string()));
                }
            }
            Event::CommandServed { session, verb, code, duration } => {
                self.ended(*session, verb, *code, *duration, Vec::new);
            }
            Event::TransferEnded { session, verb, direction, pathname, octets, duration, code, .. } => {
                self.ended(*session, verb, *code, *duration, || {
                    let pathname = pathname.as_ref().filter(|_| self.pathnames);
                    let pathname = pathname.map(|file| KeyValue::new("file.path", file.to_string()));
                    let direction = KeyValue::new("wharf.direction", direction.name());
                    [direction, number("wharf.octets", *octets)].into_iter().chain(pathname).collect()
                });
            }
            Event::SessionClosed { session } => {
                let ended = self.sessions().remove(session);
                // Not under the lock.
                drop(ended);
            }
            _ => {}
        }
    }

    /// Sends what waits, and tells whether all was taken. Sessions that were cut off end here.
    pub(super) fn end(&self, within: Duration) -> bool {
        let open = std::mem::take(&mut *self.sessions());
        drop(open);
        self.provider.shutdown_with_timeout(within).is_ok()
    }

    /// Something of a session has ended now, and has taken this long.
    fn ended(
        &self,
        session: SessionId,
        verb: &'static str,
        code: u16,
        duration: Duration,
        more: impl FnOnce() -> Vec<KeyValue>,
    ) {
        let parent = self.sessions().get(&session).map(|span| span.span_context().clone());
        let Some(parent) = parent else { return };
        let now = SystemTime::now();
        let name = if verb.is_empty() { "unknown" } else { verb };
        let mut attributes = more();
        attributes.push(number("wharf.session", session));
        attributes.push(KeyValue::new("wharf.verb", name));
        attributes.push(KeyValue::new("wharf.reply.code", i64::from(code)));
        let builder = self
            .tracer
            .span_builder(name)
            .with_kind(SpanKind::Internal)
            .with_start_time(now.checked_sub(duration).unwrap_or(now))
            .with_attributes(attributes);
        let mut span =
            self.tracer.build_with_context(builder, &Context::new().with_remote_span_context(parent));
        // What the server has failed at; that a client asks for what it may not have is no error of the service.
        if (400..500).contains(&code) {
            span.set_status(Status::Error { description: Cow::Borrowed("") });
        }
        span.end_with_timestamp(now);
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<SessionId, Span>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One that is too large for the protocol is its largest.
fn number(name: &'static str, value: u64) -> KeyValue {
    KeyValue::new(name, i64::try_from(value).unwrap_or(i64::MAX))
}
