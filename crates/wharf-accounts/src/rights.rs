use std::{fmt, str::FromStr};

use wharf::Access;

use crate::text::as_text;

/// What may be done somewhere, as words: `"list read"`, `"all"`, `"none"`.
///
/// `write` stands for create, append, overwrite, mkdir, chmod and times; `all` for that and list, read, delete and rename.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights(pub Access);

/// The words for what is single, and for what is many.
const WORDS: [(&str, Access); 13] = [
    ("list", Access::LIST),
    ("read", Access::READ),
    ("create", Access::CREATE),
    ("append", Access::APPEND),
    ("overwrite", Access::OVERWRITE),
    ("mkdir", Access::MAKE_DIR),
    ("chmod", Access::PERMISSIONS),
    ("times", Access::TIMES),
    ("delete", Access::DELETE),
    ("rename", Access::RENAME),
    ("write", Access::WRITE),
    ("all", Access::all()),
    ("none", Access::empty()),
];

impl FromStr for Rights {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words: Vec<_> =
            text.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
        if words.is_empty() {
            return Err("a right is needed, or the word none".into());
        }
        if words.len() > 1 && words.iter().any(|word| word == "none") {
            return Err("none stands alone".into());
        }
        let mut rights = Access::empty();
        for word in words {
            let Some((_, access)) = WORDS.iter().find(|(name, _)| *name == word) else {
                let known = WORDS.map(|(name, _)| name).join(", ");
                return Err(format!("{word:?} is no right; there are {known}"));
            };
            rights |= *access;
        }
        Ok(Self(rights))
    }
}

impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((name, _)) = WORDS.iter().rev().find(|(_, access)| *access == self.0) {
            return f.write_str(name);
        }
        let single = WORDS.iter().filter(|(_, access)| access.bits().is_power_of_two());
        let held = single.filter(|(_, access)| self.0.contains(*access)).map(|(name, _)| *name);
        f.write_str(&held.collect::<Vec<_>>().join(" "))
    }
}

as_text!(Rights);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_rights() {
        let rights = |text: &str| text.parse::<Rights>().unwrap().0;
        assert_eq!(rights("list, read"), Access::LIST | Access::READ);
        assert_eq!(rights("List READ"), Access::LIST | Access::READ);
        assert_eq!(rights("write"), Access::WRITE);
        assert_eq!(rights("all"), Access::all());
        assert_eq!(rights("none"), Access::empty());
        for text in ["", " , ", "none read", "reed", "everything"] {
            assert!(text.parse::<Rights>().is_err(), "{text}");
        }
    }

    #[test]
    fn every_right_has_a_word_and_is_shown_by_it() {
        for bits in 0..=Access::all().bits() {
            let rights = Rights(Access::from_bits_truncate(bits));
            assert_eq!(rights.to_string().parse(), Ok(rights));
        }
    }
}
