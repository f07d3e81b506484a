//! Thousands of sessions with transfers among them for minutes: nothing may fail, and nothing may grow.

mod session;

use std::{
    fs, io,
    net::SocketAddr,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use clap::Args;
use tokio::{runtime, task::JoinSet, time::sleep};
use wharf_interop::{
    fixture::noise,
    load::{HOME, Loaded},
    servers::binary,
};

use self::session::Session;
use crate::{
    machine::{allow_many_descriptors, describe, source},
    root::{Root, UPLOADS},
    usage::{Usage, memory_of},
};

/// What the server's own limits are, besides those that the load says.
const CONFIGURATION: &str = r#"
[[listen]]
address = "ADDRESS"

[limits]
sessions = SESSIONS
sessions-before-login = 1000

[timeouts]
idle = "1 h"

[speed]
session-upload = "RATE"
session-download = "RATE"

[log]
level = "warn"

[metrics]
listen = "127.0.0.1:0"

[user.load]
# Of `secret`.
password = "$1$saltsalt$9xy1btjgzLYfb7hivXtC//"
root = "ROOT"
permissions = { "/" = "all" }
"#;

/// How often it is looked at what the server uses.
const LOOK: Duration = Duration::from_secs(2);
/// How much memory may be more at the end than after the first minute, in hundredths: docs/reliability.md says what was seen. A
/// leak of one KiB for each transfer would be eighteen times as much in ten minutes.
const MEMORY_SLACK: u64 = 5;
/// How many descriptors: transfers are at other points of their way each time.
const DESCRIPTOR_SLACK: usize = 100;
/// How many may be left when all sessions have ended: pipes that are kept for uploads to come.
const KEPT: usize = 32;
/// How long the sessions that have ended may still be there.
const PATIENCE: Duration = Duration::from_secs(10);

/// Many sessions that are logged in, some of which transfer at any time; what is received is compared with what was sent.
///
/// It prints what was measured, and fails if a command or a transfer failed or took more than a minute, or if the server's memory
/// or descriptors grew after the first minute.
#[derive(Args)]
pub(crate) struct Load {
    /// How many sessions are logged in.
    #[arg(long, default_value_t = 10_000)]
    sessions: usize,
    /// How many of them transfer at a time.
    #[arg(long, default_value_t = 200)]
    transfers: usize,
    /// How long, from the last login on.
    #[arg(long, default_value_t = 600)]
    seconds: u64,
    /// How many KiB a second each transfer moves at most; the server holds it back.
    #[arg(long, default_value_t = 128)]
    rate: u64,
    /// How many KiB a file has.
    #[arg(long, default_value_t = 256)]
    size: usize,
}

/// What the sessions share.
struct Shared {
    server: SocketAddr,
    content: Vec<u8>,
    over: AtomicBool,
    downloads: AtomicU64,
    uploads: AtomicU64,
    listings: AtomicU64,
    commands: AtomicU64,
    /// The longest that a reply to EPSV took, in microseconds.
    slowest: AtomicU64,
}

/// Ends in an error if anything did not go as it should.
pub(crate) fn run(load: &Load) -> io::Result<()> {
    let allowed = usize::try_from(allow_many_descriptors()).unwrap_or(usize::MAX);
    // For each session one; for each transfer a port, a connection, a file and a pipe besides.
    let needed = load.sessions + 6 * load.transfers + 100;
    if needed > allowed {
        return Err(io::Error::other(format!("{needed} descriptors are needed, and {allowed} allowed")));
    }
    let root = Root::below(&std::env::temp_dir())?;
    let content = noise(load.size << 10);
    fs::write(root.files().join("down.bin"), &content)?;
    fs::create_dir(root.files().join(UPLOADS))?;
    let loaded = Loaded::start(root.path(), false, |site| {
        let text = CONFIGURATION
            .replace("ADDRESS", &site.target.address.to_string())
            .replace("SESSIONS", &(load.sessions + 100).to_string())
            .replace("RATE", &format!("{}K", load.rate))
            .replace("ROOT", &site.root.display().to_string());
        serve(&site.configuration.join("wharf.toml"), &text)
    });
    let shared = Arc::new(Shared {
        server: loaded.target.address,
        content,
        over: AtomicBool::new(false),
        downloads: AtomicU64::new(0),
        uploads: AtomicU64::new(0),
        listings: AtomicU64::new(0),
        commands: AtomicU64::new(0),
        slowest: AtomicU64::new(0),
    });
    println!("{}", describe());
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    // What it has said is gone with the server.
    runtime.block_on(drive(load, &loaded, &shared)).inspect_err(|_| eprintln!("{}", loaded.log()))
}

fn serve(file: &Path, text: &str) -> Command {
    fs::write(file, text).expect("our own directory");
    let mut command = Command::new(binary());
    command.args(["serve", "--config"]).arg(file);
    command
}

async fn drive(load: &Load, loaded: &Loaded, shared: &Arc<Shared>) -> io::Result<()> {
    let empty = Usage::of(loaded.process());
    let began = Instant::now();
    let crews = log_in(load, shared).await?;
    let took = began.elapsed().as_secs_f64();
    let logged_in = Usage::of(loaded.process());
    println!(
        "logins         {} in {took:.1} s, {:.0}/s; {} descriptors, {} MiB resident",
        load.sessions,
        load.sessions as f64 / took,
        logged_in.descriptors,
        logged_in.resident >> 20
    );
    let began = Instant::now();
    let mut working = JoinSet::new();
    for (number, crew) in crews.into_iter().enumerate() {
        working.spawn(work(number, crew, Arc::clone(shared)));
    }
    let samples = watch(Duration::from_secs(load.seconds), loaded, &mut working).await?;
    shared.over.store(true, Ordering::Relaxed);
    let mut sessions = Vec::new();
    while let Some(crew) = working.join_next().await {
        sessions.extend(crew??);
    }
    let elapsed = began.elapsed().as_secs_f64();
    let after = Usage::of(loaded.process());
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let (downloads, uploads) = (count(&shared.downloads), count(&shared.uploads));
    let moved = (downloads + uploads) * shared.content.len() as u64;
    println!(
        "transfers      {downloads} downloads, {uploads} uploads, {} listings, {:.1} MiB/s; {} sessions at it at a time",
        count(&shared.listings),
        moved as f64 / elapsed / f64::from(1 << 20),
        load.transfers
    );
    println!(
        "commands       {}, the slowest EPSV answered after {:.0} ms; {:.1} % of a processor for the server",
        count(&shared.commands),
        count(&shared.slowest) as f64 / 1000.0,
        (after.cpu - logged_in.cpu).as_secs_f64() / elapsed * 100.0
    );
    println!("shared memory counted once: {} MiB", memory_of(loaded.process()) >> 20);
    compare(&samples)?;
    for session in sessions {
        session.quit().await?;
    }
    all_is_given_back(empty, loaded).await
}

/// A session for each number, from many addresses; in as many crews as there are transfers at a time.
async fn log_in(load: &Load, shared: &Arc<Shared>) -> io::Result<Vec<Vec<Session>>> {
    let mut logging_in = JoinSet::new();
    for crew in 0..load.transfers {
        let numbers = (crew..load.sessions).step_by(load.transfers);
        let server = shared.server;
        logging_in.spawn(async move {
            let mut sessions = Vec::new();
            for number in numbers {
                sessions.push(Session::log_in(server, source(number)).await?);
            }
            Ok::<_, io::Error>(sessions)
        });
    }
    let mut crews = Vec::new();
    while let Some(crew) = logging_in.join_next().await {
        crews.push(crew??);
    }
    Ok(crews)
}

/// Transfers on one session of the crew after another.
async fn work(number: usize, mut crew: Vec<Session>, shared: Arc<Shared>) -> io::Result<Vec<Session>> {
    let name = format!("{HOME}/{UPLOADS}/{number}.bin");
    // Each begins at another point, so that at any time some do this and some that.
    for turn in number.. {
        let len = crew.len();
        let Some(session) = crew.get_mut(turn % len) else { break };
        let (counter, done) = match turn % 8 {
            0 | 4 => (&shared.uploads, session.store(&name, &shared).await),
            // What was stored by another session; at first there may be nothing yet.
            1 | 5 if turn > number => (&shared.downloads, session.retrieve(&name, &shared).await),
            3 => (&shared.listings, session.list(HOME, &shared).await),
            _ => (&shared.downloads, session.retrieve(&format!("{HOME}/down.bin"), &shared).await),
        };
        done.map_err(|error| io::Error::other(format!("turn {turn} of crew {number}: {error}")))?;
        counter.fetch_add(1, Ordering::Relaxed);
        if shared.over.load(Ordering::Relaxed) {
            break;
        }
    }
    Ok(crew)
}

/// What the server uses, again and again for that long; an error as soon as a crew has one.
async fn watch(
    length: Duration,
    loaded: &Loaded,
    working: &mut JoinSet<io::Result<Vec<Session>>>,
) -> io::Result<Vec<Usage>> {
    let end = Instant::now() + length;
    let mut samples = Vec::new();
    while Instant::now() < end {
        tokio::select! {
            () = sleep(LOOK) => samples.push(Usage::of(loaded.process())),
            ended = working.join_next() => {
                let ended = ended.ok_or_else(|| io::Error::other("nobody works"))??;
                return Err(ended.err().unwrap_or_else(|| io::Error::other("a crew has ended before its time")));
            }
        }
    }
    Ok(samples)
}

/// The end beside the time after the first minute, or after the first quarter of a shorter run.
fn compare(samples: &[Usage]) -> io::Result<()> {
    let minute = (60 / LOOK.as_secs()) as usize;
    let warm = minute.min(samples.len() / 4);
    let window = (samples.len() - warm) / 4;
    let (Some(early), Some(late)) =
        (samples.get(warm..warm + window), samples.get(samples.len().saturating_sub(window)..))
    else {
        return Err(io::Error::other("too short to say anything"));
    };
    let median = |samples: &[Usage], of: fn(&Usage) -> u64| {
        let mut values: Vec<_> = samples.iter().map(of).collect();
        values.sort_unstable();
        values.get(values.len() / 2).copied().ok_or_else(|| io::Error::other("too short to say anything"))
    };
    let resident = (median(early, |it| it.resident)?, median(late, |it| it.resident)?);
    let descriptors = (median(early, |it| it.descriptors as u64)?, median(late, |it| it.descriptors as u64)?);
    println!(
        "memory         {:.1} MiB after the first {} s, {:.1} MiB at the end",
        resident.0 as f64 / f64::from(1 << 20),
        warm as u64 * LOOK.as_secs(),
        resident.1 as f64 / f64::from(1 << 20)
    );
    println!("descriptors    {} then, {} at the end", descriptors.0, descriptors.1);
    if resident.1 > resident.0 + resident.0 / 100 * MEMORY_SLACK {
        return Err(io::Error::other("the server's memory grows"));
    }
    if descriptors.1 > descriptors.0 + DESCRIPTOR_SLACK as u64 {
        return Err(io::Error::other("the server's descriptors become more"));
    }
    Ok(())
}

/// When all sessions have ended, the server has as many descriptors as before the first, but for what it keeps.
async fn all_is_given_back(empty: Usage, loaded: &Loaded) -> io::Result<()> {
    let latest = Instant::now() + PATIENCE;
    loop {
        let now = Usage::of(loaded.process());
        if now.descriptors <= empty.descriptors + KEPT {
            println!(
                "after the last {} descriptors, {} before the first",
                now.descriptors, empty.descriptors
            );
            return Ok(());
        }
        if Instant::now() > latest {
            let left = now.descriptors;
            return Err(io::Error::other(format!(
                "{left} descriptors are left, {} were there",
                empty.descriptors
            )));
        }
        sleep(Duration::from_millis(100)).await;
    }
}
