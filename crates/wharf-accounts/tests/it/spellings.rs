//! Users of what takes several spellings for one name.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use wharf::{
    Connection, Server,
    core::principal::{Authenticator, LoginAttempt, Secret},
    server::UserSpeed,
};
use wharf_accounts::{Accounts, Answer, Lasting, Settings, Source, SourceError};

use super::served::{SECRET, Served};

/// One that does not look at letter case or at blanks behind, as many databases and directories do not; with or without a
/// word on the user's own name.
#[derive(Debug)]
struct Careless {
    users: BTreeMap<String, Settings>,
    tells: bool,
}

#[async_trait]
impl Source for Careless {
    async fn find(&self, attempt: &LoginAttempt<'_>) -> Result<Answer, SourceError> {
        let Ok(name) = str::from_utf8(attempt.name) else { return Ok(Answer::Unknown) };
        let name = name.trim_end().to_lowercase();
        Ok(self.users.get(&name).map_or(Answer::Unknown, |settings| {
            let mut settings = settings.clone();
            settings.name = self.tells.then_some(name);
            Answer::Known(Box::new(settings))
        }))
    }
}

fn careless(root: &std::path::Path, tells: bool) -> Accounts {
    let user = format!(
        "password = \"{SECRET}\"\nroot = \"{}/{{user}}\"\ncreate-root = true\nsessions = 1\n",
        root.display()
    );
    let users = [("anna".to_owned(), toml::from_str(&user).unwrap())].into();
    Accounts::new(Lasting::new()).source(Careless { users, tells })
}

#[tokio::test]
async fn a_user_in_any_spelling_has_one_limit() {
    for tells in [true, false] {
        let yard = tempfile::tempdir().unwrap();
        let builder = Server::builder().authenticator(careless(yard.path(), tells));
        let server = builder
            .limits(|l| (l.login_attempts, l.login_delay) = (100, Duration::ZERO))
            .serve()
            .await
            .unwrap();
        let mut first = Connection::connect(server.address()).await.unwrap();
        first.login("Anna", "secret").await.unwrap();
        for spelling in ["anna", "ANNA", "aNNa "] {
            let mut other = Connection::connect(server.address()).await.unwrap();
            let refused = other.login(spelling, "secret").await.map(drop).unwrap_err();
            assert!(
                refused.reply().unwrap().to_string().contains("Too many sessions"),
                "{spelling}: {refused}"
            );
        }
        let folder = if tells { "anna" } else { "Anna" };
        assert!(yard.path().join(folder).is_dir(), "{{user}} is the name that is known");
        let user = server.roster().list().into_iter().find_map(|info| info.user);
        assert_eq!(user.as_deref(), Some(folder));
    }
}

#[tokio::test]
async fn a_user_in_any_spelling_has_one_speed() {
    for tells in [true, false] {
        let yard = tempfile::tempdir().unwrap();
        let accounts = careless(yard.path(), tells);
        let secret = Secret::new("secret");
        let mut together = Vec::new();
        let mut there = Vec::new();
        for spelling in ["anna", "ANNA "] {
            let mut attempt = LoginAttempt::new("127.0.0.1:9".parse().unwrap(), spelling.as_bytes());
            attempt.password = Some(&secret);
            let principal = accounts.authenticate(&attempt).await.unwrap();
            together.push(principal.extensions().get::<UserSpeed>().unwrap().together.clone());
            there.push(principal);
        }
        together[0].upload.set_limit(Some(7));
        assert_eq!(together[1].upload.limit(), Some(7));
    }
}

/// Where `Anna` and `anna` are two, neither has the other's session.
#[tokio::test]
async fn users_who_are_told_apart_have_limits_of_their_own() {
    let user = |name: &str| format!("[user.{name}]\nroot = \"YARD\"\npassword = \"SECRET\"\nsessions = 1\n");
    let served = Served::start(&(user("anna") + &user("Anna"))).await;
    let _first = served.anna().await;
    let _second = served.login("Anna", "secret").await.unwrap();
    assert!(served.login("anna", "secret").await.is_err() && served.login("Anna", "secret").await.is_err());
}
