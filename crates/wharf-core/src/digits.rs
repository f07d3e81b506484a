//! Numbers as digits, appended to what is being written.

/// Appends `number`.
pub(crate) fn decimal(number: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Appends `number` with zeros before it, up to `width` digits.
pub(crate) fn decimal_with_zeros(number: u64, width: usize, out: &mut Vec<u8>) {
    right_aligned(itoa::Buffer::new().format(number).as_bytes(), width, b'0', out);
}

/// Appends `text` behind as many `fill` as make it `width` wide.
pub(crate) fn right_aligned(text: &[u8], width: usize, fill: u8, out: &mut Vec<u8>) {
    out.resize(out.len() + width.saturating_sub(text.len()), fill);
    out.extend_from_slice(text);
}

/// Appends `number` to the base 8 or 16, `BITS` of it to a digit, with zeros before it up to `width` digits.
pub(crate) fn digits_of<const BITS: u32>(number: u64, width: u32, out: &mut Vec<u8>) {
    let used = (u64::BITS - number.leading_zeros()).div_ceil(BITS);
    for place in (0..used.max(width)).rev() {
        // Places above the topmost bit are zeros.
        let digit = number.checked_shr(place * BITS).unwrap_or_default() as u8 & ((1 << BITS) - 1);
        out.push(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = b"x".to_vec();
        write(&mut out);
        String::from_utf8(out).unwrap().split_off(1)
    }

    #[test]
    fn zero_and_the_largest_are_written() {
        for number in [0, 1, 9, 10, u64::MAX] {
            assert_eq!(written(|out| decimal(number, out)), number.to_string());
            assert_eq!(written(|out| digits_of::<4>(number, 1, out)), format!("{number:x}"));
            assert_eq!(written(|out| digits_of::<3>(number, 4, out)), format!("{number:04o}"));
            assert_eq!(written(|out| digits_of::<4>(number, 20, out)), format!("{number:020x}"));
        }
    }

    proptest! {
        #[test]
        fn numbers_are_written_as_the_standard_library_does(number: u64, shift in 0u32..64, width in 0usize..24) {
            let number = number >> shift;
            prop_assert_eq!(written(|out| decimal(number, out)), number.to_string());
            prop_assert_eq!(written(|out| decimal_with_zeros(number, width, out)), format!("{number:0width$}"));
            prop_assert_eq!(written(|out| digits_of::<4>(number, 1, out)), format!("{number:x}"));
            prop_assert_eq!(written(|out| digits_of::<3>(number, 4, out)), format!("{number:04o}"));
        }
    }
}
