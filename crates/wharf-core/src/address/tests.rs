use super::*;
use proptest::prelude::*;

fn show<T: fmt::Display>(value: T) -> String {
    value.to_string()
}

#[test]
fn port_arguments() {
    for (text, expected) in [
        ("127,0,0,1,4,51", Some(("127.0.0.1", 1075))),
        ("0,0,0,0,0,0", Some(("0.0.0.0", 0))),
        ("255,255,255,255,255,255", Some(("255.255.255.255", 65535))),
        ("001,002,003,004,005,006", Some(("1.2.3.4", 1286))),
        ("256,0,0,1,4,51", None),
        ("127,0,0,1,4,256", None),
        ("127,0,0,1,4,65536", None),
        ("99999999999999999999,0,0,1,4,51", None),
        ("127,0,0,1,4", None),
        ("127,0,0,1,4,51,6", None),
        ("127,0,0,1,4,51,", None),
        (",127,0,0,1,4,51", None),
        ("127,0,0,,4,51", None),
        ("127,0,0,-1,4,51", None),
        ("127,0,0,+1,4,51", None),
        ("127, 0,0,1,4,51", None),
        ("127.0.0.1,4,51", None),
        ("", None),
    ] {
        let expected = expected.map(|(host, port)| HostPort { address: host.parse().unwrap(), port });
        assert_eq!(HostPort::parse(text.as_bytes()), expected.ok_or(AddressError::Syntax), "{text:?}");
    }
}

#[test]
fn host_port_in_227() {
    for (text, expected) in [
        ("Entering Passive Mode (127,0,0,1,4,51)", Some("127,0,0,1,4,51")),
        ("Entering Passive Mode (127,0,0,1,4,51).", Some("127,0,0,1,4,51")),
        ("Entering Passive Mode 127,0,0,1,4,51", Some("127,0,0,1,4,51")),
        ("Entering Passive Mode, 127,0,0,1,4,51.", Some("127,0,0,1,4,51")),
        ("=127,0,0,1,4,51", Some("127,0,0,1,4,51")),
        ("(127, 0, 0, 1, 4, 51)", Some("127,0,0,1,4,51")),
        ("mode 2 127,0,0,1,4,51 ok", Some("127,0,0,1,4,51")),
        ("(note) (1,2) 127,0,0,1,4,51", Some("127,0,0,1,4,51")),
        ("(0,0,0,0,4,51)", Some("0,0,0,0,4,51")),
        ("(127,0,0,1,4,256)", None),
        ("(127,0,0,1,4,51,9)", None),
        ("(127,0,0,1,4)", None),
        ("Entering Passive Mode", None),
        ("", None),
    ] {
        assert_eq!(HostPort::find(text.as_bytes()).map(show).as_deref(), expected, "{text:?}");
    }
}

#[test]
fn eprt_arguments() {
    use AddressError::{Protocol, Syntax};
    for (text, expected) in [
        ("|1|127.0.0.1|1075|", Ok("|1|127.0.0.1|1075|")),
        ("|2|::1|1075|", Ok("|2|::1|1075|")),
        ("|2|2001:DB8::8:800:200C:417A|5282|", Ok("|2|2001:db8::8:800:200c:417a|5282|")),
        ("|2|::ffff:127.0.0.1|80|", Ok("|2|::ffff:127.0.0.1|80|")),
        ("!1!127.0.0.1!1075!", Ok("|1|127.0.0.1|1075|")),
        ("~2~::1~0~", Ok("|2|::1|0|")),
        ("|3|127.0.0.1|1075|", Err(Protocol)),
        ("|99999999999|x|1075|", Err(Protocol)),
        ("|1|::1|1075|", Err(Syntax)),
        ("|2|127.0.0.1|1075|", Err(Syntax)),
        ("|1|localhost|1075|", Err(Syntax)),
        ("|1|127.0.0.1|65536|", Err(Syntax)),
        ("|1|127.0.0.1|-1|", Err(Syntax)),
        ("|1|127.0.0.1||", Err(Syntax)),
        ("|1|127.0.0.256|80|", Err(Syntax)),
        ("|1|127.0.0.1|80", Err(Syntax)),
        ("|1|127.0.0.1|80|x", Err(Syntax)),
        ("|1|127.0.0.1|80||", Err(Syntax)),
        ("||127.0.0.1|80|", Err(Syntax)),
        ("|x|127.0.0.1|80|", Err(Syntax)),
        ("|2|fe80::1%eth0|80|", Err(Syntax)),
        (":2:::1:80:", Err(Syntax)),
        (" 1 127.0.0.1 80 ", Err(Syntax)),
        ("", Err(Syntax)),
        ("|", Err(Syntax)),
    ] {
        let parsed = ExtendedAddress::parse(text.as_bytes()).map(show);
        assert_eq!(parsed, expected.map(str::to_owned), "{text:?}");
    }
}

#[test]
fn port_in_229() {
    for (text, expected) in [
        ("Entering Extended Passive Mode (|||6446|)", Some("(|||6446|)")),
        ("Entering Extended Passive Mode (!!!6446!).", Some("(|||6446|)")),
        ("Extended Passive Mode OK (|1|127.0.0.1|6446|)", Some("(|1|127.0.0.1|6446|)")),
        ("(|2|::1|6446|)", Some("(|2|::1|6446|)")),
        ("(||::1|6446|)", Some("(|2|::1|6446|)")),
        ("(|2||6446|)", Some("(|||6446|)")),
        ("(|||1|) or (|||2|), take it", Some("(|||2|)")),
        ("junk (( | (x) (|||6446|) (|||) |junk|", Some("(|||6446|)")),
        ("|||6446|", Some("(|||6446|)")),
        ("port |||6446| |||", Some("(|||6446|)")),
        ("(|||65536|)", None),
        ("(|||-1|)", None),
        ("(||||)", None),
        ("(|||6446)", None),
        ("(|1|::1|6446|)", None),
        ("(|9|::1|6446|)", None),
        ("((((((((", None),
        ("", None),
    ] {
        assert_eq!(ExtendedPort::find(text.as_bytes()).map(show).as_deref(), expected, "{text:?}");
    }
}

#[test]
fn epsv_arguments() {
    for (text, expected) in [
        ("", Ok(ExtendedPassive::Any)),
        ("1", Ok(ExtendedPassive::Protocol(NetworkProtocol::Ipv4))),
        ("2", Ok(ExtendedPassive::Protocol(NetworkProtocol::Ipv6))),
        ("ALL", Ok(ExtendedPassive::All)),
        ("all", Ok(ExtendedPassive::All)),
        ("3", Err(AddressError::Protocol)),
        ("01", Err(AddressError::Protocol)),
        ("ALLE", Err(AddressError::Syntax)),
        (" 1", Err(AddressError::Syntax)),
    ] {
        let parsed = ExtendedPassive::parse(text.as_bytes());
        assert_eq!(parsed, expected, "{text:?}");
        if let Ok(parsed) = parsed {
            assert_eq!(show(parsed), text.to_uppercase());
        }
    }
}

proptest! {
    #[test]
    fn addresses_are_written_as_they_are_read(address: IpAddr, port: u16, before in "[ -~]{0,20}") {
        let extended = ExtendedAddress { address, port };
        prop_assert_eq!(ExtendedAddress::parse(show(extended).as_bytes()), Ok(extended));
        prop_assert_eq!(SocketAddr::from(extended), SocketAddr::new(address, port));
        for full in [None, Some(address)] {
            let extended = ExtendedPort { port, address: full };
            prop_assert_eq!(ExtendedPort::find(format!("{before}{extended}").as_bytes()), Some(extended));
        }
        if let IpAddr::V4(address) = address {
            let host_port = HostPort { address, port };
            prop_assert_eq!(HostPort::parse(show(host_port).as_bytes()), Ok(host_port));
            prop_assert_eq!(HostPort::find(format!("Passive ({host_port})").as_bytes()), Some(host_port));
        }
    }

    #[test]
    fn any_text_is_searched(text in "[0-9,|() :!.]{0,80}", octets: Vec<u8>) {
        for text in [text.as_bytes(), &octets] {
            let _ = (HostPort::parse(text), HostPort::find(text), ExtendedPassive::parse(text));
            let _ = ExtendedPort::find(text);
            if let Ok(address) = ExtendedAddress::parse(text) {
                prop_assert_eq!(ExtendedAddress::parse(show(address).as_bytes()), Ok(address));
            }
        }
    }
}
