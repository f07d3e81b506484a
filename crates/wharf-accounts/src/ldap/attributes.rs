use std::collections::BTreeMap;

use jiff::{Span, Timestamp, civil::Date};
use ldap3::SearchEntry;
use serde_json::{Map, Value};

use super::{LdapProblem, is_attribute};
use crate::{Settings, SourceError};

/// Which attribute says what of a user.
pub(super) struct Attributes {
    all: Vec<Attribute>,
    known_groups: Vec<String>,
}

struct Attribute {
    /// The key of a user, and the key in it where that has some.
    key: (String, Option<String>),
    kind: Kind,
    name: String,
}

/// What a key's values are.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    YesOrNo,
    Number,
    When,
    List,
    Groups,
    /// Text with JSON in it.
    Json,
}

impl Kind {
    fn of(key: &str) -> Option<Self> {
        Some(match key {
            "root" | "home" | "tls" | "umask" | "max-upload" | "max-download" | "quota.octets" => Self::Text,
            "speed.upload" | "speed.download" | "speed.session-upload" | "speed.session-download" => {
                Self::Text
            }
            "disabled" | "read-only" | "create-root" => Self::YesOrNo,
            "sessions" | "quota.entries" => Self::Number,
            "expires" => Self::When,
            "networks" | "hours" | "certificates" | "names.deny" | "names.allow" => Self::List,
            "groups" => Self::Groups,
            "permissions" | "folders" => Self::Json,
            _ => return None,
        })
    }
}

impl Attributes {
    pub(super) fn new(
        attributes: BTreeMap<String, String>,
        known_groups: Vec<String>,
    ) -> Result<Self, LdapProblem> {
        let wrong = |reason: String| LdapProblem::new("attributes", reason);
        let attribute = |(key, name): (String, String)| {
            let kind =
                Kind::of(&key).ok_or_else(|| wrong(format!("no attribute can say {key:?} of a user")))?;
            if !is_attribute(&name) {
                return Err(wrong(format!("{name:?} is no name of an attribute")));
            }
            let key = match key.split_once('.') {
                Some((key, within)) => (key.to_owned(), Some(within.to_owned())),
                None => (key, None),
            };
            Ok(Attribute { key, kind, name })
        };
        let all = attributes.into_iter().map(attribute).collect::<Result<_, _>>()?;
        Ok(Self { all, known_groups })
    }

    /// The names of all of them.
    pub(super) fn wanted(&self) -> Vec<&String> {
        self.all.iter().map(|attribute| &attribute.name).collect()
    }

    /// What an entry says. What it has not, it does not say.
    pub(super) fn settings(&self, entry: &SearchEntry) -> Result<Settings, SourceError> {
        let mut all = Map::new();
        for attribute in &self.all {
            let values = values(entry, &attribute.name)?;
            let value = self.value(attribute, values);
            let value = value.map_err(|error| format!("the attribute {}: {error}", attribute.name))?;
            let (Some(value), (key, within)) = (value, &attribute.key) else { continue };
            match within {
                None => {
                    all.insert(key.clone(), value);
                }
                Some(within) => {
                    let inner = all.entry(key).or_insert_with(|| Value::Object(Map::new()));
                    if let Some(inner) = inner.as_object_mut() {
                        inner.insert(within.clone(), value);
                    }
                }
            }
        }
        Ok(serde_json::from_value(Value::Object(all))?)
    }

    fn value(&self, attribute: &Attribute, values: &[String]) -> Result<Option<Value>, SourceError> {
        let one = match values {
            [] => return Ok(None),
            [one] => Some(one.as_str()),
            _ => None,
        };
        let only = || one.ok_or("it has several values");
        Ok(Some(match attribute.kind {
            Kind::Text => only()?.into(),
            Kind::YesOrNo => match only()? {
                "TRUE" => true.into(),
                "FALSE" => false.into(),
                _ => return Err("TRUE or FALSE is needed".into()),
            },
            Kind::Number => only()?.parse::<u64>()?.into(),
            Kind::When => match when(&attribute.name, only()?)? {
                Some(when) => when.into(),
                None => return Ok(None),
            },
            Kind::List => values.into(),
            Kind::Groups => {
                let groups = values.iter().map(|value| group(value));
                groups.filter(|group| self.known_groups.iter().any(|known| known == group)).collect()
            }
            Kind::Json => serde_json::from_str(only()?)?,
        }))
    }
}

/// Whether the entry has exactly this value.
pub(super) fn has(entry: &SearchEntry, attribute: &str, value: &str) -> bool {
    values(entry, attribute).is_ok_and(|values| values.iter().any(|own| own == value))
}

/// The values of an attribute, whose name has the case that the directory likes.
fn values<'a>(entry: &'a SearchEntry, attribute: &str) -> Result<&'a [String], SourceError> {
    if entry.bin_attrs.keys().any(|name| name.eq_ignore_ascii_case(attribute)) {
        return Err(format!("the attribute {attribute} is no text").into());
    }
    let found = entry.attrs.iter().find(|(name, _)| name.eq_ignore_ascii_case(attribute));
    Ok(found.map(|(_, values)| &values[..]).unwrap_or_default())
}

/// The name of a group; where it is the name of an entry, as in `memberOf`, the first value in that.
fn group(value: &str) -> &str {
    let Some((_, value)) = value.split_once('=') else { return value };
    value.split(',').next().unwrap_or_default()
}

/// When an account ends, in the words of `expires`: those, GeneralizedTime (RFC 4517, section 3.3.13), or a number, which means
/// what the attribute does. `None` is never.
fn when(attribute: &str, value: &str) -> Result<Option<String>, SourceError> {
    let is_number = value.trim_start_matches('-').chars().all(|digit| digit.is_ascii_digit());
    if let Some(digits) = value.strip_suffix('Z').filter(|digits| digits.len() >= 14 && !digits.contains('-'))
    {
        let digits = digits.split(['.', ',']).next().unwrap_or_default();
        let moment = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", digits)?;
        return Ok(Some(format!("{moment}Z")));
    }
    if !is_number {
        return Ok(Some(value.to_owned()));
    }
    let number: i64 = value.parse()?;
    Ok(match (is_account_expires(attribute), number) {
        (true, 0 | i64::MAX) | (false, -1) => None,
        (true, _) => Some(Timestamp::from_second(number / 10_000_000 - 11_644_473_600)?.to_string()),
        // 0 is a day that is over: that is how an account is locked by it.
        (false, _) => {
            let days = Span::new().try_days(number)?;
            Some(Date::constant(1970, 1, 1).checked_add(days)?.to_string())
        }
    })
}

/// Whether its numbers are tenths of microseconds since 1601, and 0 and the largest are never, as in Active Directory; those of
/// `shadowExpire` and of all others are days since 1970, and -1 is never (shadow(5)).
fn is_account_expires(attribute: &str) -> bool {
    let name = attribute.split(';').next().unwrap_or_default();
    name.eq_ignore_ascii_case("accountExpires") || name == "1.2.840.113556.1.4.159"
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::Expiry;

    fn entry(values: &[(&str, &[&str])]) -> SearchEntry {
        let values = values.iter().map(|(name, values)| {
            ((*name).to_owned(), values.iter().map(|&value| value.to_owned()).collect())
        });
        SearchEntry { dn: "uid=anna".into(), attrs: values.collect(), bin_attrs: HashMap::new() }
    }

    fn attributes(map: &[(&str, &str)]) -> Result<Attributes, LdapProblem> {
        let map = map.iter().map(|&(key, name)| (key.to_owned(), name.to_owned())).collect();
        Attributes::new(map, vec!["staff".into(), "web".into()])
    }

    #[test]
    fn each_kind_of_key_is_read() {
        let all = attributes(&[
            ("root", "homeDirectory"),
            ("quota.octets", "q"),
            ("quota.entries", "n"),
            ("read-only", "ro"),
            ("groups", "memberOf"),
            ("permissions", "p"),
            ("expires", "e"),
            ("hours", "missing"),
        ])
        .unwrap();
        let anna = entry(&[
            ("HOMEDIRECTORY", &["/srv/anna"]),
            ("q", &["10G"]),
            ("n", &["7"]),
            ("ro", &["TRUE"]),
            ("memberof", &["cn=web,ou=groups", "cn=other,ou=groups", "staff", "cn=sta\\,ff"]),
            ("p", &["{\"/\": \"all\"}"]),
            ("e", &["20300102030405.6Z"]),
        ]);
        let settings = all.settings(&anna).unwrap();
        assert_eq!(settings.root.as_deref(), Some("/srv/anna"));
        let quota = settings.quota.unwrap();
        assert_eq!((quota.octets.unwrap().0, quota.entries), (10 << 30, Some(7)));
        assert_eq!((settings.read_only, settings.hours), (Some(true), None));
        assert_eq!(settings.groups.unwrap(), ["web", "staff"]);
        assert_eq!(settings.permissions.unwrap().len(), 1);
        assert_eq!(settings.expires, "2030-01-02T03:04:05Z".parse::<Expiry>().ok());
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_never_no_limit() {
        for (key, values) in [
            ("root", &["/a", "/b"][..]),
            ("read-only", &["yes"]),
            ("sessions", &["many"]),
            ("quota.octets", &["-1"]),
            ("expires", &["soon"]),
            ("expires", &["20301332000000Z"]),
            ("permissions", &["all"]),
        ] {
            let all = attributes(&[(key, "a")]).unwrap();
            assert!(all.settings(&entry(&[("a", values)])).is_err(), "{key}: {values:?}");
        }
        let mut binary = entry(&[]);
        binary.bin_attrs.insert("A".into(), vec![vec![0xff]]);
        assert!(attributes(&[("sessions", "a")]).unwrap().settings(&binary).is_err());
        for (key, name) in [("password", "userPassword"), ("rot", "a"), ("root", "a)(b"), ("root", "*")] {
            assert!(attributes(&[(key, name)]).is_err(), "{key}, {name}");
        }
    }

    /// Whom each lets in at which day is the same as where the directory itself decides it.
    #[test]
    fn ends_are_read_as_directories_write_them() {
        for (attribute, value, expected) in [
            ("e", "2030-01-01", Some("2030-01-01")),
            ("e", "20300101000000Z", Some("2030-01-01T00:00:00Z")),
            ("accountExpires", "20300101000000Z", Some("2030-01-01T00:00:00Z")),
            ("shadowExpire", "21915", Some("2030-01-01")),
            ("shadowExpire", "1", Some("1970-01-02")),
            ("shadowExpire", "0", Some("1970-01-01")),
            ("shadowExpire", "-1", None),
            ("shadowExpire", "-2", Some("1969-12-30")),
            ("accountExpires", "135379296000000000", Some("2030-01-01T00:00:00Z")),
            ("ACCOUNTEXPIRES", "1", Some("1601-01-01T00:00:00Z")),
            ("accountExpires", "0", None),
            ("accountExpires;x", "0", None),
            ("1.2.840.113556.1.4.159", "9223372036854775807", None),
        ] {
            let all = attributes(&[("expires", attribute)]).unwrap();
            let settings = all.settings(&entry(&[(attribute, &[value])])).unwrap();
            let expected = expected.map(|expected| expected.parse::<Expiry>().unwrap());
            assert_eq!(settings.expires, expected, "{attribute}: {value}");
        }
        for (attribute, value) in [
            ("shadowExpire", "9223372036854775807"),
            ("shadowExpire", "-9223372036854775808"),
            ("shadowExpire", "9223372036854775808"),
            ("accountExpires", "9223372036854775806"),
            ("e", "-"),
            ("e", ""),
        ] {
            assert!(when(attribute, value).is_err(), "{attribute}: {value}");
        }
    }
}
