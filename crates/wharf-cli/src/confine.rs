//! What the server's process gives up: rights that it does not need any more. Whatever cannot be given up ends the program.

pub(crate) use self::platform::{become_user, known_user, may_read, restrict};

#[cfg(target_os = "linux")]
mod platform {
    use std::{
        ffi::CString,
        io,
        os::unix::fs::MetadataExt,
        path::{Path, PathBuf},
    };

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
        for path in only.iter().chain(&process.readable).map(|path| loaded.path(path)) {
            let known = path.metadata();
            known.map_err(|error| {
                Failure::local(&format!("process: {}", crate::output::shown(&path)), &error)
            })?;
        }
        let (readable, writable) = (readable(loaded), writable(loaded));
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

    /// What may be changed.
    fn writable(loaded: &Loaded) -> Vec<PathBuf> {
        let config = &loaded.config;
        let mut writable: Vec<_> =
            config.process.only.iter().flatten().map(|path| loaded.path(path)).collect();
        let beside = [config.bans.file(), config.control.socket.as_deref(), config.log.transfers()];
        let folder = |path: &Path| loaded.path(path).parent().map(Path::to_owned);
        writable.extend(beside.into_iter().flatten().filter_map(folder));
        for notify in &config.notify {
            let queue = loaded.path(&notify.queue);
            writable.extend(match queue.exists() {
                true => Some(queue),
                false => queue.parent().map(Path::to_owned),
            });
        }
        writable
    }

    /// What may be read besides.
    fn readable(loaded: &Loaded) -> Vec<PathBuf> {
        let named = loaded.config.process.readable.iter().map(|path| loaded.path(path));
        named.chain(READABLE.map(Into::into)).chain([loaded.folder.clone()]).collect()
    }

    /// Whether this may be read after [`restrict`]. It is asked as the kernel does: which folders is the file in at last?
    pub(crate) fn may_read(loaded: &Loaded, file: &Path) -> bool {
        let identity = |path: &Path| path.metadata().ok().map(|known| (known.dev(), known.ino()));
        // One that cannot be found is not what this is about.
        let (Some(_), Ok(file)) = (&loaded.config.process.only, file.canonicalize()) else { return true };
        let allowed: Vec<_> =
            readable(loaded).iter().chain(&writable(loaded)).map(|path| identity(path)).collect();
        file.ancestors().map(identity).any(|place| place.is_some() && allowed.contains(&place))
    }

    /// Whether there is such a user to become.
    ///
    /// # Errors
    /// There is none, or it is root.
    pub(crate) fn known_user(name: &str) -> io::Result<()> {
        find(name).map(drop)
    }

    fn find(name: &str) -> io::Result<User> {
        let user = User::from_name(name)?.ok_or_else(|| io::Error::other("there is no such user"))?;
        match user.uid.is_root() {
            true => Err(io::Error::other("root is no user to become")),
            false => Ok(user),
        }
    }

    /// Becomes a user for good, in all threads.
    ///
    /// # Errors
    /// Those of [`known_user`]; the process is not root's; a right was not lost.
    pub(crate) fn become_user(name: &str) -> io::Result<()> {
        let wrong = |text: &dyn std::fmt::Display| io::Error::other(format!("process.user: {text}"));
        let user = find(name).map_err(|error| wrong(&error))?;
        let name = CString::new(name)?;
        initgroups(&name, user.gid)?;
        setgid(user.gid)?;
        setuid(user.uid)?;
        let back = setuid(Uid::from_raw(0)).is_ok();
        let groups = getgroups()?;
        if back || groups.iter().any(|group| group.as_raw() == 0 && user.gid.as_raw() != 0) {
            return Err(wrong(&"root's rights were not lost"));
        }
        Ok(())
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    use std::{io, path::Path};

    use crate::{config::Loaded, exit::Failure};

    /// # Errors
    /// Something is asked for that is Linux's.
    pub(crate) fn restrict(loaded: &Loaded) -> Result<(), Failure> {
        match loaded.config.process.only {
            None => Ok(()),
            Some(_) => Err(Failure::usage("process.only: this system cannot see to it")),
        }
    }

    /// Nothing is restricted.
    pub(crate) fn may_read(_: &Loaded, _: &Path) -> bool {
        true
    }

    /// # Errors
    /// Always.
    pub(crate) fn known_user(_: &str) -> io::Result<()> {
        Err(io::Error::other("not on this system"))
    }

    /// # Errors
    /// Always.
    pub(crate) fn become_user(_: &str) -> io::Result<()> {
        Err(io::Error::other("process.user: not on this system"))
    }
}
