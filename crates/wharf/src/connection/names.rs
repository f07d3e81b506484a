//! Names: in which charset the server has them.

use tracing::debug;
use wharf_core::{
    charset::Charset,
    command::feature::{OptsUtf8, UTF8},
    feature::Features,
    product::Product,
};

use super::{Connection, HostMemory};
use crate::{Error, net::connect::Host};

/// The charset of one server's names, as far as it is known by now.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    set: Option<Charset>,
    memory: HostMemory,
    host: Host,
}

impl Names {
    pub(crate) fn charset(&self) -> Charset {
        self.set.or_else(|| self.memory.charset(&self.host)).unwrap_or_default()
    }
}

impl Connection {
    /// The charset of the server's names, for people and local files: the one that was
    /// [set](super::ConnectionBuilder::charset), or that was [guessed](Self::guess_charset), else UTF-8.
    pub fn charset(&self) -> Charset {
        self.names().charset()
    }

    /// The same for those who do not hold the connection.
    pub(crate) fn names(&self) -> Names {
        Names {
            set: self.settings.charset,
            memory: self.settings.host_memory.clone(),
            host: self.host.clone(),
        }
    }

    /// Guesses the charset of the server by names that it has listed, and gives the one that holds from now on.
    ///
    /// There is nothing to guess where the charset is set, or was guessed before, where all the names are UTF-8, and where
    /// the server says `UTF8` in FEAT, which is asked for at most once. A guess holds for all connections with the same
    /// [`HostMemory`]. Recursive work guesses by itself.
    ///
    /// # Errors
    /// As [`send`](Self::send). That the server refuses FEAT is none.
    pub async fn guess_charset<'n>(
        &mut self,
        names: impl IntoIterator<Item = &'n [u8]>,
    ) -> Result<Charset, Error> {
        let known = self.settings.charset.or_else(|| self.settings.host_memory.charset(&self.host));
        if let Some(known) = known {
            return Ok(known);
        }
        let guess = Charset::detect(names).unwrap_or_default();
        if guess == Charset::UTF_8 || !self.is_open() {
            return Ok(Charset::UTF_8);
        }
        let says_utf8 = |features: &Features| features.has(UTF8);
        let features = match self.features().await {
            Err(error) if error.is_permanent_refusal() => None,
            features => Some(features?),
        };
        if features.is_some_and(says_utf8) {
            return Ok(Charset::UTF_8);
        }
        debug!(target: "wharf::connection", "the names of {} look like {guess}", self.host);
        self.settings.host_memory.guessed(&self.host, guess);
        Ok(guess)
    }

    /// Has the server use UTF-8, if it is one that does so only when it is told to.
    pub(super) async fn agree_on_utf8(&mut self) -> Result<(), Error> {
        let is_meant = self.settings.charset.is_none_or(|charset| charset == Charset::UTF_8);
        if !is_meant || !self.is(Product::wants_opts_utf8) {
            return Ok(());
        }
        match self.exchange(OptsUtf8).await {
            // An old one that has no UTF-8.
            Err(error) if error.is_permanent_refusal() => {
                debug!(target: "wharf::connection", "{error}");
                Ok(())
            }
            agreed => agreed,
        }
    }
}
