//! `wharf shell` on a terminal, which util-linux's `script` gives it.

use std::{
    fs,
    io::{Read, Write},
    process::{Child, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::program::{PASSWORD, Served};

struct Terminal {
    child: Child,
    screen: ChildStdout,
    shown: String,
}

impl Terminal {
    fn start(served: &Served, options: &str) -> Self {
        let line = format!("exec '{}' shell {options} {}", env!("CARGO_BIN_EXE_wharf"), served.url(""));
        let mut script = Command::new("script");
        script.args(["--quiet", "--return", "--command", &line, "/dev/null"]).env("WHARF_PASSWORD", PASSWORD);
        script.env("HOME", "/nonexistent").env("XDG_CONFIG_HOME", served.elsewhere.path());
        script
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
            .env("NETRC", "")
            .env("SHELL", "/bin/sh")
            .env("TERM", "xterm");
        let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let screen = child.stdout.take().unwrap();
        Self { child, screen, shown: String::new() }
    }

    /// Waits until `text` is shown, behind all that was waited for before.
    fn shows(&mut self, text: &str) {
        let mut octets = [0; 4096];
        loop {
            if let Some(at) = self.shown.find(text) {
                self.shown.drain(..at + text.len());
                return;
            }
            let read = self.screen.read(&mut octets).unwrap();
            assert!(read > 0, "{text:?} is not shown: {:?}", self.shown);
            self.shown.push_str(&String::from_utf8_lossy(&octets[..read]));
        }
    }

    fn types(&mut self, keys: &str) {
        self.child.stdin.as_mut().unwrap().write_all(keys.as_bytes()).unwrap();
    }
}

/// Waits until the folder has so many entries: the temporary directory of `bench` comes and goes.
fn served_has(served: &Served, entries: usize) {
    let begun = Instant::now();
    while fs::read_dir(served.folder.path()).unwrap().count() != entries {
        assert!(begun.elapsed() < Duration::from_secs(20), "there are not {entries} entries");
        thread::yield_now();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn completes_pathnames_and_goes_on_after_failures() {
    let served = Served::start(&["--write"]).with("a dir/read me.txt", "hello wharf");
    let mut terminal = Terminal::start(&served, "");
    terminal.shows("/> ");
    // A directory, a file in it, a command.
    terminal.types("cat a\t");
    terminal.shows("a dir/");
    terminal.types("\x15cat 'a dir/re\t\r");
    terminal.shows("hello wharf");
    terminal.types("cat nothing\r");
    terminal.shows("550");
    terminal.types("cd 'a dir'\r");
    terminal.shows("/a dir> ");
    // The line before the last but one, and Ctrl-C at the prompt.
    terminal.types("\x1b[A\x1b[A");
    terminal.shows("cat nothing");
    terminal.types("\x03");
    terminal.shows("/a dir> ");
    terminal.types("quote PASS sesame\r");
    terminal.shows("the login sends it");
    terminal.types("exit\r");
    assert_eq!(terminal.child.wait().unwrap().code(), Some(0));
    let history = fs::read_to_string(served.elsewhere.path().join("wharf/history")).unwrap();
    assert!(history.contains("cat nothing") && !history.contains("sesame"), "{history}");
}

#[test]
#[cfg(target_os = "linux")]
fn an_interrupt_ends_the_command_and_not_the_shell() {
    let served = Served::start(&["--write"]).with("file", "begin".to_owned() + &" ".repeat(1 << 20));
    let mut terminal = Terminal::start(&served, "--limit-rate 1K");
    terminal.shows("/> ");
    terminal.types("cat file\r");
    terminal.shows("begin");
    terminal.types("\x03");
    terminal.shows("interrupted");
    terminal.shows("/> ");
    terminal.types("bench -t 60\r");
    served_has(&served, 2);
    terminal.types("\x03");
    terminal.shows("interrupted");
    terminal.shows("/> ");
    served_has(&served, 1);
    terminal.types("ls\r");
    terminal.shows("file");
    terminal.shows("/> ");
    terminal.types("\x04");
    assert_eq!(terminal.child.wait().unwrap().code(), Some(0));
}
