//! `wharf serve` under load, beside other servers and for a long time; and the client, beside others.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark that cannot run ends, and prints what it found"
)]

mod client;
mod compare;
mod contender;
mod figure;
mod load;
mod machine;
mod pin;
mod report;
mod root;
mod slow_disk;
mod soak;
mod tls;
mod usage;
mod wan;
mod workload;

use std::{
    env, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, Parser, Subcommand, builder::PossibleValuesParser};

use crate::{
    compare::{Bench, Sizes},
    root::Root,
    tls::ServerTls,
};

/// Compares FTP servers under load.
///
/// Each workload runs in rounds, in which the servers take turns; medians are printed, and kept in target/bench as
/// JSON.
#[derive(Parser)]
#[command(name = "bench/run", args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    other: Option<Other>,
    #[command(flatten)]
    compare: Compare,
}

#[derive(Subcommand)]
enum Other {
    /// Many sessions of all kinds, after which the server may have lost nothing.
    Soak {
        /// How long.
        #[arg(default_value_t = 60)]
        seconds: u64,
    },
    /// Thousands of sessions with transfers among them, of which none may fail while the server may not grow.
    Load(load::Load),
    /// Writes the kept figures into docs/benchmarks.md and docs/benchmarks.svg.
    Report {
        /// Where the figures are.
        #[arg(long, default_value = "target/bench")]
        results: PathBuf,
    },
    /// Client programs beside each other, on servers that are far away.
    Wan(wan::Compare),
    #[command(hide = true)]
    ServeLimit { address: SocketAddr, root: PathBuf, certificate: Option<PathBuf>, key: Option<PathBuf> },
}

#[derive(Args)]
struct Compare {
    /// What to measure; everything, if nothing is named.
    #[arg(value_parser = PossibleValuesParser::new(workload::names()))]
    workloads: Vec<String>,
    /// Who takes part; everybody who is installed, if nobody is named.
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(contender::NAMES))]
    servers: Vec<String>,
    /// Another build of wharf, to compare with; may be repeated.
    #[arg(long, value_name = "NAME=PROGRAM", value_parser = named_program)]
    also: Vec<(String, PathBuf)>,
    /// How many rounds are counted; one more comes before them.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// The length of a large file, in MiB.
    #[arg(long, default_value_t = 1024)]
    size: u64,
    /// How many small files.
    #[arg(long, default_value_t = 5_000)]
    files: usize,
    /// How many logins.
    #[arg(long, default_value_t = 1_000)]
    logins: usize,
    /// How many entries a large directory has.
    #[arg(long, default_value_t = 100_000)]
    entries: usize,
    /// How many sessions transfer at once.
    #[arg(long, default_value_t = 200)]
    crowd: usize,
    /// How many sessions do nothing; fewer where each is a process.
    #[arg(long, default_value_t = 10_000)]
    idle: usize,
    /// How many sessions under TLS do nothing.
    #[arg(long, default_value_t = 1_000)]
    idle_tls: usize,
    /// Where the figures are kept.
    #[arg(long, default_value = "target/bench")]
    results: PathBuf,
}

fn named_program(text: &str) -> Result<(String, PathBuf), String> {
    let (name, program) = text.split_once('=').ok_or("NAME=PROGRAM is expected")?;
    let program = Path::new(program).canonicalize().map_err(|error| format!("{program}: {error}"))?;
    Ok((name.to_owned(), program))
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    match arguments.other {
        Some(Other::Soak { seconds }) => soak::run(Duration::from_secs(seconds))?,
        Some(Other::Load(arguments)) => load::run(&arguments)?,
        Some(Other::Report { results }) => report::write(&results, Path::new("docs"))?,
        Some(Other::Wan(arguments)) => wan::run(&arguments)?,
        Some(Other::ServeLimit { address, root, certificate, key }) => {
            let tls = certificate.zip(key).map(|(certificate, key)| ServerTls::new(&certificate, &key));
            contender::serve_limit(address, &root, tls)?;
        }
        None => compare(&arguments.compare)?,
    }
    Ok(())
}

fn compare(arguments: &Compare) -> io::Result<()> {
    // Each idle session has a descriptor here, and one in the server; a few more are for other things.
    let descriptors = usize::try_from(machine::allow_many_descriptors()).unwrap_or(usize::MAX);
    let bench = Bench {
        contenders: contender::contenders(&arguments.servers, &arguments.also),
        sizes: Sizes {
            rounds: arguments.rounds,
            large: arguments.size << 20,
            files: arguments.files,
            logins: arguments.logins,
            entries: arguments.entries,
            crowd: arguments.crowd,
            crowd_len: 10 << 20,
            idle: arguments.idle.min(descriptors.saturating_sub(500)),
            idle_tls: arguments.idle_tls,
        },
        memory: Root::below(&env::temp_dir())?,
        // Where temporary files survive a restart, and so are on a disk.
        disk: Root::below(Path::new("/var/tmp"))?,
        results: arguments.results.clone(),
    };
    for (name, workload) in workload::all() {
        if arguments.workloads.is_empty() || arguments.workloads.iter().any(|one| one == name) {
            for figure in workload.measure(&bench)? {
                println!("{}", report::table(&figure));
                figure.save(&bench.results)?;
            }
        }
    }
    if arguments.workloads.is_empty() && arguments.servers.is_empty() {
        report::write(&bench.results, Path::new("docs"))?;
    }
    Ok(())
}
