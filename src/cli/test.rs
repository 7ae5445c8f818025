//! `madoguchi test`: the examples in the rule files, the keywords they leave
//! unpinned, and labelled mail.

use super::output::Output;
use super::{labels, load};
use crate::core::examples;
use crate::core::inquiry;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Run the examples of the rule files
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Also fail on keywords that no example (or labelled message) hits
    #[arg(long)]
    coverage: bool,
    /// Labelled messages: print how often the rules are right on them
    #[arg(long, value_name = "FILE.jsonl", requires = "folder")]
    labels: Option<PathBuf>,
    /// Folder of the labelled messages
    #[arg(value_name = "DIR", requires = "labels")]
    folder: Option<PathBuf>,
}

/// Exit 0 when all examples hold (and, with `--coverage`, every keyword is
/// pinned), 1 when not, 2 when a labelled set cannot be read.
pub fn run(config: Option<&Path>, args: &Args, out: &mut Output) -> io::Result<ExitCode> {
    let Some(loaded) = load::or_report(config, out)? else { return Ok(ExitCode::FAILURE) };
    if let (Some(file), Some(folder)) = (&args.labels, &args.folder)
        && !args.coverage
    {
        return match labels::score(&loaded.ruleset, file, folder, out)? {
            Ok(_) => Ok(ExitCode::SUCCESS),
            Err(error) => {
                out.error(&error.to_string())?;
                Ok(ExitCode::from(2))
            }
        };
    }
    let results = examples::run(&loaded.ruleset);
    let passed = results.iter().filter(|r| r.passed()).count();
    load::report(&examples::findings(&results, &loaded.sources), &loaded.sources, out)?;
    out.line(&format!("{passed} examples passed, {} failed", results.len() - passed))?;
    let mut fine = passed == results.len();
    if args.coverage {
        let mut extra = Vec::new();
        if let (Some(file), Some(folder)) = (&args.labels, &args.folder) {
            let read = labels::read(file)
                .and_then(|all| all.iter().map(|l| labels::message(folder, l)).collect::<Result<Vec<_>, _>>());
            match read {
                Ok(raw) => extra.extend(raw.iter().map(|r| inquiry::read(r))),
                Err(error) => {
                    out.error(&error.to_string())?;
                    return Ok(ExitCode::from(2));
                }
            }
        }
        let uncovered = examples::coverage(&loaded.ruleset, &extra);
        for keyword in &uncovered {
            out.line(&format!("{}: no example hits `{}`", keyword.source, keyword.pattern))?;
        }
        out.line(&format!("{} keywords without an example", uncovered.len()))?;
        fine &= uncovered.is_empty();
    }
    Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
