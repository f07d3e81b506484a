//! From where connections are made, and where the server's are awaited.

use std::net::{IpAddr, Ipv4Addr};

use wharf::{Connection, ErrorKind, connection::DataMode};

use crate::{pair::Pair, script::Script};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 7));

/// Only Linux has all of 127.0.0.0/8.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn control_and_data_connections_are_made_from_the_local_address() {
    let pair = Pair::new("127.0.0.1:0").await;
    pair.write("/a", "hello");
    // Data connections of another address than that of the control connection are none of the server's.
    for mode in [DataMode::default(), DataMode::Active] {
        let builder = Connection::builder().local_address(HERE).data_mode(mode);
        let mut client = builder.connect(pair.address()).await.unwrap();
        client.login("anna", "secret").await.unwrap();
        let sessions = pair.server.roster().list();
        assert!(sessions.iter().any(|session| session.peer.ip() == HERE), "{sessions:?}");
        assert_eq!(client.list("").all().await.unwrap().len(), 1);
        client.quit().await.unwrap();
    }
}

#[tokio::test]
async fn an_address_of_the_other_family_reaches_nothing() {
    let pair = Pair::new("127.0.0.1:0").await;
    let builder = Connection::builder().local_address("::1".parse().unwrap());
    let error = builder.connect(pair.address()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("no local address is set"), "{error}");
}

#[tokio::test]
async fn behind_a_translator_the_server_is_told_its_address_and_ports() {
    // 196 is the upper half of all of these ports.
    let builder = Connection::builder()
        .data_mode(DataMode::Active)
        .active_address([192, 0, 2, 9].into())
        .active_ports(196 * 256..=196 * 256 + 255);
    let (script, mut client) = Script::logged_in_with(
        builder,
        "C: TYPE I\n S: 200 Ok\n C: PORT 192,0,2,9,196,...\n S: 200 Ok\n C: RETR a\n S: 425 Cannot connect\n",
    )
    .await;
    assert_eq!(client.read("a").await.unwrap_err().reply().unwrap().code(), 425);
    script.done().await;
}
