use std::future::Future;

use super::Argument;
use crate::{
    server::{Context, Served},
    spec::Spec,
};

/// What a server does with a verb, for a program that needs no typed arguments and no client for it.
///
/// ```
/// use wharf_core::{
///     command::{Argument, Handler},
///     reply::Reply,
///     server::{Context, Served},
///     spec::Spec,
/// };
///
/// struct Noop;
///
/// impl Handler for Noop {
///     const SPEC: Spec = Spec { verb: "NOOP", help: "Do nothing.", ..Spec::DENY };
///
///     async fn serve(_: Argument, _: &mut Context<'_>) -> Served {
///         Ok(Reply::new(200, "Done.").into())
///     }
/// }
/// ```
pub trait Handler: 'static {
    /// Its row in the table.
    const SPEC: Spec;

    /// What a server does. The [`Grammar`](crate::spec::Grammar) of `argument` was checked before; the rules of
    /// [`Command::serve`](super::Command::serve) hold.
    fn serve(argument: Argument, context: &mut Context<'_>) -> impl Future<Output = Served> + Send;
}
