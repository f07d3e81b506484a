//! Client programs beside each other, on servers that are far away.

mod client;
mod errand;
mod hosts;
mod link;
mod record;
mod work;

use std::{
    collections::VecDeque,
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};

use clap::{Args, builder::PossibleValuesParser};
use wharf_interop::servers::Product;

pub(crate) use self::{
    client::Client,
    record::{Cell, Record},
    work::Work,
};
use self::{link::Quality, work::Station};
use crate::{contender::Contender, machine, report};

/// The servers.
pub(crate) const SERVERS: [Product; 4] =
    [Product::Vsftpd, Product::Proftpd, Product::Pyftpdlib, Product::Wharf];
/// Others whose processor time is compared may not run beside it.
const ALONE: usize = 1;

/// What to compare.
#[derive(Args)]
pub(crate) struct Compare {
    /// What to do; everything, and the report into docs/, if nothing is named.
    #[arg(value_parser = PossibleValuesParser::new(Work::ALL.map(Work::name).into_iter().chain(["report"])))]
    works: Vec<String>,
    /// Which clients; all, if none is named.
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(Client::ALL.map(Client::name)))]
    clients: Vec<String>,
    /// On which servers; all, if none is named.
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(["vsftpd", "proftpd", "pyftpdlib", "wharf"]))]
    servers: Vec<String>,
    /// The link's round trip, in milliseconds.
    #[arg(long, default_value_t = 50)]
    rtt: u32,
    /// How many of a thousand packets the link loses, each way.
    #[arg(long, default_value_t = 0)]
    lost: u32,
    /// How many rounds.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How many pairs of hosts are there at a time: they mostly wait.
    #[arg(long, default_value_t = 4)]
    at_once: usize,
    /// Where the figures are kept.
    #[arg(long, default_value = "target/bench/wan")]
    results: PathBuf,
}

/// Measures, prints, and keeps what was measured.
pub(crate) fn run(arguments: &Compare) -> io::Result<()> {
    let only_report = arguments.works.iter().any(|work| work == "report");
    let named =
        |work: &Work| arguments.works.is_empty() || arguments.works.iter().any(|one| one == work.name());
    for work in Work::ALL.into_iter().filter(named).filter(|_| !only_report) {
        let record = measure(work, arguments)?.save(&arguments.results)?;
        println!("{}", report::wan::table(&record));
    }
    if arguments.works.is_empty() || only_report {
        report::wan::write(&arguments.results, Path::new("docs"))?;
    }
    Ok(())
}

/// One client's turns on one server.
struct Turn {
    client: Client,
    product: Product,
    cell: Cell,
}

fn measure(work: Work, arguments: &Compare) -> io::Result<Record> {
    let quality =
        Quality { round_trip: Duration::from_millis(arguments.rtt.into()), lost_of_thousand: arguments.lost };
    let chosen = |names: &[String], name: &str| names.is_empty() || names.iter().any(|one| one == name);
    let clients = Client::ALL.into_iter().filter(|client| chosen(&arguments.clients, client.name()));
    let mut turns: VecDeque<Turn> = clients
        .flat_map(|client| SERVERS.into_iter().map(move |product| (client, product)))
        .filter(|(_, product)| chosen(&arguments.servers, product.name()))
        .map(|(client, product)| Turn { client, product, cell: Cell::new(client, product) })
        .collect();
    let far = work.things().is_some();
    for round in 0..arguments.rounds {
        // Nobody always comes after the same one.
        turns.rotate_left(round.min(turns.len()));
        let at_once = if far { arguments.at_once } else { ALONE };
        turns = take_turns(turns, at_once, |turn| turn.take(work, quality));
    }
    Ok(Record {
        work: work.name().to_owned(),
        round_trip: far.then(|| f64::from(arguments.rtt)),
        measured: machine::describe(),
        rounds: arguments.rounds,
        cells: turns.into_iter().filter(|turn| turn.cell.says_something()).map(|turn| turn.cell).collect(),
    })
}

/// All of them once, so many at a time.
fn take_turns(turns: VecDeque<Turn>, at_once: usize, take: impl Fn(&mut Turn) + Sync) -> VecDeque<Turn> {
    let (waiting, done) = (Mutex::new(turns), Mutex::new(VecDeque::new()));
    thread::scope(|scope| {
        for _ in 0..at_once.max(1) {
            scope.spawn(|| {
                loop {
                    // The lock is held for this line, not for the turn.
                    let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                    let Some(mut turn) = next else { break };
                    take(&mut turn);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push_back(turn);
                }
            });
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

impl Turn {
    /// Nothing more of a client that failed once.
    fn take(&mut self, work: Work, quality: Quality) {
        if self.cell.failure.is_some() {
            return;
        }
        let sample =
            Station::new(work, self.product, quality).and_then(|mut station| station.sample(self.client));
        match sample {
            Ok(Some(sample)) => {
                self.cell.wall.push(sample.wall.as_secs_f64());
                self.cell.apart.push(sample.apart.as_secs_f64());
                self.cell.cpu.push(sample.cpu.as_secs_f64());
            }
            Ok(None) => {}
            Err(error) => self.cell.failure = Some(error.to_string()),
        }
        let seconds = self.cell.wall.last().map(|wall| format!("{wall:.2} s"));
        let said = seconds.or_else(|| self.cell.failure.clone()).unwrap_or_else(|| "cannot".to_owned());
        eprintln!("{}: {} on {}: {said}", work.name(), self.cell.client, self.cell.server);
    }
}

impl Cell {
    fn new(client: Client, product: Product) -> Self {
        Self {
            client: client.name().to_owned(),
            server: product.name().to_owned(),
            wall: Vec::new(),
            apart: Vec::new(),
            cpu: Vec::new(),
            failure: None,
        }
    }

    fn says_something(&self) -> bool {
        !self.wall.is_empty() || self.failure.is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn turns_are_taken_at_once() {
        let turn = || Turn {
            client: Client::Curl,
            product: Product::Wharf,
            cell: Cell::new(Client::Curl, Product::Wharf),
        };
        // Nobody gets past it alone.
        let barrier = Barrier::new(3);
        let done = take_turns((0..6).map(|_| turn()).collect(), 3, |_| {
            barrier.wait();
        });
        assert_eq!(done.len(), 6);
    }
}
