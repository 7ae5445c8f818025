//! `madoguchi suggest`: keywords that would find mail which people had to file
//! themselves, each with what it would gain and what it would do wrong. It
//! proposes; it never writes.

use super::labels::{self, Set};
use super::load;
use super::output::{self, Format, Output};
use super::sources;
use crate::core::diagnostic::{Diagnostic, nearest};
use crate::core::examples;
use crate::core::inquiry;
use crate::core::ruleset::{Files, Ruleset};
use crate::core::suggest::{self, Candidate, Effect, Sample, Strength};
use crate::core::template::Lang;
use crate::shell::config::{Config, Need};
use crate::shell::files;
use anstyle::Style;
use serde::Serialize;
use std::collections::BTreeSet;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Propose keywords for mail that the rules do not find
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Mail that belongs to a topic, e.g. a folder that people filed it into: a
    /// Maildir, an mbox file, a folder of .eml files, `mailbox:FOLDER`. May be given again
    #[arg(long, num_args = 2, value_names = ["NAME", "SOURCE"], action = clap::ArgAction::Append)]
    topic: Vec<String>,
    /// Mail that belongs to no topic: a keyword that finds it does wrong. May be given again
    #[arg(long, value_name = "SOURCE", action = clap::ArgAction::Append)]
    none: Vec<String>,
    /// Labelled messages, as `madoguchi test --labels` reads them. May be given again
    #[arg(long, num_args = 2, value_names = ["FILE.jsonl", "DIR"], action = clap::ArgAction::Append)]
    labels: Vec<PathBuf>,
    /// Fewest messages that a keyword must gain
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    least: u32,
    /// Most keywords that are proposed for a topic
    #[arg(long, value_name = "N", default_value_t = 10)]
    most: usize,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Candidates of a topic that are measured, for each that is proposed.
const TRIED: usize = 4;

/// A keyword and what it was measured to do.
struct Proposal {
    candidate: Candidate,
    strength: Strength,
    effect: Effect,
}

/// What is known before anything is proposed.
struct Known {
    config: Config,
    files: Files,
    ruleset: Ruleset,
    samples: Vec<Sample>,
    /// What each sample is answered about now.
    found: Vec<BTreeSet<String>>,
}

/// Exit 0, whether or not there is anything to propose; 2 when mail or rules
/// could not be read.
pub fn run(config: Option<&Path>, args: &Args, out: &mut Output) -> io::Result<ExitCode> {
    let mailbox = args.topic.iter().skip(1).step_by(2).chain(&args.none).any(|s| sources::is_mailbox(s));
    let need = if mailbox { Need::Run } else { Need::Rules };
    if args.topic.is_empty() && args.labels.is_empty() {
        out.error("which mail? name a folder with `--topic NAME SOURCE`, or a set with `--labels FILE DIR`")?;
        return Ok(ExitCode::from(2));
    }
    let Some(config) = load::configuration(config, need, out)? else { return Ok(ExitCode::from(2)) };
    let Some((files, ruleset)) = rules(&config, out)? else { return Ok(ExitCode::from(2)) };
    let samples = match samples(&config, &ruleset, args) {
        Ok(samples) => samples,
        Err(error) => {
            out.error(&error)?;
            return Ok(ExitCode::from(2));
        }
    };
    let found = suggest::decide_all(&ruleset, &samples);
    let topics: BTreeSet<String> =
        samples.iter().filter(|s| !s.example).flat_map(|s| s.topics.iter().cloned()).collect();
    let known = Known { config, files, ruleset, samples, found };
    let lang = out.lang();
    if args.format == Format::Text {
        out.line(&summary(&known, lang))?;
    }
    let mut any = false;
    for topic in &topics {
        let proposals = propose(&known, topic, args);
        any |= !proposals.is_empty();
        match args.format {
            Format::Text => print(&known, topic, &proposals, lang, out)?,
            Format::Json => {
                for proposal in &proposals {
                    let line = serde_json::to_string(&line(&known, topic, proposal)).map_err(io::Error::other)?;
                    out.line(&output::escape_json(&line))?;
                }
            }
        }
    }
    if any && args.format == Format::Text {
        out.line(match lang {
            Lang::En => {
                "\nNothing was written. To take one up, add it to its list with an example, then run\n\
                 `madoguchi test` and `madoguchi replay`."
            }
            Lang::Ja => {
                "\nファイルには何も書いていません。採用する語は、例とともに一覧に書き加え、\n\
                 `madoguchi test` と `madoguchi replay` で確かめてください。"
            }
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The rules as they are, in order; says what is wrong if not.
fn rules(config: &Config, out: &mut Output) -> io::Result<Option<(Files, Ruleset)>> {
    let files = match files::read(&config.rules, &config.templates) {
        Ok((files, _)) => files,
        Err(diagnostics) => {
            load::report(&diagnostics, &[], out)?;
            return Ok(None);
        }
    };
    match Ruleset::build(&files, config.policy()) {
        Ok((ruleset, _)) => Ok(Some((files, ruleset))),
        Err(diagnostics) => {
            let errors: Vec<Diagnostic> = diagnostics.into_iter().filter(Diagnostic::is_error).collect();
            load::report(&errors, &files.iter().cloned().collect::<Vec<_>>(), out)?;
            Ok(None)
        }
    }
}

/// All mail that is given, and the examples of the rule files.
fn samples(config: &Config, ruleset: &Ruleset, args: &Args) -> Result<Vec<Sample>, String> {
    let known = |name: &String| ruleset.rules.topics.iter().any(|topic| topic.name == *name);
    let check = |name: &String| {
        if known(name) {
            return Ok(());
        }
        let near = nearest(name, ruleset.rules.topics.iter().map(|topic| topic.name.as_str()));
        let near = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
        Err(format!("there is no topic `{name}`{near}"))
    };
    let mut samples = Vec::new();
    for pair in args.topic.chunks_exact(2) {
        check(&pair[0])?;
        add(&mut samples, &pair[1], BTreeSet::from([pair[0].clone()]), config)?;
    }
    for source in &args.none {
        add(&mut samples, source, BTreeSet::new(), config)?;
    }
    for pair in args.labels.chunks_exact(2) {
        let set = Set { file: &pair[0], folder: &pair[1] };
        for label in labels::read(set.file).map_err(|e| e.to_string())? {
            let raw = labels::message(set.folder, &label).map_err(|e| e.to_string())?;
            label.topics.iter().try_for_each(check)?;
            let topics = if label.action == "answer" { label.topics } else { BTreeSet::new() };
            samples.push(Sample { name: label.file, inquiry: inquiry::read(&raw), topics, example: false });
        }
    }
    for example in &ruleset.examples {
        samples.push(Sample {
            name: format!("{} ({})", example.name, example.source),
            inquiry: inquiry::read(&examples::message(ruleset, example)),
            topics: example.expect.topics.iter().cloned().collect(),
            example: true,
        });
    }
    Ok(samples)
}

fn add(samples: &mut Vec<Sample>, source: &str, topics: BTreeSet<String>, config: &Config) -> Result<(), String> {
    let mut failure = None;
    let mut take = |mail: crate::shell::corpus::Mail| {
        let name = mail.label.clone();
        match mail.read() {
            Ok(raw) => {
                samples.push(Sample { name, inquiry: inquiry::read(&raw), topics: topics.clone(), example: false });
                ControlFlow::Continue(())
            }
            Err(error) => {
                failure = Some(format!("{name}: {error}"));
                ControlFlow::Break(())
            }
        }
    };
    // A folder that is not there holds nothing to learn from.
    let _ = sources::each(source, None, config, &mut take).map_err(|e| e.to_string())?;
    failure.map_or(Ok(()), Err)
}

/// The best keywords for a topic, best first.
fn propose(known: &Known, topic: &str, args: &Args) -> Vec<Proposal> {
    let Known { ruleset, samples, found, .. } = known;
    let least = args.least as usize;
    let candidates = suggest::candidates(ruleset, samples, found, topic, least, args.most.max(1).saturating_mul(TRIED));
    let next = AtomicUsize::new(0);
    let proposals: Mutex<Vec<Proposal>> = Mutex::default();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(candidate) = candidates.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(proposal) = measure(known, topic, candidate) {
                        proposals.lock().unwrap_or_else(PoisonError::into_inner).push(proposal);
                    }
                }
            });
        }
    });
    let mut proposals = proposals.into_inner().unwrap_or_else(PoisonError::into_inner);
    proposals.retain(|p| p.effect.gained.len() >= least && p.effect.worth() > 0);
    proposals.sort_by(|a, b| {
        let key = |p: &Proposal| (-p.effect.worth(), p.effect.harmed.len());
        key(a).cmp(&key(b)).then_with(|| a.candidate.text.cmp(&b.candidate.text))
    });
    proposals.truncate(args.most);
    proposals
}

/// Measures a candidate as a strong keyword and, where that does wrong, as a
/// weak one too; gives the better.
fn measure(known: &Known, topic: &str, candidate: &Candidate) -> Option<Proposal> {
    let Known { config, files, samples, found, .. } = known;
    let trial = |strength| {
        let effect = suggest::trial(files, &config.policy(), topic, candidate, strength, samples, found)?;
        Some(Proposal { candidate: candidate.clone(), strength, effect })
    };
    let strong = trial(Strength::Strong)?;
    if strong.effect.harmed.is_empty() {
        return Some(strong);
    }
    match trial(Strength::Weak) {
        Some(weak) if weak.effect.worth() >= strong.effect.worth() => Some(weak),
        _ => Some(strong),
    }
}

fn summary(known: &Known, lang: Lang) -> String {
    let given = known.samples.iter().zip(&known.found).filter(|(s, _)| !s.example);
    let (mut messages, mut wrong) = (0, 0);
    for (sample, found) in given {
        messages += 1;
        wrong += usize::from(sample.topics != *found);
    }
    let examples = known.samples.len() - messages;
    match lang {
        Lang::En => format!(
            "{}, {wrong} of them not answered as filed; wrong is looked for in them and in {}",
            output::count(messages as u64, "message"),
            output::count(examples as u64, "example"),
        ),
        Lang::Ja => {
            format!("メール{messages}件（うち{wrong}件は分類と回答が合わない）と、規則の例{examples}件で調べました。")
        }
    }
}

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
/// Most messages that are named beside a number.
const NAMED: usize = 3;

fn print(known: &Known, topic: &str, proposals: &[Proposal], lang: Lang, out: &mut Output) -> io::Result<()> {
    let belongs = |s: &&Sample| !s.example && s.topics.contains(topic);
    let all = known.samples.iter().filter(belongs).count();
    let pairs = known.samples.iter().zip(&known.found);
    let missed = pairs.filter(|(s, found)| belongs(s) && !found.contains(topic)).count();
    let ja = lang == Lang::Ja;
    let head = if ja {
        format!("{all}件中{missed}件を見つけていない")
    } else {
        format!("{missed} of {all} are not found")
    };
    out.line(&format!("\n{BOLD}{topic}{BOLD:#}: {head}"))?;
    if proposals.is_empty() {
        return out.line(if ja { "  提案できる語はありません" } else { "  no word would find them" });
    }
    out.line(&format!("  {DIM}{}{DIM:#}", if ja { "  得る  誤る  語" } else { "gains  wrong  keyword" }))?;
    for Proposal { candidate, strength, effect } in proposals {
        let also: Vec<String> = candidate.also.iter().map(|text| format!("\"{}\"", output::one_line(text))).collect();
        let also = match (also.is_empty(), ja) {
            (true, _) => String::new(),
            (false, true) => format!("  {DIM}同じメールにある語: {}{DIM:#}", also.join("、")),
            (false, false) => format!("  {DIM}in the same messages: {}{DIM:#}", also.join(", ")),
        };
        let (gain, harm) = (effect.gained.len(), effect.harmed.len());
        let text = output::one_line(&candidate.text);
        let list = format!("[{}] {}", strength.word(), candidate.list);
        out.line(&format!("  {gain:>5}  {harm:>5}  {BOLD}\"{text}\"{BOLD:#}  {list}{also}"))?;
        let (gains, wrong) = if ja { ("得る", "誤る") } else { ("gains", "wrong") };
        out.line(&format!("                {DIM}{gains}: {}{DIM:#}", named(known, &effect.gained, lang)))?;
        if harm > 0 {
            out.line(&format!("                {DIM}{wrong}: {}{DIM:#}", named(known, &effect.harmed, lang)))?;
        }
    }
    Ok(())
}

/// The first few messages by name.
fn named(known: &Known, indices: &[usize], lang: Lang) -> String {
    let names: Vec<String> = indices.iter().take(NAMED).map(|i| output::one_line(&known.samples[*i].name)).collect();
    let more = indices.len().saturating_sub(NAMED);
    match (more, lang) {
        (0, _) => names.join(", "),
        (more, Lang::En) => format!("{} and {more} more", names.join(", ")),
        (more, Lang::Ja) => format!("{} ほか{more}件", names.join(", ")),
    }
}

#[derive(Serialize)]
struct Line<'a> {
    topic: &'a str,
    keyword: &'a str,
    /// `strong` or `weak`.
    strength: &'static str,
    /// `ja`, `en` or `other`.
    list: &'static str,
    gains: Vec<&'a str>,
    wrong: Vec<&'a str>,
    /// Words of the very same messages.
    also: &'a [String],
}

fn line<'a>(known: &'a Known, topic: &'a str, proposal: &'a Proposal) -> Line<'a> {
    let names = |indices: &[usize]| indices.iter().map(|i| known.samples[*i].name.as_str()).collect();
    Line {
        topic,
        keyword: &proposal.candidate.text,
        strength: proposal.strength.word(),
        list: proposal.candidate.list,
        gains: names(&proposal.effect.gained),
        wrong: names(&proposal.effect.harmed),
        also: &proposal.candidate.also,
    }
}
