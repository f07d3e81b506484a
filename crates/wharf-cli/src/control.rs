//! The socket through which a server is asked what it does: a line of JSON there, a line back.

use std::{net::SocketAddr, path::Path};

use serde::{Deserialize, Serialize};

pub(crate) use self::platform::{ask, listen};

/// Where a server's socket is, unless one is told.
pub(crate) const SOCKET: &str = "/run/wharf/control";

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Question {
    Sessions,
    KickSession(u64),
    KickUser(User),
    Bans,
    Lift(String),
}

/// Somebody who logs in: at a virtual host, or at none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) host: Option<String>,
    pub(crate) name: String,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Answer {
    Sessions(Vec<Session>),
    Kicked(Vec<u64>),
    Bans(Vec<Ban>),
    Lifted(bool),
    Wrong(String),
}

/// A session of the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) session: u64,
    pub(crate) peer: SocketAddr,
    /// The name, without the host.
    pub(crate) user: Option<String>,
    /// The virtual host whose user that is.
    pub(crate) host: Option<String>,
    pub(crate) seconds: u64,
    pub(crate) transfer: Option<Transfer>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Transfer {
    pub(crate) upload: bool,
    pub(crate) path: Option<String>,
    pub(crate) octets: u64,
}

/// Somebody who is not heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ban {
    pub(crate) whom: String,
    pub(crate) seconds: u64,
}

/// The bans with this address or name.
pub(crate) fn could_be(whom: &str, called: &[String]) -> Vec<usize> {
    let bare = |ban: &String| ban.split_once(' ').is_some_and(|(_, bare)| bare == whom);
    called.iter().enumerate().filter(|(_, ban)| bare(ban)).map(|(at, _)| at).collect()
}

#[cfg(unix)]
mod platform {
    use std::{
        fs,
        io::{self, Read, Write},
        os::unix::{
            fs::{FileTypeExt, PermissionsExt},
            net::UnixStream as Blocking,
        },
        path::PathBuf,
        time::Duration,
    };

    use rustix::process::geteuid;
    use tokio::{
        io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
        net::{UnixListener, UnixStream},
        task::JoinHandle,
        time::timeout,
    };
    use tracing::{info, warn};
    use wharf::server::{Bans, Direction, Roster, SessionInfo};

    use super::*;
    use crate::exit::{Exit, Failure};

    /// The longest question.
    const MAX_QUESTION: u64 = 4096;

    /// How long one who asks may take; the next one waits meanwhile.
    const WITHIN: Duration = Duration::from_secs(5);

    /// A socket that is answered at until this is dropped.
    pub(crate) struct Listening {
        answering: JoinHandle<()>,
        socket: PathBuf,
    }

    /// Answers at `socket` what is asked of a server.
    ///
    /// # Errors
    /// The socket cannot be made; another server answers there.
    pub(crate) fn listen(socket: &Path, roster: &Roster, bans: &Bans) -> Result<Listening, Failure> {
        let fails = |error: io::Error| {
            let shown = crate::output::shown(socket);
            Failure::local(&format!("cannot answer at {shown}"), &error)
        };
        // What a server that crashed has left answers nobody; nor does a file, which is not ours to remove.
        let is_socket = fs::symlink_metadata(socket).is_ok_and(|found| found.file_type().is_socket());
        match Blocking::connect(socket) {
            Ok(_) => return Err(fails(io::ErrorKind::AddrInUse.into())),
            Err(error) if is_socket && error.kind() == io::ErrorKind::ConnectionRefused => {
                fs::remove_file(socket).map_err(fails)?;
            }
            Err(_) => {}
        }
        let listener = UnixListener::bind(socket).map_err(fails)?;
        fs::set_permissions(socket, fs::Permissions::from_mode(0o600)).map_err(fails)?;
        let (roster, bans) = (roster.clone(), bans.clone());
        let answering = tokio::spawn(async move {
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => match timeout(WITHIN, serve(stream, &roster, &bans)).await {
                        Ok(Ok(())) => {}
                        Ok(Err(error)) => {
                            warn!(error = error.to_string(), "who asked at the control socket got no answer")
                        }
                        Err(_) => warn!("who asked at the control socket was too slow"),
                    },
                    Err(error) => {
                        warn!(error = error.to_string(), "nobody can ask at the control socket");
                        tokio::time::sleep(WITHIN).await;
                    }
                }
            }
        });
        Ok(Listening { answering, socket: socket.to_owned() })
    }

    impl Drop for Listening {
        fn drop(&mut self) {
            self.answering.abort();
            // Another server makes its own.
            let _ = fs::remove_file(&self.socket);
        }
    }

    /// Answers the server's own user and root. The socket's mode keeps others out, but for the moment in which it is made.
    async fn serve(stream: UnixStream, roster: &Roster, bans: &Bans) -> io::Result<()> {
        let asks = stream.peer_cred()?.uid();
        if asks != 0 && asks != geteuid().as_raw() {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, format!("user {asks} asked")));
        }
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        (&mut stream).take(MAX_QUESTION).read_line(&mut line).await?;
        let answer = match serde_json::from_str(&line) {
            Ok(question) => answer(question, roster, bans),
            Err(error) => Answer::Wrong(error.to_string()),
        };
        let mut octets = serde_json::to_vec(&answer)?;
        octets.push(b'\n');
        stream.get_mut().write_all(&octets).await
    }

    /// Ends a session, which leaves a line in the log; whether there is one.
    fn kick(session: u64, roster: &Roster) -> bool {
        let is_there = roster.kick(session);
        if is_there {
            info!(session, "kicked, as was asked for at the control socket");
        }
        is_there
    }

    fn answer(question: Question, roster: &Roster, bans: &Bans) -> Answer {
        match question {
            Question::Sessions => Answer::Sessions(sessions(roster)),
            Question::KickSession(session) => {
                Answer::Kicked([session].into_iter().filter(|session| kick(*session, roster)).collect())
            }
            Question::KickUser(user) => {
                let all = roster.list().into_iter().filter(|info| who(info).as_ref() == Some(&user));
                Answer::Kicked(
                    all.map(|info| info.session).filter(|session| kick(*session, roster)).collect(),
                )
            }
            Question::Bans => {
                let all = bans.list().into_iter();
                Answer::Bans(
                    all.map(|(whom, left)| Ban { whom: whom.to_string(), seconds: left.as_secs() }).collect(),
                )
            }
            Question::Lift(whom) => {
                let all: Vec<_> = bans.list().into_iter().map(|(banned, _)| banned).collect();
                let called: Vec<_> = all.iter().map(ToString::to_string).collect();
                let meant = meant(&whom, &called).and_then(|at| all.get(at));
                Answer::Lifted(meant.is_some_and(|banned| bans.lift(banned)))
            }
        }
    }

    fn sessions(roster: &Roster) -> Vec<Session> {
        let all = roster.list().into_iter();
        all.map(|info| {
            let (user, host) = who(&info).map(|who| (who.name, who.host)).unzip();
            Session {
                session: info.session,
                peer: info.peer,
                user,
                host: host.flatten(),
                seconds: info.age.as_secs(),
                transfer: info.transfer.map(|transfer| Transfer {
                    upload: transfer.direction == Direction::Upload,
                    path: transfer.pathname.map(|path| String::from_utf8_lossy(path.as_bytes()).into_owned()),
                    octets: transfer.octets,
                }),
            }
        })
        .collect()
    }

    /// Who is logged in. At a host that is the account's name, since the principal's has the host in it; at none the
    /// principal's, as it is in the log.
    fn who(info: &SessionInfo) -> Option<User> {
        let account = info.account.as_ref()?;
        Some(match account.host() {
            Some(host) => {
                let name = String::from_utf8_lossy(account.name()).into_owned();
                User { host: Some(host.to_string()), name }
            }
            None => User { host: None, name: info.user.as_deref()?.to_owned() },
        })
    }

    /// Which of the bans is meant: as it is called, or without the word before its address or name where only one has these.
    fn meant(whom: &str, called: &[String]) -> Option<usize> {
        let exactly = called.iter().position(|ban| ban == whom);
        exactly.or_else(|| match *could_be(whom, called) {
            [only] => Some(only),
            _ => None,
        })
    }

    /// Asks the server whose socket this is.
    ///
    /// # Errors
    /// Nobody answers there, or with something else.
    pub(crate) fn ask(socket: &Path, question: &Question) -> Result<Answer, Failure> {
        let shown = crate::output::shown(socket);
        let fails = |error: io::Error| {
            let failure = Failure::new(Exit::Network, format!("no server answers at {shown}: {error}"));
            failure.hint(
                "its configuration names the socket: [control] socket = \"…\"; --socket names another one",
            )
        };
        let mut stream = Blocking::connect(socket).map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => {
                let text =
                    format!("only root and the user that the server runs as may ask at {shown}: {error}");
                Failure::new(Exit::Failed, text)
            }
            _ => fails(error),
        })?;
        stream.set_read_timeout(Some(WITHIN)).map_err(fails)?;
        let mut line = serde_json::to_vec(question).map_err(|error| fails(error.into()))?;
        line.push(b'\n');
        stream.write_all(&line).map_err(fails)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).map_err(fails)?;
        match serde_json::from_slice(&answer).map_err(|error| fails(error.into()))? {
            Answer::Wrong(text) => {
                Err(Failure::new(Exit::Failed, format!("the server did not understand: {text}")))
            }
            answer => Ok(answer),
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_ban_may_be_meant_without_its_kind() {
            let called = ["address 192.0.2.7", "user anna", "user 192.0.2.7", "user address 192.0.2.7"];
            let called = called.map(str::to_owned);
            for (whom, expected) in [
                ("address 192.0.2.7", Some(0)),
                ("anna", Some(1)),
                ("user 192.0.2.7", Some(2)),
                ("192.0.2.7", None),
                ("berta", None),
                ("user", None),
            ] {
                assert_eq!(meant(whom, &called), expected, "{whom}");
            }
            assert_eq!(meant("192.0.2.7", &called[..2]), Some(0));
        }
    }
}

#[cfg(not(unix))]
mod platform {
    use wharf::server::{Bans, Roster};

    use super::*;
    use crate::exit::Failure;

    pub(crate) struct Listening {}

    /// There are no such sockets here.
    pub(crate) fn listen(_: &Path, _: &Roster, _: &Bans) -> Result<Listening, Failure> {
        Err(Failure::usage("control.socket: this system has no such sockets"))
    }

    /// There are no such sockets here.
    pub(crate) fn ask(_: &Path, _: &Question) -> Result<Answer, Failure> {
        Err(Failure::usage("this system has no control sockets"))
    }
}
