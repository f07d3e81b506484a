//! What a server says of itself, and how far away it is.

use std::time::{Duration, Instant};

use wharf::{
    Connection, Error,
    core::{command::Registry, spec},
};

use super::report::{self, Feature, Report};
use crate::exit::Failure;

/// How many round trips are measured.
const ROUND_TRIPS: usize = 7;

/// Asks for what is not known yet: features and system.
///
/// # Errors
/// The connection was lost. That the server refuses is no error: it may want a login first.
pub(super) async fn ask(client: &mut Connection, report: &mut Report) -> Result<(), Failure> {
    if report.features.is_none() {
        let features = allowed(client.features().await)?;
        report.features = features.map(|features| {
            let known = known();
            let feature = |(name, parameters): (&str, &[u8])| Feature {
                known: known.iter().any(|known| known.eq_ignore_ascii_case(name)),
                name: name.to_owned(),
                parameters: report::text(parameters),
            };
            features.iter().map(feature).collect()
        });
    }
    if report.system.is_none() {
        report.system = allowed(client.system().await)?;
    }
    Ok(())
}

/// The median time from a NOOP to its reply, in milliseconds.
///
/// # Errors
/// The connection was lost.
pub(in crate::verb) async fn round_trip(client: &mut Connection) -> Result<f64, Failure> {
    let mut times = Vec::new();
    for _ in 0..ROUND_TRIPS {
        let sent = Instant::now();
        // A refusal takes as long.
        allowed(client.noop().await)?;
        times.push(sent.elapsed());
    }
    times.sort_unstable();
    let median = times.get(ROUND_TRIPS / 2).copied().unwrap_or(Duration::ZERO);
    // Microseconds are as exact as it gets.
    Ok((median.as_secs_f64() * 1e6).round() / 1e3)
}

/// `None` where the server has refused.
///
/// # Errors
/// All others.
pub(super) fn allowed<T>(answer: Result<T, Error>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.reply().is_some_and(|reply| reply.code() != 421) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The names that features may have: those of commands, and what wharf's own commands say of themselves.
fn known() -> Vec<&'static str> {
    let registry = Registry::standard();
    let names = registry.iter().flat_map(|command| {
        let line = match command.spec.feature {
            spec::Feature::Line(line) => line.split(' ').next(),
            _ => None,
        };
        command.spec.verbs().chain(line)
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_wharf_says_itself() {
        let known = known();
        for name in
            ["AUTH", "PBSZ", "PROT", "MLST", "SIZE", "MDTM", "MFMT", "REST", "UTF8", "EPSV", "EPRT", "TVFS"]
        {
            assert!(known.contains(&name), "{name}");
        }
        assert!(!known.contains(&"XQUOTA"));
    }
}
