use std::fs;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wharf::{
    Connection, ErrorKind,
    connection::{DataMode, PassiveForm},
    core::representation::RepresentationType,
};
use wharf_interop::{
    Family, Server,
    fixture::{Tree, noise},
    servers::Product,
};

use super::{login, login_with, run_on};

const LARGE: &str = "five-mebibytes.bin";

async fn read(client: &mut Connection, path: &str, offset: u64) -> Vec<u8> {
    let mut stream = client.read_from(path, offset).await.unwrap();
    let mut content = Vec::new();
    stream.read_to_end(&mut content).await.unwrap();
    stream.finish().await.unwrap();
    content
}

/// The large file both ways.
async fn moves(server: &Server, client: &mut Connection, as_name: &str) {
    let content = Tree::difficult().file(LARGE).to_vec();
    assert!(read(client, LARGE, 0).await == content, "{as_name}");
    let mut stream = client.write(as_name).await.unwrap();
    stream.write_all(&content).await.unwrap();
    stream.finish().await.unwrap();
    assert!(fs::read(server.files.join(as_name)).unwrap() == content, "{as_name}");
}

pub(super) async fn resumes_and_appends(server: &Server) {
    let mut client = login(server).await;
    let content = noise(300_000);
    assert!(read(&mut client, LARGE, 1_234_567).await == Tree::difficult().file(LARGE)[1_234_567..]);
    let mut stream = client.write("parts").await.unwrap();
    stream.write_all(&content[..120_000]).await.unwrap();
    stream.finish().await.unwrap();
    let mut stream = client.write_at("parts", 100_000).await.unwrap();
    stream.write_all(&content[100_000..200_000]).await.unwrap();
    stream.finish().await.unwrap();
    let mut stream = client.append("parts").await.unwrap();
    stream.write_all(&content[200_000..]).await.unwrap();
    stream.finish().await.unwrap();
    assert!(fs::read(server.files.join("parts")).unwrap() == content);
    // The offset is used up.
    assert!(read(&mut client, "parts", 0).await == content);
    client.quit().await.unwrap();
}

/// More than sockets hold, so that the transfer is running when it is aborted.
fn huge(server: &Server) {
    fs::File::create(server.files.join("huge.bin")).unwrap().set_len(48 << 20).unwrap();
}

pub(super) async fn aborts(server: &Server) {
    huge(server);
    let mut client = login(server).await;
    let mut stream = client.read("huge.bin").await.unwrap();
    stream.read_exact(&mut [0; 1000]).await.unwrap();
    stream.abort().await.unwrap();
    client.working_directory().await.unwrap();
    let mut stream = client.write("cut.bin").await.unwrap();
    stream.write_all(&noise(100_000)).await.unwrap();
    if let Err(error) = stream.abort().await {
        // It loses an upload that ends before it accepted the data connection, and says that there is none.
        assert_eq!((server.product, error.kind()), (Product::Pyftpdlib, ErrorKind::Closed), "{error}");
        client = login(server).await;
    }
    assert!(read(&mut client, LARGE, 0).await == Tree::difficult().file(LARGE));
    client.quit().await.unwrap();
}

/// The session, or a new one where the server lost it with the data connection: aioftp does, and pyftpdlib at times.
async fn in_step(server: &Server, mut client: Connection) -> Connection {
    match client.working_directory().await {
        Err(error) if matches!(server.product, Product::Aioftp | Product::Pyftpdlib) => {
            assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
            login(server).await
        }
        here => {
            here.unwrap();
            client
        }
    }
}

pub(super) async fn drops_unfinished_streams(server: &Server) {
    huge(server);
    let mut client = login(server).await;
    let mut stream = client.read("huge.bin").await.unwrap();
    stream.read_exact(&mut [0; 1000]).await.unwrap();
    drop(stream);
    let mut client = in_step(server, client).await;
    let mut listing = client.list("");
    listing.next().await.unwrap().unwrap();
    drop(listing);
    let mut client = in_step(server, client).await;
    assert!(read(&mut client, LARGE, 0).await == Tree::difficult().file(LARGE));
    client.quit().await.unwrap();
}

pub(super) async fn moves_text(server: &Server) {
    let mut client = login(server).await;
    client.set_representation(RepresentationType::Ascii);
    let text = Tree::difficult().file("text.txt").to_vec();
    assert_eq!(String::from_utf8(read(&mut client, "text.txt", 0).await), String::from_utf8(text.clone()));
    let mut stream = client.write("up.txt").await.unwrap();
    stream.write_all(&text).await.unwrap();
    stream.finish().await.unwrap();
    assert_eq!(fs::read_to_string(server.files.join("up.txt")).unwrap().into_bytes(), text);
    client.quit().await.unwrap();
}

pub(super) async fn lets_the_server_connect(server: &Server) {
    let mut client = login_with(server, Connection::builder().data_mode(DataMode::Active)).await;
    moves(server, &mut client, "up.bin").await;
    assert!(!client.list("").all().await.unwrap().is_empty());
    client.quit().await.unwrap();
}

pub(super) async fn asks_in_each_form(server: &Server) {
    for form in [PassiveForm::Extended, PassiveForm::Plain] {
        let mode = DataMode::Passive(vec![form]);
        let mut client = login_with(server, Connection::builder().data_mode(mode)).await;
        moves(server, &mut client, &format!("{form:?}.bin")).await;
        client.quit().await.unwrap();
    }
}

/// Against a second server, which listens on `::1`.
pub(super) async fn works_over_ipv6(server: &Server) {
    Box::pin(run_on(Family::Ipv6, server.product, async |server| {
        let mut client = login(server).await;
        assert!(client.peer_address().is_ipv6());
        moves(server, &mut client, "up.bin").await;
        assert!(!client.list("").all().await.unwrap().is_empty());
        client.quit().await.unwrap();
    }))
    .await;
}

pub(super) async fn runs_four_at_once(server: &Server) {
    let session = async |number: usize| {
        let mut client = login(server).await;
        moves(server, &mut client, &format!("{number}.bin")).await;
        client.quit().await.unwrap();
    };
    tokio::join!(session(0), session(1), session(2), session(3));
}
