//! Follows the rule and template files of a running daemon: on a change (or
//! SIGHUP) builds all of them, runs all examples, and swaps one pointer. With
//! one error the rules of before go on. Never half.

use super::load::{self, Failed};
use crate::core::diagnostic::{Diagnostic, Severity, SourceFile};
use crate::core::ruleset::Ruleset;
use crate::shell::config::Config;
use crate::shell::daemon::Current;
use crate::shell::files;
use crate::shell::ledger::{Ledger, LedgerError, RuleFile};
use crate::shell::watch::Watch;
use jiff::Timestamp;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::signal::unix::Signal;

/// The ledger's word for what `status` says of the files.
pub const COMPONENT: &str = "rules";

/// How long to wait for folders that are not there.
const AGAIN: Duration = Duration::from_secs(2);

/// What became of a change.
pub enum Reloaded {
    /// These rules decide from now on; with what is odd about them, and how
    /// long it took to build them, run their examples and record them.
    New(Arc<Ruleset>, Vec<Diagnostic>, Duration),
    /// The files were written and say what they said before, right or wrong.
    Same,
    /// The rules of before go on.
    Bad(Failed),
    /// The new files are in order and could not be recorded: the rules of
    /// before go on, and it is tried again.
    Unkept(LedgerError),
}

/// Records in the ledger that these rules decide from now on, with their files
/// as they are: a decision can be explained as long as the ledger is kept.
/// `sources` may hold other files too.
pub async fn keep(ledger: &Ledger, revision: &str, sources: &[SourceFile]) -> Result<bool, LedgerError> {
    let ours = sources.iter().filter(|f| f.name.starts_with("rules/") || f.name.starts_with("templates/"));
    let files = ours.map(|f| RuleFile { name: f.name.to_string(), bytes: f.bytes.clone() }).collect();
    ledger.keep_rules(revision.to_owned(), files, Timestamp::now()).await
}

/// Runs until it is dropped. The rules that decide now are recorded already.
/// `hangups` is SIGHUP, on which the files are read though nothing was noticed.
pub async fn follow(
    config: Config,
    current: Current,
    ledger: Ledger,
    mut hangups: Signal,
    told: impl Fn(Reloaded) + Send,
) -> io::Result<()> {
    let config = Arc::new(config);
    let mut watch = watch(&config);
    let mut well = record(&ledger, None).await;
    // Between the start's look at the files and the watch they may have changed.
    let mut look = !say(&config, current.get().revision());
    // What was wrong at the last look, so that it is told once.
    let mut wrong: Vec<Diagnostic> = Vec::new();
    let mut again = false;
    loop {
        if !std::mem::take(&mut look) {
            tokio::select! {
                () = changed(&mut watch) => {}
                _ = hangups.recv() => {}
                () = tokio::time::sleep(AGAIN), if again => {}
            }
        }
        // Anew, before the files are read: a folder may have been put in the
        // place of the watched one.
        let before = watch.is_some();
        watch = self::watch(&config);
        if !before && watch.is_none() {
            continue;
        }
        let (config, began) = (config.clone(), Instant::now());
        let built = tokio::task::spawn_blocking(move || load::ruleset(&config)).await.map_err(io::Error::other)?;
        let loaded = match built {
            Ok(loaded) => loaded,
            Err(failed) => {
                again = false;
                well = false;
                record(&ledger, Some(sentence(&failed))).await;
                told(if failed.diagnostics == wrong {
                    Reloaded::Same
                } else {
                    Reloaded::Bad(known(&mut wrong, failed))
                });
                continue;
            }
        };
        wrong.clear();
        if loaded.ruleset.revision == current.get().revision() {
            again = false;
            if !well {
                well = record(&ledger, None).await;
            }
            told(Reloaded::Same);
            continue;
        }
        // Before it decides anything: no decision without its rules on record.
        match keep(&ledger, &loaded.ruleset.revision, &loaded.sources).await {
            Ok(_) => {
                again = false;
                let ruleset = Arc::new(loaded.ruleset);
                current.put(ruleset.clone());
                let took = began.elapsed();
                well = record(&ledger, None).await;
                told(Reloaded::New(ruleset, loaded.warnings, took));
            }
            Err(error) => {
                // Where the ledger takes nothing, this may not reach it either.
                well = false;
                record(&ledger, Some(format!("the new rules cannot be recorded: {error}"))).await;
                if !again {
                    told(Reloaded::Unkept(error));
                }
                again = true;
            }
        }
    }
}

/// Whether the files on disk are those of this revision.
fn say(config: &Config, revision: &str) -> bool {
    files::read(&config.rules, &config.templates).is_ok_and(|(files, _)| files.revision() == revision)
}

fn known(wrong: &mut Vec<Diagnostic>, failed: Failed) -> Failed {
    wrong.clone_from(&failed.diagnostics);
    failed
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
