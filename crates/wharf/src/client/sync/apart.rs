//! Two places that are one, or lie in one another: made the same, they would eat themselves up or never end.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::place::{Place, Side};
use crate::{Client, Error};

/// # Errors
/// One place is the other, or lies in it, as far as that can be told.
pub(super) async fn check(from: &Place, to: &Place) -> Result<(), Error> {
    let overlap = match (&from.side, &to.side) {
        (Side::Remote(one), Side::Remote(other)) if is_one_server(&one.client, &other.client) => {
            let mut connection = one.client.connection().await?;
            let login = connection.working_directory().await.ok();
            overlap(login.as_deref(), [&one.root, &other.root])
        }
        (Side::Stored(one), Side::Stored(other)) if Arc::ptr_eq(&one.storage, &other.storage) => {
            overlap(Some(b""), [one.root.as_bytes(), other.root.as_bytes()])
        }
        _ => match (&from.folder, &to.folder) {
            (Some(one), Some(other)) => one.starts_with(other) || other.starts_with(one),
            _ => false,
        },
    };
    match overlap {
        true => Err(Error::invalid_input(
            "the source and the destination are one place, or one lies in the other",
        )),
        false => Ok(()),
    }
}

/// Whether two clients are the same user of the same server, as far as the names tell.
fn is_one_server(one: &Client, other: &Client) -> bool {
    let who = |client: &Client| {
        let settings = &client.pool.settings;
        let host = settings
            .connection
            .address_of(&settings.host)
            .map(|(name, port)| (name.to_ascii_lowercase(), port));
        (host, settings.login.user.clone())
    };
    Arc::ptr_eq(&one.pool, &other.pool)
        || matches!((who(one), who(other)), (one @ (Some(_), _), other) if one == other)
}

/// The components of a pathname in a directory, without `.` and `..`.
fn resolved(directory: &[u8], path: &[u8]) -> Vec<Vec<u8>> {
    let mut components: Vec<Vec<u8>> = Vec::new();
    let directory = if path.first() == Some(&b'/') { &b""[..] } else { directory };
    for component in directory.split(|octet| *octet == b'/').chain(path.split(|octet| *octet == b'/')) {
        match component {
            b"" | b"." => {}
            b".." => drop(components.pop()),
            name => components.push(name.to_vec()),
        }
    }
    components
}

/// Whether one of two pathnames is the other, or lies in it. Where the directory at login is not known, nobody can tell that of an
/// absolute one and a relative one.
fn overlap(login: Option<&[u8]>, paths: [&[u8]; 2]) -> bool {
    let [one, other] = paths.map(|path| resolved(login.unwrap_or_default(), path));
    let [is_absolute, other_is] = paths.map(|path| path.starts_with(b"/"));
    (login.is_some() || is_absolute == other_is) && (one.starts_with(&other) || other.starts_with(&one))
}

/// A folder of this machine as the system knows it, also where it is still to be made.
pub(super) fn real(opened: &Path, below: &[OsString]) -> Option<PathBuf> {
    let mut real = opened.canonicalize().ok()?;
    real.extend(below);
    Some(real)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_another() {
        for (one, other, overlap) in [
            ("/home/anna/a", "a", true),
            ("a", "a/sub", true),
            ("a/sub/..", "a", true),
            ("a/./b/../c", "/home/anna/a/c/d", true),
            ("", "a", true),
            ("../..", "a", true),
            ("a", "ab", false),
            ("a/b", "a/c", false),
            ("/a", "a", false),
        ] {
            let paths = [one.as_bytes(), other.as_bytes()];
            assert_eq!(super::overlap(Some(b"/home/anna"), paths), overlap, "{one} {other}");
        }
    }

    #[test]
    fn what_lies_in_another_where_the_login_directory_is_not_known() {
        for (one, other, overlap) in [
            ("/a", "/a/b", true),
            ("a", "a/b", true),
            ("", "", true),
            ("", "a", true),
            ("", "/a", false),
            ("a", "/a", false),
            (".", "/a", false),
            ("/a", "/b", false),
        ] {
            let paths = [one.as_bytes(), other.as_bytes()];
            assert_eq!(super::overlap(None, paths), overlap, "{one} {other}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_is_to_be_made_is_not_the_one_that_it_will_be_in() {
        use std::os::unix::ffi::OsStringExt;

        let name = OsString::from_vec(b"M\xfcller".to_vec());
        let above = std::env::temp_dir().canonicalize().unwrap();
        assert_eq!(real(&above, &[]), Some(above.clone()));
        assert_eq!(real(&above, &[name.clone(), "a".into()]), Some(above.join(name).join("a")));
    }
}
