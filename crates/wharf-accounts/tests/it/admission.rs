//! From where, when and with what rights somebody gets in.

use std::fs;

use wharf::core::principal::{Authenticator, LoginAttempt};

use super::served::{Served, put};

const ANNA: &str = "[user.anna]\nroot = \"YARD/{user}\"\npassword = \"SECRET\"\n";

async fn gets_in(more: &str) -> bool {
    Served::start(&format!("{ANNA}{more}\n")).await.login("anna", "secret").await.is_ok()
}

#[tokio::test]
async fn an_account_can_be_closed() {
    assert!(gets_in("").await);
    for (more, expected) in [
        ("disabled = true", false),
        ("disabled = false", true),
        ("networks = [\"192.0.2.0/24\"]", false),
        ("networks = []", false),
        ("networks = [\"192.0.2.0/24\", \"127.0.0.0/8\"]", true),
        ("expires = \"2020-01-01\"", false),
        ("expires = \"2999-01-01\"", true),
        ("hours = []", false),
        ("hours = [\"00:00-24:00\"]", true),
    ] {
        assert_eq!(gets_in(more).await, expected, "{more}");
    }
}

#[tokio::test]
async fn rights_are_those_of_the_nearest_place() {
    let users = format!(
        "{ANNA}permissions = {{ \"/\" = \"list read\", \"/in\" = \"create\", \"/own\" = \"all\" }}\nhome = \"/own\"\n"
    );
    let served = Served::start(&users).await;
    for folder in ["in", "own"] {
        fs::create_dir(served.yard.path().join("anna").join(folder)).unwrap();
    }
    fs::write(served.yard.path().join("anna/note"), "hello").unwrap();
    let mut anna = served.anna().await;
    assert_eq!(anna.working_directory().await.unwrap(), b"/own");
    assert_eq!(anna.size("/note").await.unwrap(), 5);
    assert!(anna.remove_file("/note").await.is_err());
    put(&mut anna, "/in/new", "x").await.unwrap();
    assert!(put(&mut anna, "/in/new", "y").await.is_err(), "create is not overwrite");
    assert!(anna.size("/in/new").await.is_err(), "create is not list");
    put(&mut anna, "/own/new", "x").await.unwrap();
    anna.remove_file("/own/new").await.unwrap();
}

#[tokio::test]
async fn read_only_counts_more_than_permissions() {
    let served =
        Served::start(&format!("{ANNA}permissions = {{ \"/\" = \"all\" }}\nread-only = true\n")).await;
    let mut anna = served.anna().await;
    assert!(put(&mut anna, "/new", "x").await.is_err());
    assert!(anna.make_dir("/dir").await.is_err());
}

#[tokio::test]
async fn groups_fill_the_gaps() {
    let users = "[group.staff]\nroot = \"YARD/{user}\"\nread-only = true\npermissions = { \"/\" = \"all\" }\n\
                 [group.second]\nroot = \"/nonexistent\"\n\
                 [user.anna]\npassword = \"SECRET\"\ngroups = [\"staff\", \"second\"]\nread-only = false\n";
    let served = Served::start(users).await;
    put(&mut served.anna().await, "/new", "x").await.unwrap();
    assert_eq!(fs::read(served.yard.path().join("anna/new")).unwrap(), b"x");
}

#[tokio::test]
async fn a_root_is_made_where_that_is_wanted() {
    let users = "[user.berta]\nroot = \"YARD/{user}/deep\"\npassword = \"SECRET\"\n";
    assert!(Served::start(users).await.login("berta", "secret").await.is_err());
    let served = Served::start(&format!("{users}create-root = true\n")).await;
    served.login("berta", "secret").await.unwrap();
    assert!(served.yard.path().join("berta/deep").is_dir());
}

#[tokio::test]
async fn tls_is_needed_where_the_account_says_so() {
    let served = Served::start(&format!("{ANNA}tls = \"control\"\n")).await;
    assert!(served.login("anna", "secret").await.is_err());
}

#[tokio::test]
async fn a_certificate_takes_the_place_of_a_password() {
    let yard = tempfile::tempdir().unwrap();
    let (own, other) = (b"certificate".as_slice(), b"another".as_slice());
    let print = wharf::connection::Fingerprint::of(own);
    let users = format!(
        "[user.both]\nroot = \"YARD\"\npassword = \"SECRET\"\ncertificates = [\"{print}\"]\n\
         [user.alone]\nroot = \"YARD\"\ncertificates = [\"{print}\"]\n"
    );
    let accounts = super::served::accounts(&yard, &users, wharf_accounts::Lasting::new());
    let secret = wharf::core::principal::Secret::new("secret");
    for (name, certificate, password, expected) in [
        ("both", Some(own), true, true),
        ("both", Some(other), true, false),
        ("both", None, true, false),
        ("both", Some(own), false, false),
        ("alone", Some(own), false, true),
        ("alone", Some(other), true, false),
        ("alone", None, true, false),
    ] {
        let peer = "127.0.0.1:9".parse().unwrap();
        let mut attempt = LoginAttempt::new(peer, name.as_bytes());
        attempt.client_certificate = certificate;
        attempt.password = password.then_some(&secret);
        let admitted = accounts.authenticate(&attempt).await.is_ok();
        assert_eq!(admitted, expected, "{name} {certificate:?} {password}");
        let asks = accounts.needs_password(&attempt).await;
        assert_eq!(asks, !(name == "alone" && certificate == Some(own)), "{name} {certificate:?}");
    }
}
