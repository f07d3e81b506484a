//! A server with three commands of its own: one that only answers, one that sends over the data connection, one that
//! uses a value of the program.
//!
//! ```text
//! cargo run -p wharf --example custom_command
//! ```

use std::{
    borrow::Cow,
    error::Error,
    sync::atomic::{AtomicU64, Ordering},
};

use wharf::{
    Server, User,
    core::{
        command::{Argument, ArgumentError, Command, Handler},
        reply::{Reply, Severity},
        server::{Context, Served, Transfer},
        spec::{DataUse, Grammar, Spec},
    },
    storage::{Bytes, Memory},
};

/// `PING`: answers. Three lines.
struct Ping;

impl Handler for Ping {
    const SPEC: Spec = Spec { verb: "PING", help: "Answer.", ..Spec::DENY };

    async fn serve(_: Argument, _: &mut Context<'_>) -> Served {
        Ok(Reply::new(200, "Pong.").into())
    }
}

/// `COLL n`: sends the lines 1 to n. A command with a typed argument: wharf's client can send it too.
#[derive(Debug)]
struct Coll {
    lines: u32,
}

impl Command for Coll {
    const SPEC: Spec = Spec {
        verb: "COLL",
        help: "Send the lines 1 to n.",
        argument: Grammar::Required("n"),
        data: DataUse::Sends,
        replies: &[150, 226],
        ..Spec::DENY
    };

    type Output = ();

    fn parse(argument: Argument) -> Result<Self, ArgumentError> {
        let lines = argument.as_str()?.parse().map_err(|_| ArgumentError::Invalid("n is a number"))?;
        Ok(Self { lines })
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        self.lines.to_string().into_bytes().into()
    }

    fn accept(&self, reply: &Reply) -> Option<()> {
        (reply.severity() == Severity::Completion).then_some(())
    }

    async fn serve(self, _: &mut Context<'_>) -> Served {
        let lines = (1..=self.lines).map(|line| Ok(Bytes::from(format!("{line}\r\n"))));
        Ok(Transfer::send(futures_util::stream::iter(lines)).into())
    }
}

/// How often `COUNT` was sent, by all sessions.
#[derive(Default)]
struct Counter(AtomicU64);

/// `COUNT`: uses a value that the program gave to the server.
struct Count;

impl Handler for Count {
    const SPEC: Spec = Spec { verb: "COUNT", help: "Count.", ..Spec::DENY };

    async fn serve(_: Argument, context: &mut Context<'_>) -> Served {
        let counter =
            context.extension::<Counter>().ok_or_else(|| Reply::new(502, "There is no counter."))?;
        Ok(Reply::new(200, format!("{}", counter.0.fetch_add(1, Ordering::Relaxed) + 1)).into())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = Server::builder()
        .listen("127.0.0.1:2121")
        .user(User::new("anna", "secret", Memory::new()))
        .handler::<Ping>()
        .command::<Coll>()
        .handler::<Count>()
        .extension(Counter::default())
        .serve()
        .await?;
    eprintln!("ftp://anna@{}, password: secret", server.address());
    server.wait().await;
    Ok(())
}
