//! Pathnames: whatever is asked for stays inside the root; quoting and unquoting are inverse; nothing shown is obeyed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wharf_core::{
    listing::{glob::Pattern, is_safe_name},
    pathname::{Pathname, escape_for_display, quote, unquote},
};

fuzz_target!(|octets: &[u8]| {
    let middle = octets.iter().position(|&octet| octet == b'\n').unwrap_or(octets.len());
    let (from, text) = (&octets[..middle], octets.get(middle + 1..).unwrap_or_default());
    if let Ok(from) = Pathname::parse(from)
        && let Ok(path) = from.resolve(text)
    {
        assert!(path.as_bytes().starts_with(b"/") && !path.as_bytes().contains(&0));
        assert!(path.components().all(is_safe_name));
        assert_eq!(Pathname::parse(path.as_bytes()), Ok(path.clone()));
        assert_eq!(unquote(&quote(path.as_bytes())), Some((path.as_bytes().to_vec(), &b""[..])));
    }
    if let Some((name, rest)) = unquote(octets) {
        assert_eq!(unquote(&quote(&name)), Some((name, &b""[..])));
        assert!(octets.ends_with(rest));
    }
    if is_safe_name(text) {
        assert!(!text.contains(&b'/') && text != b".." && text != b".");
    }
    assert!(!escape_for_display(octets).to_string().contains(char::is_control));
    if let Some(pattern) = Pattern::new(from) {
        let _ = pattern.matches(text);
    }
});
