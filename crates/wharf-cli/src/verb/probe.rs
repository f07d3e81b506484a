//! `wharf probe`: what a server is, and whether its TLS is right.

mod certificate;
mod clock;
mod identity;
mod listing;
mod passive;
mod report;
mod text;
mod told;
mod versions;

use wharf::Connection;

pub(super) use self::identity::round_trip;

use self::{
    certificate::Trust,
    report::{Login, Report, Tls},
};
use super::OwnVerb;
use crate::{
    connection::{self, ServerOptions, Target},
    exit::{Exit, Failure},
    output::Output,
    runtime,
    site::Place,
    tls,
    url::{self, Scheme},
};

/// Show what a server is, and whether its TLS is right.
///
/// The greeting, the features, the certificate and who trusts it, the versions of TLS, whether data connections resume
/// the session of the control connection, where the server has clients connect to, how it lists, and its clock. A
/// certificate that is not trusted is shown like any other, but the password is not sent then: what is seen before the
/// login is all there is.
///
/// Nothing is written to the server, unless --write is given.
#[derive(Debug, clap::Args)]
#[command(after_help = url::HELP)]
pub(crate) struct Probe {
    /// The server, and a directory to list: ftp://[user@]host[:port]/path
    url: Place,

    /// Upload a small file to the directory to see the server's clock by it, and remove it again
    #[arg(long)]
    write: bool,

    #[command(flatten)]
    server: ServerOptions,
}

impl OwnVerb for Probe {
    const EXAMPLES: &'static str = "\
wharf probe ftpes://anna@ftp.example.org/
wharf probe --json ftps://ftp.example.org/ | jq .tls.trust";

    /// What was seen is printed whatever comes then.
    fn run(self, output: Output) -> Result<(), Failure> {
        let url = self.url.url()?;
        let target = self.server.target_with(url, |options, url| {
            Ok(tls::Options::judging(options, url)?.map(wharf::connection::ClientTls::inspect_certificate))
        })?;
        runtime::until_interrupted(async {
            self.server.begin_log();
            let look = Look { arguments: &self, target: &target, insecure: self.server.tls.is_insecure() };
            let mut report = Report::new(&target.url);
            let seen = look.look(&mut report).await;
            if let Err(failure) = &seen {
                report.stopped = failure.text.clone();
            }
            if output.is_json() || report.address.is_some() {
                output.put(&report, |report| format!("{}\n", text::Text(report)).into_bytes())?;
            }
            seen?;
            match report.data_connections.iter().any(|data| data.error.is_some()) {
                true => Err(Failure::silent(Exit::Partial)),
                false => Ok(()),
            }
        })
    }
}

/// What there is to do.
struct Look<'a> {
    arguments: &'a Probe,
    target: &'a Target,
    /// Whether to log in to whoever is there.
    insecure: bool,
}

impl Look<'_> {
    /// Looks at everything, as far as it comes; the report has what was seen, whatever happened then.
    async fn look(&self, report: &mut Report) -> Result<(), Failure> {
        let Self { arguments, target, .. } = *self;
        let mut client = target.connect(arguments.server.builder(target)).await?;
        report.address = Some(client.peer_address());
        report.greeting = client.greeting().iter().map(|line| report::text(line)).collect();
        let distrust = match client.tls_info() {
            Some(info) => {
                let distrust = info.distrust.clone();
                report.tls = Some(self.tls(&info));
                distrust
            }
            None => {
                report.tls = Some(self.tls_beside().await);
                None
            }
        };
        identity::ask(&mut client, report).await?;
        if let Some(reason) = distrust {
            if !self.insecure {
                connection::quit(client).await;
                self.other_version(report).await;
                return Err(untrusted(&reason));
            }
            client.trust_certificate();
        }
        let logged_in = target.log_in(&mut client).await;
        let user = report::text(&target.login.user);
        report.login = Some(Login { user, accepted: logged_in.is_ok() });
        logged_in?;
        // Some servers do not answer before.
        identity::ask(&mut client, report).await?;
        report.round_trip_ms = Some(identity::round_trip(&mut client).await?);
        let path = arguments.server.path_of(&target.url);
        if !path.is_empty()
            && let Err(error) = client.change_directory(&path).await
        {
            return Err(connection::explain(&mut client, &path, error).await);
        }
        let proxied = target.proxy.is_some();
        report.passive = Some(passive::ask(&mut client, proxied).await?);
        let listed = listing::look(&mut client, report).await?;
        report.clock = Some(match arguments.write {
            true => clock::by_upload(&mut client, report).await?,
            false => clock::by_listings(&mut client, &listed).await?,
        });
        connection::quit(client).await;
        self.other_version(report).await;
        Ok(())
    }

    /// TLS of a session, as the report has it.
    fn tls(&self, info: &wharf::connection::TlsInfo) -> Tls {
        let url = &self.target.url;
        let certificates = certificate::read(&info.certificates);
        let judge = self.arguments.server.tls.judge();
        let trust = Trust::new(&certificates, info, &url.host, judge);
        Tls {
            begins: if url.scheme == Scheme::Implicit { "implicit" } else { "explicit" },
            used: url.scheme != Scheme::Clear,
            refused: None,
            trust: Some(trust),
            certificates,
            versions: vec![versions::spoken(info)],
        }
    }

    /// Whether a server that is talked to in clear has TLS: on another connection, which does not log in.
    async fn tls_beside(&self) -> Tls {
        let explicit = wharf::connection::ClientTls::explicit().inspect_certificate();
        let builder = self.arguments.server.builder(self.target).tls(explicit);
        let connected = builder.connect(self.target.url.address()).await;
        let seen = match connected {
            Ok(client) => {
                let info = client.tls_info();
                connection::quit(client).await;
                Ok(info)
            }
            Err(error) => Err(error),
        };
        match seen {
            Ok(Some(info)) => self.tls(&info),
            Ok(None) => Tls::refused("the connection is in clear"),
            Err(error) => Tls::refused(error.to_string()),
        }
    }

    /// Looks at the version of TLS that the session did not have.
    async fn other_version(&self, report: &mut Report) {
        let log_in = report.login.as_ref().is_some_and(|login| login.accepted);
        versions::look(self, report, log_in).await;
    }

    /// Logs in to the same server once more.
    async fn log_in_again(&self, client: &mut Connection) -> Result<(), Failure> {
        if self.insecure {
            client.trust_certificate();
        }
        self.target.log_in(client).await
    }
}

/// Why there was no login.
fn untrusted(reason: &str) -> Failure {
    let text = format!(
        "the certificate is not trusted: {reason}; no password was sent; --pin with its SHA-256 trusts it"
    );
    Failure::new(Exit::Tls, text)
}
