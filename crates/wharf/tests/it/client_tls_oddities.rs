//! What servers, and those between, do around TLS, and what the client makes of it.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use wharf::{
    Connection, ErrorKind, Phase,
    connection::ClientTls,
    core::{command::protection::Prot, protection::ProtectionLevel},
};

use crate::{identity::Identity, script::Script, wire::in_time};

/// A server of explicit TLS that says yes to everything but what it is told to answer otherwise, to one client.
struct Fake {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
    playing: JoinHandle<()>,
}

/// What is odd about it.
#[derive(Clone, Copy, Default)]
struct Odd {
    /// The answers to commands that begin so, each given once, in this order.
    answers: &'static [(&'static str, &'static str)],
    data: Data,
}

#[derive(Clone, Copy, Default)]
enum Data {
    /// Ends with close_notify.
    #[default]
    Whole,
    /// Ends without.
    Cut,
    /// Is sent in clear.
    Clear,
    /// Ends before the handshake, and the reply says this.
    Refused(&'static str),
}

impl Fake {
    async fn new(identity: &Identity, odd: Odd) -> Self {
        let config = identity.server_config(&[&rustls::version::TLS13]);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::<Mutex<Vec<String>>>::default();
        let playing = tokio::spawn(play(listener, acceptor, odd, Arc::clone(&heard)));
        Self { address, heard, playing }
    }

    /// What it has heard, once the client is gone.
    async fn heard(self) -> Vec<String> {
        in_time(self.playing).await.unwrap();
        self.heard.lock().unwrap().clone()
    }
}

async fn play(listener: TcpListener, acceptor: TlsAcceptor, odd: Odd, heard: Arc<Mutex<Vec<String>>>) {
    let (mut tcp, _) = listener.accept().await.unwrap();
    tcp.write_all(b"220 Hello\r\n").await.unwrap();
    let mut auth = [0; 10];
    tcp.read_exact(&mut auth).await.unwrap();
    assert_eq!(&auth, b"AUTH TLS\r\n");
    tcp.write_all(b"234 Go\r\n").await.unwrap();
    let mut control = BufReader::new(acceptor.accept(tcp).await.unwrap());
    let mut passive = None;
    let mut answers = odd.answers;
    let mut line = String::new();
    while let Ok(1..) = control.read_line(&mut line).await {
        let command = std::mem::take(&mut line);
        let command = command.trim_end();
        heard.lock().unwrap().push(command.to_owned());
        let verb = command.split(' ').next().unwrap();
        let reply = match (answers, verb) {
            ([(command_is, reply), rest @ ..], _) if command.starts_with(command_is) => {
                answers = rest;
                (*reply).to_owned()
            }
            (_, "EPSV") => {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let port = listener.local_addr().unwrap().port();
                passive = Some(listener);
                format!("229 (|||{port}|)")
            }
            (_, "RETR" | "STOR") => {
                control.write_all(b"150 Here\r\n").await.unwrap();
                let (data, _) = passive.take().unwrap().accept().await.unwrap();
                transfer(data, &acceptor, odd.data).await
            }
            (_, "USER") => "230 In".to_owned(),
            _ => "200 Ok".to_owned(),
        };
        control.write_all(format!("{reply}\r\n").as_bytes()).await.unwrap();
    }
}

async fn transfer(mut data: TcpStream, acceptor: &TlsAcceptor, odd: Data) -> String {
    let sent = async |data| -> TlsStream<TcpStream> {
        let mut data = acceptor.accept(data).await.unwrap();
        data.write_all(b"the first part").await.unwrap();
        data.flush().await.unwrap();
        data
    };
    match odd {
        Data::Whole => sent(data).await.shutdown().await.unwrap(),
        Data::Cut => sent(data).await.get_mut().0.shutdown().await.unwrap(),
        Data::Clear => {
            data.write_all(b"in clear").await.unwrap();
            data.shutdown().await.unwrap();
        }
        Data::Refused(reply) => return reply.to_owned(),
    }
    "226 Done".to_owned()
}

async fn connect(fake: &Fake, tls: ClientTls) -> Result<Connection, wharf::Error> {
    let mut client = Connection::builder().tls(tls).connect(fake.address).await?;
    client.login("anna", "secret").await.map(|()| client)
}

async fn read(client: &mut Connection) -> Result<Vec<u8>, wharf::Error> {
    let mut content = Vec::new();
    let mut stream = client.read("a").await?;
    // What went wrong is what `finish` tells.
    let _ = stream.read_to_end(&mut content).await;
    stream.finish().await.map(|()| content)
}

#[tokio::test]
async fn a_server_that_refuses_auth_hears_nothing_more() {
    let identity = Identity::local();
    for refusal in ["500 What?", "502 No", "504 Not TLS", "431 Later", "534 No", "200 Ok", "334 More"] {
        let script = format!("S: 220 Hello\nC: AUTH TLS\nS: {refusal}\nC: close");
        let script = Script::new(&script).await;
        let tls = identity.trusted_by(ClientTls::explicit());
        let error = Connection::builder().tls(tls).connect(script.address()).await.unwrap_err();
        assert_eq!((error.phase(), error.verb()), (Phase::Tls, Some("AUTH")), "{refusal}");
        assert_eq!(error.reply().unwrap().to_string(), refusal);
        script.done().await;
    }
    // Refused for now is not refused for good.
    for refusal in ["431 Later", "334 More"] {
        let script = Script::new(&format!("S: 220 Hello\nC: AUTH TLS\nS: {refusal}\nC: close")).await;
        let error =
            Connection::builder().tls(ClientTls::if_offered()).connect(script.address()).await.unwrap_err();
        assert_eq!(error.verb(), Some("AUTH"));
        script.done().await;
    }
}

#[tokio::test]
async fn what_came_in_clear_behind_the_answer_to_auth_ends_the_connection() {
    let identity = Identity::local();
    for (begin, injected) in [
        (ClientTls::explicit(), r"234 Go\r\n200 You have a private connection"),
        (ClientTls::explicit(), r"234 Go\r\n230 In\r\n2"),
        (ClientTls::if_offered(), r"234 Go\r\n220 Hello"),
    ] {
        // The script's end sees that not even a handshake is begun.
        let script = Script::new(&format!("S: 220 Hello\nC: AUTH TLS\nS: {injected}\nC: close")).await;
        let tls = identity.trusted_by(begin);
        let error = Connection::builder().tls(tls).connect(script.address()).await.unwrap_err();
        assert_eq!((error.kind(), error.phase()), (ErrorKind::Protocol, Phase::Tls), "{injected}");
        assert!(error.to_string().contains("in clear"), "{error}");
        script.done().await;
    }
}

#[tokio::test]
async fn a_server_in_clear_is_no_server_of_implicit_tls() {
    let identity = Identity::local();
    let script = Script::new("S: 220 Hello").await;
    let tls = identity.trusted_by(ClientTls::implicit());
    let error = Connection::builder().tls(tls).connect(script.address()).await.unwrap_err();
    assert_eq!((error.kind(), error.phase()), (ErrorKind::Tls, Phase::Tls));
    script.done().await;
}

#[tokio::test]
async fn a_server_that_refuses_private_data_gets_no_password() {
    let identity = Identity::local();
    let odd: [&'static [_]; 4] = [
        &[("PROT P", "536 No")],
        &[("PROT P", "534 No")],
        &[("PBSZ 0", "500 What?")],
        &[("PROT P", "431 Later")],
    ];
    for answers in odd {
        for begin in [ClientTls::explicit(), ClientTls::if_offered()] {
            let fake = Fake::new(&identity, Odd { answers, ..Odd::default() }).await;
            let error = connect(&fake, identity.trusted_by(begin)).await.unwrap_err();
            assert_eq!((error.kind(), error.phase()), (ErrorKind::Refused, Phase::Tls), "{error}");
            let heard = fake.heard().await;
            assert!(heard.iter().all(|line| line.starts_with("P") && !line.starts_with("PASS")), "{heard:?}");
        }
    }
}

#[tokio::test]
async fn a_server_that_wants_a_login_first_is_asked_again() {
    let identity = Identity::local();
    let cases: [(&'static [_], &[_]); 3] = [
        (&[], &["PBSZ 0", "PROT P", "USER anna", "NOOP"]),
        (
            &[("PBSZ", "530 Who?"), ("PROT", "530 Who?")],
            &["PBSZ 0", "PROT P", "USER anna", "PBSZ 0", "PROT P", "NOOP"],
        ),
        (&[("PROT", "503 Log in")], &["PBSZ 0", "PROT P", "USER anna", "PBSZ 0", "PROT P", "NOOP"]),
    ];
    for (answers, expected) in cases {
        let fake = Fake::new(&identity, Odd { answers, ..Odd::default() }).await;
        let mut client = connect(&fake, identity.trusted_by(ClientTls::explicit())).await.unwrap();
        client.noop().await.unwrap();
        client.close();
        assert_eq!(fake.heard().await, expected);
    }
    let answers = &[("PBSZ", "530 Who?"), ("PBSZ", "530 Who?")];
    let fake = Fake::new(&identity, Odd { answers, ..Odd::default() }).await;
    let error = connect(&fake, identity.trusted_by(ClientTls::explicit())).await.unwrap_err();
    assert_eq!((error.kind(), error.verb()), (ErrorKind::Refused, Some("PBSZ")));
    fake.heard().await;
}

#[tokio::test]
async fn data_is_private_whatever_was_said_meanwhile() {
    let identity = Identity::local();
    let fake = Fake::new(&identity, Odd::default()).await;
    let mut client = connect(&fake, identity.trusted_by(ClientTls::explicit())).await.unwrap();
    client.raw_command("PROT C", &[200]).await.unwrap();
    assert_eq!(read(&mut client).await.unwrap(), b"the first part");
    client.send(Prot(ProtectionLevel::Clear)).await.unwrap();
    assert_eq!(read(&mut client).await.unwrap(), b"the first part");
    // USER in the midst of a session is a new start.
    client.login("anna", "secret").await.unwrap();
    client.close();
    let heard = fake.heard().await;
    let of_prot: Vec<_> = heard.iter().filter(|line| line.starts_with("PROT")).collect();
    assert_eq!(of_prot, ["PROT P", "PROT C", "PROT P", "PROT C", "PROT P", "PROT P"]);
}

#[tokio::test]
async fn a_download_without_close_notify_is_cut() {
    let identity = Identity::local();
    let odd = Odd { data: Data::Cut, answers: &[("MLST", "250-It is\r\n type=file;size=14; a\r\n250 End")] };
    let fake = Fake::new(&identity, odd).await;
    let mut client = connect(&fake, identity.trusted_by(ClientTls::explicit())).await.unwrap();
    let error = read(&mut client).await.unwrap_err();
    assert_eq!((error.kind(), error.verb()), (ErrorKind::Data, Some("RETR")));
    assert!(error.to_string().contains("close_notify"), "{error}");
    let here = wharf::storage::Memory::new();
    let error = client.download("a", &here, "b").write_into().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert!(here.read_file("/b").is_err());
    client.noop().await.unwrap();
    drop(client);
    fake.heard().await;

    let fake = Fake::new(&identity, odd).await;
    let tls = identity.trusted_by(ClientTls::explicit()).accept_missing_close_notify(true);
    let mut client = connect(&fake, tls).await.unwrap();
    assert_eq!(read(&mut client).await.unwrap(), b"the first part");
    drop(client);
    fake.heard().await;
}

#[tokio::test]
async fn a_data_connection_without_a_handshake_is_an_error_and_the_session_lives() {
    let identity = Identity::local();
    for (data, kind) in
        [(Data::Clear, ErrorKind::Data), (Data::Refused("522 Resume the TLS session"), ErrorKind::Refused)]
    {
        let fake = Fake::new(&identity, Odd { data, ..Odd::default() }).await;
        let mut client = connect(&fake, identity.trusted_by(ClientTls::explicit())).await.unwrap();
        for _ in 0..2 {
            let error = read(&mut client).await.unwrap_err();
            assert_eq!((error.kind(), error.phase(), error.verb()), (kind, Phase::Data, Some("RETR")));
            let error = client.write("a").await.map(drop).unwrap_err();
            assert_eq!((error.kind(), error.verb()), (kind, Some("STOR")));
            client.noop().await.unwrap();
        }
        drop(client);
        fake.heard().await;
    }
}
