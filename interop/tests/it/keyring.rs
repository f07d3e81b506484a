//! Passwords in a keyring, with that of GNOME.

use wharf_interop::{clients::printed, fixture::Tree, keyring::beside_a_keyring, servers};

/// Keeps a wrong password and the right one, uses them, and forgets.
const SCRIPT: &str = r#"
did() { "$@" 2>&1 </dev/null; echo "code $?"; }
did "$WHARF" ls "$URL"
printf 'wrong\n' | "$WHARF" password set --password-file - "$URL"
did "$WHARF" ls "$URL"
printf '%s\n' "$PASSWORD" | "$WHARF" --json password set --password-file - "$URL"
did "$WHARF" ls "$URL"
did "$WHARF" ls "$OTHER"
WHARF_PASSWORD=wrong did "$WHARF" ls "$URL"
did "$WHARF" password rm "$URL"
did "$WHARF" password rm "$URL"
did "$WHARF" ls "$URL"
"#;

#[test]
fn keeps_a_password_for_a_user_and_a_server() {
    let server = servers::under_test().start(&Tree::empty().with("file", "content"));
    let user = &server.target.user;
    let url = server.target.url("").replace("://", &format!("://{user}@"));
    // To be sent with TLS only, and so not what was kept.
    let other = url.replace("ftp://", "ftpes://");
    let said = printed(beside_a_keyring(
        SCRIPT,
        &[
            ("WHARF", servers::binary().to_str().unwrap()),
            ("PASSWORD", &server.target.password),
            ("URL", &url),
            ("OTHER", &other),
        ],
    ));
    assert!(!said.contains(&server.target.password), "{said}");
    let codes: Vec<_> = said.lines().filter_map(|line| line.strip_prefix("code ")).collect();
    assert_eq!(codes, ["2", "4", "0", "2", "4", "0", "1", "2"], "{said}");
    assert_eq!(said.lines().filter(|line| *line == "file").count(), 1, "{said}");
    assert!(said.contains("there is no such password in the keyring"), "{said}");
    assert!(said.contains(r#""record":"password""#), "{said}");
}
