//! Somebody swaps entries for links to the outside while calls run.

use std::{
    fs, io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::yard::{Way, Yard, names, path, read, read_at_once, write};
use crate::{Result, WriteMode, local::disk::Disk};

/// How long the calls of one way run.
const ROUND: Duration = Duration::from_millis(700);

#[test]
fn nothing_outside_is_touched_beneath() {
    race(Way::Beneath, Yard::new());
}

#[test]
#[cfg(target_os = "linux")]
fn nothing_outside_is_touched_at_once() {
    race(Way::Beneath, Yard::new_in(super::at_once::TMPFS));
}

#[test]
fn nothing_outside_is_touched_beneath_without_links() {
    race(Way::BeneathWithoutLinks, Yard::new());
}

#[test]
fn nothing_outside_is_touched_on_a_walk() {
    race(Way::Walk, Yard::new());
}

fn race(way: Way, yard: Yard) {
    for directory in ["swap", "swap/dir"] {
        fs::create_dir(yard.root(directory)).unwrap();
    }
    fs::write(yard.root("swap/secret"), "inside").unwrap();
    fs::write(yard.root("leaf"), "inside").unwrap();
    yard.link("swap link", "../outside");
    yard.link("leaf link", "../outside/secret");
    let (disk, before) = (yard.disk(way), yard.outside_now());

    let stop = Arc::new(AtomicBool::new(false));
    let swappers = [("swap", "swap link"), ("leaf", "leaf link")].map(|(entry, link)| {
        let (entry, link, stop) = (yard.root(entry), yard.root(link), stop.clone());
        thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                swap(&entry, &link);
            }
        })
    });
    let (mut worked, mut refused, mut control) = (0, 0, 0);
    let end = Instant::now() + ROUND;
    // Where the machine is slow, until each has happened.
    let latest = end + Duration::from_secs(20);
    while Instant::now() < end || (worked.min(refused).min(control) == 0 && Instant::now() < latest) {
        for result in calls(&*disk) {
            match result {
                Ok(()) => worked += 1,
                Err(_) => refused += 1,
            }
        }
        // What a server that only checks paths would have read.
        control +=
            i32::from(fs::read_to_string(yard.root("swap/secret")).is_ok_and(|read| read == "outside"));
    }
    stop.store(true, Ordering::Relaxed);
    for swapper in swappers {
        swapper.join().unwrap();
    }
    assert_eq!(yard.outside_now(), before);
    assert!(
        worked > 0 && refused > 0 && control > 0,
        "no race: {worked} worked, {refused} refused, {control}"
    );
}

/// Each kind of call once, through the swapped directory and on the swapped file.
fn calls(disk: &dyn Disk) -> Vec<Result<()>> {
    let inside = |content: String| assert!(content.starts_with("inside") || content == "new", "{content}");
    for name in ["swap/secret", "leaf"] {
        let _ = read_at_once(disk, name).map(inside);
    }
    for name in ["swap/new", "swap/victim", "leaf"] {
        // What fails has found the outside, or nothing.
        let _ = disk.open_write_at_once(&path(name), WriteMode::Replace).map(|writing| {
            io::Write::write_all(&mut &*writing.file, b"new")?;
            writing.upload.map_or(Ok(()), |upload| upload.publish())
        });
    }
    assert!(disk.metadata_at_once(&path("swap/full/file")).is_none(), "it is only outside");
    vec![
        read(disk, "swap/secret").map(inside),
        read(disk, "leaf").map(inside),
        names(disk, "swap").map(|names| assert!(!names.iter().any(|name| name == "full"), "{names:?}")),
        disk.metadata(&path("swap/full/file")).map(|_| panic!("it is only outside")),
        write(disk, "swap/new", WriteMode::Replace, b"new"),
        write(disk, "swap/created", WriteMode::CreateNew, b"new"),
        write(disk, "swap/secret", WriteMode::Append, b" more").map(|()| shorten(disk)),
        write(disk, "swap/secret", WriteMode::At(0), b"inside"),
        write(disk, "leaf", WriteMode::Append, b"").map(|_| ()),
        write(disk, "leaf", WriteMode::At(0), b"inside"),
        disk.make_dir(&path("swap/made")),
        disk.remove_dir(&path("swap/made")),
        disk.remove_dir(&path("swap/dir")),
        disk.make_dir(&path("swap/dir")),
        disk.remove_file(&path("swap/victim")),
        disk.remove_file(&path("swap/created")),
        disk.rename(&path("swap/victim"), &path("stolen")),
        disk.rename(&path("swap/new"), &path("swap/victim")),
        disk.set_modified(&path("swap/secret"), SystemTime::UNIX_EPOCH),
        disk.set_modified(&path("leaf"), SystemTime::UNIX_EPOCH),
        disk.set_permissions(&path("swap/secret"), 0o600),
        disk.set_permissions(&path("leaf"), 0o600),
        disk.set_permissions(&path("swap/dir"), 0o700),
    ]
}

/// Keeps the file that is appended to from growing all the time.
fn shorten(disk: &dyn Disk) {
    let _ = write(disk, "swap/secret", WriteMode::Replace, b"inside");
}

fn swap(one: &Path, other: &Path) {
    renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).unwrap();
}
