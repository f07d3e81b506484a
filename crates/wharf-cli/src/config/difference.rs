//! What changes from one configuration to the next, for the log. Secrets are marks in both: see [`wharf_accounts::redacted`].

use std::collections::BTreeMap;

use serde_json::Value;

use super::Config;

/// A line for each key that has another value: `limits.sessions: 100 → 200`.
pub(crate) fn between(old: &Config, new: &Config) -> Vec<String> {
    let (old, new) = (leaves(old), leaves(new));
    let keys: std::collections::BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let line = |key: &String| {
        let (old, new) = (old.get(key), new.get(key));
        let shown = |value: Option<&String>| value.cloned().unwrap_or_else(|| "unset".into());
        (old != new).then(|| format!("{key}: {} → {}", shown(old), shown(new)))
    };
    keys.into_iter().filter_map(line).collect()
}

/// Every key with a value, and the value as JSON.
fn leaves(config: &Config) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    if let Ok(value) = serde_json::to_value(config) {
        collect(String::new(), &value, &mut all);
    }
    all
}

fn collect(key: String, value: &Value, all: &mut BTreeMap<String, String>) {
    let below = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    match value {
        Value::Null => {}
        Value::Object(object) => object.iter().for_each(|(name, value)| collect(below(name), value, all)),
        Value::Array(array) if array.iter().any(Value::is_object) => {
            array
                .iter()
                .enumerate()
                .for_each(|(place, value)| collect(below(&place.to_string()), value, all));
        }
        value => {
            all.insert(key, value.to_string());
        }
    }
}
