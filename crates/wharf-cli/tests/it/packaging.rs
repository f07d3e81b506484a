//! What is in `packaging/` is what the program understands.

use std::{fs, path::Path};

use super::program::{run, wharf};

fn packaged(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging").join(name)).unwrap()
}

#[test]
fn the_configurations_are_right() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["ftp.example.org".to_owned()]).unwrap();
    fs::write(folder.path().join("chain.pem"), made.cert.pem()).unwrap();
    fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let here = folder.path().to_str().unwrap();
    let manifest = packaged("kubernetes.yaml");
    let map = manifest.split("wharf.toml: |\n").nth(1).unwrap().split("---").next().unwrap();
    let map: String = map.lines().map(|line| format!("{}\n", line.trim_start())).collect();
    let user = format!("[user.anna]\npassword = \"$1$saltsalt$9xy1btjgzLYfb7hivXtC//\"\nroot = \"{here}\"\n");
    for text in [packaged("wharf.toml").replace("/etc/wharf", here) + &user, map.replace("/srv/ftp", here)] {
        let file = folder.path().join("wharf.toml");
        fs::write(&file, &text).unwrap();
        let checked = run(wharf(["config", "check"]).arg(&file));
        assert_eq!(checked.code, Some(0), "{text}{}", checked.stderr);
    }
    // The ports that the manifest opens are those that the server is told of.
    for port in 50000..=50003 {
        assert_eq!(manifest.matches(&format!("port: {port}")).count(), 1, "{port}");
        assert_eq!(manifest.matches(&format!("containerPort: {port}")).count(), 1, "{port}");
    }
    assert!(map.contains("ports = \"50000-50003\""), "{map}");
    assert!(packaged("compose.yaml").contains("\"50000-50009:50000-50009\""));
    assert!(packaged("compose.yaml").contains("WHARF_PASSIVE__PORTS: 50000-50009"));
}
