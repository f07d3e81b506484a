//! Through a proxy, control and data.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use wharf::{Connection, ErrorKind, Phase, Proxy, ProxyProblem, connection::DataMode};

use crate::{
    fixture::nobody_at,
    pair::{Pair, over_both},
};

/// A proxy that lets anna with "open sesame" through (RFC 1928, RFC 1929, RFC 7617), and anna by SOCKS 4 and 4a.
struct TestProxy {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    /// The hosts that it was asked for.
    asked: Arc<Mutex<Vec<String>>>,
}

impl TestProxy {
    async fn new(at: &str) -> Self {
        let listener = TcpListener::bind(at).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, asked) = (Arc::new(AtomicUsize::new(0)), Arc::<Mutex<Vec<String>>>::default());
        let (count, hosts) = (connections.clone(), asked.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (count, hosts) = (count.clone(), hosts.clone());
                tokio::spawn(async move {
                    if let Some((mut client, mut server)) = let_through(client, &hosts).await {
                        count.fetch_add(1, Ordering::Relaxed);
                        let _ = copy_bidirectional(&mut client, &mut server).await;
                    }
                });
            }
        });
        Self { address, connections, asked }
    }

    fn url(&self, scheme: &str) -> Proxy {
        let proxy: Proxy = format!("{scheme}://{}", self.address).parse().unwrap();
        proxy.credentials("anna", "open sesame")
    }
}

async fn let_through(mut client: TcpStream, hosts: &Mutex<Vec<String>>) -> Option<(TcpStream, TcpStream)> {
    let connect = async |host: String, port: u16| {
        hosts.lock().unwrap().push(host.clone());
        TcpStream::connect((host, port)).await.ok()
    };
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
            let Some(server) = connect(host, port).await else {
                client.write_all(&[5, 5, 0, 1, 0, 0, 0, 0, 0, 0]).await.ok()?;
                return None;
            };
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
            let Some(server) = connect(host, port).await else {
                client.write_all(&[0, 91, 0, 0, 0, 0, 0, 0]).await.ok()?;
                return None;
            };
            client.write_all(&[0, 90, 0, 0, 0, 0, 0, 0]).await.ok()?;
            Some((client, server))
        }
        b'C' => {
            let mut request = vec![b'C'];
            while !request.ends_with(b"\r\n\r\n") {
                request.push(client.read_u8().await.ok()?);
            }
            let request = String::from_utf8(request).unwrap();
            if !request.contains("\r\nProxy-Authorization: Basic YW5uYTpvcGVuIHNlc2FtZQ==\r\n") {
                client.write_all(b"HTTP/1.1 407 Who are you?\r\n\r\n").await.ok()?;
                return None;
            }
            let to = request.strip_prefix("CONNECT ")?.split(' ').next()?;
            let (host, port) = to.rsplit_once(':')?;
            let host = host.trim_matches(['[', ']']).to_owned();
            let Some(mut server) = connect(host, port.parse().ok()?).await else {
                client.write_all(b"HTTP/1.1 502 Nobody there\r\n\r\n").await.ok()?;
                return None;
            };
            // What the server says first leaves with the reply.
            let mut reply = b"HTTP/1.1 200 Go on\r\nVia: test\r\n\r\n".to_vec();
            let mut said = [0; 512];
            if let Ok(Ok(read)) =
                tokio::time::timeout(Duration::from_millis(100), server.read(&mut said)).await
            {
                reply.extend_from_slice(&said[..read]);
            }
            client.write_all(&reply).await.ok()?;
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

async fn works(pair: &Pair, proxy: &TestProxy, scheme: &str, server: &str) {
    let before = proxy.connections.load(Ordering::Relaxed);
    let mut client = Connection::builder().proxy(proxy.url(scheme)).connect(server).await.unwrap();
    assert_eq!(client.peer_address(), proxy.address);
    client.login("anna", "secret").await.unwrap();
    pair.write("/a", "hello");
    let mut file = client.read("a").await.unwrap();
    let mut content = String::new();
    file.read_to_string(&mut content).await.unwrap();
    file.finish().await.unwrap();
    assert_eq!(content, "hello", "{scheme}");
    assert_eq!(client.list("").all().await.unwrap().len(), 1);
    let mut file = client.write("b").await.unwrap();
    file.write_all(b"back").await.unwrap();
    file.finish().await.unwrap();
    assert_eq!(pair.read("/b"), "back");
    client.remove_file("b").await.unwrap();
    client.quit().await.unwrap();
    assert_eq!(proxy.connections.load(Ordering::Relaxed) - before, 4, "{scheme}");
}

over_both! {
    async fn all_connections_go_through_the_proxy(address: &str) {
        let pair = Pair::new(address).await;
        let proxy = TestProxy::new(address).await;
        for scheme in ["socks5", "socks5h", "http"] {
            works(&pair, &proxy, scheme, &pair.address().to_string()).await;
        }
    }

    async fn a_wrong_password_is_an_error_that_names_the_proxy(address: &str) {
        let pair = Pair::new(address).await;
        let proxy = TestProxy::new(address).await;
        for scheme in ["socks5h", "http"] {
            let through = proxy.url(scheme).credentials("anna", "wrong word");
            let error = Connection::builder().proxy(through).connect(pair.address()).await.unwrap_err();
            assert_eq!((error.kind(), error.phase()), (ErrorKind::Connect, Phase::Connect));
            assert_eq!(error.proxy().unwrap().problem(), ProxyProblem::Authentication);
            assert!(!error.is_temporary());
            assert!(error.to_string().contains(&proxy.address.to_string()), "{error}");
            assert!(!format!("{error:?} {error}").contains("wrong word"));
        }
        assert_eq!(proxy.connections.load(Ordering::Relaxed), 0);
    }
}

#[tokio::test]
async fn socks_4_works_too_and_names_are_looked_up_where_the_scheme_says() {
    let pair = Pair::new("127.0.0.1:0").await;
    let proxy = TestProxy::new("127.0.0.1:0").await;
    let address = pair.address().to_string();
    let name = format!("localhost:{}", pair.address().port());
    for (scheme, server, asked) in [
        ("socks4", &address, "127.0.0.1"),
        ("socks4a", &address, "127.0.0.1"),
        ("socks4", &name, "127.0.0.1"),
        ("socks4a", &name, "localhost"),
        ("socks5h", &name, "localhost"),
        ("http", &name, "localhost"),
    ] {
        proxy.asked.lock().unwrap().clear();
        works(&pair, &proxy, scheme, server).await;
        // The data connections' too.
        assert_eq!(*proxy.asked.lock().unwrap(), [asked; 4], "{scheme} {server}");
    }
    // Where the first of a name's addresses is out of the proxy's reach, the next is asked for, and is that of all data.
    works(&pair, &proxy, "socks5", &name).await;
    assert_eq!(proxy.asked.lock().unwrap().last().unwrap(), "127.0.0.1");
}

#[tokio::test]
async fn a_server_out_of_the_proxys_reach_and_a_proxy_out_of_ours_are_told_apart() {
    let proxy = TestProxy::new("127.0.0.1:0").await;
    let nobody = nobody_at("127.0.0.1:0".parse().unwrap()).await;
    let free = nobody.local_addr().unwrap();
    for scheme in ["socks4", "socks4a", "socks5", "socks5h", "http"] {
        let error = Connection::builder().proxy(proxy.url(scheme)).connect(free).await.unwrap_err();
        assert_eq!(error.proxy().unwrap().problem(), ProxyProblem::CannotReach, "{error}");
        let through: Proxy = format!("{scheme}://{free}").parse().unwrap();
        let error = Connection::builder().proxy(through).connect(proxy.address).await.unwrap_err();
        assert_eq!(error.proxy().unwrap().problem(), ProxyProblem::Unreachable, "{error}");
        assert!(error.is_temporary() && error.kind() == ErrorKind::Connect);
    }
}

#[tokio::test]
async fn a_proxy_that_says_nothing_or_nonsense_ends_in_time() {
    // Nobody ever accepts here: the system has answered.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    for scheme in ["socks4a", "socks5h", "http"] {
        let through: Proxy = format!("{scheme}://{}", silent.local_addr().unwrap()).parse().unwrap();
        let builder = Connection::builder().connect_timeout(Duration::from_millis(50));
        let error = builder.proxy(through).connect("ftp.example.org").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert_eq!(error.proxy().unwrap().problem(), ProxyProblem::Silent, "{error}");
    }
    let babbling = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = babbling.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = babbling.accept().await {
            tokio::spawn(async move { while client.write_all(&[b'x'; 4096]).await.is_ok() {} });
        }
    });
    for scheme in ["socks4a", "socks5h", "http"] {
        let through: Proxy = format!("{scheme}://{address}").parse().unwrap();
        let error = Connection::builder().proxy(through).connect("ftp.example.org").await.unwrap_err();
        assert_eq!(error.proxy().unwrap().problem(), ProxyProblem::Protocol, "{error}");
    }
}

#[tokio::test]
async fn a_proxy_that_lets_no_data_through_is_named() {
    let pair = Pair::new("127.0.0.1:0").await;
    pair.write("/a", "hello");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let port = pair.address().port().to_string();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(client.read_u8().await.unwrap());
            }
            let request = String::from_utf8(request).unwrap();
            if !request.lines().next().unwrap().contains(&format!(":{port} ")) {
                client.write_all(b"HTTP/1.1 403 Only that port\r\n\r\n").await.unwrap();
                continue;
            }
            let mut server = TcpStream::connect(format!("127.0.0.1:{port}")).await.unwrap();
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
        }
    });
    let through: Proxy = format!("http://{address}").parse().unwrap();
    let mut client = Connection::builder().proxy(through).connect(pair.address()).await.unwrap();
    client.login("anna", "secret").await.unwrap();
    let error = client.read("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert_eq!(error.proxy().unwrap().problem(), ProxyProblem::Refused, "{error}");
    assert!(error.to_string().contains("403 Only that port"), "{error}");
    assert!(!error.is_temporary());
}

#[tokio::test]
async fn what_a_proxy_cannot_do_is_refused_before() {
    let through: Proxy = "socks5://127.0.0.1:1".parse().unwrap();
    let builder = Connection::builder().proxy(through.clone()).data_mode(DataMode::Active);
    assert_eq!(builder.connect("127.0.0.1").await.unwrap_err().kind(), ErrorKind::InvalidInput);
    let builder = Connection::builder().proxy(through.credentials("anna", ""));
    assert_eq!(builder.connect("127.0.0.1").await.unwrap_err().kind(), ErrorKind::InvalidInput);
}
