//! What clients are told, and what a firewall must let pass: `wharf serve --check`, and the log of the start.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    ops::RangeInclusive,
    thread,
};

use serde::Serialize;
use tokio::net::lookup_host;
use tracing::warn;

use super::gateway;
use crate::{
    config::{Config, Loaded, listen::Section, passive::Named, problem::Wrong},
    exit::{Exit, Failure},
    output::{Output, Record},
};

/// Where Linux says which ports it gives to connections that are made.
const GIVEN: &str = "/proc/sys/net/ipv4/ip_local_port_range";

/// How many passive ports are tried at the start, while sessions may ask for them already.
pub(super) const AT_START: usize = 256;

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
    /// What will work, and could be better.
    notes: Vec<String>,
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
            notes: Vec::new(),
            names,
        })
    }

    /// Finds out what will not work: names without an address, a router that does not tell its own, ports that others have, of
    /// which no more than `most` are tried.
    pub(super) async fn test(&mut self, most: usize) {
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
        let mut addresses = BTreeSet::new();
        for listen in &self.listen {
            // One that has none is a reason not to start, which is found elsewhere.
            let Ok(all) = lookup_host(listen).await else { continue };
            addresses.extend(all.map(|address| address.ip()));
        }
        let is_taken = |ip, port| TcpListener::bind(SocketAddr::new(ip, port)).is_err();
        let taken = |ip: IpAddr| (first..=last).take(most).filter(|port| is_taken(ip, *port)).count();
        let (all, tried) = ((first..=last).count(), (first..=last).take(most).count());
        match addresses.into_iter().map(|ip| (taken(ip), ip)).max() {
            Some((taken, ip)) if taken == all => {
                self.problems.push(format!("all {all} passive ports are taken at {ip}"));
            }
            Some((taken @ 1.., ip)) => {
                let first = if tried < all { "the first " } else { "" };
                self.notes
                    .push(format!("{taken} of {first}{tried} passive ports are taken at {ip}, for now"));
            }
            _ => {}
        }
        if let Some((lowest, highest)) = given().filter(|given| given.0 <= last && first <= given.1) {
            self.notes.push(format!(
                "some of the passive ports will be taken at times: this system gives {lowest}-{highest} to connections that \
                 it makes; others, such as 21000-21099, are free"
            ));
        }
        let loopback = |told: &Told| told.address.parse().is_ok_and(|ip: Ipv4Addr| ip.is_loopback());
        if self.told.last().is_some_and(loopback) {
            self.problems.push("PASV names an address that is every client's own".to_owned());
        }
    }

    /// Finds out what keeps a server from listening: names without an address, addresses that are not this machine's, two that
    /// want the same port. That a port is taken is no reason: by the server that this one takes the place of, perhaps. Neither is
    /// an address among all of its port: a service manager may bind that of all, for both.
    async fn test_listening(&mut self, config: &Config) {
        let mut all = Vec::new();
        for (place, listen) in self.listen.iter().enumerate() {
            let protection = Some(config.listen.get(place).map(Section::protection));
            match lookup_host(listen).await {
                Ok(found) => {
                    all.extend(found.map(|address| (format!("listen: {listen}"), address, protection)));
                }
                Err(error) => self.problems.push(format!("listen: {listen} has no address: {error}")),
            }
        }
        // No service manager binds it.
        all.extend(config.metrics.listen.map(|address| ("metrics.listen".to_owned(), address, None)));
        for (place, (what, address, protection)) in all.iter().enumerate() {
            if let Err(error) = TcpListener::bind((address.ip(), 0)) {
                self.problems.push(format!("{what}: nothing can listen on {}: {error}", address.ip()));
            }
            for (taker, other, others) in all.iter().take(place) {
                if !covers(*other, *address) && !covers(*address, *other) {
                    continue;
                }
                let line = format!("{what}: {address} is taken by {taker}");
                let one_is_all = address.ip().is_unspecified() != other.ip().is_unspecified();
                match one_is_all && protection.is_some() && protection == others {
                    true => self
                        .notes
                        .push(format!("{line}: that starts only where a service manager binds the port")),
                    false => self.problems.push(line),
                }
            }
        }
    }

    /// What is not as it should be: a line for each thing, what will not work first.
    pub(super) fn warnings(&self) -> impl Iterator<Item = &String> {
        self.problems.iter().chain(&self.notes)
    }

    /// The rest of it in words, a line for each thing.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for Told { clients, address } in &self.told {
            lines.push(format!("PASV tells {clients}: {address}"));
        }
        let control: Vec<_> =
            self.listen.iter().filter_map(|address| Some(address.rsplit_once(':')?.1)).collect();
        let data = match self.ports {
            Some((first, last)) => words(&(first..=last)),
            None => "49152-65535".to_owned(),
        };
        let unset = if self.ports.is_none() { ", which passive.ports narrows" } else { "" };
        lines.push(format!(
            "a firewall must let in: TCP {} for commands, {data} for data{unset}",
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
        lines
    }
}

/// Whether who listens at `one` has what comes to `other`.
fn covers(one: SocketAddr, other: SocketAddr) -> bool {
    let every = one.ip().is_unspecified() && (one.is_ipv6() || other.is_ipv4());
    one.port() != 0 && one.port() == other.port() && (every || one.ip() == other.ip())
}

/// The first and the last port that the system gives to connections that are made, where it says so.
fn given() -> Option<(u16, u16)> {
    let text = std::fs::read_to_string(GIVEN).ok()?;
    let mut ports = text.split_whitespace().map(str::parse);
    Some((ports.next()?.ok()?, ports.next()?.ok()?))
}

fn words(ports: &RangeInclusive<u16>) -> String {
    match ports.start() == ports.end() {
        true => ports.start().to_string(),
        false => format!("{}-{}", ports.start(), ports.end()),
    }
}

/// Logs what is likely to be wrong, from a thread of its own: the folders of users may be where nothing answers any more.
pub(super) fn log_doubts(loaded: &Loaded) {
    let loaded = loaded.clone();
    let look = move || loaded.doubts().iter().for_each(|doubt| warn!("{doubt}"));
    if let Err(error) = thread::Builder::new().name("doubts".to_owned()).spawn(look) {
        warn!(error = error.to_string(), "the folders of users are not looked at");
    }
}

/// Prints it.
///
/// # Errors
/// Something will not work.
pub(super) async fn run(loaded: &Loaded, output: Output) -> Result<(), Failure> {
    let mut plan = Plan::of(loaded).map_err(|wrong| Failure::from(loaded.problem(wrong)))?;
    plan.problems.extend(loaded.unmade().iter().map(ToString::to_string));
    let (bad, soon) = loaded.ageing();
    let unwritable = loaded.unwritable();
    plan.problems.extend(bad.iter().chain(&unwritable).map(ToString::to_string));
    plan.notes.extend(soon.iter().map(ToString::to_string));
    plan.notes.extend(loaded.doubts_in_time());
    plan.test_listening(&loaded.config).await;
    plan.test(usize::MAX).await;
    output.put(&plan, |plan| {
        let mut text = String::new();
        let problems = plan.problems.iter().map(|problem| format!("problem: {problem}"));
        let notes = plan.notes.iter().map(|note| format!("note: {note}"));
        for line in plan.lines().into_iter().chain(problems).chain(notes) {
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test]
    async fn a_start_tries_no_more_ports_than_it_may() {
        // Two ports side by side, both of them taken.
        let bind = |port: u16| TcpListener::bind(("127.0.0.1", port)).ok();
        let (port, _taken) = std::iter::repeat_with(|| bind(0).unwrap())
            .map(|taken| (taken.local_addr().unwrap().port(), taken))
            .find_map(|(port, taken)| Some((port, (taken, bind(port - 1)?))))
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("wharf.toml");
        let ports = format!("[passive]\nports = \"{}-{port}\"\n", port - 1);
        fs::write(&file, format!("{ports}[accounts.anonymous]\nroot = \"/\"\n")).unwrap();
        let loaded = Loaded::read(&file, &[]).unwrap();
        for (most, expected) in
            [(2, "all 2 passive ports are taken"), (1, "1 of the first 1 passive ports are taken")]
        {
            let mut plan = Plan::of(&loaded).unwrap();
            plan.test(most).await;
            assert!(plan.warnings().any(|line| line.starts_with(expected)), "{most} {plan:?}");
        }
    }
}
