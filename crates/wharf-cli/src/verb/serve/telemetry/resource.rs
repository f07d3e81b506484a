//! Who sends: the service, as a collector tells it from others.

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;

use super::variables;
use crate::config::telemetry::Section;

/// By the section, else by the environment, else `wharf`.
pub(super) fn of(section: &Section) -> Resource {
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let resource = Resource::builder().with_attribute(version);
    match &section.service_name {
        Some(name) => resource.with_service_name(name.clone()),
        None if variables::names_service() => resource,
        None => resource.with_service_name("wharf"),
    }
    .build()
}
