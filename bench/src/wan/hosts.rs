use std::{
    fs::File,
    io,
    net::{IpAddr, Ipv4Addr},
    os::fd::AsFd,
    process::{self, Command},
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tun_rs::{DeviceBuilder, SyncDevice};

use super::link::{self, Quality};

/// Addresses that are set aside for measurements (RFC 2544, appendix C.2.2).
pub(crate) const SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 18, 0, 1));
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 18, 0, 2));
const DEVICE: &str = "wan0";

/// Two hosts and a link between them: network namespaces, which are removed when this is dropped.
///
/// Any number may be there at a time; each pair has the same addresses, and knows of no other.
pub(crate) struct Hosts {
    server: Namespace,
    client: Namespace,
}

impl Hosts {
    /// Makes them; root may, where iproute2 is installed.
    pub(crate) fn new(quality: Quality) -> io::Result<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("wharf-{}-{}", process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let hosts = Self {
            server: Namespace::new(format!("{name}-s"))?,
            client: Namespace::new(format!("{name}-c"))?,
        };
        link::join(hosts.server.device(SERVER, CLIENT)?, hosts.client.device(CLIENT, SERVER)?, quality);
        Ok(hosts)
    }

    /// Runs `task`, with every process that it starts, on the server's host.
    pub(crate) fn on_server<T: Send>(&self, task: impl FnOnce() -> T + Send) -> io::Result<T> {
        self.server.run(task)
    }

    /// Runs `task`, with every process that it starts, on the client's host.
    pub(crate) fn on_client<T: Send>(&self, task: impl FnOnce() -> T + Send) -> io::Result<T> {
        self.client.run(task)
    }
}

struct Namespace {
    name: String,
}

impl Namespace {
    fn new(name: String) -> io::Result<Self> {
        ip(&["netns", "add", &name])?;
        let namespace = Self { name };
        namespace.ip(&["link", "set", "lo", "up"])?;
        Ok(namespace)
    }

    /// Its end of the link.
    fn device(&self, address: IpAddr, peer: IpAddr) -> io::Result<SyncDevice> {
        let device = self.run(|| DeviceBuilder::new().name(DEVICE).build_sync())??;
        self.ip(&["address", "add", &address.to_string(), "peer", &peer.to_string(), "dev", DEVICE])?;
        self.ip(&["link", "set", DEVICE, "mtu", "1500", "txqueuelen", "10000", "up"])?;
        Ok(device)
    }

    /// Namespaces belong to threads, and children have their parent thread's.
    fn run<T: Send>(&self, task: impl FnOnce() -> T + Send) -> io::Result<T> {
        let namespace = File::open(format!("/run/netns/{}", self.name))?;
        thread::scope(|scope| {
            let inside = scope.spawn(move || {
                move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?;
                Ok(task())
            });
            inside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    fn ip(&self, arguments: &[&str]) -> io::Result<()> {
        ip(&[&["-netns", self.name.as_str()], arguments].concat())
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // Without its device, the link's threads end.
        let _ = self.ip(&["link", "delete", DEVICE]);
        let _ = ip(&["netns", "delete", &self.name]);
    }
}

fn ip(arguments: &[&str]) -> io::Result<()> {
    let output = Command::new("ip").args(arguments).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(io::Error::other(format!("ip {}: {}", arguments.join(" "), said.trim())))
}
