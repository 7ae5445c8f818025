//! The command line: one file a subcommand; `main.rs` only parses and exits.
