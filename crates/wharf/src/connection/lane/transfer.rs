//! Jobs that use a data connection.

use std::time::SystemTime;

use wharf_core::{
    command::{
        Command,
        attribute::Mfmt,
        transfer::{Retr, Stor},
    },
    representation::RepresentationType,
};
use wharf_storage::{Pathname, Sink, Source, WriteMode};

use super::{Done, Job, Jobs, Lane, Task};
use crate::{Error, ErrorKind, Phase, connection::ListOptions};

/// A file of so many octets is sent without pause.
const SHORT: u64 = 1 << 20;

impl<J: Jobs> Lane<'_, J> {
    /// Downloads a file.
    pub(super) async fn fetch(&mut self, job: Job<J::Note>) -> Result<(), Error> {
        let Task::Fetch { source, destination, size, modified } = &job.task else { return Ok(()) };
        let (destination, modified) = (destination.clone(), *modified);
        let mut sink = match self.storage.open_write(&destination, WriteMode::Replace).await {
            Ok(sink) => sink,
            Err(error) => return self.end(job, Err(error.into())).await,
        };
        let received = match self.receive(&job, source, *size, &mut *sink).await {
            Ok(octets) => Ok(octets),
            Err(error) => Err(self.after(error).await),
        };
        let outcome = match received {
            Ok(octets) => {
                // The server is asked for the next data connection before the disk is waited for.
                self.go_on().await;
                self.keep(sink, &destination, octets, modified).await
            }
            Err(error) => Err(error),
        };
        self.end(job, outcome).await?;
        self.settle_answered().await
    }

    async fn receive(
        &mut self,
        job: &Job<J::Note>,
        source: &[u8],
        size: Option<u64>,
        sink: &mut dyn Sink,
    ) -> Result<u64, Error> {
        let command = Retr::new(source)?;
        self.jobs.began(job, size);
        let representation = self.begin().await;
        let transfer = self.connection.start(command, 0, Some(representation)).await?;
        if size.is_some_and(|size| size <= SHORT) {
            transfer.end_early(self.connection);
        }
        self.settle_answered().await?;
        let moved = |octets| self.jobs.moved(job, octets);
        let octets = transfer.receive(self.connection, sink, Some(&moved)).await?;
        match size {
            Some(size) if octets < size && representation == RepresentationType::Image => {
                let error = Error::new(ErrorKind::Incomplete, Phase::Data)
                    .verb_is(Retr::SPEC.verb)
                    .argument_is(source);
                Err(error.message(format!("only {octets} of {size} octets came")))
            }
            _ => Ok(octets),
        }
    }

    /// Makes a file that has come appear under its name, with its time.
    async fn keep(
        &self,
        sink: Box<dyn Sink>,
        destination: &Pathname,
        octets: u64,
        modified: Option<SystemTime>,
    ) -> Result<Done, Error> {
        sink.finish().await?;
        let time_set = match modified {
            Some(modified) => self.storage.set_modified(destination, modified).await.is_ok(),
            None => false,
        };
        Ok(Done::File { octets, time_set })
    }

    /// Uploads a file.
    pub(super) async fn store(&mut self, job: Job<J::Note>) -> Result<(), Error> {
        let Task::Store { source, destination, modified } = &job.task else { return Ok(()) };
        let opened = match self.storage.open_read(source, 0).await {
            Ok(opened) => opened,
            Err(error) => {
                let error = Error::from(error).argument_is(source.as_bytes());
                return self.end(job, Err(error)).await;
            }
        };
        let command = modified.map(|modified| Mfmt::new(modified, destination));
        match self.send(&job, source, destination, opened).await {
            Ok(octets) => match command {
                Some(command) if !self.connection.learned.no_mfmt => {
                    self.set_stored(job, octets, command).await?;
                }
                _ => self.end(job, Ok(Done::File { octets, time_set: false })).await?,
            },
            Err(error) => {
                let error = self.after(error).await;
                self.end(job, Err(error)).await?;
            }
        }
        self.go_on().await;
        self.settle_answered().await
    }

    async fn send(
        &mut self,
        job: &Job<J::Note>,
        source: &Pathname,
        destination: &[u8],
        opened: Source,
    ) -> Result<u64, Error> {
        let command = Stor::new(destination)?;
        let size = opened.metadata.size;
        self.jobs.began(job, Some(size));
        let representation = self.begin().await;
        let transfer = self.connection.start(command, 0, Some(representation)).await?;
        self.settle_answered().await?;
        let moved = |octets| self.jobs.moved(job, octets);
        let octets = transfer.send(self.connection, opened.body, Some(&moved)).await?;
        match octets < size && representation == RepresentationType::Image {
            true => {
                let error = Error::new(ErrorKind::Incomplete, Phase::Storage).argument_is(source.as_bytes());
                Err(error.message(format!("only {octets} of {size} octets were there to send")))
            }
            false => Ok(octets),
        }
    }

    /// Lists a directory.
    pub(super) async fn list(&mut self, job: Job<J::Note>) -> Result<(), Error> {
        let (directory, options) = match &job.task {
            Task::List(directory) => (directory.clone(), ListOptions::everything()),
            Task::ListWith(directory, options) => (directory.clone(), options.clone()),
            _ => return Ok(()),
        };
        // Answers that are due come with the one to this question.
        if !self.due.is_empty()
            && let Err(error) = self.connection.ask_ahead().await
        {
            return self.end(job, Err(error)).await;
        }
        if let Err(error) = self.settle_all().await {
            self.jobs.give_back(job);
            return Err(error);
        }
        if let Err(error) = self.connection.hear_ahead().await {
            return self.end(job, Err(error)).await;
        }
        // What is in it is most likely to be moved or listed next.
        self.connection.another_follows = true;
        let mut rows = self.connection.rows_of(&directory, options).await;
        if !self.connection.is_open() {
            let error = match rows.pop() {
                Some(Err(error)) => self.after(error).await,
                _ => Error::new(ErrorKind::Closed, Phase::Data),
            };
            return self.end(job, Err(error)).await;
        }
        if matches!(rows.last(), Some(Err(error)) if error.reply().is_some())
            && let Err(error) = self.connection.confirm_ahead().await
        {
            return self.end(job, Err(error)).await;
        }
        self.end(job, Ok(Done::Entries(rows))).await
    }

    /// What comes before a file: how it is to look, and whether another will follow.
    async fn begin(&mut self) -> RepresentationType {
        self.connection.another_follows = self.look_ahead().await;
        self.connection.representation
    }

    /// What comes after a file: the question for the next data connection, with what else is queued. If the connection is
    /// lost the next job finds it.
    async fn go_on(&mut self) {
        if self.connection.is_open() && self.look_ahead().await && self.connection.ask_ahead().await.is_ok() {
            self.connection.control.write_queued().await;
        }
    }

    /// The error of a transfer, when the connection is in step again, or closed.
    async fn after(&mut self, error: Error) -> Error {
        if !self.connection.is_open() || error.reply().is_none() {
            // Nothing else is told what was answered before.
            let settled = match self.connection.is_open() {
                true => self.settle_all().await,
                false => Ok(()),
            };
            return match settled {
                Ok(()) => self.recover(error).await,
                Err(lost) => lost,
            };
        }
        self.connection.confirm_ahead().await.err().unwrap_or(error)
    }
}
