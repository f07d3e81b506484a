//! Who is there, what they move, and how one of them is shown the door; sockets that were made by others.

use tokio::io::AsyncWriteExt;
use wharf::{
    Server, User,
    core::account::Account,
    server::Direction,
    storage::{Memory, Pathname},
};

use crate::{
    fixture::{BOTH, Events, builder, files},
    wire::{Wire, in_time},
};

#[tokio::test]
async fn sessions_are_shown_with_their_users_and_transfers_and_end_when_they_are_kicked() {
    for host in BOTH {
        let events = Events::default();
        let server = builder(host, files()).on_event(events.hook()).serve().await.unwrap();
        let roster = server.roster().clone();
        let _first = Wire::open(server.address()).await;
        let mut wire = Wire::login(server.address()).await;
        let mut data = wire.passive().await;
        wire.expect("STOR up", 150).await;
        in_time(data.write_all(b"12345")).await.unwrap();
        let shown = in_time(async {
            loop {
                let shown = roster.list();
                match &shown[1].transfer {
                    Some(transfer) if transfer.octets == 5 => return shown,
                    _ => tokio::task::yield_now().await,
                }
            }
        })
        .await;
        assert_eq!((shown[0].session, &shown[0].user, &shown[0].transfer), (1, &None, &None));
        assert_eq!((shown[1].session, shown[1].user.as_deref()), (2, Some("anna")));
        assert_eq!((&shown[0].account, &shown[1].account), (&None, &Some(Account::new("anna"))));
        assert_eq!(shown[1].peer, wire.local());
        let transfer = shown[1].transfer.as_ref().unwrap();
        let up = Pathname::root().resolve(b"up").unwrap();
        assert_eq!((transfer.direction, transfer.pathname.as_ref()), (Direction::Upload, Some(&up)));
        assert!(roster.kick(2));
        events.wait_for_closed(1).await;
        assert!(!roster.kick(2));
        assert_eq!(roster.list().len(), 1);
        // The upload left nothing, and the place is free.
        let mut wire = Wire::login(server.address()).await;
        wire.expect("SIZE up", 550).await;
        wire.expect("REIN", 220).await;
        assert_eq!((&roster.list()[1].user, &roster.list()[1].account), (&None, &None));
    }
}

#[tokio::test]
async fn a_socket_that_was_made_before_is_served() {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let user = User::new("anna", "secret", Memory::new());
    let server = Server::builder().user(user).listen_on(socket).serve().await.unwrap();
    assert_eq!(server.addresses(), [address]);
    Wire::login(address).await;
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let user = User::new("anna", "secret", Memory::new());
    assert!(Server::builder().user(user).listen_implicit_on(socket).serve().await.is_err(), "no certificate");
}
