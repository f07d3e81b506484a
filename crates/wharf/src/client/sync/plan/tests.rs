use std::{
    collections::BTreeMap,
    time::{Duration, UNIX_EPOCH},
};

use proptest::prelude::*;
use wharf_core::{
    digest::{Algorithm, Hasher},
    listing::{Modified, Precision, Zone},
};
use wharf_storage::EntryKind;

use super::{Action, Destination, Difference, Plan, Reason};
use crate::client::sync::{Compare, Delete, RelativePath, SyncEntry, SyncOptions, Tree};

fn path(text: &str) -> RelativePath {
    RelativePath::parse(text.as_bytes()).unwrap()
}

fn at(seconds: u64) -> Option<Modified> {
    let time = UNIX_EPOCH + Duration::from_secs(seconds);
    Some(Modified { time, precision: Precision::Second, zone: Zone::Utc })
}

/// A tree of directories, `a/`, and files, `a/b 5 @100`: five octets, changed at 100.
fn tree(rows: &[&str]) -> Tree {
    let mut tree = Tree::new();
    for row in rows {
        let mut words = row.split(' ');
        let name = words.next().unwrap();
        let entry = match name.strip_suffix('/') {
            Some(_) => SyncEntry::directory(),
            None if row.ends_with(" link") => SyncEntry::new(EntryKind::Symlink),
            None => SyncEntry::file(
                words.next().unwrap().parse().unwrap(),
                at(words.next().unwrap().trim_start_matches('@').parse().unwrap()),
            ),
        };
        tree.insert(path(name.trim_end_matches('/')), entry);
    }
    tree
}

fn deleting() -> SyncOptions {
    SyncOptions { delete: Delete::After, ..SyncOptions::default() }
}

#[track_caller]
fn check(plan: &Plan, expected: &[&str]) {
    let shown = plan.to_string();
    assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn what_is_missing_comes_and_what_is_too_much_goes() {
    let from = tree(&["a/", "a/same 1 @5", "a/new 2 @5", "a/longer 3 @5", "a/later 1 @9", "b/", "b/c/"]);
    let to = tree(&["a/", "a/same 1 @5", "a/longer 2 @5", "a/later 1 @5", "x/", "x/y 1 @1", "z 1 @1"]);
    let plan = Plan::new(&from, &to, Destination::default(), &deleting());
    check(
        &plan,
        &[
            "replace a/later (newer)",
            "replace a/longer (another size)",
            "copy a/new",
            "make b/",
            "make b/c/",
            "delete x/",
            "delete x/y",
            "delete z",
        ],
    );
    assert_eq!((plan.unchanged, plan.deletions(), plan.copies(), plan.octets()), (2, 3, 3, 6));
    let plan = Plan::new(&from, &to, Destination::default(), &SyncOptions::default());
    assert_eq!((plan.deletions(), plan.copies()), (0, 3));
}

#[test]
fn policies_leave_files_alone() {
    let from = tree(&["new 1 @5", "older 1 @5", "newer 1 @9", "dir/", "dir/x 1 @1"]);
    let to = tree(&["older 1 @7", "newer 1 @5"]);
    let plan = |change: fn(&mut SyncOptions)| {
        let mut options = SyncOptions::default();
        change(&mut options);
        Plan::new(&from, &to, Destination::default(), &options)
    };
    check(
        &plan(|options| options.newer_only = true),
        &[
            "make dir/",
            "copy dir/x",
            "copy new",
            "replace newer (newer)",
            "skip older: the destination's is newer",
        ],
    );
    check(
        &plan(|options| options.existing_only = true),
        &[
            "skip dir: the destination does not have it",
            "skip new: the destination does not have it",
            "replace newer (newer)",
            "replace older (older)",
        ],
    );
    check(
        &plan(|options| options.ignore_existing = true),
        &[
            "make dir/",
            "copy dir/x",
            "copy new",
            "skip newer: the destination has it",
            "skip older: the destination has it",
        ],
    );
    check(
        &plan(|options| options.compare = Compare::Size),
        &["make dir/", "copy dir/x", "copy new", "set the time of newer", "set the time of older"],
    );
}

#[test]
fn a_destination_that_cannot_keep_times_is_not_copied_to_again() {
    let uploads = Destination { keeps_times: false, ..Destination::default() };
    let from = tree(&["unchanged 1 @5", "changed 1 @50"]);
    let to = tree(&["unchanged 1 @20", "changed 1 @20"]);
    check(&Plan::new(&from, &to, uploads, &SyncOptions::default()), &["replace changed (newer)"]);
    // With times kept, another time is another file.
    let plan = Plan::new(&from, &to, Destination::default(), &SyncOptions::default());
    check(&plan, &["replace changed (newer)", "replace unchanged (older)"]);
    // A time that nobody knows cannot differ.
    let mut to = to;
    to.insert(path("changed"), SyncEntry::file(1, None));
    check(&Plan::new(&from, &to, uploads, &SyncOptions::default()), &[]);
}

#[test]
fn what_is_of_another_kind_is_replaced_where_things_may_be_deleted() {
    let from = tree(&["a 1 @5", "b/", "b/c 1 @5", "l link"]);
    let to = tree(&["a/", "a/x/", "a/x/y 1 @1", "b 1 @1", "l/", "l/kept 1 @1"]);
    let plan = Plan::new(&from, &to, Destination::default(), &SyncOptions::default());
    check(
        &plan,
        &[
            "skip a: the destination has something of another kind there",
            "skip b: the destination has something of another kind there",
            "skip l: a symbolic link",
        ],
    );
    assert_eq!(plan.failures().count(), 2);
    let plan = Plan::new(&from, &to, Destination::default(), &deleting());
    check(
        &plan,
        &[
            "delete a/",
            "copy a",
            "delete a/x/",
            "delete a/x/y",
            "delete b",
            "make b/",
            "copy b/c",
            "skip l: a symbolic link",
        ],
    );
    let in_the_way = |step: &&super::Step| matches!(step.action, Action::Delete { in_the_way: true });
    assert_eq!(plan.steps.iter().filter(in_the_way).count(), 4);
}

#[test]
fn nothing_is_deleted_that_may_be_there_or_that_is_left_alone() {
    let mut from = tree(&["seen/", "unread/", "unread/inner/"]);
    from.is_incomplete(path("unread"));
    let mut to = tree(&[
        "seen/",
        "seen/x 1 @1",
        "unread/",
        "unread/y 1 @1",
        "unread/d/",
        "unread/d/e 1 @1",
        "unread/inner/",
        "unread/inner/z 1 @1",
        "keeps/",
        "keeps/in/",
    ]);
    to.leaves_out(&path("keeps/in/excluded"));
    let plan = Plan::new(&from, &to, Destination::default(), &deleting());
    check(
        &plan,
        &[
            "skip keeps: something in it is left alone",
            "skip keeps/in: something in it is left alone",
            "delete seen/x",
            "skip unread/d: not deleted, the source could not be listed as a whole",
            "skip unread/d/e: not deleted, the source could not be listed as a whole",
            "delete unread/inner/z",
            "skip unread/y: not deleted, the source could not be listed as a whole",
        ],
    );
    // A directory in the way of a file is no different.
    let plan = Plan::new(&tree(&["keeps 1 @1"]), &to, Destination::default(), &deleting());
    assert!(plan.failures().any(|(at, reason)| *at == path("keeps") && *reason == Reason::KindsDiffer));
}

#[test]
fn too_many_deletions_are_refused_as_a_whole() {
    let to = tree(&["a 1 @1", "b 1 @1", "c 1 @1", "d 1 @1"]);
    let plan = Plan::new(&tree(&["a 1 @1", "b 1 @1"]), &to, Destination::default(), &deleting());
    assert_eq!(plan.deletions(), 2);
    let allowed = |most, share| {
        let options = SyncOptions { max_delete: most, max_delete_share: share, ..deleting() };
        plan.check_deletions(&options).is_ok()
    };
    assert!(allowed(None, None) && allowed(Some(2), None) && allowed(None, Some(0.5)));
    assert!(!allowed(Some(1), None) && !allowed(None, Some(0.49)) && !allowed(Some(2), Some(0.1)));
}

#[test]
fn names_that_the_destination_cannot_tell_apart_collide() {
    let folds = Destination { folds_names: true, ..Destination::default() };
    let from = tree(&["Read.me 1 @1", "read.ME 2 @1", "Dir/", "Dir/x 1 @1", "dir/", "one 1 @1"]);
    let to = tree(&["READ.me 1 @1", "ONE 1 @1"]);
    let plan = Plan::new(&from, &to, folds, &deleting());
    // The destination's one is the source's: it is neither copied nor deleted.
    check(
        &plan,
        &[
            "skip Dir: the destination cannot tell its name from another's",
            "skip Read.me: the destination cannot tell its name from another's",
            "skip dir: the destination cannot tell its name from another's",
            "skip read.ME: the destination cannot tell its name from another's",
        ],
    );
    assert_eq!(plan.unchanged, 1);
    // Where names are told apart, all are copied.
    let plan = Plan::new(&from, &to, Destination::default(), &deleting());
    assert_eq!((plan.copies(), plan.deletions()), (4, 2));
}

#[test]
fn digests_decide_where_they_are_asked_for() {
    let digest = |content: &[u8]| {
        let mut hasher = Hasher::new(Algorithm::Sha256);
        hasher.update(content);
        Some(hasher.finish())
    };
    let mut from = tree(&["same 1 @5", "other 1 @5", "unknown 1 @5", "longer 2 @5"]);
    let mut to = tree(&["same 1 @9", "other 1 @5", "unknown 1 @5", "longer 1 @5"]);
    let pairs = Plan::same_size(&from, &to, Destination::default());
    let names: Vec<_> = pairs.iter().map(|(here, _)| here.to_string()).collect();
    assert_eq!(names, ["other", "same", "unknown"]);
    for (name, here, there) in [("same", "a", "a"), ("other", "a", "b")] {
        from.entries.get_mut(&path(name)).unwrap().digest = digest(here.as_bytes());
        to.entries.get_mut(&path(name)).unwrap().digest = digest(there.as_bytes());
    }
    let options = SyncOptions { compare: Compare::Hash, ..SyncOptions::default() };
    check(
        &Plan::new(&from, &to, Destination::default(), &options),
        &[
            "replace longer (another size)",
            "replace other (another digest)",
            "set the time of same",
            "replace unknown (another digest)",
        ],
    );
    let options = SyncOptions { hash_or_time: true, ..options };
    let plan = Plan::new(&from, &to, Destination::default(), &options);
    let of_unknown = plan.steps.iter().find(|step| step.path == path("unknown"));
    assert_eq!(of_unknown, None, "compared by time, for lack of digests");
    assert!(plan.steps.iter().any(|step| step.action == Action::Replace(Difference::Hash)));
}

/// Applies a plan to a model of a file system, in the order of the execution, and fails where that would.
fn apply(plan: &Plan, to: &Tree) -> BTreeMap<RelativePath, SyncEntry> {
    let mut files = to.entries.clone();
    let remove = |files: &mut BTreeMap<RelativePath, SyncEntry>, wanted: bool| {
        let mut gone: Vec<_> =
            plan.steps.iter().filter(|step| step.action == Action::Delete { in_the_way: wanted }).collect();
        gone.sort_by_key(|step| std::cmp::Reverse(step.path.depth()));
        for step in gone {
            assert!(files.remove(&step.path).is_some(), "{step}");
            assert!(!files.keys().any(|path| path.parent().as_ref() == Some(&step.path)), "{step}");
        }
    };
    remove(&mut files, true);
    for step in &plan.steps {
        let made = match step.action {
            Action::MakeDirectory => SyncEntry::directory(),
            Action::Copy | Action::Replace(_) => {
                let source = step.source.unwrap();
                SyncEntry { size: source.size, modified: source.modified, ..SyncEntry::new(source.kind) }
            }
            _ => continue,
        };
        let parent = step.path.parent().unwrap();
        assert!(parent.is_root() || files[&parent].kind == EntryKind::Directory, "{step}");
        let before = files.insert(step.path.clone(), made);
        assert_eq!(before.is_some(), matches!(step.action, Action::Replace(_)), "{step}");
    }
    remove(&mut files, false);
    files
}

/// Any tree of a few names, some of them directories in one tree and files in another.
fn any_tree() -> impl Strategy<Value = Tree> {
    let name = prop::sample::select(vec!["a", "b", "A", "a-"]);
    let file = (prop::collection::vec(name, 1..4), 0..3_u64, 0..3_u64, any::<bool>());
    prop::collection::vec(file, 0..12).prop_map(|files| {
        let mut tree = Tree::new();
        for (names, size, time, is_directory) in files {
            let mut at = RelativePath::root();
            let mut fits = true;
            for name in &names[..names.len() - 1] {
                at = at.join(name.as_bytes()).unwrap();
                let there = tree.entries.entry(at.clone()).or_insert_with(SyncEntry::directory);
                fits = there.kind == EntryKind::Directory;
                if !fits {
                    break;
                }
            }
            at = at.join(names[names.len() - 1].as_bytes()).unwrap();
            if fits && tree.get(&at).is_none() {
                let entry =
                    if is_directory { SyncEntry::directory() } else { SyncEntry::file(size, self::at(time)) };
                tree.insert(at, entry);
            }
        }
        tree
    })
}

proptest! {
    #[test]
    fn after_a_sync_both_are_equal_and_nothing_is_left_to_do(from in any_tree(), to in any_tree()) {
        let plan = Plan::new(&from, &to, Destination::default(), &deleting());
        let files = apply(&plan, &to);
        prop_assert_eq!(&files, &from.entries);
        let after = Tree { entries: files, ..Tree::new() };
        let again = Plan::new(&from, &after, Destination::default(), &deleting());
        prop_assert!(again.is_empty() && again.steps.is_empty(), "{}", again);
        prop_assert_eq!(again.unchanged, from.len() as u64);
    }

    #[test]
    fn without_deletion_nothing_goes(from in any_tree(), to in any_tree(), folds_names: bool, keeps_times: bool) {
        let destination = Destination { folds_names, keeps_times, ..Destination::default() };
        let plan = Plan::new(&from, &to, destination, &SyncOptions::default());
        prop_assert_eq!(plan.deletions(), 0);
        let plan = Plan::new(&from, &to, destination, &deleting());
        // What the source has is never deleted for good, in any spelling.
        for step in &plan.steps {
            if let Action::Delete { in_the_way: false } = step.action {
                prop_assert!(from.get(&step.path).is_none());
                let folded = step.path.folded();
                prop_assert!(!folds_names || !from.iter().any(|(path, _)| path.folded() == folded));
            }
        }
    }
}

#[cfg(feature = "serde")]
proptest! {
    #[test]
    fn a_plan_that_was_written_is_read(from in any_tree(), to in any_tree(), name in prop::collection::vec(1_u8.., 1..5)) {
        let mut from = from;
        if let Some(odd) = RelativePath::root().join(&name) {
            let precision = Precision::Minute;
            let time = UNIX_EPOCH - Duration::from_millis(1);
            from.insert(odd, SyncEntry::file(1, Some(Modified { time, precision, zone: Zone::Unknown })));
        }
        from.troubles.push((path("x"), Reason::UnsafeName { name: "..".into() }));
        from.troubles.push((path("y"), Reason::Unreadable { message: "\u{1b}[2J".into() }));
        let plan = Plan::new(&from, &to, Destination::default(), &deleting());
        prop_assert_eq!(Plan::from_json_lines(&plan.to_json_lines()).unwrap(), plan);
    }
}

#[cfg(feature = "serde")]
#[test]
fn a_plan_that_leads_elsewhere_or_is_none_is_refused() {
    let plan = Plan::new(&tree(&["a 1 @5"]), &Tree::new(), Destination::default(), &SyncOptions::default());
    let lines = plan.to_json_lines();
    assert_eq!(
        lines,
        concat!(
            r#"{"plan":1,"unchanged":0,"at_destination":0}"#,
            "\n",
            r#"{"path":"a","action":"copy","source":{"type":"file","size":1,"modified":{"seconds":5,"nanoseconds":0,"precision":"second","zone_known":true}}}"#,
            "\n"
        )
    );
    for (good, bad) in [
        (r#""path":"a""#, r#""path":"../a""#),
        (r#""path":"a""#, r#""path":"/etc/passwd""#),
        (r#""path":"a""#, r#""path":"a","path_octets":"2e2e""#),
        (r#""plan":1"#, r#""plan":2"#),
        ("copy", "burn"),
        ("\"seconds\":5", "\"seconds\":1e99"),
    ] {
        let text = lines.replace(good, bad);
        assert_ne!(text, lines);
        assert!(Plan::from_json_lines(&text).is_err(), "{text}");
    }
    assert!(Plan::from_json_lines("").is_err());
}
