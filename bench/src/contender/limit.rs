//! What the load client and the kernel allow: a server that does nothing but move octets.
//!
//! It knows the few commands that the load client sends, checks nothing, and has a thread for each session. RETR is
//! one sendfile, STOR is recv and write, a listing is ready in memory. Under TLS, RETR reads no file.

use std::{
    env,
    fs::{self, File},
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, OnceLock},
    thread,
};

use rustix::fs::sendfile;
use wharf_interop::load::Loaded;

use super::{Contender, LIMIT};
use crate::{client::Wire, tls::ServerTls};

pub(super) struct Limit;

impl Contender for Limit {
    fn name(&self) -> &str {
        LIMIT
    }

    /// Its threads are not what anybody wants to know.
    fn sessions(&self) -> usize {
        0
    }

    fn start(&self, root: &Path, tls: bool) -> Loaded {
        Loaded::start(root, tls, |site| {
            let mut command = Command::new(env::current_exe().expect("a running program has a path"));
            command.arg("serve-limit").arg(site.target.address.to_string()).arg(&site.root);
            if let Some(tls) = &site.tls {
                command.arg(&tls.certificate).arg(&tls.key);
            }
            command
        })
    }
}

/// Serves `root` at `address` until the process is killed; under TLS with a certificate and a key.
pub(crate) fn serve(address: SocketAddr, root: &Path, tls: Option<ServerTls>) -> io::Result<()> {
    let listener = TcpListener::bind(address)?;
    let server = Arc::new(Server { root: root.to_owned(), tls, listing: OnceLock::new() });
    loop {
        let (control, _) = listener.accept()?;
        let server = Arc::clone(&server);
        // A session that fails is noticed by its client.
        thread::spawn(move || server.session(control));
    }
}

struct Server {
    root: PathBuf,
    tls: Option<ServerTls>,
    /// The one directory that is listed, as MLSD would.
    listing: OnceLock<Vec<u8>>,
}

impl Server {
    fn session(&self, control: TcpStream) -> io::Result<()> {
        control.set_nodelay(true)?;
        let passive = TcpListener::bind((control.local_addr()?.ip(), 0))?;
        let port = passive.local_addr()?.port();
        let mut control = BufReader::new(Wire::Clear(control));
        let mut directory = self.root.clone();
        let mut offset = 0;
        let mut replies = b"220 \r\n".to_vec();
        let mut line = String::new();
        loop {
            // Replies to what was pipelined leave together.
            if control.buffer().is_empty() {
                control.get_mut().write_all(&replies)?;
                replies.clear();
            }
            line.clear();
            if control.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let (verb, argument) = line.trim_end().split_once(' ').unwrap_or((line.trim_end(), ""));
            match verb {
                "AUTH" => {
                    control.get_mut().write_all(b"234 \r\n")?;
                    control = BufReader::new(self.protect(control.into_inner())?);
                }
                "USER" => replies.extend(b"331 \r\n"),
                "PASS" => replies.extend(b"230 \r\n"),
                "CWD" => {
                    directory.push(argument.trim_start_matches('/'));
                    replies.extend(b"250 \r\n");
                }
                "REST" => {
                    offset = argument.parse().map_err(io::Error::other)?;
                    replies.extend(b"350 \r\n");
                }
                "EPSV" => write!(replies, "229 (|||{port}|)\r\n")?,
                "RETR" | "STOR" | "MLSD" => {
                    control.get_mut().write_all(b"150 \r\n")?;
                    let mut data = Wire::Clear(passive.accept()?.0);
                    if self.tls.is_some() {
                        data = self.protect(data)?;
                    }
                    let path = directory.join(argument);
                    match verb {
                        "RETR" => retrieve(data, &path, offset)?,
                        "STOR" => store(data, &path)?,
                        _ => self.list(data, &path)?,
                    }
                    offset = 0;
                    replies.extend(b"226 \r\n");
                }
                "QUIT" => return control.get_mut().write_all(b"221 \r\n"),
                _ => replies.extend(b"200 \r\n"),
            }
        }
    }

    fn protect(&self, wire: Wire) -> io::Result<Wire> {
        match (wire, &self.tls) {
            (Wire::Clear(socket), Some(tls)) => Ok(Wire::Protected(Box::new(tls.protect(socket)?))),
            _ => Err(io::Error::other("no TLS, or TLS already")),
        }
    }

    fn list(&self, mut data: Wire, directory: &Path) -> io::Result<()> {
        let listing = self.listing.get_or_init(|| {
            let names = fs::read_dir(directory).into_iter().flatten().flatten();
            let row = |name: &str| {
                format!("type=file;size=0;modify=20260101000000;UNIX.mode=0644;unique=1g1; {name}\r\n")
            };
            names.flat_map(|entry| row(&entry.file_name().to_string_lossy()).into_bytes()).collect()
        });
        data.write_all(listing)?;
        data.finish()
    }
}

fn retrieve(mut data: Wire, path: &Path, mut offset: u64) -> io::Result<()> {
    let file = File::open(path)?;
    match &mut data {
        Wire::Clear(socket) => while sendfile(&mut *socket, &file, Some(&mut offset), 1 << 30)? > 0 {},
        Wire::Protected(protected) => {
            let len = file.metadata()?.len().saturating_sub(offset);
            io::copy(&mut io::repeat(0).take(len), &mut BufWriter::with_capacity(256 << 10, protected))?;
        }
    }
    data.finish()
}

fn store(mut data: Wire, path: &Path) -> io::Result<()> {
    let mut file = File::create(path)?;
    // The first read of a small file says how much there is.
    let mut buffer = vec![0; 16 << 10];
    loop {
        match data.read(&mut buffer)? {
            0 => return data.finish(),
            read => file.write_all(buffer.get(..read).unwrap_or_default())?,
        }
        buffer.resize(256 << 10, 0);
    }
}
