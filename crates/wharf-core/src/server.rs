//! The server half: a line in, a decision out.
//!
//! A driver owns the sockets and the clock. It gives each line to [`dispatch`] and does what the [`Action`] says; what
//! a command needs of the outside besides storage, it asks of the driver's [`Host`].

mod action;
mod context;

use std::{panic::AssertUnwindSafe, time::SystemTime};

use futures_util::FutureExt;

pub use crate::settings::Settings;
pub use action::{Action, Hashing, Served, Transfer, TransferBody, Tree, TreeWay};
pub use context::{Context, Host, Service};

use crate::{
    argument::{Argument, ArgumentError},
    command::{Registered, foreign},
    failure::Failure,
    line::LineError,
    policy,
    session::{Session, Stage},
    spec::{Clears, Spec},
};

/// Runs the command on one line. Every line has exactly one outcome; a panic of the command is a 451.
pub async fn dispatch(
    line: Result<Vec<u8>, LineError>,
    service: Service<'_>,
    session: &mut Session,
    host: &mut dyn Host,
    now: SystemTime,
) -> Served {
    let line = line.map_err(|error| {
        Clears::RENAME_SOURCE.apply(session);
        match error {
            LineError::TooLong => Failure::new(500, "The line is too long."),
            _ => Failure::new(501, "A line cannot contain NUL or a bare CR."),
        }
    })?;
    let Some((command, argument)) = service.registry.lookup(&line) else {
        Clears::RENAME_SOURCE.apply(session);
        return match session.stage {
            Stage::Greeted if foreign::is_foreign(&line) => Ok(Action::Close(foreign::reply())),
            _ => Err(Failure::new(500, "Unknown command.")),
        };
    };
    policy::check(command.spec, session, service.settings)
        .inspect_err(|_| command.spec.clears.apply(session))?;
    let Service { registry, authenticator, settings } = service;
    let mut context = Context { session, host, authenticator, registry, settings, now, spec: command.spec };
    let served = serve(command, argument, &mut context).await;
    command.spec.clears.apply(session);
    served
}

async fn serve(command: Registered, argument: Argument, context: &mut Context<'_>) -> Served {
    match AssertUnwindSafe(command.serve(argument, context)).catch_unwind().await {
        Ok(Ok(served)) => served,
        Ok(Err(error)) => Err(describe(error, command.spec)),
        Err(_) => {
            Err(Failure::new(451, "The command failed inside the server.").caused_by("the command panicked"))
        }
    }
}

fn describe(error: ArgumentError, spec: &Spec) -> Failure {
    match error {
        ArgumentError::Missing => Failure::new(501, &format!("{} needs an argument.", spec.verb)),
        ArgumentError::Unexpected => Failure::new(501, &format!("{} takes no argument.", spec.verb)),
        error => error.into(),
    }
}
