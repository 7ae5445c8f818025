//! `madoguchi replay [--rules OTHER] SOURCE…`: the decisions on real mail that
//! other rules would change, before they go live. Reads each message once,
//! decides it by both, and changes nothing anywhere.
//!
//! What is compared: the files of the configuration with those of `--rules`;
//! or, without `--rules`, the revision that runs with the files. Where the
//! files are what runs, a daemon has taken a change up already: then the
//! revision before it stands on the other side.

mod html;
mod json;
mod text;
mod view;

use super::explain;
use super::load;
use super::output::{self, Output};
use super::rules;
use super::sources;
use crate::core::diagnostic::{Diagnostic, SourceFile};
use crate::core::differ::{self, Change, Difference};
use crate::core::inquiry;
use crate::core::plan::{self, Action, History, Plan};
use crate::core::policy::Policy;
use crate::core::rules::Near;
use crate::core::ruleset::{Files, Ruleset};
use crate::core::text::Zone;
use crate::shell::config::{Config, Need};
use crate::shell::corpus::Mail;
use crate::shell::files;
use std::collections::BTreeMap;
use std::io;
use std::ops::{ControlFlow, Range};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

/// Show which decisions on real mail other rules would change
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Mail to decide: a Maildir, an mbox file, a folder of .eml files, a
    /// message, `-` for standard input, or `mailbox` for the configured mailbox
    /// and the folders of `[filing]` (`mailbox:FOLDER` for one folder), which is
    /// read and not changed
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<String>,
    /// The proposed rules, a folder of rule files: what would they change?
    /// Left out, the files of the configuration are compared with the revision
    /// that runs, or with the one before it where they are the same
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// The proposed templates, where they are to change too
    #[arg(long, value_name = "DIR")]
    templates: Option<PathBuf>,
    /// Compare with this revision of the ledger (`madoguchi rules log` lists them)
    #[arg(long, value_name = "REVISION")]
    revision: Option<String>,
    /// Only the newest N messages of each source and folder [default: all, and 1000 of `mailbox`]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    last: Option<u32>,
    /// How to print: for reading, one object a line, or a page to hand around
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How the differences are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    /// One object a line, for each decision that differs
    Json,
    /// One self-contained page
    Html,
}

/// Messages that wait between reading and deciding.
const WAITING: usize = 64;

/// One of the two rulesets, and where it comes from.
struct Side {
    ruleset: Ruleset,
    shown: String,
}

/// A message on which the two differ.
struct Differing {
    /// Place among all messages.
    number: usize,
    label: String,
    subject: String,
    before: Plan,
    after: Plan,
    difference: Difference,
    /// What nearly counted, in one of the two alone.
    near_lost: Vec<Near>,
    near_gained: Vec<Near>,
    /// Where each word stands that made the difference.
    context: Vec<Context>,
}

/// The words around a place in the message.
struct Context {
    zone: Zone,
    range: Range<usize>,
    before: String,
    after: String,
}

/// What is counted over all messages.
#[derive(Default)]
struct Totals {
    messages: usize,
    /// By action: answer, review, ignore.
    before: [usize; 3],
    after: [usize; 3],
    changes: BTreeMap<Change, usize>,
}

/// Everything that is printed.
struct Outcome {
    before: Side,
    after: Side,
    totals: Totals,
    /// In the order of the messages.
    differing: Vec<Differing>,
    /// Lines about mail that could not be read.
    failures: Vec<String>,
    /// Lines about folders that are not there yet.
    passed_over: Vec<String>,
}

/// Exit 0 when all was compared, whether or not anything differs; 2 when the
/// rules of one side could not be loaded, or mail could not be read.
pub fn run(config: Option<&Path>, args: &Args, out: &mut Output) -> io::Result<ExitCode> {
    let wants_mailbox = args.sources.iter().any(|s| sources::is_mailbox(s));
    let need = match (wants_mailbox, args.wants_ledger()) {
        (true, _) => Need::Run,
        (false, true) => Need::Ledger,
        (false, false) => Need::Rules,
    };
    let Some(config) = load::configuration(config, need, out)? else { return Ok(ExitCode::from(2)) };
    let rules = args.rules.as_ref().unwrap_or(&config.rules);
    let templates = args.templates.as_ref().unwrap_or(&config.templates);
    let after = side(rules, templates, config.policy(), out)?;
    let before = match &after {
        Some(after) if args.wants_ledger() => of_ledger(&config, args.revision.as_deref(), after, out)?,
        _ => side(&config.rules, &config.templates, config.policy(), out)?,
    };
    let (Some(before), Some(after)) = (before, after) else { return Ok(ExitCode::from(2)) };
    let mut outcome = decide_all(before, after, &config, args);
    outcome.differing.sort_by_key(|d| d.number);
    let lang = out.lang();
    match args.format {
        Format::Text => text::print(&outcome, lang, out)?,
        Format::Json => json::print(&outcome, lang, out)?,
        Format::Html => out.text(&html::page(&outcome, lang).map_err(io::Error::other)?)?,
    }
    for line in outcome.passed_over.iter().chain(&outcome.failures) {
        out.error(line)?;
    }
    Ok(if outcome.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

impl Args {
    /// Whether one side is a revision of the ledger.
    fn wants_ledger(&self) -> bool {
        self.revision.is_some() || (self.rules.is_none() && self.templates.is_none())
    }
}

/// Builds a ruleset from folders; prints what is wrong with it, if so.
fn side(rules: &Path, templates: &Path, policy: Policy, out: &mut Output) -> io::Result<Option<Side>> {
    let shown = rules.display().to_string();
    match files::read(rules, templates) {
        Ok((files, _)) => built(&files, policy, shown, out),
        Err(diagnostics) => {
            load::report(&diagnostics, &[], out)?;
            Ok(None)
        }
    }
}

/// The revision that is asked for; else the newest that is not what the other
/// side says, or that one itself where there is no other.
fn of_ledger(config: &Config, given: Option<&str>, other: &Side, out: &mut Output) -> io::Result<Option<Side>> {
    let Some(path) = &config.ledger else { return Ok(None) };
    let Some(reader) = rules::open(path, out)? else { return Ok(None) };
    let chosen = match given {
        Some(given) => Ok(given.to_owned()),
        None => reader.rules_log().map(|log| {
            let differs = log.iter().rev().find(|time| time.revision != other.ruleset.revision);
            differs.or(log.last()).map(|time| time.revision.clone()).unwrap_or_default()
        }),
    };
    let found = match chosen {
        Ok(chosen) if chosen.is_empty() => {
            out.error("the ledger holds no revision yet: name the proposed rules with `--rules DIR`")?;
            return Ok(None);
        }
        Ok(chosen) => rules::revision(&reader, &chosen),
        Err(error) => Err(error.into()),
    };
    match found {
        Ok((_, files)) => built(&files, config.policy(), path.display().to_string(), out),
        Err(error) => {
            out.error(&error.to_string())?;
            Ok(None)
        }
    }
}

fn built(files: &Files, policy: Policy, shown: String, out: &mut Output) -> io::Result<Option<Side>> {
    match Ruleset::build(files, policy) {
        Ok((ruleset, _)) => Ok(Some(Side { ruleset, shown })),
        Err(diagnostics) => {
            // What is odd is for `check` to say.
            let errors: Vec<Diagnostic> = diagnostics.into_iter().filter(Diagnostic::is_error).collect();
            let sources: Vec<SourceFile> = files.iter().cloned().collect();
            load::report(&errors, &sources, out)?;
            Ok(None)
        }
    }
}

/// A message on its way to whoever decides it.
type Job = (usize, Mail);

/// What the deciding threads hand back.
enum Done {
    Differs(Box<Differing>),
    Unread(usize, String),
}

/// Decides all messages by both rulesets, on all processors.
fn decide_all(before: Side, after: Side, config: &Config, args: &Args) -> Outcome {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (jobs, queue) = sync_channel::<Job>(WAITING);
    let queue = Mutex::new(queue);
    let totals = Mutex::new(Totals::default());
    let done: Mutex<Vec<Done>> = Mutex::default();
    let (failures, passed_over) = std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| work(&queue, [&before.ruleset, &after.ruleset], &totals, &done));
        }
        hand_out(config, args, jobs)
    });
    let (mut differing, mut unread) = (Vec::new(), failures);
    for one in done.into_inner().unwrap_or_else(PoisonError::into_inner) {
        match one {
            Done::Differs(one) => differing.push(*one),
            Done::Unread(number, line) => unread.push((number, line)),
        }
    }
    unread.sort();
    let totals = totals.into_inner().unwrap_or_else(PoisonError::into_inner);
    let failures = unread.into_iter().map(|(_, line)| line).collect();
    Outcome { before, after, totals, differing, failures, passed_over }
}

/// Sends the messages of all sources to the threads; gives back what could not
/// be opened, and what need not be there.
fn hand_out(config: &Config, args: &Args, jobs: SyncSender<Job>) -> (Vec<(usize, String)>, Vec<String>) {
    let last = args.last.map(|n| n as usize);
    let (mut number, mut failures, mut passed_over) = (0, Vec::new(), Vec::new());
    let mut send = |mail: Mail| {
        number += 1;
        match jobs.send((number, mail)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    };
    for source in &args.sources {
        match sources::each(source, last, config, &mut send) {
            Ok(lines) => passed_over.extend(lines),
            Err(error) => failures.push((usize::MAX, error.to_string())),
        }
    }
    (failures, passed_over)
}

/// Decides until there is nothing more.
fn work(queue: &Mutex<Receiver<Job>>, rulesets: [&Ruleset; 2], totals: &Mutex<Totals>, done: &Mutex<Vec<Done>>) {
    let mut own = Totals::default();
    let mut found = Vec::new();
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, mail)) = job else { break };
        let label = mail.label.clone();
        let raw = match mail.read() {
            Ok(raw) => raw,
            Err(error) => {
                found.push(Done::Unread(number, format!("{label}: {error}")));
                continue;
            }
        };
        // A message that breaks the reader must not take the others with it.
        match catch_unwind(AssertUnwindSafe(|| compare(number, &label, &raw, rulesets))) {
            Ok((actions, differing)) => {
                own.count(actions, differing.as_ref());
                found.extend(differing.map(|one| Done::Differs(Box::new(one))));
            }
            Err(_) => found.push(Done::Unread(number, format!("{label}: internal error while deciding it"))),
        }
    }
    totals.lock().unwrap_or_else(PoisonError::into_inner).add(own);
    done.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
}

/// Decides one message by both.
fn compare(number: usize, label: &str, raw: &[u8], rulesets: [&Ruleset; 2]) -> ([Action; 2], Option<Differing>) {
    let inquiry = inquiry::read(raw);
    let [before, after] = rulesets.map(|ruleset| plan::decide(ruleset, &inquiry, &History::default()));
    let actions = [before.action, after.action];
    let Some(difference) = differ::compare(&before, &after) else { return (actions, None) };
    let near = [(rulesets[0], &before), (rulesets[1], &after)].map(|(r, plan)| explain::near(r, &inquiry, plan));
    let [near_lost, near_gained] = differ::compare_near(&difference, [&before, &after], [&near[0], &near[1]]);
    let evidence = difference.lost.iter().chain(&difference.gained).map(|e| (e.zone, e.range.clone()));
    let nearly = near_lost.iter().chain(&near_gained).map(|n| (n.zone, n.range.clone()));
    let context = evidence.chain(nearly).map(|(zone, range)| around(&inquiry, zone, range)).collect();
    let subject = inquiry.subject.text.clone();
    let label = label.to_owned();
    let differing = Differing { number, label, subject, before, after, difference, near_lost, near_gained, context };
    (actions, Some(differing))
}

/// Characters shown on either side of a word.
const AROUND: usize = 16;

fn around(inquiry: &inquiry::Inquiry, zone: Zone, range: Range<usize>) -> Context {
    let text = inquiry.passage(zone).map_or("", |p| p.text.as_str());
    let (head, tail) = (text.get(..range.start).unwrap_or(""), text.get(range.end..).unwrap_or(""));
    // A line of its own says more than what stands above or below it.
    let head = head.rsplit('\n').next().unwrap_or("");
    let tail = tail.split('\n').next().unwrap_or("");
    let cut = head.char_indices().rev().nth(AROUND - 1).map_or(0, |(at, _)| at);
    let before = if cut > 0 { format!("…{}", &head[cut..]) } else { head.to_owned() };
    let after = match tail.char_indices().nth(AROUND) {
        Some((at, _)) => format!("{}…", &tail[..at]),
        None => tail.to_owned(),
    };
    Context { zone, range, before: output::one_line(&before), after: output::one_line(&after) }
}

impl Totals {
    fn count(&mut self, [before, after]: [Action; 2], differing: Option<&Differing>) {
        self.messages += 1;
        self.before[before as usize] += 1;
        self.after[after as usize] += 1;
        if let Some(differing) = differing {
            *self.changes.entry(differing.difference.change).or_default() += 1;
        }
    }

    fn add(&mut self, other: Totals) {
        self.messages += other.messages;
        (0..3).for_each(|i| {
            self.before[i] += other.before[i];
            self.after[i] += other.after[i];
        });
        for (change, count) in other.changes {
            *self.changes.entry(change).or_default() += count;
        }
    }

    fn differing(&self) -> usize {
        self.changes.values().sum()
    }

    fn of(&self, change: Change) -> usize {
        self.changes.get(&change).copied().unwrap_or(0)
    }
}
