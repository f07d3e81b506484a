//! Bans in a file: a line for each, `address 192.0.2.7 1795449600` or `user anna 1795449600`,
//! until that second since 1970. Of a user of a virtual host it is `host one.example user anna 1795449600`.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
    time::{Duration, SystemTime},
};

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use wharf_core::{account::Account, host_name::HostName};

use super::Banned;

/// The bans that are not over, and how long they last yet. A file that is not there has none.
///
/// # Errors
/// The file cannot be read, or a line of it is no ban: then nobody knows who is banned.
pub(super) fn read(file: &Path) -> io::Result<Vec<(Banned, Duration)>> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io::Error::new(error.kind(), format!("{}: {error}", file.display()))),
    };
    let now = SystemTime::now();
    let mut bans = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let (whom, until) = parse(line).ok_or_else(|| {
            let text = format!("{}: line {} is no ban", file.display(), number + 1);
            io::Error::new(io::ErrorKind::InvalidData, text)
        })?;
        if let Ok(left) = until.duration_since(now) {
            bans.push((whom, left));
        }
    }
    Ok(bans)
}

fn parse(line: &str) -> Option<(Banned, SystemTime)> {
    let mut words = line.split(' ');
    let whom = match (words.next()?, words.next()?) {
        ("address", network) => Banned::Address(network.parse().ok()?),
        ("user", name) => Banned::User(account(name)),
        ("host", host) => {
            let host = HostName::parse(host).ok()?;
            let name = (words.next()? == "user").then(|| words.next()).flatten()?;
            Banned::User(account(name).of_host(host))
        }
        _ => return None,
    };
    let until = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(words.next()?.parse().ok()?))?;
    words.next().is_none().then_some((whom, until))
}

/// Earlier servers have written names down as they were given.
fn account(name: &str) -> Account {
    Account::new(percent_decode_str(name).collect::<Vec<_>>()).folded()
}

/// Writes the bans in place of those in the file, which is as it was or as it is to be, whatever happens.
pub(super) fn write(file: &Path, bans: &[(Banned, Duration)]) -> io::Result<()> {
    let now = SystemTime::now();
    let mut lines = Vec::new();
    for (whom, left) in bans {
        let until =
            now.checked_add(*left).and_then(|until| until.duration_since(SystemTime::UNIX_EPOCH).ok());
        // Rounded up, so that a ban is not over early.
        let until = until.map_or(u64::MAX, |until| until.as_secs().saturating_add(1));
        match whom {
            Banned::Address(network) => writeln!(lines, "address {network} {until}")?,
            Banned::User(account) => {
                if let Some(host) = account.host() {
                    write!(lines, "host {host} ")?;
                }
                writeln!(lines, "user {} {until}", percent_encode(account.name(), NON_ALPHANUMERIC))?;
            }
        }
    }
    let mut beside = file.as_os_str().to_owned();
    beside.push(".new");
    let mut options = File::options();
    // Names are often passwords that were typed too early.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut new = options.write(true).create(true).truncate(true).open(&beside)?;
    new.write_all(&lines)?;
    new.sync_all()?;
    drop(new);
    fs::rename(&beside, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_no_ban_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bans");
        assert_eq!(read(&file).unwrap(), []);
        let host = HostName::parse("one.example").unwrap();
        let bans = [
            (Banned::Address("2001:db8::/64".parse().unwrap()), Duration::from_secs(60)),
            (Banned::User(Account::new("an.n\u{438}%")), Duration::from_secs(3600)),
            (Banned::User(Account::new("anna").of_host(host.clone())), Duration::from_secs(60)),
            (Banned::User(Account::new("anna@one.example")), Duration::from_secs(60)),
            (Banned::User(Account::new("")), Duration::from_secs(9)),
        ];
        write(&file, &bans).unwrap();
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600);
        }
        let found = read(&file).unwrap();
        assert_eq!(found.len(), 5);
        for ((whom, left), (found, still)) in bans.iter().zip(&found) {
            assert_eq!(whom, found);
            assert!(still.abs_diff(*left) <= Duration::from_secs(2), "{still:?}");
        }
        fs::write(&file, "user An%20NA%FF 9999999999\n").unwrap();
        assert_eq!(
            read(&file).unwrap()[0].0,
            Banned::User(Account::new("anna\u{fffd}")),
            "of an earlier server"
        );
        fs::write(&file, "address 192.0.2.7 1\n").unwrap();
        assert_eq!(read(&file).unwrap(), [], "long over");
        for line in [
            "address 192.0.2.7",
            "address everybody 9999999999",
            "user a b 9",
            "user a -1",
            "host one.example anna 9999999999",
            "host one.example user anna",
            "host -x user anna 9999999999",
            "",
            "network 1 2",
        ] {
            fs::write(&file, format!("{line}\n")).unwrap();
            assert_eq!(read(&file).unwrap_err().kind(), io::ErrorKind::InvalidData, "{line}");
        }
    }
}
