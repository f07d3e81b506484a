//! What there is where the program was built without telemetry. A configuration that asks for it was refused before.

use std::time::Duration;

use wharf::Event;

use super::metrics::Metrics;
use crate::{config::telemetry::Section, exit::Failure};

/// There is none.
#[derive(Clone)]
pub(super) enum Telemetry {}

/// Never.
pub(super) fn sends_spans(_: &Section) -> bool {
    false
}

impl Telemetry {
    pub(super) fn begin(_: &Section, _: Vec<(String, String)>, _: &Metrics) -> Result<Option<Self>, Failure> {
        Ok(None)
    }

    pub(super) fn event(&self, _: &Event) {
        match *self {}
    }

    pub(super) async fn stop(&self, _: Duration) {
        match *self {}
    }
}
