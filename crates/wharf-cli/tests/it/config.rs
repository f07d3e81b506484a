//! `wharf config`, and `wharf serve --config`.

use std::{
    fs,
    io::{BufRead, BufReader, Lines, Read},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::program::{Ended, run, run_with_input, secret_file, wharf};

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
        Self::run(wharf(["serve", "--config", file.to_str().unwrap()]).args(more))
    }

    /// A command that serves by a configuration.
    pub(crate) fn run(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let notice = BufReader::new(child.stdout.take().unwrap()).lines();
        let lines = notice.map(Result::unwrap).take_while(|line| line != "Ctrl-C ends it.");
        let lines: Vec<_> = lines.collect();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.iter().find_map(|line| line.trim().strip_prefix("address   ")?.split_once("://"));
        let address = address
            .map(|(_, address)| address.to_owned())
            .unwrap_or_else(|| panic!("{lines:?} {:?}", log.next()));
        Self { child, log, address }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
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
pub(crate) fn yard(text: &str) -> (TempDir, std::path::PathBuf) {
    let yard = TempDir::new().unwrap();
    fs::create_dir_all(yard.path().join("anna")).unwrap();
    fs::write(yard.path().join("anna/note"), "hello").unwrap();
    let file = yard.path().join("wharf.toml");
    fs::write(&file, with_head(&yard, text)).unwrap();
    (yard, file)
}

pub(crate) fn with_head(yard: &TempDir, text: &str) -> String {
    format!("[[listen]]\naddress = \"127.0.0.1:0\"\n{}", with_root(yard.path(), text))
}

/// With the folder for ROOT, and hashes for SECRET and OTHER.
pub(crate) fn with_root(yard: &Path, text: &str) -> String {
    text.replace("ROOT", yard.to_str().unwrap()).replace("SECRET", SECRET).replace("OTHER", OTHER)
}

pub(crate) const ANNA: &str = "[user.anna]\npassword = \"SECRET\"\nroot = \"ROOT/{user}\"\n";

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
        (
            "[metrics]\nlisten = \"9121\"\n",
            ":4: metrics.listen: an address and a port are needed, such as 127.0.0.1:9121",
        ),
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
fn a_changed_speed_holds_for_transfers_that_run() {
    let slow = format!("{ANNA}[speed]\nsession-download = 10\n");
    let (yard, file) = yard(&slow);
    fs::write(yard.path().join("anna/note"), vec![b'x'; 100_000]).unwrap();
    let mut served = Configured::start(&file, &[]);
    let url = format!("ftp://anna@{}/note", served.address);
    let mut fetching = wharf(["cat", &url]);
    let mut fetching = fetching.env("WHARF_PASSWORD", "secret").stdout(Stdio::piped()).spawn().unwrap();
    let mut read = fetching.stdout.take().unwrap();
    read.read_exact(&mut [0]).unwrap();
    fs::write(&file, with_head(&yard, ANNA)).unwrap();
    served.logs("speed.session-download: ");
    let (told, end) = mpsc::channel();
    thread::spawn(move || told.send(read.read_to_end(&mut Vec::new())).unwrap());
    // At ten octets a second it would take three hours.
    let octets = end.recv_timeout(Duration::from_secs(120));
    fetching.kill().unwrap();
    fetching.wait().unwrap();
    assert_eq!(octets.expect("the limit is still there").unwrap(), 99_999);
}

#[test]
fn the_example_is_right_but_for_its_files() {
    let folder = TempDir::new().unwrap();
    let example = run(&mut wharf(["config", "example"]));
    let file = secret_file(folder.path(), "wharf.toml", example.text());
    let ended = run(wharf(["config", "check"]).arg(&file)).ends_with(2);
    assert!(ended.stderr.contains("tls.certificate: "), "{ended:?}");
}

#[test]
fn users_in_a_file_are_looked_after() {
    let (yard, file) = yard("[accounts]\nusers-file = \"users.toml\"\n");
    let users = yard.path().join("users.toml");
    let password = secret_file(yard.path(), "password", "secret\n");
    let user = |arguments: &[&str]| {
        let mut command = wharf(["user"]);
        command.args(arguments).args(["--file", users.to_str().unwrap()]);
        command
    };
    let root = yard.path().join("anna").to_str().unwrap().to_owned();
    let from_file = ["--password-file", password.to_str().unwrap()];
    run(user(&["add", "anna", "--root", &root]).args(from_file)).ends_with(0);
    let text = fs::read_to_string(&users).unwrap();
    assert!(text.contains("$argon2id$") && !text.contains("secret"), "{text}");
    assert_eq!(fs::metadata(&users).unwrap().permissions().mode() & 0o777, 0o600);
    let served = Configured::start(&file, &[]);
    served.client(&["ls"], "anna", "secret", "").ends_with(0);

    // A server that runs reads it again; comments stay, and so do the rights of the file.
    fs::write(&users, format!("# of the office\n{text}")).unwrap();
    run_with_input(&mut user(&["passwd", "anna", "--password-file", "-"]), b"other\n").ends_with(0);
    served.client(&["ls"], "anna", "secret", "").ends_with(4);
    served.client(&["ls"], "anna", "other", "").ends_with(0);
    assert!(fs::read_to_string(&users).unwrap().starts_with("# of the office\n"));
    let mut with_berta = fs::read_to_string(&users).unwrap();
    with_berta.push_str("[user.berta]\nroot = \"/srv\"\ngroups = [\"staff\"]\npassword = \"SECRET\"\n");
    fs::write(&users, with_berta.replace("SECRET", SECRET)).unwrap();
    assert_eq!(run(&mut user(&["list"])).text(), "anna\nberta\n");
    // A group that is not there lets her not in, and nobody else out.
    served.client(&["ls"], "berta", "secret", "").ends_with(4);
    run(&mut user(&["rm", "anna"])).ends_with(0);
    served.client(&["ls"], "anna", "other", "").ends_with(4);

    run(user(&["add", "berta"]).args(from_file)).ends_with(1);
    run(&mut user(&["rm", "anna"])).ends_with(1);
    run(user(&["passwd", "anna"]).args(from_file)).ends_with(1);
    let ended = run(user(&["add", "carla"]).args(from_file)).ends_with(2);
    assert!(ended.stderr.contains("a user needs a folder: --root"), "{}", ended.stderr);
    run(&mut user(&["add", "carla", "--root", "/srv"])).ends_with(2);
    run_with_input(&mut user(&["add", "carla", "--root", "/srv", "--password-file", "-"]), b"\n")
        .ends_with(2);
    fs::write(&users, "[user.anna]\npasword = \"\"\n").unwrap();
    let ended = run(&mut user(&["list"])).ends_with(2);
    assert!(
        ended.stderr.contains("users.toml:2: unknown key `pasword`; did you mean `password`?"),
        "{ended:?}"
    );
    let ended = run(wharf(["config", "check"]).arg(&file)).ends_with(2);
    assert!(
        ended.stderr.contains("wharf.toml:4: accounts.users-file: ")
            && ended.stderr.contains("users.toml:2: "),
        "{ended:?}"
    );
}

/// One who is no good would keep the server from starting.
#[test]
fn a_user_whom_no_server_would_take_is_not_added() {
    let text =
        "[accounts]\nusers-file = \"users.toml\"\n[group.family]\nroot = \"ROOT/{user}\"\n[group.empty]\n";
    let (yard, file) = yard(text);
    let users = yard.path().join("users.toml");
    let password = secret_file(yard.path(), "password", "secret\n");
    let add = |name: &str, arguments: &[&str]| {
        let mut command = wharf(["user", "add", name, "--password-file", password.to_str().unwrap()]);
        run(command.args(arguments).current_dir(yard.path()))
    };
    let absolute = format!("--root {} is", yard.path().canonicalize().unwrap().join("anna").display());
    for (name, arguments, expected) in [
        ("anna", &["--root", "anna", "--file", "users.toml"][..], absolute.as_str()),
        ("anna", &["--root", "anna", "--config", "wharf.toml"], absolute.as_str()),
        ("anna", &["--root", "/srv", "--group", "family", "--file", "users.toml"], "--config"),
        ("anna", &["--group", "famly", "--config", "wharf.toml"], "there is no group \"famly\""),
        ("anna", &["--group", "empty", "--config", "wharf.toml"], "there is no root"),
        ("anna", &["--config", "wharf.toml"], "there is no root"),
        ("..", &["--group", "family", "--config", "wharf.toml"], "cannot stand for {user}"),
        ("anna", &["--group", "family", "--config", "wharf.toml", "--file", "other"], "does not read other"),
        ("anna", &["--root", "/srv"], "required"),
    ] {
        let ended = add(name, arguments).ends_with(2);
        assert!(ended.stderr.contains(expected), "{arguments:?}: {ended:?}");
        assert!(!users.exists(), "{arguments:?}");
    }
    assert_eq!(add("anna", &["--group", "family", "--config", "wharf.toml"]).ends_with(0).stderr, "");
    add("berta", &["--group", "family", "--config", "wharf.toml", "--file", "users.toml"]).ends_with(0);
    let listed = run(wharf(["user", "list", "--config"]).arg(&file));
    assert_eq!(listed.text(), "anna\nberta\n");
    // Each virtual host has a file of its own.
    let hosts = "[[host]]\nnames = [\"a.example.org\", \"b.example.org\"]\n[host.accounts]\nusers-file = \"b.toml\"\n\
                 [host.group.family]\nroot = \"ROOT/{user}\"\n";
    fs::write(yard.path().join("hosts.toml"), with_head(&yard, &format!("{text}{hosts}"))).unwrap();
    let in_hosts = ["--group", "family", "--config", "hosts.toml"];
    let unsaid = add("dora", &in_hosts).ends_with(2);
    assert!(unsaid.stderr.contains("--file or --host says which is meant"), "{unsaid:?}");
    let unknown = add("dora", &[&in_hosts[..], &["--host", "c.example.org"]].concat()).ends_with(2);
    assert!(unknown.stderr.contains("no users-file of a host c.example.org"), "{unknown:?}");
    add("dora", &[&in_hosts[..], &["--host", "B.example.org"]].concat()).ends_with(0);
    assert!(fs::read_to_string(yard.path().join("b.toml")).unwrap().contains("[user.dora]"));
    let carla = yard.path().join("carla");
    let template = yard.path().join("{user}");
    let arguments = ["--root", template.to_str().unwrap(), "--write", "--file", "users.toml"];
    let said = add("carla", &arguments).ends_with(0).stderr;
    assert!(said.contains(&format!("{} is not there yet", carla.display())), "{said}");
    fs::create_dir(&carla).unwrap();
    let served = Configured::start(&file, &[]);
    served.client(&["ls"], "anna", "secret", "").ends_with(0);
    served.client(&["mkdir"], "anna", "secret", "new").ends_with(6);
    served.client(&["mkdir"], "carla", "secret", "new").ends_with(0);
}

#[test]
fn a_program_and_a_folder_know_users() {
    let text =
        "[accounts]\nusers-folder = \"users\"\n[accounts.program]\ncommand = [\"/bin/sh\", \"ROOT/login\"]\n";
    let (yard, file) = yard(text);
    let root = yard.path().to_str().unwrap();
    fs::create_dir(yard.path().join("users")).unwrap();
    let anna = format!("password = \"{SECRET}\"\nroot = \"{root}/anna\"\n");
    fs::write(yard.path().join("users/anna.toml"), anna).unwrap();
    let proved = format!("{{\"answer\": \"proved\", \"settings\": {{\"root\": \"{root}/anna\"}}}}");
    let script = format!(
        "read -r asked; case $asked in *'\"name\":\"hook\",\"password\":\"open\"'*) echo '{proved}';; *) echo '{{\"answer\": \"unknown\"}}';; esac"
    );
    fs::write(yard.path().join("login"), script).unwrap();
    let served = Configured::start(&file, &[]);
    for (user, password, code) in [
        ("anna", "secret", 0),
        ("anna", "open", 4),
        ("hook", "open", 0),
        ("hook", "secret", 4),
        ("berta", "open", 4),
    ] {
        served.client(&["ls"], user, password, "").ends_with(code);
    }
}

/// `WHARF_MANUAL=overwrite` writes it anew.
#[test]
fn the_page_has_the_example() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let kept = fs::read_to_string(&page).unwrap();
    let head = kept.split_inclusive("```toml\n").next().unwrap();
    let now = format!("{head}{}```\n", run(&mut wharf(["config", "example"])).text());
    if std::env::var_os("WHARF_MANUAL").is_some_and(|value| value == "overwrite") {
        fs::write(&page, &now).unwrap();
    } else {
        assert!(kept == now, "docs/configuration.md is not what the program says now");
    }
}
