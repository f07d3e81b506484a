//! RETR and STOR of `wharf serve` beside other servers: rounds in turn, medians, and ratios.

use std::time::{Duration, Instant};

use wharf_interop::{
    Server,
    fixture::{Tree, noise},
    servers::Product,
};

use crate::{loader::Session, usage::Usage};

const PRODUCTS: [Product; 3] = [Product::Wharf, Product::Vsftpd, Product::Pyftpdlib];
const SMALL_FILES: usize = 200;
const SESSIONS: usize = 8;

/// Prints one table of octets moved, and one of small files.
pub(crate) fn run(rounds: usize, mebibytes: usize) {
    let content = noise(mebibytes << 20);
    let tree = Tree::empty().with("large.bin", content.clone()).with("small.bin", noise(1024));
    let servers = PRODUCTS.map(|product| (product, product.start(&tree)));
    println!("{} MiB, {} rounds in turn, medians; ratios to {:?}\n", mebibytes, rounds, PRODUCTS[0]);
    println!("| task | server | MB/s | ratio | server CPU s/GiB | ratio |");
    println!("|---|---|---:|---:|---:|---:|");
    for task in [Task::Retr, Task::RetrTogether, Task::Stor] {
        let rows = measure(&servers, rounds, |session| task.run(session, &content));
        let octets = content.len() * if task == Task::RetrTogether { SESSIONS } else { 1 };
        print_rows(task.name(), &rows, |sample| Row {
            speed: octets as f64 / 1e6 / sample.elapsed.as_secs_f64(),
            cpu: sample.cpu.as_secs_f64() * (1 << 30) as f64 / octets as f64,
        });
    }
    println!("\n| task | server | files/s | ratio | server CPU ms/file | ratio |");
    println!("|---|---|---:|---:|---:|---:|");
    let rows = measure(&servers, rounds, |server| {
        let mut session = Session::login(&server.target, server.home);
        (0..SMALL_FILES).for_each(|_| assert_eq!(session.retrieve("small.bin"), 1024));
        session.quit();
    });
    print_rows("RETR 1 KiB, again and again", &rows, |sample| Row {
        speed: SMALL_FILES as f64 / sample.elapsed.as_secs_f64(),
        cpu: sample.cpu.as_secs_f64() * 1e3 / SMALL_FILES as f64,
    });
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Task {
    Retr,
    RetrTogether,
    Stor,
}

impl Task {
    fn name(self) -> &'static str {
        match self {
            Self::Retr => "RETR",
            Self::RetrTogether => "8 RETR at once",
            Self::Stor => "STOR",
        }
    }

    fn run(self, server: &Server, content: &[u8]) {
        let login = || Session::login(&server.target, server.home);
        let retrieve = || {
            let mut session = login();
            assert_eq!(session.retrieve("large.bin"), content.len());
            session.quit();
        };
        match self {
            Self::Retr => retrieve(),
            Self::RetrTogether => std::thread::scope(|scope| {
                for _ in 0..SESSIONS {
                    scope.spawn(retrieve);
                }
            }),
            Self::Stor => {
                let mut session = login();
                session.store("stored.bin", content);
                session.quit();
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Sample {
    elapsed: Duration,
    cpu: Duration,
}

/// One sample for each server and round; the servers take turns, so that what disturbs the machine disturbs all.
fn measure(
    servers: &[(Product, Server)],
    rounds: usize,
    task: impl Fn(&Server),
) -> Vec<(Product, Vec<Sample>)> {
    let mut rows: Vec<_> = servers.iter().map(|(product, _)| (*product, Vec::new())).collect();
    // The first round fills caches, and is not counted.
    for round in 0..=rounds {
        for ((_, server), (_, samples)) in servers.iter().zip(&mut rows) {
            let cpu_before = Usage::of(server.process_group()).cpu;
            let started = Instant::now();
            task(server);
            let elapsed = started.elapsed();
            if round > 0 {
                samples.push(Sample { elapsed, cpu: Usage::of(server.process_group()).cpu - cpu_before });
            }
        }
    }
    rows
}

struct Row {
    speed: f64,
    cpu: f64,
}

fn print_rows(task: &str, rows: &[(Product, Vec<Sample>)], row: impl Fn(&Sample) -> Row) {
    let mut first = None;
    for (product, samples) in rows {
        let rows: Vec<_> = samples.iter().map(&row).collect();
        let (speed, cpu) = (median(rows.iter().map(|row| row.speed)), median(rows.iter().map(|row| row.cpu)));
        let (first_speed, first_cpu) = *first.get_or_insert((speed, cpu));
        println!(
            "| {task} | {product:?} | {speed:.0} | {:.2} | {cpu:.2} | {:.2} |",
            speed / first_speed,
            cpu / first_cpu
        );
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
