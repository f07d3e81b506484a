use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wharf::Connection;
use wharf_interop::{Server, fixture::Tree, servers::Product};

use super::login;

async fn write(client: &mut Connection, path: &str, content: &[u8]) {
    let mut stream = client.write(path).await.unwrap();
    stream.write_all(content).await.unwrap();
    stream.finish().await.unwrap();
}

pub(super) async fn makes_renames_and_removes(server: &Server) {
    let mut client = login(server).await;
    client.make_dir_all("new/er/est").await.unwrap();
    client.make_dir_all("new/er/est").await.unwrap();
    client.rename("text.txt", "new/er/text.txt").await.unwrap();
    client.rename("a/b", "new/b").await.unwrap();
    client.remove_file("empty").await.unwrap();
    client.remove_dir("new/er/est").await.unwrap();
    let tree = Tree::difficult();
    let expected = tree
        .clone()
        .without("empty")
        .without("text.txt")
        .without("a/b")
        .with("new/er/text.txt", tree.file("text.txt"))
        .with("new/b/beside.bin", tree.file("a/b/beside.bin"))
        .with("new/b/c/deep.txt", tree.file("a/b/c/deep.txt"));
    assert_eq!(Tree::read(&server.files), expected);

    write(&mut client, "new/b/.dot", b"hidden where LIST is all there is").await;
    client.remove("new").await.unwrap();
    client.remove("every octet.bin").await.unwrap();
    let expected = expected.without("new").without("every octet.bin");
    assert_eq!(Tree::read(&server.files), expected);
    client.quit().await.unwrap();
}

pub(super) async fn keeps_names(server: &Server) {
    let mut client = login(server).await;
    let home = server.home.trim_end_matches('/');
    let mut names = vec![
        "two  spaces",
        "say \"when\"",
        "\"quoted\"",
        "d\u{e9}j\u{e0} \u{6587}",
        "semi;colon=x",
        "[1] {2}",
        "a\\b",
        "-dash",
    ];
    match server.product {
        // It sends a quote as it is, where a client must read two as one: what it reads is another name.
        Product::Aioftp => names.retain(|name| !name.contains('"')),
        // The same, and it refuses backslashes.
        Product::PureFtpd => names.retain(|name| !name.contains(['"', '\\'])),
        _ => {}
    }
    for name in names {
        client.make_dir(name).await.unwrap();
        client.change_directory(name).await.unwrap();
        let here = client.working_directory().await.unwrap();
        assert_eq!(String::from_utf8_lossy(&here), format!("{home}/{name}"));
        write(&mut client, name, name.as_bytes()).await;
        let mut stream = client.read(name).await.unwrap();
        let mut content = String::new();
        stream.read_to_string(&mut content).await.unwrap();
        stream.finish().await.unwrap();
        assert_eq!(content, name);
        client.change_to_parent().await.unwrap();
        let listed: Vec<_> =
            client.list(name).all().await.unwrap().into_iter().map(|entry| entry.entry.name).collect();
        assert_eq!(listed, [name.as_bytes()], "{name}");
        client.remove(name).await.unwrap();
        assert!(!server.files.join(name).exists(), "{name}");
    }
    client.quit().await.unwrap();
}
