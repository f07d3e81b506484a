use std::{
    fs::{self, File},
    io,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use tempfile::TempDir;
use wharf_interop::Target;

use super::client::Client;
use crate::usage::Usage;

/// How long a program may take.
const LIMIT: &str = "600";

/// What a client is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    GetTree,
    PutTree,
    ListTree,
    RemoveTree,
    GetFile,
    PutFile,
}

/// One run of a client program.
#[derive(Debug)]
pub(super) struct Errand<'a> {
    pub(super) kind: Kind,
    pub(super) target: &'a Target,
    /// The pathname on the server, without the slash before it.
    pub(super) remote: &'a str,
    /// A directory on the server that has nothing in it, for those who can only be asked to list one.
    pub(super) empty: &'a str,
    /// The file or directory here.
    pub(super) local: &'a Path,
    /// What the tree holds: first the files, then the directories, the deepest first.
    pub(super) names: &'a [String],
}

/// What a run took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    pub(super) wall: Duration,
    /// Processor time of the client.
    pub(super) cpu: Duration,
    /// How many lines it printed.
    pub(super) lines: usize,
}

impl Errand<'_> {
    /// Runs it to its end; `None` if the client cannot do such a thing.
    pub(super) fn run(&self, client: Client) -> io::Result<Option<Cost>> {
        client.command(self).map(|command| run(&command)).transpose()
    }
}

/// Runs a program that reads no settings of the user's.
fn run(command: &Command) -> io::Result<Cost> {
    let home = TempDir::new()?;
    let (printed, said) = (home.path().join("printed"), home.path().join("said"));
    let mut limited = Command::new("timeout");
    limited.arg(LIMIT).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            limited.env(name, value);
        }
    }
    limited.env("HOME", home.path()).env("XDG_CONFIG_HOME", home.path()).env("LFTP_HOME", home.path());
    limited.stdin(Stdio::null()).stdout(File::create(&printed)?).stderr(File::create(&said)?);
    let started = Instant::now();
    let mut child = limited.spawn()?;
    let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let id = id.ok_or_else(|| io::Error::other("a child has an id"))?;
    // What it used can be read as long as nobody has waited for it.
    waitid(WaitId::Pid(id), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
    let wall = started.elapsed();
    let cpu = Usage::cpu_of(child.id());
    let status = child.wait()?;
    if !status.success() {
        let said = fs::read(&said)?;
        let last = String::from_utf8_lossy(&said).trim().lines().last().unwrap_or_default().to_owned();
        return Err(io::Error::other(format!("{status}: {last}")));
    }
    let lines = fs::read(&printed)?.iter().filter(|&&octet| octet == b'\n').count();
    Ok(Cost { wall, cpu, lines })
}
