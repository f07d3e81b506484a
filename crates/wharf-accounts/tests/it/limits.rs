//! How much, how large and under which names.

use std::{fs, os::unix::fs::PermissionsExt, time::Duration};

use super::served::{Served, accounts, put};

const ANNA: &str =
    "[user.anna]\nroot = \"YARD/{user}\"\npassword = \"SECRET\"\npermissions = { \"/\" = \"all\" }\n";

fn code(error: &wharf::Error) -> u16 {
    error.reply().unwrap_or_else(|| panic!("{error}")).code().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_holds_for_all_sessions_together() {
    let served = Served::start(&format!("{ANNA}quota = {{ octets = \"100K\", entries = 50 }}\n")).await;
    let mut uploads = tokio::task::JoinSet::new();
    for number in 0..12 {
        let mut anna = served.anna().await;
        uploads.spawn(async move { put(&mut anna, &format!("/{number}"), vec![b'x'; 20 << 10]).await });
    }
    let mut done = 0;
    while let Some(upload) = uploads.join_next().await {
        match upload.unwrap() {
            Ok(_) => done += 1,
            Err(error) => assert_eq!(code(&error), 552, "{error}"),
        }
    }
    let on_disk = || -> Vec<_> {
        let files = fs::read_dir(served.yard.path().join("anna")).unwrap();
        files.filter_map(|file| file.unwrap().metadata().ok()).map(|metadata| metadata.len()).collect()
    };
    // What was refused has never had its name; what it had instead goes beside the answer.
    let gone = async {
        while on_disk().len() != done {
            tokio::time::sleep(Duration::from_millis(5)).await
        }
    };
    let _late = tokio::time::timeout(Duration::from_secs(10), gone).await;
    let kept = on_disk();
    assert!(done <= 5 && kept.len() == done && kept.iter().all(|size| *size == 20 << 10), "{done} {kept:?}");
    // Room that is made can be used.
    let mut anna = served.anna().await;
    for file in fs::read_dir(served.yard.path().join("anna")).unwrap() {
        anna.remove_file(file.unwrap().file_name().to_str().unwrap()).await.unwrap();
    }
    put(&mut anna, "/large", vec![b'x'; 100 << 10]).await.unwrap();
    assert_eq!(code(&put(&mut anna, "/more", "x").await.unwrap_err()), 552);
}

#[tokio::test]
async fn files_and_names_have_limits() {
    let more = "max-upload = 10\nmax-download = 5\nnames = { deny = [\"*.exe\"] }\n";
    let served = Served::start(&format!("{ANNA}{more}")).await;
    let mut anna = served.anna().await;
    put(&mut anna, "/ten", "1234567890").await.unwrap();
    assert_eq!(code(&put(&mut anna, "/eleven", "12345678901").await.unwrap_err()), 552);
    assert!(anna.size("/eleven").await.is_err(), "nothing of it is there");
    assert_eq!(code(&anna.read("/ten").await.unwrap_err()), 550);
    assert_eq!(code(&put(&mut anna, "/a.EXE", "x").await.unwrap_err()), 553);
}

#[tokio::test]
async fn folders_and_bits_are_those_of_the_account() {
    let more = "folders = { \"/shared\" = \"YARD/shared\" }\numask = \"077\"\n";
    let yard = tempfile::tempdir().unwrap();
    fs::create_dir(yard.path().join("anna")).unwrap();
    fs::create_dir(yard.path().join("shared")).unwrap();
    let accounts = accounts(&yard, &format!("{ANNA}{more}"), wharf_accounts::Lasting::new());
    let server = wharf::Server::builder().authenticator(accounts).serve().await.unwrap();
    let mut anna = wharf::Connection::connect(server.address()).await.unwrap();
    anna.login("anna", "secret").await.unwrap();
    put(&mut anna, "/own", "x").await.unwrap();
    put(&mut anna, "/shared/other", "y").await.unwrap();
    assert_eq!(fs::read(yard.path().join("shared/other")).unwrap(), b"y");
    let bits = |name: &str| fs::metadata(yard.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((bits("anna/own"), bits("shared/other")), (0o600, 0o600));
    assert!(anna.rename("/own", "/shared/own").await.is_err());
}

#[tokio::test]
async fn sessions_are_counted_when_the_password_is_right() {
    let served = Served::start(&format!("{ANNA}sessions = 1\n")).await;
    let mut guessing = served.connect().await;
    assert!(guessing.login("anna", "wrong").await.is_err());
    let first = served.anna().await;
    assert!(served.login("anna", "secret").await.is_err());
    drop(first);
    let again = async {
        while served.login("anna", "secret").await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), again).await.unwrap();
}
