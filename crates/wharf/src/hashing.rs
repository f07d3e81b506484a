//! Digests of files in a storage, computed on threads that may be busy.

use wharf_core::digest::{Algorithm, Digest, Hasher};
use wharf_storage::{Error, ErrorKind, Result, SourceBody};

use crate::net::pump::Reading;

/// Fewer octets than this are no work for another thread.
const AT_ONCE: usize = 8 * 1024;

/// The digest of what `body` gives, or of the first `length` octets of it.
///
/// Dropped, it stops at a chunk of at most a few MiB.
///
/// # Errors
/// Those of the storage; [`InvalidOffset`](ErrorKind::InvalidOffset) for less than `length` octets.
pub(crate) async fn digest(body: SourceBody, length: Option<u64>, algorithm: Algorithm) -> Result<Digest> {
    let mut source = Reading::new(body);
    let mut hasher = Hasher::new(algorithm);
    let mut wanted = length.unwrap_or(u64::MAX);
    while wanted > 0 {
        let Some(mut chunk) = source.next().await? else { break };
        chunk.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
        wanted -= chunk.len() as u64;
        if chunk.len() < AT_ONCE {
            hasher.update(&chunk);
            continue;
        }
        let updated = tokio::task::spawn_blocking(move || {
            hasher.update(&chunk);
            hasher
        });
        hasher = updated.await.map_err(|error| Error::new(ErrorKind::Failed, error))?;
    }
    match length.is_some() && wanted > 0 {
        true => Err(ErrorKind::InvalidOffset.into()),
        false => Ok(hasher.finish()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use std::{io::Write, sync::Arc};
    use wharf_storage::Bytes;

    fn in_one_go(octets: &[u8]) -> Digest {
        let mut hasher = Hasher::new(Algorithm::Sha1);
        hasher.update(octets);
        hasher.finish()
    }

    fn streamed(content: &[u8], chunk: usize) -> SourceBody {
        let chunks: Vec<_> = content.chunks(chunk).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
        SourceBody::Stream(Box::pin(stream::iter(chunks)))
    }

    #[tokio::test]
    async fn files_and_streams_have_the_digest_of_their_octets() {
        let content: Vec<u8> = (0..1_000_003_u32).map(|number| (number % 251) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&content).unwrap();
        let file = SourceBody::File { file: Arc::new(file), offset: 3 };
        assert_eq!(digest(file, None, Algorithm::Sha1).await.unwrap(), in_one_go(&content[3..]));
        for chunk in [100, 9000, 300_000] {
            let all = digest(streamed(&content, chunk), None, Algorithm::Sha1).await.unwrap();
            assert_eq!(all, in_one_go(&content));
            for length in [0, 1, 99, 100, 101, 20_000] {
                let part =
                    digest(streamed(&content, chunk), Some(length as u64), Algorithm::Sha1).await.unwrap();
                assert_eq!(part, in_one_go(&content[..length]), "{length} octets in chunks of {chunk}");
            }
        }
    }

    #[tokio::test]
    async fn a_range_that_is_not_there_is_an_error() {
        let short = digest(streamed(b"four", 3), Some(5), Algorithm::Crc32).await.unwrap_err();
        assert_eq!(short.kind(), ErrorKind::InvalidOffset);
    }
}
