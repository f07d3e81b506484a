use std::net::SocketAddr;

use wharf_core::pathname::escape_for_display;

/// Logs why a login is refused, which the client is not told. In quotes, as all that a peer has chosen: it forges no other line
/// for a program that reads the log.
pub(super) fn not_let_in(peer: SocketAddr, name: &[u8], reason: &str) {
    let name = escape_for_display(name).to_string();
    tracing::info!(%peer, reason, name, "not let in");
}
