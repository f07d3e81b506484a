//! Commands: a verb with typed arguments, and both roles' view of it.
//!
//! Each verb family has a file below. A command is a struct with a [`Spec`] and an implementation of [`Command`]; one
//! line in [`Registry::standard`] makes it known. An embedding program adds its own in the same way, without a fork; for
//! a verb that only its server knows, a [`Handler`] is enough.
//!
//! ```text
//!   client                                        server
//!   Size::new("a.bin") ── encode ─▶ SIZE a.bin ── Registry::lookup ─▶ policy ─▶ parse ─▶ serve(&mut Context)
//!   u64                ◀─ accept ── 213 42     ◀──────────────────────────────────────── Action
//! ```

use std::{borrow::Cow, fmt, future::Future};

use crate::{
    reply::Reply,
    server::{Context, Served},
    spec::Spec,
};

pub mod abort;
pub mod attribute;
pub mod data_port;
pub mod directory;
pub mod feature;
pub mod foreign;
mod handler;
pub mod hash;
pub mod host;
pub mod listing;
pub mod login;
pub mod parameter;
pub mod protection;
mod registry;
pub mod rename;
pub mod site;
pub mod status;
pub mod transfer;
pub mod tree;

pub use crate::argument::{Argument, ArgumentError};
pub use handler::Handler;
pub use registry::{Registered, Registry};

/// A verb with typed arguments.
pub trait Command: fmt::Debug + Sized + Send + 'static {
    /// Its row in the table.
    const SPEC: Spec;

    /// What a client gets from a positive reply.
    type Output: Send;

    /// Reads the argument; it is empty where none was sent. The [`Grammar`](crate::spec::Grammar) was checked before.
    fn parse(argument: Argument) -> Result<Self, ArgumentError>;

    /// The argument to send; empty for none.
    fn argument(&self) -> Cow<'_, [u8]>;

    /// What a client makes of the reply that ends the command; `None` where it is not one that the command expects.
    fn accept(&self, reply: &Reply) -> Option<Self::Output>;

    /// What a server does. Its only outside world is the storage that the context hands out.
    ///
    /// A command that only a client knows leaves this out and is answered 502.
    fn serve(self, context: &mut Context<'_>) -> impl Future<Output = Served> + Send {
        let _ = context;
        async { Ok(Reply::new(502, "Command not implemented.").into()) }
    }

    /// The line to send, without its end.
    ///
    /// # Errors
    /// [`ArgumentError::Unsendable`] if the argument holds CR, LF or NUL: a command of an embedding program may.
    fn line(&self) -> Result<Vec<u8>, ArgumentError> {
        let argument = Argument::new(self.argument())?;
        let mut line = Self::SPEC.verb.as_bytes().to_vec();
        if !argument.is_empty() {
            line.push(b' ');
            line.extend_from_slice(argument.as_bytes());
        }
        Ok(line)
    }
}

/// A command, or the attempt to make one: what `send` takes.
pub trait IntoCommand {
    /// The command.
    type Command: Command;

    /// The command, or why it could not be made.
    fn into_command(self) -> Result<Self::Command, ArgumentError>;
}

impl<C: Command> IntoCommand for C {
    type Command = C;

    fn into_command(self) -> Result<C, ArgumentError> {
        Ok(self)
    }
}

impl<C: Command> IntoCommand for Result<C, ArgumentError> {
    type Command = C;

    fn into_command(self) -> Result<C, ArgumentError> {
        self
    }
}

/// Declares commands whose argument is nothing at all: the struct, `parse` and `argument` of each.
macro_rules! no_argument {
    () => {
        fn parse(_: $crate::command::Argument) -> Result<Self, $crate::command::ArgumentError> {
            Ok(Self)
        }

        fn argument(&self) -> std::borrow::Cow<'_, [u8]> {
            std::borrow::Cow::Borrowed(b"")
        }
    };
}
use no_argument;

/// Declares a command whose argument is one pathname: the struct and its constructor.
macro_rules! pathname_command {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            /// The pathname, as the peer is to read it.
            pub pathname: $crate::command::Argument,
        }

        impl $name {
            /// The command for this pathname.
            ///
            /// # Errors
            /// CR, LF or NUL in it.
            pub fn new(pathname: impl AsRef<[u8]>) -> Result<Self, $crate::command::ArgumentError> {
                Ok(Self { pathname: $crate::command::Argument::new(pathname)? })
            }
        }
    };
}
use pathname_command;

/// `parse` and `argument` of a command that has one field `pathname`.
macro_rules! pathname_argument {
    () => {
        fn parse(pathname: $crate::command::Argument) -> Result<Self, $crate::command::ArgumentError> {
            Ok(Self { pathname })
        }

        fn argument(&self) -> std::borrow::Cow<'_, [u8]> {
            self.pathname.as_bytes().into()
        }
    };
}
use pathname_argument;

/// `Output` and `accept` of a command from whose completion there is nothing to learn.
macro_rules! completes {
    () => {
        type Output = ();

        fn accept(&self, reply: &$crate::reply::Reply) -> Option<()> {
            (reply.severity() == $crate::reply::Severity::Completion).then_some(())
        }
    };
}
use completes;
