//! `madoguchi test`: the examples in the rule files, the mails beside them, the
//! keywords they leave unpinned, and labelled mail.

use super::labels::{self, LabelError, Set};
use super::load;
use super::output::{self, Output};
use crate::core::examples::{self, Coverage};
use crate::core::inquiry::{self, Inquiry};
use crate::core::lang::{Text, say};
use crate::shell::files;
use crate::shell::watch::Watch;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Run the examples of the rule files and the mails in rules/tests
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
    /// Run again whenever a rule or template is saved
    #[arg(long)]
    watch: bool,
}

/// How long to wait for folders that are not there.
const AGAIN: Duration = Duration::from_millis(500);

/// Exit 0 when all examples hold (and, with `--coverage`, every keyword is
/// hit), 1 when not, 2 when a labelled set cannot be read. `--watch` goes on
/// until it is interrupted.
pub fn run(config: Option<&Path>, args: &Args, out: &mut Output) -> io::Result<ExitCode> {
    if args.watch { watch(config, args, out) } else { once(config, args, out) }
}

/// Runs now, and again on every change of a rule or template.
fn watch(config: Option<&Path>, args: &Args, out: &mut Output) -> io::Result<ExitCode> {
    let lang = out.lang();
    let Some(mut folders) = load::folders(config) else {
        let message =
            say!("there is nothing to watch without a configuration", "設定ファイルがないので見張るものがありません");
        out.error(message.of(lang))?;
        return Ok(ExitCode::from(2));
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    loop {
        // Before the files are read: nothing that happens meanwhile is missed.
        let watched: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
        let watch = runtime.block_on(async { Watch::folders(&watched) });
        once(config, args, out)?;
        out.note(say!("watching; stop with Ctrl-C", "保存を待っています（Ctrl-C で終わります）").of(lang))?;
        runtime.block_on(async {
            match watch {
                Ok(mut watch) => watch.changed().await,
                // A folder is not there; perhaps it is just being replaced.
                Err(_) => tokio::time::sleep(AGAIN).await,
            }
        });
        out.note("")?;
        folders = load::folders(config).unwrap_or(folders);
    }
}

fn once(config: Option<&Path>, args: &Args, out: &mut Output) -> io::Result<ExitCode> {
    let Some(mut loaded) = load::or_report(config, out)? else { return Ok(ExitCode::FAILURE) };
    let sets: Vec<Set<'_>> = args.labels.chunks_exact(2).map(|pair| Set { file: &pair[0], folder: &pair[1] }).collect();
    if !sets.is_empty() && !args.coverage && !args.mutate {
        return match labels::score(&loaded.ruleset, &sets, out)? {
            Ok(()) => Ok(ExitCode::SUCCESS),
            Err(error) => unusable(&error, out),
        };
    }
    let (mails, mut findings) = load::folders(config).map_or_else(Default::default, |[rules, _]| files::mails(&rules));
    let mut results = examples::run(&loaded.ruleset);
    results.extend(examples::run_mails(&loaded.ruleset, &mails, &mut findings));
    let sound = !load::has_error(&findings);
    loaded.sources.extend(mails.iter().filter_map(|mail| mail.expectation.clone()));
    findings.extend(examples::findings(&results, &loaded.sources));
    let passed = results.iter().filter(|r| r.passed()).count();
    load::report(&findings, &loaded.sources, out)?;
    let failed = results.len() - passed;
    let summary =
        say!("{passed} examples passed, {failed} failed", "例文 {passed} 件は期待どおり、{failed} 件は期待と違います");
    out.line(summary.of(out.lang()))?;
    let mut fine = passed == results.len() && sound;
    let mut extra = match messages(&sets) {
        Ok(extra) => extra,
        Err(error) => return unusable(&error, out),
    };
    let labelled = extra.len();
    extra.extend(mails.iter().map(|mail| inquiry::read(&mail.raw)));
    let messages = match labelled {
        0 => say!("no example", "例文にも"),
        count => {
            say!("neither an example nor one of {count} labelled messages", "例文にも {count} 通のラベル付きメールにも")
        }
    };
    if args.coverage {
        let coverage = examples::coverage(&loaded.ruleset, &extra);
        let summary = Summary {
            one: say!("nothing hits", "どれも当たらない語"),
            all: say!("{messages} hits", "{messages}当たらない語"; messages = messages),
        };
        fine &= list(&coverage, &summary, out)?;
    }
    if args.mutate {
        let coverage = examples::mutate(&mut loaded.ruleset, &extra);
        let summary = Summary {
            one: say!("nothing needs", "なくても変わらない語"),
            all: say!("{messages} would notice the loss of", "消しても{messages}違いが出ない語"; messages = messages),
        };
        list(&coverage, &summary, out)?;
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

/// What a list of keywords is about: in front of each, and of their number.
struct Summary {
    one: Text,
    all: Text,
}

/// Lists the keywords that are not covered, then counts them file by file;
/// whether there are none.
fn list(coverage: &[Coverage], summary: &Summary, out: &mut Output) -> io::Result<bool> {
    let lang = out.lang();
    for keyword in coverage.iter().flat_map(|file| &file.uncovered) {
        let (place, pattern) = (&keyword.source, output::one_line(&keyword.pattern));
        let line = say!("{place}: {what} `{pattern}`", "{place}: {what} `{pattern}`"; what = summary.one);
        out.line(line.of(lang))?;
    }
    let (mut missed, mut all) = (0, 0);
    for file in coverage {
        missed += file.uncovered.len();
        all += file.keywords;
        let covered = file.keywords - file.uncovered.len();
        let (name, keywords) = (&file.file, file.keywords);
        let line = say!(
            "{name}: {covered} of {keywords} keywords pinned",
            "{name}: {keywords} 語のうち {covered} 語は押さえられています"
        );
        out.line(line.of(lang))?;
    }
    let line = say!("{what} {missed} of {all} keywords", "{what}: {all} 語のうち {missed} 語"; what = summary.all);
    out.line(line.of(lang))?;
    Ok(missed == 0)
}
