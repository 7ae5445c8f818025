//! `madoguchi test`: the examples in the rule files, the keywords they leave
//! unpinned, and labelled mail.

use super::labels::{self, LabelError, Set};
use super::load;
use super::output::{self, Output};
use crate::core::examples::{self, Coverage};
use crate::core::inquiry::{self, Inquiry};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Run the examples of the rule files
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Also fail on keywords that no example (or labelled message) hits
    #[arg(long)]
    coverage: bool,
    /// Also list keywords that could be deleted and no example (or labelled
    /// message) would come out otherwise
    #[arg(long)]
    mutate: bool,
    /// Labelled messages: how often the rules are right on them; with
    /// `--coverage` or `--mutate` they pin keywords as examples do. May be given again
    #[arg(long, num_args = 2, value_names = ["FILE.jsonl", "DIR"], action = clap::ArgAction::Append)]
    labels: Vec<PathBuf>,
}

/// Exit 0 when all examples hold (and, with `--coverage`, every keyword is
/// hit), 1 when not, 2 when a labelled set cannot be read.
pub fn run(config: Option<&Path>, args: &Args, out: &mut Output) -> io::Result<ExitCode> {
    let Some(mut loaded) = load::or_report(config, out)? else { return Ok(ExitCode::FAILURE) };
    let sets: Vec<Set<'_>> = args.labels.chunks_exact(2).map(|pair| Set { file: &pair[0], folder: &pair[1] }).collect();
    if !sets.is_empty() && !args.coverage && !args.mutate {
        return match labels::score(&loaded.ruleset, &sets, out)? {
            Ok(()) => Ok(ExitCode::SUCCESS),
            Err(error) => unusable(&error, out),
        };
    }
    let results = examples::run(&loaded.ruleset);
    let passed = results.iter().filter(|r| r.passed()).count();
    load::report(&examples::findings(&results, &loaded.sources), &loaded.sources, out)?;
    out.line(&format!("{passed} examples passed, {} failed", results.len() - passed))?;
    let mut fine = passed == results.len();
    let extra = match messages(&sets) {
        Ok(extra) => extra,
        Err(error) => return unusable(&error, out),
    };
    let messages = match extra.len() {
        0 => "no example".to_owned(),
        count => format!("neither an example nor one of {count} labelled messages"),
    };
    if args.coverage {
        let coverage = examples::coverage(&loaded.ruleset, &extra);
        fine &= list(&coverage, "nothing hits", &format!("{messages} hits"), out)?;
    }
    if args.mutate {
        let coverage = examples::mutate(&mut loaded.ruleset, &extra);
        list(&coverage, "nothing needs", &format!("{messages} would notice the loss of"), out)?;
    }
    Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn unusable(error: &LabelError, out: &mut Output) -> io::Result<ExitCode> {
    out.error(&error.to_string())?;
    Ok(ExitCode::from(2))
}

/// All messages of labelled sets, as read.
fn messages(sets: &[Set<'_>]) -> Result<Vec<Inquiry>, LabelError> {
    let mut all = Vec::new();
    for set in sets {
        for label in labels::read(set.file)? {
            all.push(inquiry::read(&labels::message(set.folder, &label)?));
        }
    }
    Ok(all)
}

/// Lists the keywords that are not covered, then counts them file by file;
/// whether there are none.
fn list(coverage: &[Coverage], nothing: &str, summary: &str, out: &mut Output) -> io::Result<bool> {
    for keyword in coverage.iter().flat_map(|file| &file.uncovered) {
        out.line(&format!("{}: {nothing} `{}`", keyword.source, output::one_line(&keyword.pattern)))?;
    }
    let (mut missed, mut all) = (0, 0);
    for file in coverage {
        missed += file.uncovered.len();
        all += file.keywords;
        let covered = file.keywords - file.uncovered.len();
        out.line(&format!("{}: {covered} of {} keywords pinned", file.file, file.keywords))?;
    }
    out.line(&format!("{summary} {missed} of {all} keywords"))?;
    Ok(missed == 0)
}
