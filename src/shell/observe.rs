//! Logs. Owns where they go, how they look, and what must never be in them:
//! subjects, bodies, bare addresses, passwords.

use crate::core::address::Address;
use sha2::Digest;
use std::io::IsTerminal;
use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// `--log-format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One object a line.
    Json,
}

/// Names the filter: `MADOGUCHI_LOG=debug` or `madoguchi=debug`.
pub const ENV: &str = "MADOGUCHI_LOG";

/// Libraries that log mail or passwords below this level (lettre writes
/// credentials and whole bodies at DEBUG, async-imap the LOGIN line at TRACE).
/// No filter that a user sets reaches under it.
fn is_safe(metadata: &Metadata<'_>) -> bool {
    const TALKATIVE: [&str; 6] = ["lettre", "async_imap", "imap_proto", "rustls", "tokio_rustls", "mail_parser"];
    let library = metadata.target().split("::").next().unwrap_or_default();
    *metadata.level() <= Level::WARN || !TALKATIVE.contains(&library)
}

/// Sends log lines to stderr. Where a program panics the line names the place
/// and not the text, which may be somebody's mail.
pub fn init(format: LogFormat) {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "internal error");
    }));
    let filter =
        EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).with_env_var(ENV).from_env_lossy();
    // It says "Database migrated" of every copy in memory.
    let filter = match "rusqlite_migration=warn".parse() {
        Ok(quiet) => filter.add_directive(quiet),
        Err(_) => filter,
    };
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_span_events(FmtSpan::NONE);
    let lines = match format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).with_target(false).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_target(false).boxed(),
    };
    // A second call (tests) changes nothing.
    let _ = tracing_subscriber::registry().with(lines.with_filter(filter_fn(is_safe)).with_filter(filter)).try_init();
}

/// Turns addresses into words for the log: the same address gives the same
/// word in all logs of one ledger, and nowhere else.
#[derive(Debug, Clone, Default)]
pub struct Pseudonyms {
    salt: String,
}

impl Pseudonyms {
    /// From the ledger's salt.
    pub fn new(salt: String) -> Pseudonyms {
        Pseudonyms { salt }
    }

    /// Eight hexadecimal digits.
    pub fn of(&self, address: &Address) -> String {
        let mut hash = sha2::Sha256::new();
        hash.update(&self.salt);
        hash.update([0]);
        hash.update(address.canonical());
        hash.finalize().iter().take(4).map(|b| format!("{b:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_is_stable_and_tells_nothing() {
        let address = |a| Address::parse(a).unwrap();
        let ours = Pseudonyms::new("a".to_owned());
        let word = ours.of(&address("Sato@company.example"));
        assert_eq!(word, ours.of(&address("sato@COMPANY.example")));
        assert_ne!(word, ours.of(&address("suzuki@company.example")));
        assert_ne!(word, Pseudonyms::new("b".to_owned()).of(&address("sato@company.example")));
        assert!(word.len() == 8 && word.bytes().all(|b| b.is_ascii_hexdigit()));
    }
}
