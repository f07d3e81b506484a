//! Users in OpenLDAP.

use std::{collections::BTreeMap, fs, io::ErrorKind, net::TcpListener, thread, time::Instant};

use wharf_interop::{
    clients::curl_status,
    servers::{
        Slapd,
        slapd::{ADMINISTRATOR, SUFFIX},
    },
};

use super::{PATIENCE, Served, Session};

/// Of an entry that is searched for.
const PEOPLE: &str = "ou=people,dc=example";

/// A name that could be taken for more than a value, in a filter as in the name of an entry.
const ODD: &str = "o,dd=(x)*";

/// An entry below [`PEOPLE`], whose password is `of` and the name; `of_name` is the name as a value in that of the entry.
fn person(name: &str, of_name: &str, more: &str) -> String {
    format!(
        "dn: uid={of_name},{PEOPLE}\nobjectClass: inetOrgPerson\nuid: {name}\ncn: x\nsn: x\n\
         userPassword: of {name}\n{more}\n\n"
    )
}

/// Three users: `anna` in a group that has its members' entries, `berta` in one that has their names, and one in none.
fn entries() -> String {
    [
        format!("dn: {PEOPLE}\nobjectClass: organizationalUnit\nou: people\n\n"),
        person("anna", "anna", "employeeType: FALSE"),
        person("berta", "berta", "employeeType: TRUE"),
        person(ODD, r"o\2Cdd\3D(x)*", "title: none"),
        format!("dn: cn=ftp,{SUFFIX}\nobjectClass: groupOfNames\ncn: ftp\nmember: uid=anna,{PEOPLE}\n\n"),
        format!(
            "dn: cn=shell,{SUFFIX}\nobjectClass: posixGroup\ncn: shell\ngidNumber: 7\nmemberUid: berta\n\n"
        ),
    ]
    .concat()
}

/// A server that asks the directory at `url`; the keys say how.
fn serve(url: &str, keys: &[&str]) -> Served {
    Served::start(|home| {
        for name in ["anna", "berta", ODD] {
            fs::create_dir(format!("{home}/{name}")).unwrap();
        }
        let keys = keys.join("\n");
        format!(
            "[accounts.ldap]\nurl = \"{url}\"\n{keys}\nattributes = {{ read-only = \"employeeType\" }}\n\
             groups = [\"ftp\"]\n[group.ftp]\nroot = \"{home}/{{user}}\"\npermissions = {{ \"/\" = \"all\" }}\n"
        )
    })
}

/// A search as the administrator.
fn by_search() -> String {
    let (name, password) = ADMINISTRATOR;
    format!("bind-dn = \"{name}\"\nbind-password = \"{password}\"\nbase = \"{SUFFIX}\"")
}

fn by_template() -> String {
    format!("bind-template = \"uid={{user}},{PEOPLE}\"")
}

/// TLS that is judged by the directory's own authority.
fn trusting(directory: &Slapd) -> String {
    format!("authorities = \"{}\"", directory.authority().display())
}

/// The binds and searches of each connection, in their order.
fn conversations(log: &str) -> Vec<String> {
    let mut all: BTreeMap<&str, String> = BTreeMap::new();
    for line in log.lines() {
        let mut words = line.split_whitespace().skip_while(|word| !word.starts_with("conn="));
        let (Some(connection), Some(_), Some(operation)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        if line.contains(" BIND ") && line.contains(" method=") || line.contains(" SRCH base=") {
            all.entry(connection).or_default().push_str(&format!("{operation} "));
        }
    }
    all.into_values().collect()
}

#[test]
fn users_are_found_and_proved_both_ways_under_tls_of_both_kinds() {
    let directory = Slapd::start(&entries());
    for (url, way) in [
        (directory.url(), by_search()),
        (directory.tls_url(), by_search()),
        (directory.url(), by_template()),
        (directory.tls_url(), by_template()),
    ] {
        let served = serve(&url, &[&way, &trusting(&directory)]);
        let file = served.directory.path().join("file");
        fs::write(&file, &url).unwrap();
        let put = |user: &str, password: &str| {
            let target = served.target(user, password);
            curl_status(&target, &["--upload-file", file.to_str().unwrap(), &target.url("file")])
        };
        assert_eq!(put("anna", "of anna"), Some(0), "{url} {way}");
        assert_eq!(fs::read_to_string(served.home("anna").join("file")).unwrap(), url);
        // An attribute says that she may only read.
        assert_eq!(put("berta", "of berta"), Some(25), "{url} {way}");
        assert_eq!(served.login(ODD, &format!("of {ODD}")), "230", "{url} {way}");
        for (user, password) in [("anna", "of berta"), ("nobody", "of anna")] {
            assert_eq!(served.login(user, password), "530", "{user} {url} {way}");
        }
    }
}

#[test]
fn a_name_is_neither_a_filter_nor_a_part_of_a_name_nor_the_like_of_another() {
    let directory = Slapd::start(&entries());
    for way in [by_search(), by_template()] {
        let served = serve(&directory.tls_url(), &[&way, &trusting(&directory)]);
        for name in [
            "*",
            "ann*",
            "anna)(uid=*",
            "*)(|(uid=*",
            r"ann\61",
            "anna,ou=people,dc=example",
            "anna+cn=x",
            "nobody,uid=anna",
            "ANNA",
            " anna",
            "anna ",
        ] {
            assert_eq!(served.login(name, "of anna"), "530", "{name:?}, {way}");
        }
        assert_eq!(served.login("anna", "of anna"), "230", "{way}");
    }
}

/// The directory itself says yes to it.
#[test]
fn an_empty_password_is_never_sent() {
    let directory = Slapd::start(&entries());
    let anna = format!("uid=anna,{PEOPLE}");
    let said = directory.who_am_i(&anna, "");
    assert!(said.status.success() && said.stdout.starts_with(b"anonymous"), "{said:?}");
    let binds =
        |log: &str| log.lines().filter(|line| line.contains(&format!("BIND dn=\"{anna}\" method="))).count();
    assert_eq!(binds(&directory.log()), 1);
    for way in [by_search(), by_template()] {
        let served = serve(&directory.tls_url(), &[&way, &trusting(&directory)]);
        assert_eq!(served.login("anna", ""), "530", "{way}");
    }
    assert_eq!(binds(&directory.log()), 1, "{}", directory.log());
}

#[test]
fn a_filter_and_a_group_are_conditions() {
    let directory = Slapd::start(&entries());
    let (search, template) = (by_search(), by_template());
    let member_of = |group: &str| format!("member-of = \"cn={group},{SUFFIX}\"");
    let filter = "filter = \"(employeeType=FALSE)\"".to_owned();
    for (way, condition, anna, berta) in [
        (&search, &filter, "230", "530"),
        (&template, &filter, "230", "530"),
        (&search, &member_of("ftp"), "230", "530"),
        (&template, &member_of("ftp"), "230", "530"),
        (&search, &member_of("shell"), "530", "230"),
        (&template, &member_of("shell"), "530", "230"),
        (&search, &member_of("none"), "530", "530"),
    ] {
        let served = serve(&directory.tls_url(), &[way, condition, &trusting(&directory)]);
        assert_eq!(served.login("anna", "of anna"), anna, "{way} {condition}");
        assert_eq!(served.login("berta", "of berta"), berta, "{way} {condition}");
    }
}

/// As `chage -E` writes it: 0 is how an account is locked.
#[test]
fn who_has_expired_in_the_directory_is_kept_out() {
    let directory = Slapd::start(
        &[
            format!("dn: {PEOPLE}\nobjectClass: organizationalUnit\nou: people\n\n"),
            person("anna", "anna", "shadowExpire: -1"),
            person("berta", "berta", "shadowExpire: 0"),
        ]
        .concat()
        .replace("inetOrgPerson\n", "inetOrgPerson\nobjectClass: shadowAccount\n"),
    );
    for way in [by_search(), by_template()] {
        let served = Served::start(|home| {
            fs::create_dir(format!("{home}/anna")).unwrap();
            fs::create_dir(format!("{home}/berta")).unwrap();
            let (url, trusting) = (directory.tls_url(), trusting(&directory));
            format!(
                "[accounts.ldap]\nurl = \"{url}\"\n{way}\n{trusting}\nattributes = {{ expires = \"shadowExpire\" }}\n\
                 groups = [\"ftp\"]\n[group.ftp]\nroot = \"{home}/{{user}}\"\n"
            )
        });
        assert_eq!(served.login("anna", "of anna"), "230", "{way}");
        assert_eq!(served.login("berta", "of berta"), "530", "{way}");
    }
}

/// The directory says yes to the right password, which is good for changing it alone; and one may be let in, and see nothing of
/// oneself. Neither is another answer than that to a wrong password.
#[test]
fn who_must_change_the_password_first_is_kept_out_and_not_told_that_it_is_right() {
    let policy = format!(
        "dn: cn=policy,{SUFFIX}\nobjectClass: device\nobjectClass: pwdPolicy\ncn: policy\n\
         pwdAttribute: userPassword\npwdMustChange: TRUE\n\n"
    );
    let entries = [
        format!("dn: {PEOPLE}\nobjectClass: organizationalUnit\nou: people\n\n"),
        policy,
        person("anna", "anna", "title: none"),
        person("berta", "berta", "pwdReset: TRUE"),
        person("clara", "clara", "title: none"),
    ];
    let unseen = format!("access to dn.exact=\"uid=clara,{PEOPLE}\" attrs=entry,uid by * disclose\n");
    let directory = Slapd::start_with_policy(&entries.concat(), &unseen);
    for way in [by_search(), by_template()] {
        let served = serve(&directory.tls_url(), &[&way, &trusting(&directory)]);
        assert_eq!(served.login("anna", "of anna"), "230", "{way}");
        for password in ["of berta", "wrong"] {
            assert_eq!(served.login("berta", password), "530", "{password}, {way}");
        }
    }
    let said = |dn: &str| directory.who_am_i(&format!("uid={dn},{PEOPLE}"), &format!("of {dn}"));
    assert!(said("clara").status.success(), "{:?}", said("clara"));
    let served = serve(&directory.tls_url(), &[&by_template(), &trusting(&directory)]);
    for password in ["of clara", "wrong"] {
        assert_eq!(served.login("clara", password), "530", "{password}");
    }
    assert!(directory.log().contains("SEARCH RESULT tag=101 err=50"), "{}", directory.log());
}

/// What is told apart is told by no time either: the same is said to the directory, and all else is for the server's delay.
#[test]
fn a_wrong_password_and_a_wrong_name_are_the_same_conversation() {
    let directory = Slapd::start(&entries());
    let condition = format!("member-of = \"cn=ftp,{SUFFIX}\"");
    let served = serve(&directory.tls_url(), &[&by_search(), &condition, &trusting(&directory)]);
    for (user, password) in
        [("anna", "wrong"), ("nobody", "wrong"), ("berta", "of berta"), ("ANNA", "of anna")]
    {
        assert_eq!(served.login(user, password), "530", "{user}");
    }
    let log = directory.log();
    assert_eq!(conversations(&log), ["BIND SRCH SRCH BIND "; 4], "{log}");
}

#[test]
fn nothing_is_said_to_a_directory_that_is_not_trusted_or_has_no_tls() {
    let directory = Slapd::start(&entries());
    for url in [directory.url(), directory.tls_url()] {
        for way in [by_search(), by_template()] {
            assert_eq!(serve(&url, &[&way]).login("anna", "of anna"), "451", "{url} {way}");
        }
    }
    let other = Slapd::start_without_tls(&entries());
    let served = serve(&other.url(), &[&by_search(), &trusting(&directory)]);
    assert_eq!(served.login("anna", "of anna"), "451");
    for log in [directory.log(), other.log()] {
        assert!(log.contains("ACCEPT") && !log.contains("BIND"), "{log}");
    }
    let served = serve(&other.url(), &["in-clear = true", &by_search()]);
    assert_eq!(served.login("anna", "of anna"), "230");
}

#[test]
fn a_directory_that_is_gone_is_no_wrong_password_and_is_asked_again_when_it_is_back() {
    let mut directory = Slapd::start(&entries());
    for way in [by_search(), by_template()] {
        let served = serve(&directory.url(), &[&way, &trusting(&directory)]);
        let mut session = Session::open(served.address);
        directory.stop();
        for (user, password) in [("anna", "of anna"), ("nobody", "wrong")] {
            assert_eq!(session.login(user, password), "451", "{user}, {way}");
        }
        directory.start_again();
        assert_eq!(session.login("anna", "of anna"), "230", "{way}");
    }
}

/// More than are asked for at a time.
#[test]
fn a_directory_that_says_nothing_is_not_waited_for_without_end() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    for (url, keys) in [
        (format!("ldaps://{address}"), "timeout = \"1 s\""),
        (format!("ldap://{address}"), "timeout = \"1 s\"\nin-clear = true"),
    ] {
        let served = serve(&url, &[keys, &by_search()]);
        let started = Instant::now();
        thread::scope(|scope| {
            let logins: Vec<_> = (0..20).map(|_| scope.spawn(|| served.login("anna", "of anna"))).collect();
            for login in logins {
                assert_eq!(login.join().unwrap(), "451", "{url}");
            }
        });
        assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
    }
}

#[test]
fn nobody_is_looked_for_where_the_directory_refers_to() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let at = format!("ldap://{}/{SUFFIX}", elsewhere.local_addr().unwrap());
    let referral = format!(
        "dn: ou=away,{SUFFIX}\nobjectClass: referral\nobjectClass: extensibleObject\nou: away\nref: {at}\n\n"
    );
    let directory = Slapd::start(&(entries() + &referral));
    let away = format!("bind-template = \"uid={{user}},ou=away,{SUFFIX}\"");
    for (way, user, code) in
        [(by_search(), "clara", "530"), (by_search(), "anna", "230"), (away, "anna", "530")]
    {
        let served = serve(&directory.tls_url(), &[&way, &trusting(&directory)]);
        assert_eq!(served.login(user, "of anna"), code, "{user}, {way}");
    }
    assert!(directory.log().contains("SRCH base"), "{}", directory.log());
    assert_eq!(elsewhere.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}
