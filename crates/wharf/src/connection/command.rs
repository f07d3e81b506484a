//! Commands without a data connection: the general way, and a method for each of those in daily use.

use std::{
    any::{Any, TypeId},
    time::{Duration, SystemTime},
};

use wharf_core::{
    command::{
        Command, IntoCommand,
        abort::Abor,
        attribute::{Mdtm, Mfmt, Size},
        directory::{Cdup, Cwd, Mkd, Pwd, Rmd},
        feature::Feat,
        hash::OptsHash,
        host::Host,
        login::{Quit, Rein, User},
        parameter::Type,
        protection::{Auth, Pbsz, Prot},
        rename::{Dele, Rnfr, Rnto},
        site::SiteChmod,
        status::{Noop, Syst},
        transfer::Rest,
    },
    product::Product,
    protection::ProtectionLevel,
    reply::Reply,
    representation::RepresentationType,
    spec::{DataUse, Login, Spec},
    timestamp::Timestamp,
};

use super::{Connection, Learned, batch::Sent};
use crate::Error;

/// The row of a line that the user wrote.
const RAW: Spec = Spec { verb: "the command", login: Login::NotRequired, secret: true, ..Spec::DENY };

impl Connection {
    /// Sends any command that uses no data connection, and reads its reply.
    ///
    /// Those of [`wharf_core::command`], and those of the embedding program: a type with its
    /// [`Spec`] and [`Command`] is all that a new one takes.
    ///
    /// ```no_run
    /// # async fn run(connection: &mut wharf::Connection) -> Result<(), wharf::Error> {
    /// use wharf::core::command::attribute::Size;
    ///
    /// let size: u64 = connection.send(Size::new("a.bin")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) before an octet is sent, for an argument with CR, LF or NUL and
    /// for a command that transfers ([`data_command`](Self::data_command) is for these);
    /// [`Refused`](crate::ErrorKind::Refused) and [`UnexpectedReply`](crate::ErrorKind::UnexpectedReply) with the
    /// reply; [`Timeout`](crate::ErrorKind::Timeout), [`Closed`](crate::ErrorKind::Closed),
    /// [`Protocol`](crate::ErrorKind::Protocol).
    ///
    /// Cancel safe as the [module](super) says: the connection stays usable, the effect is unknown.
    pub async fn send<C: IntoCommand>(
        &mut self,
        command: C,
    ) -> Result<<C::Command as Command>::Output, Error> {
        let within = self.settings.reply_timeout;
        self.send_within(command, within).await
    }

    /// As [`send`](Self::send), of what may take so long.
    pub(super) async fn send_within<C: IntoCommand>(
        &mut self,
        command: C,
        within: Duration,
    ) -> Result<<C::Command as Command>::Output, Error> {
        let verb = C::Command::SPEC.verb;
        let command = command.into_command().map_err(|error| Error::from(error).verb_is(verb))?;
        if C::Command::SPEC.transfers() {
            return Err(Error::invalid_input("this command needs a data connection").verb_is(verb));
        }
        self.control.synchronize().await?;
        let sent = self.queue(command).await?;
        self.answer_within(sent, within).await
    }

    /// As [`send`](Self::send), in the midst of a method that has synchronized.
    pub(super) async fn exchange<C: Command>(&mut self, command: C) -> Result<C::Output, Error> {
        let sent = self.queue(command).await?;
        self.answer(sent).await
    }

    /// Sends any line and reads its reply: the way out for what no [`Command`] describes.
    ///
    /// `expected` says which codes are success, by their beginning: `[2]` for any 2yz, `[25]` for 25z, `[226, 250]` for
    /// these two. TYPE, PROT and REST hold until the next transfer, which sets what it needs.
    ///
    /// ```no_run
    /// # async fn run(connection: &mut wharf::Connection) -> Result<(), wharf::Error> {
    /// let reply = connection.raw_command("SITE UMASK 022", &[2]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`send`](Self::send).
    ///
    /// Cancel safe as the [module](super) says.
    pub async fn raw_command(&mut self, line: impl AsRef<[u8]>, expected: &[u16]) -> Result<Reply, Error> {
        let line = line.as_ref();
        let verb = line.split(|octet| *octet == b' ').next().unwrap_or_default();
        let verb = String::from_utf8_lossy(verb).into_owned();
        if line.is_empty() {
            return Err(Error::invalid_input("an empty line is no command"));
        }
        let about = |error: Error| error.verb_is(verb.clone());
        self.control.synchronize().await?;
        self.altered = true;
        self.control.take_ahead();
        let id = self.control.queue(line, &RAW).map_err(about)?;
        self.learned.forget();
        let restarts = Rest::SPEC.verbs().any(|rest| rest.eq_ignore_ascii_case(&verb));
        if restarts {
            self.learned.may_restart();
        }
        let reply = self.control.reply(id).await.map_err(about)?;
        if restarts && !reply.is_positive() {
            self.learned.does_not_restart();
        }
        match expected.iter().any(|&expected| matches(reply.code().as_u16(), expected)) {
            true => Ok(reply),
            false => Err(about(Error::refused(reply))),
        }
    }

    /// Says goodbye and closes the connection, which is closed even where the server does not answer.
    ///
    /// # Errors
    /// As [`send`](Self::send); the connection is closed all the same.
    pub async fn quit(mut self) -> Result<(), Error> {
        self.send(Quit).await
    }

    /// Says goodbye, and waits until the server has gone too.
    pub(crate) async fn leave(mut self) {
        if self.send(Quit).await.is_ok() {
            // Nothing else is due: what comes is the end.
            let _ = self.control.event().await;
        }
    }

    /// Forgets the login and all that was set, and keeps the connection: REIN.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn reinitialize(&mut self) -> Result<(), Error> {
        self.send(Rein).await
    }

    /// The working directory, octet for octet.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn working_directory(&mut self) -> Result<Vec<u8>, Error> {
        self.send(Pwd).await
    }

    /// Changes the working directory.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn change_directory(&mut self, pathname: impl AsRef<[u8]>) -> Result<(), Error> {
        self.send(Cwd::new(pathname)).await
    }

    /// Changes to the parent of the working directory.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn change_to_parent(&mut self) -> Result<(), Error> {
        self.send(Cdup).await
    }

    /// Makes one directory. Its parent must exist, and it must not.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn make_dir(&mut self, pathname: impl AsRef<[u8]>) -> Result<(), Error> {
        self.send(Mkd::new(pathname)).await.map(drop)
    }

    /// Removes an empty directory.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn remove_dir(&mut self, pathname: impl AsRef<[u8]>) -> Result<(), Error> {
        self.send(Rmd::new(pathname)).await
    }

    /// Removes a file.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn remove_file(&mut self, pathname: impl AsRef<[u8]>) -> Result<(), Error> {
        self.send(Dele::new(pathname)).await
    }

    /// Renames or moves an entry.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn rename(&mut self, from: impl AsRef<[u8]>, to: impl AsRef<[u8]>) -> Result<(), Error> {
        let to = Rnto::new(to)?;
        self.send(Rnfr::new(from)).await?;
        self.send(to).await
    }

    /// The size of a file in octets, as it would be transferred in type Image.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn size(&mut self, pathname: impl AsRef<[u8]>) -> Result<u64, Error> {
        self.size_with_features(pathname.as_ref(), false).await
    }

    /// As [`size`](Self::size); the features are asked for besides, in the same round trip, if they are not known.
    pub(crate) async fn size_with_features(&mut self, pathname: &[u8], wanted: bool) -> Result<u64, Error> {
        let command = Size::new(pathname)?;
        self.control.synchronize().await?;
        // Servers refuse SIZE in type ASCII, where it would have to read the file.
        let set = self.queue_representation(RepresentationType::Image).await?;
        let features = match wanted && self.learned.features.is_none() {
            true => Some(self.queue(Feat).await?),
            false => None,
        };
        let size = self.queue(command).await?;
        if let Some(set) = set {
            self.answer(set).await?;
        }
        if let Some(features) = features {
            self.answer_features_or_none(features).await?;
        }
        self.answer(size).await
    }

    /// When a file was last changed.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn modified(&mut self, pathname: impl AsRef<[u8]>) -> Result<SystemTime, Error> {
        self.send(Mdtm::new(pathname)).await.map(Timestamp::to_system_time)
    }

    /// Sets when a file was last changed, to the second.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn set_modified(
        &mut self,
        pathname: impl AsRef<[u8]>,
        modified: SystemTime,
    ) -> Result<(), Error> {
        self.send(Mfmt::new(modified, pathname)).await
    }

    /// Sets the permission bits, at most `0o777`: SITE CHMOD.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn set_permissions(
        &mut self,
        pathname: impl AsRef<[u8]>,
        permissions: u32,
    ) -> Result<(), Error> {
        self.send(SiteChmod::new(permissions, pathname)).await
    }

    /// The system type, as the server words it: `UNIX Type: L8`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn system(&mut self) -> Result<String, Error> {
        let system = self.send(Syst).await?;
        self.learned.product = Product::by_system(&system);
        Ok(system)
    }

    /// Does nothing, which keeps the session from being idle.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn noop(&mut self) -> Result<(), Error> {
        self.send(Noop).await
    }

    /// Queues TYPE if the server has another one.
    pub(super) async fn queue_representation(
        &mut self,
        wanted: RepresentationType,
    ) -> Result<Option<Sent<Type>>, Error> {
        match self.learned.representation == Some(wanted) {
            true => Ok(None),
            false => self.queue(Type(wanted)).await.map(Some),
        }
    }
}

impl Learned {
    /// Whether these commands change what is remembered.
    pub(super) fn is_changed_by<C: Command>() -> bool {
        let changing = [
            TypeId::of::<Type>(),
            TypeId::of::<Prot>(),
            TypeId::of::<Pbsz>(),
            TypeId::of::<User>(),
            TypeId::of::<Rein>(),
            TypeId::of::<Auth>(),
            TypeId::of::<Rest>(),
        ];
        changing.contains(&TypeId::of::<C>())
    }

    /// A command is about to be sent; until it is answered, what it changes is unknown.
    pub(super) fn before(&mut self, command: &dyn Any) {
        if command.is::<Type>() {
            self.representation = None;
        } else if command.is::<Prot>() || command.is::<Pbsz>() {
            self.private = false;
        } else if command.is::<User>() || command.is::<Rein>() {
            let private = self.private && !self.logged_in;
            self.forget();
            self.private = private;
        } else if command.is::<Auth>() {
            *self = Self::default();
        } else if command.is::<Rest>() {
            self.may_restart();
        }
    }

    /// A command was done.
    pub(super) fn after(&mut self, command: &dyn Any) {
        if let Some(Type(representation)) = command.downcast_ref() {
            self.representation = Some(*representation);
        } else if let Some(Prot(level)) = command.downcast_ref() {
            self.private = *level == ProtectionLevel::Private;
        } else if let Some(Rest(offset)) = command.downcast_ref() {
            self.restart_offset = !offset.is_zero();
        } else if let Some(OptsHash(Some(algorithm))) = command.downcast_ref() {
            self.hash_algorithm = Some(*algorithm);
        } else if command.is::<User>() {
            self.logged_in = true;
        }
    }

    /// A command was refused.
    pub(super) fn refused(&mut self, command: &dyn Any) {
        if let Some(Rest(offset)) = command.downcast_ref() {
            self.does_not_restart();
            // A server that takes no offset has none.
            self.restart_offset &= !offset.is_zero();
        }
    }

    /// REST is about to be sent.
    fn may_restart(&mut self) {
        self.restart_offset_before = std::mem::replace(&mut self.restart_offset, true);
    }

    /// REST was refused.
    fn does_not_restart(&mut self) {
        self.restart_offset = self.restart_offset_before;
    }

    /// Anything may have happened to the session.
    fn forget(&mut self) {
        self.representation = None;
        self.private = false;
        self.features = None;
        self.hash_algorithm = None;
    }
}

/// Whether a command makes the server forget where it listens, or listen elsewhere.
pub(super) fn ends_listening<C: Command>(command: &C) -> bool {
    let command: &dyn Any = command;
    let by_itself = command.is::<Rein>() || command.is::<Host>() || command.is::<Auth>();
    by_itself
        || command.is::<Prot>()
        || command.is::<Abor>()
        || C::SPEC.identifies
        || matches!(C::SPEC.data, DataUse::Opens(_))
}

/// Whether a command takes the session elsewhere, or to somebody else.
pub(super) fn moves_session(command: &dyn Any) -> bool {
    command.is::<Cwd>() || command.is::<Cdup>() || command.is::<User>() || command.is::<Rein>()
}

/// Whether `code` is `expected` or begins with it.
fn matches(code: u16, expected: u16) -> bool {
    code == expected || code / 10 == expected || code / 100 == expected
}
