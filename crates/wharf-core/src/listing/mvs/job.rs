use std::time::SystemTime;

use wharf_storage::EntryKind;

use crate::listing::{BadLineReason, ListLine, ListParser, ListedEntry, columns::Columns};

/// Reads the lines of LIST of jobs, as z/OS sends them after `SITE FILETYPE=JES`: job name, job number, owner or none, status.
///
/// The name to fetch the output by is the job's number.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::listing) struct MvsJob;

impl ListParser for MvsJob {
    fn parse(&self, line: &[u8], _now: SystemTime) -> ListLine {
        let columns = Columns::new(line);
        if columns.word(0) == b"JOBNAME" && columns.word(1) == b"JOBID" {
            return ListLine::Heading;
        }
        let is_status =
            |at: usize| matches!(columns.word(at), b"INPUT" | b"ACTIVE" | b"OUTPUT" | b"HELD" | b"HOLD");
        if !is_job(columns.word(1)) || !(is_status(2) || is_status(3)) {
            return ListLine::Bad(BadLineReason::Format);
        }
        let mut entry = ListedEntry::new(columns.word(1));
        entry.kind = Some(EntryKind::File);
        entry.owner = (!is_status(2)).then(|| columns.word(2).to_vec());
        ListLine::Entry(Box::new(entry))
    }
}

/// `JOB01906`, `TSU01906`, `STC01906`, `J0001906`.
fn is_job(word: &[u8]) -> bool {
    let letters = word.iter().take_while(|octet| octet.is_ascii_uppercase()).count();
    let (letters, digits) = word.split_at_checked(letters).unwrap_or_default();
    matches!(letters, b"JOB" | b"TSU" | b"STC" | b"J" | b"T" | b"S")
        && digits.len() >= 4
        && digits.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::{check, check_bad, now};

    #[test]
    fn lines() {
        check(
            &MvsJob,
            &[
                ("ANNA1     JOB01906  OUTPUT    3 Spool Files", "JOB01906", "File|-|-|-|-|-|-|-"),
                (
                    "ANNA2    JOB01906 ANNA     OUTPUT A        RC=0000 3 spool files",
                    "JOB01906",
                    "File|-|-|-|-|ANNA|-|-",
                ),
                ("ANNA     TSU01830 ANNA     ACTIVE TSU", "TSU01830", "File|-|-|-|-|ANNA|-|-"),
                ("ANNA     J0001830 ANNA     INPUT  A", "J0001830", "File|-|-|-|-|ANNA|-|-"),
            ],
        );
        check_bad(
            &MvsJob,
            &[
                ("ANNA1     JOB  OUTPUT    3 Spool Files", BadLineReason::Format),
                ("ANNA1     JOB01906  READY    3 Spool Files", BadLineReason::Format),
                ("JOB01906  OUTPUT", BadLineReason::Format),
            ],
        );
        assert_eq!(MvsJob.parse(b"JOBNAME  JOBID    OWNER    STATUS CLASS", now()), ListLine::Heading);
    }
}
