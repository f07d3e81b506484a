//! RETR and STOR of `wharf serve` beside other servers: rounds in turn, medians, and ratios.

use std::{
    thread,
    time::{Duration, Instant},
};

use wharf_interop::{
    Server,
    fixture::{Tree, noise},
    servers::Product,
};

use crate::{loader::Session, usage::Usage};

const PRODUCTS: [Product; 3] = [Product::Wharf, Product::Vsftpd, Product::Pyftpdlib];
const SMALL_FILES: usize = 500;

/// Prints one table of octets moved, and one of small files.
pub(crate) fn run(rounds: usize, mebibytes: usize) {
    let content = noise(mebibytes << 20);
    let tree = Tree::empty().with("large.bin", content.clone()).with("small.bin", noise(1024));
    let servers = PRODUCTS.map(|product| (product, product.start(&tree)));
    println!("{mebibytes} MiB, {rounds} rounds in turn, medians; ratios to {:?}\n", PRODUCTS[0]);

    println!("| task | server | MB/s | ratio | server CPU s/GiB | ratio |");
    println!("|---|---|---:|---:|---:|---:|");
    let retrieve = |session: &mut Session| assert_eq!(session.retrieve("large.bin"), content.len());
    let store = |session: &mut Session| session.store("stored.bin", &content);
    let octets = |sessions: usize| {
        move |sample: &Sample| Row {
            speed: (mebibytes << 20) as f64 * sessions as f64 / 1e6 / sample.elapsed.as_secs_f64(),
            cpu: sample.cpu.as_secs_f64() * 1024.0 / mebibytes as f64 / sessions as f64,
        }
    };
    print_rows("RETR", &measure(&servers, rounds, 1, retrieve), octets(1));
    print_rows("8 RETR at once", &measure(&servers, rounds, 8, retrieve), octets(8));
    print_rows("STOR", &measure(&servers, rounds, 1, store), octets(1));

    println!("\n| task | server | files/s | ratio | server CPU ms/file | ratio |");
    println!("|---|---|---:|---:|---:|---:|");
    let files = |sample: &Sample| Row {
        speed: SMALL_FILES as f64 / sample.elapsed.as_secs_f64(),
        cpu: sample.cpu.as_secs_f64() * 1e3 / SMALL_FILES as f64,
    };
    let retrieve_small = |session: &mut Session| {
        (0..SMALL_FILES).for_each(|_| assert_eq!(session.retrieve("small.bin"), 1024));
    };
    print_rows("RETR 1 KiB, again and again", &measure(&servers, rounds, 1, retrieve_small), files);
}

#[derive(Clone, Copy)]
struct Sample {
    elapsed: Duration,
    cpu: Duration,
}

/// One sample for each server and round; the servers take turns, so that what disturbs the machine disturbs all.
///
/// Login and QUIT are not in it, also because a server may end a session's process without waiting for it, and its
/// processor time would be lost.
fn measure(
    servers: &[(Product, Server)],
    rounds: usize,
    sessions: usize,
    task: impl Fn(&mut Session) + Sync,
) -> Vec<(Product, Vec<Sample>)> {
    let mut rows: Vec<_> = servers.iter().map(|(product, _)| (*product, Vec::new())).collect();
    // The first round fills caches, and is not counted.
    for round in 0..=rounds {
        for ((_, server), (_, samples)) in servers.iter().zip(&mut rows) {
            let mut sessions: Vec<_> =
                (0..sessions).map(|_| Session::login(&server.target, server.home)).collect();
            let cpu_before = Usage::of(server.process()).cpu;
            let started = Instant::now();
            thread::scope(|scope| {
                for session in &mut sessions {
                    scope.spawn(|| task(session));
                }
            });
            let elapsed = started.elapsed();
            if round > 0 {
                samples.push(Sample { elapsed, cpu: Usage::of(server.process()).cpu - cpu_before });
            }
            sessions.into_iter().for_each(Session::quit);
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
