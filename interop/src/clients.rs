//! Clients: the programs of others, each with the arguments that every task needs.
//!
//! None may ask a question, read the user's own configuration, or try TLS where it is not told to.

use std::{
    io::Write,
    path::Path,
    process::{Command, Output},
};

use crate::{
    Target,
    peer::{attempt, run},
    servers::{binary, python},
};

/// What a client program printed on its standard output.
///
/// # Panics
///
/// If it is not UTF-8.
pub fn printed(output: Output) -> String {
    String::from_utf8(output.stdout).expect("it prints UTF-8")
}

/// `path` as it stands in a URL: octets but letters, digits, `-`, `_`, `.`, `~` and `/` percent-encoded.
pub fn percent_encoded(path: &str) -> String {
    path.bytes().fold(String::new(), |mut url, octet| {
        match octet {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                url.push(octet.into())
            }
            _ => url.push_str(&format!("%{octet:02X}")),
        }
        url
    })
}

/// curl, on URLs that the arguments name.
pub fn curl(target: &Target, arguments: &[&str]) -> Output {
    run(&curl_command(target, arguments), "")
}

/// The exit status of a curl that may fail: 9 refused access, 17 and 19 a refused RETR, 25 a refused STOR, 67 login.
pub fn curl_status(target: &Target, arguments: &[&str]) -> Option<i32> {
    attempt(&curl_command(target, arguments), "").status.code()
}

fn curl_command(target: &Target, arguments: &[&str]) -> Command {
    let mut command = Command::new("curl");
    command.args([
        "--disable",
        "--silent",
        "--show-error",
        "--globoff",
        "--noproxy",
        "*",
        "--max-time",
        "45",
    ]);
    command.args(["--user", &format!("{}:{}", target.user, target.password)]).args(arguments);
    command
}

/// lftp, running `script` after login; a command that fails ends it.
pub fn lftp(target: &Target, script: &str) -> Output {
    lftp_on(target, "set ftp:ssl-allow no", &target.url(""), script)
}

/// lftp over TLS, which has `certificate` for its authority, on `url`: an `ftps://` one is implicit.
pub fn lftp_over_tls(target: &Target, certificate: &str, url: &str, script: &str) -> Output {
    let settings = format!(
        "set ftp:ssl-force yes; set ftp:ssl-protect-data yes; set ftp:ssl-protect-list yes; \
         set ssl:verify-certificate yes; set ssl:ca-file {certificate}"
    );
    lftp_on(target, &settings, url, script)
}

fn lftp_on(target: &Target, settings: &str, url: &str, script: &str) -> Output {
    let mut command = Command::new("lftp");
    command.env("LFTP_HOME", "/nonexistent").arg("--norc").arg("-c").arg(format!(
        "set cmd:fail-exit yes; {settings}; set net:max-retries 1; set net:timeout 10; set file:charset UTF-8;
         open -u '{},{}' {url}; {script}",
        target.user, target.password,
    ));
    run(&command, "")
}

/// wget, on URLs that the arguments name.
pub fn wget(target: &Target, arguments: &[&str]) -> Output {
    let mut command = Command::new("wget");
    command
        .args(["--no-config", "--no-verbose", "--tries=1", "--timeout=10", "--no-proxy"])
        // Names are stored as they come.
        .args(["--restrict-file-names=nocontrol", "--user", &target.user, "--password", &target.password])
        .args(arguments);
    run(&command, "")
}

/// `ncftpget`, `ncftpput` or `ncftpls`: its arguments after the host.
pub fn ncftp(program: &str, target: &Target, options: &[&str], arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    // It keeps a directory of its own below HOME.
    command.env("HOME", "/nonexistent").args([
        "-u",
        &target.user,
        "-p",
        &target.password,
        "-P",
        &target.port(),
    ]);
    if program != "ncftpls" {
        command.arg("-V");
    }
    command.args(options);
    if program == "ncftpls" {
        command.arg(format!("ftp://{}/{}", target.host(), arguments.join("/")));
    } else {
        command.arg(target.host()).args(arguments);
    }
    run(&command, "")
}

/// tnftp, typing `script` after login, one command a line, in the directory `local`.
pub fn tnftp(target: &Target, local: &Path, options: &[&str], script: &str) -> Output {
    let mut command = Command::new("tnftp");
    command.env("HOME", "/nonexistent").current_dir(local).args(["-n", "-i", "-v"]).args(options);
    let login =
        format!("open {} {}\nuser {} {}\n", target.host(), target.port(), target.user, target.password);
    run(&command, &format!("{login}{script}\nquit\n"))
}

/// rclone, with the server as the remote `wharf:`.
pub fn rclone(target: &Target, arguments: &[&str]) -> Output {
    rclone_with(target, &[], arguments)
}

/// rclone, with settings of the remote `wharf:` that are of TLS.
pub fn rclone_with(target: &Target, settings: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut obscure = Command::new("rclone");
    obscure.env("RCLONE_CONFIG", "/dev/null").args(["obscure", &target.password]);
    let password = printed(run(&obscure, "")).trim().to_owned();
    let mut command = Command::new("rclone");
    command
        .env("RCLONE_CONFIG", "/dev/null")
        .env("RCLONE_CONFIG_WHARF_TYPE", "ftp")
        .env("RCLONE_CONFIG_WHARF_HOST", target.host())
        .env("RCLONE_CONFIG_WHARF_PORT", target.port())
        .env("RCLONE_CONFIG_WHARF_USER", &target.user)
        .env("RCLONE_CONFIG_WHARF_PASS", password)
        .envs(settings.iter().map(|(name, value)| (format!("RCLONE_CONFIG_WHARF_{name}"), value)))
        .args(["--retries", "1", "--low-level-retries", "1", "--timeout", "10s"])
        .args(arguments);
    run(&command, "")
}

/// A scenario of `src/clients/<library>.py`, which checks for itself; `local` holds its files.
pub fn python_client(library: &str, scenario: &str, target: &Target, local: &Path) {
    run(&python_command(library, scenario, target, local), "");
}

/// The same over TLS, with `certificate` for its authority.
pub fn python_client_over_tls(
    library: &str,
    scenario: &str,
    target: &Target,
    local: &Path,
    certificate: &str,
) {
    run(python_command(library, scenario, target, local).env("AUTHORITY", certificate), "");
}

/// `wharf` itself, with the target's password in a file: a subcommand and its arguments. It may fail.
///
/// # Panics
///
/// If it cannot be built.
pub fn wharf(target: &Target, subcommand: &str, arguments: &[&str]) -> Output {
    wharf_with(target, subcommand, arguments, &[])
}

/// As [`wharf`], with variables of the environment.
///
/// # Panics
///
/// As [`wharf`].
pub fn wharf_with(
    target: &Target,
    subcommand: &str,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Output {
    let mut password = tempfile::NamedTempFile::new().expect("a temporary file");
    writeln!(password, "{}", target.password).expect("a temporary file");
    let mut command = Command::new(binary());
    command.arg(subcommand).arg("--password-file").arg(password.path()).args(arguments);
    command.envs(variables.iter().copied());
    attempt(&command, "")
}

fn python_command(library: &str, scenario: &str, target: &Target, local: &Path) -> Command {
    let mut command = python();
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/clients/{library}_client.py")))
        .arg(scenario)
        .args([target.host(), target.port(), target.user.clone(), target.password.clone()])
        .arg(local);
    command
}
