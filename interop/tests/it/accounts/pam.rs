//! Users whom PAM proves.

use std::{
    fs,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use wharf_interop::{clients::curl_status, servers::Pam};

use super::{PATIENCE, Served, Session};

/// Accounts of pam_matrix: the last may use another service only.
const ACCOUNTS: &str = "anna:of anna:wharf\nlocked:of locked:wharf\nempty::wharf\nberta:of berta:shell\n";

/// A server that asks the services; the keys are those of the section.
fn serve(pam: &Pam, keys: &str) -> Served {
    serve_as(pam, keys, &[])
}

/// As [`serve`], with more in the environment.
fn serve_as(pam: &Pam, keys: &str, more: &[(&str, PathBuf)]) -> Served {
    fs::write(pam.path("accounts"), ACCOUNTS).unwrap();
    Served::start_with(&[&pam.environment(), more].concat(), |home| {
        fs::create_dir(format!("{home}/anna")).unwrap();
        format!(
            "[accounts.pam]\ngroups = [\"ftp\"]\n{keys}\n[group.ftp]\nroot = \"{home}/{{user}}\"\ncreate-root = true\n\
             permissions = {{ \"/\" = \"all\" }}\n[user.clara]\npassword = \"$1$saltsalt$9xy1btjgzLYfb7hivXtC//\"\n\
             root = \"{home}\"\n"
        )
    })
}

/// A service `wharf` of these accounts, where a script has the last word on who may log in.
fn with_accounts(pam: &Pam) {
    let script =
        pam.script("account", &format!("env > {}\n[ $PAM_USER != locked ]", pam.path("told").display()));
    pam.service(
        "wharf",
        &[
            &format!("auth required {}", pam.matrix()),
            &format!("account required {}", pam.matrix()),
            &format!("account required pam_exec.so quiet {}", script.display()),
        ],
    );
}

#[test]
fn who_is_proved_and_may_log_in_now_does() {
    let pam = Pam::new();
    with_accounts(&pam);
    let served = serve(&pam, "");
    let file = served.directory.path().join("file");
    fs::write(&file, "content").unwrap();
    let target = served.target("anna", "of anna");
    let put = ["--upload-file", file.to_str().unwrap(), &target.url("file")];
    assert_eq!(curl_status(&target, &put), Some(0));
    assert_eq!(fs::read_to_string(served.home("anna").join("file")).unwrap(), "content");
    let told = fs::read_to_string(pam.path("told")).unwrap();
    for line in
        ["PAM_USER=anna", "PAM_RHOST=127.0.0.1", "PAM_TTY=ftp", "PAM_SERVICE=wharf", "PAM_TYPE=account"]
    {
        assert!(told.lines().any(|told| told == line), "{line} in {told}");
    }
    assert!(!told.contains("of anna"), "{told}");

    for (user, password) in [
        ("anna", "wrong"),
        ("anna", ""),
        ("ANNA", "of anna"),
        ("nobody", "of anna"),
        ("empty", ""),
        ("berta", "of berta"),
        ("locked", "of locked"),
    ] {
        assert_eq!(served.login(user, password), "530", "{user}");
    }
    let log = served.log();
    assert!(log.contains("PAM lets a user not log in") && log.contains("locked"), "{log}");
    assert!(!log.contains("of anna") && !log.contains("of locked"), "{log}");
}

/// A module that says yes to everybody is not asked about an empty password.
#[test]
fn an_empty_password_is_refused_before_a_module_is_asked() {
    let pam = Pam::new();
    pam.service("ftp", &["auth required pam_permit.so", "account required pam_permit.so"]);
    let served = serve(&pam, "service = \"ftp\"");
    assert_eq!(served.login("anna", "any"), "230");
    assert_eq!(served.login("anna", ""), "530");
}

/// The first module asks for the password in a way that shows it, and takes no answer for not being able to say; the second
/// changes who it is about.
#[test]
fn a_module_that_shows_the_password_gets_none_and_one_that_makes_another_user_is_not_believed() {
    let pam = Pam::new();
    let permit = "account required pam_permit.so";
    for (service, echo) in [("hidden", ""), ("shown", "echo")] {
        pam.service(service, &[&format!("auth required {} {echo}", pam.matrix()), permit]);
    }
    let other = pam.module("pam_set_items.so");
    pam.service("other", &["auth required pam_permit.so", &format!("account required {other}")]);
    for (service, name, reply) in [
        ("hidden", "anna", "230"),
        ("shown", "anna", "451"),
        ("other", "anna", "530"),
        ("other", "berta", "230"),
    ] {
        let served = serve_as(&pam, &format!("service = \"{service}\""), &[("PAM_USER", "berta".into())]);
        assert_eq!(served.login(name, "of anna"), reply, "{service}, {name}");
    }
}

#[test]
fn modules_that_cannot_say_are_no_wrong_password() {
    let pam = Pam::new();
    let up = pam.path("up");
    let script = pam.script("is-up", &format!("[ -e {} ]", up.display()));
    let is_up = format!("auth requisite pam_exec.so quiet {}", script.display());
    let matrix = format!("auth required {}", pam.matrix());
    pam.service("wharf", &[&is_up, &matrix, "account required pam_permit.so"]);
    // As docs/configuration.md has it, where a program that fails is to be a refusal.
    let refusal = [&is_up.replace("requisite", "[success=1 default=ignore]"), "auth requisite pam_deny.so"];
    pam.service(
        "refusal",
        &[&refusal[..], &["auth required pam_permit.so", "account required pam_permit.so"]].concat(),
    );
    let refusing = serve(&pam, "service = \"refusal\"");
    let served = serve(&pam, "");
    let mut session = Session::open(served.address);
    assert_eq!(refusing.login("anna", "of anna"), "530");
    assert_eq!(session.login("anna", "of anna"), "451");
    assert_eq!(session.login("nobody", "wrong"), "451");
    fs::write(&up, "").unwrap();
    assert_eq!(refusing.login("anna", "of anna"), "230");
    assert_eq!(served.login("nobody", "wrong"), "530");
    assert_eq!(session.login("anna", "of anna"), "230");
}

/// More logins than are asked about at a time wait in vain, and nobody else with them; not even the end of the program.
#[test]
fn modules_that_hang_hold_up_themselves_alone() {
    let pam = Pam::new();
    let hung = pam.path("hung");
    fs::write(&hung, "").unwrap();
    // It ends with the test too, whose files are gone then.
    let script = pam.script("wait", &format!("while [ -e {} ]; do sleep 0.1; done", hung.display()));
    let auth = format!("auth required pam_exec.so quiet {}", script.display());
    pam.service("wharf", &[&auth, "account required pam_permit.so"]);
    let mut served = serve(&pam, "timeout = \"1 s\"");
    let started = Instant::now();
    thread::scope(|scope| {
        let logins: Vec<_> = (0..20).map(|_| scope.spawn(|| served.login("anna", "of anna"))).collect();
        assert_eq!(served.login("clara", "secret"), "230");
        for login in logins {
            assert_eq!(login.join().unwrap(), "451");
        }
        assert_eq!(served.login("anna", "of anna"), "451");
        fs::remove_file(&hung).unwrap();
        // The modules end one after the other: trying again is all there is.
        while served.login("anna", "of anna") != "230" {
            assert!(started.elapsed() < PATIENCE, "they have not come back");
            thread::sleep(Duration::from_millis(100));
        }
    });

    fs::write(&hung, "").unwrap();
    assert_eq!(served.login("anna", "of anna"), "451");
    kill_process(Pid::from_child(&served.child), Signal::TERM).unwrap();
    let asked = Instant::now();
    while served.child.try_wait().unwrap().is_none() {
        assert!(asked.elapsed() < PATIENCE, "it does not end");
        thread::sleep(Duration::from_millis(50));
    }
}

/// The file is taken: modules that were not there, or options that they have not, would be an error, and 451.
#[test]
fn the_service_in_packaging_can_be_asked() {
    let pam = Pam::new();
    pam.service("wharf", &[include_str!("../../../../packaging/wharf.pam")]);
    let served = serve(&pam, "");
    for name in ["nobody-has-this-name", "root", "daemon"] {
        assert_eq!(served.login(name, "wrong"), "530", "{name}");
    }
}
