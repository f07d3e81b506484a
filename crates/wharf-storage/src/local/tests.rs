mod conformance;
mod escape;
mod leftovers;
mod listing;
mod race;
mod special;
mod yard;
