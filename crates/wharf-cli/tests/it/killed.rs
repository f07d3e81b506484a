//! A server that is killed while a hundred clients upload, and started again.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fs,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use rustix::process::Signal;
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt, sync::watch, time::timeout};
use wharf::Connection;

use super::{
    config::{ANNA, Configured, yard},
    notify::{ALL, take},
    program::{Unheard, noise},
};

const CLIENTS: u64 = 100;

/// How many octets of noise files are cut out of.
const NOISE: usize = 3 << 20;

/// What has happened when the server is killed: so many uploads were begun, or so many acknowledged.
#[derive(Clone, Copy, Debug)]
enum Moment {
    Begun(usize),
    Acknowledged(usize),
}

const MOMENTS: [Moment; 5] = [
    Moment::Begun(1),
    Moment::Begun(100),
    Moment::Acknowledged(1),
    Moment::Acknowledged(60),
    Moment::Acknowledged(250),
];

/// Files of all lengths, each with its number in front, so that one can be told from another and from a part.
struct Contents(Vec<u8>);

impl Contents {
    fn new() -> Self {
        Self(noise(NOISE))
    }

    /// From nothing but the number to 2 MiB; every other one is short.
    fn of(&self, number: u64) -> Vec<u8> {
        let scattered = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let most = if number.is_multiple_of(2) { 5_000 } else { 2 << 20 };
        let (from, len) = ((scattered % (1 << 20)) as usize, (scattered % most) as usize);
        [&number.to_le_bytes(), &self.0[from..from + len]].concat()
    }

    /// The number of a file that is whole.
    fn number(&self, octets: &[u8]) -> Option<u64> {
        let number = u64::from_le_bytes(octets.get(..8)?.try_into().ok()?);
        (self.of(number) == octets).then_some(number)
    }
}

/// What the clients know: of each name the number that was acknowledged last.
#[derive(Clone)]
struct Clients {
    contents: Arc<Contents>,
    acknowledged: Arc<Mutex<BTreeMap<String, u64>>>,
    /// How many uploads were begun, and how many acknowledged.
    counts: watch::Sender<(usize, usize)>,
}

impl Clients {
    fn new() -> Self {
        let contents = Arc::new(Contents::new());
        Self { contents, acknowledged: Arc::default(), counts: watch::Sender::new((0, 0)) }
    }

    /// Uploads one file after another until the server is gone. Every third replaces the one before.
    async fn upload(self, address: String, client: u64) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut connection = Connection::connect(&address).await?;
        connection.login("anna", "secret").await?;
        for number in (0..).map(|turn| client * 1_000_000 + turn) {
            let name = match number % 3 {
                0 => format!("{client}"),
                _ => format!("in/{number}"),
            };
            let content = self.contents.of(number);
            let mut file = connection.write(&name).await?;
            self.counts.send_modify(|(begun, _)| *begun += 1);
            file.write_all(&content).await?;
            file.finish().await?;
            self.acknowledged.lock().unwrap().insert(name, number);
            self.counts.send_modify(|(_, acknowledged)| *acknowledged += 1);
        }
        Ok(())
    }

    /// Has them upload until the moment has come; then the server is killed.
    async fn until_killed(&self, server: &Configured, moment: Moment) {
        let clients =
            (0..CLIENTS).map(|client| tokio::spawn(self.clone().upload(server.address.clone(), client)));
        let clients: Vec<_> = clients.collect();
        let mut counts = self.counts.subscribe();
        let come = counts.wait_for(|&(begun, acknowledged)| match moment {
            Moment::Begun(count) => begun >= count,
            Moment::Acknowledged(count) => acknowledged >= count,
        });
        assert!(timeout(Duration::from_secs(120), come).await.is_ok(), "{moment:?} does not come");
        server.signal(Signal::KILL);
        for client in clients {
            // The server was gone, for each of them.
            assert!(client.await.unwrap().is_err());
        }
    }

    /// Checks what is visible: all that was acknowledged, and nothing that is not whole. Gives the number of octets.
    fn check(&self, files: &BTreeMap<String, Vec<u8>>) -> usize {
        let acknowledged = self.acknowledged.lock().unwrap();
        for (name, octets) in files {
            let number = self.contents.number(octets);
            let number = number.unwrap_or_else(|| panic!("{name} is not whole: {} octets", octets.len()));
            match name.strip_prefix("in/") {
                Some(own) => assert_eq!(own, number.to_string()),
                // A later one may have come whole, too, and its acknowledgement been lost.
                None => {
                    assert!(acknowledged.get(name).is_none_or(|last| *last <= number), "{name} is an old one")
                }
            }
        }
        for name in acknowledged.keys() {
            assert!(files.contains_key(name), "{name} is lost");
        }
        files.values().map(Vec::len).sum()
    }
}

/// The files of the folder, and how many of them are what is left of uploads.
fn on_disk(root: &Path) -> (BTreeMap<String, Vec<u8>>, usize) {
    let (mut files, mut leftovers) = (BTreeMap::new(), 0);
    for below in ["", "in/"] {
        for entry in fs::read_dir(root.join(below)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            match (entry.file_type().unwrap().is_file(), name.starts_with(".wharf-")) {
                (true, true) => leftovers += 1,
                (true, false) => {
                    drop(files.insert(format!("{below}{name}"), fs::read(entry.path()).unwrap()))
                }
                (false, _) => {}
            }
        }
    }
    (files, leftovers)
}

/// The files as a client finds them: all that listings have.
async fn over_the_wire(connection: &mut Connection) -> BTreeMap<String, Vec<u8>> {
    use tokio::io::AsyncReadExt;
    let mut files = BTreeMap::new();
    for below in ["", "in/"] {
        let entries = connection.list(below).all().await.unwrap();
        for entry in entries.into_iter().filter(|entry| entry.is_file()) {
            let name = format!("{below}{}", String::from_utf8(entry.name.clone()).unwrap());
            let mut octets = Vec::new();
            let mut file = connection.read(&name).await.unwrap();
            file.read_to_end(&mut octets).await.unwrap();
            file.finish().await.unwrap();
            files.insert(name, octets);
        }
    }
    files
}

async fn logged_in(server: &Configured) -> Connection {
    let mut connection = Connection::connect(&server.address).await.unwrap();
    connection.login("anna", "secret").await.unwrap();
    connection
}

/// Whether a file of so many octets can be stored.
async fn has_room(connection: &mut Connection, octets: usize) -> bool {
    let mut file = connection.write("room").await.unwrap();
    let sent = file.write_all(&vec![b'x'; octets]).await;
    let ended = file.finish().await;
    if let Err(error) = &ended {
        assert_eq!(error.reply().map(|reply| reply.code().as_u16()), Some(552), "{error}");
    }
    sent.is_ok() && ended.is_ok()
}

/// Kills and starts again at each moment; gives how many unfinished uploads were found in all.
async fn kill_again_and_again(place: &TempDir, more: &str, started_with: &[&str]) -> usize {
    let mut found = 0;
    for moment in MOMENTS {
        let root = place.path().join(format!("{moment:?}"));
        fs::create_dir_all(root.join("in")).unwrap();
        let (yard, file) = yard(&format!("{ANNA}{ALL}{more}"));
        let root_set = format!("user.anna.root={}", root.display());
        let set = [&["--set", &root_set], started_with].concat();
        let clients = Clients::new();
        let server = Configured::start(&file, &set);
        clients.until_killed(&server, moment).await;
        drop(server);
        let (files, leftovers) = on_disk(&root);
        let octets = clients.check(&files);
        found += leftovers;

        // Room for a thousand octets more.
        let quota = format!("user.anna.quota={{octets = \"{}\"}}", octets + 1000);
        let mut server = Configured::start(&file, &["--set", &root_set, "--set", &quota]);
        let mut connection = logged_in(&server).await;
        assert!(over_the_wire(&mut connection).await == files, "{moment:?}");
        if leftovers > 0 {
            let said = server.logs("unfinished uploads").pop().unwrap();
            assert!(said.contains(&format!("removed {leftovers} ")), "{said}");
        }
        assert!(on_disk(&root) == (files.clone(), 0), "{moment:?}");
        assert!(!has_room(&mut connection, 1001).await, "{moment:?}: the quota counts too little");
        assert!(has_room(&mut connection, 1000).await, "{moment:?}: the quota counts too much");
        drop((server, yard));
        fs::remove_dir_all(&root).unwrap();
    }
    found
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_and_nothing_unfinished_is_seen() {
    // On a disk, and not in memory, if there is one.
    let place = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let found = kill_again_and_again(&place, "", &[]).await;
    assert!(found > 0, "no upload was cut");
}

/// There, uploads have no name before their last one, but where they replace a file.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn nor_on_a_disk_that_is_memory_and_under_a_quota() {
    let place = TempDir::new_in("/dev/shm").unwrap();
    kill_again_and_again(&place, "", &["--set", "user.anna.quota={octets = \"10G\"}"]).await;
}

/// Of each upload that was acknowledged it is told, and of none that is not there.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_was_acknowledged_is_told_when_the_listener_is_back() {
    let unheard = Unheard::new();
    let address = unheard.address();
    let place = TempDir::new_in("/dev/shm").unwrap();
    let root = place.path().join("anna");
    fs::create_dir_all(root.join("in")).unwrap();
    let queue = place.path().join("queue");
    let section =
        format!("[[notify]]\nqueue = {queue:?}\nurl = \"http://{address}/\"\nevents = [\"uploaded\"]\n");
    let (_yard, file) = yard(&format!("{ANNA}{ALL}{section}"));
    let root_set = format!("user.anna.root={}", root.display());
    let clients = Clients::new();
    let server = Configured::start(&file, &["--set", &root_set]);
    clients.until_killed(&server, Moment::Acknowledged(150)).await;
    drop(server);
    clients.check(&on_disk(&root).0);

    let listener = unheard.listen();
    let _server = Configured::start(&file, &["--set", &root_set]);
    let waiting = fs::read_dir(&queue).unwrap().count();
    let told = tokio::task::spawn_blocking(move || {
        (0..waiting).map(|_| take(&listener, "200 OK")).collect::<Vec<_>>()
    });
    let told = told.await.unwrap();
    let ids: BTreeSet<_> = told.iter().map(|event| event["id"].to_string()).collect();
    assert_eq!(ids.len(), told.len(), "each once, where it was taken at once");
    let told: BTreeSet<_> =
        told.iter().map(|event| event["path"].as_str().unwrap().trim_start_matches('/').to_owned()).collect();
    let acknowledged = clients.acknowledged.lock().unwrap();
    assert!(acknowledged.len() > 100);
    for name in acknowledged.keys() {
        assert!(told.contains(name), "{name} is not told of");
    }
    let files = on_disk(&root).0;
    for name in &told {
        assert!(files.contains_key(name), "{name} is told of, and not there");
    }
}
