//! Events: written down before a client is answered, and told until they were taken.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
};

use rustix::process::Signal;
use serde_json::Value;

use super::{
    config::{ANNA, Configured, yard},
    program::{Unheard, run, wharf},
};

/// The next request's body, answered with `status`.
pub(crate) fn take(receiver: &TcpListener, status: &str) -> Value {
    serde_json::from_str(&take_whole(receiver, status).1).unwrap()
}

/// Its headers too.
fn take_whole(receiver: &TcpListener, status: &str) -> (BTreeMap<String, String>, String) {
    let mut stream = receiver.accept().unwrap().0;
    let mut lines = BufReader::new(&mut stream);
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    lines.read_exact(&mut body).unwrap();
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
    (headers, String::from_utf8(body).unwrap())
}

pub(crate) fn put(server: &Configured, name: &str, yard: &Path) -> Option<i32> {
    let local = yard.join("local");
    fs::write(&local, "12345").unwrap();
    let url = format!("ftp://anna@{}/{name}", server.address);
    let mut command = wharf(["put"]);
    run(command.arg(&local).arg(url).env("WHARF_PASSWORD", "secret")).code
}

pub(crate) const ALL: &str = "permissions = { \"/\" = \"all\" }\n";

#[test]
fn a_url_is_told_until_it_takes_an_event_also_after_the_server_was_killed() {
    let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = receiver.local_addr().unwrap();
    let section = format!(
        "[[notify]]\nqueue = \"queue\"\nurl = \"http://{address}/\"\nevents = [\"uploaded\", \"removed\"]\n"
    );
    let (yard, file) = yard(&format!("{ANNA}{ALL}{section}"));
    let server = Configured::start(&file, &[]);
    assert_eq!(put(&server, "one", yard.path()), Some(0));
    let first = take(&receiver, "500 Not now");
    assert_eq!((&first["event"], &first["path"]), (&"uploaded".into(), &"/one".into()));
    assert_eq!((&first["user"], &first["octets"]), (&"anna".into(), &5.into()));
    let again = take(&receiver, "204 Thanks");
    assert_eq!(again, first);
    // From here on nobody listens, and the server is killed.
    drop(receiver);
    let unheard = Unheard::at(address);
    assert_eq!(put(&server, "two", yard.path()), Some(0));
    server.client(&["rm"], "anna", "secret", "one").ends_with(0);
    server.signal(Signal::KILL);
    drop(server);
    let receiver = unheard.listen();
    let _server = Configured::start(&file, &[]);
    let told: Vec<_> = (0..2).map(|_| take(&receiver, "200 OK")).collect();
    assert_eq!((&told[0]["event"], &told[0]["path"]), (&"uploaded".into(), &"/two".into()));
    assert_eq!((&told[1]["event"], &told[1]["path"]), (&"removed".into(), &"/one".into()));
    assert!(told[0]["id"].as_str() < told[1]["id"].as_str());
}

/// By what the documentation says that a receiver does.
#[test]
fn what_is_sent_is_signed_and_nothing_else_passes_for_it() {
    let page = include_str!("../../../../docs/operations.md");
    let documented = page.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let script = format!(
        "{documented}\nimport json, sys\nfor secret, headers, body in json.load(sys.stdin):\n    \
         print(is_genuine(secret, headers, body.encode()))\n"
    );
    let text = "a secret of more than 24 octets";
    let encoded = "whsec_YSBzZWNyZXQgb2YgbW9yZSB0aGFuIDI0IG9jdGV0cw==";
    for (key, secret) in [("secret = \"SECRET\"", text), ("secret-file = \"secret\"", encoded)] {
        let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
        let (yard, file) = yard(&format!(
            "{ANNA}{ALL}[[notify]]\nqueue = \"queue\"\nurl = \"http://{}/\"\nevents = [\"uploaded\"]\n{}\n",
            receiver.local_addr().unwrap(),
            key.replace("SECRET", secret),
        ));
        fs::write(yard.path().join("secret"), format!("{secret}\n")).unwrap();
        let server = Configured::start(&file, &[]);
        assert_eq!(put(&server, "one", yard.path()), Some(0));
        let (headers, body) = take_whole(&receiver, "500 Not now");
        let event: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(event["id"], headers["webhook-id"].as_str());
        let with = |name: &str, value: &str| {
            let mut headers = headers.clone();
            headers.insert(name.to_owned(), value.to_owned());
            headers
        };
        let later = (headers["webhook-timestamp"].parse::<u64>().unwrap() + 1).to_string();
        let asked = serde_json::json!([
            (text, &headers, &body),
            (encoded, &headers, &body),
            ("another secret of 24 octets", &headers, &body),
            (secret, &headers, body.replace("/one", "/two")),
            (secret, with("webhook-timestamp", &later), &body),
            (secret, with("webhook-id", "00000000000000000099"), &body),
        ]);
        let mut python = Command::new("python3");
        let mut python =
            python.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        python.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
        let said = String::from_utf8(python.wait_with_output().unwrap().stdout).unwrap();
        assert_eq!(said.lines().collect::<Vec<_>>(), ["True", "True", "False", "False", "False", "False"]);
        // Once more, with a signature of its own.
        let (again, _) = take_whole(&receiver, "200 OK");
        assert_eq!(again["webhook-id"], headers["webhook-id"]);
    }
}

#[test]
fn a_program_gets_each_event() {
    let (yard, file) = yard(&format!(
        "{ANNA}{ALL}[[notify]]\nqueue = \"queue\"\nevents = [\"renamed\", \"login-failed\"]\n\
         command = [\"sh\", \"-c\", \"while read -r line; do echo $line >> ROOT/got; done\"]\n[limits]\nlogin-delay = 0\n"
    ));
    let server = Configured::start(&file, &[]);
    server.client(&["ls"], "anna", "wrong", "").ends_with(4);
    let mut mv = wharf(["mv"]);
    let url = |name: &str| format!("ftp://anna@{}/{name}", server.address);
    run(mv.args([&url("note"), "/moved"]).env("WHARF_PASSWORD", "secret")).ends_with(0);
    let queue = yard.path().join("queue");
    while fs::read_dir(&queue).unwrap().count() > 0 {
        std::thread::yield_now();
    }
    let got = fs::read_to_string(yard.path().join("got")).unwrap();
    let page = include_str!("../../../../docs/operations.md");
    let documented = page.lines().find(|line| line.starts_with("{\"event\":")).unwrap();
    let keys = |line: &str| -> Vec<String> {
        let parts = line.trim_matches(['{', '}']).split(',');
        parts.filter_map(|part| Some(part.split_once("\":")?.0.trim_start_matches('"').to_owned())).collect()
    };
    // An upload has what a login that failed has, and more.
    let mut expected = keys(documented);
    expected.retain(|key| !["octets", "path"].contains(&key.as_str()));
    let first = got.lines().next().unwrap();
    assert_eq!(keys(first), expected, "{first}");
    let time = |line: &str| serde_json::from_str::<Value>(line).unwrap()["time"].as_str().unwrap().to_owned();
    let digits = |time: String| time.replace(|character: char| character.is_ascii_digit(), "0");
    let (real, shown) = (digits(time(first)), digits(time(documented)));
    // A time may end with zeros, which are left out.
    assert!(shown.trim_end_matches('Z').starts_with(real.trim_end_matches('Z')), "{first}");
    assert!(real.len() > "0000-00-00T00:00:00.000".len() && real.ends_with('Z'), "{first}");
    let got: Vec<Value> = got.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&got[0]["event"], &got[0]["user"]), (&"login-failed".into(), &"anna".into()));
    assert_eq!((&got[1]["path"], &got[1]["to"]), (&"/note".into(), &"/moved".into()));
    assert_eq!(got.len(), 2);
}

#[test]
fn what_cannot_be_written_down_is_not_acknowledged() {
    let (yard, file) = yard(&format!(
        "{ANNA}{ALL}[[notify]]\nqueue = \"queue\"\nwaiting = 1\nurl = \"http://127.0.0.1:1/\"\nevents = [\"directory-made\"]\n"
    ));
    let server = Configured::start(&file, &[]);
    server.client(&["mkdir"], "anna", "secret", "one").ends_with(0);
    let refused = server.client(&["mkdir"], "anna", "secret", "two");
    assert!(refused.code != Some(0) && refused.stderr.contains("451"), "{refused:?}");
    fs::write(yard.path().join("short"), "secret").unwrap();
    for (text, complaint) in [
        ("[[notify]]\nqueue = \"q\"\n", "either `url` or `command`"),
        ("[[notify]]\nqueue = \"q\"\nurl = \"ftp://x\"\n", "it begins with https://"),
        ("[[notify]]\nqueue = \"q\"\nurl = \"http://x\"\nsecret = \"short\"\n", "at least 24 octets"),
        ("[[notify]]\nqueue = \"q\"\ncommand = [\"x\"]\nsecret-file = \"s\"\n", "is not signed"),
        ("[[notify]]\nqueue = \"q\"\nurl = \"http://x\"\nsecret-file = \"short\"\n", "at least 24 octets"),
        ("[[notify]]\nqueue = \"q\"\nurl = \"http://x\"\nsecret-file = \"missing\"\n", "missing: "),
        (
            "[[notify]]\nqueue = \"q\"\nurl = \"http://x\"\n[[notify]]\nqueue = \"q\"\nurl = \"http://y\"\n",
            "the same folder",
        ),
    ] {
        let wrong = yard.path().join("wrong.toml");
        fs::write(
            &wrong,
            fs::read_to_string(&file).unwrap().split("[[notify]]").next().unwrap().to_owned() + text,
        )
        .unwrap();
        let checked = run(wharf(["config", "check"]).arg(&wrong)).ends_with(2);
        assert!(checked.stderr.contains(complaint), "{}", checked.stderr);
    }
}
