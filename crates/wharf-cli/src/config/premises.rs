//! What a configuration takes for granted of this machine: users and folders, without which a server would start and end.

use std::{
    io,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use super::{Loaded, problem::Wrong, tls};
use crate::{confine, output::shown};

pub(super) fn check(loaded: &Loaded) -> Result<(), Wrong> {
    let config = &loaded.config;
    if let Some(user) = &config.process.user {
        confine::known_user(user).map_err(|error| Wrong::at("process.user", error))?;
    }
    for folder in config.process.only.iter().flatten() {
        is_there("process.only", &loaded.path(folder))?;
    }
    // Files may be read too.
    let mut readable = config.process.readable.iter().map(|path| loaded.path(path));
    if let Some(path) = readable.find(|path| is_missing(path)) {
        return Err(Wrong::at("process.readable", format_args!("{} is not there", shown(&path))));
    }
    read_later(loaded).into_iter().try_for_each(|(key, file)| {
        let file = loaded.path(&file);
        let text =
            || format!("{} is not within what process.only and process.readable let it read", shown(&file));
        if confine::may_read(loaded, &file) { Ok(()) } else { Err(Wrong::at(&key, text())) }
    })
}

/// The files that are read once the server has given up what it does not need.
fn read_later(loaded: &Loaded) -> Vec<(String, PathBuf)> {
    let config = &loaded.config;
    let mut all = Vec::new();
    if let Some(tls) = &config.tls {
        all.extend(tls.read_later().map(|(key, file)| (format!("tls.{key}"), file.to_owned())));
    }
    for (place, host) in config.host.iter().enumerate() {
        let files = host.certificate.iter().flat_map(tls::Certificate::both);
        all.extend(files.map(|(key, file)| (format!("host.{place}.certificate.{key}"), file.to_owned())));
    }
    for users in loaded.all_users() {
        let within = users.within.iter().map(|key| format!("{key}.")).collect::<String>();
        all.extend(
            users.read_later().map(|(key, file)| (format!("{within}accounts.{key}"), file.to_owned())),
        );
    }
    for (place, notify) in config.notify.iter().enumerate() {
        all.extend(
            notify.secret_file.iter().map(|file| (format!("notify.{place}.secret-file"), file.clone())),
        );
    }
    all.extend(
        config.telemetry.headers_file.iter().map(|file| ("telemetry.headers-file".to_owned(), file.clone())),
    );
    all
}

/// What a server would not find that starts now: the folders of what it makes itself. A service manager may make them then.
pub(super) fn unmade(loaded: &Loaded) -> Vec<Wrong> {
    let config = &loaded.config;
    let made = [
        ("bans.file", config.bans.file()),
        ("control.socket", config.control.socket.as_deref()),
        ("log.transfers", config.log.transfers()),
    ];
    let folders =
        made.into_iter().filter_map(|(key, file)| Some((key.to_owned(), folder_of(loaded, file?)?)));
    folders.chain(queues(loaded)).filter_map(|(key, folder)| is_there(&key, &folder).err()).collect()
}

/// The folders that are there of those in which events wait: the queue itself, or what it is made in.
fn queues(loaded: &Loaded) -> impl Iterator<Item = (String, PathBuf)> {
    let config = &loaded.config;
    config.notify.iter().enumerate().filter_map(|(place, notify)| {
        let queue = loaded.path(&notify.queue);
        let there = match config.process.only.is_some() && !queue.exists() {
            // Nothing else may be changed than the folder that it is in.
            true => folder_of(loaded, &notify.queue)?,
            // It is made with the folders that it is in.
            false => queue.ancestors().find(|folder| folder.exists())?.to_owned(),
        };
        Some((format!("notify.{place}.queue"), there))
    })
}

/// Where nothing can be made of what a server makes: it is tried, by the user who asks, and taken away again.
pub(super) fn unwritable(loaded: &Loaded) -> Vec<Wrong> {
    let there = queues(loaded).filter(|(_, folder)| folder.is_dir());
    let fails = there.filter_map(|(key, folder)| {
        let error = tempfile::tempdir_in(&folder).and_then(tempfile::TempDir::close).err()?;
        // What the library says of it names the file that was tried.
        let error = io::Error::from(error.kind());
        Some(Wrong::at(&key, format_args!("nothing can be made in {}: {error}", shown(&folder))))
    });
    fails.collect()
}

/// The folder that a file is in.
fn folder_of(loaded: &Loaded, file: &Path) -> Option<PathBuf> {
    let folder = loaded.path(file).parent()?.to_owned();
    Some(if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder })
}

/// What `find` finds, unless that takes longer: then its thread is left alone.
pub(super) fn within<T: Send + 'static>(
    time: Duration,
    find: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (found, finds) = mpsc::channel();
    // Nobody may be waiting any more.
    let search = move || drop(found.send(find()));
    thread::Builder::new().name("premises".to_owned()).spawn(search).ok()?;
    finds.recv_timeout(time).ok()
}

/// Whether a folder is there. One of which that cannot be said is taken to be: whoever asks may see less than the server.
pub(super) fn is_missing(folder: &Path) -> bool {
    matches!(folder.metadata(), Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory))
}

fn is_there(key: &str, folder: &Path) -> Result<(), Wrong> {
    match folder.metadata() {
        Ok(found) if !found.is_dir() => Err(Wrong::at(key, format_args!("{} is no folder", shown(folder)))),
        _ if is_missing(folder) => {
            Err(Wrong::at(key, format_args!("the folder {} is not there", shown(folder))))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_answer_is_not_waited_for() {
        let (answer, never) = mpsc::channel::<()>();
        assert_eq!(within(Duration::from_millis(10), move || never.recv().is_ok()), None);
        drop(answer);
        assert_eq!(within(Duration::from_secs(600), || 7), Some(7));
    }
}
