use std::ffi::{OsStr, OsString};

use nix::unistd::User;
use nonstick::{
    AuthnFlags, ConversationAdapter, ErrorCode, PamShared, Transaction as _, TransactionBuilder,
    items::{Items, ItemsMut},
};

use crate::SourceError;

/// What is asked about one user.
pub(super) struct Transaction {
    pub(super) service: String,
    pub(super) name: String,
    pub(super) password: OsString,
    /// Where they come from.
    pub(super) host: String,
}

/// What the modules say.
#[derive(Debug)]
pub(super) enum Verdict {
    Proved,
    Unknown,
    /// The password is wrong.
    Wrong,
    /// They do not get in, for this reason.
    Refused(String),
}

impl Transaction {
    /// Asks the modules, as long as it takes.
    ///
    /// # Errors
    /// They cannot say.
    pub(super) fn hold(self) -> Result<Verdict, SourceError> {
        let builder = TransactionBuilder::new_with_service(&self.service).username(&self.name);
        let mut pam = builder.build(Answers(self.password).into_conversation())?;
        pam.items_mut().set_remote_host(Some(OsStr::new(&self.host)))?;
        // FTP has no terminal; this is what modules expect of it.
        pam.items_mut().set_tty_name(Some(OsStr::new("ftp")))?;
        let flags = AuthnFlags::SILENT | AuthnFlags::DISALLOW_NULL_AUTHTOK;
        if let Err(code) = pam.authenticate(flags) {
            return unproved(code);
        }
        // The password is right: an error would tell so to who guesses.
        if let Err(code) = pam.account_management(flags) {
            return Ok(Verdict::Refused(code.to_string()));
        }
        let user = pam.items().user()?;
        if user.is_none_or(|user| user != *self.name) {
            return Ok(Verdict::Refused("a module has made another user of them".into()));
        }
        Ok(spelled(&self.name, User::from_name(&self.name)))
    }
}

/// Whether the name is that of the system's entry to the letter. Modules of domains take `ANNA` and `anna@domain` for `anna`, and leave
/// the name as it was given: she would get in where an earlier source says that `anna` does not, and count as somebody else.
/// Whom the system does not know, only the modules name.
fn spelled(name: &str, entry: nix::Result<Option<User>>) -> Verdict {
    match entry {
        Ok(None) => Verdict::Proved,
        Ok(Some(user)) if user.name == name => Verdict::Proved,
        Ok(Some(_)) => Verdict::Refused("the system spells the user's name in another way".into()),
        Err(error) => Verdict::Refused(format!("the system cannot say how the name is spelled: {error}")),
    }
}

/// What it means that `auth` fails. What is said of the modules, and not of the user, is an error.
fn unproved(code: ErrorCode) -> Result<Verdict, SourceError> {
    match code {
        ErrorCode::UserUnknown => Ok(Verdict::Unknown),
        ErrorCode::AuthenticationError => Ok(Verdict::Wrong),
        ErrorCode::MaxTries
        | ErrorCode::PermissionDenied
        | ErrorCode::CredentialsInsufficient
        | ErrorCode::CredentialsExpired
        | ErrorCode::AccountExpired
        | ErrorCode::AuthTokExpired
        | ErrorCode::NewAuthTokRequired
        | ErrorCode::ConversationError => Ok(Verdict::Refused(code.to_string())),
        _ => Err(format!("PAM: {code}").into()),
    }
}

/// The password, to all that is asked for and not shown.
struct Answers(OsString);

impl ConversationAdapter for Answers {
    fn prompt(&self, _: impl AsRef<OsStr>) -> nonstick::Result<OsString> {
        Err(ErrorCode::ConversationError)
    }

    fn masked_prompt(&self, _: impl AsRef<OsStr>) -> nonstick::Result<OsString> {
        Ok(self.0.clone())
    }

    /// Nobody reads it: a refusal tells nothing.
    fn error_msg(&self, _: impl AsRef<OsStr>) {}

    fn info_msg(&self, _: impl AsRef<OsStr>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_of_the_modules_is_none_of_the_user() {
        assert!(matches!(unproved(ErrorCode::UserUnknown), Ok(Verdict::Unknown)));
        assert!(matches!(unproved(ErrorCode::AuthenticationError), Ok(Verdict::Wrong)));
        for code in [ErrorCode::MaxTries, ErrorCode::AccountExpired, ErrorCode::ConversationError] {
            assert!(matches!(unproved(code), Ok(Verdict::Refused(_))), "{code:?}");
        }
        for code in
            [ErrorCode::AuthInfoUnavailable, ErrorCode::SystemError, ErrorCode::Abort, ErrorCode::OpenError]
        {
            assert!(unproved(code).is_err(), "{code:?}");
        }
    }

    #[test]
    fn a_name_is_the_systems_to_the_letter_where_it_has_one() {
        let root = || User::from_name("root");
        assert!(matches!(spelled("root", root()), Verdict::Proved));
        assert!(matches!(
            spelled("anna of no system", User::from_name("anna of no system")),
            Verdict::Proved
        ));
        for name in ["ROOT", "root@example.org", "EXAMPLE\\root", " root"] {
            assert!(matches!(spelled(name, root()), Verdict::Refused(_)), "{name}");
        }
        assert!(matches!(spelled("root", Err(nix::Error::EIO)), Verdict::Refused(_)));
    }

    #[test]
    fn only_what_is_hidden_gets_the_password() {
        let answers = Answers("secret".into());
        assert_eq!(answers.masked_prompt("Password: ").unwrap(), "secret");
        assert!(answers.prompt("Password: ").is_err());
    }
}
