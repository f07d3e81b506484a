//! Connecting, logging in, single commands, and what a server may refuse.

use wharf::{
    Connection, ErrorKind, Permissions, Phase, User,
    core::{
        command::{Command, data_port::Epsv, parameter::Type, status::Syst},
        pathname::Pathname,
        representation::RepresentationType,
        spec::Access,
    },
    storage::Memory,
};

use crate::pair::{Pair, over_all, over_both};

fn code(error: &wharf::Error) -> u16 {
    error.reply().map_or(0, |reply| reply.code().as_u16())
}

// Who is refused at a port of implicit TLS is told nothing: there is no TLS to tell it in.
over_both! {
    async fn one_session_too_many_is_421(address: &str) {
        let pair = Pair::with(address, |server| server.limits(|l| l.sessions = Some(2))).await;
        let first = pair.client().await;
        let _second = pair.client().await;
        let error = pair.connect().await.unwrap_err();
        assert_eq!((error.kind(), error.phase(), code(&error)), (ErrorKind::Closed, Phase::Greeting, 421));
        first.quit().await.unwrap();
        pair.client().await;
    }
}

over_all! {
    async fn a_session_from_greeting_to_goodbye(address: &str) {
        let pair = Pair::with(address, |server| server.welcome("Ahoy\nthere")).await;
        let mut client = pair.connect().await.unwrap();
        assert_eq!(client.greeting(), [&b"Ahoy"[..], b"there"]);
        client.login("anna", "secret").await.unwrap();
        assert_eq!(client.working_directory().await.unwrap(), b"/");
        assert!(client.list("").all().await.unwrap().is_empty());
        client.quit().await.unwrap();
        // Without a login, and without a goodbye.
        pair.connect().await.unwrap().quit().await.unwrap();
        pair.connect().await.unwrap().close();
    }

    async fn several_clients_at_once(address: &str) {
        let pair = Pair::new(address).await;
        let mut clients = Vec::new();
        for _ in 0..5 {
            clients.push(pair.client().await);
        }
        for client in &mut clients {
            client.noop().await.unwrap();
        }
    }

    async fn one_login_too_many_of_a_user_is_refused(address: &str) {
        let pair = Pair::with(address, |server| {
            let bert = User::without_password("bert", Memory::new()).session_limit(1);
            server.user(bert)
        })
        .await;
        let mut first = pair.connect().await.unwrap();
        for _ in 0..10 {
            first.login("bert", "").await.unwrap();
        }
        let mut second = pair.connect().await.unwrap();
        let error = second.login("bert", "").await.unwrap_err();
        assert_eq!((error.kind(), error.phase()), (ErrorKind::Refused, Phase::Login));
        first.quit().await.unwrap();
        second.login("bert", "").await.unwrap();
    }

    async fn logins_with_and_without_password(address: &str) {
        let pair = Pair::with(address, |server| {
            let files = Memory::new().with_file("/a", "").unwrap();
            let bert = User::without_password("bert", Memory::new());
            server.user(User::anonymous(files)).user(bert).limits(|l| l.login_delay = std::time::Duration::ZERO)
        })
        .await;
        let mut client = pair.connect().await.unwrap();
        for (user, password) in [("nobody", "secret"), ("anna", "wrong"), ("anna", "")] {
            let error = client.login(user, password).await.unwrap_err();
            assert_eq!((error.phase(), code(&error)), (Phase::Login, 530), "{user} {password}");
            client = pair.connect().await.unwrap();
        }
        client.login("bert", "not needed").await.unwrap();
        client.login("anonymous", "anon@").await.unwrap();
        assert_eq!(client.list("").all().await.unwrap().len(), 1);
        client.reinitialize().await.unwrap();
        assert_eq!(code(&client.working_directory().await.unwrap_err()), 530);
    }

    async fn questions_and_answers(address: &str) {
        let pair = Pair::with(address, |server| server.system_type("UNIX Type: L8")).await;
        let mut client = pair.client().await;
        assert_eq!(client.system().await.unwrap(), "UNIX Type: L8");
        assert_eq!(client.send(Syst).await.unwrap(), "UNIX Type: L8");
        assert!(client.features().await.unwrap().has("MLST"));
        assert_eq!(code(&client.raw_command("FOO", &[2]).await.unwrap_err()), 500);
        assert_eq!(code(&client.raw_command("TYPE FOO", &[2]).await.unwrap_err()), 501);
        assert_eq!(code(&client.raw_command("EPSV foo", &[2]).await.unwrap_err()), 501);
        assert_eq!(code(&client.raw_command("REST 3abc", &[3]).await.unwrap_err()), 501);
        client.send(Type(RepresentationType::Ascii)).await.unwrap();
        let port = client.send(Epsv(wharf::core::address::ExtendedPassive::Any)).await.unwrap();
        assert!(port.is_some_and(|port| port > 0));
        client.noop().await.unwrap();
        assert_eq!(Syst::SPEC.verb, "SYST");
    }

    async fn what_is_not_permitted_is_refused(address: &str) {
        let pair = Pair::with(address, |server| {
            let closed = Permissions::read_only()
                .with(Pathname::parse(b"/open").unwrap(), Access::all());
            let files = Memory::new().with_dir("/open").unwrap().with_dir("/closed").unwrap();
            server.user(User::without_password("bert", files).permissions(closed))
        })
        .await;
        let mut client = pair.connect().await.unwrap();
        client.login("bert", "").await.unwrap();
        assert_eq!(code(&client.make_dir("/closed/x").await.unwrap_err()), 550);
        client.make_dir("/open/x").await.unwrap();
    }

    async fn home_is_where_a_session_begins(address: &str) {
        let pair = Pair::with(address, |server| {
            let home = Pathname::parse(b"/home/bert").unwrap();
            let files = Memory::new().with_file("/home/bert/mine", "").unwrap();
            server.user(User::without_password("bert", files).home(home))
        })
        .await;
        let mut client = pair.connect().await.unwrap();
        client.login("bert", "").await.unwrap();
        assert_eq!(client.working_directory().await.unwrap(), b"/home/bert");
        let entries = client.list("").all().await.unwrap();
        assert_eq!((entries.len(), entries[0].pathname.as_slice()), (1, &b"mine"[..]));
        assert!(entries[0].is_file());
        for pathname in ["../../../", "/a/../b/.."] {
            client.change_directory(pathname).await.unwrap();
            assert_eq!(client.working_directory().await.unwrap(), b"/");
        }
    }

    async fn after_the_server_is_gone_the_connection_is_closed(address: &str) {
        let pair = Pair::new(address).await;
        let mut client = pair.client().await;
        let address = pair.address();
        drop(pair.server);
        let error = client.noop().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed);
        assert!(error.is_temporary());
        assert_eq!(client.noop().await.unwrap_err().kind(), ErrorKind::Closed);
        let error = Connection::connect(address).await.unwrap_err();
        assert_eq!((error.kind(), error.phase()), (ErrorKind::Connect, Phase::Connect));
    }
}

#[tokio::test]
async fn settings_that_cannot_be_are_refused() {
    for address in ["", "a b", "host:port"] {
        assert_eq!(
            Connection::connect(address).await.unwrap_err().kind(),
            ErrorKind::InvalidInput,
            "{address}"
        );
    }
    let builder = Connection::builder().data_mode(wharf::connection::DataMode::Passive(Vec::new()));
    assert_eq!(builder.connect("127.0.0.1:1").await.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn clients_and_what_they_lend_may_cross_threads() {
    fn crosses<T: Send>(value: T) -> T {
        value
    }
    let pair = Pair::new("127.0.0.1:0").await;
    pair.write("/a", "a");
    let mut client = crosses(pair.client().await);
    crosses(client.noop()).await.unwrap();
    crosses(crosses(client.read("a")).await.unwrap().abort()).await.unwrap();
    crosses(crosses(client.list("")).all()).await.unwrap();
    crosses(client.download("a", &Memory::new(), "").into_future()).await.unwrap().into_result().unwrap();
    crosses(client.remove("a")).await.unwrap();
    tokio::spawn(async move { client.quit().await }).await.unwrap().unwrap();
}
