//! What the load client and the kernel allow: a server that does nothing but move octets.
//!
//! It knows the few commands that the load client sends, checks nothing, and has a thread for each session. RETR is
//! one sendfile, STOR is recv and write, a listing is ready in memory.

use std::{
    env,
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, OnceLock},
    thread,
};

use rustix::fs::sendfile;
use wharf_interop::load::Loaded;

use super::{Contender, LIMIT};

pub(super) struct Limit;

impl Contender for Limit {
    fn name(&self) -> &str {
        LIMIT
    }

    fn speaks_tls(&self) -> bool {
        false
    }

    /// Its threads are not what anybody wants to know.
    fn sessions(&self) -> usize {
        0
    }

    fn start(&self, root: &Path, tls: bool) -> Loaded {
        Loaded::start(root, tls, |site| {
            let mut command = Command::new(env::current_exe().expect("a running program has a path"));
            command.arg("serve-limit").arg(site.target.address.to_string()).arg(&site.root);
            command
        })
    }
}

/// Serves `root` at `address` until the process is killed.
pub(crate) fn serve(address: SocketAddr, root: &Path) -> io::Result<()> {
    let listener = TcpListener::bind(address)?;
    let server = Arc::new(Server { root: root.to_owned(), listing: OnceLock::new() });
    loop {
        let (control, _) = listener.accept()?;
        let server = Arc::clone(&server);
        // A session that fails is noticed by its client.
        thread::spawn(move || server.session(control));
    }
}

struct Server {
    root: PathBuf,
    /// The one directory that is listed, as MLSD would.
    listing: OnceLock<Vec<u8>>,
}

impl Server {
    fn session(&self, control: TcpStream) -> io::Result<()> {
        control.set_nodelay(true)?;
        let passive = TcpListener::bind((control.local_addr()?.ip(), 0))?;
        let port = passive.local_addr()?.port();
        let mut lines = BufReader::new(control.try_clone()?);
        let mut directory = self.root.clone();
        let mut offset = 0;
        let mut replies = b"220 \r\n".to_vec();
        let mut line = String::new();
        loop {
            // Replies to what was pipelined leave together.
            if lines.buffer().is_empty() {
                (&control).write_all(&replies)?;
                replies.clear();
            }
            line.clear();
            if lines.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let (verb, argument) = line.trim_end().split_once(' ').unwrap_or((line.trim_end(), ""));
            match verb {
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
                    (&control).write_all(b"150 \r\n")?;
                    let (data, _) = passive.accept()?;
                    let path = directory.join(argument);
                    match verb {
                        "RETR" => retrieve(&data, &path, offset)?,
                        "STOR" => store(&data, &path)?,
                        _ => self.list(&data, &path)?,
                    }
                    offset = 0;
                    replies.extend(b"226 \r\n");
                }
                "QUIT" => return (&control).write_all(b"221 \r\n"),
                _ => replies.extend(b"200 \r\n"),
            }
        }
    }

    fn list(&self, mut data: &TcpStream, directory: &Path) -> io::Result<()> {
        let listing = self.listing.get_or_init(|| {
            let names = fs::read_dir(directory).into_iter().flatten().flatten();
            let row = |name: &str| {
                format!("type=file;size=0;modify=20260101000000;UNIX.mode=0644;unique=1g1; {name}\r\n")
            };
            names.flat_map(|entry| row(&entry.file_name().to_string_lossy()).into_bytes()).collect()
        });
        data.write_all(listing)
    }
}

fn retrieve(data: &TcpStream, path: &Path, offset: u64) -> io::Result<()> {
    let file = File::open(path)?;
    let mut offset = offset;
    while sendfile(data, &file, Some(&mut offset), 1 << 30)? > 0 {}
    Ok(())
}

fn store(mut data: &TcpStream, path: &Path) -> io::Result<()> {
    let mut file = File::create(path)?;
    // The first read of a small file says how much there is.
    let mut buffer = vec![0; 16 << 10];
    loop {
        match data.read(&mut buffer)? {
            0 => return Ok(()),
            read => file.write_all(buffer.get(..read).unwrap_or_default())?,
        }
        buffer.resize(256 << 10, 0);
    }
}
