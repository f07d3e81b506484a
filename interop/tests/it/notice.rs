//! The line that `wharf serve` prints for pasting, with the real curl.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;
use wharf_interop::servers::binary;

const NAME: &str = "it's 100% \"odd\" #1 \u{e9};type=a.bin";

/// A server that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the pasted line downloads, pasted in `folder`, which is served with these options.
fn pasted(folder: &Path, options: &[&str]) -> Vec<u8> {
    let mut server = Command::new(binary());
    let server = server.args(["serve", "--port", "0", "--quiet"]).args(options).arg(folder);
    let mut running = Running(server.stdout(Stdio::piped()).spawn().unwrap());
    let notice = BufReader::new(running.0.stdout.take().unwrap()).lines();
    let line = notice.map(Result::unwrap).find(|line| line.contains("curl ")).unwrap();
    let status = Command::new("sh").args(["-c", &line]).current_dir(folder).status().unwrap();
    assert!(status.success(), "{line}");
    fs::read(folder.join(format!("copy of {NAME}"))).unwrap()
}

#[test]
fn downloads_a_file_without_harm_to_it() {
    let content: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    for options in [&[][..], &["--anonymous"], &["--host", "0.0.0.0"], &["--user", "anna: \"b\" @\\ c"]] {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join(NAME), &content).unwrap();
        assert!(pasted(folder.path(), options) == content, "{options:?}");
        assert!(fs::read(folder.path().join(NAME)).unwrap() == content, "{options:?}");
    }
}

#[test]
fn downloads_over_ipv6() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(NAME), "content").unwrap();
    assert_eq!(pasted(folder.path(), &["--family", "ipv6"]), b"content");
    fs::remove_file(folder.path().join(format!("copy of {NAME}"))).unwrap();
    assert_eq!(pasted(folder.path(), &["--host", "::"]), b"content");
}
