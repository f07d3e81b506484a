//! Many commands in one write, and what became of each.

use wharf::{
    ErrorKind,
    core::{
        command::{attribute::Size, login::User, parameter::Type, status::Noop},
        representation::RepresentationType,
    },
};

use crate::script::Script;

#[tokio::test]
async fn a_batch_of_any_command_is_answered_one_by_one() {
    let (script, mut client) = Script::logged_in(
        "C: SIZE a
         C: SIZE b
         C: SIZE c
         S: 213 1
         S: 550 No
         S: 213 3
         # each of these changes what is true for the next
         C: TYPE I
         S: 200 Ok
         C: TYPE A
         S: 504 No
         C: USER anna
         S: 331 Password
         C: USER bert
         S: 530 No",
    )
    .await;
    let sizes = client.send_all(["a", "b\r\nDELE b", "b", "c"].map(Size::new)).await;
    let seen: Vec<_> = sizes.into_iter().map(|size| size.map_err(|error| error.kind())).collect();
    assert_eq!(seen, [Ok(1), Err(ErrorKind::InvalidInput), Err(ErrorKind::Refused), Ok(3)]);
    let types = [RepresentationType::Image, RepresentationType::Ascii].map(Type);
    let types = client.send_all(types).await;
    assert!(types[0].is_ok() && types[1].is_err());
    let users = client.send_all(["anna", "bert"].map(User::new)).await;
    assert!(users[0].is_ok() && users[1].is_err());
    script.done().await;
}

#[tokio::test(start_paused = true)]
async fn no_more_than_sixteen_commands_and_four_kib_are_unanswered() {
    // Two of these are less than 4 KiB, with their verbs and ends; three are more. One that is more by itself goes alone.
    let (long, longer) = ("x".repeat(1500), "x".repeat(5000));
    let (script, mut client) = Script::logged_in(&format!(
        "C: SIZE {long}\nC: SIZE {long}\nC: silence\nS: 213 1\nC: SIZE {long}\nC: silence
         S: 213 2\nS: 213 3\nC: SIZE {longer}\nC: silence\nS: 213 4\nC: SIZE {long}\nS: 213 5"
    ))
    .await;
    let sizes = client.send_all([&long, &long, &long, &longer, &long].map(Size::new)).await;
    let sizes: Vec<u64> = sizes.into_iter().map(Result::unwrap).collect();
    assert_eq!(sizes, [1, 2, 3, 4, 5]);
    script.done().await;
    let sixteen = "C: NOOP\n".repeat(16);
    let rest = "S: 200 Ok\n".repeat(16);
    let script = format!("{sixteen}C: silence\nS: 200 Ok\nC: NOOP\nC: silence\n{rest}");
    let (script, mut client) = Script::logged_in(&script).await;
    assert!(client.send_all([Noop; 17]).await.iter().all(Result::is_ok));
    script.done().await;
}

#[tokio::test]
async fn what_is_behind_a_lost_connection_is_closed() {
    let (script, mut client) =
        Script::logged_in("C: SIZE a\nC: SIZE b\nC: SIZE c\nS: 213 1\nS: 421 Bye\nC: close").await;
    let sizes = client.send_all(["a", "b", "c"].map(Size::new)).await;
    assert_eq!(*sizes[0].as_ref().unwrap(), 1);
    assert_eq!(sizes[1].as_ref().unwrap_err().reply().unwrap().code().as_u16(), 421);
    assert_eq!(sizes[2].as_ref().unwrap_err().kind(), ErrorKind::Closed);
    assert!(!client.is_open());
    script.done().await;
}
