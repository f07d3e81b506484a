//! The configurations in `examples/config`: each is served, and used by curl.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use wharf_interop::{
    Family, Target,
    balancer::Balancer,
    clients::{curl, curl_status, printed},
    servers::{Postgres, binary},
    unused_address,
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
        command.args(["serve", "--config"]).arg(&file);
        for setting in set {
            command.args(["--set", setting]);
        }
        let log = File::create(directory.path().join("log")).unwrap();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
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

    fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap()
    }

    /// The log when it has `enough`, or after a while: a thread of the server writes it.
    fn log_when(&self, enough: impl Fn(&str) -> bool) -> String {
        let latest = Instant::now() + Duration::from_secs(20);
        loop {
            let log = self.log();
            if enough(&log) || Instant::now() > latest {
                return log;
            }
            thread::sleep(Duration::from_millis(10));
        }
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
        if thread::panicking() {
            eprintln!("--- the server's log:\n{}", self.log());
        }
    }
}

fn password_of(user: &str) -> String {
    format!("user.{user}.password={SECRET}")
}

/// `wharf user add`, with the password `secret`.
fn add_user(configuration: &Path, name: &str, group: &str) {
    let password = configuration.with_file_name("password");
    fs::write(&password, "secret\n").unwrap();
    let added = Command::new(binary())
        .args(["user", "add", name, "--group", group, "--config"])
        .arg(configuration)
        .arg("--password-file")
        .arg(&password)
        .status();
    assert!(added.unwrap().success());
}

#[test]
fn home_nas() {
    let prepared = Example::prepare("home-nas.toml");
    let yard = prepared.0.path().to_owned();
    for folder in ["srv/nas/home", "srv/nas/common", "srv/nas/pictures"] {
        fs::create_dir_all(yard.join(folder)).unwrap();
    }
    fs::write(yard.join("srv/nas/pictures/cat.jpg"), "cat").unwrap();
    add_user(&prepared.1, "anna", "family");
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

/// The sections for HAProxy at the top of `load-balancer.toml`, for the first server alone.
fn sections(replaced: &[(&str, &str)]) -> String {
    let text = include_str!("../../../examples/config/load-balancer.toml");
    let comment = text.lines().map_while(|line| line.strip_prefix('#')).skip_while(|line| !line.is_empty());
    let sections = comment.take_while(|line| line.is_empty() || line.starts_with("   "));
    let sections: String =
        sections.filter(|line| !line.contains("server two")).map(|line| format!("{line}\n")).collect();
    replaced.iter().fold(sections, |sections, (old, new)| {
        assert!(sections.contains(old), "{old} is not in {sections}");
        sections.replace(old, new)
    })
}

/// Ports that systems do not give away at random.
const DATA_PORTS: &str = "20000-20009";

/// A balancer for `server`, to be reached on `front`; it connects from the same address.
fn balance(server: SocketAddr, front: SocketAddr) -> Balancer {
    let ip = front.ip();
    let configuration = sections(&[
        ("bind :21000-21999", &format!("bind {ip}:{DATA_PORTS}")),
        ("bind :21", &format!("bind {front}")),
        ("10.0.0.11:21", &server.to_string()),
        ("10.0.0.11", &server.ip().to_string()),
        ("send-proxy-v2", &format!("send-proxy-v2 source {ip}")),
    ]);
    Balancer::start(&configuration, front)
}

#[test]
fn load_balancer() {
    let prepared = Example::prepare("load-balancer.toml");
    let yard = prepared.0.path().to_owned();
    fs::create_dir(yard.join("srv/files")).unwrap();
    add_user(&prepared.1, "anna", "customers");
    let [server, front, stranger, client] = [(); 4].map(|()| unused_address(Family::Ipv4));
    let served = Example::serve(
        prepared,
        &[
            &format!("listen.0.address={server}"),
            &format!("passive.balancers=[\"{}\"]", front.ip()),
            &format!("passive.address={}", front.ip()),
            &format!("passive.ports={DATA_PORTS}"),
            "log.level=debug",
        ],
    );
    let _balancer = balance(server, front);
    let interface = client.ip().to_string();
    let file = yard.join("file");
    let attempt = |address: SocketAddr, options: &[&str]| {
        let target = Target { address, user: "anna".to_owned(), password: "secret".to_owned() };
        let from = ["--interface", &interface[..], "--no-ftp-skip-pasv-ip"];
        curl_status(&target, &[&from[..], options, &[&target.url("note")]].concat())
    };
    for (passive, command) in [("--ftp-pasv", "EPSV"), ("--disable-epsv", "PASV")] {
        fs::write(&file, command).unwrap();
        let file = file.to_str().unwrap();
        assert_eq!(attempt(front, &[passive, "--upload-file", file]), Some(0), "{command}");
        assert_eq!(fs::read_to_string(served.folder("files/anna/note")).unwrap(), command);
        fs::write(file, "").unwrap();
        assert_eq!(attempt(front, &[passive, "--output", file]), Some(0), "{command}");
        assert_eq!(fs::read_to_string(file).unwrap(), command);
    }
    let log = served.log_when(|log| {
        let commands =
            log.matches("command verb=\"EPSV\"").count() + log.matches("command verb=\"PASV\"").count();
        commands >= 4 && log.matches("logged in").count() >= 4
    });
    for command in ["EPSV", "PASV"] {
        assert_eq!(log.matches(&format!("command verb=\"{command}\"")).count(), 2, "{log}");
    }
    let logins: Vec<_> = log.lines().filter(|line| line.contains("logged in")).collect();
    assert_eq!(logins.len(), 4, "{log}");
    assert!(logins.iter().all(|line| line.contains(&format!("peer={interface}:"))), "{log}");

    // The header of another balancer is none.
    let _stranger = balance(server, stranger);
    assert_ne!(attempt(stranger, &["--output", file.to_str().unwrap()]), Some(0));
    // Nor is that of a client.
    let mut control = BufReader::new(TcpStream::connect(server).unwrap());
    control.get_mut().write_all(b"PROXY TCP4 192.0.2.9 192.0.2.1 4711 21\r\n").unwrap();
    let replies: Vec<_> = control.by_ref().lines().map(Result::unwrap).take(2).collect();
    assert!(replies[0].starts_with("220") && replies[1].starts_with("500"), "{replies:?}");
    let log = served.log();
    let told = log.lines().filter(|line| line.contains(&format!(" peer={interface}:")));
    assert_eq!(told.filter(|line| line.contains(" connected ")).count(), 4, "{log}");
    assert!(!log.contains("peer=192.0.2.9"), "{log}");
}
