//! The protocol as a whole: both halves, in memory, with a clock that stands still.

mod machine;
mod pair;
mod table;
mod transcript;
