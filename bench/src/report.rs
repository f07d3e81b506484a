//! Figures as people read them.

mod table;

pub(crate) use self::table::table;
