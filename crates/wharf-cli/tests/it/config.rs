//! `wharf config`, and `wharf serve --config`.

use std::{
    fs,
    io::{BufRead, BufReader, Lines},
    path::Path,
    process::{Child, ChildStderr, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::program::{Ended, run, secret_file, wharf};

/// Of `secret`, and of `other`.
const SECRET: &str = "$1$saltsalt$9xy1btjgzLYfb7hivXtC//";
const OTHER: &str = "$1$saltsalt$d7LNQ2MbR/sz/hgJ/B94y/";

/// `wharf serve --config` until it is dropped.
pub(crate) struct Configured {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
    pub(crate) address: String,
}

impl Configured {
    pub(crate) fn start(file: &Path, more: &[&str]) -> Self {
        let mut command = wharf(["serve", "--config", file.to_str().unwrap()]);
        let mut child = command.args(more).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let notice = BufReader::new(child.stdout.take().unwrap()).lines();
        let lines = notice.map(Result::unwrap).take_while(|line| line != "Ctrl-C ends it.");
        let lines: Vec<_> = lines.collect();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.iter().find_map(|line| line.trim().strip_prefix("address   ftp://"));
        let address = address.map(str::to_owned).unwrap_or_else(|| panic!("{lines:?} {:?}", log.next()));
        Self { child, log, address }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Reads the log up to a line with `text`, and gives what was logged since the last time.
    pub(crate) fn logs(&mut self, text: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let line = self.log.next().unwrap_or_else(|| panic!("{text} is not in {lines:?}")).unwrap();
            lines.push(line);
            if lines.last().unwrap().contains(text) {
                return lines;
            }
        }
    }

    /// `wharf VERB ftp://USER@SERVER/`, with this password.
    pub(crate) fn client(&self, verb: &[&str], user: &str, password: &str, path: &str) -> Ended {
        let url = format!("ftp://{user}@{}/{path}", self.address);
        run(wharf(verb).arg(url).env("WHARF_PASSWORD", password))
    }
}

impl Drop for Configured {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder for roots, and a file beside it.
fn yard(text: &str) -> (TempDir, std::path::PathBuf) {
    let yard = TempDir::new().unwrap();
    fs::create_dir_all(yard.path().join("anna")).unwrap();
    fs::write(yard.path().join("anna/note"), "hello").unwrap();
    let file = yard.path().join("wharf.toml");
    fs::write(&file, with_head(&yard, text)).unwrap();
    (yard, file)
}

fn with_head(yard: &TempDir, text: &str) -> String {
    let text =
        text.replace("ROOT", yard.path().to_str().unwrap()).replace("SECRET", SECRET).replace("OTHER", OTHER);
    format!("[[listen]]\naddress = \"127.0.0.1:0\"\n{text}")
}

const ANNA: &str = "[user.anna]\npassword = \"SECRET\"\nroot = \"ROOT/{user}\"\n";

#[test]
fn a_file_makes_a_server() {
    let (_yard, file) = yard(ANNA);
    run(&mut wharf(["config", "check", file.to_str().unwrap()])).ends_with(0);
    let served = Configured::start(&file, &[]);
    assert_eq!(served.client(&["ls"], "anna", "secret", "").text(), "note\n");
    for (user, password) in [("anna", "Secret"), ("anna", ""), ("berta", "secret"), ("anonymous", "a@b")] {
        served.client(&["ls"], user, password, "").ends_with(4);
    }
    // Nothing but listing and reading is permitted unless it is said.
    served.client(&["mkdir"], "anna", "secret", "new").ends_with(6);
}

#[test]
fn arguments_and_variables_have_more_say() {
    let (_yard, file) = yard(ANNA);
    let served = Configured::start(&file, &["--set", "user.anna.permissions={\"/\" = \"all\"}"]);
    served.client(&["mkdir"], "anna", "secret", "new").ends_with(0);
    let mut wrong = wharf(["config", "check", file.to_str().unwrap()]);
    let wrong = run(wrong.env("WHARF_LIMITS__SESION", "5")).ends_with(2);
    assert!(
        wrong.stderr.contains("WHARF_LIMITS__SESION: unknown key `sesion`; did you mean `sessions`?"),
        "{wrong:?}"
    );
}

#[test]
fn a_bad_file_starts_no_server() {
    for (text, expected) in [
        ("[user.anna]\npasword = \"x\"\n", ":4: unknown key `pasword`; did you mean `password`?"),
        ("[user.anna]\nroot = \"ROOT\"\npassword = \"\"\n", ":5: the password field is empty"),
        ("", ": accounts: there are no users"),
    ] {
        let (_yard, file) = yard(text);
        for arguments in [["serve", "--config"], ["config", "check"]] {
            let ended = run(wharf(arguments).arg(&file)).ends_with(2);
            assert!(ended.stderr.contains(expected), "{ended:?}");
        }
    }
    let missing = run(&mut wharf(["serve", "--config", "/nonexistent/wharf.toml"])).ends_with(2);
    assert!(missing.stderr.contains("/nonexistent/wharf.toml: "), "{missing:?}");
}

#[test]
fn a_changed_file_is_read_again() {
    let (yard, file) = yard(ANNA);
    let mut served = Configured::start(&file, &[]);
    served.client(&["ls"], "anna", "secret", "").ends_with(0);
    fs::write(&file, with_head(&yard, &ANNA.replace("SECRET", "OTHER"))).unwrap();
    let lines = served.logs("user.anna.password: ").join("\n");
    assert!(!lines.contains("saltsalt"), "{lines}");
    served.client(&["ls"], "anna", "secret", "").ends_with(4);
    served.client(&["ls"], "anna", "other", "").ends_with(0);
    // What is wrong changes nothing.
    fs::write(&file, "[user.anna]\n").unwrap();
    served.logs("the configuration stays as it was: ");
    served.client(&["ls"], "anna", "other", "").ends_with(0);
    // A signal says so at once.
    fs::write(&file, with_head(&yard, ANNA)).unwrap();
    served.signal(Signal::HUP);
    served.logs("user.anna.password: ");
    served.client(&["ls"], "anna", "secret", "").ends_with(0);
}

#[test]
fn the_example_is_right_but_for_its_files() {
    let folder = TempDir::new().unwrap();
    let example = run(&mut wharf(["config", "example"]));
    let file = secret_file(folder.path(), "wharf.toml", example.text());
    let ended = run(wharf(["config", "check"]).arg(&file)).ends_with(2);
    assert!(ended.stderr.contains("tls.certificate: "), "{ended:?}");
}
