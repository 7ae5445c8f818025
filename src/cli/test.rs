//! `madoguchi test`: the examples in the rule files, the keywords they leave
//! unpinned, and labelled mail.

use super::labels::{self, LabelError, Set};
use super::load;
use super::output::{self, Output};
use crate::core::examples;
use crate::core::inquiry::{self, Inquiry};
use crate::core::ruleset::Ruleset;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Run the examples of the rule files
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Also fail on keywords that no example (or labelled message) hits
    #[arg(long)]
    coverage: bool,
    /// Labelled messages: how often the rules are right on them; with
    /// `--coverage` they pin keywords as examples do. May be given again
    #[arg(long, num_args = 2, value_names = ["FILE.jsonl", "DIR"], action = clap::ArgAction::Append)]
    labels: Vec<PathBuf>,
}

/// Exit 0 when all examples hold (and, with `--coverage`, every keyword is
/// pinned), 1 when not, 2 when a labelled set cannot be read.
pub fn run(config: Option<&Path>, args: &Args, out: &mut Output) -> io::Result<ExitCode> {
    let Some(loaded) = load::or_report(config, out)? else { return Ok(ExitCode::FAILURE) };
    let sets: Vec<Set<'_>> = args.labels.chunks_exact(2).map(|pair| Set { file: &pair[0], folder: &pair[1] }).collect();
    if !sets.is_empty() && !args.coverage {
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
    if args.coverage {
        let extra = match messages(&sets) {
            Ok(extra) => extra,
            Err(error) => return unusable(&error, out),
        };
        fine &= coverage(&loaded.ruleset, &extra, out)?;
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

/// Lists the keywords that nothing hits, then counts them file by file;
/// whether there are none.
fn coverage(ruleset: &Ruleset, extra: &[Inquiry], out: &mut Output) -> io::Result<bool> {
    let coverage = examples::coverage(ruleset, extra);
    for keyword in coverage.iter().flat_map(|file| &file.uncovered) {
        out.line(&format!("{}: nothing hits `{}`", keyword.source, output::one_line(&keyword.pattern)))?;
    }
    let messages = match extra.len() {
        0 => "no example hits".to_owned(),
        count => format!("neither an example nor one of {count} labelled messages hits"),
    };
    let (mut missed, mut all) = (0, 0);
    for file in &coverage {
        missed += file.uncovered.len();
        all += file.keywords;
        out.line(&format!(
            "{}: {} of {} keywords hit",
            file.file,
            file.keywords - file.uncovered.len(),
            file.keywords
        ))?;
    }
    out.line(&format!("{messages} {missed} of {all} keywords"))?;
    Ok(missed == 0)
}
