//! The protocol core alone: what each command, reply and row of a listing costs.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "criterion's macros; an input that is wrong ends the benchmark"
)]

use std::{
    hint::black_box,
    time::{Duration, SystemTime},
};

use criterion::{
    BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use wharf_core::{
    fact::{FactSet, Perm},
    line::{LineDecoder, Telnet},
    listing::{ListingParser, format},
    reply::{Reply, ReplyDecoder, ReplyLimits},
    storage::{Entry, EntryKind, Metadata},
};

const LINES: usize = 1000;

fn lines(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("line");
    group.throughput(Throughput::Elements(LINES as u64));
    let input = b"RETR some/directory/and a name.txt\r\n".repeat(LINES);
    group.bench_function("decode", |bencher| {
        bencher.iter_batched_ref(
            || LineDecoder::new(4096, Telnet::Interpret),
            |decoder| {
                // As much as one read of a control connection gives.
                for segment in input.chunks(1024) {
                    decoder.push(black_box(segment));
                    while let Some(line) = decoder.next_line() {
                        black_box(line.unwrap());
                    }
                }
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn replies(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("reply");
    group.throughput(Throughput::Elements(LINES as u64));
    let input = b"229 Entering extended passive mode (|||50123|)\r\n".repeat(LINES);
    group.bench_function("decode", |bencher| {
        bencher.iter_batched_ref(
            || ReplyDecoder::new(ReplyLimits::default()),
            |decoder| {
                for segment in input.chunks(1024) {
                    decoder.push(black_box(segment));
                    while let Some(reply) = decoder.next_reply() {
                        black_box(reply.unwrap());
                    }
                }
            },
            BatchSize::SmallInput,
        );
    });
    group.bench_function("encode", |bencher| {
        let reply = Reply::new(229, "Entering extended passive mode (|||50123|)");
        let mut octets = Vec::new();
        bencher.iter(|| {
            octets.clear();
            (0..LINES).for_each(|_| black_box(&reply).encode(&mut octets));
            black_box(&octets);
        });
    });
    group.finish();
}

fn listings(criterion: &mut Criterion) {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let mut metadata = Metadata::new(EntryKind::File, 123_456);
    metadata.modified = Some(now - Duration::from_secs(86_400));
    metadata.permissions = Some(0o644);
    let entry = Entry::new(*b"a name of usual length.txt", metadata);
    let mut group = criterion.benchmark_group("listing");
    group.throughput(Throughput::Elements(LINES as u64));

    let mlsd = |out: &mut Vec<u8>| format::mlsd_line(black_box(&entry), FactSet::all(), Perm::all(), out);
    let list = |out: &mut Vec<u8>| format::list_line(black_box(&entry), now, out);
    listing(&mut group, "MLSD", mlsd, || ListingParser::mlsd(now));
    listing(&mut group, "LIST", list, || ListingParser::list(now));
    group.finish();
}

/// Writes and reads a listing of one format.
fn listing(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    row: impl Fn(&mut Vec<u8>),
    parser: impl Fn() -> ListingParser,
) {
    let mut text = Vec::new();
    (0..LINES).for_each(|_| row(&mut text));
    group.bench_function(format!("format {name}"), |bencher| {
        let mut out = Vec::new();
        bencher.iter(|| {
            out.clear();
            (0..LINES).for_each(|_| row(&mut out));
            black_box(&out);
        });
    });
    group.bench_function(format!("parse {name}"), |bencher| {
        bencher.iter_batched_ref(
            &parser,
            |parser| {
                // As much as one read of a data connection gives.
                for segment in text.chunks(16 << 10) {
                    parser.push(black_box(segment));
                    while let Some(entry) = parser.next_entry() {
                        black_box(entry.unwrap());
                    }
                }
            },
            BatchSize::SmallInput,
        );
    });
}

criterion_group!(benches, lines, replies, listings);
criterion_main!(benches);
