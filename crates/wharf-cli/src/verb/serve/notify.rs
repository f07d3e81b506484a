//! What happens is written down before a client is answered, and told until it was taken.

mod queue;
mod target;

use std::{io, sync::Arc, time::SystemTime};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;
use tokio::task::{JoinSet, spawn_blocking};
use tracing::{error, warn};
use wharf::{
    Event,
    server::{Actor, Deed, Hook, HookError},
    storage::Pathname,
};

use self::{queue::Queue, target::Target};
use crate::{
    config::{
        Loaded,
        notify::{Kind, Section},
    },
    exit::{Exit, Failure},
};

/// All who are told.
#[derive(Clone, Debug)]
pub(super) struct Notifier(Arc<Vec<Told>>);

#[derive(Debug)]
struct Told {
    section: Section,
    target: Option<Target>,
    queue: Arc<Queue>,
}

/// An event, as it is told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Happened {
    version: u32,
    event: Kind,
    /// When, in UTC.
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<u64>,
    peer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    octets: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    banned: Option<String>,
}

impl Notifier {
    /// Those of the configuration; `None` where there are none.
    ///
    /// # Errors
    /// A secret cannot be read or is no good.
    pub(super) fn of(loaded: &Loaded) -> Result<Option<Self>, Failure> {
        let mut all = Vec::new();
        for (place, section) in loaded.config.notify.iter().enumerate() {
            let signer = section
                .signer(loaded)
                .map_err(|error| Failure::new(Exit::Usage, format!("notify.{place}.secret: {error}")))?;
            let target = Target::of(section, signer);
            let queue = Arc::new(Queue::new(loaded.path(&section.queue), section.waiting));
            all.push(Told { section: section.clone(), target, queue });
        }
        Ok((!all.is_empty()).then(|| Self(Arc::new(all))))
    }

    /// Finds what earlier servers have left. To be called as the user that the server is, before there are sessions.
    ///
    /// # Errors
    /// A queue cannot be read or written.
    pub(super) fn open(&self) -> io::Result<()> {
        self.0.iter().try_for_each(|told| {
            let queue = crate::output::shown(&told.section.queue);
            told.queue
                .open()
                .map_err(|error| io::Error::new(error.kind(), format!("notify: {queue}: {error}")))
        })
    }

    /// Begins to tell, until the set is dropped.
    pub(super) fn begin(&self) -> JoinSet<()> {
        let mut telling = JoinSet::new();
        for (place, told) in self.0.iter().enumerate() {
            if let Some(target) = &told.target {
                telling.spawn(target.clone().tell_all(place, Arc::clone(&told.queue)));
            }
        }
        telling
    }

    /// Writes down what no hook is told.
    pub(super) fn event(&self, event: &Event) {
        let Event::Banned { peer, whom, .. } = event else { return };
        let happened =
            Happened { banned: Some(whom.to_string()), ..Happened::new(Kind::Banned, peer.to_string()) };
        let notifier = self.clone();
        tokio::spawn(async move {
            if let Err(error) = notifier.remember(happened).await {
                error!(error = error.to_string(), "a ban is not told of");
            }
        });
    }

    /// Writes an event down. Only one of a change is an error where it cannot be: whoever was let in to change something waits
    /// for better times, and nobody else can keep him from it.
    async fn remember(&self, happened: Happened) -> Result<(), HookError> {
        let wanted = |told: &&Told| told.section.wants(happened.event);
        let queues: Vec<_> = self.0.iter().filter(wanted).map(|told| Arc::clone(&told.queue)).collect();
        if queues.is_empty() {
            return Ok(());
        }
        let content = serde_json::to_value(&happened)?;
        let is_change = happened.event.is_change();
        let write = move || queues.iter().try_for_each(|queue| queue.push(content.clone(), is_change));
        match spawn_blocking(write).await? {
            Err(error) if !is_change => {
                warn!(error = error.to_string(), event = ?happened.event, "it is not told of")
            }
            written => written?,
        }
        Ok(())
    }
}

#[async_trait]
impl Hook for Notifier {
    async fn after(&self, actor: &Actor, deed: &Deed) -> Result<(), HookError> {
        match Happened::of(actor, deed) {
            Some(happened) => self.remember(happened).await,
            None => Ok(()),
        }
    }
}

impl Happened {
    fn new(event: Kind, peer: String) -> Self {
        let now = Timestamp::try_from(SystemTime::now()).unwrap_or_default().to_string();
        Self {
            version: 1,
            event,
            time: now,
            session: None,
            peer,
            user: None,
            path: None,
            to: None,
            octets: None,
            banned: None,
        }
    }

    fn of(actor: &Actor, deed: &Deed) -> Option<Self> {
        let (kind, path, to, octets) = match deed {
            Deed::Login => (Kind::Login, None, None, None),
            Deed::LoginFailed => (Kind::LoginFailed, None, None, None),
            Deed::Uploaded { pathname, octets } => (Kind::Uploaded, Some(pathname), None, Some(*octets)),
            Deed::UploadCut { pathname, octets } => (Kind::UploadCut, Some(pathname), None, Some(*octets)),
            Deed::Downloaded { pathname, octets } => (Kind::Downloaded, Some(pathname), None, Some(*octets)),
            Deed::Remove { pathname } => (Kind::Removed, Some(pathname), None, None),
            Deed::RemoveDirectory { pathname } => (Kind::DirectoryRemoved, Some(pathname), None, None),
            Deed::MakeDirectory { pathname } => (Kind::DirectoryMade, Some(pathname), None, None),
            Deed::Rename { from, to } => (Kind::Renamed, Some(from), Some(to), None),
            _ => return None,
        };
        let shown = |path: &Pathname| String::from_utf8_lossy(path.as_bytes()).into_owned();
        Some(Self {
            session: Some(actor.session),
            user: Some(actor.user.to_string()),
            path: path.map(shown),
            to: to.map(shown),
            octets,
            ..Self::new(kind, actor.peer.to_string())
        })
    }
}
