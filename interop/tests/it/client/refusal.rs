use wharf::{Connection, ErrorKind, Phase};
use wharf_interop::{Server, fixture::Tree};

use super::login;

/// A refusal is an error with its reply, and the session goes on.
pub(super) async fn is_refused(server: &Server) {
    let mut client = login(server).await;
    let error = client.read("missing").await.unwrap_err();
    assert_eq!((error.kind(), error.is_not_found()), (ErrorKind::Refused, true), "{error}");
    assert!(!error.is_temporary());
    assert!(client.change_directory("missing").await.unwrap_err().is_not_found());
    assert!(client.remove_file("missing").await.unwrap_err().is_not_found());
    assert!(client.remove("missing").await.unwrap_err().is_not_found());
    assert!(client.rename("missing", "other").await.unwrap_err().is_not_found());
    assert!(client.write("missing/directory/file").await.is_err());
    assert_eq!(client.remove_dir("a").await.unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(client.raw_command("FROB", &[200]).await.unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(Tree::read(&server.files), Tree::difficult());
    client.quit().await.unwrap();
}

pub(super) async fn is_not_let_in(server: &Server) {
    let mut client = Connection::connect(server.target.address).await.unwrap();
    let error = client.login(&server.target.user, "wrong").await.unwrap_err();
    assert_eq!((error.kind(), error.phase()), (ErrorKind::Refused, Phase::Login), "{error}");
}

/// Where the one account takes any password.
pub(super) async fn is_not_let_in_as_another(server: &Server) {
    let mut client = Connection::connect(server.target.address).await.unwrap();
    let error = client.login("somebody", "wrong").await.unwrap_err();
    assert_eq!((error.kind(), error.phase()), (ErrorKind::Refused, Phase::Login), "{error}");
}
