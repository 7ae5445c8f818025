//! The half with effects: fetches what `core` decides on, and carries the
//! decisions out. Each effect stands behind a small trait with two real
//! implementations.

pub mod config;
pub mod corpus;
pub mod daemon;
pub mod delivery;
pub mod files;
pub mod ledger;
pub mod net;
pub mod observe;
pub mod source;
pub mod verify;
pub mod watch;
