//! What has changed in a folder, as the system tells it.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use notify::{
    Config, Event, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher,
    event::{ModifyKind, RenameMode},
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};
use wharf::client::sync::RelativePath;

/// More changes than this are not kept one by one: everything is looked at then.
const MAX_KEPT: usize = 10_000;

/// How many times the quiet period is waited for, at the most, while there are further changes.
const LONGEST: u32 = 10;

/// What has changed since the last time.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// What is new, gone or another, or has what is in it so.
    pub(super) places: BTreeSet<RelativePath>,
    /// What was renamed, in this order; both names are among the places too.
    pub(super) renames: Vec<(RelativePath, RelativePath)>,
    /// Not all is known: everything has to be looked at.
    pub(super) everything: bool,
}

/// Watches a folder until it is dropped.
pub(super) struct Changing {
    heard: Arc<Heard>,
    _watcher: Box<dyn Watcher + Send>,
}

struct Heard {
    root: PathBuf,
    changes: Mutex<Changes>,
    news: Notify,
}

impl Changing {
    /// Begins to watch `root`; with `poll`, by looking so often, where the system does not tell.
    ///
    /// # Errors
    /// Those of the system.
    pub(super) fn begin(root: &Path, poll: Option<Duration>) -> notify::Result<Self> {
        // The system tells of it by the name that it has itself.
        let root = root.canonicalize()?;
        let heard = Arc::new(Heard { root: root.clone(), changes: Mutex::default(), news: Notify::new() });
        let hears = Arc::clone(&heard);
        let hear = move |event| hears.hear(event);
        let config = Config::default().with_follow_symlinks(false);
        let mut watcher: Box<dyn Watcher + Send> = match poll {
            Some(often) => Box::new(PollWatcher::new(hear, config.with_poll_interval(often))?),
            None => Box::new(RecommendedWatcher::new(hear, config)?),
        };
        watcher.watch(&root, RecursiveMode::Recursive)?;
        Ok(Self { heard, _watcher: watcher })
    }

    /// Waits for changes, and then until there were none for a while.
    ///
    /// Cancel safe.
    pub(super) async fn next(&self, quiet: Duration) -> Changes {
        while self.heard.changes().is_empty() {
            self.heard.news.notified().await;
        }
        let latest = Instant::now() + quiet * LONGEST;
        loop {
            let until = (Instant::now() + quiet).min(latest);
            tokio::select! {
                () = self.heard.news.notified() => {}
                () = sleep_until(until) => return std::mem::take(&mut *self.heard.changes()),
            }
        }
    }
}

impl Heard {
    fn changes(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, event: notify::Result<Event>) {
        let mut changes = self.changes();
        match event {
            Ok(event) => changes.add(&self.root, &event),
            Err(error) => {
                tracing::warn!("the folder is looked at as a whole: {error}");
                changes.everything = true;
            }
        }
        if !changes.is_empty() {
            self.news.notify_one();
        }
    }
}

impl Changes {
    fn is_empty(&self) -> bool {
        self.places.is_empty() && !self.everything
    }

    fn add(&mut self, root: &Path, event: &Event) {
        if event.need_rescan() {
            self.everything = true;
        }
        if matches!(event.kind, EventKind::Access(_)) {
            return;
        }
        let mut names = Vec::new();
        for path in &event.paths {
            match relative(root, path) {
                Some(path) if path.is_root() => self.everything = true,
                Some(path) => names.push(path),
                None => {}
            }
        }
        if let (EventKind::Modify(ModifyKind::Name(RenameMode::Both)), [from, to]) =
            (event.kind, names.as_slice())
        {
            self.renames.push((from.clone(), to.clone()));
        }
        self.places.extend(names);
        if self.places.len() > MAX_KEPT {
            self.everything = true;
        }
        if self.everything {
            self.places.clear();
            self.renames.clear();
        }
    }
}

/// Where `path` is in the tree; `None` for what is not in it, or has a name that cannot be used.
fn relative(root: &Path, path: &Path) -> Option<RelativePath> {
    path.strip_prefix(root)
        .ok()?
        .components()
        .try_fold(RelativePath::root(), |above, name| above.join(name.as_os_str().as_encoded_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{AccessKind, CreateKind, Flag};

    fn place(text: &str) -> RelativePath {
        RelativePath::parse(text.as_bytes()).unwrap()
    }

    fn heard(events: impl IntoIterator<Item = Event>) -> Changes {
        let mut changes = Changes::default();
        events.into_iter().for_each(|event| changes.add(Path::new("/root"), &event));
        changes
    }

    fn event(kind: EventKind, paths: &[&str]) -> Event {
        paths.iter().fold(Event::new(kind), |event, path| event.add_path(path.into()))
    }

    #[test]
    fn names_are_those_in_the_tree() {
        let created = EventKind::Create(CreateKind::Any);
        let changes = heard([event(created, &["/root/a/b", "/elsewhere/c"]), event(created, &["/root/d"])]);
        assert_eq!(changes.places, BTreeSet::from([place("a/b"), place("d")]));
        assert!(!changes.everything && changes.renames.is_empty());
        assert!(heard([event(EventKind::Access(AccessKind::Any), &["/root/a"])]).is_empty());
    }

    #[test]
    fn a_rename_within_the_tree_is_known_as_one() {
        let both = EventKind::Modify(ModifyKind::Name(RenameMode::Both));
        let changes = heard([event(both, &["/root/a", "/root/b"])]);
        assert_eq!(changes.renames, [(place("a"), place("b"))]);
        assert_eq!(changes.places.len(), 2);
        let out_of_it = heard([event(both, &["/root/a", "/elsewhere/b"])]);
        assert!(out_of_it.renames.is_empty() && out_of_it.places.contains(&place("a")));
    }

    #[test]
    fn what_is_not_known_for_sure_means_everything() {
        let created = EventKind::Create(CreateKind::Any);
        let lost = event(EventKind::Other, &[]).set_flag(Flag::Rescan);
        assert!(heard([event(created, &["/root/a"]), lost]).everything);
        assert!(heard([event(created, &["/root"])]).everything);
        let many = (0..=MAX_KEPT).map(|number| event(created, &[&format!("/root/{number}")]));
        let changes = heard(many);
        assert!(changes.everything && changes.places.is_empty());
    }
}
