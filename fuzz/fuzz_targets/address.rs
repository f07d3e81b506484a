//! Addresses, and the other short arguments that a peer can fill: what is read is written so that it is read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wharf_core::{
    address::{ExtendedAddress, ExtendedPassive, ExtendedPort, HostPort},
    host_name::HostName,
    representation::{RepresentationType, Structure, TransferMode},
    timestamp::Timestamp,
    transfer::RestartOffset,
};

fuzz_target!(|text: &[u8]| {
    if let Ok(address) = HostPort::parse(text) {
        assert_eq!(HostPort::find(text), Some(address));
        assert_eq!(HostPort::parse(address.to_string().as_bytes()), Ok(address));
    }
    if let Ok(address) = ExtendedAddress::parse(text) {
        assert_eq!(ExtendedAddress::parse(address.to_string().as_bytes()), Ok(address));
    }
    if let Some(port) = ExtendedPort::find(text) {
        assert_eq!(ExtendedPort::find(port.to_string().as_bytes()), Some(port));
    }
    if let Some(address) = HostPort::find(text) {
        assert_eq!(HostPort::find(address.to_string().as_bytes()), Some(address));
    }
    if let Ok(passive) = ExtendedPassive::parse(text) {
        assert_eq!(ExtendedPassive::parse(passive.to_string().as_bytes()), Ok(passive));
    }
    if let Some(Ok(name)) = std::str::from_utf8(text).ok().map(HostName::parse) {
        assert_eq!(HostName::parse(&name.to_string()), Ok(name));
    }
    if let Ok(offset) = RestartOffset::parse(text) {
        assert!(i64::try_from(offset.get()).is_ok());
        assert_eq!(RestartOffset::parse(offset.to_string().as_bytes()), Ok(offset));
    }
    for timestamp in [Timestamp::parse(text), Timestamp::parse_reply(text)].into_iter().flatten() {
        assert_eq!(Timestamp::parse(timestamp.to_string().as_bytes()), Ok(timestamp));
        assert_eq!(Timestamp::new(timestamp.to_system_time(), timestamp.fraction_digits()), timestamp);
    }
    if let Ok(representation) = RepresentationType::parse(text) {
        assert_eq!(RepresentationType::parse(representation.to_string().as_bytes()), Ok(representation));
    }
    let _ = (Structure::parse(text), TransferMode::parse(text));
});
