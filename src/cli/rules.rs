//! `madoguchi rules log|show`: which rules decided when, what changed from one
//! revision to the next, and the files as they were. Looks at the ledger alone.

use super::load;
use super::output::{self, Format, Output, count};
use super::queue;
use crate::core::diagnostic::{SourceFile, nearest};
use crate::core::ruleset::Files;
use crate::core::template::Lang;
use crate::shell::ledger::{InForce, LedgerError, Reader, RuleFile};
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use similar::{ChangeTag, TextDiff};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// Which rules decided when, and how they changed
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Log(Log),
    Show(Show),
}

/// List the revisions that decided, newest first: since when, what was changed, how much each decided
#[derive(Debug, clap::Args)]
struct Log {
    /// Only the newest N
    #[arg(long, value_name = "N")]
    last: Option<usize>,
    /// Also show the lines that were changed
    #[arg(long)]
    diff: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Print a file as it was in a revision, or list its files
#[derive(Debug, clap::Args)]
struct Show {
    /// The revision, or how it begins (four characters or more)
    #[arg(value_name = "REVISION")]
    revision: String,
    /// As evidence names it, e.g. `rules/seminar.toml`
    #[arg(value_name = "FILE")]
    file: Option<String>,
}

/// Shortest beginning of a revision that names it.
const PREFIX_MIN: usize = 4;

/// Exit 0; 2 when there is no ledger, or no such revision or file in it.
pub fn run(config: Option<&Path>, args: &Args, out: &mut Output) -> io::Result<ExitCode> {
    let Some(reader) = reader(config, out)? else { return Ok(ExitCode::from(2)) };
    match &args.command {
        Command::Log(log) => print_log(&reader, log, out),
        Command::Show(show) => self::show(&reader, show, out),
    }
}

/// The ledger of a configuration, for reading; says why not.
pub fn reader(config: Option<&Path>, out: &mut Output) -> io::Result<Option<Reader>> {
    let Some(path) = queue::ledger(config, out)? else { return Ok(None) };
    open(&path, out)
}

/// Opens a ledger that must be there.
pub fn open(path: &Path, out: &mut Output) -> io::Result<Option<Reader>> {
    if !path.exists() {
        out.error(&load::no_ledger(path))?;
        return Ok(None);
    }
    match Reader::open(path) {
        Ok(reader) => Ok(Some(reader)),
        Err(error) => {
            out.error(&error.to_string())?;
            Ok(None)
        }
    }
}

/// Why the files of a revision cannot be given.
#[derive(Debug, thiserror::Error)]
pub enum NoRevision {
    #[error("the ledger holds no revision `{0}`: madoguchi rules log lists those it has")]
    Unknown(String),
    #[error("`{given}` could be {}", .several.join(" or "))]
    Several { given: String, several: Vec<String> },
    #[error("`{0}` is too short for a revision: give at least four characters")]
    Short(String),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// The revision that is meant, and its files.
pub fn revision(reader: &Reader, given: &str) -> Result<(String, Files), NoRevision> {
    if given.chars().count() < PREFIX_MIN {
        return Err(NoRevision::Short(output::one_line(given)));
    }
    let mut found = reader.revisions(&given.to_ascii_lowercase())?;
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => {
            let files = files(reader.rule_files(&one)?, &one);
            Ok((one, files))
        }
        (None, _) => Err(NoRevision::Unknown(output::one_line(given))),
        (Some(last), false) => {
            found.push(last);
            Err(NoRevision::Several { given: output::one_line(given), several: found })
        }
    }
}

/// Kept files as what a ruleset is built from; findings show them with their
/// revision.
fn files(kept: Vec<RuleFile>, revision: &str) -> Files {
    let mut files = Files::default();
    for RuleFile { name, bytes } in kept {
        let list = if name.starts_with("rules/") { &mut files.rules } else { &mut files.templates };
        list.push(SourceFile::new(&name, format!("{revision}:{name}"), bytes));
    }
    files
}

fn show(reader: &Reader, args: &Show, out: &mut Output) -> io::Result<ExitCode> {
    let files = match revision(reader, &args.revision) {
        Ok((_, files)) => files,
        Err(error) => {
            out.error(&error.to_string())?;
            return Ok(ExitCode::from(2));
        }
    };
    let Some(wanted) = &args.file else {
        for file in files.iter() {
            out.line(&file.name)?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    match files.iter().find(|file| &*file.name == wanted.as_str()) {
        Some(file) => out.octets(&file.bytes).map(|()| ExitCode::SUCCESS),
        None => {
            let near = nearest(wanted, files.iter().map(|file| &*file.name));
            let near = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
            out.error(&format!("there is no file `{}` in it{near}", output::one_line(wanted)))?;
            Ok(ExitCode::from(2))
        }
    }
}

/// How a file of a revision differs from the one before it.
#[derive(Serialize)]
struct Changed {
    name: String,
    /// `added`, `removed` or `changed`.
    change: &'static str,
    /// Lines.
    added: usize,
    removed: usize,
    #[serde(skip)]
    diff: String,
}

#[derive(Serialize)]
struct Line<'a> {
    revision: &'a str,
    since: String,
    /// `null` while it decides.
    until: Option<String>,
    decided: u64,
    /// `null` for the first: there is nothing to compare it with.
    files: Option<Vec<Changed>>,
}

fn print_log(reader: &Reader, args: &Log, out: &mut Output) -> io::Result<ExitCode> {
    let log = match reader.rules_log() {
        Ok(log) => log,
        Err(error) => {
            out.error(&error.to_string())?;
            return Ok(ExitCode::from(2));
        }
    };
    let shown = args.last.unwrap_or(log.len()).min(log.len());
    for index in (log.len() - shown..log.len()).rev() {
        let before = index.checked_sub(1).and_then(|before| log.get(before));
        let changed = match before.map(|before| changed(reader, &before.revision, &log[index].revision)).transpose() {
            Ok(changed) => changed,
            Err(error) => {
                out.error(&error.to_string())?;
                return Ok(ExitCode::from(2));
            }
        };
        let until = log.get(index + 1).map(|next| next.since);
        match args.format {
            Format::Text => print_entry(&log[index], until.is_none(), changed.as_deref(), args, out)?,
            Format::Json => {
                let line = Line {
                    revision: &log[index].revision,
                    since: log[index].since.to_string(),
                    until: until.map(|until| until.to_string()),
                    decided: log[index].decided,
                    files: changed,
                };
                out.line(&output::escape_json(&serde_json::to_string(&line).map_err(io::Error::other)?))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const PLUS: Style = AnsiColor::Green.on_default();
const MINUS: Style = AnsiColor::Red.on_default();

fn print_entry(
    entry: &InForce,
    last: bool,
    changed: Option<&[Changed]>,
    args: &Log,
    out: &mut Output,
) -> io::Result<()> {
    let ja = out.lang() == Lang::Ja;
    let decided = if ja {
        format!("{}件を判断", entry.decided)
    } else {
        format!("{} decided", count(entry.decided, "message"))
    };
    let now = match (last, ja) {
        (true, true) => "（最新）",
        (true, false) => ", newest",
        (false, _) => "",
    };
    let since = queue::moment(entry.since);
    out.line(&format!("{BOLD}{}{BOLD:#}  {}  {decided}{now}", since, entry.revision))?;
    let Some(changed) = changed else {
        return out.line(if ja { "    最初の記録" } else { "    the first on record" });
    };
    for file in changed {
        let how = match (file.change, ja) {
            ("added", true) => " 新規",
            ("removed", true) => " 削除",
            ("added", false) => " new",
            ("removed", false) => " removed",
            _ => "",
        };
        let (plus, minus) = (file.added, file.removed);
        let lines = format!("{PLUS}+{plus}{PLUS:#} {MINUS}-{minus}{MINUS:#}");
        out.line(&format!("    {}{how}  {lines}", output::one_line(&file.name)))?;
        for line in file.diff.lines().filter(|_| args.diff) {
            let style = match line.as_bytes().first() {
                Some(b'+') => PLUS,
                Some(b'-') => MINUS,
                _ => DIM,
            };
            out.line(&format!("        {style}{}{style:#}", output::plain(line)))?;
        }
    }
    Ok(())
}

/// The files in which two revisions differ, by name.
fn changed(reader: &Reader, before: &str, after: &str) -> Result<Vec<Changed>, LedgerError> {
    let by_name = |files: Vec<RuleFile>| files.into_iter().map(|f| (f.name, f.bytes)).collect::<BTreeMap<_, _>>();
    let (before, after) = (by_name(reader.rule_files(before)?), by_name(reader.rule_files(after)?));
    let mut changed = Vec::new();
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    for name in names {
        let change = match (before.get(name), after.get(name)) {
            (Some(old), Some(new)) if old == new => continue,
            (Some(_), Some(_)) => "changed",
            (None, _) => "added",
            (_, None) => "removed",
        };
        let text = |files: &BTreeMap<String, Vec<u8>>| {
            files.get(name).map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
        };
        let (old, new) = (text(&before), text(&after));
        let diff = TextDiff::from_lines(&old, &new);
        let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
        changed.push(Changed {
            name: name.clone(),
            change,
            added: count(ChangeTag::Insert),
            removed: count(ChangeTag::Delete),
            diff: diff.unified_diff().context_radius(2).missing_newline_hint(false).to_string(),
        });
    }
    changed.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(changed)
}
