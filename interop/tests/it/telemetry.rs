//! Spans and numbers, with a collector of others and curl.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;
use wharf_interop::{
    Target,
    clients::{curl, curl_status, printed},
    collector::Collector,
    servers::binary,
};

/// A server that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server that sends what there is to `collector`.
fn serving(folder: &TempDir, collector: &Collector) -> (Running, Target) {
    let password = folder.path().join("password");
    fs::write(&password, "s3cret\n").unwrap();
    let mut server = Command::new(binary());
    server
        .args(["serve", "--memory", "--host", "127.0.0.1", "--port", "0"])
        .args(["--user", "anna", "--password-file"])
        .arg(password)
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{}", collector.address))
        .env("OTEL_BSP_SCHEDULE_DELAY", "50")
        .env("OTEL_METRIC_EXPORT_INTERVAL", "1000");
    let mut running = Running(server.stdout(Stdio::piped()).spawn().unwrap());
    let notice = BufReader::new(running.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let address = notice
        .into_iter()
        .find_map(|line| line.trim().strip_prefix("address   ")?.strip_prefix("ftp://")?.parse().ok());
    let target = Target { address: address.unwrap(), user: "anna".to_owned(), password: "s3cret".to_owned() };
    (running, target)
}

/// The value behind the first `name` in what is shown of a span.
fn field<'a>(span: &'a str, name: &str) -> &'a str {
    let line = span.lines().find_map(|line| line.trim().strip_prefix(name));
    line.unwrap_or_else(|| panic!("{name} is not in {span}")).trim_start_matches([' ', ':'])
}

#[test]
fn a_collector_has_the_sessions_and_transfers_of_curl() {
    let collector = Collector::start();
    let folder = TempDir::new().unwrap();
    let (_server, target) = serving(&folder, &collector);
    let local = folder.path().join("local");
    fs::write(&local, "twelve bytes").unwrap();
    curl(&target, &["-T", local.to_str().unwrap(), &target.url("file")]);
    assert_eq!(printed(curl(&target, &[&target.url("file")])), "twelve bytes");
    let stranger = Target { password: "wr0ng".to_owned(), ..target.clone() };
    assert_eq!(curl_status(&stranger, &[&target.url("file")]), Some(67));
    let shown = collector.shows(|shown| {
        let sessions = shown.matches("Name           : session").count();
        let last = shown.rsplit("-> Name: wharf.transfer.octets").next().unwrap_or_default();
        sessions == 3 && last.matches("Value: 12").count() == 2
    });
    let spans: Vec<_> =
        shown.split("Span #").skip(1).map(|span| span.split("\nResource").next().unwrap()).collect();
    let named = |name: &str| -> Vec<&str> {
        spans.iter().copied().filter(|span| field(span, "Name ") == name).collect()
    };
    let sessions = named("session");
    for (verb, direction) in [("STOR", "upload"), ("RETR", "download")] {
        let [transfer] = named(verb)[..] else { panic!("{verb}: {shown}") };
        let session = sessions.iter().find(|span| field(span, "ID  ") == field(transfer, "Parent ID"));
        let session = session.unwrap_or_else(|| panic!("{transfer} is of no session: {shown}"));
        assert_eq!(field(session, "Trace ID"), field(transfer, "Trace ID"));
        assert_eq!(field(session, "-> user.name"), "Str(anna)");
        assert_eq!(field(transfer, "-> wharf.octets"), "Int(12)");
        assert_eq!(field(transfer, "-> wharf.direction"), format!("Str({direction})"));
        assert_eq!(field(transfer, "-> wharf.reply.code"), "Int(226)");
        assert_eq!(field(transfer, "-> file.path"), "Str(/file)");
    }
    assert_eq!(field(spans[0], "Kind"), "SPAN_KIND_INTERNAL");
    assert!(!shown.contains("s3cret") && !shown.contains("wr0ng"), "{shown}");
}
