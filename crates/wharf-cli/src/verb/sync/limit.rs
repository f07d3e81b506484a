use std::str::FromStr;

use wharf::client::sync::SyncOptions;

use crate::exit::{Exit, Failure};

/// How much may be deleted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::verb) enum MaxDelete {
    Entries(u64),
    /// From 0 to 1.
    Share(f64),
}

/// Has no more deleted than that; where nothing is said, not all because of an empty source.
pub(in crate::verb) fn set(limit: Option<MaxDelete>, options: &mut SyncOptions) {
    match limit {
        Some(MaxDelete::Entries(entries)) => options.max_delete = Some(entries),
        Some(MaxDelete::Share(share)) => options.max_delete_share = Some(share),
        // A disk that is not mounted looks so.
        None => options.spare_from_empty = true,
    }
}

/// With a word on how all that is deleted can be meant, where nothing was said.
pub(in crate::verb) fn explained(limit: Option<MaxDelete>, failure: Failure) -> Failure {
    match failure.exit == Exit::TooManyDeletions && limit.is_none() {
        true => failure.hint("--max-delete 100% says that it is meant"),
        false => failure,
    }
}

impl FromStr for MaxDelete {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let limit = match text.strip_suffix('%') {
            None => text.parse().ok().map(Self::Entries),
            Some(percent) => percent
                .parse()
                .ok()
                .filter(|percent| (0.0..=100.0).contains(percent))
                .map(|percent: f64| Self::Share(percent / 100.0)),
        };
        limit.ok_or("a number is needed, or a part such as 10%")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_parts() {
        for (text, limit) in [
            ("0", MaxDelete::Entries(0)),
            ("100", MaxDelete::Entries(100)),
            ("0%", MaxDelete::Share(0.0)),
            ("12.5%", MaxDelete::Share(0.125)),
            ("100%", MaxDelete::Share(1.0)),
        ] {
            assert_eq!(text.parse(), Ok(limit));
        }
        for text in ["", "-1", "1.5", "%", "101%", "-1%", "NaN%", "ten"] {
            assert!(text.parse::<MaxDelete>().is_err(), "{text}");
        }
    }
}
