//! Which server of this machine is asked.

use std::path::PathBuf;

use crate::{config::Loaded, control, exit::Failure, output};

/// Where the server answers.
#[derive(Debug, clap::Args)]
pub(crate) struct ControlSocket {
    /// The server's control socket
    #[arg(long, value_name = "FILE", default_value = control::SOCKET, conflicts_with = "config")]
    socket: PathBuf,

    /// The server's configuration, which names its control socket
    #[arg(long, value_name = "CONFIGURATION")]
    config: Option<PathBuf>,
}

impl ControlSocket {
    /// The socket.
    ///
    /// # Errors
    /// The configuration is no good, or names none.
    pub(crate) fn find(self) -> Result<PathBuf, Failure> {
        let Some(config) = self.config else { return Ok(self.socket) };
        let loaded = Loaded::read_alone(&config, &[])?;
        let socket = loaded.config.control.socket.as_deref().map(|socket| loaded.path(socket));
        socket.ok_or_else(|| {
            let shown = output::shown(&config);
            Failure::usage(format!(
                "{shown} names no socket, so its server cannot be asked: [control] socket"
            ))
        })
    }
}
