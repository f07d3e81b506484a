//! The programs that take part, each with the arguments that its own manual has for a whole tree.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use wharf_interop::{Target, servers};

use super::errand::{Errand, Kind};

/// A client program, in one of its ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    Wharf,
    WharfOne,
    Curl,
    Wget,
    Ncftp,
    Lftp,
    LftpFour,
    Rclone,
    Aioftp,
}

impl Client {
    pub(crate) const ALL: [Self; 9] = [
        Self::Wharf,
        Self::WharfOne,
        Self::Curl,
        Self::Wget,
        Self::Ncftp,
        Self::Lftp,
        Self::LftpFour,
        Self::Rclone,
        Self::Aioftp,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Wharf => "wharf",
            Self::WharfOne => "wharf-1",
            Self::Curl => "curl",
            Self::Wget => "wget",
            Self::Ncftp => "ncftp",
            Self::Lftp => "lftp",
            Self::LftpFour => "lftp-4",
            Self::Rclone => "rclone",
            Self::Aioftp => "aioftp",
        }
    }

    /// What a reader has to know of it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Wharf => "wharf",
            Self::WharfOne => "wharf -P 1",
            Self::Curl => "curl, told all names",
            Self::Wget => "wget -r",
            Self::Ncftp => "ncftpget -R, ncftpput -R",
            Self::Lftp => "lftp mirror",
            Self::LftpFour => "lftp mirror -P 4, sync-mode off",
            Self::Rclone => "rclone, 4 transfers",
            Self::Aioftp => "aioftp",
        }
    }

    /// How it is told to do that; `None` if it cannot be.
    pub(super) fn command(self, errand: &Errand<'_>) -> Option<Command> {
        match self {
            Self::Wharf => Some(wharf(errand)),
            Self::WharfOne => wharf_alone(errand),
            Self::Curl => curl(errand),
            Self::Wget => wget(errand),
            Self::Ncftp => ncftp(errand),
            Self::Lftp => lftp(errand, "", ""),
            Self::LftpFour => lftp(errand, "set ftp:sync-mode off;", "--parallel=4"),
            Self::Rclone => Some(rclone(errand)),
            Self::Aioftp => aioftp(errand),
        }
    }
}

fn wharf(errand: &Errand<'_>) -> Command {
    let url = format!("ftp://{}@{}/{}", errand.target.user, errand.target.address, errand.remote);
    let mut command = Command::new(servers::binary());
    command.env("WHARF_PASSWORD", &errand.target.password);
    match errand.kind {
        Kind::GetTree => command.args(["get", "--recursive", "--quiet", &url]).arg(errand.local.join("tree")),
        Kind::PutTree => command.args(["put", "--recursive", "--quiet"]).arg(errand.local).arg(url),
        Kind::ListTree => command.args(["ls", "--recursive", &url]),
        Kind::RemoveTree => command.args(["rm", "--recursive", "--quiet", &url]),
        Kind::GetFile => command.args(["get", "--quiet", &url]).arg(errand.local),
        Kind::PutFile => command.args(["put", "--quiet"]).arg(errand.local).arg(url),
    };
    command
}

/// With one connection, where more could be of use.
fn wharf_alone(errand: &Errand<'_>) -> Option<Command> {
    let mut command = wharf(errand);
    command.args(["--parallel", "1"]);
    (!matches!(errand.kind, Kind::GetFile | Kind::PutFile)).then_some(command)
}

fn curl(errand: &Errand<'_>) -> Option<Command> {
    let url = |path: &str| errand.target.url(path);
    let mut command = Command::new("curl");
    command.args(["--disable", "--silent", "--show-error", "--fail", "--noproxy", "*"]);
    command.args(["--user", &format!("{}:{}", errand.target.user, errand.target.password)]);
    let files = format!("file-[0000000-{:07}].bin", errand.names.len().saturating_sub(1));
    match errand.kind {
        Kind::ListTree => return None,
        Kind::GetFile => command.arg("--output").arg(errand.local).arg(url(errand.remote)),
        Kind::PutFile => command.arg("--upload-file").arg(errand.local).arg(url(errand.remote)),
        Kind::RemoveTree => {
            // Files come before the directories that they are in.
            for name in errand.names.iter().chain([&String::new()]) {
                let path = format!("{}/{name}", errand.remote);
                let verb = if name.ends_with(".bin") { "DELE" } else { "RMD" };
                command.args(["--quote", &format!("{verb} {}", path.trim_end_matches('/'))]);
            }
            command.args(["--output", "/dev/null", &url("")])
        }
        _ if errand.names.is_empty() => {
            command.args(["--output", "/dev/null", &url(&format!("{}/", errand.empty))])
        }
        Kind::GetTree => {
            command.arg("--output").arg(errand.local.join("file-#1.bin"));
            command.arg(url(&format!("{}/{files}", errand.remote)))
        }
        Kind::PutTree => {
            command.arg("--ftp-create-dirs").arg("--upload-file").arg(errand.local.join(files));
            command.arg(url(&format!("{}/", errand.remote)))
        }
    };
    Some(command)
}

fn wget(errand: &Errand<'_>) -> Option<Command> {
    let mut command = Command::new("wget");
    command.args(["--no-config", "--quiet", "--tries=1", "--no-proxy"]);
    command.args(["--user", &errand.target.user, "--password", &errand.target.password]);
    match errand.kind {
        Kind::GetTree => {
            // A directory with nothing in it is an error to the recursion: its listing is as much to do.
            match errand.names.is_empty() {
                true => command.args(["--output-document", "/dev/null"]),
                false => command.args(["--recursive", "--no-parent", "--directory-prefix"]).arg(errand.local),
            };
            command.arg(errand.target.url(&format!("{}/", errand.remote)));
        }
        Kind::GetFile => {
            command.arg("--output-document").arg(errand.local).arg(errand.target.url(errand.remote));
        }
        _ => return None,
    }
    Some(command)
}

fn ncftp(errand: &Errand<'_>) -> Option<Command> {
    let program = match errand.kind {
        Kind::GetTree => "ncftpget",
        Kind::PutTree => "ncftpput",
        _ => return None,
    };
    let mut command = Command::new(program);
    command.args(["-V", "-R", "-u", &errand.target.user, "-p", &errand.target.password]);
    command.args(["-P", &errand.target.port()]);
    let remote = format!("/{}", errand.remote);
    match errand.kind {
        Kind::GetTree => command.arg(errand.target.host()).arg(errand.local).arg(remote),
        _ => command.args(["-m", &errand.target.host(), &remote]).arg(errand.local),
    };
    Some(command)
}

fn lftp(errand: &Errand<'_>, settings: &str, parallel: &str) -> Option<Command> {
    let (remote, local) = (errand.remote, errand.local.display());
    let script = match errand.kind {
        Kind::GetTree => format!("mirror {parallel} /{remote} '{local}'"),
        Kind::PutTree => format!("mirror -R {parallel} '{local}' /{remote}"),
        Kind::ListTree => format!("find /{remote}"),
        Kind::RemoveTree => format!("rm -r /{remote}"),
        // In one part, as the others do.
        _ if !parallel.is_empty() => return None,
        Kind::GetFile => format!("get /{remote} -o '{local}'"),
        Kind::PutFile => format!("put '{local}' -o /{remote}"),
    };
    let mut command = Command::new("lftp");
    command.arg("--norc").arg("-c").arg(format!(
        "set cmd:fail-exit yes; set ftp:ssl-allow no; {settings} open -u '{},{}' {}; {script}",
        errand.target.user,
        errand.target.password,
        errand.target.url(""),
    ));
    Some(command)
}

fn rclone(errand: &Errand<'_>) -> Command {
    let remote = format!("bench:{}", errand.remote);
    let mut command = Command::new("rclone");
    rclone_remote(&mut command, errand.target);
    match errand.kind {
        Kind::GetTree => command.args(["copy", &remote]).arg(errand.local),
        Kind::PutTree => command.arg("copy").arg(errand.local).arg(remote),
        Kind::ListTree => command.args(["lsf", "--recursive", &remote]),
        Kind::RemoveTree => command.args(["purge", &remote]),
        Kind::GetFile => command.args(["copyto", &remote]).arg(errand.local),
        Kind::PutFile => command.arg("copyto").arg(errand.local).arg(remote),
    };
    command
}

fn rclone_remote(command: &mut Command, target: &Target) {
    // The same for all servers, and it takes a process to find out.
    static OBSCURED: OnceLock<String> = OnceLock::new();
    let password = OBSCURED.get_or_init(|| {
        let output = Command::new("rclone").args(["obscure", &target.password]).output();
        String::from_utf8_lossy(&output.expect("rclone is installed").stdout).trim().to_owned()
    });
    command
        .env("RCLONE_CONFIG", "/dev/null")
        .env("RCLONE_CONFIG_BENCH_TYPE", "ftp")
        .env("RCLONE_CONFIG_BENCH_HOST", target.host())
        .env("RCLONE_CONFIG_BENCH_PORT", target.port())
        .env("RCLONE_CONFIG_BENCH_USER", &target.user)
        .env("RCLONE_CONFIG_BENCH_PASS", password)
        .args(["--retries=1", "--transfers=4"]);
}

fn aioftp(errand: &Errand<'_>) -> Option<Command> {
    let operation = match errand.kind {
        Kind::GetTree => "get",
        Kind::PutTree => "put",
        Kind::ListTree => "list",
        Kind::RemoveTree => "remove",
        Kind::GetFile | Kind::PutFile => return None,
    };
    let mut command = servers::python();
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/wan/aioftp_tree.py"));
    command.args([operation, &errand.target.host(), &errand.target.port()]);
    command.args([&errand.target.user, &errand.target.password]);
    command.arg(format!("/{}", errand.remote)).arg(PathBuf::from(errand.local));
    Some(command)
}
