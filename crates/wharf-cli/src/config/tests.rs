use std::{collections::BTreeSet, fs};

use serde_json::Value;

use super::*;

/// The example with nothing behind `#` but words.
fn everything() -> String {
    let is_key = |line: &str| {
        let key = line.split([' ', '=']).next().unwrap_or_default();
        let assigns = line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
        (line.starts_with('[') && line.ends_with(']') && !line.contains(' '))
            || assigns && key.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-')
    };
    let line = |line: &str| match line.strip_prefix("# ").filter(|rest| is_key(rest)) {
        Some(key) => key.to_owned(),
        None => line.to_owned(),
    };
    example::text().lines().map(line).collect::<Vec<_>>().join("\n")
}

fn keys(prefix: &str, value: &Value, all: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => object.iter().for_each(|(name, value)| {
            // The names of users, groups and places are not keys.
            let name = match prefix {
                "user" | "group" | "host.user" | "host.group" => "NAME",
                prefix if prefix.ends_with("permissions") || prefix.ends_with("folders") => "PLACE",
                _ => name,
            };
            keys(format!("{prefix}.{name}").trim_start_matches('.'), value, all);
        }),
        Value::Array(array) if array.iter().any(Value::is_object) => {
            array.iter().for_each(|value| keys(prefix, value, all));
        }
        _ => {
            all.insert(prefix.to_owned());
        }
    }
}

#[test]
fn the_example_has_every_key() {
    let text = everything();
    let config: Config = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let (mut known, mut shown) = (BTreeSet::new(), BTreeSet::new());
    keys("", &serde_json::to_value(&config).unwrap(), &mut known);
    keys("", &serde_json::to_value(toml::from_str::<toml::Table>(&text).unwrap()).unwrap(), &mut shown);
    // What a user or anonymous can have is shown for one of them.
    let of_users = |key: &str| {
        let key = key.strip_prefix("host.").unwrap_or(key);
        let settings = ["user.NAME.", "group.NAME.", "accounts.anonymous.", "defaults."];
        settings.iter().find_map(|prefix| key.strip_prefix(prefix)).map(str::to_owned)
    };
    let shown_of_users: BTreeSet<_> = shown.iter().filter_map(|key| of_users(key)).collect();
    for key in known {
        let is_shown = match of_users(&key) {
            Some(key) => {
                shown_of_users.iter().any(|shown| *shown == key || shown.starts_with(&format!("{key}.")))
            }
            // A host has the keys of the server.
            None => {
                let key =
                    key.strip_prefix("host.accounts").map_or(key.clone(), |key| format!("accounts{key}"));
                shown.contains(&key) || shown.iter().any(|shown| shown.starts_with(&format!("{key}.")))
            }
        };
        assert!(is_shown, "{key} is not in the example");
    }
}

#[test]
fn the_example_can_be_read_as_it_is() {
    let plain: Config = toml::from_str(&example::text()).unwrap();
    assert!(plain.user.contains_key("anna") && plain.tls.is_some() && plain.listen.len() == 1);
}

fn problem(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wharf.toml");
    fs::write(&file, text).unwrap();
    let problem = Loaded::read(&file, &[]).map(drop).unwrap_err().to_string();
    problem.replace(file.to_str().unwrap(), "FILE")
}

const ANNA: &str = "[user.anna]\nroot = \"/srv\"\npassword = \"$1$saltsalt$9xy1btjgzLYfb7hivXtC//\"\n";

#[test]
fn problems_have_a_line_and_a_suggestion() {
    for (text, expected) in [
        ("[limits]\nsesions = 1\n", "FILE:2: unknown key `sesions`; did you mean `sessions`?"),
        ("[limit]\n", "FILE:1: unknown key `limit`; did you mean `limits`?"),
        ("\n[log]\nlevel = \"wran\"\n", "FILE:3: unknown value `wran`; did you mean `warn`?"),
        ("[log]\nlevel = \"x\"\n", "FILE:2: unknown value `x`; there are error, warn, info, debug"),
        (
            "[limits]\nsessions = \"ten\"\n",
            "FILE:2: a whole number from 0 on is needed, not the text \"ten\"",
        ),
        ("[limits]\nsessions = 0\n", "FILE:2: limits.sessions: it must be at least 1"),
        (
            "[timeouts]\nidle = \"soon\"\n",
            "FILE:2: \"soon\" is no length of time; 90 (seconds) and \"5 min\" are",
        ),
        (
            "[[listen]]\naddress = \"::1\"\nimplicit = true\n",
            "FILE:1: listen.0: TLS needs a certificate, in a section [tls]",
        ),
        (
            "[passive]\nports = \"9-1\"\n",
            "FILE:2: passive.ports: two ports are needed, the lower one first, such as 21000-21099",
        ),
        ("[telemetry]\nsample = 1.5\n", "FILE:2: telemetry.sample: it is from 0 to 1"),
        ("[telemetry]\ninterval = \"1 ms\"\n", "FILE:2: telemetry.interval: it is a second at least"),
        ("[telemetry]\nwaiting = 0\n", "FILE:2: telemetry.waiting: it is from 1 to 100000"),
        (
            "[telemetry]\nendpoint = \"localhost:4318\"\n",
            "FILE:2: telemetry.endpoint: it begins with https:// or http://",
        ),
        ("[log]\n", "FILE: accounts: there are no users, so nobody could log in"),
        (
            "[user.a]\nroot = \"/srv\"\npassword = \"\"\n",
            "FILE:3: the password field is empty, which lets nobody in; leave it out, or make a hash with `wharf user passwd`",
        ),
        ("[user.a]\n", "FILE:1: user.a: there is no root: which folder is to be served?"),
        ("[user.a]\nroot = \"srv\"\n", "FILE:1: user.a: the folder \"srv\" is not absolute"),
        (
            "[user.\"a/b\"]\nroot = \"/srv/{user}\"\n",
            "FILE:1: user.a/b: the name \"a/b\" cannot stand for {user} in the name of a folder",
        ),
        ("[user.a]\nroot = \"/srv\"\ngroups = [\"x\"]\n", "FILE:1: user.a: there is no group \"x\""),
        (
            "[user.a]\nroot = \"/srv\"\nnetworks = [\"192.0.2.0/240\"]\n",
            "FILE:3: \"192.0.2.0/240\" is no network: it looks like 192.0.2.0/24, 2001:db8::/32 or a plain address",
        ),
        (
            "[bans]\nlength = 0\n",
            "FILE:2: bans.length: that would be no ban; failures-of-address = 0 and failures-of-user = 0 say so",
        ),
        (
            "[bans]\nwithin = 0\n",
            "FILE:2: bans.within: that would be no ban; failures-of-address = 0 and failures-of-user = 0 say so",
        ),
        ("[timeouts]\nidle = 9223372036854775807\n", "FILE:2: a length of time is ten years at most"),
        (
            "[[host]]\nnames = [\"a.example\"]\n[host.user.a]\nroot = \"/srv\"\npasword = \"x\"\n",
            "FILE:5: unknown key `pasword`; did you mean `password`?",
        ),
        (
            "[[host]]\nnames = [\"a.example\"]\nwelcom = \"x\"\n",
            "FILE:3: unknown key `welcom`; did you mean `welcome`?",
        ),
        ("[[host]]\nnames = []\n", "FILE:2: host.0.names: a name is needed"),
        (
            "[[host]]\nnames = [\"a.example\", \"A.example.\"]\n",
            "FILE:2: host.0.names: A.example. is there twice",
        ),
        ("[[host]]\nnames = [\"a.example\"]\n", "FILE:1: host.0: there are no users, so nobody could log in"),
        (
            "[[host]]\nnames = [\"a.example\"]\n[host.user.a]\n",
            "FILE:3: host.0.user.a: there is no root: which folder is to be served?",
        ),
        ("[tls]\n", "FILE:1: tls: a certificate is needed, in a section [[tls.certificate]]"),
        ("[limits\n", "FILE:1: unclosed table, expected `]`"),
    ] {
        assert_eq!(problem(text), expected, "{text}");
    }
    assert!(
        problem(&format!("{ANNA}[tls]\n[[tls.certificate]]\nchain = \"no\"\nkey = \"no\"\n"))
            .starts_with("FILE:5: tls.certificate: ")
    );
}

#[test]
fn values_are_put_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wharf.toml");
    fs::write(&file, format!("{ANNA}[[listen]]\naddress = \"127.0.0.1:0\"\n")).unwrap();
    let read = |set: &[&str]| {
        Loaded::read(&file, &set.iter().map(|set| (*set).to_owned()).collect::<Vec<_>>())
            .map(|loaded| loaded.config)
    };
    let plain = read(&[]).unwrap();
    let set = read(&["limits.sessions=7", "timeouts.idle=5 min", "listen.0.address=127.0.0.2:0"]).unwrap();
    assert_eq!(
        difference::between(&plain, &set),
        [
            "limits.sessions: unset → 7",
            "listen.0.address: \"127.0.0.1:0\" → \"127.0.0.2:0\"",
            "timeouts.idle: unset → 300"
        ]
    );
    for (wrong, expected) in [
        ("limits.sesions=7", "--set limits.sesions: unknown key `sesions`; did you mean `sessions`?"),
        (
            "limits.sessions=many",
            "--set limits.sessions: a whole number from 0 on is needed, not the text \"many\"",
        ),
        ("notify.0.url=https://localhost/", "--set notify.0.url: `queue` is missing"),
        ("limits.sessions", "--set limits.sessions: KEY=VALUE is needed, such as limits.sessions=100"),
        ("listen.4.address=x", "--set listen.4.address: there is no listen.4"),
    ] {
        assert_eq!(read(&[wrong]).unwrap_err().to_string(), expected);
    }
    // Sections of a list are begun where they are not there, whatever comes first of what they need; and a number may be a name.
    let begun = read(&[
        "listen.1.address=127.0.0.3:0",
        "notify.0.url=https://localhost/",
        "notify.0.queue=queue",
        "user.0.root=/srv",
    ])
    .unwrap();
    assert_eq!((begun.listen.len(), begun.notify.len(), begun.user.len()), (2, 1, 2));
    fs::write(&file, ANNA).unwrap();
    let set = ["listen.0.address=127.0.0.1:0".to_owned(), "group.7.root=/srv".to_owned()];
    let begun = Loaded::read(&file, &set).unwrap().config;
    assert_eq!((begun.listen.len(), begun.listen[0].address()), (1, "127.0.0.1:0"));
    assert!(begun.group.contains_key("7"));
}

#[test]
fn differences_show_no_secret() {
    let config = |text: &str| toml::from_str::<Config>(text).unwrap();
    let other = ANNA.replace("9xy1btjgzLYfb7hivXtC//", "9xy1btjgzLYfb7hivXtC/.");
    let lines = difference::between(&config(ANNA), &config(&other));
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("user.anna.password: \"***") && !lines[0].contains("9xy"), "{lines:?}");
    assert!(difference::between(&config(ANNA), &config(ANNA)).is_empty());
}

/// A URL can have a password or a token in it, and so can what a program is started with.
#[test]
fn neither_a_difference_nor_a_dump_shows_what_is_behind_a_url_or_a_program() {
    let text = r#"
        accounts.sql.url = "postgres://wharf:s3cret@db/users"
        accounts.http = { url = "https://wharf:s3cret@example.org/", authorization = "Bearer s3cret" }
        accounts.ldap = { url = "ldaps://h", base = "dc=h", bind-dn = "cn=wharf", bind-password = "s3cret" }
        accounts.program.command = ["/bin/login", "--token", "s3cret"]
        notify = [{ queue = "a", url = "https://example.org/s3cret" }, { queue = "b", command = ["tell", "s3cret"] }]
    "#;
    let config = |text: &str| toml::from_str::<Config>(text).unwrap();
    let (old, new) = (config(text), config(&text.replace("s3cret", "s3cret2")));
    let lines = difference::between(&old, &new);
    assert_eq!(lines.len(), 7, "{lines:?}");
    for told in [lines.join("\n"), format!("{old:?}")] {
        assert!(!told.contains("s3cret"), "{told}");
    }
}

/// Where users have nothing but groups, those have a root, or nobody ever gets in.
#[test]
fn users_of_elsewhere_have_a_root_of_their_own_or_of_a_group() {
    const ROOT: &str = "[group.staff]\nroot = \"/srv/{user}\"\n[group.idle]\nsessions = 1\n";
    let check = |section: &str, keys: &str| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("wharf.toml");
        fs::write(&file, format!("[accounts.{section}]\n{keys}\n{ROOT}")).unwrap();
        Loaded::read(&file, &[]).map(drop).map_err(|problem| problem.to_string())
    };
    let good = "groups = [\"staff\"]";
    let bad = ["", "groups = []", "groups = [\"idle\"]"];
    let mut sections = Vec::new();
    if cfg!(feature = "ldap") {
        let ldap = |keys: &str| {
            check("ldap", &format!("url = \"ldap://h\"\nin-clear = true\nbase = \"dc=h\"\n{keys}"))
        };
        for says in ["root = \"homeDirectory\"", "groups = \"memberOf\""] {
            assert_eq!(ldap(&format!("attributes = {{ {says} }}")), Ok(()));
        }
        sections.push(("ldap", ldap(good), bad.map(ldap)));
    }
    if cfg!(all(unix, feature = "pam")) {
        let pam = |keys: &str| check("pam", keys);
        sections.push(("pam", pam(good), bad.map(pam)));
    }
    for (section, good, bad) in sections {
        assert_eq!(good, Ok(()), "{section}");
        for told in bad {
            let told = told.unwrap_err();
            assert!(told.contains(&format!("accounts.{section}: nobody could get in")), "{told}");
            assert!(told.ends_with("there is no root: which folder is to be served?"), "{told}");
        }
    }
}
