//! Many sessions for a long time, after which the server must be as it was: no descriptor more, no memory to speak of.

use std::{
    env, io,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use wharf_interop::{
    fixture::{Tree, noise},
    load::{HOME, Loaded, share},
    servers,
};

use crate::{
    client::{Content, Session},
    root::Root,
    usage::Usage,
};

const SESSIONS: usize = 16;
const SMALL: usize = 10_000;
const LARGE: usize = 8 << 20;
/// What an allocator may keep for another time.
const SLACK: u64 = 16 << 20;
/// Descriptors of the pipes that the server keeps for uploads to come, sixteen at most. A leak soon has more.
const KEPT: usize = 32;

/// Ends in a panic if the server lost octets, descriptors or memory.
pub(crate) fn run(duration: Duration) -> io::Result<()> {
    let tree = Tree::empty().with("small.bin", noise(SMALL)).with("large.bin", noise(LARGE));
    let tree = (0..200).fold(tree, |tree, number| tree.with(&format!("many/{number}"), "x"));
    let root = Root::below(&env::temp_dir())?;
    tree.write(root.files());
    share(root.files());
    let server = Loaded::product(servers::under_test(), root.path(), false);
    // Once for what is made on first use, and then for what must not grow.
    let before = load(&server, duration / 4);
    let after = load(&server, duration - duration / 4);
    assert!(after.descriptors <= before.descriptors + KEPT, "descriptors leak: {before:?}, then {after:?}");
    assert!(after.resident <= before.resident + SLACK, "memory grows: {before:?}, then {after:?}");
    Ok(())
}

/// Sessions of all kinds for that long; then, when all have ended, what the server uses.
fn load(server: &Loaded, duration: Duration) -> Usage {
    let deadline = Instant::now() + duration;
    let sessions = AtomicUsize::new(0);
    thread::scope(|scope| {
        for worker in 0..SESSIONS {
            let sessions = &sessions;
            scope.spawn(move || {
                while Instant::now() < deadline {
                    let number = sessions.fetch_add(1, Ordering::Relaxed);
                    session(server, worker, number).expect("the server does what it is asked");
                }
            });
        }
    });
    // Sessions that hung up are noticed after those that say QUIT, in time.
    let mut usage = Usage::of(server.process());
    let patience = Instant::now() + Duration::from_secs(5);
    while Instant::now() < patience {
        thread::sleep(Duration::from_millis(100));
        let now = Usage::of(server.process());
        usage.descriptors = usage.descriptors.min(now.descriptors);
        usage.resident = now.resident;
    }
    println!("{} sessions in {} s, then {usage:?}", sessions.into_inner(), duration.as_secs());
    usage
}

fn session(server: &Loaded, worker: usize, number: usize) -> io::Result<()> {
    let mut session = Session::login(&server.target, None, None)?;
    session.enter(HOME)?;
    match number % 7 {
        0 => assert_eq!(session.retrieve("large.bin", 0)?, LARGE as u64),
        1 => {
            for _ in 0..20 {
                assert_eq!(session.retrieve("small.bin", 0)?, SMALL as u64);
            }
        }
        2 => {
            let name = format!("stored-{worker}.bin");
            let content = noise(SMALL * (1 + number % 50));
            session.store(&name, &Content::of(&content))?;
            assert_eq!(session.retrieve(&name, 0)?, content.len() as u64);
        }
        3 => {
            assert_eq!(session.list("LIST", "many")?, 200);
            assert_eq!(session.list("MLSD", "many")?, 200);
        }
        4 => (0..5).try_for_each(|_| session.abandon("large.bin", true))?,
        5 => (0..5).try_for_each(|_| session.abandon("large.bin", false))?,
        _ => return Ok(()),
    }
    session.leave()
}
