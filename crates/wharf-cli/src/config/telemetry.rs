//! `[telemetry]`: spans and numbers for a collector of OpenTelemetry.

use std::{fs, path::PathBuf};

use serde::{Deserialize, Serialize};
use ureq::http::{HeaderName, HeaderValue, Uri};

use super::{Loaded, Time, hidden::Hidden, problem::Wrong};

pub(crate) const EXAMPLE: &str = r#"
[telemetry]
# A collector of OpenTelemetry, which takes OTLP over HTTP: spans are sent to v1/traces below this address, numbers to v1/metrics.
# Needs a wharf that was built with the feature `otel`. What is not said here, the variables OTEL_... may say; without an
# address in either, nothing is sent.
# endpoint = "https://collector.example.org:4318"
# A file of headers that are sent along, such as `Authorization: Bearer 12345`, each on a line.
# headers-file = "/etc/wharf/collector-headers"
# What the server is called there.
# service-name = "wharf"
# Of which part of the sessions spans are sent: 1 is all, 0.01 is each hundredth, 0 is none.
# sample = 1.0
# How often numbers are sent.
# interval = "60 s"
# How many spans may wait to be sent, 100000 at most. More are left out, and counted.
# waiting = 2048
# Whether a span has the pathname of its file, as the log has it.
# pathnames = true
"#;

/// How many spans may wait at most: there is room for all of them from the start.
pub(crate) const MOST_WAITING: usize = 100_000;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Section {
    pub(crate) endpoint: Option<Hidden>,
    pub(super) headers_file: Option<PathBuf>,
    pub(crate) service_name: Option<String>,
    pub(crate) sample: Option<f64>,
    pub(crate) interval: Option<Time>,
    pub(crate) waiting: Option<usize>,
    pathnames: Option<bool>,
}

impl Section {
    #[cfg_attr(not(feature = "otel"), allow(dead_code, reason = "nothing is sent"))]
    pub(crate) fn pathnames(&self) -> bool {
        self.pathnames.unwrap_or(true)
    }

    /// The headers that are sent along; the file with them is read.
    ///
    /// # Errors
    /// In words, with nothing of the file in them: it cannot be read, or is no good.
    pub(crate) fn headers(&self, loaded: &Loaded) -> Result<Vec<(String, String)>, String> {
        let Some(file) = &self.headers_file else { return Ok(Vec::new()) };
        let file = loaded.path(file);
        let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let wrong = |number: usize| format!("{}:{}: it is no header", file.display(), number + 1);
        lines.map(|(number, line)| header(line).ok_or_else(|| wrong(number))).collect()
    }

    /// Whether it is right, for a program that can or cannot send.
    pub(super) fn check(&self, can_send: bool) -> Result<(), Wrong> {
        if let Some(endpoint) = &self.endpoint {
            if !endpoint.starts_with("https://") && !endpoint.starts_with("http://") {
                return Err(Wrong::at("telemetry.endpoint", "it begins with https:// or http://"));
            }
            // Without the value, which may have a secret in it.
            if !endpoint.parse::<Uri>().is_ok_and(|uri| uri.host().is_some_and(|host| !host.is_empty())) {
                return Err(Wrong::at("telemetry.endpoint", "it is no address of a host"));
            }
            if !can_send {
                let text = "this wharf was built without the feature `otel`";
                return Err(Wrong::at("telemetry.endpoint", text));
            }
        }
        if self.sample.is_some_and(|part| !(0.0..=1.0).contains(&part)) {
            return Err(Wrong::at("telemetry.sample", "it is from 0 to 1"));
        }
        if self.interval.is_some_and(|interval| interval < Time::seconds(1)) {
            return Err(Wrong::at("telemetry.interval", "it is a second at least"));
        }
        if self.waiting.is_some_and(|waiting| !(1..=MOST_WAITING).contains(&waiting)) {
            return Err(Wrong::at("telemetry.waiting", format_args!("it is from 1 to {MOST_WAITING}")));
        }
        Ok(())
    }

    pub(super) fn check_files(&self, loaded: &Loaded) -> Result<(), Wrong> {
        self.headers(loaded).map(drop).map_err(|error| Wrong::at("telemetry.headers-file", error))
    }
}

/// Its name and its value, if the line is one.
fn header(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    let (name, value) = (name.trim(), value.trim());
    let is_good = name.parse::<HeaderName>().is_ok() && value.parse::<HeaderValue>().is_ok();
    is_good.then(|| (name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_cannot_send_is_not_asked_to() {
        let section = |text: &str| toml::from_str::<Section>(text).unwrap();
        let asks = section("endpoint = \"https://collector.example.org\"");
        assert!(asks.check(true).is_ok());
        assert!(asks.check(false).is_err());
        assert!(section("service-name = \"files\"").check(false).is_ok());
    }
    #[test]
    fn what_a_server_would_not_start_with_is_refused_without_its_value() {
        for text in [
            "endpoint = \"https://\"",
            "endpoint = \"https://anna:s3cret@\"",
            "endpoint = \"https://s3cret host\"",
            "endpoint = \"https://[s3cret\"",
            "waiting = 0",
            "waiting = 100001",
        ] {
            let refused = toml::from_str::<Section>(text).unwrap().check(true).unwrap_err();
            assert!(!format!("{refused} {refused:?}").contains("s3cret"), "{refused}");
        }
        let section = "endpoint = \"http://anna:s3cret@[::1]:4318/otlp\"\nwaiting = 100000";
        assert!(toml::from_str::<Section>(section).unwrap().check(true).is_ok());
    }
}
