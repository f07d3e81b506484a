//! The configurations in `examples/config`: each is served, and used by curl.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;
use wharf_interop::{
    Target,
    clients::{curl, curl_status, printed},
    servers::{Postgres, binary},
};

/// Of `secret`.
const SECRET: &str = "$1$saltsalt$9xy1btjgzLYfb7hivXtC//";

/// What curl ends with: the server denies the login, and an upload.
const DENIED: Option<i32> = Some(67);
const REFUSED_UPLOAD: Option<i32> = Some(25);

/// An example that is served: its folders lie in a directory of its own, its ports are free ones.
struct Example {
    directory: TempDir,
    child: Child,
    addresses: Vec<String>,
}

impl Example {
    fn prepare(name: &str) -> (TempDir, PathBuf) {
        let directory = TempDir::new().unwrap();
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/config");
        let text = fs::read_to_string(examples.join(name)).unwrap();
        let srv = directory.path().join("srv");
        fs::create_dir(&srv).unwrap();
        let text = text.replace("/srv/", &format!("{}/", srv.display()));
        let text = ["0.0.0.0:21\"", "[::]:21\"", "0.0.0.0:990\""]
            .iter()
            .fold(text, |text, address| text.replace(address, "127.0.0.1:0\""));
        let file = directory.path().join(name);
        fs::write(&file, text).unwrap();
        (directory, file)
    }

    fn serve((directory, file): (TempDir, PathBuf), set: &[&str]) -> Self {
        let mut command = Command::new(binary());
        command.args(["serve", "--quiet", "--config"]).arg(&file);
        for setting in set {
            command.args(["--set", setting]);
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let notice: Vec<_> = lines.take_while(|line| line != "Ctrl-C ends it.").collect();
        let addresses =
            notice.iter().filter_map(|line| line.trim().strip_prefix("address   ")?.split_once("://"));
        let addresses = addresses.map(|(_, address)| address.to_owned()).collect();
        Self { directory, child, addresses }
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.directory.path().join("srv").join(name)
    }

    fn target(&self, user: &str, password: &str) -> Target {
        let address = self.addresses[0].parse().unwrap();
        Target { address, user: user.to_owned(), password: password.to_owned() }
    }

    /// The status of an upload of so many octets.
    fn put(&self, user: &str, password: &str, path: &str, octets: usize) -> Option<i32> {
        let file = self.directory.path().join("upload");
        fs::write(&file, vec![b'x'; octets]).unwrap();
        let target = self.target(user, password);
        curl_status(&target, &["--upload-file", file.to_str().unwrap(), &target.url(path)])
    }

    fn get(&self, user: &str, password: &str, path: &str) -> Option<i32> {
        let target = self.target(user, password);
        curl_status(&target, &["--output", "/dev/null", &target.url(path)])
    }

    fn list(&self, user: &str, password: &str, path: &str) -> Vec<String> {
        let target = self.target(user, password);
        let mut names: Vec<_> =
            printed(curl(&target, &["--list-only", &target.url(path)])).lines().map(str::to_owned).collect();
        names.sort();
        names
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn password_of(user: &str) -> String {
    format!("user.{user}.password={SECRET}")
}

#[test]
fn home_nas() {
    let prepared = Example::prepare("home-nas.toml");
    let yard = prepared.0.path().to_owned();
    for folder in ["srv/nas/home", "srv/nas/common", "srv/nas/pictures"] {
        fs::create_dir_all(yard.join(folder)).unwrap();
    }
    fs::write(yard.join("srv/nas/pictures/cat.jpg"), "cat").unwrap();
    let password = yard.join("password");
    fs::write(&password, "secret\n").unwrap();
    let added = Command::new(binary())
        .args(["user", "add", "anna", "--group", "family", "--file"])
        .arg(yard.join("users.toml"))
        .arg("--password-file")
        .arg(&password)
        .status();
    assert!(added.unwrap().success());
    let nas = Example::serve(prepared, &[]);
    assert_eq!(nas.list("anonymous", "a@b", ""), ["cat.jpg"]);
    assert_eq!(nas.put("anonymous", "a@b", "dog.jpg", 3), REFUSED_UPLOAD);
    assert_eq!(nas.put("anna", "secret", "own.txt", 3), Some(0));
    assert_eq!(nas.put("anna", "secret", "common/all.txt", 3), Some(0));
    assert_eq!(nas.put("anna", "secret", "pictures/dog.jpg", 3), Some(0));
    assert_eq!(nas.put("anna", "secret", "Thumbs.db", 3), REFUSED_UPLOAD);
    assert_eq!(nas.list("anna", "secret", ""), ["common", "own.txt", "pictures"]);
    assert_eq!(fs::read(nas.folder("nas/common/all.txt")).unwrap(), b"xxx");
    assert_eq!(fs::read(nas.folder("nas/home/anna/own.txt")).unwrap(), b"xxx");
    assert_eq!(nas.get("berta", "secret", "own.txt"), DENIED);
}

#[test]
fn scanner() {
    let prepared = Example::prepare("scanner.toml");
    fs::create_dir_all(prepared.0.path().join("srv/scans")).unwrap();
    let set = [&password_of("scanner")[..], &password_of("clerk"), "user.clerk.hours=[\"00:00-24:00\"]"];
    let scans = Example::serve(prepared, &set);
    assert_eq!(scans.put("scanner", "secret", "one.pdf", 100), Some(0));
    // It neither replaces nor sees what is there, and sends nothing else.
    assert_eq!(scans.put("scanner", "secret", "one.pdf", 7), REFUSED_UPLOAD);
    assert_eq!(scans.put("scanner", "secret", "one.sh", 7), REFUSED_UPLOAD);
    assert_ne!(scans.get("scanner", "secret", "one.pdf"), Some(0));
    assert_ne!(scans.get("scanner", "secret", ""), Some(0));
    assert_eq!(fs::read(scans.folder("scans/one.pdf")).unwrap().len(), 100);
    assert_eq!(scans.list("clerk", "secret", ""), ["one.pdf"]);
    assert_eq!(scans.get("clerk", "secret", "one.pdf"), Some(0));
    assert_eq!(scans.put("clerk", "secret", "two.pdf", 7), REFUSED_UPLOAD);
}

#[test]
fn mirror() {
    let prepared = Example::prepare("mirror.toml");
    let mirror = prepared.0.path().join("srv/mirror");
    fs::create_dir_all(mirror.join("staging")).unwrap();
    fs::write(mirror.join("wharf.tar"), "tar").unwrap();
    fs::write(mirror.join(".htaccess"), "no").unwrap();
    fs::write(mirror.join("staging/next.tar"), "next").unwrap();
    let served = Example::serve(prepared, &[]);
    assert_eq!(served.list("anonymous", "a@b", ""), ["staging", "wharf.tar"]);
    assert_eq!(served.get("ftp", "a@b", "wharf.tar"), Some(0));
    assert_ne!(served.get("ftp", "a@b", "staging/next.tar"), Some(0));
    assert_ne!(served.get("ftp", "a@b", ".htaccess"), Some(0));
    assert_eq!(served.put("anonymous", "a@b", "mine.tar", 3), REFUSED_UPLOAD);
    assert_eq!(served.get("root", "a@b", "wharf.tar"), DENIED);
}

#[test]
fn shared_hosting() {
    let database = Postgres::start();
    database.run(
        "CREATE TABLE customer (login TEXT PRIMARY KEY, password TEXT NOT NULL, locked BOOLEAN NOT NULL DEFAULT FALSE,
                                megabytes BIGINT NOT NULL, paid_until DATE NOT NULL)",
    );
    database.run(&format!(
        "INSERT INTO customer VALUES ('anna', '{SECRET}', FALSE, 1, '2999-01-01'), ('late', '{SECRET}', FALSE, 1, '2020-01-01'),
                                     ('locked', '{SECRET}', TRUE, 1, '2999-01-01'), ('empty', '', FALSE, 1, '2999-01-01')"
    ));
    let prepared = Example::prepare("shared-hosting.toml");
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    fs::write(prepared.0.path().join("chain.pem"), made.cert.pem()).unwrap();
    fs::write(prepared.0.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    fs::create_dir(prepared.0.path().join("srv/www")).unwrap();
    let hosting = Example::serve(prepared, &[&format!("accounts.sql.url={}", database.url())]);
    let authority = hosting.directory.path().join("chain.pem");
    let file = hosting.directory.path().join("page.html");
    let put = |user: &str, octets: usize, name: &str| {
        fs::write(&file, vec![b'x'; octets]).unwrap();
        let target = hosting.target(user, "secret");
        let tls = ["--ssl-reqd", "--cacert", authority.to_str().unwrap()];
        curl_status(
            &target,
            &[&tls[..], &["--upload-file", file.to_str().unwrap(), &target.url(name)]].concat(),
        )
    };
    assert_eq!(put("anna", 700 << 10, "index.html"), Some(0));
    assert_eq!(fs::read(hosting.folder("www/anna/index.html")).unwrap().len(), 700 << 10);
    // The megabyte of the row is full.
    assert_ne!(put("anna", 700 << 10, "more.html"), Some(0));
    assert!(!hosting.folder("www/anna/more.html").exists());
    assert_ne!(put("anna", 3, ".htpasswd"), Some(0));
    for user in ["late", "locked", "empty", "nobody", "anna' OR '1'='1"] {
        assert_eq!(put(user, 3, "index.html"), DENIED, "{user}");
    }
    // In clear nobody gets as far as a password.
    assert_eq!(hosting.put("anna", "secret", "clear.html", 3), DENIED);
    // What changes in the database counts at the next login.
    database.run("UPDATE customer SET locked = TRUE WHERE login = 'anna'");
    assert_eq!(put("anna", 3, "index.html"), DENIED);
    database.run("UPDATE customer SET locked = FALSE, megabytes = 2 WHERE login = 'anna'");
    assert_eq!(put("anna", 700 << 10, "more.html"), Some(0));
}
