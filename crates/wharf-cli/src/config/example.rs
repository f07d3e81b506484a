//! The example: every section, with all of its keys.

use super::{
    accounts, bans, control, host, limits, listen, log, metrics, notify, passive, process, server, speed,
    telemetry, timeouts, tls,
};

const HEAD: &str = "\
# The configuration of `wharf serve --config FILE`. Keys that stand behind # have the value that is shown, or none.
# `wharf config check FILE` says what is wrong with one. Any key can also be given as `--set limits.sessions=100` or in the
# environment, as WHARF_LIMITS__SESSIONS=100. File names are seen from the folder of this file; folders that users see are
# named from / on. What stands here without # is to be changed, or taken out.
";

/// In the order of the file.
const SECTIONS: [&str; 16] = [
    server::EXAMPLE,
    listen::EXAMPLE,
    tls::EXAMPLE,
    timeouts::EXAMPLE,
    limits::EXAMPLE,
    bans::EXAMPLE,
    passive::EXAMPLE,
    speed::EXAMPLE,
    log::EXAMPLE,
    control::EXAMPLE,
    metrics::EXAMPLE,
    telemetry::EXAMPLE,
    notify::EXAMPLE,
    process::EXAMPLE,
    host::EXAMPLE,
    accounts::EXAMPLE,
];

/// A configuration with all that can be said, and a word on each.
pub(crate) fn text() -> String {
    HEAD.to_owned() + &SECTIONS.concat()
}
