//! What the server's process gives up: rights that it does not need any more. Whatever cannot be given up ends the program.

pub(crate) use self::platform::{become_user, restrict};

#[cfg(target_os = "linux")]
mod platform {
    use std::{ffi::CString, io, path::Path};

    use landlock::{
        ABI, Access, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr,
        RulesetError, path_beneath_rules,
    };
    use nix::unistd::{Uid, User, getgroups, initgroups, setgid, setuid};

    use crate::{config::Loaded, exit::Failure};

    /// What any program reads: names of hosts and users, zones, libraries.
    const READABLE: [&str; 7] = ["/etc", "/usr", "/lib", "/lib64", "/dev", "/proc", "/sys/fs/cgroup"];

    /// Before there are threads, for what is restricted is the thread that asks, and those that it starts.
    ///
    /// # Errors
    /// The kernel cannot do what was asked for; a folder is missing.
    pub(crate) fn restrict(loaded: &Loaded) -> Result<(), Failure> {
        rustix::thread::set_no_new_privs(true)
            .map_err(|error| Failure::local("cannot give up gaining rights", &error))?;
        let process = &loaded.config.process;
        let Some(only) = &process.only else { return Ok(()) };
        let mut writable: Vec<_> = only.iter().map(|path| loaded.path(path)).collect();
        for path in only.iter().chain(&process.readable).map(|path| loaded.path(path)) {
            let known = path.metadata();
            known.map_err(|error| {
                Failure::local(&format!("process: {}", crate::output::shown(&path)), &error)
            })?;
        }
        let beside = [
            loaded.config.bans.file(),
            loaded.config.control.socket.as_deref(),
            loaded.config.log.transfers(),
        ];
        let folder = |path: &Path| loaded.path(path).parent().map(Path::to_owned);
        writable.extend(beside.into_iter().flatten().filter_map(folder));
        for notify in &loaded.config.notify {
            let queue = loaded.path(&notify.queue);
            writable.extend(match queue.exists() {
                true => Some(queue),
                false => queue.parent().map(Path::to_owned),
            });
        }
        let mut readable: Vec<_> = process.readable.iter().map(|path| loaded.path(path)).collect();
        readable.extend(READABLE.map(Into::into));
        readable.push(loaded.folder.clone());
        let confined = || -> Result<(), RulesetError> {
            // The first version has what is meant by it; what later kernels can do besides, they do.
            let (needed, all) = (ABI::V1, ABI::V5);
            Ruleset::default()
                .set_compatibility(CompatLevel::HardRequirement)
                .handle_access(AccessFs::from_all(needed))?
                .set_compatibility(CompatLevel::BestEffort)
                .handle_access(AccessFs::from_all(all))?
                .create()?
                .add_rules(path_beneath_rules(readable, AccessFs::from_read(all)))?
                .add_rules(path_beneath_rules(["/dev/null"], AccessFs::from_all(all)))?
                .add_rules(path_beneath_rules(writable, AccessFs::from_all(all)))?
                .restrict_self()
                .map(drop)
        };
        confined().map_err(|error| Failure::local("process.only: the kernel cannot see to it", &error))
    }

    /// Becomes a user for good, in all threads.
    ///
    /// # Errors
    /// There is no such user, or it is root; the process is not root's; a right was not lost.
    pub(crate) fn become_user(name: &str) -> io::Result<()> {
        let wrong = |text: &str| io::Error::other(format!("process.user: {text}"));
        let user = User::from_name(name)?.ok_or_else(|| wrong("there is no such user"))?;
        if user.uid.is_root() {
            return Err(wrong("root is no user to become"));
        }
        let name = CString::new(name)?;
        initgroups(&name, user.gid)?;
        setgid(user.gid)?;
        setuid(user.uid)?;
        let back = setuid(Uid::from_raw(0)).is_ok();
        let groups = getgroups()?;
        if back || groups.iter().any(|group| group.as_raw() == 0 && user.gid.as_raw() != 0) {
            return Err(wrong("root's rights were not lost"));
        }
        Ok(())
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    use std::io;

    use crate::{config::Loaded, exit::Failure};

    /// # Errors
    /// Something is asked for that is Linux's.
    pub(crate) fn restrict(loaded: &Loaded) -> Result<(), Failure> {
        match loaded.config.process.only {
            None => Ok(()),
            Some(_) => Err(Failure::usage("process.only: this system cannot see to it")),
        }
    }

    /// # Errors
    /// Always.
    pub(crate) fn become_user(_: &str) -> io::Result<()> {
        Err(io::Error::other("process.user: not on this system"))
    }
}
