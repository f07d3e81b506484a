//! The octets of one file, as records.

use std::sync::Arc;

use bytes::Bytes;
use wharf_core::{
    storage::{self, SourceBody},
    tree_stream::{MAX_CHUNK, Record},
};

use super::{PumpError, Writer};
use crate::net::pump::{self, Reading};

/// Sends at most `size` octets, and says how many there were; an error of storage is the inner one.
pub(super) async fn send_body(
    body: SourceBody,
    size: u64,
    writer: &mut Writer<'_, '_>,
) -> Result<Result<u64, storage::Error>, PumpError> {
    let mut sent = 0;
    let mut body = Body::from(body);
    while sent < size {
        let most = usize::try_from(size - sent).unwrap_or(usize::MAX).min(MAX_CHUNK);
        let mut chunk = match body.next(sent, most).await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            Err(error) => return Ok(Err(error)),
        };
        while !chunk.is_empty() && sent < size {
            let left = usize::try_from(size - sent).unwrap_or(usize::MAX);
            let part = chunk.split_to(chunk.len().min(MAX_CHUNK).min(left));
            sent += part.len() as u64;
            writer.put(&Record::Data(part)).await?;
        }
    }
    Ok(Ok(sent))
}

/// A file whose octets are taken from memory as long as they are there; then it is read ahead.
enum Body {
    Cached(Arc<std::fs::File>, u64),
    Reading(Reading),
}

impl From<SourceBody> for Body {
    fn from(body: SourceBody) -> Self {
        match body {
            SourceBody::File { file, offset } => Self::Cached(file, offset),
            body => Self::Reading(Reading::new(body)),
        }
    }
}

impl Body {
    /// The next octets, at most so many where that can be chosen; `sent` are those before.
    async fn next(&mut self, sent: u64, most: usize) -> storage::Result<Option<Bytes>> {
        loop {
            match self {
                Self::Reading(reading) => return reading.next().await,
                Self::Cached(file, offset) => {
                    let offset = offset.saturating_add(sent);
                    if let Some(chunk) = pump::read_cached(file, most, offset) {
                        return Ok((!chunk.is_empty()).then_some(chunk));
                    }
                    let body = SourceBody::File { file: Arc::clone(file), offset };
                    *self = Self::Reading(Reading::new(body));
                }
            }
        }
    }
}
