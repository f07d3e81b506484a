//! Hosts of their own, made with network namespaces: address translation on either side, a bridge, IPv6 alone. Data connections
//! arrive. It takes root, `ip`, `nft` and `curl`; where they are not, that is said and nothing else is tried.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use rustix::process::geteuid;
use tempfile::TempDir;

/// A router's program for those behind it (miniupnpd).
const ROUTER: &str = "/usr/sbin/miniupnpd";

/// Hosts that are gone with this.
struct Hosts {
    id: u32,
    names: Vec<&'static str>,
}

impl Hosts {
    /// `None` where this machine cannot make any.
    fn new(names: &[&'static str]) -> Option<Self> {
        let able = geteuid().is_root() && has("ip", "-V") && has("nft", "-v") && has("curl", "-V");
        let id = std::process::id();
        if !able || !quietly(&["ip", "netns", "add", &format!("wharf{id}probe")]) {
            eprintln!("no root, or no ip, nft and curl: hosts of their own were not tried");
            return None;
        }
        quietly(&["ip", "netns", "del", &format!("wharf{id}probe")]);
        let hosts = Self { id, names: names.to_vec() };
        for name in names {
            run(&["ip", "netns", "add", &hosts.name(name)]);
            hosts.on(name, "ip link set lo up");
        }
        Some(hosts)
    }

    fn name(&self, host: &str) -> String {
        format!("wharf{}{host}", self.id)
    }

    /// A wire between two hosts, with an address at each end.
    fn wire(&self, one: (&str, &str, &str), other: (&str, &str, &str)) {
        let ends = [format!("w{}a", self.id), format!("w{}b", self.id)];
        run(&["ip", "link", "add", &ends[0], "type", "veth", "peer", "name", &ends[1]]);
        for (end, (host, device, address)) in ends.iter().zip([one, other]) {
            run(&["ip", "link", "set", end, "netns", &self.name(host), "name", device]);
            let nodad = if address.contains(':') { "nodad" } else { "" };
            self.on(host, &format!("ip addr add {address} dev {device} {nodad}"));
            self.on(host, &format!("ip link set {device} up"));
        }
    }

    fn on(&self, host: &str, line: &str) {
        let name = self.name(host);
        let words: Vec<_> =
            ["ip", "netns", "exec", &name].into_iter().chain(line.split_whitespace()).collect();
        run(&words);
    }

    fn command(&self, host: &str, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name(host), program]);
        command
    }

    /// Has a host hand packets on, with these rules of address translation.
    fn router(&self, host: &str, rules: &str) {
        self.on(host, "sysctl -qw net.ipv4.ip_forward=1");
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("rules");
        fs::write(&file, format!("table ip nat {{\n{rules}\n}}\n")).unwrap();
        self.on(host, &format!("nft -f {}", file.display()));
    }

    /// A server on a host, with a note of `anna`.
    fn serve(&self, host: &str, address: &str, passive: &str) -> Server {
        let folder = configured(address, passive);
        let mut command = self.command(host, env!("CARGO_BIN_EXE_wharf"));
        command.args(["serve", "--config"]).arg(folder.path().join("wharf.toml"));
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Server { child, folder }
    }

    /// A router's own program, which tells who asks its public address, that of `out`, on `inside`.
    fn tells_its_address(&self, router: &str, inside: &str) -> Server {
        let folder = TempDir::new().unwrap();
        let (file, leases) = (folder.path().join("conf"), folder.path().join("leases"));
        fs::write(&leases, "").unwrap();
        let text = format!(
            "ext_ifname=out\nlistening_ip={inside}\nenable_natpmp=yes\nenable_upnp=no\nlease_file={}\n\
             uuid=00000000-0000-0000-0000-000000000001\n",
            leases.display()
        );
        fs::write(&file, text).unwrap();
        let mut command = self.command(router, ROUTER);
        command.args(["-d", "-f"]).arg(&file).arg("-P").arg(folder.path().join("pid"));
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Server { child, folder }
    }

    /// What `wharf serve` on a host says of a configuration and does not serve for, and whether all is well.
    fn says(&self, host: &str, folder: &TempDir, more: &[&str]) -> (bool, String) {
        let mut command = self.command(host, env!("CARGO_BIN_EXE_wharf"));
        command.args(["serve", "--config"]).arg(folder.path().join("wharf.toml")).args(more);
        let ended = command.output().unwrap();
        let said = [ended.stdout, ended.stderr].concat();
        (ended.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// What curl on a host gets, with EPSV or with PASV and the address that it names.
    fn gets(&self, host: &str, url: &str) {
        for words in [&[][..], &["--disable-epsv", "--no-ftp-skip-pasv-ip"]] {
            let mut got = None;
            // Until the server listens.
            for _ in 0..200 {
                let mut curl = self.command(host, "curl");
                let curl = curl.args(["-sS", "--max-time", "20", "-u", "anna:secret"]).args(words);
                let ended = curl.arg(url).output().unwrap();
                match ended.status.code() {
                    Some(7) => thread::sleep(Duration::from_millis(50)),
                    _ => {
                        got = Some(ended);
                        break;
                    }
                }
            }
            let got = got.expect("the server listens");
            assert_eq!(got.stdout, b"hello", "{words:?}: {}", String::from_utf8_lossy(&got.stderr));
        }
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        for name in &self.names {
            quietly(&["ip", "netns", "del", &self.name(name)]);
        }
    }
}

struct Server {
    child: Child,
    folder: TempDir,
}

impl Server {
    fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder with a note of `anna`, and a server's configuration for it.
fn configured(address: &str, passive: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("note"), "hello").unwrap();
    let root = folder.path().display();
    let text = format!(
        "[[listen]]\naddress = \"{address}\"\n[passive]\nports = \"50000-50003\"\n{passive}\n[user.anna]\n\
         password = \"$1$saltsalt$9xy1btjgzLYfb7hivXtC//\"\nroot = \"{root}\"\npermissions = {{ \"/\" = \"all\" }}\n"
    );
    fs::write(folder.path().join("wharf.toml"), &text).unwrap();
    folder
}

fn has(program: &str, argument: &str) -> bool {
    Command::new(program).arg(argument).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

fn run(words: &[&str]) {
    let (program, arguments) = words.split_first().unwrap();
    let ended = Command::new(program).args(arguments).output().unwrap();
    assert!(ended.status.success(), "{words:?}: {}", String::from_utf8_lossy(&ended.stderr));
}

fn quietly(words: &[&str]) -> bool {
    let (program, arguments) = words.split_first().unwrap();
    Command::new(program).args(arguments).output().is_ok_and(|ended| ended.status.success())
}

/// A client behind its router, and a server behind its own, which is asked under the router's address.
#[test]
fn data_connections_arrive_through_address_translation_on_both_sides() {
    let Some(hosts) = Hosts::new(&["client", "ours", "theirs", "server"]) else { return };
    hosts.wire(("client", "eth", "10.77.1.2/24"), ("ours", "in", "10.77.1.1/24"));
    hosts.wire(("ours", "out", "203.0.113.1/24"), ("theirs", "out", "203.0.113.2/24"));
    hosts.wire(("theirs", "in", "192.168.77.1/24"), ("server", "eth", "192.168.77.2/24"));
    hosts.on("client", "ip route add default via 10.77.1.1");
    hosts.on("server", "ip route add default via 192.168.77.1");
    hosts.router("ours", "chain out { type nat hook postrouting priority 100; oifname out masquerade; }");
    hosts.router(
        "theirs",
        "chain in { type nat hook prerouting priority -100; iifname out tcp dport { 21, 50000-50003 } dnat to 192.168.77.2; }",
    );
    let passive = "address = \"203.0.113.2\"\nfor = [{ clients = [\"192.168.77.0/24\"], address = \"own\" }]";
    let server = hosts.serve("server", "0.0.0.0:21", passive);
    hosts.gets("client", "ftp://203.0.113.2/note");
    // Who is on the server's own network is told its own address.
    hosts.gets("theirs", "ftp://192.168.77.2/note");
    assert!(server.folder().join("note").exists());
}

/// A server asks its router by which address it is reached, and does not start where that is not known.
#[test]
fn auto_is_the_address_that_the_router_tells() {
    if !has(ROUTER, "--version") {
        eprintln!("no {ROUTER}: a router that tells its address was not tried");
        return;
    }
    let Some(hosts) = Hosts::new(&["client", "router", "server"]) else { return };
    // An address that is not public in the eyes of a router is none that it tells.
    hosts.wire(("client", "eth", "11.22.33.9/24"), ("router", "out", "11.22.33.2/24"));
    hosts.wire(("router", "in", "192.168.77.1/24"), ("server", "eth", "192.168.77.2/24"));
    hosts.router(
        "router",
        "chain in { type nat hook prerouting priority -100; iifname out tcp dport { 21, 50000-50003 } dnat to 192.168.77.2; }",
    );
    let (listen, passive) = ("0.0.0.0:21", "address = \"auto\"");
    let folder = configured(listen, passive);
    let refuses = |reason: &str| {
        let (well, said) = hosts.says("server", &folder, &[]);
        assert!(!well && said.contains("passive.address is auto") && said.contains(reason), "{said}");
        let (well, said) = hosts.says("server", &folder, &["--check"]);
        assert!(!well && said.contains("problem: ") && said.contains(reason), "{said}");
    };
    refuses("no way to the internet");
    hosts.on("server", "ip route add default via 192.168.77.1");
    refuses("the router 192.168.77.1 does not tell its public address");
    let _router = hosts.tells_its_address("router", "192.168.77.1");
    let told = "PASV tells all clients: the address that they have connected to; to who comes from outside, 11.22.33.2, as \
                the router 192.168.77.1 says";
    let mut said = String::new();
    for _ in 0..100 {
        said = hosts.says("server", &folder, &["--check"]).1;
        if said.contains(told) {
            break;
        }
    }
    assert!(said.contains(told), "{said}");
    let _server = hosts.serve("server", listen, passive);
    hosts.gets("client", "ftp://11.22.33.2/note");
    // Who is behind the same router is told the server's own address.
    hosts.gets("router", "ftp://192.168.77.2/note");
}

/// A container: clients from outside come with the bridge's address, and are told the host's; ports are shared.
#[test]
fn data_connections_arrive_in_a_container_whose_host_takes_the_clients_addresses_away() {
    let Some(hosts) = Hosts::new(&["outside", "host", "container"]) else { return };
    hosts.wire(("outside", "eth", "203.0.113.9/24"), ("host", "out", "203.0.113.2/24"));
    hosts.on("host", "ip link add br0 type bridge");
    hosts.on("host", "ip addr add 172.31.0.1/16 dev br0");
    hosts.on("host", "ip link set br0 up");
    hosts.wire(("host", "port", "169.254.77.1/32"), ("container", "eth", "172.31.0.2/16"));
    hosts.on("host", "ip link set port master br0");
    hosts.on("container", "ip route add default via 172.31.0.1");
    hosts.router(
        "host",
        "chain in { type nat hook prerouting priority -100; iifname out tcp dport { 21, 50000-50003 } dnat to 172.31.0.2; }\n\
         chain out { type nat hook postrouting priority 100; oifname br0 masquerade; }",
    );
    let _server = hosts.serve("container", "0.0.0.0:21", "address = \"203.0.113.2\"\nshared = true");
    hosts.gets("outside", "ftp://203.0.113.2/note");
}

#[test]
fn ipv6_alone_is_enough() {
    let Some(hosts) = Hosts::new(&["client", "server"]) else { return };
    hosts.wire(("client", "eth", "2001:db8:77::1/64"), ("server", "eth", "2001:db8:77::2/64"));
    let _server = hosts.serve("server", "[::]:21", "");
    hosts.gets("client", "ftp://[2001:db8:77::2]/note");
}
