//! Through proxies of others: trees and files both ways, in clear and under TLS, and what they refuse.

use std::{fs, process::Output, time::Duration};

use tempfile::TempDir;
use wharf::{Client, Proxy, ProxyProblem, connection::ClientTls, storage::Local};
use wharf_interop::{
    Server, clients,
    fixture::Tree,
    proxies::{self, PASSWORD, USER},
    servers,
};

/// A tree down and up again through a proxy, byte for byte, by `wharf`'s client.
async fn moves_trees(server: &Server, proxy: Proxy) {
    let target = &server.target;
    let tls = server.tls.as_ref().map(|tls| {
        let tls = ClientTls::explicit().roots_from_pem_file(&tls.certificate).unwrap();
        match server.product {
            // It wants every data connection to resume. Under TLS 1.3 its tickets for the next ones come behind an upload, and
            // microsocks and pproxy end both directions when one ends.
            servers::Product::Vsftpd => tls.protocol_versions(&[&rustls::version::TLS12]),
            _ => tls,
        }
    });
    let client = Client::builder(target.address)
        .login(&target.user, &target.password)
        .tls(tls)
        .connection(|connection| connection.proxy(proxy))
        .build()
        .unwrap();
    let directory = TempDir::new().unwrap();
    let local = Local::open(directory.path()).unwrap();
    client.download(server.home, &local, "down").write_into().await.unwrap().into_result().unwrap();
    assert_eq!(Tree::read(&directory.path().join("down")), Tree::difficult());
    let up = format!("{}/up", server.home.trim_end_matches('/'));
    client.upload(&local, "down", &up).write_into().await.unwrap().into_result().unwrap();
    assert_eq!(Tree::read(&server.files.join("up")), Tree::difficult());
    client.close().await;
}

/// `wharf ls`, `get` and `put` of one file, with `--proxy`.
fn the_program_works(server: &Server, proxy: &str) {
    let folder = TempDir::new().unwrap();
    let home = server.home.trim_start_matches('/');
    let scheme = if server.tls.is_some() { "ftpes" } else { "ftp" };
    let slash = if home.is_empty() { "" } else { "/" };
    let url = format!("{scheme}://{}@{}/{home}{slash}", server.target.user, server.target.address);
    let run = |verb: &str, arguments: &[&str]| -> Output {
        let mut all = vec!["--proxy", proxy];
        if let Some(tls) = &server.tls {
            all.extend(["--ca-file", tls.certificate.to_str().unwrap()]);
        }
        let output = clients::wharf_with(&server.target, verb, &[&all, arguments].concat(), PROXY_PASSWORD);
        assert!(output.status.success(), "{verb}: {}", String::from_utf8_lossy(&output.stderr));
        output
    };
    let listed = clients::printed(run("ls", &[&url]));
    assert!(listed.lines().any(|line| line == "every octet.bin"), "{listed}");
    let got = folder.path().join("got");
    run("get", &[&format!("{url}every%20octet.bin"), got.to_str().unwrap()]);
    assert_eq!(fs::read(&got).unwrap(), Tree::difficult().file("every octet.bin"));
    run("put", &[got.to_str().unwrap(), &format!("{url}back.bin")]);
    assert_eq!(fs::read(server.files.join("back.bin")).unwrap(), Tree::difficult().file("every octet.bin"));
}

/// As the program takes the proxy's password.
const PROXY_PASSWORD: &[(&str, &str)] = &[("WHARF_PROXY_PASSWORD", PASSWORD)];

/// Everything through a proxy, to a server of ours and one of others, in clear and under TLS.
async fn works(product: proxies::Product, scheme: &str, password: &str) {
    // Another test of this process may have been first.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    for server in [
        servers::Product::Wharf.start(&Tree::difficult()),
        servers::Product::Vsftpd.start(&Tree::difficult()),
        servers::Product::Wharf.start_with_tls(&Tree::difficult()),
        servers::Product::Vsftpd.start_with_tls(&Tree::difficult()),
    ] {
        let proxy = product.start();
        let url = format!("{scheme}://{USER}@{}", proxy.address);
        let through = url.parse::<Proxy>().unwrap().credentials(USER, password);
        let limit = Duration::from_secs(40);
        tokio::time::timeout(limit, moves_trees(&server, through)).await.expect("it ends in time");
        the_program_works(&server, &url);
        // Each file and listing had a connection of its own through the proxy, and none went beside it.
        let log = proxy.log();
        let host = server.target.host();
        let led = log.lines().filter(|line| line.contains(&host)).count();
        assert!(led > 10, "{product:?} to {:?}: {log}", server.product);
    }
}

#[tokio::test]
async fn microsocks() {
    works(proxies::Product::Microsocks, "socks5h", PASSWORD).await;
    refuses(proxies::Product::Microsocks, "socks5h").await;
}

#[tokio::test]
async fn tinyproxy() {
    works(proxies::Product::Tinyproxy, "http", PASSWORD).await;
    refuses(proxies::Product::Tinyproxy, "http").await;
}

#[tokio::test]
async fn pproxy() {
    works(proxies::Product::Pproxy, "socks4a", "").await;
}

/// A wrong password, and a server that is not there, are told apart; the program ends with 3.
async fn refuses(product: proxies::Product, scheme: &str) {
    let proxy = product.start();
    let server = servers::Product::Wharf.start(&Tree::empty());
    let url = format!("{scheme}://{USER}@{}", proxy.address);
    let through = url.parse::<Proxy>().unwrap().credentials(USER, "wrong-word");
    let builder = wharf::Connection::builder().proxy(through);
    let error = builder.connect(server.target.address).await.unwrap_err();
    assert_eq!(error.proxy().unwrap().problem(), ProxyProblem::Authentication, "{error}");
    // A port that nobody listens on.
    let nobody = std::net::SocketAddr::new(server.target.address.ip(), 1);
    let through = url.parse::<Proxy>().unwrap().credentials(USER, PASSWORD);
    let error = wharf::Connection::builder().proxy(through).connect(nobody).await.unwrap_err();
    assert_eq!(error.proxy().unwrap().problem(), ProxyProblem::CannotReach, "{error}");
    let target = wharf_interop::Target { address: nobody, user: "anna".to_owned(), password: "x".to_owned() };
    let arguments = ["--proxy", &url, &format!("ftp://anna@{nobody}/")];
    let output = clients::wharf_with(&target, "ls", &arguments, &[("WHARF_PROXY_PASSWORD", "wrong-word")]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains(&proxy.address.to_string()) && !told.contains("wrong-word"), "{told}");
}
