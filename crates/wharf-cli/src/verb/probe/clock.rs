//! The server's clock, and the zone of its LIST.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use tokio::io::AsyncWriteExt;
use wharf::{
    Connection, Error,
    core::{
        command::attribute::Mdtm,
        listing::{ListClock, ListedEntry, Modified, Zone},
        representation::RepresentationType,
    },
};

use super::{
    identity::allowed,
    listing::{self, Form, Listed},
    report::Report,
};
use crate::exit::Failure;

/// What can be told of the clock. Most of it needs a file of known age, which only an upload makes.
#[derive(Debug, Default, Serialize)]
pub(super) struct Clock {
    /// How far the server's clock is ahead of ours, in seconds, by a file that was just uploaded.
    pub(super) ahead_seconds: Option<f64>,
    /// How much of that may be an error of measurement, in either direction.
    pub(super) uncertainty_seconds: Option<f64>,
    /// How far the newest file is in our future, in seconds; without an upload it is all there is to see.
    pub(super) newest_file_ahead_seconds: Option<f64>,
    /// The zone of the times in LIST: minutes to be added to UTC.
    pub(super) list_zone_minutes: Option<i64>,
    /// Why nothing more could be seen.
    pub(super) error: Option<String>,
}

/// Compares what the listings tell of files, and asks for the time of one if MLSD does not tell it.
///
/// # Errors
/// The connection was lost.
pub(super) async fn by_listings(client: &mut Connection, listed: &Listed) -> Result<Clock, Failure> {
    let mut clock = Clock::default();
    let now = SystemTime::now();
    let exact = |entry: &ListedEntry| entry.modified.filter(|modified| modified.zone == Zone::Utc);
    let mut newest = listed.mlsd.iter().filter_map(exact).map(|modified| modified.time).max();
    let files = listed.list.iter().filter(|entry| entry.is_file());
    let timed = files.filter_map(|entry| Some((entry, of_unknown_zone(entry)?)));
    if let Some((entry, in_list)) = timed.max_by_key(|(_, modified)| modified.time) {
        let in_mlsd = listed.mlsd.iter().find(|other| other.name == entry.name).and_then(exact);
        let time = match in_mlsd {
            Some(modified) => Some(modified.time),
            None => allowed(client.modified(&entry.name).await)?,
        };
        newest = newest.max(time);
        clock.list_zone_minutes = time.and_then(|time| zone(in_list, time));
    }
    let ahead = newest.map(|newest| seconds(newest) - seconds(now));
    clock.newest_file_ahead_seconds = ahead.filter(|ahead| *ahead > 0.0).map(rounded);
    Ok(clock)
}

/// Uploads a small file to the working directory, looks at its time and removes it.
///
/// # Errors
/// The connection was lost: the file may then be left.
pub(super) async fn by_upload(client: &mut Connection, report: &mut Report) -> Result<Clock, Failure> {
    let mut clock = Clock::default();
    let number = getrandom::u64().map_err(|error| Failure::local("cannot choose a name", &error))?;
    let name = format!("wharf-probe-{number:016x}.tmp");
    let before = SystemTime::now();
    if let Err(error) = upload(client, &name).await {
        clock.error = Some(survived(client, error)?);
        // A part of it may be there. That it is not is no news.
        allowed(client.remove_file(&name).await)?;
        return Ok(clock);
    }
    let after = SystemTime::now();
    if let Some(modified) = allowed(client.send(Mdtm::new(&name)).await)? {
        // Whole seconds are rounded down.
        let unit = if modified.fraction_digits() == 0 { 0.5 } else { 0.0 };
        let middle = f64::midpoint(seconds(before), seconds(after));
        let modified = modified.to_system_time();
        clock.ahead_seconds = Some(rounded(seconds(modified) + unit - middle));
        clock.uncertainty_seconds = Some(rounded((seconds(after) - seconds(before)) / 2.0 + unit));
        for form in listing::usable(report).into_iter().take(1) {
            let listed = listing::over(client, report, form, Form::List).await?;
            let entry = listed.and_then(|sample| sample.entry(name.as_bytes()));
            let in_list = entry.as_ref().and_then(of_unknown_zone);
            clock.list_zone_minutes = in_list.and_then(|in_list| zone(in_list, modified));
        }
    }
    if let Err(error) = client.remove_file(&name).await {
        let reason = survived(client, error)?;
        clock.error = Some(format!("{name} could not be removed: {reason}"));
    }
    Ok(clock)
}

async fn upload(client: &mut Connection, name: &str) -> Result<(), Error> {
    client.set_representation(RepresentationType::Image);
    let mut stream = client.write(name).await?;
    // What went wrong is told at the end.
    let _ = stream.write_all(b"wharf probe was here\n").await;
    stream.finish().await
}

/// The text of an error after which the session goes on.
fn survived(client: &Connection, error: Error) -> Result<String, Failure> {
    match client.is_open() {
        true => Ok(error.to_string()),
        false => Err(error.into()),
    }
}

/// A time of day in a zone that is not told.
fn of_unknown_zone(entry: &ListedEntry) -> Option<Modified> {
    entry.modified.filter(|modified| modified.zone == Zone::Unknown)
}

/// The zone of LIST, in minutes, where one entry tells it.
fn zone(in_list: Modified, time: SystemTime) -> Option<i64> {
    ListClock::measured([(in_list, time)]).map(ListClock::minutes)
}

/// Seconds since 1970.
fn seconds(time: SystemTime) -> f64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs_f64(),
        Err(before) => -before.duration().as_secs_f64(),
    }
}

/// To a tenth: nothing here is more exact.
fn rounded(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}
