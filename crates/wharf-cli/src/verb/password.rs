//! `wharf password`.

use serde::Serialize;

use super::OwnVerb;
use crate::{
    exit::Failure,
    keyring::{self, Entry},
    new_password::NewPassword,
    output::{Output, Record},
    site::Place,
    url,
};

/// Keep passwords in the system's keyring.
///
/// That is the Secret Service of GNOME, KDE and others, the Keychain of macOS, and the Credential Manager of Windows. A
/// password is kept for a user, a host, a port and a scheme: one of ftpes:// is not sent to ftp://. Every command takes it
/// from there, unless it is told another one, or .netrc has one.
#[derive(Debug, clap::Args)]
#[command(after_help = url::HELP)]
pub(crate) struct Password {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Keep a password, in place of the one that was there
    Set {
        /// The server and the user: ftp://user@host[:port]; the path does not matter
        url: Place,
        #[command(flatten)]
        password: NewPassword,
    },
    /// Forget a password
    Rm {
        /// The server and the user: ftp://user@host[:port]; the path does not matter
        url: Place,
    },
}

/// Whose password it is. The password itself is never shown.
#[derive(Serialize)]
struct Kept {
    url: String,
}

impl Record for Kept {
    const NAME: &'static str = "password";
}

impl OwnVerb for Password {
    const EXAMPLES: &'static str = "\
wharf password set ftpes://anna@ftp.example.org
wharf password rm ftpes://anna@ftp.example.org";

    fn run(self, output: Output) -> Result<(), Failure> {
        let kept = match self.action {
            Action::Set { url, password } => {
                let (entry, kept) = entry(&url)?;
                keyring::is_there()?;
                entry.set(password.read()?)?;
                kept
            }
            Action::Rm { url } => {
                let (entry, kept) = entry(&url)?;
                entry.remove()?;
                kept
            }
        };
        output.done(&kept)
    }
}

fn entry(place: &Place) -> Result<(Entry, Kept), Failure> {
    let url = place.url()?;
    let Some(user) = &url.user else {
        return Err(Failure::usage("whose password it is, the URL says: ftp://USER@host"));
    };
    let entry = Entry::of(&url, user)
        .ok_or_else(|| Failure::usage("keyrings keep no passwords of users that are not UTF-8"))?;
    Ok((entry, Kept { url: url.of(b"") }))
}
