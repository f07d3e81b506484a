//! Opening a connection, and what it means when that fails.

use super::builder::{Login, Settings};
use crate::{Connection, Error, ErrorKind, Phase};

/// What an opening that failed means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failed {
    /// There are as many connections as the server allows, and one of them will become free.
    WaitForOthers,
    /// The server has no place for us now.
    TryAgain,
    /// The login is wrong: asking again would be answered the same, or lock the user out.
    Refused,
    /// It will not work.
    Over,
}

/// Connects and logs in.
pub(super) async fn open(settings: &Settings) -> Result<Connection, Error> {
    let mut connection = settings.connection.clone().connect(&settings.host).await?;
    let Login { user, password, account } = &settings.login;
    match account {
        Some(account) => {
            connection.login_with_account(user, password.expose(), account.expose()).await?;
        }
        None => connection.login(user, password.expose()).await?,
    }
    Ok(connection)
}

/// What the error of an opening means, where there are others or not.
pub(super) fn judge(error: &Error, others: bool) -> Failed {
    let refused_login = error.phase() == Phase::Login && error.kind() == ErrorKind::Refused;
    let too_many = says_too_many(error);
    match () {
        // Others were let in with the same password: it is not the password.
        () if others && (too_many || refused_login || error.is_temporary()) => Failed::WaitForOthers,
        () if too_many => Failed::TryAgain,
        () if refused_login && !error.is_temporary() => Failed::Refused,
        () => Failed::Over,
    }
}

/// Whether the server refuses a connection because there are too many.
///
/// 421 is the code for it; where the login is refused for it, with 530 in most cases, only the words tell it from a wrong
/// password.
fn says_too_many(error: &Error) -> bool {
    let Some(reply) = error.reply() else { return false };
    if reply.code() == 421 {
        return true;
    }
    let text = reply.text().to_ascii_lowercase();
    let words =
        ["too many", "maximum number", "connection limit", "session limit", "max client", "maximum login"];
    words.iter().any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use wharf_core::reply::Reply;

    use super::*;

    #[test]
    fn words_tell_a_full_server_from_a_wrong_password() {
        let refused = |code, text: &str| Error::refused(Reply::new(code, text)).phase_is(Phase::Login);
        for (error, alone, beside_others) in [
            (refused(530, "Login incorrect."), Failed::Refused, Failed::WaitForOthers),
            (refused(530, "Too many connections from your IP"), Failed::TryAgain, Failed::WaitForOthers),
            (
                refused(530, "Sorry, the maximum number of clients (2) are already connected."),
                Failed::TryAgain,
                Failed::WaitForOthers,
            ),
            (refused(421, "Service not available."), Failed::TryAgain, Failed::WaitForOthers),
            (Error::new(ErrorKind::Connect, Phase::Connect), Failed::Over, Failed::WaitForOthers),
            (Error::new(ErrorKind::Tls, Phase::Tls), Failed::Over, Failed::Over),
        ] {
            assert_eq!(judge(&error, false), alone, "{error}");
            assert_eq!(judge(&error, true), beside_others, "{error}");
        }
    }
}
