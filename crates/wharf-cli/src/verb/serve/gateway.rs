//! The public address of a server behind a router, which tells it: NAT-PMP (RFC 6886 section 3.2).
//!
//! The router alone is asked, through a socket that hears nobody else, and what it says is believed only if it is public.

use std::{
    fmt,
    net::{Ipv4Addr, UdpSocket},
    time::Duration,
};

use crab_nat::{GatewayAddress, TimeoutConfig, natpmp};
use tokio::{
    task::{JoinSet, spawn_blocking},
    time::sleep,
};
use tracing::{info, warn};
use wharf::server::Advertised;

use crate::exit::{Exit, Failure};

/// How often the router is asked again.
const INTERVAL: Duration = Duration::from_secs(60);

/// How often it is asked for one answer, and how long it may take: 1.75 seconds in all.
const PATIENCE: TimeoutConfig = TimeoutConfig {
    initial_timeout: Duration::from_millis(250),
    max_retries: 2,
    max_retry_timeout: Some(Duration::from_secs(1)),
};

/// Where packets to everybody leave. None is sent there: the system says which way it would take.
const ELSEWHERE: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);

/// By which address a server is reached from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// By its own, which is public.
    Own(Ipv4Addr),
    /// By its router's.
    Behind { gateway: Ipv4Addr, public: Ipv4Addr },
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(own) => write!(f, "{own}, which is this machine's own"),
            Self::Behind { gateway, public } => write!(f, "{public}, as the router {gateway} says"),
        }
    }
}

/// Finds it out.
///
/// # Errors
/// In words: there is no way out, nobody answers, the answer is no public address.
pub(super) async fn find() -> Result<Found, String> {
    let own = own_address().map_err(|error| format!("this machine has no way to the internet: {error}"))?;
    if Advertised::is_public(own.into()) {
        return Ok(Found::Own(own));
    }
    let gateway = spawn_blocking(netdev::get_default_gateway).await.map_err(|error| error.to_string())?;
    let gateway = gateway.ok().and_then(|gateway| gateway.ipv4.first().copied());
    let gateway = gateway.ok_or("this machine has no router")?;
    Ok(Found::Behind { gateway, public: ask(gateway).await? })
}

/// The address that packets to everybody come from.
fn own_address() -> std::io::Result<Ipv4Addr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.connect(ELSEWHERE)?;
    match socket.local_addr()?.ip() {
        std::net::IpAddr::V4(own) => Ok(own),
        std::net::IpAddr::V6(_) => Err(std::io::ErrorKind::AddrNotAvailable.into()),
    }
}

/// The public address of a router.
async fn ask(gateway: Ipv4Addr) -> Result<Ipv4Addr, String> {
    let answer = natpmp::external_address(GatewayAddress::IpV4(gateway), Some(PATIENCE)).await;
    let public =
        answer.map_err(|error| format!("the router {gateway} does not tell its public address: {error}"))?;
    match Advertised::is_public(public.into()) {
        true => Ok(public),
        false => {
            Err(format!("the router {gateway} says {public}, which is not public: it is behind another one"))
        }
    }
}

/// Sets what is advertised to what is found, now and each minute until the tasks are dropped. What a router does not tell
/// later stays as it was.
///
/// # Errors
/// It is not found out now.
pub(super) async fn ask_from_now_on(outside: &Advertised) -> Result<JoinSet<()>, Failure> {
    let found = find().await;
    let found = found
        .map_err(|error| Failure::new(Exit::Network, format!("passive.address is auto, but {error}")))?;
    info!("clients from outside reach {found}");
    let mut asking = JoinSet::new();
    if let Found::Behind { gateway, public } = found {
        outside.set(public);
        asking.spawn(ask_again(gateway, outside.clone()));
    }
    Ok(asking)
}

async fn ask_again(gateway: Ipv4Addr, outside: Advertised) {
    let mut answered = true;
    loop {
        sleep(INTERVAL).await;
        match ask(gateway).await {
            Ok(public) => {
                outside.set(public);
                answered = true;
            }
            Err(error) => {
                if answered {
                    warn!("{error}; clients are told the one before");
                }
                answered = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_router_is_believed_if_what_it_says_is_public() {
        // The port of all routers, at an address that no other test has.
        let [_, a, b, c] = std::process::id().to_be_bytes();
        let gateway = Ipv4Addr::new(127, 128 | a, b, c.clamp(1, 254));
        let router = tokio::net::UdpSocket::bind((gateway, 5351)).await.unwrap();
        for (code, told, found) in [
            (0, [203, 0, 113, 7], Ok(Ipv4Addr::new(203, 0, 113, 7))),
            (0, [100, 64, 0, 1], Err("it is behind another one")),
            (0, [0, 0, 0, 0], Err("not public")),
            (3, [203, 0, 113, 7], Err("does not tell")),
        ] {
            // It asks again where the answer takes long.
            let answering = async {
                loop {
                    let mut question = [0; 2];
                    let (_, from) = router.recv_from(&mut question).await.unwrap();
                    assert_eq!(question, [0, 0]);
                    let head: [u8; 8] = [0, 128, 0, code, 0, 0, 0, 1];
                    router.send_to(&[&head[..], &told].concat(), from).await.unwrap();
                }
            };
            let asked = tokio::select! {
                asked = ask(gateway) => asked,
                () = answering => panic!("an answer ends nothing"),
            };
            match (asked, found) {
                (Ok(said), Ok(found)) => assert_eq!(said, found),
                (Err(said), Err(reason)) => assert!(said.contains(reason), "{said}"),
                other => panic!("{other:?}"),
            }
        }
    }
}
