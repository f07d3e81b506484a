//! Files: reading, writing, appending, restarting, and how fast.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::Instant,
};
use wharf::{
    Connection, SpeedLimits,
    connection::{DataMode, DataStream, PassiveForm},
    core::{
        command::transfer::{Appe, Stor},
        representation::RepresentationType,
    },
    storage::Memory,
};

use crate::pair::{Pair, over_all};

async fn read(client: &mut Connection, pathname: &str, offset: u64) -> String {
    let mut stream = client.read_from(pathname, offset).await.unwrap();
    let mut content = String::new();
    stream.read_to_string(&mut content).await.unwrap();
    stream.finish().await.unwrap();
    content
}

async fn write(client: &mut Connection, pathname: &str, content: &str) {
    let mut stream = client.write(pathname).await.unwrap();
    stream.write_all(content.as_bytes()).await.unwrap();
    stream.finish().await.unwrap();
}

over_all! {
    async fn files_are_written_read_and_removed(address: &str) {
        let pair = Pair::new(address).await;
        let mut client = pair.client().await;
        write(&mut client, "file", "foobar").await;
        assert_eq!(pair.read("/file"), "foobar");
        assert_eq!(read(&mut client, "file", 0).await, "foobar");
        write(&mut client, "file", "other").await;
        assert_eq!(read(&mut client, "file", 0).await, "other");
        write(&mut client, "empty", "").await;
        assert_eq!(read(&mut client, "empty", 0).await, "");
        client.remove_file("file").await.unwrap();
        assert!(client.read("file").await.unwrap_err().is_not_found());
        assert!(client.write("no/such/dir").await.unwrap_err().is_not_found());
    }

    async fn streams_are_read_in_pieces(address: &str) {
        let pair = Pair::new(address).await;
        pair.write("/file", "foobar");
        let only = DataMode::Passive(vec![PassiveForm::Extended]);
        let mut client = pair.builder().data_mode(only).connect(pair.address()).await.unwrap();
        client.login("anna", "secret").await.unwrap();
        let mut stream = client.read("file").await.unwrap();
        let mut three = [0; 3];
        stream.read_exact(&mut three).await.unwrap();
        assert_eq!(&three, b"foo");
        stream.read_exact(&mut three).await.unwrap();
        assert_eq!(&three, b"bar");
        stream.finish().await.unwrap();
    }

    async fn large_files_come_back_octet_for_octet(address: &str) {
        let pair = Pair::new(address).await;
        let mut client = pair.client().await;
        let content: Vec<u8> = (0..3_000_000_u32).map(|at| (at ^ (at >> 9)) as u8).collect();
        let mut stream = client.write("big").await.unwrap();
        stream.write_all(&content).await.unwrap();
        stream.finish().await.unwrap();
        let mut stream = client.read("big").await.unwrap();
        let mut back = Vec::new();
        stream.read_to_end(&mut back).await.unwrap();
        stream.finish().await.unwrap();
        assert!(back == content);
    }

    async fn text_changes_its_line_ends_on_the_way(address: &str) {
        let pair = Pair::new(address).await;
        let mut client = pair.client().await;
        client.set_representation(RepresentationType::Ascii);
        write(&mut client, "text", "one\ntwo\n").await;
        assert_eq!(pair.read("/text"), "one\ntwo\n");
        assert_eq!(read(&mut client, "text", 0).await, "one\ntwo\n");
        let here = Memory::new().with_file("/here", "a\nb").unwrap();
        client.upload(&here, "here", "").await.unwrap().into_result().unwrap();
        client.download("here", &here, "back").await.unwrap().into_result().unwrap();
        assert_eq!(here.read_file("/back/here").unwrap(), b"a\nb");
        assert_eq!(pair.read("/here"), "a\nb");
    }

    async fn appending_adds_to_the_end(address: &str) {
        let pair = Pair::new(address).await;
        let mut client = pair.client().await;
        for word in ["foo", "bar"] {
            let mut stream = client.append("file").await.unwrap();
            stream.write_all(word.as_bytes()).await.unwrap();
            stream.finish().await.unwrap();
        }
        assert_eq!(pair.read("/file"), "foobar");
    }

    async fn reading_begins_where_it_is_told(address: &str) {
        let pair = Pair::new(address).await;
        pair.write("/file", "foobar");
        let mut client = pair.client().await;
        for (offset, rest) in [(0, "foobar"), (3, "bar"), (10, ""), (0, "foobar")] {
            assert_eq!(read(&mut client, "file", offset).await, rest, "{offset}");
        }
    }

    async fn writing_begins_where_it_is_told(address: &str) {
        let pair = Pair::new(address).await;
        let mut client = pair.client().await;
        for (offset, result) in [(1, "fXXXar"), (3, "fooXXX"), (10, "foobar\0\0\0\0XXX")] {
            pair.write("/file", "foobar");
            let mut stream = client.write_at("file", offset).await.unwrap();
            stream.write_all(b"XXX").await.unwrap();
            stream.finish().await.unwrap();
            assert_eq!(pair.read("/file"), result, "{offset}");
            pair.write("/file", "foobar");
            let stream = client.data_command(Appe::new("file"), offset).await.unwrap();
            let DataStream::Write(mut stream) = stream else { panic!("APPE receives") };
            stream.write_all(b"XXX").await.unwrap();
            stream.finish().await.unwrap();
            assert_eq!(pair.read("/file"), result, "APPE {offset}");
        }
    }

    async fn a_server_without_room_says_so_at_the_end(address: &str) {
        let full = wharf::User::without_password("bert", Memory::with_capacity(100_000))
            .permissions(wharf::Permissions::read_write());
        let pair = Pair::with(address, |server| server.user(full)).await;
        let mut client = pair.connect().await.unwrap();
        client.login("bert", "").await.unwrap();
        let mut stream = client.write("big").await.unwrap();
        // Writes fail sooner or later; the reason comes with the reply.
        let _ = stream.write_all(&[0; 2_000_000]).await;
        let error = stream.finish().await.unwrap_err();
        assert_eq!(error.reply().unwrap().code(), 452, "{error}");
        assert!(error.is_temporary());
        let here = Memory::new().with_file("/big", vec![0; 2_000_000]).unwrap();
        let error = client.upload(&here, "big", "").await.unwrap_err();
        assert_eq!(error.reply().unwrap().code(), 452, "{error}");
        assert!(!client.exists("big").await.unwrap());
        let stream = client.data_command(Stor::new("small"), 0).await.unwrap();
        stream.finish().await.unwrap();
    }
}

/// How long 10,000 octets take each way, in seconds: down and up.
async fn seconds(limits: SpeedLimits) -> (f64, f64) {
    let pair = Pair::new("127.0.0.1:0").await;
    pair.write("/down", vec![0; 10_000]);
    let mut client = pair.builder().speed_limits(limits).connect(pair.address()).await.unwrap();
    client.login("anna", "secret").await.unwrap();
    let here = Memory::new().with_file("/up", vec![0; 10_000]).unwrap();
    let start = Instant::now();
    client.download("down", &here, "").await.unwrap().into_result().unwrap();
    let mut stream = client.read("down").await.unwrap();
    stream.read_to_end(&mut Vec::new()).await.unwrap();
    stream.finish().await.unwrap();
    let down = start.elapsed().as_secs_f64() / 2.0;
    let start = Instant::now();
    client.upload(&here, "up", "").await.unwrap().into_result().unwrap();
    let mut stream = client.write("up").await.unwrap();
    stream.write_all(&[0; 10_000]).await.unwrap();
    stream.finish().await.unwrap();
    (down, start.elapsed().as_secs_f64() / 2.0)
}

#[tokio::test(start_paused = true)]
async fn each_direction_has_its_own_speed_limit() {
    let (down, up) = seconds(SpeedLimits::unlimited()).await;
    assert!(down < 0.2 && up < 0.2, "{down} {up}");
    let (down, up) = seconds(SpeedLimits::new(None, Some(1000))).await;
    assert!((9.0..11.0).contains(&down) && up < 0.2, "{down} {up}");
    let (down, up) = seconds(SpeedLimits::new(Some(1000), None)).await;
    assert!(down < 0.2 && (9.0..11.0).contains(&up), "{down} {up}");
}

#[tokio::test(start_paused = true)]
async fn a_speed_limit_can_change_on_the_way() {
    let pair = Pair::new("127.0.0.1:0").await;
    pair.write("/down", vec![0; 100_000]);
    let limits = SpeedLimits::new(None, Some(1000));
    let mut client = pair.builder().speed_limits(limits.clone()).connect(pair.address()).await.unwrap();
    client.login("anna", "secret").await.unwrap();
    assert_eq!(client.speed_limits().download.limit(), Some(1000));
    let start = Instant::now();
    let mut stream = client.read("down").await.unwrap();
    stream.read_exact(&mut [0; 5000]).await.unwrap();
    assert!((4.0..6.0).contains(&start.elapsed().as_secs_f64()));
    limits.download.set_limit(None);
    stream.read_to_end(&mut Vec::new()).await.unwrap();
    stream.finish().await.unwrap();
    assert!(start.elapsed().as_secs_f64() < 7.0);
}

/// How long two clients at once take to move 10,000 octets each, in seconds: down and up.
async fn seconds_of_two(together: SpeedLimits, each: SpeedLimits) -> (f64, f64) {
    async fn down(client: &mut Connection) {
        let mut stream = client.read("down").await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.unwrap();
        stream.finish().await.unwrap();
    }
    async fn up(client: &mut Connection, name: &str) {
        let mut stream = client.write(name).await.unwrap();
        stream.write_all(&[0; 10_000]).await.unwrap();
        stream.finish().await.unwrap();
    }
    let pair = Pair::with("127.0.0.1:0", |server| server.speed(together, each)).await;
    pair.write("/down", vec![0; 10_000]);
    let (mut one, mut two) = (pair.client().await, pair.client().await);
    let start = Instant::now();
    tokio::join!(down(&mut one), down(&mut two));
    let seconds_down = start.elapsed().as_secs_f64();
    let start = Instant::now();
    tokio::join!(up(&mut one, "one"), up(&mut two, "two"));
    (seconds_down, start.elapsed().as_secs_f64())
}

#[tokio::test(start_paused = true)]
async fn a_server_limits_all_sessions_together_and_each_of_them() {
    let (free, slow) = (SpeedLimits::unlimited, SpeedLimits::new);
    let (down, up) = seconds_of_two(slow(None, Some(1000)), free()).await;
    assert!((18.0..22.0).contains(&down) && up < 0.5, "{down} {up}");
    let (down, up) = seconds_of_two(slow(Some(1000), None), free()).await;
    assert!(down < 0.5 && (18.0..22.0).contains(&up), "{down} {up}");
    let (down, up) = seconds_of_two(free(), slow(Some(1000), Some(1000))).await;
    assert!((9.0..11.0).contains(&down) && (9.0..11.0).contains(&up), "{down} {up}");
}
