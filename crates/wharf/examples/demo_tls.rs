use wharf::{Permissions, Server, User, server::ServerTls, storage::Memory};
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    rustls::crypto::aws_lc_rs::default_provider().install_default().unwrap();
    let c = rcgen::generate_simple_self_signed(["localhost".to_string(), "127.0.0.1".into()])?;
    std::fs::write("/tmp/c.pem", c.cert.pem())?;
    std::fs::write("/tmp/k.pem", c.signing_key.serialize_pem())?;
    let s = Server::builder()
        .listen("127.0.0.1:2198")
        .listen_implicit("127.0.0.1:2197")
        .tls(ServerTls::from_pem_files([("/tmp/c.pem".into(), "/tmp/k.pem".into())])?)
        .user(User::new("anna", "secret", Memory::new()).permissions(Permissions::read_write()))
        .serve()
        .await?;
    println!("{}", s.address());
    s.wait().await;
    Ok(())
}
