use super::*;
use proptest::prelude::*;

fn header() -> impl Strategy<Value = Header> {
    let time = prop::option::of((0..4_000_000_000_u64, 0..1_000_000_000_u32));
    (prop::collection::vec(any::<u8>(), 0..300), any::<u64>(), time, prop::option::of(0..=0o7777_u32))
        .prop_map(|(path, size, time, permissions)| Header {
            path,
            size,
            modified: time.map(|(seconds, nanoseconds)| UNIX_EPOCH + Duration::new(seconds, nanoseconds)),
            permissions,
        })
}

fn status() -> impl Strategy<Value = Status> {
    (100..600_u16, "\\PC{0,60}").prop_map(|(code, text)| Status { code, text })
}

fn record() -> impl Strategy<Value = Record> {
    let path = || prop::collection::vec(any::<u8>(), 0..300);
    let why = prop::sample::select(vec![Omission::Link, Omission::Special, Omission::TooDeep]);
    prop_oneof![
        (path(), any::<u64>()).prop_map(|(path, limit)| Record::Want(Want { path, limit })),
        header().prop_map(Record::Directory),
        header().prop_map(Record::File),
        header().prop_map(Record::Listed),
        (path(), why).prop_map(|(path, why)| Record::Omitted { path, why }),
        prop::collection::vec(any::<u8>(), 0..2000).prop_map(|octets| Record::Data(octets.into())),
        Just(Record::FileEnd),
        (path(), status()).prop_map(|(path, status)| Record::Failed { path, status }),
        status().prop_map(Record::Result),
        any::<u64>().prop_map(|entries| Record::End { entries }),
    ]
}

fn decode_all(octets: &mut BytesMut) -> Result<Vec<Record>, TreeStreamError> {
    let mut records = Vec::new();
    while let Some(record) = decode(octets)? {
        records.push(record);
    }
    Ok(records)
}

proptest! {
    #[test]
    fn is_read_as_it_was_written(records in prop::collection::vec(record(), 0..12), cut in 0..5000_usize) {
        let mut octets = BytesMut::new();
        for record in &records {
            record.encode(&mut octets).unwrap();
        }
        // In two parts, wherever the first one ends.
        let rest = octets.split_off(cut.min(octets.len()));
        let mut read = decode_all(&mut octets).unwrap();
        octets.extend_from_slice(&rest);
        read.extend(decode_all(&mut octets).unwrap());
        prop_assert_eq!(read, records);
        prop_assert!(octets.is_empty());
    }

    #[test]
    fn any_octets_are_records_or_an_error(octets in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut octets = BytesMut::from(octets.as_slice());
        while let Ok(Some(record)) = decode(&mut octets) {
            // What was read can be written, and reads the same.
            let mut again = BytesMut::new();
            record.encode(&mut again).unwrap();
            prop_assert_eq!(decode(&mut again), Ok(Some(record)));
        }
    }
}

#[test]
fn what_is_too_long_is_refused_before_it_is_here() {
    for (kind, len, expected) in [
        (b'B', 256 * 1024, Ok(None)),
        (b'B', 256 * 1024 + 1, Err(TreeStreamError::TooLong(256 * 1024 + 1))),
        (b'F', 4096 + 512 + 64 + 1, Err(TreeStreamError::TooLong(4673))),
        (b'F', u32::MAX, Err(TreeStreamError::TooLong(u32::MAX))),
        (b'R', 4096, Ok(None)),
    ] {
        let mut octets = BytesMut::new();
        octets.put_u8(kind);
        octets.put_u32(len);
        assert_eq!(decode(&mut octets), expected, "{kind} {len}");
    }
    let mut out = BytesMut::new();
    let long = Record::Want(Want { path: vec![b'a'; MAX_PATH + 1], limit: 0 });
    assert_eq!(long.encode(&mut out), Err(TreeStreamError::TooLong(4097)));
    assert_eq!(encode_data(&vec![0; MAX_CHUNK + 1], &mut out), Err(TreeStreamError::TooLong(262_145)));
    assert!(out.is_empty());
}

#[test]
fn what_is_malformed_is_refused() {
    for octets in [
        &b"?\0\0\0\0"[..],
        // Something behind what it holds.
        b"E\0\0\0\x01x",
        b"Z\0\0\0\x07\0\0\0\0\0\0\0",
        // A path longer than the record, a code that is none, a reason that is none.
        b"O\0\0\0\x04\x01\0\x02a",
        b"R\0\0\0\x04\0\x63\0\0",
        b"O\0\0\0\x03\x04\0\0",
    ] {
        assert!(decode(&mut BytesMut::from(octets)).is_err(), "{octets:?}");
    }
}

#[test]
fn the_preface_says_the_version() {
    for (octets, expected) in [
        (&b""[..], Ok(false)),
        (b"WT", Ok(false)),
        (b"WTS\x01rest", Ok(true)),
        (b"WTS\x02", Err(TreeStreamError::Preface)),
        (b"x", Err(TreeStreamError::Preface)),
    ] {
        assert_eq!(take_preface(&mut BytesMut::from(octets)), expected, "{octets:?}");
    }
}

#[test]
fn times_before_1970_are_as_exact() {
    for (seconds, nanoseconds) in
        [(1, 500_000_000), (0, 1), (3, 0), (1 << 63, 0), ((1 << 63) - 1, 999_999_999)]
    {
        let Some(modified) = UNIX_EPOCH.checked_sub(Duration::new(seconds, nanoseconds)) else { continue };
        let header = Header { modified: Some(modified), ..Header::default() };
        let mut octets = BytesMut::new();
        Record::Directory(header).encode(&mut octets).unwrap();
        let Ok(Some(Record::Directory(read))) = decode(&mut octets) else { panic!("it is one") };
        assert_eq!(read.modified, Some(modified), "{seconds} {nanoseconds}");
    }
}

#[test]
fn a_long_text_is_cut_between_characters() {
    let status = Status { code: 550, text: "\u{6587}".repeat(300) };
    let mut octets = BytesMut::new();
    Record::Result(status).encode(&mut octets).unwrap();
    let Ok(Some(Record::Result(read))) = decode(&mut octets) else { panic!("it is one") };
    assert_eq!(read.text, "\u{6587}".repeat(170));
}
