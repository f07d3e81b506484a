//! What a directory says of a password besides that it is right.

use ldap3::{LdapResult, controls::RawControl};

/// Asked with a bind and answered with it: OpenLDAP's and others' (draft-behera-ldap-password-policy-10, section 6).
const POLICY: &str = "1.3.6.1.4.1.42.2.27.8.5.1";

/// Sent with a success, unasked, where the password is to be changed before anything else: 389 Directory Server's and others'
/// (draft-vchu-ldap-pwd-policy-00, section 3.2).
const EXPIRED: &str = "2.16.840.1.113730.3.4.4";

/// Asks for it. Who does not know it says nothing.
pub(super) fn request() -> RawControl {
    RawControl { ctype: POLICY.to_owned(), crit: false, val: None }
}

/// Why a success lets nobody in: the password has expired, or must be changed first, and then it is good for changing it alone.
pub(super) fn objection(result: &LdapResult) -> Option<&'static str> {
    result.ctrls.iter().find_map(|control| match (&*control.1.ctype, &control.1.val) {
        (EXPIRED, _) => Some("the password has expired"),
        (POLICY, Some(value)) => match error(value) {
            Ok(None) => None,
            Ok(Some([0])) => Some("the password has expired"),
            Ok(Some([1])) => Some("the account is locked"),
            Ok(Some([2])) => Some("the password must be changed first"),
            Ok(Some(_)) => Some("the password policy objects"),
            Err(Malformed) => Some("what the password policy says cannot be read"),
        },
        _ => None,
    })
}

#[derive(Debug, PartialEq, Eq)]
struct Malformed;

/// The error of a PasswordPolicyResponseValue: `SEQUENCE { warning [0] …, error [1] ENUMERATED }`, both optional.
fn error(value: &[u8]) -> Result<Option<&[u8]>, Malformed> {
    let (0x30, mut rest, []) = element(value)? else { return Err(Malformed) };
    let mut error = None;
    while !rest.is_empty() {
        let (tag, content, behind) = element(rest)?;
        if tag == 0x81 {
            error = Some(content);
        }
        rest = behind;
    }
    Ok(error)
}

/// The first element of BER: the octet of its tag, its content, and what is behind it.
fn element(octets: &[u8]) -> Result<(u8, &[u8], &[u8]), Malformed> {
    let (&[tag, length], rest) = octets.split_first_chunk().ok_or(Malformed)?;
    let (length, rest) = match length {
        0..0x80 => (usize::from(length), rest),
        _ => {
            // A length of one octet, or of up to four; none says that the end is marked, which LDAP does not (RFC 4511, section 5.1).
            let (length, rest) = rest.split_at_checked(usize::from(length & 0x7f)).ok_or(Malformed)?;
            if !(1..=4).contains(&length.len()) {
                return Err(Malformed);
            }
            (length.iter().fold(0, |length, octet| length << 8 | usize::from(*octet)), rest)
        }
    };
    let (content, behind) = rest.split_at_checked(length).ok_or(Malformed)?;
    Ok((tag, content, behind))
}

#[cfg(test)]
mod tests {
    use ldap3::controls::Control;

    use super::*;

    fn result(ctype: &str, val: Option<&[u8]>) -> LdapResult {
        let control = RawControl { ctype: ctype.into(), crit: false, val: val.map(<[u8]>::to_vec) };
        let (matched, text, refs) = (String::new(), String::new(), Vec::new());
        LdapResult { rc: 0, matched, text, refs, ctrls: vec![Control(None, control)] }
    }

    #[test]
    fn a_password_that_must_be_changed_lets_nobody_in() {
        let objects = |value: &[u8]| objection(&result(POLICY, Some(value)));
        let (expired, reset) = ("the password has expired", "the password must be changed first");
        for (value, expected) in [
            (&[0x30, 0][..], None),
            // It expires in 300 s; two more logins.
            (&[0x30, 6, 0xa0, 4, 0x80, 2, 1, 44], None),
            (&[0x30, 5, 0xa0, 3, 0x81, 1, 2], None),
            (&[0x30, 3, 0x81, 1, 0], Some(expired)),
            (&[0x30, 3, 0x81, 1, 2], Some(reset)),
            (&[0x30, 0x82, 0, 3, 0x81, 1, 2], Some(reset)),
            (&[0x30, 9, 0xa0, 4, 0x80, 2, 1, 44, 0x81, 1, 2], Some(reset)),
            (
                &[0x30, 9, 0xa0, 4, 0x80, 2, 1, 44, 0x81, 1, 2][..10],
                Some("what the password policy says cannot be read"),
            ),
            (&[0x30, 3, 0x81, 1, 99], Some("the password policy objects")),
        ] {
            assert_eq!(objects(value), expected, "{value:x?}");
        }
        assert_eq!(objection(&result(POLICY, None)), None);
        assert_eq!(objection(&result(EXPIRED, None)), Some(expired));
        assert_eq!(objection(&result(EXPIRED, Some(b"0"))), Some(expired));
        assert_eq!(objection(&result("2.16.840.1.113730.3.4.5", Some(b"300"))), None);
    }

    #[test]
    fn what_is_cut_off_or_of_another_shape_is_no_consent() {
        for value in [
            &[][..],
            &[0x30],
            &[0x30, 1],
            &[0x30, 0, 0],
            &[0x31, 0],
            &[0x30, 0x80, 0, 0],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x30, 0x85, 0, 0, 0, 0, 0],
            &[0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x30, 2, 0x81, 1],
        ] {
            assert_eq!(error(value), Err(Malformed), "{value:x?}");
        }
    }

    #[test]
    fn no_octets_are_too_odd_to_be_read() {
        let whole = [0x30, 0x82, 0, 11, 0xa0, 0x84, 0, 0, 0, 0, 0x81, 0x81, 1, 2, 0x80];
        for end in 0..=whole.len() {
            for at in 0..end {
                for octet in 0..=u8::MAX {
                    let mut odd = whole[..end].to_vec();
                    odd[at] = octet;
                    let _ = objection(&result(POLICY, Some(&odd)));
                }
            }
        }
    }
}
