//! What clients are told, and what a firewall must let pass: `wharf serve --check`, and the log of the start.

use std::{
    fmt::Write as _,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    ops::RangeInclusive,
};

use serde::Serialize;
use tokio::net::lookup_host;

use super::gateway;
use crate::{
    config::{Loaded, passive::Named, problem::Wrong},
    exit::{Exit, Failure},
    output::{Output, Record},
};

/// How many ports of the range are tried at most.
const TRIED: usize = 256;

const OWN: &str = "the address that they have connected to";

/// Until it was found out.
const AUTO: &str = "the public address, which is not known";

/// The network as the configuration has it.
#[derive(Debug, Serialize)]
pub(super) struct Plan {
    /// Where control connections are awaited.
    listen: Vec<String>,
    /// What PASV names to whom, in the order in which it is looked for; the last is for all others.
    told: Vec<Told>,
    /// Where data connections are awaited; `None` is any port from 49152 on.
    ports: Option<(u16, u16)>,
    shared: bool,
    active: bool,
    balanced: bool,
    /// What will not work.
    problems: Vec<String>,
    #[serde(skip)]
    names: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Told {
    clients: String,
    address: String,
}

impl Record for Plan {
    const NAME: &'static str = "network";
}

impl Plan {
    pub(super) fn of(loaded: &Loaded) -> Result<Self, Wrong> {
        let passive = &loaded.config.passive;
        let mut listen: Vec<_> =
            loaded.config.listen.iter().map(|listen| listen.address().to_owned()).collect();
        if listen.is_empty() {
            listen.push("127.0.0.1:2121".to_owned());
        }
        let rules = passive.rules()?;
        let names = rules.iter().filter_map(|(_, named)| match named {
            Named::Name(name) => Some(name.clone()),
            Named::Own | Named::Auto | Named::Address(_) => None,
        });
        let names = names.collect();
        let told = rules.iter().map(|(clients, named)| Told {
            clients: match clients.is_empty() {
                true if rules.len() == 1 => "all clients".to_owned(),
                true => "other clients".to_owned(),
                false => {
                    let networks: Vec<_> = clients.iter().map(ToString::to_string).collect();
                    format!("clients in {}", networks.join(", "))
                }
            },
            address: match named {
                Named::Own => OWN.to_owned(),
                Named::Auto => AUTO.to_owned(),
                Named::Address(address) => address.to_string(),
                Named::Name(name) => format!("the address of {name}"),
            },
        });
        let told = told.collect();
        let ports = passive.ports().map_err(|error| Wrong::at("passive.ports", error))?;
        Ok(Self {
            listen,
            told,
            ports: ports.map(|ports| (*ports.start(), *ports.end())),
            shared: passive.is_shared(),
            active: passive.is_active(),
            balanced: !passive.balancers().is_empty(),
            problems: Vec::new(),
            names,
        })
    }

    /// Finds out what will not work: names without an address, a router that does not tell its own, ports that others have.
    pub(super) async fn test(&mut self) {
        if self.told.iter().any(|told| told.address == AUTO) {
            let found = gateway::find().await;
            let address = match &found {
                Ok(found) => format!("{OWN}; to who comes from outside, {found}"),
                Err(_) => AUTO.to_owned(),
            };
            self.problems.extend(found.err());
            self.told
                .iter_mut()
                .filter(|told| told.address == AUTO)
                .for_each(|told| told.address.clone_from(&address));
        }
        for name in std::mem::take(&mut self.names) {
            let found = lookup_host((name.as_str(), 0)).await;
            if !found.is_ok_and(|mut all| all.any(|address| address.is_ipv4())) {
                self.problems.push(format!("{name} has no IPv4 address now: PASV names the server's own"));
            }
        }
        let Some((first, last)) = self.ports else { return };
        let tried: Vec<u16> = (first..=last).take(TRIED).collect();
        for listen in &self.listen {
            let Ok(all) = lookup_host(listen).await else { continue };
            for address in all {
                let taken = tried
                    .iter()
                    .filter(|port| TcpListener::bind(SocketAddr::new(address.ip(), **port)).is_err());
                let (taken, tried) = (taken.count(), tried.len());
                if taken > 0 {
                    let ip = address.ip();
                    self.problems.push(format!("{taken} of {tried} passive ports are taken at {ip}"));
                }
            }
        }
        let loopback = |told: &Told| told.address.parse().is_ok_and(|ip: Ipv4Addr| ip.is_loopback());
        if self.told.last().is_some_and(loopback) {
            self.problems.push("PASV names an address that is every client's own".to_owned());
        }
    }

    /// It in words, a line for each thing.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for Told { clients, address } in &self.told {
            lines.push(format!("PASV tells {clients}: {address}"));
        }
        let control: Vec<_> =
            self.listen.iter().filter_map(|address| Some(address.rsplit_once(':')?.1)).collect();
        let data = match self.ports {
            Some((first, last)) => words(&(first..=last)),
            None => "49152-65535, since passive.ports is not set".to_owned(),
        };
        lines.push(format!(
            "a firewall must let in: TCP {} for commands, {data} for data",
            control.join(", ")
        ));
        if let (Some((first, last)), false) = (self.ports, self.shared) {
            let ports = u32::from(last) - u32::from(first) + 1;
            lines.push(format!(
                "{ports} data connections can be awaited at a time; more if passive.shared is set"
            ));
        }
        if self.balanced {
            lines.push(
                "a balancer may hand data connections on, or clients come to the server itself".to_owned(),
            );
        }
        if self.active {
            lines.push("and let out, for clients that ask for it: TCP from any port to theirs".to_owned());
        }
        lines.extend(self.problems.iter().map(|problem| format!("problem: {problem}")));
        lines
    }
}

fn words(ports: &RangeInclusive<u16>) -> String {
    match ports.start() == ports.end() {
        true => ports.start().to_string(),
        false => format!("{}-{}", ports.start(), ports.end()),
    }
}

/// Prints it.
///
/// # Errors
/// Something will not work.
pub(super) async fn run(loaded: &Loaded, output: Output) -> Result<(), Failure> {
    let mut plan = Plan::of(loaded).map_err(|wrong| Failure::from(loaded.problem(wrong)))?;
    plan.test().await;
    output.put(&plan, |plan| {
        let mut text = String::new();
        for line in plan.lines() {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{line}");
        }
        text.into_bytes()
    })?;
    match plan.problems.is_empty() {
        true => Ok(()),
        false => Err(Failure::silent(Exit::Failed)),
    }
}
