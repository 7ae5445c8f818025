//! The deciding half of madoguchi: pure functions over bytes and values.
//!
//! Nothing here opens a file or a socket, reads a clock, draws a random number
//! or knows what a UID or a path is. `tests/layers.rs` holds it to that.

pub mod address;
pub mod compose;
pub mod diagnostic;
pub mod differ;
pub mod directory;
pub mod evidence;
pub mod examples;
pub mod inquiry;
pub mod lang;
pub mod lexicon;
pub mod places;
pub mod plan;
pub mod policy;
pub mod reason;
pub mod rules;
pub mod ruleset;
pub mod schema;
pub mod screen;
pub mod spreadsheet;
pub mod suggest;
pub mod template;
pub mod text;
pub mod tomlwalk;
