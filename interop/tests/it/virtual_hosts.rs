//! `[[host]]`: two servers behind one address, each with users, a certificate and a folder of its own, by the name in the
//! handshake of TLS.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;
use wharf_interop::{
    Target,
    clients::{curl, curl_status, printed, python_client_over_tls},
    servers::binary,
};

/// Of `secret`.
const SECRET: &str = "$1$saltsalt$9xy1btjgzLYfb7hivXtC//";

const HOSTS: [&str; 2] = ["one.example", "two.example"];

/// curl's end of a login that is refused, and of a certificate that it does not trust.
const DENIED: Option<i32> = Some(67);
const NOT_TRUSTED: Option<i32> = Some(60);

/// Each host has `anna`, and a user by its own name; `who` in its folder is its name.
struct Served {
    directory: TempDir,
    child: Child,
    target: Target,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn certify(directory: &Path, host: &str) {
    let mut wanted = rcgen::CertificateParams::new([host.to_owned()]).unwrap();
    // OpenSSL looks by subject for whom it trusts: each has one of its own.
    wanted.distinguished_name.push(rcgen::DnType::CommonName, host);
    let key = rcgen::KeyPair::generate().unwrap();
    fs::write(directory.join(format!("{host}.key")), key.serialize_pem()).unwrap();
    fs::write(directory.join(format!("{host}.pem")), wanted.self_signed(&key).unwrap().pem()).unwrap();
}

fn serve() -> Served {
    let directory = TempDir::new().unwrap();
    let place = directory.path();
    let mut text = "[[listen]]\naddress = \"127.0.0.1:0\"\n[tls]\n".to_owned();
    for host in HOSTS {
        certify(place, host);
        fs::create_dir(place.join(host)).unwrap();
        fs::write(place.join(host).join("who"), host).unwrap();
        text += &format!(
            "[[host]]\nnames = [\"{host}\"]\ncertificate = {{ chain = \"{host}.pem\", key = \"{host}.key\" }}\n\
             [host.defaults]\nroot = \"{}\"\n",
            place.join(host).display()
        );
        for user in ["anna", host] {
            text += &format!("[host.user.\"{user}\"]\npassword = \"{SECRET}\"\n");
        }
    }
    let file = place.join("wharf.toml");
    fs::write(&file, text).unwrap();
    let mut child = Command::new(binary())
        .args(["serve", "--quiet", "--config"])
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let notice = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let notice: Vec<_> = notice.take_while(|line| line != "Ctrl-C ends it.").collect();
    let address = notice.iter().find_map(|line| line.trim().strip_prefix("address   ")?.split_once("://"));
    let address = address.unwrap().1.parse().unwrap();
    Served {
        directory,
        child,
        target: Target { address, user: "anna".to_owned(), password: "secret".to_owned() },
    }
}

impl Served {
    /// curl's arguments for the file `who` of `host`, whose certificate it trusts alone.
    fn asking(&self, host: &str) -> Vec<String> {
        let port = self.target.port();
        let resolve = format!("{host}:{port}:127.0.0.1");
        let certificate = self.directory.path().join(format!("{host}.pem")).to_str().unwrap().to_owned();
        let url = format!("ftp://{host}:{port}/who");
        ["--ssl-reqd", "--cacert", &certificate, "--resolve", &resolve, &url].map(str::to_owned).to_vec()
    }

    fn status(&self, user: &str, host: &str) -> Option<i32> {
        let target = Target { user: user.to_owned(), ..self.target.clone() };
        let asking = self.asking(host);
        curl_status(&target, &asking.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn ftplib(&self, scenario: &str) {
        let authority = self.directory.path().join("both.pem");
        let both = HOSTS.map(|host| fs::read(self.directory.path().join(format!("{host}.pem"))).unwrap());
        fs::write(&authority, both.concat()).unwrap();
        let directory = self.directory.path();
        python_client_over_tls("hosts", scenario, &self.target, directory, authority.to_str().unwrap());
    }
}

#[test]
fn curl_gets_the_files_of_the_host_that_it_names() {
    let served = serve();
    for host in HOSTS {
        let asking = served.asking(host);
        let asking: Vec<_> = asking.iter().map(String::as_str).collect();
        assert_eq!(printed(curl(&served.target, &asking)), host);
    }
    let [one, two] = HOSTS;
    for (user, host, expected) in
        [(one, one, Some(0)), (one, two, DENIED), (two, two, Some(0)), (two, one, DENIED)]
    {
        assert_eq!(served.status(user, host), expected, "{user} {host}");
    }
}

#[test]
fn ftplib_names_a_host_in_the_handshake_and_by_host() {
    serve().ftplib("named");
}

#[test]
fn a_ticket_of_one_host_is_none_for_data_of_the_other() {
    serve().ftplib("stranger");
}

#[test]
fn a_certificate_that_is_replaced_is_used_by_new_sessions() {
    let served = serve();
    let [one, two] = HOSTS;
    assert_eq!(served.status("anna", one), Some(0));
    certify(served.directory.path(), one);
    // The server looks for itself; curl trusts the new one alone.
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        match served.status("anna", one) {
            Some(0) => break,
            other => assert_eq!(other, NOT_TRUSTED),
        }
        assert!(Instant::now() < deadline, "the old certificate is still there");
    }
    assert_eq!(served.status("anna", two), Some(0));
}
