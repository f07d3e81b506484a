//! Jobs of one command each, which needs no data connection: many are on their way at a time.

use wharf_core::{
    client::CommandId,
    command::{
        ArgumentError, Command,
        attribute::Mfmt,
        directory::{Mkd, Rmd},
        listing::Mlst,
        rename::Dele,
    },
};

use super::{Done, Job, Jobs, Lane, Task};
use crate::{Error, connection::batch::Sent};

/// A job whose command is sent and not answered.
pub(super) struct Due<N> {
    pub(super) job: Job<N>,
    asked: Asked,
}

/// The command.
enum Asked {
    RemoveFile(Sent<Dele>),
    RemoveDirectory(Sent<Rmd>),
    MakeDirectory(Sent<Mkd>),
    /// Whether a directory is there already that could not be made, and why it could not.
    IsDirectory(Sent<Mlst>, Error),
    Stat(Sent<Mlst>),
    SetModified(Sent<Mfmt>),
    /// The time of a file of so many octets that was stored.
    SetStored(Sent<Mfmt>, u64),
}

impl Asked {
    fn id(&self) -> CommandId {
        match self {
            Self::RemoveFile(sent) => sent.id,
            Self::RemoveDirectory(sent) => sent.id,
            Self::MakeDirectory(sent) => sent.id,
            Self::IsDirectory(sent, _) | Self::Stat(sent) => sent.id,
            Self::SetModified(sent) | Self::SetStored(sent, _) => sent.id,
        }
    }
}

impl<J: Jobs> Lane<'_, J> {
    /// Sends the command of a job, when there is room for it.
    pub(super) async fn ask(&mut self, job: Job<J::Note>) -> Result<(), Error> {
        if let Err(error) = self.make_room(&job).await {
            self.jobs.give_back(job);
            return Err(error);
        }
        let asked = match &job.task {
            Task::RemoveFile(pathname) => self.queue(Dele::new(pathname)).await.map(Asked::RemoveFile),
            Task::RemoveDirectory(pathname) => {
                self.queue(Rmd::new(pathname)).await.map(Asked::RemoveDirectory)
            }
            Task::MakeDirectory(pathname) => self.queue(Mkd::new(pathname)).await.map(Asked::MakeDirectory),
            Task::Stat(_) if self.connection.learned.no_mlst => {
                self.unsure.push_back((job, None));
                return Ok(());
            }
            Task::Stat(pathname) => self.queue(Mlst::new(pathname)).await.map(Asked::Stat),
            Task::SetModified(pathname, modified) => {
                self.queue(Mfmt::new(*modified, pathname)).await.map(Asked::SetModified)
            }
            Task::Fetch { .. } | Task::Store { .. } | Task::List(_) | Task::ListWith(..) => return Ok(()),
        };
        match asked {
            Ok(asked) => self.due.push_back(Due { job, asked }),
            Err(error) => self.end(job, Err(error)).await?,
        }
        Ok(())
    }

    async fn queue<C: Command>(&mut self, command: Result<C, ArgumentError>) -> Result<Sent<C>, Error> {
        let command = command.map_err(|error| Error::from(error).verb_is(C::SPEC.verb))?;
        self.connection.queue(command).await
    }

    /// Has the server set the time of a file that it has stored. The job ends with the answer.
    pub(super) async fn set_stored(
        &mut self,
        job: Job<J::Note>,
        octets: u64,
        command: Result<Mfmt, ArgumentError>,
    ) -> Result<(), Error> {
        match self.queue(command).await {
            Ok(sent) => {
                self.due.push_back(Due { job, asked: Asked::SetStored(sent, octets) });
                Ok(())
            }
            Err(error) if !self.connection.is_open() => self.end(job, Err(error)).await,
            Err(_) => self.end(job, Ok(Done::File { octets, time_set: false })).await,
        }
    }

    /// Waits for all answers that are due.
    pub(super) async fn settle_all(&mut self) -> Result<(), Error> {
        while !self.due.is_empty() {
            self.settle_one().await?;
        }
        Ok(())
    }

    /// Ends the jobs whose answers are here already.
    pub(super) async fn settle_answered(&mut self) -> Result<(), Error> {
        while self.due.front().is_some_and(|due| self.connection.control.is_answered(due.asked.id())) {
            self.settle_one().await?;
        }
        Ok(())
    }

    /// Waits for the first answer that is due.
    pub(super) async fn settle_one(&mut self) -> Result<(), Error> {
        let Some(Due { job, asked }) = self.due.pop_front() else { return Ok(()) };
        let connection = &mut *self.connection;
        let outcome = match asked {
            Asked::RemoveFile(sent) => connection.answer(sent).await.map(|()| Done::Nothing),
            Asked::RemoveDirectory(sent) => connection.answer(sent).await.map(|()| Done::Nothing),
            Asked::SetModified(sent) => connection.answer(sent).await.map(|()| Done::Nothing),
            Asked::SetStored(sent, octets) => match connection.answer(sent).await {
                Err(error) if error.reply().is_none() || !connection.is_open() => Err(error),
                set => {
                    connection.learned.no_mfmt |= set.as_ref().is_err_and(Error::is_not_offered);
                    Ok(Done::File { octets, time_set: set.is_ok() })
                }
            },
            Asked::Stat(sent) => match connection.answer(sent).await {
                Err(error) if error.is_not_offered() => {
                    connection.learned.no_mlst = true;
                    self.unsure.push_back((job, None));
                    return Ok(());
                }
                answered => answered.map(|entry| Done::Entry(Box::new(entry))),
            },
            Asked::MakeDirectory(sent) => match connection.answer(sent).await {
                Err(error) if error.is_permanent_refusal() => {
                    self.unsure.push_back((job, Some(error)));
                    return Ok(());
                }
                answered => answered.map(|_| Done::Made),
            },
            Asked::IsDirectory(sent, refusal) => match connection.answer(sent).await {
                Ok(entry) if entry.is_dir() => Ok(Done::Nothing),
                Err(error) if error.is_not_offered() => {
                    connection.learned.no_mlst = true;
                    self.unsure.push_back((job, Some(refusal)));
                    return Ok(());
                }
                Err(error) if error.reply().is_none() || !connection.is_open() => Err(error),
                _ => Err(refusal),
            },
        };
        let outcome = match outcome {
            Err(error) if error.reply().is_none() && self.connection.is_open() => {
                // Each of the others could take as long, or be answered and not known.
                if !self.due.is_empty() {
                    self.connection.control.close();
                }
                Err(self.recover(error).await)
            }
            outcome => outcome,
        };
        self.end(job, outcome).await
    }

    /// Finds out what an entry is, or whether a directory is there that could not be made: servers have one code for
    /// that and for what is forbidden.
    pub(super) async fn look_at(&mut self, job: Job<J::Note>, refusal: Option<Error>) -> Result<(), Error> {
        if let Err(error) = self.make_room(&job).await {
            self.jobs.give_back(job);
            return Err(error);
        }
        match (&job.task, refusal) {
            (Task::MakeDirectory(pathname), Some(refusal)) if !self.connection.learned.no_mlst => {
                match self.queue(Mlst::new(pathname)).await {
                    Ok(sent) => self.due.push_back(Due { job, asked: Asked::IsDirectory(sent, refusal) }),
                    Err(error) => self.end(job, Err(error)).await?,
                }
                Ok(())
            }
            (Task::MakeDirectory(pathname) | Task::Stat(pathname), refusal) => {
                let pathname = pathname.clone();
                if let Err(error) = self.settle_all().await {
                    self.jobs.give_back(job);
                    return Err(error);
                }
                let outcome = match (self.connection.stat(&pathname).await, refusal) {
                    (Err(error), _) if !self.connection.is_open() => Err(error),
                    (Ok(entry), Some(_)) if entry.is_dir() => Ok(Done::Nothing),
                    (_, Some(refusal)) => Err(refusal),
                    (found, None) => found.map(|entry| Done::Entry(Box::new(entry))),
                };
                self.end(job, outcome).await
            }
            _ => Ok(()),
        }
    }

    /// Waits until there is room for the command of a job.
    async fn make_room(&mut self, job: &Job<J::Note>) -> Result<(), Error> {
        let longest = match &job.task {
            Task::Stat(pathname)
            | Task::MakeDirectory(pathname)
            | Task::RemoveDirectory(pathname)
            | Task::RemoveFile(pathname)
            | Task::SetModified(pathname, _) => pathname.len() + "MFMT 20261123020918 ".len(),
            Task::Fetch { .. } | Task::Store { .. } | Task::List(_) | Task::ListWith(..) => 0,
        };
        while !self.due.is_empty() && !self.connection.control.has_room(longest) {
            self.settle_one().await?;
        }
        Ok(())
    }
}
