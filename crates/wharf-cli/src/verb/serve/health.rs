//! What is answered over HTTP: numbers, and whether the server is well.

use std::{collections::VecDeque, convert::Infallible, net::SocketAddr, time::Duration};

use hyper::{
    Request, Response, StatusCode, body::Incoming, header::CONTENT_TYPE, server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::TcpListener,
    task::{AbortHandle, JoinHandle, JoinSet},
    time::{sleep, timeout},
};
use tracing::{debug, warn};

use super::metrics::Metrics;
use crate::exit::{Exit, Failure};

/// Who may ask at a time. One more takes the place of who has been here longest: slow ones keep no probe from its answer.
const MAX_ASKING: usize = 16;

/// How long one may take to ask and to take the answer.
const WITHIN: Duration = Duration::from_secs(10);

/// How long accepting rests after an error.
const REST: Duration = Duration::from_millis(100);

/// Answers until it is dropped.
pub(super) struct Answering {
    task: JoinHandle<()>,
    pub(super) address: SocketAddr,
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Where it is to be answered.
///
/// # Errors
/// The address cannot be listened on.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    let fails = |error| Failure::new(Exit::Network, format!("metrics: cannot listen on {address}: {error}"));
    TcpListener::bind(address).await.map_err(fails)
}

/// Begins to answer.
///
/// # Errors
/// The system does not say where.
pub(super) fn answer(listener: TcpListener, metrics: Metrics) -> Result<Answering, Failure> {
    let address = listener.local_addr().map_err(|error| Failure::local("metrics", &error))?;
    Ok(Answering { task: tokio::spawn(answer_all(listener, metrics)), address })
}

async fn answer_all(listener: TcpListener, metrics: Metrics) {
    let mut asking = JoinSet::new();
    let mut in_order: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        while asking.try_join_next().is_some() {}
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                warn!(error = error.to_string(), "nobody can ask for metrics");
                sleep(REST).await;
                continue;
            }
        };
        in_order.retain(|asker| !asker.is_finished());
        if in_order.len() >= MAX_ASKING
            && let Some(longest) = in_order.pop_front()
        {
            longest.abort();
        }
        let metrics = metrics.clone();
        in_order.push_back(asking.spawn(async move {
            let service = service_fn(|request| std::future::ready(answer_to(&request, &metrics)));
            let mut http = http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(WITHIN).keep_alive(false);
            match timeout(WITHIN, http.serve_connection(TokioIo::new(stream), service)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => debug!(error = error.to_string(), "who asked for metrics was not answered"),
                Err(_) => debug!("who asked for metrics was too slow"),
            }
        }));
    }
}

fn answer_to(request: &Request<Incoming>, metrics: &Metrics) -> Result<Response<String>, Infallible> {
    let (status, text) = match request.uri().path() {
        "/metrics" => match metrics.text() {
            Ok(text) => (StatusCode::OK, text),
            Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
        },
        "/healthz" => (StatusCode::OK, "ok\n".to_owned()),
        "/readyz" if metrics.is_ready() => (StatusCode::OK, "ready\n".to_owned()),
        "/readyz" => (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n".to_owned()),
        _ => (StatusCode::NOT_FOUND, "there are /metrics, /healthz and /readyz\n".to_owned()),
    };
    let kind = match request.uri().path() {
        "/metrics" => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        _ => "text/plain; charset=utf-8",
    };
    let mut response = Response::new(text);
    *response.status_mut() = status;
    if let Ok(kind) = kind.parse() {
        response.headers_mut().insert(CONTENT_TYPE, kind);
    }
    Ok(response)
}
