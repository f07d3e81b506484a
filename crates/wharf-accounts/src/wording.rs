//! What is wrong with a file, in the words of who wrote it: serde says it in those of Rust.

/// What serde says of a TOML file, for people: with a suggestion where a word is not one of those that it expects.
pub fn explained(message: &str) -> String {
    if message == "invalid type: map, expected a sequence" {
        return "there may be several of these: the section begins with [[ and ends with ]], a list with [ and ]"
            .to_owned();
    }
    if message == "wanted string or table" {
        return "one of the known words is needed, in quotes".to_owned();
    }
    if let Some(field) = message.strip_prefix("missing field ") {
        return format!("{field} is missing");
    }
    for prefix in ["invalid type: ", "invalid value: "] {
        let said = message.strip_prefix(prefix).and_then(|said| said.rsplit_once(", expected "));
        if let Some((found, expected)) = said {
            return format!("{} is needed, not {}", needed(expected), given(found));
        }
    }
    let mut words = message.split('`').skip(1).step_by(2);
    let unknown = message.starts_with("unknown field") || message.starts_with("unknown variant");
    let Some(word) = words.next().filter(|_| unknown) else { return message.to_owned() };
    let known: Vec<_> = words.collect();
    let what = if message.starts_with("unknown field") { "key" } else { "value" };
    let nearest = suggestion(word, known.iter().copied());
    match nearest {
        Some(nearest) => format!("unknown {what} `{word}`; did you mean `{nearest}`?"),
        None => format!("unknown {what} `{word}`; there are {}", known.join(", ")),
    }
}

/// The word of those known that is much like `word`.
pub fn suggestion<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |known: &str| strsim::damerau_levenshtein(word, known);
    let nearest = known.map(|known| (likeness(known), known)).min();
    nearest.filter(|(distance, _)| *distance <= word.len().div_ceil(3)).map(|(_, known)| known)
}

/// A type of Rust, as what is to be written.
fn needed(expected: &str) -> &str {
    match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number from 0 on",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a string" | "string" | "str" => "text in quotes",
        "path string" => "the name of a file in quotes",
        "a sequence" => "a list in [ ]",
        "a map" => "a section or { }",
        "an array of length 2" => "a list of two in [ ]",
        other if other.starts_with("a nonzero ") => "a whole number from 1 on",
        other if other.starts_with("struct ") => "a section or { }",
        other => other,
    }
}

/// A value, as serde names it, as it is called in TOML.
fn given(found: &str) -> String {
    let (kind, value) = found.split_once(' ').unwrap_or((found, ""));
    let value = value.trim_matches('`');
    match kind {
        "string" => format!("the text {value}"),
        "integer" => format!("the number {value}"),
        "floating" => format!("the number {}", value.strip_prefix("point `").unwrap_or(value)),
        "boolean" => value.to_owned(),
        "map" => "a section".to_owned(),
        "sequence" => "a list".to_owned(),
        _ => found.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, path::PathBuf};

    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct All {
        #[expect(dead_code)]
        word: String,
        #[expect(dead_code)]
        few: Option<u16>,
        #[expect(dead_code)]
        many: Option<usize>,
        #[expect(dead_code)]
        some: Option<std::num::NonZeroU32>,
        #[expect(dead_code)]
        is: Option<bool>,
        #[expect(dead_code)]
        file: Option<PathBuf>,
        #[expect(dead_code)]
        two: Option<[u8; 2]>,
        #[expect(dead_code)]
        list: Option<Vec<String>>,
        #[expect(dead_code)]
        map: Option<BTreeMap<String, String>>,
        #[expect(dead_code)]
        all: Option<Box<All>>,
        #[expect(dead_code)]
        choice: Option<Choice>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Choice {
        Text,
    }

    #[test]
    fn no_word_is_one_of_rust() {
        for (text, expected) in [
            ("", "`word` is missing"),
            ("word = 5", "text in quotes is needed, not the number 5"),
            ("word = [1]", "text in quotes is needed, not a list"),
            ("word = 1.5", "text in quotes is needed, not the number 1.5"),
            ("few = 70000", "a whole number from 0 to 65535 is needed, not the number 70000"),
            ("many = -1", "a whole number from 0 on is needed, not the number -1"),
            ("many = \"ten\"", "a whole number from 0 on is needed, not the text \"ten\""),
            ("some = 0", "a whole number from 1 on is needed, not the number 0"),
            ("is = \"yes\"", "true or false is needed, not the text \"yes\""),
            ("file = true", "the name of a file in quotes is needed, not true"),
            ("two = 1", "a list of two in [ ] is needed, not the number 1"),
            ("list = \"a\"", "a list in [ ] is needed, not the text \"a\""),
            ("map = 1", "a section or { } is needed, not the number 1"),
            ("all = 1", "a section or { } is needed, not the number 1"),
            ("choice = 1", "one of the known words is needed, in quotes"),
            ("choice = \"txt\"", "unknown value `txt`; did you mean `text`?"),
            ("ward = \"\"", "unknown key `ward`; did you mean `word`?"),
            (
                "[list]",
                "there may be several of these: the section begins with [[ and ends with ]], a list with [ and ]",
            ),
        ] {
            let error = toml::from_str::<All>(text).map(drop).unwrap_err();
            assert_eq!(explained(error.message()), expected, "{text}: {error}");
        }
    }
}
