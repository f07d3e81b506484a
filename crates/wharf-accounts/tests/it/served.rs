//! A server with accounts for the length of a test.

use std::{collections::BTreeMap, fs, time::Duration};

use serde::Deserialize;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use wharf::{Connection, Error, Server};
use wharf_accounts::{Accounts, Lasting, Settings};

/// Of `secret`, cheap to check.
pub(crate) const SECRET: &str = "$1$saltsalt$9xy1btjgzLYfb7hivXtC//";

pub(crate) struct Served {
    pub(crate) server: Server,
    pub(crate) yard: TempDir,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    user: BTreeMap<String, Settings>,
    #[serde(default)]
    group: BTreeMap<String, Settings>,
    anonymous: Option<Settings>,
}

impl Served {
    /// A server with these users, in TOML; `YARD` is a folder with an empty one for `anna`, `SECRET` is the hash of `secret`.
    pub(crate) async fn start(users: &str) -> Self {
        let yard = TempDir::new().unwrap();
        fs::create_dir(yard.path().join("anna")).unwrap();
        let accounts = accounts(&yard, users, Lasting::new());
        let builder = Server::builder()
            .authenticator(accounts)
            .limits(|l| (l.login_attempts, l.login_delay) = (100, Duration::ZERO));
        Self { server: builder.serve().await.unwrap(), yard }
    }

    pub(crate) async fn connect(&self) -> Connection {
        Connection::connect(self.server.address()).await.unwrap()
    }

    pub(crate) async fn login(&self, name: &str, password: &str) -> Result<Connection, Error> {
        let mut connection = self.connect().await;
        connection.login(name, password).await.map(|_| connection)
    }

    pub(crate) async fn anna(&self) -> Connection {
        self.login("anna", "secret").await.unwrap()
    }

    /// What the server says to this login.
    pub(crate) async fn refusal(&self, name: &str, password: &str) -> String {
        let error = self.login(name, password).await.map(drop).unwrap_err();
        error.reply().unwrap_or_else(|| panic!("{error}")).to_string()
    }
}

/// Uploads a file.
pub(crate) async fn put(
    connection: &mut Connection,
    path: &str,
    content: impl AsRef<[u8]>,
) -> Result<(), Error> {
    let mut stream = connection.write(path).await?;
    // Where the server has said no, the octets go nowhere: the reply tells.
    let _ = stream.write_all(content.as_ref()).await;
    stream.finish().await
}

pub(crate) fn accounts(yard: &TempDir, users: &str, lasting: Lasting) -> Accounts {
    let text = users.replace("YARD", yard.path().to_str().unwrap()).replace("SECRET", SECRET);
    let file: File = toml::from_str(&text).unwrap();
    let mut accounts = Accounts::with_groups(lasting, file.group, Settings::default()).unwrap();
    for (name, settings) in file.user.iter().filter(|(name, _)| *name != "broken") {
        accounts.check(name, settings).unwrap();
    }
    if let Some(anonymous) = file.anonymous {
        accounts = accounts.anonymous(anonymous).unwrap();
    }
    accounts.source(file.user)
}
