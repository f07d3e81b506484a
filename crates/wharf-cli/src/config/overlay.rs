//! What arguments and the environment say over the file: `--set limits.sessions=100`, `WHARF_LIMITS__SESSIONS=100`.

use std::env;

use serde::Deserialize;
use toml::{Table, Value};
use wharf_accounts::wording::explained;

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
        // Of a section that is begun here what is needed may be in a later value.
        let mut unfinished = None;
        for Setting { shown, key, value } in self.0 {
            // What reads as a value of TOML is that, anything else is text: `100`, `true`, `["a"]`, `5 min`.
            let as_toml = toml::from_str::<Table>(&format!("value = {value}"));
            let as_toml = as_toml.ok().and_then(|mut table| table.remove("value"));
            let text = Value::String(value.clone());
            let candidates = as_toml.into_iter().chain([text]);
            // A number is a place in a list, or else a name, as of a user.
            let candidates = candidates.flat_map(|value| [(value.clone(), true), (value, false)]);
            let mut wrong = None;
            let fits = candidates.into_iter().find_map(|(value, in_list)| {
                let mut with = table.clone();
                let tried = put(&mut with, &key, value, in_list).and_then(|()| {
                    Config::deserialize(Value::Table(with.clone()))
                        .map_err(|error| error.message().to_owned())
                });
                match tried {
                    Ok(config) => Some((with, Ok(config))),
                    Err(error) if error.starts_with("missing field") => Some((with, Err(error))),
                    Err(error) => {
                        wrong.get_or_insert(error);
                        None
                    }
                }
            });
            let Some((with, changed)) = fits else {
                return Err(Problem::beside(&shown, explained(&wrong.unwrap_or_default())));
            };
            table = with;
            match changed {
                Ok(changed) => (config, unfinished) = (changed, None),
                Err(missing) => unfinished = Some((shown, missing)),
            }
        }
        match unfinished {
            None => Ok(config),
            Some((shown, missing)) => Err(Problem::beside(&shown, explained(&missing))),
        }
    }
}

/// Puts the value at the key. A section that is not there is made: one of a list, at its end, where a number says so `in_list`.
fn put(table: &mut Table, key: &[String], value: Value, in_list: bool) -> Result<(), String> {
    let Some((first, rest)) = key.split_first() else { return Err("a key is needed".into()) };
    if rest.is_empty() {
        table.insert(first.clone(), value);
        return Ok(());
    }
    let is_place = rest.len() > 1 && rest.first().is_some_and(|place| place.parse::<usize>().is_ok());
    let new = || match in_list && is_place {
        true => Value::Array(Vec::new()),
        false => Value::Table(Table::new()),
    };
    match table.entry(first.clone()).or_insert_with(new) {
        Value::Table(inner) => put(inner, rest, value, in_list),
        Value::Array(array) => {
            let (place, rest) = rest.split_first().ok_or("a key is needed")?;
            let number = place.parse::<usize>().ok();
            if number == Some(array.len()) && array.iter().all(Value::is_table) {
                array.push(Value::Table(Table::new()));
            }
            match number.and_then(|number| array.get_mut(number)) {
                Some(Value::Table(inner)) => put(inner, rest, value, in_list),
                _ => Err(format!("there is no {first}.{place}")),
            }
        }
        _ => Err(format!("{first} is a value, not a section")),
    }
}
