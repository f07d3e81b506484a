//! A server that is told to read its configuration again, or to end, while many transfer.

use std::{fs, path::Path, time::Duration};

use rustix::process::Signal;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};
use wharf::Connection;

use super::{
    config::{ANNA, Configured, yard},
    notify::ALL,
    program::noise,
};

const TRANSFERS: usize = 50;
/// More than sockets buffer.
const LARGE: usize = 6 << 20;

async fn session(address: &str, user: &str) -> Connection {
    let mut connection = Connection::connect(address).await.unwrap();
    connection.login(user, "secret").await.unwrap();
    connection
}

/// The names in a folder, those that clients do not see too.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_configuration_that_is_read_again_disturbs_no_transfer() {
    let speed = "[speed]\ndownload = \"1M\"\nupload = \"1M\"\n";
    let (yard, file) = yard(&format!("{speed}{ANNA}{ALL}"));
    let content = noise(LARGE);
    fs::write(yard.path().join("anna/large"), &content).unwrap();
    let mut server = Configured::start(&file, &[]);
    let (mut downloads, mut uploads) = (Vec::new(), Vec::new());
    for number in 0..TRANSFERS {
        let mut connection = session(&server.address, "anna").await;
        let content = content.clone();
        if number % 2 == 0 {
            // Each has begun when the configuration changes.
            let (began, begun) = tokio::sync::oneshot::channel();
            downloads.push(tokio::spawn(async move {
                let mut octets = vec![0; 10];
                let mut file = connection.read("large").await.unwrap();
                file.read_exact(&mut octets).await.unwrap();
                began.send(()).unwrap();
                file.read_to_end(&mut octets).await.unwrap();
                file.finish().await.unwrap();
                assert!(octets == content);
                connection.noop().await.unwrap();
            }));
            begun.await.unwrap();
        } else {
            let (began, begun) = tokio::sync::oneshot::channel();
            uploads.push(tokio::spawn(async move {
                let mut file = connection.write(format!("up-{number}")).await.unwrap();
                began.send(()).unwrap();
                file.write_all(&content).await.unwrap();
                file.finish().await.unwrap();
                connection.noop().await.unwrap();
            }));
            begun.await.unwrap();
        }
    }
    let text = fs::read_to_string(&file).unwrap();
    let without_anna = text.replace("user.anna", "user.berta");
    for changed in [without_anna.as_str(), "what = is this?", &text.replace("\"1M\"", "\"2M\"")] {
        fs::write(&file, changed).unwrap();
        server.signal(Signal::HUP);
        server.logs(if changed.contains("listen") { "was read again" } else { "stays as it was" });
        assert!(downloads.iter().chain(&uploads).all(|transfer| !transfer.is_finished()));
    }
    // Now they are as fast as they can be.
    fs::write(&file, text.replace(speed, "")).unwrap();
    server.signal(Signal::HUP);
    for transfer in downloads.into_iter().chain(uploads) {
        transfer.await.unwrap();
    }
    for number in (1..TRANSFERS).step_by(2) {
        assert!(fs::read(yard.path().join(format!("anna/up-{number}"))).unwrap() == content);
    }
}

#[tokio::test]
async fn a_server_that_ends_lets_finish_who_can_and_leaves_nothing_of_who_cannot() {
    let (yard, file) = yard(&format!("{ANNA}{ALL}[server]\nshutdown-timeout = \"10 s\"\n"));
    let mut server = Configured::start(&file, &[]);
    let content = noise(100_000);
    let mut connections = Vec::new();
    for _ in 0..TRANSFERS {
        connections.push(session(&server.address, "anna").await);
    }
    let mut idle = session(&server.address, "anna").await;
    let mut files = Vec::new();
    for (number, connection) in connections.iter_mut().enumerate() {
        let mut file = connection.write(format!("{number}")).await.unwrap();
        file.write_all(&content).await.unwrap();
        files.push((number, file));
    }
    server.signal(Signal::TERM);
    server.logs("shutting down");
    // Whoever does nothing is told so.
    let told = async { while idle.noop().await.is_ok() {} };
    timeout(Duration::from_secs(10), told).await.expect("it is not told");
    // Half of them end in time, and are told that they did; the others do not.
    let slow = files.split_off(TRANSFERS / 2);
    for (_, file) in files {
        file.finish().await.unwrap();
    }
    let status = tokio::task::spawn_blocking(move || server.wait()).await.unwrap();
    assert_eq!(status.code(), Some(1), "transfers were cut off");
    for (number, file) in slow {
        assert!(file.finish().await.is_err(), "{number}");
    }
    let mut expected: Vec<_> = (0..TRANSFERS / 2).map(|number| number.to_string()).collect();
    expected.push("note".to_owned());
    expected.sort();
    assert_eq!(names(&yard.path().join("anna")), expected);
    for number in 0..TRANSFERS / 2 {
        assert!(fs::read(yard.path().join(format!("anna/{number}"))).unwrap() == content);
    }
}
