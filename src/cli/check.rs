//! `madoguchi check`: are all files that people edit in order? Opens no
//! mailbox, relay or ledger.

use super::load;
use super::output::Output;
use crate::core::examples;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// Check configuration, rules, directory and templates
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Exit 0 when nothing is wrong (warnings aside), 1 when something is.
pub fn run(config: Option<&Path>, _args: &Args, out: &mut Output) -> io::Result<ExitCode> {
    let Some(loaded) = load::or_report(config, out)? else { return Ok(ExitCode::FAILURE) };
    let results = examples::run(&loaded.ruleset);
    let failed = examples::findings(&results, &loaded.sources);
    let wrong = load::has_error(&failed);
    let mut findings = loaded.warnings;
    findings.extend(failed);
    load::report(&findings, &loaded.sources, out)?;
    let ruleset = &loaded.ruleset;
    if wrong {
        return Ok(ExitCode::FAILURE);
    }
    out.line(&format!(
        "fine: {} topics, {} associations, {} examples, revision {}",
        ruleset.rules.topics.len(),
        ruleset.directory.associations.len(),
        ruleset.examples.len(),
        ruleset.revision
    ))?;
    Ok(ExitCode::SUCCESS)
}
