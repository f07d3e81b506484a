use std::str::FromStr;

use wharf::client::sync::SyncOptions;

/// How much may be deleted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::verb) enum MaxDelete {
    Entries(u64),
    /// From 0 to 1.
    Share(f64),
}

impl MaxDelete {
    pub(in crate::verb) fn set(self, options: &mut SyncOptions) {
        match self {
            Self::Entries(entries) => options.max_delete = Some(entries),
            Self::Share(share) => options.max_delete_share = Some(share),
        }
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
