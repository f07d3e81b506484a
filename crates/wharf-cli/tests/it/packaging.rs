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
    for port in 21000..=21003 {
        assert_eq!(manifest.matches(&format!("port: {port}")).count(), 1, "{port}");
        assert_eq!(manifest.matches(&format!("containerPort: {port}")).count(), 1, "{port}");
    }
    assert!(map.contains("ports = \"21000-21003\""), "{map}");
    let compose = packaged("compose.yaml");
    assert!(compose.contains("\"21000-21009:21000-21009\"") && compose.contains("\"21:2121\""));
    // Its variables, those in comments too, over a file with nothing but a user: the program takes them, and is what the
    // comments say.
    let file = folder.path().join("wharf.toml");
    fs::write(&file, &user).unwrap();
    let variables: Vec<_> = compose
        .lines()
        .filter_map(|line| {
            line.trim()
                .trim_start_matches("# ")
                .split_once(": ")
                .filter(|(name, _)| name.starts_with("WHARF_"))
        })
        .map(|(name, value)| {
            (name, if value.starts_with('$') { "192.0.2.1" } else { value.trim_matches(['"', '\'']) })
        })
        .collect();
    let checked = run(wharf(["serve", "--check", "--json", "--config"]).arg(&file).envs(variables));
    let plan: serde_json::Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!(plan["listen"], serde_json::json!(["[::]:2121"]), "{plan}");
    assert_eq!(plan["ports"], serde_json::json!([21000, 21009]), "{plan}");
    assert_eq!(plan["shared"], true, "{plan}");
}
