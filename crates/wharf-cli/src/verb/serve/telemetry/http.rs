//! How both signals get to a collector: HTTP by the same library as all else here, on the threads of the SDK, which may wait.

use std::{
    io::Read,
    sync::atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, WithExportConfig, WithHttpConfig};
use tracing::{info, warn};
use ureq::Agent;

use super::variables::Signal;
use crate::{config::telemetry::Section, https};

/// What a collector may answer; what is more is not read.
const MAX_ANSWER: u64 = 64 * 1024;

/// The headers that are sent along.
pub(super) type Headers = std::collections::HashMap<String, String>;

/// One signal's way.
#[derive(Debug)]
struct Http {
    agent: Agent,
    what: &'static str,
    /// The last attempt failed: the log has one line for that, and one when it is over.
    is_failing: AtomicBool,
}

/// An exporter that goes this way, to where the section says or the environment.
pub(super) fn exporter<B: WithExportConfig + WithHttpConfig>(
    builder: B,
    signal: Signal,
    section: &Section,
    headers: &Headers,
) -> B {
    let what = match signal {
        Signal::Traces => "spans",
        Signal::Metrics => "numbers",
    };
    let agent = https::agent(signal.timeout());
    let http = Http { agent, what, is_failing: AtomicBool::new(false) };
    let builder =
        builder.with_protocol(Protocol::HttpBinary).with_http_client(http).with_headers(headers.clone());
    match &section.endpoint {
        Some(endpoint) => {
            builder.with_endpoint(format!("{}/{}", endpoint.trim_end_matches('/'), signal.path()))
        }
        None => builder,
    }
}

impl Http {
    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ureq::Error> {
        let (parts, octets) = request.into_parts();
        let (parts, answer) = self.agent.run(Request::from_parts(parts, &octets[..]))?.into_parts();
        let mut octets = Vec::new();
        answer.into_reader().take(MAX_ANSWER).read_to_end(&mut octets)?;
        Ok(Response::from_parts(parts, octets.into()))
    }

    fn log(&self, result: &Result<Response<Bytes>, ureq::Error>) {
        let problem = match result {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("the answer was {}", answer.status())),
            Err(error) => Some(error.to_string()),
        };
        let what = self.what;
        match (self.is_failing.swap(problem.is_some(), Ordering::Relaxed), problem) {
            (false, Some(problem)) => warn!("the collector takes no {what}: {problem}"),
            (true, None) => info!("the collector takes {what} again"),
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for Http {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let result = self.send(request);
        self.log(&result);
        result.map_err(Into::into)
    }
}
