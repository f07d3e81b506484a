//! What arguments and the environment say over the file: `--set limits.sessions=100`, `WHARF_LIMITS__SESSIONS=100`.

use std::env;

use serde::Deserialize;
use toml::{Table, Value};

use super::{
    Config,
    problem::{Places, Problem},
};

/// What variables begin with. The rest is the key: `__` for a dot, `_` for a hyphen.
const PREFIX: &str = "WHARF_";

/// Single values for keys, in the order in which they are put over the file.
pub(super) struct Overlay(Vec<Setting>);

struct Setting {
    /// What it is called where something is wrong with it.
    shown: String,
    key: Vec<String>,
    value: String,
}

impl Overlay {
    /// Those of the environment, and then `set`, a `KEY=VALUE` each.
    pub(super) fn from_environment_and(set: &[String]) -> Result<Self, Problem> {
        let mut all = Vec::new();
        let mut variables: Vec<_> =
            env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect();
        variables.sort();
        for (name, value) in variables {
            let Some(key) = name.strip_prefix(PREFIX).filter(|key| key.contains("__")) else { continue };
            let key = key.split("__").map(|part| part.to_ascii_lowercase().replace('_', "-")).collect();
            let value = value.into_string().map_err(|_| Problem::beside(&name, "not UTF-8"))?;
            all.push(Setting { shown: name, key, value });
        }
        for setting in set {
            let shown = format!("--set {}", setting.split('=').next().unwrap_or_default());
            let Some((key, value)) = setting.split_once('=') else {
                return Err(Problem::beside(&shown, "KEY=VALUE is needed, such as limits.sessions=100"));
            };
            let key = key.split('.').map(str::to_owned).collect();
            all.push(Setting { shown, key, value: value.to_owned() });
        }
        Ok(Self(all))
    }

    /// The configuration with these values in it.
    pub(super) fn over(self, config: Config, places: &Places) -> Result<Config, Problem> {
        if self.0.is_empty() {
            return Ok(config);
        }
        let mut table: Table = toml::from_str(places.text()).map_err(|error| places.in_toml(&error))?;
        let mut config = config;
        for Setting { shown, key, value } in self.0 {
            // What reads as a value of TOML is that, anything else is text: `100`, `true`, `["a"]`, `5 min`.
            let as_toml = toml::from_str::<Table>(&format!("value = {value}"));
            let as_toml = as_toml.ok().and_then(|mut table| table.remove("value"));
            let text = Value::String(value.clone());
            let candidates = as_toml.into_iter().chain([text]);
            let mut wrong = None;
            let fits = candidates.into_iter().find_map(|value| {
                let mut with = table.clone();
                let tried = put(&mut with, &key, value).and_then(|()| {
                    Config::deserialize(Value::Table(with.clone()))
                        .map_err(|error| error.message().to_owned())
                });
                match tried {
                    Ok(config) => Some((with, config)),
                    Err(error) => {
                        wrong.get_or_insert(error);
                        None
                    }
                }
            });
            let Some((with, changed)) = fits else {
                return Err(Problem::beside(&shown, super::problem::explained(&wrong.unwrap_or_default())));
            };
            (table, config) = (with, changed);
        }
        Ok(config)
    }
}

fn put(table: &mut Table, key: &[String], value: Value) -> Result<(), String> {
    let Some((first, rest)) = key.split_first() else { return Err("a key is needed".into()) };
    if rest.is_empty() {
        table.insert(first.clone(), value);
        return Ok(());
    }
    match table.entry(first.clone()).or_insert_with(|| Value::Table(Table::new())) {
        Value::Table(inner) => put(inner, rest, value),
        Value::Array(array) => {
            let (place, rest) = rest.split_first().ok_or("a key is needed")?;
            let element = place.parse::<usize>().ok().and_then(|place| array.get_mut(place));
            match element {
                Some(Value::Table(inner)) => put(inner, rest, value),
                _ => Err(format!("there is no {first}.{place}")),
            }
        }
        _ => Err(format!("{first} is a value, not a section")),
    }
}
