//! What was seen of a server, for people: a label and a value on each line.

use std::fmt::{self, Display, Formatter};

use wharf::core::{
    command::{
        Command,
        listing::{Mlsd, Mlst},
    },
    pathname::escape_for_display,
};

use super::{
    certificate::{Certificate, Problem, Trust},
    clock::Clock,
    listing::{Listing, Rows},
    passive::{AddressIs, Answer, Passive},
    report::{DataConnection, Report, Tls},
};

/// Where values begin.
const COLUMN: usize = 14;

/// How wide lists of words are, labels aside.
const WIDTH: usize = 84;

/// The report as text, without the end of its last line.
pub(super) struct Text<'a>(pub(super) &'a Report);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Report { server, address, greeting, system, features, .. } = self.0;
        let address = address.map(|address| address.to_string()).filter(|address| address != server);
        let at = address.map(|address| format!(" at {address}")).unwrap_or_default();
        let mut lines = Lines { f, begun: false };
        lines.row("server", &format!("{}://{server}{at}", self.0.scheme))?;
        lines.rows("greeting", greeting.iter().map(String::as_str))?;
        lines.option("system", system.as_deref())?;
        if let Some(features) = features {
            let name = |known| {
                let some = features.iter().filter(move |feature| feature.known == known);
                some.map(|feature| {
                    // The facts have a place of their own.
                    let has_facts = feature.name == Mlst::SPEC.verb;
                    let parameters = if has_facts { "" } else { &feature.parameters };
                    format!("{} {parameters}", feature.name).trim_end().to_owned()
                })
            };
            lines.list("features", name(true))?;
            lines.list("not known", name(false))?;
        }
        if let Some(tls) = &self.0.tls {
            lines.gap()?;
            lines.tls(tls)?;
        }
        if let Some(login) = &self.0.login {
            lines.gap()?;
            lines
                .row("login", &format!("{}{}", login.user, if login.accepted { "" } else { ": refused" }))?;
        }
        if let Some(milliseconds) = self.0.round_trip_ms {
            lines.row("round trip", &format!("{milliseconds:.1} ms"))?;
        }
        if let Some(passive) = &self.0.passive {
            lines.passive(passive)?;
        }
        lines.data(&self.0.data_connections)?;
        if let Some(listing) = &self.0.listing {
            let asked = self.0.data_connections.iter().any(|data| data.command == Mlsd::SPEC.verb);
            lines.listing(listing, asked)?;
        }
        if let Some(clock) = &self.0.clock {
            lines.clock(clock)?;
        }
        if let Some(stopped) = &self.0.stopped {
            lines.gap()?;
            lines.row("stopped", stopped)?;
        }
        Ok(())
    }
}

/// Lines on their way out. All that a server sent is escaped here.
struct Lines<'a, 'f> {
    f: &'a mut Formatter<'f>,
    begun: bool,
}

impl Lines<'_, '_> {
    fn row(&mut self, label: &str, value: &str) -> fmt::Result {
        let end = if std::mem::replace(&mut self.begun, true) { "\n" } else { "" };
        write!(self.f, "{end}{label:COLUMN$}{}", escape_for_display(value.as_bytes()))
    }

    /// A line that parts what does not belong together.
    fn gap(&mut self) -> fmt::Result {
        writeln!(self.f)
    }

    fn option(&mut self, label: &str, value: Option<&str>) -> fmt::Result {
        value.map_or(Ok(()), |value| self.row(label, value))
    }

    /// Values below each other.
    fn rows<T: AsRef<str>>(&mut self, label: &str, values: impl IntoIterator<Item = T>) -> fmt::Result {
        let mut label = label;
        for value in values {
            self.row(label, value.as_ref())?;
            label = "";
        }
        Ok(())
    }

    /// Words with commas between them, on as many lines as it takes.
    fn list<T: AsRef<str>>(&mut self, label: &str, words: impl IntoIterator<Item = T>) -> fmt::Result {
        let mut lines = vec![String::new()];
        for word in words {
            let word = word.as_ref();
            match lines.last_mut() {
                Some(line) if line.is_empty() => line.push_str(word),
                Some(line) if line.len() + word.len() + 2 <= WIDTH => {
                    line.push_str(", ");
                    line.push_str(word);
                }
                Some(line) => {
                    line.push(',');
                    lines.push(word.to_owned());
                }
                None => {}
            }
        }
        lines.retain(|line| !line.is_empty());
        self.rows(label, lines)
    }

    fn tls(&mut self, tls: &Tls) -> fmt::Result {
        if let Some(refused) = &tls.refused {
            return self.row("TLS", &format!("not offered: {refused}"));
        }
        match tls.used {
            true => self.row("TLS", tls.begins)?,
            false => self.row("TLS", "offered, and not used: the URL would begin with ftpes://")?,
        }
        for version in &tls.versions {
            let parts = [version.cipher_suite.as_deref(), version.error.as_deref()];
            let value = parts.into_iter().flatten().collect::<Vec<_>>().join("; ");
            self.row(&format!("  {}", version.version), &value)?;
        }
        if let Some(trust) = &tls.trust {
            self.trust(trust)?;
        }
        for (at, certificate) in tls.certificates.iter().enumerate() {
            let days_left = tls.trust.as_ref().and_then(|trust| trust.days_left).filter(|_| at == 0);
            self.certificate(if at == 0 { "certificate" } else { "signed by" }, certificate, days_left)?;
        }
        Ok(())
    }

    fn trust(&mut self, trust: &Trust) -> fmt::Result {
        let Trust { trusted, judge, reason, problems, .. } = trust;
        let verdict = match (trusted, reason) {
            (true, _) => format!("yes, by {judge}"),
            (false, None) => format!("no, by {judge}"),
            (false, Some(reason)) => format!("no, by {judge}: {reason}"),
        };
        self.row("trusted", &verdict)?;
        let problem = |problem: &Problem| match problem {
            Problem::SelfSigned => "self-signed",
            Problem::WrongName => "not for this host",
            Problem::Expired => "expired",
            Problem::NotYetValid => "not valid yet",
            Problem::Unreadable => "cannot be read",
        };
        self.list("  it is", problems.iter().map(problem))
    }

    fn certificate(&mut self, label: &str, certificate: &Certificate, days_left: Option<i64>) -> fmt::Result {
        self.row(label, certificate.subject.as_deref().unwrap_or("?"))?;
        if !certificate.self_signed {
            self.option("  issuer", certificate.issuer.as_deref())?;
        }
        self.list("  names", &certificate.names)?;
        if let (Some(from), Some(to)) = (&certificate.not_before, &certificate.not_after) {
            let left = match days_left {
                Some(days @ 0..) => format!(", {days} days left"),
                Some(days) => format!(", {} days ago", -days),
                None => String::new(),
            };
            self.row("  valid", &format!("{from} to {to}{left}"))?;
        }
        self.option("  key", certificate.key.as_deref())?;
        self.row("  SHA-256", &certificate.sha256)
    }

    fn passive(&mut self, passive: &Passive) -> fmt::Result {
        let shown = |answer: &Answer| match answer.usable {
            true => answer.reply.clone(),
            false => format!("refused: {}", answer.reply),
        };
        self.row("EPSV", &shown(&passive.epsv))?;
        self.row("PASV", &shown(&passive.pasv))?;
        let (Some(address), Some(is)) = (passive.pasv_address, passive.pasv_address_is) else {
            return Ok(());
        };
        let is = match is {
            AddressIs::Server => return self.row("", "names the server's own address"),
            AddressIs::NotComparable => return Ok(()),
            AddressIs::Unroutable => "no machine's",
            AddressIs::Loopback => "every machine's own",
            AddressIs::Private => "that of a private network",
            AddressIs::Other => "another machine's",
        };
        self.row("", &format!("{address} is {is}: clients have to ignore it, as wharf does"))
    }

    fn data(&mut self, all: &[DataConnection]) -> fmt::Result {
        let one = |data: &DataConnection| {
            let how = match (&data.error, data.resumed) {
                (Some(error), _) => format!("failed: {error}"),
                (None, Some(true)) => "works, resumes the TLS session".to_owned(),
                (None, Some(false)) => "works, does not resume the TLS session".to_owned(),
                (None, None) => "works".to_owned(),
            };
            let tls = data.tls.as_deref().map(|tls| format!("{tls}, ")).unwrap_or_default();
            format!("{tls}{}, {}: {how}", data.form, data.command)
        };
        self.rows("data", all.iter().map(one))
    }

    fn listing(&mut self, listing: &Listing, has_mlsd: bool) -> fmt::Result {
        self.option("directory", listing.directory.as_deref())?;
        match &listing.mlsd {
            Some(rows) => self.format("MLSD", rows)?,
            // Why it failed stands above.
            None if has_mlsd => {}
            None => self.row("MLSD", "not there")?,
        }
        self.list("  facts", &listing.facts)?;
        listing.list.as_ref().map_or(Ok(()), |rows| self.format("LIST", rows))
    }

    fn format(&mut self, label: &str, rows: &Rows) -> fmt::Result {
        let format = match rows.format {
            Some(format) => format!("format {format}, "),
            None if rows.unparsed > 0 => "format unknown, ".to_owned(),
            None => String::new(),
        };
        let more = if rows.complete { "" } else { ", and more" };
        let entries = if rows.entries == 1 { "entry" } else { "entries" };
        let bad = match rows.unparsed {
            0 => String::new(),
            bad => format!(", {bad} that cannot be read:"),
        };
        self.row(label, &format!("{format}{} {entries}{more}{bad}", rows.entries))?;
        self.rows("", &rows.examples)
    }

    fn clock(&mut self, clock: &Clock) -> fmt::Result {
        if let (Some(ahead), Some(uncertainty)) = (clock.ahead_seconds, clock.uncertainty_seconds) {
            let value = match ahead {
                _ if ahead.abs() <= uncertainty => format!("as ours, within {uncertainty} s"),
                0.0.. => format!("{ahead} s ahead of ours, within {uncertainty} s"),
                _ => format!("{} s behind ours, within {uncertainty} s", -ahead),
            };
            self.row("clock", &value)?;
        }
        if let Some(ahead) = clock.newest_file_ahead_seconds {
            self.row("clock", &format!("ahead, perhaps: the newest file is {ahead} s in the future"))?;
        }
        if let Some(minutes) = clock.list_zone_minutes {
            let sign = if minutes < 0 { '-' } else { '+' };
            let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
            let zone = match minutes {
                0 => "UTC".to_owned(),
                _ => format!("UTC{sign}{hours:02}:{rest:02}"),
            };
            self.row("LIST's zone", &zone)?;
        }
        self.option("clock", clock.error.as_deref())
    }
}
