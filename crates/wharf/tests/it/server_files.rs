//! A folder of this machine behind the server: nothing outside it is reached, and nothing in it blocks.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{MetadataExt, symlink},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::io::AsyncWriteExt;
use wharf::storage::Local;

use crate::{
    fixture::{BOTH, files, serve},
    wire::{Wire, in_time, read_all},
};

/// The content of a file outside, and the name of another.
const SECRET: &str = "not-for-peers";

/// A folder that is served, and one beside it that must not be touched.
struct Yard {
    folder: tempfile::TempDir,
}

impl Yard {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let yard = Self { folder };
        fs::create_dir(yard.root()).unwrap();
        fs::create_dir(yard.outside()).unwrap();
        fs::write(yard.root().join("a.txt"), "inside").unwrap();
        fs::create_dir(yard.root().join("d")).unwrap();
        fs::write(yard.root().join("d/secret"), "inside").unwrap();
        fs::write(yard.outside().join("secret"), SECRET).unwrap();
        fs::create_dir(yard.outside().join("sub")).unwrap();
        fs::write(yard.outside().join(SECRET), "").unwrap();
        yard
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    fn outside(&self) -> PathBuf {
        self.folder.path().join("outside")
    }

    fn storage(&self) -> Local {
        Local::open(self.root()).unwrap()
    }

    /// All there is outside, with what may be changed of it.
    fn outside_now(&self) -> BTreeMap<PathBuf, (u32, i64, Vec<u8>)> {
        let entry = |path: PathBuf| {
            let metadata = fs::symlink_metadata(&path).unwrap();
            let content = if metadata.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
            (path, (metadata.mode(), metadata.mtime(), content))
        };
        let above = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let below = fs::read_dir(self.outside()).unwrap().map(|entry| entry.unwrap().path());
        above.filter(|path| *path != self.root()).chain(below).map(entry).collect()
    }
}

/// Each command that takes a pathname; `RNTO` comes right after an `RNFR` that may have worked.
const LINES: [&str; 17] = [
    "CWD %",
    "CWD /",
    "MLST %",
    "SIZE %",
    "MDTM %",
    "MFMT 20200102030405 %",
    "SITE CHMOD 777 %",
    "MKD %",
    "RNFR %",
    "RNTO moved",
    "RNFR a.txt",
    "RNTO %",
    "DELE %",
    "RMD %",
    "STAT %",
    "MKD %/x",
    "PWD",
];

/// Tries each command on `name`; gives what could be read.
async fn try_all(wire: &mut Wire, name: &[u8]) -> Vec<u8> {
    let fill = |line: &str| {
        let (before, after) = line.split_once('%').unwrap_or((line, ""));
        let name = if line.contains('%') { name } else { b"" };
        [before.as_bytes(), name, after.as_bytes()].concat()
    };
    let mut seen = Vec::new();
    for line in LINES {
        seen.extend(wire.ask(fill(line)).await.octets);
    }
    for line in ["RETR %", "LIST %", "MLSD %", "NLST %"] {
        let data = wire.passive().await;
        if wire.ask(fill(line)).await.code == 150 {
            seen.extend(read_all(data).await.unwrap_or_default());
            wire.reply().await;
        }
    }
    for line in ["STOR %", "APPE %", "STOU %"] {
        let data = wire.passive().await;
        if wire.ask(fill(line)).await.code == 150 {
            drop(data);
            wire.reply().await;
        }
    }
    seen
}

#[tokio::test]
async fn no_name_leads_out_of_the_folder() {
    let yard = Yard::new();
    symlink("../outside", yard.root().join("out")).unwrap();
    symlink(yard.outside(), yard.root().join("abs")).unwrap();
    symlink("/proc/self", yard.root().join("proc")).unwrap();
    let before = yard.outside_now();
    let long = "x".repeat(300);
    let deep = "x/".repeat(1500);
    let names: [&[u8]; 30] = [
        b"..",
        b"../outside/secret",
        b"/../outside/secret",
        b"/../../../../../../etc/passwd",
        b"d/../../outside/secret",
        b"..\\outside\\secret",
        b"%2e%2e/outside/secret",
        b"//..//outside//secret",
        b"....//outside/secret",
        b".. /outside/secret",
        b"../outside/secret.",
        b"C:\\secret",
        b"C:/secret",
        b"\\\\host\\share",
        b"//host/share",
        b"a.txt::$DATA",
        b"CON",
        b"out/secret",
        b"out/sub",
        b"out/new",
        b"out",
        b"abs/secret",
        b"abs",
        b"proc/environ",
        b"proc/root/etc/passwd",
        b"\xff\xfe/../../outside/secret",
        b"~root/x",
        b"/d/./../..//./outside/secret",
        long.as_bytes(),
        deep.as_bytes(),
    ];
    for host in BOTH {
        let server = serve(host, yard.storage()).await;
        for name in names {
            let mut wire = Wire::login(server.address()).await;
            let seen = try_all(&mut wire, name).await;
            let shown = String::from_utf8_lossy(&seen);
            assert!(!shown.contains("root:x:0") && !shown.contains(SECRET), "{}", name.escape_ascii());
            assert_eq!(yard.outside_now(), before, "after {}", name.escape_ascii());
            wire.expect_in_step().await;
            fs::write(yard.root().join("a.txt"), "inside").unwrap();
        }
        let mut wire = Wire::login(server.address()).await;
        for name in ["out/secret", "abs/secret", "../outside/secret", "proc/environ"] {
            wire.epsv().await;
            wire.expect(format!("RETR {name}"), 550).await;
        }
    }
}

/// A directory that is a link to the outside now and then, while everything is tried through it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn swapping_a_directory_for_a_link_wins_nothing() {
    let yard = Yard::new();
    let before = yard.outside_now();
    let [host, _] = BOTH;
    let server = serve(host, yard.storage()).await;
    let stop = Arc::new(AtomicBool::new(false));
    let swapping = tokio::task::spawn_blocking({
        let (root, stop) = (yard.root(), Arc::clone(&stop));
        move || swap_until(&root, &stop)
    });
    let mut wire = Wire::login(server.address()).await;
    for round in 0..30 {
        for name in ["d/secret", "d/sub", "d/new"] {
            let seen = try_all(&mut wire, name.as_bytes()).await;
            assert!(!String::from_utf8_lossy(&seen).contains(SECRET), "round {round}: {name}");
        }
        wire.expect("CWD /", 250).await;
    }
    stop.store(true, Ordering::Relaxed);
    let swaps = swapping.await.unwrap();
    assert!(swaps > 10, "{swaps} swaps were no race");
    assert_eq!(yard.outside_now(), before);
}

fn swap_until(root: &Path, stop: &AtomicBool) -> usize {
    let mut swaps = 0;
    let (shown, kept, link) = (root.join("d"), root.join("kept"), root.join("link"));
    symlink("../outside", &link).unwrap();
    while !stop.load(Ordering::Relaxed) {
        // The commands themselves move and remove these: whatever is there is put in place again.
        if fs::rename(&shown, &kept).is_err() {
            let _ = fs::create_dir(&kept);
        }
        if fs::rename(&link, &shown).is_err() {
            let _ = symlink("../outside", &shown);
        }
        std::hint::spin_loop();
        if fs::rename(&shown, &link).is_err() {
            let _ = symlink("../outside", &link);
        }
        let _ = fs::rename(&kept, &shown);
        swaps += 1;
    }
    swaps
}

#[tokio::test]
async fn a_fifo_a_socket_and_a_dangling_link_are_550_at_once() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    let yard = Yard::new();
    mknodat(CWD, yard.root().join("fifo"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(yard.root().join("socket")).unwrap();
    symlink("nowhere", yard.root().join("dangling")).unwrap();
    symlink("fifo", yard.root().join("to-fifo")).unwrap();
    for host in BOTH {
        let server = serve(host, yard.storage()).await;
        let mut wire = Wire::login(server.address()).await;
        wire.epsv().await;
        for name in ["fifo", "socket", "dangling", "to-fifo"] {
            wire.expect(format!("RETR {name}"), 550).await;
            wire.expect(format!("SIZE {name}"), 550).await;
            wire.expect(format!("CWD {name}"), 550).await;
            wire.expect(format!("MLSD {name}/x"), 550).await;
        }
        for verb in ["STOR", "APPE"] {
            for name in ["fifo", "socket"] {
                wire.expect(format!("{verb} {name}"), 550).await;
            }
        }
        let names = String::from_utf8(wire.download("NLST").await).unwrap();
        assert!(names.contains("fifo\r\n") && names.contains("dangling\r\n"), "hidden: {names}");
        assert_eq!(wire.download("MLSD").await.iter().filter(|octet| **octet == b'\n').count(), 6);
    }
}

#[tokio::test]
async fn an_upload_that_runs_can_be_neither_seen_nor_named() {
    for host in BOTH {
        let yard = Yard::new();
        let server = serve(host, yard.storage()).await;
        let mut wire = Wire::login(server.address()).await;
        let mut data = wire.passive().await;
        wire.expect("STOR d/up", 150).await;
        in_time(data.write_all(SECRET.as_bytes())).await.unwrap();
        let mut other = Wire::login(server.address()).await;
        let names = || fs::read_dir(yard.root().join("d")).unwrap().map(|entry| entry.unwrap().file_name());
        let hidden = names().find(|name| name != "secret").unwrap().into_string().unwrap();
        for line in ["LIST -a d", "NLST d", "MLSD d", "NLST d/*", "NLST d/.*"] {
            let rows = String::from_utf8(other.download(line).await).unwrap();
            assert!(rows.lines().count() <= 1 && !rows.contains(&hidden), "{line}: {rows}");
        }
        let seen = try_all(&mut other, format!("d/{hidden}").as_bytes()).await;
        assert!(!String::from_utf8_lossy(&seen).contains(SECRET));
        assert!(names().any(|name| name == *hidden), "it was removed or renamed");
        drop(data);
        wire.expect_reply(226).await;
        assert_eq!(wire.download("RETR d/up").await, SECRET.as_bytes());
    }
}

#[tokio::test]
async fn the_root_is_neither_removed_nor_renamed() {
    for host in BOTH {
        let yard = Yard::new();
        let local = serve(host, yard.storage()).await;
        let memory = serve(host, files()).await;
        for server in [local, memory] {
            let mut wire = Wire::login(server.address()).await;
            for name in ["/", "..", "d/..", "/."] {
                wire.expect(format!("RMD {name}"), 550).await;
                wire.expect(format!("DELE {name}"), 550).await;
                if wire.ask(format!("RNFR {name}")).await.code == 350 {
                    wire.expect("RNTO /elsewhere", 550).await;
                }
                wire.expect("RNFR a.txt", 350).await;
                wire.expect(format!("RNTO {name}"), 550).await;
            }
            wire.expect("MLST a.txt", 250).await;
        }
    }
}

#[tokio::test]
async fn a_rename_replaces_a_file_or_a_link_and_no_directory_with_entries() {
    for host in BOTH {
        let yard = Yard::new();
        symlink("../outside/secret", yard.root().join("link")).unwrap();
        fs::create_dir_all(yard.root().join("full/sub")).unwrap();
        let before = yard.outside_now();
        let server = serve(host, yard.storage()).await;
        let mut wire = Wire::login(server.address()).await;
        for name in ["full", "d"] {
            wire.expect("RNFR a.txt", 350).await;
            wire.expect(format!("RNTO {name}"), 550).await;
        }
        wire.expect("RNFR d", 350).await;
        wire.expect("RNTO full", 550).await;
        wire.expect("RNFR d", 350).await;
        assert!(wire.ask("RNTO d/inside-itself").await.code >= 550);
        wire.expect("RNFR a.txt", 350).await;
        wire.expect("RNTO link", 250).await;
        assert_eq!(yard.outside_now(), before);
        assert_eq!(fs::read(yard.root().join("link")).unwrap(), b"inside");
        wire.expect("RNFR link", 350).await;
        wire.expect("RNTO d/secret", 250).await;
        wire.expect("RNFR missing", 550).await;
        wire.expect("RNTO x", 503).await;
        wire.expect("RNFR d", 350).await;
        wire.expect("NOOP", 200).await;
        wire.expect("RNTO x", 503).await;
    }
}

#[tokio::test]
async fn directories_are_made_changed_to_renamed_and_removed() {
    for host in BOTH {
        let yard = Yard::new();
        let local = serve(host, yard.storage()).await;
        let memory = serve(host, files()).await;
        for server in [local, memory] {
            let mut wire = Wire::login(server.address()).await;
            wire.expect("MKD bar", 257).await;
            wire.expect("MKD bar", 550).await;
            wire.expect("MKD bar/baz", 257).await;
            wire.expect("MKD no/parent", 550).await;
            wire.expect("CWD bar/baz", 250).await;
            assert!(wire.expect("PWD", 257).await.to_string().starts_with("257 \"/bar/baz\""));
            wire.expect("CDUP", 250).await;
            assert!(wire.expect("PWD", 257).await.to_string().starts_with("257 \"/bar\""));
            wire.expect("CWD ../../../..", 250).await;
            assert!(wire.expect("PWD", 257).await.to_string().starts_with("257 \"/\""));
            wire.expect("CWD /missing/../bar/..", 250).await;
            wire.expect("CDUP", 250).await;
            wire.expect("CWD missing", 550).await;
            wire.expect("CWD a.txt", 550).await;
            wire.upload("STOR bar/baz/f", "f").await;
            wire.expect("RMD bar", 550).await;
            wire.expect("DELE bar", 550).await;
            wire.expect("RMD a.txt", 550).await;
            wire.expect("RNFR bar/baz", 350).await;
            wire.expect("RNTO moved", 250).await;
            assert_eq!(wire.download("NLST moved").await, b"f\r\n");
            wire.expect("DELE moved/f", 250).await;
            wire.expect("RMD moved", 250).await;
            wire.expect("RMD bar", 250).await;
            wire.epsv().await;
            wire.expect("STOR missing/dir/f", 550).await;
            wire.expect("MKD d2", 257).await;
            wire.expect("STOR d2", 550).await;
        }
    }
}
