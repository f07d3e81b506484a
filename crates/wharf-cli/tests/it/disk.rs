//! A disk that is full, and one that cannot be read: real ones, mounted where only the server sees them.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::geteuid;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wharf::Connection;

use super::{
    config::{ANNA, Configured, yard},
    notify::ALL,
    program::noise,
};

/// A server whose user has a disk of her own.
struct Mounted {
    server: Configured,
    root: PathBuf,
    _yard: TempDir,
}

/// Begins a command in which mounts can be made that nobody else sees; `None` where that is not permitted.
fn in_own_mounts(script: &str) -> Option<Command> {
    let command = || {
        let mut command = Command::new("unshare");
        command.args(if geteuid().is_root() { &["--mount"][..] } else { &["--map-root-user", "--mount"] });
        command
    };
    let tried = command().args(["mount", "-t", "tmpfs", "tmpfs", "/mnt"]).stderr(Stdio::null()).status();
    if !tried.is_ok_and(|status| status.success()) {
        eprintln!("no disk can be mounted here: what the server does with it was not tried");
        return None;
    }
    let mut command = command();
    command.args(["sh", "-ec", script, "sh"]);
    Some(command)
}

impl Mounted {
    /// Serves after `script`, in which `$1` is the folder to mount at.
    fn start(script: &str) -> Option<Self> {
        let (yard, file) = yard(&format!("{ANNA}{ALL}"));
        let root = yard.path().join("anna");
        let mut command = in_own_mounts(&format!("{script}; shift; exec \"$@\""))?;
        command.arg(&root).args([env!("CARGO_BIN_EXE_wharf"), "serve", "--config"]).arg(&file);
        command.env_remove("WHARF_LOG").stdin(Stdio::null());
        let server = Configured::run(&mut command);
        // As the server sees it.
        let root = Path::new(&format!("/proc/{}/root", server.id())).join(root.strip_prefix("/").unwrap());
        Some(Self { server, root, _yard: yard })
    }

    async fn session(&self) -> Connection {
        let mut connection = Connection::connect(&self.server.address).await.unwrap();
        connection.login("anna", "secret").await.unwrap();
        connection
    }

    /// All that is in the folder, whether clients see it or not; what is left of an upload is removed by a thread, soon.
    fn names(&self) -> BTreeSet<String> {
        let latest = Instant::now() + Duration::from_secs(60);
        loop {
            let entries = fs::read_dir(&self.root).unwrap();
            let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let names: BTreeSet<_> = names.collect();
            if !names.iter().any(|name| name.starts_with(".wharf-")) || Instant::now() > latest {
                return names;
            }
            thread::yield_now();
        }
    }
}

/// The code that ends an upload.
async fn store(session: &mut Connection, name: &str, octets: &[u8]) -> u16 {
    let mut file = match session.write(name).await {
        Ok(file) => file,
        Err(error) => return code(&error),
    };
    // The server may end it as soon as no room is left.
    let _ = file.write_all(octets).await;
    match file.finish().await {
        Ok(_) => 226,
        Err(error) => code(&error),
    }
}

fn code(error: &wharf::Error) -> u16 {
    let reply = error.reply().unwrap_or_else(|| panic!("{error:?}"));
    reply.code().as_u16()
}

async fn full(mounted: &Mounted, room: usize) {
    let (long, short) = (noise(2 * room), noise(50_000));
    let mut session = mounted.session().await;
    let before = mounted.names();
    assert_eq!(store(&mut session, "kept", &noise(room / 2)).await, 226);
    for name in ["new", "kept"] {
        assert_eq!(store(&mut session, name, &long).await, 452, "{name}");
    }
    let mut kept = before.clone();
    kept.insert("kept".to_owned());
    assert_eq!(mounted.names(), kept, "something is left of what found no room");
    assert_eq!(fs::read(mounted.root.join("kept")).unwrap(), noise(room / 2));
    assert_eq!(session.size("kept").await.unwrap(), room as u64 / 2);

    // Short ones, until no more fits.
    let mut stored = 0;
    let refused = loop {
        match store(&mut session, &format!("short-{stored}"), &short).await {
            226 => stored += 1,
            code => break code,
        }
    };
    assert_eq!(refused, 452);
    assert_eq!(mounted.names().len(), kept.len() + stored);
    // What is there can be read, and removed; then there is room again, for the same session.
    let mut octets = Vec::new();
    let mut file = session.read("kept").await.unwrap();
    file.read_to_end(&mut octets).await.unwrap();
    file.finish().await.unwrap();
    assert!(octets == noise(room / 2));
    session.remove_file("kept").await.unwrap();
    assert_eq!(store(&mut session, "new", &short).await, 226);
    assert_eq!(fs::read(mounted.root.join("new")).unwrap(), short);
}

#[tokio::test]
async fn a_full_disk_is_452_until_there_is_room_again() {
    let Some(mounted) = Mounted::start("mount -t tmpfs -o size=4m,mode=777 tmpfs \"$1\"") else { return };
    full(&mounted, 4 << 20).await;
}

/// With blocks that are given out later than files are written, and room that is asked for ahead.
#[tokio::test]
async fn a_full_disk_of_blocks_is_452_until_there_is_room_again() {
    let Some(mounted) = image(":", 12) else { return };
    full(&mounted, 6 << 20).await;
}

#[tokio::test]
async fn a_disk_without_room_for_names_is_452() {
    let script = "mount -t tmpfs -o size=4m,nr_inodes=8,mode=777 tmpfs \"$1\"";
    let Some(mounted) = Mounted::start(script) else { return };
    let mut session = mounted.session().await;
    let mut made = 0;
    let refused = loop {
        match session.make_dir(format!("d{made}")).await {
            Ok(_) => made += 1,
            Err(error) => break code(&error),
        }
    };
    assert_eq!(refused, 452);
    assert_eq!(store(&mut session, "new", b"x").await, 452);
    assert_eq!(mounted.names().len(), made);
    session.remove_dir("d0").await.unwrap();
    assert_eq!(store(&mut session, "new", b"x").await, 226);
}

/// A server on a disk of so many MiB; `script` comes when it is mounted, and has its image as `$IMAGE`.
fn image(script: &str, mebibytes: u64) -> Option<Mounted> {
    if !geteuid().is_root() {
        eprintln!("not root: a disk in a file was not tried");
        return None;
    }
    // What is short lies beside its name, and so on the first half.
    Mounted::start(&format!(
        "IMAGE=\"$1/../image\"; truncate -s {mebibytes}M \"$IMAGE\"; mkfs.ext4 -q -F -b 1024 -O ^has_journal,inline_data -I 256 -m 0 \"$IMAGE\"
         mount -o loop \"$IMAGE\" \"$1\"; {script}"
    ))
}

#[tokio::test]
async fn a_file_that_cannot_be_read_to_its_end_is_451_and_the_session_lives() {
    // The second half of the disk is taken away when the file is on it, and no longer in memory.
    let script = "echo hello > \"$1/small\"; head -c 10485760 /dev/zero > \"$1/large\"; umount \"$1\"
                  tries=0; until mount -o loop \"$IMAGE\" \"$1\"; do tries=$((tries + 1)); [ $tries -lt 50 ]; sleep 0.1; done
                  truncate -s 8M \"$IMAGE\"";
    let Some(mounted) = image(script, 16) else { return };
    let mut session = mounted.session().await;
    for _ in 0..3 {
        let mut octets = Vec::new();
        let mut file = session.read("large").await.unwrap();
        let read = file.read_to_end(&mut octets).await;
        let ended = file.finish().await;
        assert!(octets.len() < 10 << 20, "all of it came");
        assert!(read.is_err() || ended.is_err(), "a part looks like the whole");
        assert_eq!(code(&ended.unwrap_err()), 451);
    }
    let mut octets = Vec::new();
    let mut file = session.read("small").await.unwrap();
    file.read_to_end(&mut octets).await.unwrap();
    file.finish().await.unwrap();
    assert_eq!(octets, b"hello\n");
}
