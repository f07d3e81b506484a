//! How many files the server may have open.

/// As many as may be: each session has one, and the usual limit is a thousand.
#[cfg(unix)]
pub(crate) fn allow_all() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    use tracing::debug;

    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Some systems have a maximum that they do not grant.
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        debug!(error = error.to_string(), "the limit of open files stays as it is");
    }
}

/// There is no such limit.
#[cfg(not(unix))]
pub(crate) fn allow_all() {}
