use async_trait::async_trait;
use wharf::storage::{Bytes, Result, Sink};

/// Is asked before octets are written.
#[async_trait]
pub(super) trait Meter: Send + 'static {
    /// Whether so many octets more may be written.
    ///
    /// # Errors
    /// They may not; none of them is written.
    async fn before(&mut self, octets: u64) -> Result<()>;

    /// They were written, or some of them may have been.
    fn after(&mut self, octets: u64, written: &Result<()>);

    /// Ends the writing.
    ///
    /// # Errors
    /// Those of the sink; or it must not end.
    async fn finish(self, sink: Box<dyn Sink>) -> Result<()>;
}

/// A sink whose octets pass a [`Meter`]. The kernel cannot move them by itself then.
pub(super) struct Counted<M> {
    pub(super) sink: Box<dyn Sink>,
    pub(super) meter: M,
}

#[async_trait]
impl<M: Meter> Sink for Counted<M> {
    async fn write(&mut self, chunk: Bytes) -> Result<()> {
        let octets = chunk.len() as u64;
        self.meter.before(octets).await?;
        let written = self.sink.write(chunk).await;
        self.meter.after(octets, &written);
        written
    }

    async fn finish(self: Box<Self>) -> Result<()> {
        self.meter.finish(self.sink).await
    }
}
