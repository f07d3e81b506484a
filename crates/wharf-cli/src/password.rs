//! Who to log in as. A password is never an argument, where other users of the machine would see it.

use std::{
    env,
    future::pending,
    io::{self, IsTerminal},
    path::Path,
    thread,
};

use tokio::sync::oneshot;
use wharf::core::{pathname::escape_for_display, principal::Secret};

use crate::{
    exit::Failure, keyring, netrc, password_file, runtime::until_interrupted, terminal::Terminal, url::Url,
};

/// Where a password may be, besides `.netrc` and the keyring.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places {
    /// The option that names a file.
    option: &'static str,
    /// The environment variable that holds it.
    variable: &'static str,
}

/// Those of the password for the server that a command is about.
pub(crate) const PLACES: Places = Places { option: "--password-file", variable: "WHARF_PASSWORD" };

/// Those of the password for a second server, which is to get no password of the first.
pub(crate) const PLACES_OF_DST: Places =
    Places { option: "--dst-password-file", variable: "WHARF_DST_PASSWORD" };

/// What anonymous users give for a password, by custom (RFC 1635).
const ANONYMOUS: (&str, &str) = ("anonymous", "wharf@");

/// What is said at login.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) user: Vec<u8>,
    pub(crate) password: Secret,
    pub(crate) account: Option<Secret>,
    /// Whether nobody was named, so that it is anonymous.
    pub(crate) nobody: bool,
}

/// Finds out who to log in to `url` as.
///
/// The user is that of the URL, or of `.netrc`, or anonymous. The password is in `file`, or the variable of `places`, or
/// `.netrc`, or the keyring, or is asked for on the terminal. An empty variable is an empty password.
///
/// # Errors
/// There is a user and no password; those of reading the files and of asking.
pub(crate) fn find(url: &Url, file: Option<&Path>, places: Places) -> Result<Login, Failure> {
    let entry = netrc::find(&url.host, url.user.as_deref())?.unwrap_or_default();
    let account = entry.account.map(Secret::new);
    let Some(user) = url.user.clone().or(entry.login.map(String::into_bytes)) else {
        if file.is_some() {
            return Err(Failure::usage(format!("{}: there is no user: ftp://USER@host/", places.option)));
        }
        let (user, password) = ANONYMOUS;
        return Ok(Login { user: user.into(), password: Secret::new(password), account: None, nobody: true });
    };
    let password = match (file, variable(places.variable), entry.password) {
        (Some(file), _, _) => password_file::read(file)?,
        (None, Some(password), _) => password?,
        (None, None, Some(password)) => password.into_bytes(),
        (None, None, None) => match keyring::Entry::of(url, &user).map_or(Ok(None), keyring::Entry::get)? {
            Some(password) => password,
            None => ask(&user, &url.host, places)?,
        },
    };
    Ok(Login { user, password: Secret::new(password), account, nobody: false })
}

fn variable(name: &str) -> Option<Result<Vec<u8>, Failure>> {
    let value = env::var_os(name)?.into_encoded_bytes();
    Some(match value.iter().any(|octet| matches!(octet, b'\r' | b'\n')) {
        true => Err(Failure::usage(format!("{name}: a password is a single line"))),
        false => Ok(value),
    })
}

fn ask(user: &[u8], host: &str, Places { option, variable }: Places) -> Result<Vec<u8>, Failure> {
    if !io::stderr().is_terminal() {
        return Err(Failure::usage(format!(
            "there is no password: put it in {variable}, a {option}, .netrc or the keyring"
        )));
    }
    let who = format!("{}@{}", escape_for_display(user), escape_for_display(host.as_bytes()));
    Ok(typed(&format!("Password of {who}: "))?.into_bytes())
}

/// Asks for a password on the terminal, which is left as it was also by Ctrl-C.
///
/// # Errors
/// There is no terminal; [`Exit::Interrupted`](crate::exit::Exit::Interrupted).
pub(crate) fn typed(prompt: &str) -> Result<String, Failure> {
    let terminal = Terminal::now();
    let asked = until_interrupted(answer(prompt.to_owned()));
    if asked.is_err() {
        terminal.restore();
    }
    asked?.map_err(|error| Failure::local("cannot ask for the password", &error))
}

/// Asks on a thread of its own, which nobody waits for: a read of a terminal cannot be cancelled.
async fn answer(prompt: String) -> Result<io::Result<String>, Failure> {
    let (sender, receiver) = oneshot::channel();
    thread::spawn(move || sender.send(rpassword::prompt_password(prompt)));
    match receiver.await {
        // By the signal that ends the program, of which its own waiter tells.
        Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => pending().await,
        answer => Ok(answer.unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))),
    }
}
