use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use wharf::{Client, client::sync};

use crate::{
    bookmarks,
    connection::{Options, Target},
    exit::Failure,
    site::Place,
    url,
};

/// What SRC or DST says: a folder of this machine, or a place on a server.
#[derive(Clone, Debug)]
pub(in crate::verb) enum Side {
    Folder(PathBuf),
    Server(Place),
}

/// The two ends of a sync, at least one of them on a server.
pub(in crate::verb) struct Ends {
    from: End,
    to: End,
}

enum End {
    Folder(PathBuf),
    Server(Box<Target>),
}

/// An end that can be worked with.
pub(in crate::verb) enum Open {
    Folder(PathBuf),
    Server { client: Client, path: Vec<u8> },
}

impl From<OsString> for Side {
    fn from(text: OsString) -> Self {
        match text.to_str() {
            Some(text) if text.contains("://") || bookmarks::is_one(text) => Self::Server(Place::new(text)),
            _ => Self::Folder(text.into()),
        }
    }
}

impl Ends {
    /// Finds out who to log in as, which may be asked for.
    ///
    /// # Errors
    /// Both are folders; SRC is none; what is wrong with a URL, the options, or the files that they name.
    pub(in crate::verb) fn new(
        src: &Side,
        dst: &Side,
        options: &Options,
        dst_password_file: Option<&Path>,
    ) -> Result<Self, Failure> {
        for side in [src, dst] {
            if let Side::Server(place) = side
                && url::ends_above(&place.url()?.path)
            {
                return Err(Failure::usage("the URL: it ends with `..`, which may be more than is meant"));
            }
        }
        let is_second = matches!((src, dst), (Side::Server(_), Side::Server(_)));
        if dst_password_file.is_some() && !is_second {
            let text = "--dst-password-file is for two servers; with one, it is --password-file";
            return Err(Failure::usage(text));
        }
        Ok(match (src, dst) {
            (Side::Folder(_), Side::Folder(_)) => {
                return Err(Failure::usage("neither SRC nor DST is a URL: one of them is on a server"));
            }
            (Side::Folder(src), Side::Server(dst)) => {
                if !fs::metadata(src).map_err(|error| fails(src, &error))?.is_dir() {
                    return Err(fails(src, &"it is no directory"));
                }
                Self {
                    from: End::Folder(src.clone()),
                    to: End::Server(Box::new(options.target(dst.url()?)?)),
                }
            }
            (Side::Server(src), Side::Folder(dst)) => Self {
                from: End::Server(Box::new(options.target(src.url()?)?)),
                to: End::Folder(dst.clone()),
            },
            (Side::Server(src), Side::Server(dst)) => {
                let (src, dst) = (src.url()?, dst.url()?);
                let is_same = src.is_same_server(&dst) && dst_password_file.is_none();
                let from = options.target(src)?;
                let to = match is_same {
                    true => from.at(dst),
                    false => options.server.target_of_dst(dst, dst_password_file)?,
                };
                Self { from: End::Server(Box::new(from)), to: End::Server(Box::new(to)) }
            }
        })
    }

    /// Connects and logs in, with so many connections at the most.
    ///
    /// # Errors
    /// Those of connecting and of the login.
    pub(in crate::verb) async fn open(
        self,
        options: &Options,
        connections: usize,
    ) -> Result<(Open, Open), Failure> {
        Ok((self.from.open(options, connections).await?, self.to.open(options, connections).await?))
    }
}

impl End {
    async fn open(self, options: &Options, connections: usize) -> Result<Open, Failure> {
        match self {
            Self::Folder(path) => Ok(Open::Folder(path)),
            Self::Server(target) => {
                let client = connected(&target, options, connections).await?;
                Ok(Open::Server { client, path: options.server.path_of(&target.url) })
            }
        }
    }
}

/// A client that has logged in.
///
/// # Errors
/// What is wrong with the way or the login, with the address.
pub(in crate::verb) async fn connected(
    target: &Target,
    options: &Options,
    connections: usize,
) -> Result<Client, Failure> {
    let client = options.client_builder(target).connections(connections).build()?;
    drop(client.connection().await.map_err(|error| target.fails(error))?);
    Ok(client)
}

impl Open {
    /// The place as the library knows it.
    ///
    /// # Errors
    /// The folder cannot be opened.
    pub(in crate::verb) async fn place(&self) -> Result<sync::Place, Failure> {
        match self {
            Self::Folder(path) => sync::Place::folder(path).await.map_err(|error| fails(path, &error)),
            Self::Server { client, path } => Ok(sync::Place::server(client, path)),
        }
    }

    /// Says goodbye.
    pub(in crate::verb) async fn close(&self) {
        if let Self::Server { client, .. } = self {
            client.close().await;
        }
    }
}

fn fails(path: &Path, reason: &dyn std::fmt::Display) -> Failure {
    Failure::about(path, reason)
}
