//! `madoguchi explain FILE…`: what would become of a message, and why. Opens
//! no mailbox, relay or ledger; calls the same `decide` as the daemon.

use super::load;
use super::output::{self, Output};
use crate::core::evidence::Evidence;
use crate::core::inquiry::{self, Inquiry, SIZE_MAX};
use crate::core::places::{Place, Prefecture};
use crate::core::plan::{self, History, Plan, Step};
use crate::core::reason::Reason;
use crate::core::rules::NearWhy;
use crate::core::ruleset::Ruleset;
use crate::core::text::{Passage, Zone};
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Say what would become of messages, and why
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Messages (RFC 5322) to explain; `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    /// One object a line
    Json,
}

/// Exit 0; 2 when the files could not be read or the rules not loaded.
pub fn run(config: Option<&Path>, args: &Args, out: &mut Output) -> io::Result<ExitCode> {
    let Some(loaded) = load::or_report(config, out)? else { return Ok(ExitCode::from(2)) };
    let mut unread = false;
    for (index, file) in args.files.iter().enumerate() {
        let raw = match read(file) {
            Ok(raw) => raw,
            Err(error) => {
                out.error(&format!("{}: {error}", file.display()))?;
                unread = true;
                continue;
            }
        };
        let inquiry = inquiry::read(&raw);
        let plan = plan::decide(&loaded.ruleset, &inquiry, &History::default());
        match args.format {
            Format::Json => out.line(&json(file, &inquiry, &plan))?,
            Format::Text => {
                if index > 0 {
                    out.line("")?;
                }
                out.line(&text(file, &loaded.ruleset, &inquiry, &plan))?;
            }
        }
    }
    Ok(if unread { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

/// Reads a message; of one over the bound no more than shows that it is.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut raw = Vec::new();
    let bound = SIZE_MAX as u64 + 1;
    if file == Path::new("-") {
        io::stdin().lock().take(bound).read_to_end(&mut raw)?;
    } else {
        std::fs::File::open(file)?.take(bound).read_to_end(&mut raw)?;
    }
    Ok(raw)
}

/// The JSON contract of DESIGN: one object a message.
#[derive(Serialize)]
struct Line<'a> {
    file: String,
    action: &'static str,
    reason: &'static str,
    topics: &'a [String],
    prefecture: Option<String>,
    language: Option<&'static str>,
    text: &'a str,
    reply: ReplyLine<'a>,
    forward: ForwardLine,
    evidence: Vec<EvidenceLine<'a>>,
    revision: &'a str,
}

#[derive(Serialize)]
struct ReplyLine<'a> {
    step: &'static str,
    reason: Option<&'static str>,
    to: Option<String>,
    template: Option<&'a str>,
}

#[derive(Serialize)]
struct ForwardLine {
    step: &'static str,
    reason: Option<&'static str>,
    to: Option<String>,
}

#[derive(Serialize)]
struct EvidenceLine<'a> {
    file: String,
    #[serde(rename = "as")]
    role: &'static str,
    zone: &'static str,
    text: &'a str,
    /// Characters from, to (exclusive) in the zone's text.
    range: [usize; 2],
}

fn json(file: &Path, inquiry: &Inquiry, plan: &Plan) -> String {
    let reply = plan.reply.done();
    let line = Line {
        file: file.display().to_string(),
        action: plan.action.word(),
        reason: plan.reason.word(),
        topics: &plan.topics,
        prefecture: match &plan.place {
            Place::Known(prefecture) => Some(prefecture.to_string()),
            _ => None,
        },
        language: plan.language,
        text: &inquiry.fresh.text,
        reply: ReplyLine {
            step: plan.reply.word(),
            reason: plan.reply.reason().map(Reason::word),
            to: reply.map(|r| r.to.to_smtp()),
            template: reply.map(|r| r.template.as_str()),
        },
        forward: ForwardLine {
            step: plan.forward.word(),
            reason: plan.forward.reason().map(Reason::word),
            to: plan.forward.done().map(|f| f.to.to_smtp()),
        },
        evidence: plan
            .evidence
            .iter()
            .map(|e| EvidenceLine {
                file: e.source.to_string(),
                role: e.role.word(),
                zone: e.zone.word(),
                text: &e.text,
                range: characters(inquiry, e),
            })
            .collect(),
        revision: &plan.revision,
    };
    let json = serde_json::to_string(&line).unwrap_or_else(|e| format!("{{\"error\":\"{e}\"}}"));
    output::escape_json(&json)
}

/// A byte range of evidence as characters of its zone's text.
fn characters(inquiry: &Inquiry, evidence: &Evidence) -> [usize; 2] {
    let Some(passage) = inquiry.passage(evidence.zone) else { return [0, evidence.text.chars().count()] };
    let count = |to: usize| passage.text.get(..to).map_or(0, |t| t.chars().count());
    [count(evidence.range.start), count(evidence.range.end)]
}

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const MARK: Style = AnsiColor::Green.on_default().bold();
const LEFT_OUT: Style = AnsiColor::Yellow.on_default();

fn text(file: &Path, ruleset: &Ruleset, inquiry: &Inquiry, plan: &Plan) -> String {
    let mut lines = vec![format!("{BOLD}{}{BOLD:#}", output::plain(&file.display().to_string()))];
    let mut row = |name: &str, value: String| lines.push(format!("  {name:<9} {value}"));
    row("action", format!("{BOLD}{}{BOLD:#}: {}", plan.action.word(), sentence(plan.reason)));
    row("topics", if plan.topics.is_empty() { "none".to_owned() } else { plan.topics.join(", ") });
    row("place", place(ruleset, &plan.place));
    row("language", plan.language.unwrap_or("none").to_owned());
    row(
        "reply",
        step(&plan.reply, |r| {
            let languages: Vec<_> = r.languages.iter().map(|l| l.word()).collect();
            format!("to {}, template {} ({})", r.to, r.template, languages.join(", "))
        }),
    );
    row("forward", step(&plan.forward, |f| format!("to {} ({})", f.to, ruleset.gazetteer.name_ja(f.prefecture))));
    row("revision", plan.revision.clone());
    lines.push(format!("  {DIM}evidence{DIM:#}"));
    if plan.evidence.is_empty() {
        lines.push("    none".to_owned());
    }
    for e in &plan.evidence {
        lines.push(format!(
            "    {:<7} {:<9} {MARK}{}{MARK:#}  {} {DIM}{}{DIM:#}",
            e.role.word(),
            e.zone.word(),
            output::one_line(&e.text),
            e.about,
            e.source
        ));
    }
    if !plan.near.is_empty() {
        lines.push(format!("  {DIM}nearly{DIM:#}"));
    }
    for near in &plan.near {
        let why = match near.why {
            NearWhy::Negated => "stands in a negated clause",
            NearWhy::OneWeak => "is one weak word, two different ones are needed",
            NearWhy::Cancelled => "was cancelled by an `against` pattern or another kind of mail",
            NearWhy::OldSubject => "stands in the subject of an older thread",
        };
        let words = output::one_line(&near.text);
        lines.push(format!(
            "    {:<9} {LEFT_OUT}{words}{LEFT_OUT:#}  {}: {why} {DIM}{}{DIM:#}",
            near.zone.word(),
            near.topic,
            near.source
        ));
    }
    for trouble in &inquiry.trouble {
        lines.push(format!("  {DIM}trouble{DIM:#}   {trouble:?}"));
    }
    for (zone, title) in [(Zone::Subject, "subject"), (Zone::Fresh, "text"), (Zone::Signature, "signature")] {
        if let Some(passage) = inquiry.passage(zone).filter(|p| !p.text.trim().is_empty()) {
            lines.push(format!("  {DIM}{title}{DIM:#}"));
            lines.extend(marked(passage, plan).lines().map(|l| format!("    {l}")));
        }
    }
    for (passage, why) in
        [(&inquiry.quoted, "left out, quoted or forwarded"), (&inquiry.disclaimer, "left out, disclaimer")]
    {
        let count = passage.text.lines().filter(|l| !l.trim().is_empty()).count();
        if count > 0 {
            lines.push(format!("  {DIM}{why}: {count} lines{DIM:#}"));
            lines.extend(passage.text.lines().map(|l| format!("    {DIM}{}{DIM:#}", output::plain(l))));
        }
    }
    lines.join("\n")
}

/// A passage with its evidence marked in place.
fn marked(passage: &Passage, plan: &Plan) -> String {
    let mut spans: Vec<_> = plan
        .evidence
        .iter()
        .filter(|e| e.zone == passage.zone && !e.range.is_empty())
        .map(|e| e.range.clone())
        .collect();
    spans.sort_by_key(|r| (r.start, std::cmp::Reverse(r.end)));
    let (mut out, mut at) = (String::new(), 0);
    for span in spans {
        if span.start < at {
            continue;
        }
        let (Some(before), Some(words)) = (passage.text.get(at..span.start), passage.text.get(span.clone())) else {
            continue;
        };
        out.push_str(&output::plain(before));
        out.push_str(&format!("{MARK}[{}]{MARK:#}", output::plain(words)));
        at = span.end;
    }
    out.push_str(&output::plain(passage.text.get(at..).unwrap_or_default()));
    out.trim_end().to_owned()
}

fn step<T>(step: &Step<T>, done: impl Fn(&T) -> String) -> String {
    match step {
        Step::Do(it) => done(it),
        Step::Skip(reason) => format!("no: {}", sentence(*reason)),
        Step::Ask(reason) => format!("left to a person: {}", sentence(*reason)),
    }
}

fn sentence(reason: Reason) -> String {
    format!("{} ({})", reason.en().trim_end_matches('.'), reason.word())
}

fn place(ruleset: &Ruleset, place: &Place) -> String {
    let name = |p: &Prefecture| format!("{p} {} {}", ruleset.gazetteer.name_ja(*p), ruleset.gazetteer.name_en(*p));
    match place {
        Place::Known(prefecture) => name(prefecture),
        Place::Ambiguous(several) => {
            format!("one of several: {}", several.iter().map(name).collect::<Vec<_>>().join(", "))
        }
        Place::Unstated => "not stated".to_owned(),
    }
}
