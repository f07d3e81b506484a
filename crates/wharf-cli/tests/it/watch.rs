//! `watch`: a place on a server that follows a folder.

use std::{
    fs,
    io::{BufRead, BufReader, Lines},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, ChildStdout, Stdio},
};

use rustix::process::{Signal, kill_process};

use super::{
    program::{Served, noise, pid, write},
    relay::Relay,
};

/// A watch that runs until it is dropped.
struct Watching {
    child: Child,
    done: Lines<BufReader<ChildStdout>>,
    said: Lines<BufReader<ChildStderr>>,
}

impl Watching {
    /// Watches `here`, and waits until all is the same.
    fn start(served: &Served, here: &Path, options: &[&str]) -> Self {
        Self::start_at(served, here, options, &served.url("there"))
    }

    fn start_at(served: &Served, here: &Path, options: &[&str], url: &str) -> Self {
        let mut watching = Self::begin(served, here, options, url);
        watching.says("watching");
        watching
    }

    fn begin(served: &Served, here: &Path, options: &[&str], url: &str) -> Self {
        let mut command = served.command(["watch"]);
        let quiet = ["--quiet-for", "50"];
        command.args(quiet.iter().filter(|_| !options.contains(&quiet[0]))).args(options).arg(here).arg(url);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let done = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, done, said }
    }

    /// Waits for a line on standard error with `text` in it.
    fn says(&mut self, text: &str) {
        assert!(self.said.any(|line| line.unwrap().contains(text)), "it never says {text:?}");
    }

    /// Waits until it has done this.
    fn does(&mut self, step: &str) -> Vec<String> {
        let mut before = Vec::new();
        for line in self.done.by_ref() {
            let line = line.unwrap();
            if line == step {
                return before;
            }
            before.push(line);
        }
        panic!("it never does {step:?}, but {before:?}");
    }

    fn signal(&self, signal: Signal) {
        kill_process(pid(&self.child), signal).unwrap();
    }

    fn ends_with(&mut self, code: i32) {
        assert_eq!(self.child.wait().unwrap().code(), Some(code));
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Puts a file there that is never seen empty or in part.
fn put(here: &Path, name: &str, content: &str) {
    let written = write(here.parent().unwrap(), "beside", content);
    let place = here.join(name);
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::rename(written, place).unwrap();
}

fn folder(served: &Served) -> PathBuf {
    let here = served.elsewhere.path().join("here");
    write(&here, "a.txt", "a");
    write(&here, "d/b.txt", noise(100_000));
    here
}

#[test]
fn changes_follow_by_every_way_to_watch() {
    for options in [&["--delete"][..], &["--delete", "--poll", "1"]] {
        let served = Served::start(&["--write"]).with("there/old.txt", "old");
        let here = folder(&served);
        let mut watching = Watching::start(&served, &here, options);
        assert_eq!(served.read("there/d/b.txt"), noise(100_000));
        assert!(!served.folder.path().join("there/old.txt").exists());

        put(&here, "new/deep/c.txt", "c");
        watching.does("copy new/deep/c.txt");
        assert_eq!(served.read("there/new/deep/c.txt"), b"c");
        put(&here, "a.txt", "changed");
        watching.does("replace a.txt (another size)");
        assert_eq!(served.read("there/a.txt"), b"changed");
        fs::remove_dir_all(here.join("new")).unwrap();
        watching.does("delete new/");
        assert!(!served.folder.path().join("there/new").exists());
        watching.signal(Signal::INT);
        watching.ends_with(0);
    }
}

#[test]
fn a_folder_that_is_empty_at_first_deletes_nothing_unless_that_is_said() {
    let served = Served::start(&["--write"]).with("there/old.txt", "old");
    let here = served.elsewhere.path().join("not-mounted");
    fs::create_dir(&here).unwrap();
    let mut refused = Watching::begin(&served, &here, &["--delete"], &served.url("there"));
    let said = refused.said.next().unwrap().unwrap();
    assert!(said.contains("--max-delete 100%"), "{said}");
    refused.ends_with(14);
    assert_eq!(served.read("there/old.txt"), b"old");

    let _meant = Watching::start(&served, &here, &["--delete", "--max-delete", "100%"]);
    assert!(!served.folder.path().join("there/old.txt").exists());
}

#[test]
fn without_leave_to_delete_nothing_goes() {
    let served = Served::start(&["--write"]).with("there/old.txt", "old");
    let here = folder(&served);
    let mut watching = Watching::start(&served, &here, &[]);
    fs::remove_file(here.join("a.txt")).unwrap();
    fs::rename(here.join("d/b.txt"), here.join("d/c.txt")).unwrap();
    let before = watching.does("copy d/c.txt");
    assert!(before.iter().all(|line| !line.contains("delete") && !line.contains("rename")), "{before:?}");
    for name in ["there/a.txt", "there/d/b.txt", "there/old.txt"] {
        assert!(served.folder.path().join(name).exists(), "{name}");
    }
    watching.signal(Signal::TERM);
    watching.ends_with(0);
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_renamed_is_renamed_there() {
    let served = Served::start(&["--write"]);
    let here = folder(&served);
    // Long enough for the two halves of a rename on a machine that is busy.
    let mut watching = Watching::start(&served, &here, &["--delete", "--quiet-for", "1000"]);
    fs::rename(here.join("d"), here.join("moved")).unwrap();
    let before = watching.does("rename d to moved");
    assert_eq!(before.iter().filter(|line| line.starts_with("delete")).count(), 0, "{before:?}");
    // An editor that saves puts a new file in the place of the old one.
    write(&here, ".a.txt.new", "from an editor");
    fs::rename(here.join(".a.txt.new"), here.join("a.txt")).unwrap();
    let between = watching.does("replace a.txt (another size)");
    assert!(!between.iter().any(|line| line.contains("moved")), "{between:?}");
    assert_eq!(served.read("there/a.txt"), b"from an editor");
    assert_eq!(served.read("there/moved/b.txt"), noise(100_000));
    assert!(!served.folder.path().join("there/d").exists());
}

#[test]
fn what_is_left_out_does_not_follow() {
    let served = Served::start(&["--write"]);
    let here = folder(&served);
    let mut watching = Watching::start(&served, &here, &["--exclude", "*.swp", "--exclude", ".git/"]);
    write(&here, "a.swp", "s");
    write(&here, ".git/index", "i");
    write(&here, "c.txt", "c");
    watching.does("copy c.txt");
    write(&here, "e.txt", "e");
    watching.does("copy e.txt");
    let there = served.folder.path().join("there");
    assert!(!there.join("a.swp").exists() && !there.join(".git").exists());
}

#[test]
fn a_folder_that_goes_empties_nothing() {
    for replaced in [false, true] {
        let served = Served::start(&["--write"]);
        let here = folder(&served);
        let mut watching = Watching::start(&served, &here, &["--delete"]);
        fs::rename(&here, here.with_file_name("elsewhere")).unwrap();
        if replaced {
            fs::create_dir(&here).unwrap();
        }
        // Something that is told of: the folder itself may not be.
        write(&here.with_file_name("elsewhere"), "told.txt", "t");
        watching.says("it is not there any more, and nothing was deleted");
        watching.ends_with(1);
        assert_eq!(served.read("there/a.txt"), b"a");
    }
}

#[test]
fn it_goes_on_when_the_server_can_be_reached_again() {
    let served = Served::start(&["--write", "--host", "127.0.0.1"]);
    let here = folder(&served);
    let relay = Relay::start(&served.address);
    let url = format!("ftp://anna@{}/there", relay.address);
    let mut watching = Watching::start_at(&served, &here, &["--delete"], &url);
    relay.cut(true);
    write(&here, "meanwhile.txt", "m");
    fs::remove_file(here.join("a.txt")).unwrap();
    relay.refuses();
    relay.cut(false);
    watching.does("delete a.txt");
    assert_eq!(served.read("there/meanwhile.txt"), b"m");
    write(&here, "last.txt", "l");
    watching.does("copy last.txt");
    assert!(!served.folder.path().join("there/a.txt").exists());
    assert_eq!(served.read("there/d/b.txt"), noise(100_000));
    watching.signal(Signal::INT);
    watching.ends_with(0);
}
