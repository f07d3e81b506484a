//! Through a SOCKS proxy, control and data.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use wharf::{Connection, ErrorKind, Phase, Proxy, connection::DataMode};

use crate::pair::{Pair, over_both};

/// A proxy that lets anna with "open sesame" through (RFC 1928, RFC 1929), and anybody by SOCKS 4a.
struct TestProxy {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl TestProxy {
    async fn new(at: &str) -> Self {
        let listener = TcpListener::bind(at).await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = connections.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let count = count.clone();
                tokio::spawn(async move {
                    if let Some((mut client, mut server)) = let_through(client).await {
                        count.fetch_add(1, Ordering::Relaxed);
                        let _ = copy_bidirectional(&mut client, &mut server).await;
                    }
                });
            }
        });
        Self { address, connections }
    }
}

async fn let_through(mut client: TcpStream) -> Option<(TcpStream, TcpStream)> {
    match client.read_u8().await.ok()? {
        5 => {
            let methods = sized(&mut client).await?;
            assert!(methods.contains(&2), "the client knows passwords");
            client.write_all(&[5, 2]).await.ok()?;
            assert_eq!(client.read_u8().await.ok()?, 1);
            let (user, password) = (sized(&mut client).await?, sized(&mut client).await?);
            let right = user == b"anna" && password == b"open sesame";
            client.write_all(&[1, u8::from(!right)]).await.ok()?;
            if !right {
                return None;
            }
            let mut head = [0; 4];
            client.read_exact(&mut head).await.ok()?;
            assert_eq!(head[..3], [5, 1, 0]);
            let host = match head[3] {
                1 => std::net::Ipv4Addr::from(client.read_u32().await.ok()?).to_string(),
                4 => std::net::Ipv6Addr::from(client.read_u128().await.ok()?).to_string(),
                _ => String::from_utf8(sized(&mut client).await?).ok()?,
            };
            let port = client.read_u16().await.ok()?;
            let server = TcpStream::connect((host, port)).await.ok()?;
            client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.ok()?;
            Some((client, server))
        }
        4 => {
            assert_eq!(client.read_u8().await.ok()?, 1);
            let port = client.read_u16().await.ok()?;
            let address = client.read_u32().await.ok()?;
            assert_eq!(terminated(&mut client).await?, b"anna");
            let host = match address {
                1..=255 => String::from_utf8(terminated(&mut client).await?).ok()?,
                address => std::net::Ipv4Addr::from(address).to_string(),
            };
            let server = TcpStream::connect((host, port)).await.ok()?;
            client.write_all(&[0, 90, 0, 0, 0, 0, 0, 0]).await.ok()?;
            Some((client, server))
        }
        other => panic!("version {other}"),
    }
}

async fn sized(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut octets = vec![0; client.read_u8().await.ok()?.into()];
    client.read_exact(&mut octets).await.ok()?;
    Some(octets)
}

async fn terminated(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    loop {
        match client.read_u8().await.ok()? {
            0 => return Some(octets),
            octet => octets.push(octet),
        }
    }
}

async fn works(pair: &Pair, proxy: &TestProxy, through: Proxy, server: String) {
    let before = proxy.connections.load(Ordering::Relaxed);
    let mut client = Connection::builder().proxy(through).connect(server).await.unwrap();
    assert_eq!(client.peer_address(), proxy.address);
    client.login("anna", "secret").await.unwrap();
    pair.write("/a", "hello");
    let mut file = client.read("a").await.unwrap();
    let mut content = String::new();
    file.read_to_string(&mut content).await.unwrap();
    file.finish().await.unwrap();
    assert_eq!(content, "hello");
    assert_eq!(client.list("").all().await.unwrap().len(), 1);
    client.quit().await.unwrap();
    assert_eq!(proxy.connections.load(Ordering::Relaxed) - before, 3);
}

over_both! {
    async fn all_connections_go_through_the_proxy(address: &str) {
        let pair = Pair::new(address).await;
        let proxy = TestProxy::new(address).await;
        let through = Proxy::socks5(proxy.address.to_string()).credentials("anna", "open sesame");
        works(&pair, &proxy, through, pair.address().to_string()).await;
    }

    async fn a_wrong_password_is_an_error(address: &str) {
        let pair = Pair::new(address).await;
        let proxy = TestProxy::new(address).await;
        let through = Proxy::socks5(proxy.address.to_string()).credentials("anna", "wrong");
        let error = Connection::builder().proxy(through).connect(pair.address()).await.unwrap_err();
        assert_eq!((error.kind(), error.phase()), (ErrorKind::Connect, Phase::Connect));
        assert!(!format!("{error:?} {error}").contains("wrong"));
        assert_eq!(proxy.connections.load(Ordering::Relaxed), 0);
    }
}

#[tokio::test]
async fn socks_4_works_too() {
    let pair = Pair::new("127.0.0.1:0").await;
    let proxy = TestProxy::new("127.0.0.1:0").await;
    let through = Proxy::socks4(proxy.address.to_string()).credentials("anna", "");
    works(&pair, &proxy, through.clone(), pair.address().to_string()).await;
    // The proxy looks the name up.
    works(&pair, &proxy, through, format!("localhost:{}", pair.address().port())).await;
}

#[tokio::test]
async fn what_a_proxy_cannot_do_is_refused_before() {
    let through = Proxy::socks5("127.0.0.1:1");
    let builder = Connection::builder().proxy(through).data_mode(DataMode::Active);
    assert_eq!(builder.connect("127.0.0.1").await.unwrap_err().kind(), ErrorKind::InvalidInput);
    let builder = Connection::builder().proxy(Proxy::socks5("no:port:at:all"));
    assert_eq!(builder.connect("127.0.0.1").await.unwrap_err().kind(), ErrorKind::Connect);
    let builder = Connection::builder().proxy(Proxy::socks5(""));
    assert_eq!(builder.connect("127.0.0.1").await.unwrap_err().kind(), ErrorKind::InvalidInput);
}
