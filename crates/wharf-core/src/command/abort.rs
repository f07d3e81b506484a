//! ABOR: ends a transfer (RFC 959 section 4.1.3).

use super::{Command, no_argument};
use crate::{
    reply::Reply,
    server::{Context, Served},
    spec::{DuringTransfer, Login, Spec},
};

/// ABOR: ends the running transfer at once (RFC 959 section 4.1.3).
///
/// The transfer is answered 426 and ABOR, in its turn, 226; without a transfer there is only the 226. The Telnet
/// signals that may stand before it are taken off by the line decoder.
///
/// ```text
/// C: RETR big
/// S: 150 Opening data connection.
/// C: ABOR
/// S: 426 Transfer aborted.
/// S: 226 Abort done.
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abor;

impl Command for Abor {
    const SPEC: Spec = Spec {
        verb: "ABOR",
        reference: "RFC 959 section 4.1.3",
        help: "End the running transfer.",
        login: Login::NotRequired,
        during_transfer: DuringTransfer::Interrupts,
        replies: &[225, 226],
        ..Spec::DENY
    };

    type Output = ();

    no_argument!();

    fn accept(&self, reply: &Reply) -> Option<()> {
        matches!(reply.code().as_u16(), 225 | 226).then_some(())
    }

    async fn serve(self, _: &mut Context<'_>) -> Served {
        Ok(Reply::new(226, "Abort done.").into())
    }
}
