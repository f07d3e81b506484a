//! A disk that is slow and reads nothing ahead: a file as a loop device, and a control group that may read so much.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{self, Command},
};

use rustix::{
    fs::{Advice, fadvise},
    io::Errno,
};
use tempfile::TempDir;

/// What it holds at most.
const LEN: u64 = 512 << 20;
/// What processes in the group may read in a second, in octets.
pub(crate) const SPEED: u64 = 40_000_000;

/// It is taken apart when it is dropped; whoever uses it ends before.
pub(crate) struct SlowDisk {
    device: String,
    mounted: PathBuf,
    group: PathBuf,
    _directory: TempDir,
}

impl SlowDisk {
    /// Needs root, and a kernel whose control groups limit block devices.
    pub(crate) fn new() -> io::Result<Self> {
        let directory = tempfile::Builder::new().prefix("wharf-bench-slow-").tempdir_in("/var/tmp")?;
        let image = directory.path().join("image");
        fs::File::create(&image)?.set_len(LEN)?;
        let mounted = directory.path().join("mounted");
        fs::create_dir(&mounted)?;
        let output = Command::new("losetup").args(["--find", "--show"]).arg(&image).output()?;
        let device = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if !output.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        // From here on, dropping takes it apart.
        let disk = Self { device, mounted, group: PathBuf::new(), _directory: directory };
        run(Command::new("mkfs.ext4").args(["-q", "-F", &disk.device]))?;
        run(Command::new("mount").arg(&disk.device).arg(&disk.mounted))?;
        // What the page cache knows of the image would be a fast disk.
        run(Command::new("losetup").args(["--direct-io=on", &disk.device]))?;
        let name = disk.device.trim_start_matches("/dev/").to_owned();
        fs::write(format!("/sys/block/{name}/queue/read_ahead_kb"), "0")?;
        let number = fs::read_to_string(format!("/sys/block/{name}/dev"))?;
        disk.limited(number.trim())
    }

    fn limited(mut self, device: &str) -> io::Result<Self> {
        let name = format!("wharf-bench-{}", process::id());
        // Version 1 of control groups has a tree for each kind of limit, version 2 one for all.
        let old = Path::new("/sys/fs/cgroup/blkio");
        let new = Path::new("/sys/fs/cgroup");
        let (group, file, text) = if old.is_dir() {
            (old.join(name), "blkio.throttle.read_bps_device", format!("{device} {SPEED}"))
        } else {
            fs::write(new.join("cgroup.subtree_control"), "+io")?;
            (new.join(name), "io.max", format!("{device} rbps={SPEED}"))
        };
        fs::create_dir(&group)?;
        self.group = group;
        fs::write(self.group.join(file), text)?;
        Ok(self)
    }

    /// The directory where it can be used.
    pub(crate) fn path(&self) -> &Path {
        &self.mounted
    }

    /// Slows these processes down, and what they start from now on.
    pub(crate) fn slow_down(&self, processes: impl IntoIterator<Item = u64>) -> io::Result<()> {
        let file = self.group.join("cgroup.procs");
        for process in processes {
            match fs::write(&file, process.to_string()) {
                // It has ended.
                Err(error) if error.raw_os_error() == Some(Errno::SRCH.raw_os_error()) => {}
                outcome => outcome?,
            }
        }
        Ok(())
    }
}

impl Drop for SlowDisk {
    fn drop(&mut self) {
        // What was not made cannot be taken apart; there is nobody to tell.
        let _ = Command::new("umount").arg(&self.mounted).output();
        let _ = Command::new("losetup").args(["--detach", &self.device]).output();
        let _ = fs::remove_dir(&self.group);
    }
}

/// Makes the page cache forget a file.
pub(crate) fn forget(path: &Path) -> io::Result<()> {
    let file = fs::File::open(path)?;
    file.sync_all()?;
    Ok(fadvise(&file, 0, None, Advice::DontNeed)?)
}

fn run(command: &mut Command) -> io::Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr))))
}
