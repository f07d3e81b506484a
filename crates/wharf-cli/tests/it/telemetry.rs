//! Spans and numbers, as a collector gets them.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use opentelemetry_proto::tonic::{
    collector::{metrics::v1::ExportMetricsServiceRequest, trace::v1::ExportTraceServiceRequest},
    common::v1::{KeyValue, any_value::Value},
    metrics::v1::{metric::Data, number_data_point},
    resource::v1::Resource,
    trace::v1::{Span, span::SpanKind, status::StatusCode},
};
use prost::Message;
use rustix::process::Signal;

use super::{
    config::{ANNA, Configured, with_head, yard},
    notify::{ALL, put},
    process::get,
    program::{Served, Unheard, wharf},
};

/// One that takes all that it is sent, until it is dropped.
struct Collector {
    address: SocketAddr,
    requests: mpsc::Receiver<Request>,
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Request {
    path: String,
    headers: BTreeMap<String, String>,
    octets: Vec<u8>,
}

impl Collector {
    fn start() -> Self {
        Self::at(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    fn at(listener: TcpListener) -> Self {
        let address = listener.local_addr().unwrap();
        let stopping = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stopping);
        let (sender, requests) = mpsc::channel();
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if told.load(Ordering::Relaxed) {
                    return;
                }
                let mut stream = stream.unwrap();
                // Whoever has the answer knows that it was taken. One that waited too long is gone in the middle.
                if let Ok(request) = Request::take(&mut stream) {
                    let _ = sender.send(request);
                    let _ =
                        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                }
            }
        });
        Self { address, requests, stopping, thread: Some(thread) }
    }

    /// Takes requests until `enough` says that it is.
    fn take_until(&self, all: &mut Received, enough: impl Fn(&Received) -> bool) {
        while !enough(all) {
            let request = self.requests.recv_timeout(Duration::from_secs(120));
            all.add(request.unwrap_or_else(|_| panic!("{all:#?}")));
        }
    }

    /// What has come up to now, and nothing else comes.
    fn rest(self, all: &mut Received) {
        self.requests.try_iter().for_each(|request| all.add(request));
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
        self.thread.take().unwrap().join().unwrap();
    }
}

impl Request {
    fn take(stream: &mut TcpStream) -> io::Result<Self> {
        let mut lines = BufReader::new(stream);
        let mut line = || {
            let mut line = String::new();
            match lines.read_line(&mut line)? {
                0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
                _ => Ok(line.trim().to_owned()),
            }
        };
        let path = line()?.split(' ').nth(1).unwrap().to_owned();
        let mut headers = BTreeMap::new();
        while let Some((name, value)) = line()?.split_once(':') {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let mut octets = vec![0; headers["content-length"].parse().unwrap()];
        lines.read_exact(&mut octets)?;
        Ok(Self { path, headers, octets })
    }
}

/// All that has come.
#[derive(Debug, Default)]
struct Received {
    spans: Vec<Span>,
    /// The newest of each number, by its name and labels.
    numbers: BTreeMap<String, f64>,
    resources: Vec<Resource>,
    headers: Vec<BTreeMap<String, String>>,
    octets: Vec<Vec<u8>>,
}

impl Received {
    fn add(&mut self, request: Request) {
        let Request { path, headers, octets } = request;
        assert_eq!(headers["content-type"], "application/x-protobuf");
        match path.as_str() {
            "/v1/traces" => {
                let request = ExportTraceServiceRequest::decode(&octets[..]).unwrap();
                for of_resource in request.resource_spans {
                    self.resources.extend(of_resource.resource);
                    self.spans.extend(of_resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
                }
            }
            "/v1/metrics" => {
                let request = ExportMetricsServiceRequest::decode(&octets[..]).unwrap();
                for of_resource in request.resource_metrics {
                    self.resources.extend(of_resource.resource);
                    let metrics = of_resource.scope_metrics.into_iter().flat_map(|scope| scope.metrics);
                    metrics.for_each(|metric| self.add_number(&metric.name, metric.data.unwrap()));
                }
            }
            other => panic!("{other}"),
        }
        self.headers.push(headers);
        self.octets.push(octets);
    }

    fn add_number(&mut self, name: &str, data: Data) {
        let points = match data {
            Data::Sum(sum) => sum.data_points,
            Data::Gauge(gauge) => gauge.data_points,
            Data::Histogram(histogram) => {
                for point in histogram.data_points {
                    self.numbers.insert(labelled(name, &point.attributes), point.count as f64);
                }
                return;
            }
            other => panic!("{other:?}"),
        };
        for point in points {
            let value = match point.value.unwrap() {
                number_data_point::Value::AsInt(value) => value as f64,
                number_data_point::Value::AsDouble(value) => value,
            };
            self.numbers.insert(labelled(name, &point.attributes), value);
        }
    }

    fn number(&self, name: &str) -> f64 {
        *self.numbers.get(name).unwrap_or(&0.0)
    }

    fn spans(&self, name: &str) -> Vec<&Span> {
        self.spans.iter().filter(|span| span.name == name).collect()
    }

    /// Whether any of this is in anything that came.
    fn has(&self, needle: &str) -> bool {
        let has = |octets: &Vec<u8>| octets.windows(needle.len()).any(|part| part == needle.as_bytes());
        self.octets.iter().any(has)
    }
}

/// The name of a number with its labels, in the order of their names.
fn labelled(name: &str, attributes: &[KeyValue]) -> String {
    let mut labels: Vec<_> =
        attributes.iter().map(|label| format!(" {}={}", label.key, shown(label))).collect();
    labels.sort();
    format!("{name}{}", labels.concat())
}

fn shown(attribute: &KeyValue) -> String {
    match attribute.value.as_ref().unwrap().value.as_ref().unwrap() {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        other => panic!("{other:?}"),
    }
}

fn attribute(attributes: &[KeyValue], key: &str) -> Option<String> {
    attributes.iter().find(|attribute| attribute.key == key).map(shown)
}

/// A server that sends to `address`; spans each 50 milliseconds.
fn serving(file: &Path, variables: &[(&str, &str)]) -> Configured {
    let mut command = wharf(["serve", "--config", file.to_str().unwrap()]);
    Configured::run(command.env("OTEL_BSP_SCHEDULE_DELAY", "50").envs(variables.iter().copied()))
}

fn telemetry(address: SocketAddr, more: &str) -> String {
    format!("[limits]\nlogin-delay = 0\n[telemetry]\nendpoint = \"http://{address}/\"\n{more}")
}

#[test]
fn a_session_is_a_span_and_what_it_did_are_spans_below_it() {
    let collector = Collector::start();
    let section = telemetry(
        collector.address,
        "headers-file = \"headers\"\ninterval = \"1 s\"\nservice-name = \"files\"\n",
    );
    let (yard, file) = yard(&format!("{ANNA}{ALL}{section}"));
    fs::write(yard.path().join("headers"), "Authorization: Bearer t0ken\n\nX-Tenant: a b\n").unwrap();
    let server = serving(&file, &[]);
    server.client(&["ls"], "anna", "wr0ng", "").ends_with(4);
    assert_eq!(put(&server, "one", yard.path()), Some(0));
    server.client(&["cat"], "anna", "secret", "missing").ends_with(5);
    let mut all = Received::default();
    collector.take_until(&mut all, |all| {
        let transfers = all.number("wharf.transfers code=226 direction=upload");
        let sessions = (all.number("wharf.sessions.opened"), all.number("wharf.sessions"));
        all.spans("session").len() == 3 && transfers == 1.0 && sessions == (3.0, 0.0)
    });
    let stored = all.spans("STOR")[0];
    let session =
        all.spans("session").into_iter().find(|span| span.span_id == stored.parent_span_id).unwrap();
    assert_eq!((&session.trace_id, session.parent_span_id.len()), (&stored.trace_id, 0));
    assert_eq!(session.kind, SpanKind::Server as i32);
    assert_eq!(attribute(&session.attributes, "user.name").as_deref(), Some("anna"));
    assert_eq!(attribute(&session.attributes, "client.address").as_deref(), Some("127.0.0.1"));
    let of = |key| attribute(&stored.attributes, key);
    assert_eq!(of("wharf.session"), attribute(&session.attributes, "wharf.session"));
    assert_eq!((of("wharf.octets").as_deref(), of("file.path").as_deref()), (Some("5"), Some("/one")));
    assert_eq!((of("wharf.verb").as_deref(), of("wharf.reply.code").as_deref()), (Some("STOR"), Some("226")));
    assert_eq!(of("wharf.direction").as_deref(), Some("upload"));
    let times = [
        session.start_time_unix_nano,
        stored.start_time_unix_nano,
        stored.end_time_unix_nano,
        session.end_time_unix_nano,
    ];
    assert!(times.is_sorted() && times[0] > 0, "{times:?}");
    // Three sessions, each a trace of its own, and everything is in one of them.
    let mut traces: Vec<_> = all.spans("session").iter().map(|span| span.trace_id.clone()).collect();
    traces.sort();
    traces.dedup();
    assert_eq!(traces.len(), 3);
    assert!(all.spans.iter().all(|span| traces.contains(&span.trace_id)));
    // A wrong password is the client's mistake.
    let code = |span: &&Span| attribute(&span.attributes, "wharf.reply.code");
    let codes: Vec<_> = all.spans("PASS").iter().map(code).collect();
    assert_eq!(codes.iter().filter(|code| code.as_deref() == Some("530")).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| code.as_deref() == Some("230")).count(), 2, "{codes:?}");
    let is_error = |span: &&Span| span.status.as_ref().is_some_and(|is| is.code == StatusCode::Error as i32);
    assert_eq!(all.spans.iter().filter(is_error).count(), 0);
    for (number, value) in [
        ("wharf.sessions.opened", 3.0),
        ("wharf.logins outcome=granted", 2.0),
        ("wharf.logins outcome=refused", 1.0),
        ("wharf.transfer.octets direction=upload", 5.0),
        ("wharf.transfer.duration direction=upload", 1.0),
        ("wharf.command.duration verb=PASS", 3.0),
        ("wharf.errors code=530 verb=PASS", 1.0),
        ("wharf.configuration_in_force", 1.0),
        ("wharf.telemetry.spans_dropped", 0.0),
    ] {
        assert_eq!(all.numbers.get(number), Some(&value), "{number} {:#?}", all.numbers);
    }
    for resource in &all.resources {
        assert_eq!(attribute(&resource.attributes, "service.name").as_deref(), Some("files"));
    }
    for headers in &all.headers {
        assert_eq!((&*headers["authorization"], &*headers["x-tenant"]), ("Bearer t0ken", "a b"));
    }
    // The pathname of what was transferred is there, and what was asked for besides is not.
    assert!(all.has("/one"));
    for secret in ["secret", "wr0ng", "t0ken", "missing", "$1$saltsalt"] {
        assert!(!all.has(secret), "{secret}");
    }
}

#[test]
fn what_waits_is_sent_when_the_server_ends() {
    let collector = Collector::start();
    let section = telemetry(collector.address, "interval = \"1 h\"\npathnames = false\n");
    let (yard, file) = yard(&format!("{ANNA}{ALL}{section}"));
    let mut server = serving(&file, &[("OTEL_BSP_SCHEDULE_DELAY", "3600000")]);
    assert_eq!(put(&server, "one", yard.path()), Some(0));
    // One that is still there.
    let mut there = TcpStream::connect(&server.address).unwrap();
    there.read_exact(&mut [0; 3]).unwrap();
    assert!(collector.requests.try_recv().is_err(), "it was sent before its time");
    server.signal(Signal::TERM);
    assert!(server.wait().success());
    let mut all = Received::default();
    collector.rest(&mut all);
    assert_eq!((all.spans("session").len(), all.spans("STOR").len()), (2, 1));
    assert_eq!(all.number("wharf.transfers code=226 direction=upload"), 1.0);
    assert!(!all.has("/one"));
}

#[test]
fn a_collector_that_does_not_answer_keeps_no_server_from_its_end() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let section = telemetry(silent.local_addr().unwrap(), "interval = \"1 s\"\n");
    let (yard, file) = yard(&format!("{ANNA}{ALL}{section}[server]\nshutdown-timeout = 2\n"));
    let mut server = serving(&file, &[("OTEL_EXPORTER_OTLP_TIMEOUT", "600000")]);
    assert_eq!(put(&server, "one", yard.path()), Some(0));
    // The thread that sends spans is held.
    let held = silent.accept().unwrap();
    assert_eq!(put(&server, "two", yard.path()), Some(0));
    let began = Instant::now();
    server.signal(Signal::TERM);
    assert!(server.wait().success());
    assert!(began.elapsed() < Duration::from_secs(60), "it waited for the collector");
    server.logs("the collector has not taken the last telemetry");
    drop(held);
}

#[test]
fn what_a_collector_misses_is_counted_and_when_it_is_back_it_gets_the_rest() {
    let unheard = Unheard::new();
    let address = unheard.address();
    let more = "interval = \"1 s\"\nwaiting = 3\n[metrics]\nlisten = \"127.0.0.1:0\"\n";
    let (yard, file) = yard(&format!("{ANNA}{ALL}{}", telemetry(address, more)));
    let mut server = serving(&file, &[("OTEL_EXPORTER_OTLP_TIMEOUT", "300")]);
    let line = server.logs("metrics at http://").pop().unwrap();
    let metrics = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let dropped = || {
        let numbers = get(&metrics, "/metrics");
        let line = numbers.lines().find_map(|line| line.strip_prefix("wharf_telemetry_spans_dropped_total "));
        line.unwrap().parse::<u64>().unwrap()
    };
    // A session has more spans than may wait; those that may wait are given up too.
    assert_eq!(put(&server, "one", yard.path()), Some(0));
    server.logs("the collector takes no spans: ");
    let spans = |text: &str| text.matches("wharf_command_duration_seconds_count").count() as u64;
    while dropped() < spans(&get(&metrics, "/metrics")) {
        thread::yield_now();
    }
    let collector = Collector::at(unheard.listen());
    let mut all = Received::default();
    collector.take_until(&mut all, |all| all.number("wharf.telemetry.spans_dropped") > 0.0);
    // Nobody had to help it.
    assert_eq!(put(&server, "two", yard.path()), Some(0));
    server.logs("the collector takes spans again");
    collector.take_until(&mut all, |all| !all.spans.is_empty());
}

#[test]
fn the_environment_says_where_too() {
    let collector = Collector::start();
    let endpoint = format!("http://{}", collector.address);
    let traces = format!("{endpoint}/v1/traces");
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &*traces),
        ("OTEL_METRICS_EXPORTER", "none"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20t0ken"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=of-the-environment,host.name=here"),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
    ];
    let mut server = Served::start_with(&["--memory", "--host", "127.0.0.1"], &variables);
    server.logs("telemetry is sent spans=true numbers=false");
    server.run(["ls", &server.url("")]).text();
    let mut all = Received::default();
    collector.take_until(&mut all, |all| !all.spans("session").is_empty());
    assert_eq!(
        attribute(&all.resources[0].attributes, "service.name").as_deref(),
        Some("of-the-environment")
    );
    assert_eq!(attribute(&all.resources[0].attributes, "host.name").as_deref(), Some("here"));
    assert_eq!(all.headers[0]["authorization"], "Bearer t0ken");
    // Nothing at all.
    let off = [&variables[..], &[("OTEL_SDK_DISABLED", "true")]].concat();
    let mut server = Served::start_with(&["--memory", "--host", "127.0.0.1"], &off);
    server.run(["ls", &server.url("")]).text();
    server.signal(Signal::TERM);
    assert!(server.wait().success());
    assert!(!server.rest_of_log().contains("telemetry"));
}

#[test]
fn sessions_that_are_not_chosen_have_no_spans() {
    let collector = Collector::start();
    let (yard, file) = yard(&format!("{ANNA}{}", telemetry(collector.address, "")));
    let sampler = [("OTEL_TRACES_SAMPLER", "always_off")];
    let mut server = serving(&file, &sampler);
    assert_eq!(server.client(&["cat"], "anna", "secret", "note").ends_with(0).text(), "hello");
    server.signal(Signal::TERM);
    assert!(server.wait().success());
    let mut all = Received::default();
    collector.rest(&mut all);
    assert!(all.spans.is_empty());
    assert_eq!(all.number("wharf.transfer.octets direction=download"), 5.0);
    // The file has more say than the environment.
    let collector = Collector::start();
    fs::write(&file, format!("{}\n{}", with_head(&yard, ANNA), telemetry(collector.address, "sample = 1\n")))
        .unwrap();
    let server = serving(&file, &sampler);
    assert_eq!(server.client(&["cat"], "anna", "secret", "note").ends_with(0).text(), "hello");
    collector.take_until(&mut all, |all| !all.spans("RETR").is_empty());
}

#[test]
fn what_is_wrong_with_it_is_said_at_the_start_and_no_secret_with_it() {
    let (yard, file) =
        yard(&format!("{ANNA}{}", telemetry("127.0.0.1:9".parse().unwrap(), "headers-file = \"headers\"\n")));
    let serve =
        || super::program::run(&mut wharf(["serve", "--config", file.to_str().unwrap()])).ends_with(2);
    assert!(serve().stderr.contains("telemetry.headers-file: "));
    fs::write(yard.path().join("headers"), "X-One: 1\nAuthorization Bearer t0ken\n").unwrap();
    let said = serve().stderr;
    assert!(said.contains("headers:2: it is no header") && !said.contains("t0ken"), "{said}");
}

#[test]
fn more_room_than_there_can_be_is_no_reason_not_to_start() {
    let (_yard, file) = yard(&format!("{ANNA}{}", telemetry("127.0.0.1:9".parse().unwrap(), "")));
    let most = usize::MAX.to_string();
    let served = serving(&file, &[("OTEL_BSP_MAX_QUEUE_SIZE", &most)]);
    assert_eq!(served.client(&["ls"], "anna", "secret", "").text(), "note\n");
}
