//! PASV, EPSV, PORT and EPRT: who connects where for the next transfer (RFC 959 section 4.1.2, RFC 2428).

use std::{borrow::Cow, net::SocketAddr};

use super::{Argument, ArgumentError, Command, completes, no_argument};
use crate::{
    address::{ExtendedAddress, ExtendedPassive, ExtendedPort, HostPort, NetworkProtocol},
    failure::Failure,
    reply::{Reply, Severity},
    server::{Context, Served},
    session::DataPlan,
    spec::{DataUse, Feature, Grammar, Opening, Spec},
};

/// PASV: the server listens, on IPv4 (RFC 959 section 4.1.2).
///
/// ```text
/// C: PASV
/// S: 227 Entering Passive Mode (127,0,0,1,156,64).
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pasv;

impl Command for Pasv {
    const SPEC: Spec = Spec {
        verb: "PASV",
        reference: "RFC 959 section 4.1.2",
        help: "Have the server listen for the data connection.",
        data: DataUse::Opens(Opening::Passive),
        replies: &[227, 425],
        ..Spec::DENY
    };

    /// The address that the server names. It is the client's to distrust: see `wharf`'s client.
    type Output = HostPort;

    no_argument!();

    fn accept(&self, reply: &Reply) -> Option<HostPort> {
        (reply.code() == 227).then(|| HostPort::find(reply.last()))?
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        if !context.session.local().is_ipv4() {
            return Err(Failure::new(425, "PASV is for IPv4, use EPSV."));
        }
        let address = listen(context).await?;
        let SocketAddr::V4(address) = address else {
            return Err(Failure::new(425, "There is no IPv4 address to name, use EPSV."));
        };
        let host = HostPort::from(address);
        Ok(Reply::new(227, format!("Entering Passive Mode ({host}).")).into())
    }
}

/// EPSV: the server listens, on the network protocol of the control connection (RFC 2428 section 3).
///
/// ```text
/// C: EPSV
/// S: 229 Entering Extended Passive Mode (|||40000|)
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epsv(
    /// Nothing, a network protocol, or ALL.
    pub ExtendedPassive,
);

impl Command for Epsv {
    const SPEC: Spec = Spec {
        verb: "EPSV",
        reference: "RFC 2428 section 3",
        help: "Have the server listen for the data connection, on any network protocol.",
        argument: Grammar::Optional("1, 2 or ALL"),
        good: &["", "1", "2", "ALL"],
        bad: &["foo", "3"],
        data: DataUse::Opens(Opening::ExtendedPassive),
        feature: Feature::Line("EPSV"),
        replies: &[200, 229, 425, 522],
        ..Spec::DENY
    };

    /// The port; `None` after `ALL`.
    type Output = Option<u16>;

    fn parse(argument: Argument) -> Result<Self, ArgumentError> {
        Ok(Self(ExtendedPassive::parse(argument.as_bytes())?))
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        self.0.to_string().into_bytes().into()
    }

    fn accept(&self, reply: &Reply) -> Option<Option<u16>> {
        match self.0 {
            ExtendedPassive::All => (reply.severity() == Severity::Completion).then_some(None),
            _ if reply.code() == 229 => ExtendedPort::find(reply.last()).map(|found| Some(found.port)),
            _ => None,
        }
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        let here = NetworkProtocol::of(context.session.local().ip());
        match self.0 {
            ExtendedPassive::All => {
                context.session.extended_passive_only = true;
                return Ok(Reply::new(200, "Only EPSV from now on.").into());
            }
            ExtendedPassive::Protocol(asked) if asked != here => return Err(use_protocol(here)),
            _ => {}
        }
        let port = ExtendedPort::new(listen(context).await?.port());
        Ok(Reply::new(229, format!("Entering Extended Passive Mode {port}")).into())
    }
}

/// PORT: the client listens, on IPv4 (RFC 959 section 4.1.2).
///
/// Only the control connection's own address and ports from 1024 on are accepted (RFC 2577 section 3).
///
/// ```text
/// C: PORT 127,0,0,1,156,64
/// S: 200 PORT accepted.
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port(
    /// Where the client listens.
    pub HostPort,
);

impl Command for Port {
    const SPEC: Spec = Spec {
        verb: "PORT",
        reference: "RFC 959 section 4.1.2",
        help: "Have the server connect to this address for the data connection.",
        argument: Grammar::Required("h1,h2,h3,h4,p1,p2"),
        good: &["127,0,0,1,156,64"],
        bad: &["", "1,2,3", "256,0,0,1,1,1", "127,0,0,1,1,256"],
        data: DataUse::Opens(Opening::Active),
        replies: &[200],
        ..Spec::DENY
    };

    completes!();

    fn parse(argument: Argument) -> Result<Self, ArgumentError> {
        Ok(Self(HostPort::parse(argument.as_bytes())?))
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        self.0.to_string().into_bytes().into()
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        connect_to(context, self.0.into())
    }
}

/// EPRT: the client listens, on any network protocol (RFC 2428 section 2). The rules of [`Port`] hold.
///
/// ```text
/// C: EPRT |2|::1|40000|
/// S: 200 EPRT accepted.
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Eprt(
    /// Where the client listens.
    pub ExtendedAddress,
);

impl Command for Eprt {
    const SPEC: Spec = Spec {
        verb: "EPRT",
        reference: "RFC 2428 section 2",
        help: "Have the server connect to this address, on any network protocol.",
        argument: Grammar::Required("|protocol|address|port|"),
        good: &["|1|127.0.0.1|40000|", "|2|::1|40000|"],
        bad: &["", "|1|127.0.0.1|40000", "|3|x|40000|", "|1|127.0.0.1|70000|", "|1|::1|40000|"],
        data: DataUse::Opens(Opening::Active),
        feature: Feature::Line("EPRT"),
        replies: &[200, 522],
        ..Spec::DENY
    };

    completes!();

    fn parse(argument: Argument) -> Result<Self, ArgumentError> {
        Ok(Self(ExtendedAddress::parse(argument.as_bytes())?))
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        self.0.to_string().into_bytes().into()
    }

    async fn serve(self, context: &mut Context<'_>) -> Served {
        connect_to(context, self.0.into())
    }
}

async fn listen(context: &mut Context<'_>) -> Result<SocketAddr, Failure> {
    context.session.data_plan = DataPlan::None;
    let address = context.host.listen(context.session.protection.level).await?;
    context.session.data_plan = DataPlan::Passive;
    Ok(SocketAddr::new(address.ip().to_canonical(), address.port()))
}

/// Plans an active data connection, to the control connection's peer and nobody else, but for servers that are named: no
/// bounce (RFC 2577 section 3).
fn connect_to(context: &mut Context<'_>, address: SocketAddr) -> Served {
    let peer = context.session.peer();
    let protocol = NetworkProtocol::of(peer.ip());
    if NetworkProtocol::of(address.ip()) != protocol {
        return Err(use_protocol(protocol));
    }
    let is_peer = address.ip() == peer.ip();
    let permitted = is_peer || context.host.is_partner(address.ip());
    if !permitted || address.port() < 1024 || context.host.is_own(address) {
        return Err(Failure::new(501, "Data connections go to your own address and a port from 1024 on."));
    }
    context.host.close_data();
    // The peer's own address knows its scope.
    let mut there = if is_peer { peer } else { address };
    there.set_port(address.port());
    context.session.data_plan = DataPlan::Active(there);
    Ok(Reply::new(200, format!("{} accepted.", context.spec.verb)).into())
}

fn use_protocol(protocol: NetworkProtocol) -> Failure {
    Failure::new(522, &format!("Network protocol not supported, use ({protocol})."))
}
