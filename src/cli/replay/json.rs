//! The differences for programs: one object a line on standard output, in the
//! order of the messages; the totals beside it.

use super::view::title;
use super::{Differing, Outcome};
use crate::cli::explain::{ForwardLine, ReplyLine};
use crate::cli::output::{self, Output};
use crate::core::differ::Change;
use crate::core::evidence::Evidence;
use crate::core::plan::Plan;
use crate::core::rules::Near;
use crate::core::template::Lang;
use serde::Serialize;
use std::io;

#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    /// Word of [`Change`].
    change: &'static str,
    /// All respects in which the decisions differ.
    aspects: Vec<&'static str>,
    subject: &'a str,
    before: Decision<'a>,
    after: Decision<'a>,
    /// Evidence that only one of the decisions has.
    lost: Vec<EvidenceLine<'a>>,
    gained: Vec<EvidenceLine<'a>>,
    near_lost: Vec<NearLine<'a>>,
    near_gained: Vec<NearLine<'a>>,
}

/// As `explain --format json` says it.
#[derive(Serialize)]
struct Decision<'a> {
    action: &'static str,
    reason: &'static str,
    topics: &'a [String],
    prefecture: Option<String>,
    language: Option<&'static str>,
    reply: ReplyLine<'a>,
    forward: ForwardLine,
    revision: &'a str,
}

#[derive(Serialize)]
struct EvidenceLine<'a> {
    file: String,
    #[serde(rename = "as")]
    role: &'static str,
    zone: &'static str,
    text: &'a str,
    about: &'a str,
}

#[derive(Serialize)]
struct NearLine<'a> {
    file: String,
    why: &'static str,
    zone: &'static str,
    text: &'a str,
    topic: &'a str,
}

pub fn print(outcome: &Outcome, lang: Lang, out: &mut Output) -> io::Result<()> {
    for differing in &outcome.differing {
        out.line(&output::escape_json(&serde_json::to_string(&line(differing)).map_err(io::Error::other)?))?;
    }
    let totals = &outcome.totals;
    let summary = super::view::summary(totals.messages, totals.differing(), lang);
    let counts = Change::ALL.into_iter().filter(|c| totals.of(*c) > 0);
    let counts: Vec<String> = counts.map(|c| format!("{} {}", totals.of(c), title(c, lang))).collect();
    let between = if counts.is_empty() { "" } else { ": " };
    out.note(&format!("{summary}{between}{}", counts.join(", ")))
}

fn line(differing: &Differing) -> Line<'_> {
    let difference = &differing.difference;
    Line {
        file: &differing.label,
        change: difference.change.word(),
        aspects: difference.aspects.iter().map(|a| a.word()).collect(),
        subject: &differing.subject,
        before: decision(&differing.before),
        after: decision(&differing.after),
        lost: difference.lost.iter().map(evidence).collect(),
        gained: difference.gained.iter().map(evidence).collect(),
        near_lost: differing.near_lost.iter().map(near).collect(),
        near_gained: differing.near_gained.iter().map(near).collect(),
    }
}

fn decision(plan: &Plan) -> Decision<'_> {
    Decision {
        action: plan.action.word(),
        reason: plan.reason.word(),
        topics: &plan.topics,
        prefecture: plan.place.known().map(|p| p.to_string()),
        language: plan.language,
        reply: ReplyLine::of(&plan.reply),
        forward: ForwardLine::of(&plan.forward),
        revision: &plan.revision,
    }
}

fn evidence(evidence: &Evidence) -> EvidenceLine<'_> {
    EvidenceLine {
        file: evidence.source.to_string(),
        role: evidence.role.word(),
        zone: evidence.zone.word(),
        text: &evidence.text,
        about: &evidence.about,
    }
}

fn near(near: &Near) -> NearLine<'_> {
    NearLine {
        file: near.source.to_string(),
        why: near.why.word(),
        zone: near.zone.word(),
        text: &near.text,
        topic: &near.topic,
    }
}
