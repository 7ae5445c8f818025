//! madoguchi (窓口): answers the mailbox of the telework support network.
//!
//! One sentence of design: **a pure function turns (ruleset, message, history)
//! into a [`core::plan::Plan`]; everything else either fetches its inputs or
//! carries the plan out.**
//!
//! - [`core`] decides. No I/O, no clock, no randomness, no async.
//! - [`shell`] has the effects: mailbox, relay, ledger, daemon, logs.
//! - [`cli`] is one file a subcommand.
//!
//! Which room may use which is written in `docs/architecture.md` and checked
//! by `tests/layers.rs`.

#![deny(clippy::unwrap_used, clippy::expect_used)]

pub mod cli;
pub mod core;
pub mod shell;
