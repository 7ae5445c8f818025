//! Follows the rule and template files of a running daemon: on a change (or
//! SIGHUP) builds all of them, runs all examples, and swaps one pointer. With
//! one error the rules of before go on. Never half.

use super::load::{self, Failed};
use crate::core::diagnostic::{Diagnostic, Severity};
use crate::core::ruleset::Ruleset;
use crate::shell::config::Config;
use crate::shell::daemon::Current;
use crate::shell::ledger::Ledger;
use crate::shell::watch::Watch;
use jiff::Timestamp;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// The ledger's word for what `status` says of the files.
pub const COMPONENT: &str = "rules";

/// How long to wait for folders that are not there.
const AGAIN: Duration = Duration::from_secs(2);

/// What became of a change.
pub enum Reloaded {
    /// These rules decide from now on; with what is odd about them.
    New(Arc<Ruleset>, Vec<Diagnostic>),
    /// The files were written and say what they said before.
    Same,
    /// The rules of before go on.
    Bad(Failed),
}

/// Runs until it is dropped. `revision` is the one that decides now.
pub async fn follow(
    config: Config,
    current: Current,
    ledger: Ledger,
    told: impl Fn(Reloaded) + Send,
) -> io::Result<()> {
    let mut hangups = signal(SignalKind::hangup())?;
    let config = Arc::new(config);
    let mut well = record(&ledger, None).await;
    let mut watch = watch(&config);
    loop {
        tokio::select! {
            () = changed(&mut watch) => {}
            _ = hangups.recv() => {}
        }
        // Anew, before the files are read: a folder may have been put in the
        // place of the watched one.
        let before = watch.is_some();
        watch = self::watch(&config);
        if !before && watch.is_none() {
            continue;
        }
        let files = config.clone();
        let built = tokio::task::spawn_blocking(move || load::ruleset(&files)).await.map_err(io::Error::other)?;
        match built {
            Ok(loaded) if loaded.ruleset.revision == current.get().revision() => {
                if !well {
                    well = record(&ledger, None).await;
                }
                told(Reloaded::Same);
            }
            Ok(loaded) => {
                let ruleset = Arc::new(loaded.ruleset);
                current.put(ruleset.clone());
                well = record(&ledger, None).await;
                told(Reloaded::New(ruleset, loaded.warnings));
            }
            Err(failed) => {
                well = false;
                record(&ledger, Some(sentence(&failed))).await;
                told(Reloaded::Bad(failed));
            }
        }
    }
}

fn watch(config: &Config) -> Option<Watch> {
    match Watch::folders(&[&config.rules, &config.templates]) {
        Ok(watch) => Some(watch),
        Err(error) => {
            tracing::warn!("the rule files cannot be watched for changes: {error}");
            None
        }
    }
}

async fn changed(watch: &mut Option<Watch>) {
    match watch {
        Some(watch) => watch.changed().await,
        None => tokio::time::sleep(AGAIN).await,
    }
}

/// Writes how the files are for `status`. True when they are well and it is
/// written.
async fn record(ledger: &Ledger, trouble: Option<String>) -> bool {
    let well = trouble.is_none();
    ledger.health(COMPONENT, trouble, Timestamp::now()).await.is_ok() && well
}

/// All that is wrong, in one line.
fn sentence(failed: &Failed) -> String {
    let errors: Vec<&Diagnostic> = failed.diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
    let Some(first) = errors.first() else { return "the files could not be read".to_owned() };
    let more = match errors.len() {
        1 => String::new(),
        n => format!(" (and {} more: madoguchi check)", n - 1),
    };
    format!("{}:{}:{}: {}{more}", first.file, first.line, first.column, first.message)
}
