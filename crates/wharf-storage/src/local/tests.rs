#[cfg(target_os = "linux")]
mod at_once;
mod conformance;
mod escape;
mod leftovers;
mod listing;
mod model;
mod race;
mod special;
mod yard;
