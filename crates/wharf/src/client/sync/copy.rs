use tokio::sync::Mutex;

use super::{RelativePath, place::Side, remote::Remote};
use crate::{Error, ErrorKind, Phase};

/// How files are copied between two sides of the same kind.
#[derive(Debug, Default)]
pub(super) struct Copying {
    /// Held while the two connections of a copy between servers are taken: those who hold one and wait for another would
    /// wait for each other.
    pairing: Mutex<()>,
}

impl Copying {
    /// Copies a file of `size` octets, if that is known, and gives how many it had. What was there is replaced when all is
    /// there, or not at all, as far as the destination can do so.
    pub(super) async fn copy(
        &self,
        from: &Side,
        to: &Side,
        path: &RelativePath,
        size: Option<u64>,
    ) -> Result<u64, Error> {
        match (from, to) {
            (Side::Stored(from), Side::Stored(to)) => to.copy_from(from, path).await,
            (Side::Remote(from), Side::Remote(to)) => self.between(from, to, path, size).await,
            _ => Err(Error::invalid_input("a lane copies between a storage and a server")),
        }
    }

    async fn between(
        &self,
        from: &Remote,
        to: &Remote,
        path: &RelativePath,
        size: Option<u64>,
    ) -> Result<u64, Error> {
        let (mut reader, mut writer) = {
            let _pairing = self.pairing.lock().await;
            (from.client.connection().await?, to.client.connection().await?)
        };
        let (source, target) = (from.at(path), to.at(path));
        let mut incoming = reader.read(&source).await?;
        let mut outgoing = writer.write(&target).await?;
        let octets = match tokio::io::copy_buf(&mut incoming, &mut outgoing).await {
            Ok(octets) => octets,
            Err(error) => {
                // One of the two has failed, and knows more. Dropped, the other ends with a reset: half a file is no file.
                let failed = match incoming.finish().await {
                    Err(error) if error.kind() == ErrorKind::Incomplete => outgoing.finish().await,
                    failed => failed,
                };
                let unknown = Error::new(ErrorKind::Data, Phase::Data).caused_by(error);
                return Err(failed.err().unwrap_or(unknown));
            }
        };
        incoming.finish().await?;
        if let Some(size) = size.filter(|size| octets < *size) {
            let error = Error::new(ErrorKind::Incomplete, Phase::Data).argument_is(&source);
            return Err(error.message(format!("only {octets} of {size} octets came")));
        }
        outgoing.finish().await?;
        Ok(octets)
    }
}
