//! The suite that every backend runs in its own tests.
//!
//! Each sentence of the documentation of [`Storage`] is a [`Case`]. A case runs where the backend declares the
//! [`Capabilities`] that it needs; it panics where the backend does otherwise. [`conformance_tests!`](crate::conformance_tests)
//! makes one `#[test]` of each case:
//!
//! ```
//! use std::sync::Arc;
//! use wharf_storage::{Memory, conformance::Case};
//!
//! fn run(case: &Case) {
//!     let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//!     runtime.block_on(case.run(Arc::new(Memory::new())));
//! }
//!
//! wharf_storage::conformance_tests!(run);
//! ```
//!
//! The cases are futures of no runtime in particular; those about concurrency join several in one task.

#![allow(clippy::panic, clippy::expect_used, clippy::indexing_slicing, reason = "a failed case is a panic")]

mod attributes;
mod changing;
mod in_place;
mod kinds;
mod names;
mod reading;
mod subject;
#[cfg(test)]
mod tests;
mod writing;

use std::{fmt, pin::Pin, sync::Arc};

use self::subject::Subject;
use crate::{Capabilities, Storage};

/// One thing that a backend must do.
pub struct Case {
    name: &'static str,
    needs: Capabilities,
    steps: fn(Subject) -> Pin<Box<dyn Future<Output = ()>>>,
}

impl Case {
    /// The name, as that of a test: `append_writes_at_the_end`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What a backend must declare for this case to apply to it.
    pub fn needs(&self) -> Capabilities {
        self.needs
    }

    /// Runs the case on `storage`, which must be empty if it can be written; does nothing if the case does not apply.
    ///
    /// # Panics
    /// Where the backend does otherwise than [`Storage`] says.
    pub async fn run(&self, storage: Arc<dyn Storage>) {
        if storage.capabilities().contains(self.needs) {
            (self.steps)(Subject(storage)).await;
        }
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case").field("name", &self.name).field("needs", &self.needs).finish_non_exhaustive()
    }
}

/// The case of this name.
///
/// # Panics
/// If there is none.
pub fn case(name: &str) -> &'static Case {
    CASES.iter().find(|case| case.name == name).unwrap_or_else(|| panic!("no case is called {name}"))
}

/// Runs all cases, each on an empty backend that `make` gives.
///
/// # Panics
/// At the first case that fails.
pub async fn run(make: impl AsyncFn(&Case) -> Arc<dyn Storage>) {
    for case in CASES {
        case.run(make(case).await).await;
    }
}

/// Makes one `#[test]` of each case: `conformance_tests!(run)`, where `run` is a `fn(&Case)`.
#[macro_export]
macro_rules! conformance_tests {
    ($run:path) => {
        $crate::__conformance_cases!(__conformance_tests, $run);
    };
}

/// The list of all cases, with what they need, handed to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_cases {
    ($callback:ident $(, $argument:path)?) => {
        $crate::$callback! {
            $($argument;)?
            kinds::root_is_a_directory: [];
            kinds::metadata_of_files_and_directories: [WRITE MAKE_DIR];
            kinds::what_is_missing_is_not_found: [];
            kinds::nothing_is_below_a_file: [WRITE];
            kinds::directories_are_not_opened_as_files: [MAKE_DIR];
            kinds::what_is_not_declared_is_unsupported: [];
            reading::reads_what_was_written: [WRITE];
            reading::reads_from_an_offset: [WRITE READ_AT];
            reading::replacing_does_not_disturb_a_reader: [WRITE];
            reading::removing_does_not_disturb_a_reader: [WRITE REMOVE];
            reading::many_read_one_file: [WRITE];
            reading::a_listing_has_each_entry_once: [WRITE];
            reading::a_listing_shows_one_directory: [WRITE MAKE_DIR];
            reading::a_file_is_not_listed_as_a_directory: [WRITE];
            reading::a_listing_of_many_entries_is_whole: [MAKE_DIR];
            reading::what_vanishes_during_a_listing_is_left_out: [MAKE_DIR REMOVE];
            reading::a_listing_shows_no_upload_under_way: [WRITE];
            writing::a_new_file_appears_when_it_is_finished: [WRITE];
            writing::an_old_file_stays_until_the_new_one_is_finished: [WRITE];
            writing::a_dropped_upload_leaves_nothing: [WRITE];
            writing::chunks_of_any_size_are_written: [WRITE];
            writing::an_empty_upload_makes_an_empty_file: [WRITE];
            writing::octets_may_go_through_the_open_file: [WRITE];
            writing::the_last_upload_to_finish_wins: [WRITE];
            writing::a_reader_never_sees_half_a_file: [WRITE];
            writing::create_new_does_not_replace: [WRITE];
            writing::one_of_many_creates_a_new_file: [WRITE];
            writing::a_directory_that_takes_the_name_stays: [WRITE MAKE_DIR];
            writing::an_upload_outlives_changes_around_it: [WRITE REMOVE];
            in_place::append_writes_at_the_end: [APPEND];
            in_place::appended_octets_are_seen_and_stay: [WRITE APPEND];
            in_place::appenders_lose_nothing: [APPEND];
            in_place::append_finds_the_end_that_others_moved: [WRITE APPEND];
            in_place::writing_at_an_offset_keeps_the_rest: [WRITE WRITE_AT];
            in_place::writing_at_an_offset_makes_a_missing_file: [WRITE_AT];
            in_place::writing_at_an_offset_goes_on_from_there: [WRITE WRITE_AT];
            in_place::an_offset_alone_changes_nothing: [WRITE WRITE_AT];
            in_place::an_offset_out_of_reach_is_an_error: [WRITE WRITE_AT];
            changing::directories_are_made_and_removed: [MAKE_DIR REMOVE];
            changing::a_directory_is_not_made_over_what_is_there: [WRITE MAKE_DIR];
            changing::removal_minds_the_kind_of_entry: [WRITE MAKE_DIR REMOVE];
            changing::a_directory_with_entries_is_not_removed: [WRITE MAKE_DIR REMOVE];
            changing::the_root_is_not_removed: [REMOVE];
            changing::a_directory_with_an_upload_under_way: [WRITE MAKE_DIR REMOVE];
            changing::rename_moves_a_file: [WRITE MAKE_DIR RENAME];
            changing::rename_moves_a_directory_with_all_in_it: [WRITE MAKE_DIR RENAME];
            changing::rename_replaces_a_file: [WRITE RENAME];
            changing::rename_new_replaces_nothing: [WRITE MAKE_DIR RENAME];
            changing::rename_replaces_an_empty_directory: [WRITE MAKE_DIR RENAME];
            changing::rename_replaces_nothing_else: [WRITE MAKE_DIR RENAME];
            changing::rename_into_itself_is_refused: [MAKE_DIR RENAME];
            changing::rename_to_itself_changes_nothing: [WRITE MAKE_DIR RENAME];
            changing::rename_needs_the_directory_of_the_target: [WRITE RENAME];
            changing::the_root_is_not_renamed: [WRITE MAKE_DIR RENAME];
            attributes::modification_times_are_kept_to_the_second: [WRITE MAKE_DIR SET_MODIFIED];
            attributes::writing_changes_the_modification_time: [WRITE SET_MODIFIED];
            attributes::renaming_keeps_the_modification_time: [WRITE RENAME SET_MODIFIED];
            attributes::permission_bits_are_kept: [WRITE MAKE_DIR PERMISSIONS];
            attributes::bits_beyond_the_nine_are_refused: [WRITE PERMISSIONS];
            attributes::a_replaced_file_keeps_its_permission_bits: [WRITE PERMISSIONS];
            names::names_are_octets: [WRITE];
            names::directories_have_any_name: [MAKE_DIR RENAME REMOVE];
            names::deep_pathnames_work: [MAKE_DIR REMOVE];
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    ($run:path; $($group:ident :: $case:ident: $needs:tt;)*) => {
        $(#[test]
        fn $case() {
            $run($crate::conformance::case(stringify!($case)));
        })*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_table {
    ($($group:ident :: $case:ident: [$($needs:ident)*];)*) => {
        /// All cases.
        pub static CASES: &[Case] = &[$(Case {
            name: stringify!($case),
            needs: Capabilities::empty()$(.union(Capabilities::$needs))*,
            steps: |subject| Box::pin($group::$case(subject)),
        }),*];
    };
}

__conformance_cases!(__conformance_table);
