use std::{fmt, str::FromStr, sync::Arc};

use super::{
    ListParser,
    as400::As400,
    connect_enterprise::ConnectEnterprise,
    date::DateOrder,
    dos::Dos,
    eplf::Eplf,
    mvs::{Mvs, MvsJob, MvsLoadModule, MvsMember},
    netware::NetWare,
    nonstop::NonStop,
    os2::Os2,
    unix::Unix,
    vms::Vms,
    zvm::ZVm,
};

/// A format of LIST.
///
/// ```
/// # use wharf_core::listing::ListFormat;
/// assert_eq!("vms".parse(), Ok(ListFormat::Vms));
/// assert_eq!(ListFormat::NetWare.to_string(), "netware");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ListFormat {
    /// `ls -l` in its dialects; what most servers send, whatever they run on.
    Unix,
    /// `dir`: IIS, Windows CE, and others on Windows.
    Dos,
    /// `DIRECTORY`: OpenVMS.
    Vms,
    /// Data sets: z/OS and MVS.
    Mvs,
    /// Members of a partitioned data set: z/OS and MVS.
    MvsMember,
    /// Members of a library of load modules: z/OS and MVS.
    MvsLoadModule,
    /// Jobs of JES: z/OS and MVS.
    MvsJob,
    /// IBM i, AS/400.
    As400,
    /// NetWare.
    NetWare,
    /// OS/2.
    Os2,
    /// HPE NonStop, Guardian.
    NonStop,
    /// Sterling Connect:Enterprise.
    ConnectEnterprise,
    /// Easily Parsed LIST Format: publicfile and its kin.
    Eplf,
    /// z/VM, CMS.
    ZVm,
}

impl ListFormat {
    /// All formats, the common ones first: the first wins where a listing speaks for several.
    pub const ALL: [Self; 14] = [
        Self::Unix,
        Self::Dos,
        Self::Vms,
        Self::Mvs,
        Self::MvsMember,
        Self::MvsLoadModule,
        Self::MvsJob,
        Self::As400,
        Self::NetWare,
        Self::Os2,
        Self::NonStop,
        Self::ConnectEnterprise,
        Self::Eplf,
        Self::ZVm,
    ];

    /// Its name, in small letters.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unix => "unix",
            Self::Dos => "dos",
            Self::Vms => "vms",
            Self::Mvs => "mvs",
            Self::MvsMember => "mvs-member",
            Self::MvsLoadModule => "mvs-load-module",
            Self::MvsJob => "mvs-job",
            Self::As400 => "as400",
            Self::NetWare => "netware",
            Self::Os2 => "os2",
            Self::NonStop => "nonstop",
            Self::ConnectEnterprise => "connect-enterprise",
            Self::Eplf => "eplf",
            Self::ZVm => "zvm",
        }
    }

    /// The parsers for its dialects, the likely one first: numeric dates have several orders.
    pub fn parsers(self) -> Vec<Arc<dyn ListParser>> {
        use DateOrder::{DayMonthYear, MonthDayYear, YearMonthDay};
        match self {
            Self::Unix => vec![Arc::new(Unix)],
            Self::Dos => vec![Arc::new(Dos(MonthDayYear)), Arc::new(Dos(DayMonthYear))],
            Self::Vms => vec![Arc::new(Vms)],
            Self::Mvs => vec![Arc::new(Mvs)],
            Self::MvsMember => vec![Arc::new(MvsMember)],
            Self::MvsLoadModule => vec![Arc::new(MvsLoadModule)],
            Self::MvsJob => vec![Arc::new(MvsJob)],
            Self::As400 => {
                vec![
                    Arc::new(As400(YearMonthDay)),
                    Arc::new(As400(MonthDayYear)),
                    Arc::new(As400(DayMonthYear)),
                ]
            }
            Self::NetWare => vec![Arc::new(NetWare)],
            Self::Os2 => vec![Arc::new(Os2)],
            Self::NonStop => vec![Arc::new(NonStop)],
            Self::ConnectEnterprise => vec![Arc::new(ConnectEnterprise)],
            Self::Eplf => vec![Arc::new(Eplf)],
            Self::ZVm => vec![Arc::new(ZVm)],
        }
    }
}

impl fmt::Display for ListFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text names no format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("no such format of LIST")]
pub struct UnknownListFormat;

impl FromStr for ListFormat {
    type Err = UnknownListFormat;

    fn from_str(text: &str) -> Result<Self, UnknownListFormat> {
        let mut all = Self::ALL.into_iter();
        all.find(|format| text.eq_ignore_ascii_case(format.as_str())).ok_or(UnknownListFormat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_again() {
        for format in ListFormat::ALL {
            assert_eq!(format.to_string().to_uppercase().parse(), Ok(format));
            assert!(!format.parsers().is_empty());
        }
        assert_eq!("ls".parse::<ListFormat>(), Err(UnknownListFormat));
    }
}
