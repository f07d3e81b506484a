//! The protocol core alone: what each command, reply and row of a listing costs.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "criterion's macros; an input that is wrong ends the benchmark"
)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use wharf_core::{
    line::{LineDecoder, Telnet},
    reply::{Reply, ReplyDecoder, ReplyLimits},
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

criterion_group!(benches, lines, replies);
criterion_main!(benches);
