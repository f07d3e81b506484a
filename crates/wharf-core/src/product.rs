//! Who the server is, and what follows for a client: the one place for what is true of some products only.
//!
//! Each deviation here is narrow and has its test. What can be found out by asking is not here.

use crate::{listing::ListFormat, reply::Reply};

/// A product, by its own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Product {
    /// ProFTPD.
    ProFtpd,
    /// vsftpd.
    VsFtpd,
    /// Pure-FTPd.
    PureFtpd,
    /// FileZilla Server from version 1 on.
    FileZilla,
    /// The server of aioftp.
    Aioftp,
    /// Microsoft's server, of IIS.
    Iis,
    /// Serv-U.
    ServU,
    /// A server on OpenVMS.
    Vms,
    /// The server of z/OS.
    ZOs,
    /// The server of z/VM.
    ZVm,
    /// The server of IBM i.
    IbmI,
    /// A server on HPE NonStop.
    NonStop,
    /// A server on NetWare.
    NetWare,
    /// A server on OS/2.
    Os2,
}

/// Where a greeting has the words that tell.
enum Words {
    /// They begin a line.
    Begin(&'static str),
    /// They are somewhere in a line.
    Within(&'static str),
    /// They are all there is.
    Only(&'static str),
}

use Words::{Begin, Only, Within};

/// What a greeting says, in small letters.
const GREETINGS: &[(Words, Product)] = &[
    (Begin("proftpd "), Product::ProFtpd),
    (Begin("(vsftpd "), Product::VsFtpd),
    (Within(" pure-ftpd "), Product::PureFtpd),
    (Begin("filezilla server 1."), Product::FileZilla),
    (Only("welcome"), Product::Aioftp),
    (Begin("microsoft ftp service"), Product::Iis),
    (Begin("serv-u ftp server"), Product::ServU),
    (Within("openvms"), Product::Vms),
    (Within("multinet ftp"), Product::Vms),
    (Within("ibm ftp cs v"), Product::ZOs),
    (Within("ftp server (netware"), Product::NetWare),
    (Begin("qtcp at "), Product::IbmI),
];

impl Words {
    /// Whether a greeting of these lines, in small letters, has the words.
    fn are_in(&self, lines: &[String]) -> bool {
        match self {
            Begin(words) => lines.iter().any(|line| line.starts_with(words)),
            Within(words) => lines.iter().any(|line| line.contains(words)),
            Only(words) => matches!(lines, [only] if only == words),
        }
    }
}

/// What the reply to SYST begins with, in small letters.
const SYSTEMS: &[(&str, Product)] = &[
    ("vms", Product::Vms),
    ("mvs", Product::ZOs),
    ("z/os", Product::ZOs),
    ("vm", Product::ZVm),
    ("os/400", Product::IbmI),
    ("nonstop", Product::NonStop),
    ("tandem", Product::NonStop),
    ("netware", Product::NetWare),
    ("os/2", Product::Os2),
    ("windows_nt", Product::Iis),
];

impl Product {
    /// The product that has sent a greeting of these lines.
    pub fn by_greeting<'l>(lines: impl IntoIterator<Item = &'l [u8]>) -> Option<Self> {
        let small = |line| String::from_utf8_lossy(line).trim_start().to_ascii_lowercase();
        let lines: Vec<_> = lines.into_iter().map(small).collect();
        GREETINGS.iter().find(|(words, _)| words.are_in(&lines)).map(|(_, product)| *product)
    }

    /// The product whose system this is, as the reply to SYST names it.
    pub fn by_system(system: &str) -> Option<Self> {
        let system = system.trim_start().to_ascii_lowercase();
        SYSTEMS.iter().find(|(words, _)| system.starts_with(words)).map(|(_, product)| *product)
    }

    /// Whether it gives no ticket of TLS 1.3 with an upload, and refuses data connections that do not resume.
    pub fn runs_out_of_tickets(self) -> bool {
        self == Self::ProFtpd
    }

    /// Whether it keeps commands that come during a transfer, and runs them after it. One that says `PIPELINING` in FEAT does
    /// too.
    pub fn keeps_commands(self) -> bool {
        matches!(self, Self::VsFtpd | Self::ProFtpd | Self::FileZilla)
    }

    /// Whether the octets of an upload may be there before its command was read. A server with one loop for all connections
    /// may look at the data connection first, and lose it; these have a process or a thread for each session.
    pub fn takes_data_before_its_command(self) -> bool {
        self.keeps_commands() || self == Self::PureFtpd
    }

    /// Whether it waits for our end of the data connection before it says that a download is complete, and takes that end at
    /// any time.
    pub fn waits_for_the_end(self) -> bool {
        self == Self::ProFtpd
    }

    /// Whether it runs commands side by side, so that the answers come in any order.
    pub fn answers_in_any_order(self) -> bool {
        self == Self::Aioftp
    }

    /// Whether names are UTF-8 only once it is asked for with OPTS, though FEAT says `UTF8`: they are in the charset of its
    /// country before.
    pub fn wants_opts_utf8(self) -> bool {
        matches!(self, Self::Iis | Self::ServU)
    }

    /// The formats in which it sends LIST, where they are not those of nearly everybody.
    pub fn list_formats(self) -> &'static [ListFormat] {
        match self {
            Self::Iis => &[ListFormat::Dos],
            Self::Vms => &[ListFormat::Vms],
            Self::ZOs => &[
                ListFormat::Mvs,
                ListFormat::MvsMember,
                ListFormat::MvsLoadModule,
                ListFormat::MvsJob,
                ListFormat::Unix,
            ],
            Self::ZVm => &[ListFormat::ZVm],
            Self::IbmI => &[ListFormat::As400],
            Self::NonStop => &[ListFormat::NonStop],
            Self::NetWare => &[ListFormat::NetWare],
            Self::Os2 => &[ListFormat::Os2],
            Self::ProFtpd | Self::VsFtpd | Self::PureFtpd | Self::FileZilla | Self::Aioftp | Self::ServU => {
                &[]
            }
        }
    }
}

/// Whether a refusal of LIST or NLST says in these words that the directory is empty.
pub fn says_empty(refusal: &Reply) -> bool {
    let text = refusal.text().to_ascii_lowercase();
    let words = ["no files found", "no members found", "no data sets found", "no datasets found"];
    let says = text == "no files" || words.iter().any(|words| text.contains(words));
    matches!(refusal.code().as_u16(), 450 | 550) && says
}

/// Whether the good end of a LIST says in these words that the directory could not be read: vsftpd has no other way to say it.
pub fn says_unread(end: &Reply) -> bool {
    end.text().to_ascii_lowercase().contains("failed to open directory")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_name_themselves() {
        for (greeting, product) in [
            ("ProFTPD Server (Debian) [::ffff:127.0.0.1]", Some(Product::ProFtpd)),
            ("(vsFTPd 3.0.3)", Some(Product::VsFtpd)),
            ("---------- Welcome to Pure-FTPd [privsep] [TLS] ----------", Some(Product::PureFtpd)),
            ("FileZilla Server 1.8.2", Some(Product::FileZilla)),
            ("Microsoft FTP Service", Some(Product::Iis)),
            ("Serv-U FTP Server v15.1 ready...", Some(Product::ServU)),
            ("example.org FTP Server (Version 5.7) OpenVMS ready", Some(Product::Vms)),
            ("FTPD1 IBM FTP CS V2R4 at EXAMPLE.ORG, 10:00:00 on 2024-01-31.", Some(Product::ZOs)),
            ("QTCP at AS400.EXAMPLE.ORG.", Some(Product::IbmI)),
            ("Service ready", None),
            ("FileZilla Server 0.9.60 beta", None),
            ("pyftpdlib 2.0.1 ready.", None),
            ("not vsFTPd 3.0.3", None),
            ("welcome", None),
            ("", None),
        ] {
            assert_eq!(Product::by_greeting([&b"Hello"[..], greeting.as_bytes()]), product, "{greeting}");
        }
        assert_eq!(Product::by_greeting([&b"welcome"[..]]), Some(Product::Aioftp));
        assert_eq!(Product::by_greeting([&b"welcome to wharf"[..]]), None);
        assert_eq!(Product::by_greeting([&b"welcome"[..], b"welcome"]), None);
        assert_eq!(Product::by_greeting([]), None);
        for (system, product) in [
            ("UNIX Type: L8", None),
            ("VMS OpenVMS V8.4", Some(Product::Vms)),
            ("MVS is the operating system of this server.", Some(Product::ZOs)),
            ("VM is the operating system of this server.", Some(Product::ZVm)),
            (" OS/400 is the remote operating system.", Some(Product::IbmI)),
            ("Windows_NT", Some(Product::Iis)),
            ("Nonstop D40", Some(Product::NonStop)),
            ("NETWARE Type: L8", Some(Product::NetWare)),
            ("OS/2 operating system", Some(Product::Os2)),
            ("Not a VMS", None),
        ] {
            assert_eq!(Product::by_system(system), product, "{system}");
        }
    }

    #[test]
    fn deviations_are_of_their_products_only() {
        assert!(Product::ProFtpd.runs_out_of_tickets() && !Product::VsFtpd.runs_out_of_tickets());
        assert!(Product::FileZilla.keeps_commands() && !Product::PureFtpd.keeps_commands());
        assert!(Product::PureFtpd.takes_data_before_its_command());
        assert!(!Product::Iis.takes_data_before_its_command());
        assert!(Product::Aioftp.answers_in_any_order() && !Product::VsFtpd.answers_in_any_order());
        assert!(Product::Iis.wants_opts_utf8() && !Product::FileZilla.wants_opts_utf8());
        assert_eq!(Product::Iis.list_formats(), [ListFormat::Dos]);
        assert_eq!(Product::VsFtpd.list_formats(), []);
    }

    #[test]
    fn an_empty_directory_may_be_refused() {
        for (code, text, empty) in [
            (450, "No files found", true),
            (550, "No files found.", true),
            (550, "No members found.", true),
            (550, "No data sets found.", true),
            (450, "No files", true),
            (450, "No files for you", false),
            (450, "missing: No such file or directory", false),
            (550, "Permission denied", false),
            (530, "No files found", false),
        ] {
            assert_eq!(says_empty(&Reply::new(code, text)), empty, "{code} {text}");
        }
        assert!(says_unread(&Reply::new(226, "Transfer done (but failed to open directory).")));
        assert!(!says_unread(&Reply::new(226, "Directory send OK.")));
    }
}
