//! Spans on their way: so many may wait, and those that are not sent are counted.
//!
//! The SDK's own processor drops spans too, but tells nobody how many before it ends. Here no more get to it than it has room for.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use opentelemetry::Context;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{BatchConfigBuilder, BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor},
};
use prometheus_client::metrics::counter::Counter;

/// Takes spans when they end. Never waits.
#[derive(Debug)]
pub(super) struct Queue {
    next: BatchSpanProcessor,
    way: Arc<Way>,
}

#[derive(Debug)]
struct Way {
    waiting: AtomicUsize,
    most: usize,
    dropped: Counter,
}

/// Sends spans, and knows what became of them.
#[derive(Debug)]
struct Sender<E> {
    exporter: E,
    way: Arc<Way>,
}

impl Queue {
    /// With room for `most`, in front of `exporter`, which runs on a thread of its own.
    pub(super) fn new<E: SpanExporter + 'static>(exporter: E, most: usize, dropped: Counter) -> Self {
        let way = Arc::new(Way { waiting: AtomicUsize::new(0), most, dropped });
        let sender = Sender { exporter, way: Arc::clone(&way) };
        let config = BatchConfigBuilder::default().with_max_queue_size(most).build();
        Self { next: BatchSpanProcessor::builder(sender).with_batch_config(config).build(), way }
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        let Way { waiting, most, dropped } = &*self.way;
        let one_more = |waiting| (waiting < *most).then_some(waiting + 1);
        match waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more) {
            Ok(_) => self.next.on_end(span),
            Err(_) => {
                dropped.inc();
            }
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.next.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.next.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.next.set_resource(resource);
    }
}

impl<E: SpanExporter> SpanExporter for Sender<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let sent = self.exporter.export(batch).await;
        self.way.waiting.fetch_sub(spans, Ordering::Relaxed);
        if sent.is_err() {
            self.way.dropped.inc_by(spans as u64);
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, mpsc};

    use opentelemetry::trace::{Span as _, Tracer, TracerProvider};
    use opentelemetry_sdk::{error::OTelSdkError, trace::SdkTracerProvider};

    use super::*;

    /// One that says how many it gets, and waits to be told what becomes of them.
    #[derive(Debug)]
    struct Held {
        got: mpsc::Sender<usize>,
        results: Mutex<mpsc::Receiver<OTelSdkResult>>,
    }

    impl SpanExporter for Held {
        async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
            self.got.send(batch.len()).unwrap();
            self.results.lock().unwrap().recv().unwrap()
        }
    }

    #[test]
    fn each_span_is_sent_or_counted() {
        let (got, gets) = mpsc::channel();
        let (become_of, results) = mpsc::channel();
        let dropped = Counter::default();
        let exporter = Held { got, results: Mutex::new(results) };
        let queue = Queue::new(exporter, 4, dropped.clone());
        let way = Arc::clone(&queue.way);
        let provider = SdkTracerProvider::builder().with_span_processor(queue).build();
        let tracer = provider.tracer("test");
        let end = |spans: usize| (0..spans).for_each(|_| tracer.start("one").end());
        end(1);
        // As many as a batch are sent at once: this one is out, and still takes room.
        let provider_of = provider.clone();
        let flushing = std::thread::spawn(move || provider_of.force_flush());
        assert_eq!(gets.recv().unwrap(), 1);
        end(6);
        assert_eq!((dropped.get(), way.waiting.load(Ordering::Relaxed)), (3, 4));
        become_of.send(Ok(())).unwrap();
        become_of.send(Err(OTelSdkError::InternalFailure("gone".into()))).unwrap();
        let _ = flushing.join().unwrap();
        while way.waiting.load(Ordering::Relaxed) > 0 {
            let _ = provider.force_flush();
        }
        assert_eq!(gets.recv().unwrap(), 3);
        assert_eq!(dropped.get(), 6);
        become_of.send(Ok(())).unwrap();
        end(4);
        provider.shutdown().unwrap();
        assert_eq!((gets.recv().unwrap(), dropped.get()), (4, 6));
    }
}
