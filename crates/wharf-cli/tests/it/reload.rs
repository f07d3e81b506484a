//! A configuration that changes while not all is well.

use std::fs;

use super::{
    config::{ANNA, Configured, with_head, yard},
    process::get,
    program::{run, wharf},
};

/// A key that only root could read, a file of users that was half written, a folder with a bad file in it: no reason for
/// who is not wanted any more to get in.
#[test]
fn what_is_wrong_elsewhere_lets_nobody_stay() {
    let elsewhere = "[accounts]\nusers-file = \"users.toml\"\nusers-folder = \"users\"\n\
                     [tls]\nrequire = \"optional\"\n[[tls.certificate]]\nchain = \"chain.pem\"\nkey = \"key.pem\"\n";
    let text = format!("{ANNA}{elsewhere}");
    let (yard, file) = yard(&text);
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(yard.path().join("chain.pem"), made.cert.pem()).unwrap();
    fs::write(yard.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let user = with_head(&yard, "password = \"SECRET\"\nroot = \"ROOT/anna\"\n");
    let user = user.split_once("127.0.0.1:0\"\n").unwrap().1;
    fs::write(yard.path().join("users.toml"), format!("[user.berta]\n{user}")).unwrap();
    fs::create_dir(yard.path().join("users")).unwrap();
    fs::write(yard.path().join("users/carla.toml"), user).unwrap();
    let mut served = Configured::start(&file, &[]);
    for user in ["anna", "berta", "carla"] {
        served.client(&["ls"], user, "secret", "").ends_with(0);
    }

    fs::remove_file(yard.path().join("key.pem")).unwrap();
    fs::write(yard.path().join("users.toml"), "[user.ber").unwrap();
    fs::write(yard.path().join("users/doris.toml"), "pasword = 1").unwrap();
    run(wharf(["config", "check"]).arg(&file)).ends_with(2);
    fs::write(&file, with_head(&yard, &text.replacen("[accounts]", "disabled = true\n[accounts]", 1)))
        .unwrap();
    let lines = served.logs("user.anna.disabled: ").join("\n");
    for word in ["users stay as they were: ", "somebody cannot log in: ", "users/doris.toml"] {
        assert!(lines.contains(word), "{word} is not in {lines}");
    }
    for (user, code) in [("anna", 4), ("berta", 0), ("carla", 0), ("doris", 4)] {
        served.client(&["ls"], user, "secret", "").ends_with(code);
    }
    // What is mended counts again.
    fs::write(yard.path().join("users.toml"), "").unwrap();
    served.client(&["ls"], "berta", "secret", "").ends_with(4);
}

#[test]
fn a_configuration_that_is_no_good_is_tried_again_and_can_be_seen() {
    let metrics = "[metrics]\nlisten = \"127.0.0.1:0\"\n";
    let (yard, file) = yard(&format!("{ANNA}{metrics}"));
    let mut served = Configured::start(&file, &[]);
    let line = served.logs("metrics at http://").pop().unwrap();
    let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let in_force = |yes: u8| {
        let numbers = get(&address, "/metrics");
        assert!(numbers.contains(&format!("wharf_configuration_in_force {yes}\n")), "{numbers}");
    };
    in_force(1);
    let text = format!("[accounts]\nusers-file = \"later.toml\"\n{metrics}");
    fs::write(&file, with_head(&yard, &text)).unwrap();
    served.logs("the configuration stays as it was: ");
    served.client(&["ls"], "anna", "secret", "").ends_with(0);
    in_force(0);
    // Nobody touches the configuration, which is right now.
    fs::write(yard.path().join("later.toml"), "").unwrap();
    served.logs("was read again: ");
    served.client(&["ls"], "anna", "secret", "").ends_with(4);
    in_force(1);
}
