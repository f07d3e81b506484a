//! Which parser reads a listing: its lines decide, all of them together.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{BadLine, BadLineReason, ListFormat, ListLine, ListParser, ListedEntry};

/// What a parser made of a line.
pub(super) type Found = Result<ListedEntry, BadLine>;

/// The parsers that may be the right one. Each reads every line, until it is clear which one understands the listing best.
#[derive(Debug)]
pub(super) struct Choice {
    /// The likely ones first. One alone is the choice.
    candidates: Vec<Candidate>,
    now: SystemTime,
    /// The lines, and their octets, that were read and not given out.
    held: usize,
    held_octets: usize,
}

/// The most lines that are held until the choice is made.
const MAX_HELD_LINES: usize = 64;
/// The most octets in these lines, but for the last.
const MAX_HELD_OCTETS: usize = 64 << 10;

/// What an entry or a heading speaks for a format.
const ENTRY: u32 = 4;
/// An entry that was changed in the future: its date is likely misread.
const ENTRY_OF_TOMORROW: u32 = 3;
/// A line that is of the format, and yet cannot be read.
const ALMOST: u32 = 1;
/// How far ahead of every other parser one must be to be chosen before the end: four entries.
const LEAD: u32 = 4 * ENTRY;

/// How far ahead of `now` a clock or a zone may be.
const TOMORROW: Duration = Duration::from_secs(86400);

/// One parser, and what it made of the lines so far.
#[derive(Debug)]
struct Candidate {
    parser: Arc<dyn ListParser>,
    format: Option<ListFormat>,
    found: VecDeque<Found>,
    score: u32,
    /// The first and the last of the dates.
    dates: Option<(SystemTime, SystemTime)>,
    /// The start of an entry that goes on.
    begun: Option<Begun>,
    /// Whether a LF alone has ended a line where CR LF end others.
    lf_ends_lines: bool,
    /// The name of the latest entry that has a version.
    versioned: Option<Vec<u8>>,
}

/// What waits for the next line.
#[derive(Debug)]
struct Begun {
    line: Vec<u8>,
    /// Whether it is an entry by itself, and its end may be in the midst of the name.
    is_entry: bool,
}

/// What a line ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineEnd {
    /// What the first line ends with, or CR LF.
    Usual,
    /// LF alone, where the first line ends with CR LF: it may be an octet of a name.
    StrayLf,
}

impl Choice {
    pub(super) fn new(
        parsers: impl IntoIterator<Item = (Option<ListFormat>, Arc<dyn ListParser>)>,
        now: SystemTime,
    ) -> Self {
        let candidates = parsers.into_iter().map(|(format, parser)| Candidate::new(format, parser));
        Self { candidates: candidates.collect(), now, held: 0, held_octets: 0 }
    }

    pub(super) fn push_front(&mut self, parser: Arc<dyn ListParser>) {
        self.candidates.insert(0, Candidate::new(None, parser));
    }

    pub(super) fn push_back(&mut self, parser: Arc<dyn ListParser>) {
        self.candidates.push(Candidate::new(None, parser));
    }

    /// Puts these formats before the others, in their order: they win where a listing speaks for several.
    pub(super) fn prefer(&mut self, formats: &[ListFormat]) {
        let rank = |candidate: &Candidate| {
            let at = formats.iter().position(|format| candidate.format == Some(*format));
            // Parsers that are not of ours stay where the user has put them.
            if candidate.format.is_none() { 0 } else { at.map_or(formats.len() + 1, |at| at + 1) }
        };
        let own = |candidate: &Candidate| candidate.format.is_some();
        let start = self.candidates.iter().position(own).unwrap_or_default();
        let end = self.candidates.iter().rposition(own).map_or(start, |last| last + 1);
        if let Some(candidates) = self.candidates.get_mut(start..end) {
            candidates.sort_by_key(rank);
        }
    }

    /// The format that was chosen, once it was, if it is one of ours.
    pub(super) fn format(&self) -> Option<ListFormat> {
        match self.candidates.as_slice() {
            [chosen] => chosen.format,
            _ => None,
        }
    }

    /// Takes a line in, and its number of octets into account.
    pub(super) fn read(&mut self, line: &[u8], end: LineEnd) {
        for candidate in &mut self.candidates {
            candidate.read(line, end, self.now);
        }
        self.held_line(line.len());
    }

    /// Takes note of a line that no parser is asked about.
    pub(super) fn bad(&mut self, bad: &BadLine) {
        for candidate in &mut self.candidates {
            candidate.give_up(self.now);
            candidate.found.push_back(Err(bad.clone()));
        }
        self.held_line(bad.line.len());
    }

    fn held_line(&mut self, octets: usize) {
        self.held += 1;
        self.held_octets += octets;
        if self.candidates.len() > 1 {
            let is_full = self.held >= MAX_HELD_LINES || self.held_octets >= MAX_HELD_OCTETS;
            self.decide(is_full);
        }
    }

    /// Says that no lines will come.
    pub(super) fn finish(&mut self) {
        for candidate in &mut self.candidates {
            candidate.give_up(self.now);
        }
        self.decide(true);
    }

    /// The next of what the chosen parser has found; `None` as long as none is chosen.
    pub(super) fn next(&mut self) -> Option<Found> {
        match self.candidates.as_mut_slice() {
            [chosen] => chosen.found.pop_front(),
            // Lines that nobody understood.
            [first, ..] if self.held == 0 => first.found.pop_front(),
            _ => None,
        }
    }

    /// Chooses the best parser if it is far ahead, or at once. Where no parser has understood anything, the lines are
    /// given out as bad, and the next ones decide.
    fn decide(&mut self, at_once: bool) {
        let Some(best) = self.best() else { return };
        let score = |at: usize| self.candidates.get(at).map_or(0, |candidate| candidate.score);
        let others = (0..self.candidates.len()).filter(|at| *at != best).map(score).max().unwrap_or(0);
        if !at_once && score(best) < others + LEAD {
            return;
        }
        (self.held, self.held_octets) = (0, 0);
        if score(best) >= ENTRY_OF_TOMORROW {
            let chosen = self.candidates.swap_remove(best);
            self.candidates = vec![chosen];
            return;
        }
        let found = self.candidates.get_mut(best).map(|best| std::mem::take(&mut best.found));
        for candidate in &mut self.candidates {
            candidate.found.clear();
            candidate.score = 0;
        }
        if let Some(first) = self.candidates.first_mut() {
            first.found = found.unwrap_or_default();
        }
    }

    /// The parser that understood most; of those that did equally well the first, but of the dialects of its format the one
    /// by which the dates are closest together: files are rarely spread over decades, and their years are rarely all
    /// different.
    fn best(&self) -> Option<usize> {
        let most = self.candidates.iter().map(|candidate| candidate.score).max()?;
        let mut equal = self.candidates.iter().enumerate().filter(|(_, candidate)| candidate.score == most);
        let (first, leader) = equal.next()?;
        let dialects = equal.filter(|(_, other)| other.format.is_some() && other.format == leader.format);
        let all = std::iter::once((first, leader)).chain(dialects);
        all.min_by_key(|(_, candidate)| candidate.spread()).map(|(at, _)| at)
    }
}

impl Candidate {
    fn new(format: Option<ListFormat>, parser: Arc<dyn ListParser>) -> Self {
        Self {
            parser,
            format,
            found: VecDeque::new(),
            score: 0,
            dates: None,
            begun: None,
            lf_ends_lines: false,
            versioned: None,
        }
    }

    fn spread(&self) -> Duration {
        self.dates.and_then(|(first, last)| last.duration_since(first).ok()).unwrap_or_default()
    }

    fn read(&mut self, line: &[u8], end: LineEnd, now: SystemTime) {
        let says = self.parser.parse(line, now);
        if let Some(begun) = self.begun.take() {
            let joined = [&begun.line, &b"\n"[..], line].concat();
            let unreadable = matches!(says, ListLine::Bad(_) | ListLine::Skip | ListLine::Begun);
            match self.parser.parse(&joined, now) {
                ListLine::Entry(_) if begun.is_entry && unreadable && end == LineEnd::StrayLf => {
                    self.begun = Some(Begun { line: joined, is_entry: true });
                    return;
                }
                entry @ ListLine::Entry(_) if begun.is_entry && unreadable => {
                    return self.take(&joined, entry, now);
                }
                ListLine::Begun | ListLine::Bad(BadLineReason::Format) if !begun.is_entry => {
                    self.stand_alone(begun, now);
                }
                says if !begun.is_entry => return self.take(&joined, says, now),
                _ => {
                    self.lf_ends_lines = true;
                    self.stand_alone(begun, now);
                }
            }
        }
        let is_entry = matches!(says, ListLine::Entry(_));
        let may_go_on = is_entry && end == LineEnd::StrayLf && !self.lf_ends_lines;
        match may_go_on || says == ListLine::Begun {
            true => self.begun = Some(Begun { line: line.to_vec(), is_entry }),
            false => self.take(line, says, now),
        }
    }

    fn take(&mut self, line: &[u8], says: ListLine, now: SystemTime) {
        let points = match &says {
            ListLine::Heading => ENTRY,
            ListLine::Entry(entry) => match entry.modified {
                Some(modified) if is_after(modified.time, now) => ENTRY_OF_TOMORROW,
                _ => ENTRY,
            },
            ListLine::Bad(BadLineReason::Format | BadLineReason::Unfinished)
            | ListLine::Likely(_)
            | ListLine::Skip
            | ListLine::Begun => 0,
            ListLine::Bad(_) => ALMOST,
        };
        self.score = self.score.saturating_add(points);
        match says {
            ListLine::Entry(entry) | ListLine::Likely(entry) => self.take_entry(*entry),
            ListLine::Bad(reason) => self.found.push_back(Err(BadLine::new(line, reason))),
            ListLine::Skip | ListLine::Heading | ListLine::Begun => {}
        }
    }

    fn take_entry(&mut self, mut entry: ListedEntry) {
        if entry.is_self_or_parent() {
            return;
        }
        if let Some(modified) = entry.modified {
            let (first, last) = self.dates.unwrap_or((modified.time, modified.time));
            self.dates = Some((first.min(modified.time), last.max(modified.time)));
        }
        // The first of several versions is the newest, which the bare name means.
        if let Some(version) = entry.version {
            match self.versioned.as_ref() == Some(&entry.name) {
                true => entry.name.extend_from_slice(format!(";{version}").as_bytes()),
                false => self.versioned = Some(entry.name.clone()),
            }
        }
        self.found.push_back(Ok(entry));
    }

    /// What was begun will not go on.
    fn give_up(&mut self, now: SystemTime) {
        if let Some(begun) = self.begun.take() {
            self.stand_alone(begun, now);
        }
    }

    fn stand_alone(&mut self, begun: Begun, now: SystemTime) {
        let says = match begun.is_entry {
            true => self.parser.parse(&begun.line, now),
            false => ListLine::Bad(BadLineReason::Unfinished),
        };
        self.take(&begun.line, says, now);
    }
}

fn is_after(time: SystemTime, now: SystemTime) -> bool {
    time.duration_since(now).is_ok_and(|ahead| ahead > TOMORROW)
}
