//! TLS: what may be said before it, what survives it, whose data connections it takes, and what is cut.

use std::{net::SocketAddr, time::Duration};

use rustls::HandshakeKind;
use tokio::io::AsyncWriteExt;
use wharf::{
    Event, Permissions, User,
    core::protection::Requirements,
    server::{Resumption, ServeErrorKind, ServerTls},
};

use crate::{
    fixture::{BOTH, Events, builder, files, octets, serve},
    identity::{self, Identity},
    secure::{Secure, write_all},
    tls::{Client, VERSIONS, log_in},
    wire::{Wire, connect, in_time, read_all},
};

// Before TLS, and across its beginning.

#[tokio::test]
async fn what_follows_auth_in_clear_is_never_run() {
    let secure = Secure::new().await;
    for behind in ["NOOP\r\n", "NOO", "\r\n", "\u{16}\u{3}\u{1}", "USER anna\r\nPASS secret\r\n"] {
        let mut wire = Wire::open(secure.address()).await;
        wire.send(format!("AUTH TLS\r\n{behind}")).await;
        wire.expect_reply(503).await;
        wire.expect_end().await;
    }
}

#[tokio::test]
async fn what_follows_an_auth_that_waited_for_a_transfer_is_never_run() {
    let secure = Secure::lax().await;
    let mut wire = Wire::login(secure.address()).await;
    let data = wire.passive().await;
    wire.expect("STOR new", 150).await;
    wire.send("AUTH TLS\r\nNOOP\r\n").await;
    drop(data);
    wire.expect_reply(226).await;
    wire.expect_reply(503).await;
    wire.expect_end().await;
}

#[tokio::test]
async fn auth_alone_behind_a_transfer_begins_tls() {
    let secure = Secure::lax().await;
    let mut wire = Wire::login(secure.address()).await;
    let data = wire.passive().await;
    wire.expect("RETR a.txt", 150).await;
    wire.send("AUTH TLS\r\n").await;
    assert_eq!(read_all(data).await.unwrap(), b"one\r\ntwo\r\n");
    wire.expect_reply(226).await;
    wire.expect_reply(234).await;
    let client = secure.identity.client();
    let mut wire = Wire::over_tls(client.handshake(wire.into_stream()).await.unwrap());
    log_in(&mut wire).await;
    assert_eq!(client.download(&mut wire, "RETR a.txt").await, b"one\r\ntwo\r\n");
}

#[tokio::test]
async fn nothing_that_was_said_in_clear_holds_under_tls() {
    let secure = Secure::lax().await;
    let mut wire = Wire::login(secure.address()).await;
    wire.expect("CWD pub", 250).await;
    wire.expect("REST 5", 350).await;
    wire.expect("RNFR c.txt", 350).await;
    wire.expect("AUTH TLS", 234).await;
    let client = secure.identity.client();
    let mut wire = Wire::over_tls(client.handshake(wire.into_stream()).await.unwrap());
    wire.expect("PWD", 530).await;
    wire.expect("PROT P", 503).await;
    log_in(&mut wire).await;
    wire.expect("RNTO d.txt", 503).await;
    let answer = wire.expect("PWD", 257).await;
    assert!(answer.to_string().contains("\"/\""), "{answer}");
    assert_eq!(client.download(&mut wire, "RETR a.txt").await, b"one\r\ntwo\r\n");

    let mut wire = Wire::open(secure.address()).await;
    wire.expect("USER anna", 331).await;
    wire.expect("AUTH TLS", 234).await;
    let mut wire = Wire::over_tls(client.handshake(wire.into_stream()).await.unwrap());
    wire.expect("PASS secret", 503).await;
}

#[tokio::test]
async fn a_login_in_clear_gives_the_session_under_tls_time_for_another() {
    let login = Duration::from_secs(2);
    let secure = Secure::with(
        |tls| tls.require(Requirements::NONE),
        |builder| builder.timeouts(|timeouts| timeouts.login = login),
    )
    .await;
    let mut wire = Wire::login(secure.address()).await;
    // As long as a login may take, in a session that needs none.
    let began = tokio::time::Instant::now();
    while began.elapsed() < login {
        wire.expect("NOOP", 200).await;
    }
    wire.expect("AUTH TLS", 234).await;
    let mut wire = Wire::over_tls(secure.identity.client().handshake(wire.into_stream()).await.unwrap());
    log_in(&mut wire).await;
}

#[tokio::test]
async fn auth_pbsz_prot_and_ccc_are_answered_as_rfc_4217_says() {
    let secure = Secure::new().await;
    let mut wire = Wire::open(secure.address()).await;
    wire.expect("AUTH KERBEROS_V4", 504).await;
    wire.expect("PBSZ 0", 503).await;
    wire.expect("PROT P", 503).await;
    let mut wire = {
        wire.expect("AUTH TLS-C", 234).await;
        Wire::over_tls(secure.identity.client().handshake(wire.into_stream()).await.unwrap())
    };
    wire.expect("AUTH TLS", 503).await;
    wire.expect("PROT P", 503).await;
    wire.expect("PBSZ 0", 200).await;
    wire.expect("PROT S", 536).await;
    wire.expect("PROT E", 536).await;
    wire.expect("PROT X", 504).await;
    wire.expect("PROT C", 534).await;
    log_in(&mut wire).await;
    wire.expect("CCC", 533).await;
    let answer = wire.expect("FEAT", 211).await.to_string();
    for line in ["AUTH TLS", "PBSZ", "PROT"] {
        assert!(answer.contains(&format!("\r\n {line}\r\n")), "{answer}");
    }
}

#[tokio::test]
async fn auth_ssl_makes_data_connections_private_from_the_start() {
    let secure = Secure::new().await;
    for mechanism in ["SSL", "TLS-P", "ssl"] {
        let mut wire = Wire::open(secure.address()).await;
        wire.expect(format!("AUTH {mechanism}"), 234).await;
        let client = secure.identity.client();
        let mut wire = Wire::over_tls(client.handshake(wire.into_stream()).await.unwrap());
        wire.expect("USER anna", 331).await;
        wire.expect("PASS secret", 230).await;
        wire.expect("TYPE I", 200).await;
        assert_eq!(client.download(&mut wire, "RETR a.txt").await, b"one\r\ntwo\r\n");
    }
}

#[tokio::test]
async fn without_a_certificate_tls_is_not_offered() {
    let server = serve(BOTH[0], files()).await;
    let mut wire = Wire::login(server.address()).await;
    for line in ["AUTH TLS", "PBSZ 0", "PROT P", "CCC"] {
        wire.expect(line, 502).await;
    }
    let answer = wire.expect("FEAT", 211).await.to_string();
    assert!(!["AUTH", "PBSZ", "PROT"].iter().any(|verb| answer.contains(verb)), "{answer}");
    let implicit = builder(BOTH[0], files()).listen_implicit("127.0.0.1:0").serve().await;
    assert_eq!(implicit.unwrap_err().kind(), ServeErrorKind::Settings);
}

// What must be protected.

#[tokio::test]
async fn where_tls_is_required_nobody_is_asked_for_a_password_in_clear() {
    let secure = Secure::new().await;
    let mut wire = Wire::open(secure.address()).await;
    wire.expect("USER anna", 530).await;
    wire.expect("PASS secret", 530).await;
    wire.expect("ACCT x", 530).await;
    let mut wire = secure.identity.client().explicit(secure.address()).await;
    log_in(&mut wire).await;
}

#[tokio::test]
async fn where_data_must_be_private_no_file_is_opened_before_prot_p() {
    let data = Requirements { control: false, data: true };
    let secure = Secure::with(|tls| tls.require(data), |builder| builder).await;
    let mut clear = Wire::login(secure.address()).await;
    let mut no_prot = secure.identity.client().explicit(secure.address()).await;
    no_prot.expect("USER anna", 331).await;
    no_prot.expect("PASS secret", 230).await;
    for wire in [&mut clear, &mut no_prot] {
        for line in ["RETR a.txt", "RETR missing", "STOR new", "LIST", "MLSD", "NLST"] {
            let data = wire.passive().await;
            wire.expect(line, 521).await;
            drop(data);
        }
        assert_eq!(secure.stored("/new"), None);
    }
    no_prot.expect("PBSZ 0", 200).await;
    no_prot.expect("PROT C", 534).await;
    no_prot.expect("LIST", 521).await;
}

#[tokio::test]
async fn an_address_may_require_more_or_less_than_the_server() {
    let (clear, data) = (Requirements::NONE, Requirements { control: false, data: true });
    let secure = Secure::with(
        |tls| tls,
        |builder| builder.listen_requiring("127.0.0.1:0", clear).listen_requiring("127.0.0.1:0", data),
    )
    .await;
    let [all, clear, data] = secure.server.addresses() else { panic!("three addresses") };
    Wire::open(*all).await.expect("USER anna", 530).await;
    assert_eq!(Wire::login(*clear).await.download("RETR a.txt").await, b"one\r\ntwo\r\n");
    let mut wire = Wire::login(*data).await;
    wire.passive().await;
    wire.expect("RETR a.txt", 521).await;
    let lax = Secure::with(
        |tls| tls.require(Requirements::NONE),
        |builder| builder.listen_requiring("127.0.0.1:0", Requirements::ALL),
    )
    .await;
    Wire::open(lax.server.addresses()[1]).await.expect("USER anna", 530).await;
    let without = builder(BOTH[0], files()).listen_requiring("127.0.0.1:0", Requirements::ALL).serve().await;
    assert_eq!(without.unwrap_err().kind(), ServeErrorKind::Settings);
}

#[tokio::test]
async fn a_user_may_need_tls_where_others_do_not() {
    let (control, data) =
        (Requirements { control: true, data: false }, Requirements { control: false, data: true });
    let user = |name: &str, required| User::new(name, "secret", files()).require_protection(required);
    let secure = Secure::with(
        |tls| tls.require(Requirements::NONE),
        |builder| builder.user(user("bert", control)).user(user("carl", data)),
    )
    .await;
    let mut wire = Wire::open(secure.address()).await;
    wire.expect("USER bert", 331).await;
    let refused = wire.expect("PASS secret", 530).await;
    wire.expect("USER anna", 331).await;
    assert_eq!(wire.expect("PASS wrong", 530).await, refused, "the password is not confirmed");
    let mut wire = Wire::login_as(secure.address(), "carl", "secret").await;
    wire.passive().await;
    wire.expect("RETR a.txt", 521).await;
    let mut wire = secure.identity.client().explicit(secure.address()).await;
    wire.expect("USER bert", 331).await;
    wire.expect("PASS secret", 230).await;
    assert_eq!(wire.download("NLST pub").await, b"c.txt\r\n");
}

#[tokio::test]
async fn user_forgets_prot_p() {
    let secure = Secure::new().await;
    let client = secure.identity.client();
    let mut wire = client.login(secure.address()).await;
    wire.expect("USER anna", 331).await;
    wire.expect("PASS secret", 230).await;
    wire.passive().await;
    wire.expect("RETR a.txt", 521).await;
    wire.expect("PROT P", 503).await;
}

#[tokio::test]
async fn prot_forgets_the_data_connection_of_the_other_level() {
    let secure = Secure::lax().await;
    let mut wire = secure.identity.client().login(secure.address()).await;
    wire.passive().await;
    wire.expect("PROT C", 200).await;
    wire.expect("RETR a.txt", 425).await;
    assert_eq!(wire.download("RETR a.txt").await, b"one\r\ntwo\r\n");
}

// Who is there.

#[tokio::test]
async fn ftp_or_nothing_is_what_a_handshake_may_be_for() {
    let secure = Secure::with(|tls| tls, |builder| builder.listen_implicit("127.0.0.1:0")).await;
    let implicit = secure.server.addresses()[1];
    for client in secure.clients() {
        for wrong in [&["http/1.1"] as &[_], &["h2", "http/1.1"], &["imap"], &["smtp"]] {
            let error = client.clone().offering(wrong).handshake(connect(implicit).await).await.unwrap_err();
            assert!(error.to_string().contains("NoApplicationProtocol"), "{error}");
        }
        for right in [&["ftp"] as &[_], &["h2", "ftp"], &[]] {
            client.clone().offering(right).implicit(implicit).await;
        }
        let mut wire = client.login(secure.address()).await;
        for (protocol, fits) in [("ftp-data", true), ("http/1.1", false)] {
            let data = wire.passive().await;
            wire.expect("RETR a.txt", 150).await;
            let data = client.clone().offering(&[protocol]).handshake(data).await;
            assert_eq!(data.is_ok(), fits, "{protocol}");
            match data {
                Ok(data) => assert_eq!(read_all(data).await.unwrap(), b"one\r\ntwo\r\n"),
                Err(error) => assert!(error.to_string().contains("NoApplicationProtocol"), "{error}"),
            }
            wire.expect_reply(if fits { 226 } else { 425 }).await;
        }
    }
}

#[tokio::test]
async fn http_in_clear_at_the_port_of_implicit_tls_gets_no_word_of_ftp() {
    let secure = Secure::with(|tls| tls, |builder| builder.listen_implicit("127.0.0.1:0")).await;
    let mut tcp = connect(secure.server.addresses()[1]).await;
    tcp.write_all(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n").await.unwrap();
    let octets = read_all(tcp).await.unwrap_or_default();
    // An alert of TLS at most.
    assert!(octets.is_empty() || octets[0] == 21, "{}", octets.escape_ascii());
}

#[tokio::test]
async fn a_session_whose_handshake_stalls_or_breaks_leaves_nothing_and_counts_meanwhile() {
    let events = Events::default();
    let secure = Secure::with(
        |tls| tls,
        |builder| {
            let builder = builder
                .listen_implicit("127.0.0.1:0")
                .limits(|limits| limits.sessions = Some(1))
                .on_event(events.hook());
            builder.timeouts(|timeouts| timeouts.login = Duration::from_secs(2))
        },
    )
    .await;
    let implicit = secure.server.addresses()[1];
    let silent = connect(implicit).await;
    events.wait_for(1, |event| matches!(event, Event::SessionOpened { .. })).await;
    Wire::connect(secure.address()).await.expect_reply(421).await;
    assert_eq!(read_all(connect(implicit).await).await.unwrap_or_default(), b"", "no word in clear");
    assert_eq!(read_all(silent).await.unwrap_or_default(), b"");
    events.wait_for_closed(1).await;
    let mut wire = Wire::open(secure.address()).await;
    wire.expect("AUTH TLS", 234).await;
    assert!(wire.try_reply().await.is_none(), "its time is over");
    events.wait_for_closed(2).await;
    let mut wire = Wire::open(secure.address()).await;
    wire.expect("AUTH TLS", 234).await;
    wire.send([22, 3, 1, 2, 0, 1]).await;
    drop(wire);
    events.wait_for_closed(3).await;
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_a_handshake() {
    let events = Events::default();
    let secure =
        Secure::with(|tls| tls, |builder| builder.listen_implicit("127.0.0.1:0").on_event(events.hook()))
            .await;
    let silent = connect(secure.server.addresses()[1]).await;
    events.wait_for(1, |event| matches!(event, Event::SessionOpened { .. })).await;
    in_time(secure.server.shut_down(Duration::from_secs(3600))).await;
    assert_eq!(read_all(silent).await.unwrap_or_default(), b"");
}

// Whose data connection it is.

#[tokio::test]
async fn twenty_data_connections_resume_with_tickets_that_are_used_once() {
    let secure = Secure::new().await;
    for client in secure.clients() {
        let mut wire = client.login(secure.address()).await;
        for at in 0..24 {
            match at % 3 {
                0 => {
                    let data = wire.passive().await;
                    wire.expect("STOR up.bin", 150).await;
                    let mut data = client.resume(data).await;
                    write_all(&mut data, &octets(5_000)).await;
                    data.shutdown().await.unwrap();
                    assert_eq!(read_all(data).await.unwrap(), b"");
                    wire.expect_reply(226).await;
                }
                _ => assert_eq!(client.download(&mut wire, "RETR b.bin").await, octets(100_000)),
            }
        }
        assert_eq!(secure.stored("/up.bin"), Some(octets(5_000)));
    }
}

#[tokio::test]
async fn twenty_uploads_in_a_row_resume() {
    let secure = Secure::new().await;
    for client in secure.clients() {
        let mut wire = client.login(secure.address()).await;
        for _ in 0..20 {
            let data = wire.passive().await;
            wire.expect("STOR up.bin", 150).await;
            let mut data = client.resume(data).await;
            write_all(&mut data, b"up").await;
            data.shutdown().await.unwrap();
            assert_eq!(read_all(data).await.unwrap(), b"");
            wire.expect_reply(226).await;
        }
    }
}

#[tokio::test]
async fn a_strangers_full_handshake_gets_nothing_and_the_owner_completes() {
    let secure = Secure::new().await;
    for (owner, stranger) in secure.clients().zip(secure.clients()) {
        let mut wire = owner.login(secure.address()).await;
        let address = wire.epsv().await;
        // Twice: the first leaves no ticket for the second.
        for _ in 0..2 {
            assert_eq!(stranger.try_read(address).await, (Vec::new(), false));
        }
        let data = connect(address).await;
        wire.expect("RETR a.txt", 150).await;
        assert_eq!(read_all(owner.resume(data).await).await.unwrap(), b"one\r\ntwo\r\n");
        wire.expect_reply(226).await;
    }
}

#[tokio::test]
async fn a_stranger_who_is_first_after_the_answer_gets_nothing_and_the_owner_completes() {
    let secure = Secure::new().await;
    for (owner, stranger) in secure.clients().zip(secure.clients()) {
        let mut wire = owner.login(secure.address()).await;
        let address = wire.epsv().await;
        wire.expect("RETR a.txt", 150).await;
        assert_eq!(stranger.try_read(address).await, (Vec::new(), false));
        let data = owner.resume(connect(address).await).await;
        assert_eq!(read_all(data).await.unwrap(), b"one\r\ntwo\r\n");
        wire.expect_reply(226).await;
    }
}

#[tokio::test]
async fn the_tickets_of_another_session_open_no_data_connection() {
    let bert = User::new("bert", "secret", files()).permissions(Permissions::read_write());
    let secure = Secure::with(|tls| tls, |builder| builder.user(bert)).await;
    for (owner, other) in secure.clients().zip(secure.clients()) {
        let mut wire = owner.login(secure.address()).await;
        let mut others = other.explicit(secure.address()).await;
        for (line, code) in [("PBSZ 0", 200), ("PROT P", 200), ("USER bert", 331), ("PASS secret", 230)] {
            others.expect(line, code).await;
        }
        others.expect("TYPE I", 200).await;
        assert_eq!(other.download(&mut others, "RETR pub/c.txt").await, b"c");
        let address = wire.epsv().await;
        assert_eq!(other.try_read(address).await, (Vec::new(), false));
        let data = connect(address).await;
        wire.expect("RETR a.txt", 150).await;
        assert_eq!(read_all(owner.resume(data).await).await.unwrap(), b"one\r\ntwo\r\n");
        wire.expect_reply(226).await;
    }
}

#[tokio::test]
async fn a_full_handshake_serves_where_resumption_is_preferred_or_off() {
    for resumption in [Resumption::Prefer, Resumption::Off] {
        let secure = Secure::with(|tls| tls.resumption(resumption), |builder| builder).await;
        for client in secure.clients() {
            let mut wire = client.login(secure.address()).await;
            for same_store in [true, false] {
                let data = wire.passive().await;
                wire.expect("RETR a.txt", 150).await;
                let stranger = secure.identity.client();
                let data = if same_store { &client } else { &stranger }.handshake(data).await.unwrap();
                let resumed = data.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed);
                assert_eq!(resumed, same_store && resumption == Resumption::Prefer);
                assert_eq!(read_all(data).await.unwrap(), b"one\r\ntwo\r\n");
                wire.expect_reply(226).await;
            }
        }
    }
}

#[tokio::test]
async fn a_handshake_before_the_command_serves_too() {
    let secure = Secure::new().await;
    for client in secure.clients() {
        let mut wire = client.login(secure.address()).await;
        for _ in 0..20 {
            let mut data = client.resume(wire.passive().await).await;
            wire.expect("STOR up.bin", 150).await;
            write_all(&mut data, b"early").await;
            data.shutdown().await.unwrap();
            assert_eq!(read_all(data).await.unwrap(), b"");
            wire.expect_reply(226).await;
            assert_eq!(secure.stored("/up.bin").unwrap(), b"early");
        }
    }
}

#[tokio::test]
async fn an_active_data_connection_is_resumed_too() {
    let secure = Secure::new().await;
    for client in secure.clients() {
        let mut wire = client.login(secure.address()).await;
        for _ in 0..3 {
            let listener = wire.active().await;
            wire.expect("RETR a.txt", 150).await;
            let data = in_time(listener.accept()).await.unwrap().0;
            assert_eq!(read_all(client.resume(data).await).await.unwrap(), b"one\r\ntwo\r\n");
            wire.expect_reply(226).await;
        }
        let listener = wire.active().await;
        wire.expect("RETR a.txt", 150).await;
        let data = in_time(listener.accept()).await.unwrap().0;
        let stranger = secure.identity.client().handshake(data).await;
        assert_eq!(read_all(stranger.unwrap()).await.unwrap_or_default(), b"");
        wire.expect_reply(425).await;
    }
}

// What is cut.

#[tokio::test]
async fn octets_in_clear_where_private_ones_must_come_are_425_and_the_session_lives() {
    let secure = Secure::new().await;
    let client = secure.identity.client();
    let mut wire = client.login(secure.address()).await;
    let mut data = wire.passive().await;
    wire.expect("STOR new", 150).await;
    data.write_all(b"clear octets in place of a handshake").await.unwrap();
    drop(data);
    wire.expect_reply(425).await;
    assert_eq!(secure.stored("/new"), None);
    assert_eq!(client.download(&mut wire, "RETR a.txt").await, b"one\r\ntwo\r\n");
}

#[tokio::test]
async fn a_data_handshake_that_stalls_or_breaks_is_425_and_the_session_lives() {
    let secure = Secure::with(
        |tls| tls,
        |builder| builder.timeouts(|timeouts| timeouts.data_connection = Duration::from_millis(300)),
    )
    .await;
    let client = secure.identity.client();
    let mut wire = client.login(secure.address()).await;
    let silent = wire.passive().await;
    wire.expect("RETR a.txt", 150).await;
    wire.expect_reply(425).await;
    drop(silent);
    let listener = wire.active().await;
    wire.expect("RETR a.txt", 150).await;
    let silent = in_time(listener.accept()).await.unwrap().0;
    wire.expect_reply(425).await;
    drop(silent);
    let mut broken = wire.passive().await;
    wire.expect("RETR a.txt", 150).await;
    broken.write_all(&[22, 3, 1, 2, 0, 1]).await.unwrap();
    drop(broken);
    wire.expect_reply(425).await;
    assert_eq!(client.download(&mut wire, "RETR a.txt").await, b"one\r\ntwo\r\n");
}

/// What an upload is answered that ends with FIN or with a reset, but without close_notify.
async fn cut_upload(secure: &Secure, client: &Client, name: &str, by_reset: bool) -> u16 {
    let mut wire = client.login(secure.address()).await;
    let data = wire.passive().await;
    wire.expect(format!("STOR {name}"), 150).await;
    let mut data = client.resume(data).await;
    write_all(&mut data, b"half").await;
    let mut tcp = data.into_inner().0;
    match by_reset {
        true => tcp.set_zero_linger().unwrap(),
        false => tcp.shutdown().await.unwrap(),
    }
    drop(tcp);
    let code = wire.reply().await.code;
    wire.expect_in_step().await;
    code
}

#[tokio::test]
async fn an_upload_that_ends_without_close_notify_is_426_and_leaves_nothing() {
    let secure = Secure::new().await;
    for client in secure.clients() {
        for by_reset in [false, true] {
            is_cut(cut_upload(&secure, &client, "new", by_reset).await, by_reset);
            assert_eq!(secure.stored("/new"), None);
            is_cut(cut_upload(&secure, &client, "a.txt", by_reset).await, by_reset);
            assert_eq!(secure.stored("/a.txt").unwrap(), b"one\r\ntwo\r\n");
        }
    }
}

#[tokio::test]
async fn an_upload_without_close_notify_counts_where_that_is_accepted_but_a_reset_never() {
    let secure = Secure::with(|tls| tls.accept_missing_close_notify(true), |builder| builder).await;
    for client in secure.clients() {
        assert_eq!(cut_upload(&secure, &client, "a.txt", false).await, 226);
        assert_eq!(secure.stored("/a.txt").unwrap(), b"half");
        is_cut(cut_upload(&secure, &client, "new", true).await, true);
        assert_eq!(secure.stored("/new"), None);
    }
}

/// Expects 426; or 425, where a reset came before the server had seen the end of the handshake.
fn is_cut(code: u16, by_reset: bool) {
    assert!(code == 426 || (by_reset && code == 425), "{code}");
}

#[tokio::test]
async fn a_download_that_nobody_reads_is_426_in_time() {
    let secure = Secure::with(
        |tls| tls,
        |builder| builder.timeouts(|timeouts| timeouts.stall = Duration::from_millis(500)),
    )
    .await;
    let client = secure.identity.client();
    // More than the system takes without anybody reading.
    secure.files.write_file("/big.bin", octets(64 << 20)).unwrap();
    let mut wire = client.login(secure.address()).await;
    let data = wire.passive().await;
    wire.expect("RETR big.bin", 150).await;
    let data = client.resume(data).await;
    wire.expect_reply(426).await;
    drop(data);
    assert_eq!(client.download(&mut wire, "RETR a.txt").await, b"one\r\ntwo\r\n");
}

#[tokio::test]
async fn a_control_connection_that_ends_without_close_notify_ends_the_session() {
    let events = Events::default();
    let secure = Secure::with(|tls| tls, |builder| builder.on_event(events.hook())).await;
    for (at, client) in secure.clients().enumerate() {
        let mut wire = client.login(secure.address()).await;
        let data = wire.passive().await;
        wire.expect("STOR new", 150).await;
        let mut data = client.resume(data).await;
        write_all(&mut data, b"whole").await;
        drop(wire.into_stream());
        // Killed: both ends come, and none is in order.
        drop(data);
        events.wait_for_closed(at + 1).await;
        assert_eq!(secure.stored("/new"), None);
    }
}

// Certificates.

#[tokio::test]
async fn the_name_that_a_client_asks_for_chooses_the_certificate() {
    let (one, two) = (Identity::new("one.example"), Identity::new("two.example"));
    let builder = builder(BOTH[0], files()).tls(identity::server([&one, &two]));
    let server = builder.listen_implicit("127.0.0.1:0").serve().await.unwrap();
    let implicit = server.addresses()[1];
    one.client().named("one.example").implicit(implicit).await;
    two.client().named("two.example").implicit(implicit).await;
    // Whoever asks for none that is known gets the first.
    for name in ["three.example", "127.0.0.1"] {
        let client = Client::new([&one, &two]).named(name);
        let error = client.handshake(connect(implicit).await).await.unwrap_err().to_string();
        assert!(error.contains("one.example"), "{error}");
    }
}

#[tokio::test]
async fn a_name_that_is_unknown_may_be_refused() {
    let (one, two) = (Identity::new("one.example"), Identity::new("two.example"));
    let tls = identity::server([&one, &two]).refuse_unknown_names().unwrap();
    let builder = builder(BOTH[0], files()).tls(tls).listen_implicit("127.0.0.1:0");
    let server = builder.serve().await.unwrap();
    let implicit = server.addresses()[1];
    two.client().named("two.example").implicit(implicit).await;
    one.client().named("one.example").without_name().implicit(implicit).await;
    let other = Client::new([&one, &two]).named("three.example");
    let error = other.handshake(connect(implicit).await).await.unwrap_err().to_string();
    assert!(error.contains("AccessDenied"), "{error}");
}

#[tokio::test]
async fn certificates_are_read_again_and_bad_ones_leave_those_before() {
    let mut identity = Identity::new("localhost");
    let tls = identity.server();
    let server = builder(BOTH[0], files()).tls(tls.clone()).serve().await.unwrap();
    let before = identity.client();
    before.login(server.address()).await;
    identity.renew("localhost");
    tls.reload().unwrap();
    identity.client().login(server.address()).await;
    let mut wire = Wire::open(server.address()).await;
    wire.expect("AUTH TLS", 234).await;
    assert!(before.handshake(wire.into_stream()).await.is_err(), "the old one is gone");
    for bad in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        std::fs::write(identity.chain(), bad).unwrap();
        tls.reload().unwrap_err();
        identity.client().login(server.address()).await;
    }
}

#[tokio::test]
async fn certificates_that_are_no_good_are_errors_that_name_the_file() {
    let (identity, other) = (Identity::new("localhost"), Identity::new("localhost"));
    identity::install_provider();
    let refused = |chain, key| ServerTls::from_pem_files([(chain, key)]).unwrap_err().to_string();
    let wrong_key = refused(identity.chain(), other.key());
    assert!(wrong_key.contains(&other.key().display().to_string()), "{wrong_key}");
    let no_file = refused("/no/chain.pem".into(), identity.key());
    assert!(no_file.contains("/no/chain.pem"), "{no_file}");
    let swapped = refused(identity.key(), identity.chain());
    assert!(swapped.contains("no certificate in it"), "{swapped}");
    assert!(ServerTls::from_pem_files([]).is_err());
}

#[tokio::test]
async fn a_client_certificate_takes_the_place_of_a_password_or_stands_beside_it() {
    let (authority, stranger) = (Identity::new("anna"), Identity::new("stranger"));
    let identity = Identity::new("localhost");
    let all = Permissions::read_write();
    let keyed = User::without_password("keyed", files()).client_certificate(authority.der.to_vec());
    let both = User::new("both", "secret", files()).client_certificate(authority.der.to_vec());
    let tls = identity.server().accept_client_certificates(authority.chain()).unwrap();
    let server = builder(BOTH[0], files()).tls(tls).user(keyed.permissions(all)).user(both);
    let server = server.serve().await.unwrap();
    for version in VERSIONS {
        let own = Client::with([&identity], &[version], Some(&authority));
        let none = Client::with([&identity], &[version], None);
        let mut wire = own.explicit(server.address()).await;
        wire.expect("USER keyed", 230).await;
        wire.expect("PBSZ 0", 200).await;
        wire.expect("PROT P", 200).await;
        assert_eq!(own.download(&mut wire, "RETR pub/c.txt").await, b"c");
        wire.expect("USER both", 331).await;
        wire.expect("PASS wrong", 530).await;
        wire.expect("USER both", 331).await;
        wire.expect("PASS secret", 230).await;
        let mut wire = none.explicit(server.address()).await;
        wire.expect("USER keyed", 331).await;
        wire.expect("PASS ", 530).await;
        wire.expect("USER both", 331).await;
        wire.expect("PASS secret", 530).await;
        let wrong = Client::with([&identity], &[version], Some(&stranger));
        is_refused(&wrong, server.address()).await;
    }
}

#[tokio::test]
async fn where_a_client_certificate_is_required_nobody_comes_without() {
    let (authority, identity) = (Identity::new("anna"), Identity::new("localhost"));
    let tls = identity.server().require_client_certificates(authority.chain()).unwrap();
    let server = builder(BOTH[0], files()).tls(tls).serve().await.unwrap();
    for version in VERSIONS {
        is_refused(&Client::with([&identity], &[version], None), server.address()).await;
        let client = Client::with([&identity], &[version], Some(&authority));
        let mut wire = client.login(server.address()).await;
        assert_eq!(client.download(&mut wire, "RETR a.txt").await, b"one\r\ntwo\r\n");
    }
}

/// Expects that the control connection's handshake fails, which the client may see only when it reads.
async fn is_refused(client: &Client, server: SocketAddr) {
    let mut wire = Wire::open(server).await;
    wire.expect("AUTH TLS", 234).await;
    if let Ok(stream) = client.handshake(wire.into_stream()).await {
        let mut wire = Wire::over_tls(stream);
        // It may be closed before the line is written.
        let _ = wire.try_send("NOOP\r\n").await;
        assert!(wire.try_reply().await.is_none());
    }
}

/// In a process of its own, where no other test has installed a provider.
#[test]
fn without_a_provider_of_cryptography_the_error_says_so() {
    const ALONE: &str = "WHARF_TEST_WITHOUT_PROVIDER";
    if std::env::var_os(ALONE).is_some() {
        let identity = Identity::new("localhost");
        let error = ServerTls::from_pem_files([(identity.chain(), identity.key())]).unwrap_err().to_string();
        assert!(error.contains("no provider of cryptography is installed"), "{error}");
        return;
    }
    let name = "server_tls::without_a_provider_of_cryptography_the_error_says_so";
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    let output = child.args(["--exact", name]).env(ALONE, "").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}
