//! `madoguchi test --labels FILE.jsonl DIR`: how often the rules are right on
//! mail that a careful reader has labelled. Counts; judges nothing.

use super::output::{self, Output};
use crate::core::inquiry::{self, SIZE_MAX};
use crate::core::places::Place;
use crate::core::plan::{self, Action, History, Plan};
use crate::core::ruleset::Ruleset;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// One line of a labels file.
#[derive(Debug, Clone, Deserialize)]
pub struct Label {
    /// File name, looked for in `DIR/eml` and `DIR`.
    pub file: String,
    /// `answer`, `review` or `ignore`.
    pub action: String,
    pub topics: BTreeSet<String>,
    /// JIS X 0401 code; `None`: nothing honest says one.
    pub prefecture: Option<String>,
    /// ISO 639-1.
    pub language: Option<String>,
    #[serde(default)]
    pub note: String,
}

/// Why a labelled set cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    #[error("{file}: {cause}")]
    File { file: PathBuf, cause: io::Error },
    #[error("{file}:{line}: {cause}")]
    Line { file: PathBuf, line: usize, cause: String },
    #[error("{0}: no labels")]
    Empty(PathBuf),
}

/// Reads a labels file, one JSON object a line.
pub fn read(file: &Path) -> Result<Vec<Label>, LabelError> {
    let text = std::fs::read_to_string(file).map_err(|cause| LabelError::File { file: file.to_owned(), cause })?;
    let mut labels = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let label: Label = serde_json::from_str(line).map_err(|e| LabelError::Line {
            file: file.to_owned(),
            line: index + 1,
            cause: e.to_string(),
        })?;
        if !["answer", "review", "ignore"].contains(&label.action.as_str()) {
            let cause = format!("`{}` is no action: answer, review or ignore", label.action);
            return Err(LabelError::Line { file: file.to_owned(), line: index + 1, cause });
        }
        labels.push(label);
    }
    if labels.is_empty() { Err(LabelError::Empty(file.to_owned())) } else { Ok(labels) }
}

/// The raw message of a label.
pub fn message(folder: &Path, label: &Label) -> Result<Vec<u8>, LabelError> {
    let inner = folder.join("eml").join(&label.file);
    let file = if inner.is_file() { inner } else { folder.join(&label.file) };
    let mut raw = Vec::new();
    std::fs::File::open(&file)
        .and_then(|f| f.take(SIZE_MAX as u64 + 1).read_to_end(&mut raw))
        .map_err(|cause| LabelError::File { file, cause })?;
    Ok(raw)
}

/// Right and all, of one kind.
#[derive(Debug, Clone, Copy, Default)]
struct Share(usize, usize);

impl Share {
    fn count(&mut self, right: bool) {
        self.0 += usize::from(right);
        self.1 += 1;
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.1 == 0 { write!(f, "  n/a ") } else { write!(f, "{:6.3}", self.0 as f64 / self.1 as f64) }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct PerTopic {
    right: usize,
    wrong: usize,
    missed: usize,
}

/// Decides every labelled message and prints the figures; `Ok(true)` when all
/// verdicts agree with the labels.
pub fn score(ruleset: &Ruleset, file: &Path, folder: &Path, out: &mut Output) -> io::Result<Result<bool, LabelError>> {
    let labels = match read(file) {
        Ok(labels) => labels,
        Err(error) => return Ok(Err(error)),
    };
    let (mut action, mut precision, mut recall, mut exact) =
        (Share::default(), Share::default(), Share::default(), Share::default());
    let (mut place, mut language, mut language3, mut hard) =
        (Share::default(), Share::default(), Share::default(), Share::default());
    let (mut place_wrong, mut unplaced, mut out_of_nothing) = (0, 0, 0);
    let mut topics: BTreeMap<&str, PerTopic> =
        ruleset.rules.topics.iter().map(|t| (t.name.as_str(), PerTopic::default())).collect();
    let mut confusion: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for label in &labels {
        let raw = match message(folder, label) {
            Ok(raw) => raw,
            Err(error) => return Ok(Err(error)),
        };
        let inquiry = inquiry::read(&raw);
        let plan = plan::decide(ruleset, &inquiry, &History::default());
        let got = verdict(&plan);
        let mut problems = Vec::new();
        let action_right = plan.action.word() == label.action;
        action.count(action_right);
        *confusion.entry((label.action.as_str(), plan.action.word())).or_default() += 1;
        if !action_right {
            problems.push(format!("action {}, should be {}", plan.action.word(), label.action));
        }
        let should = label.action == "answer";
        let topics_right = got.topics == label.topics;
        if plan.action == Action::Answer {
            precision.count(should && topics_right);
        }
        if should {
            recall.count(plan.action == Action::Answer && topics_right);
            exact.count(topics_right);
            if plan.action == Action::Answer && !topics_right {
                problems.push(format!("topics {}, should be {}", joined(&got.topics), joined(&label.topics)));
            }
        }
        for (name, per) in &mut topics {
            match (label.topics.contains(*name), got.topics.contains(*name)) {
                (true, true) => per.right += 1,
                (false, true) => per.wrong += 1,
                (true, false) => per.missed += 1,
                (false, false) => {}
            }
        }
        if label.action != "ignore" {
            let prefecture = got.prefecture.as_deref();
            match label.prefecture.as_deref() {
                Some(right) => {
                    place.count(prefecture == Some(right));
                    if prefecture != Some(right) {
                        place_wrong += usize::from(prefecture.is_some());
                        problems.push(format!("prefecture {}, should be {right}", prefecture.unwrap_or("none")));
                    }
                }
                None => {
                    unplaced += 1;
                    if let Some(prefecture) = prefecture {
                        out_of_nothing += 1;
                        problems.push(format!("prefecture {prefecture}, should be none"));
                    }
                }
            }
            if let Some(right) = label.language.as_deref() {
                let group = |l: &str| if l == "ja" || l == "en" { l.to_owned() } else { "other".to_owned() };
                let got = plan.language.unwrap_or("none");
                language.count(got == right);
                language3.count(group(got) == group(right));
                if got != right {
                    problems.push(format!("language {got}, should be {right}"));
                }
            }
        }
        if label.note.starts_with("hard") {
            hard.count(action_right && (plan.action != Action::Answer || topics_right));
        }
        if !problems.is_empty() {
            wrong.push(format!(
                "  {}: {}\n      label note: {}\n      reason given: {}",
                output::one_line(&label.file),
                problems.join("; "),
                output::one_line(&label.note),
                plan.reason
            ));
        }
    }
    out.line(&format!("== {}: {} messages", output::one_line(&file.display().to_string()), labels.len()))?;
    out.line(&format!("action accuracy              {action}"))?;
    out.line(&format!(
        "answer precision             {precision}   (answered with exactly the right topics / answered {})",
        precision.1
    ))?;
    out.line(&format!(
        "answer recall                {recall}   (answered with exactly the right topics / to be answered {})",
        recall.1
    ))?;
    out.line(&format!("topic exact match            {exact}   (of the {} to be answered)", exact.1))?;
    out.line("topic               precision recall     f1  support   (topics count only where the action is answer)")?;
    for (name, per) in &topics {
        let (p, r) = (Share(per.right, per.right + per.wrong), Share(per.right, per.right + per.missed));
        let f1 = Share(2 * per.right, 2 * per.right + per.wrong + per.missed);
        out.line(&format!("  {name:<17}   {p} {r} {f1}  {:>5}", r.1))?;
    }
    out.line(&format!(
        "prefecture accuracy          {place}   (of {} with one; {place_wrong} named a wrong one)",
        place.1
    ))?;
    out.line(&format!("prefecture false positives   {out_of_nothing:>4}     (of {unplaced} without one)"))?;
    out.line(&format!(
        "language accuracy            {language}   (ja/en/other only: {})",
        language3.to_string().trim()
    ))?;
    out.line(&format!("hard ones right              {hard}   (action and topics, of {})", hard.1))?;
    let actions = ["answer", "review", "ignore"];
    out.line(&format!("confusion      got: {}", actions.map(|a| format!("{a:>8}")).concat()))?;
    for should in actions {
        let row = actions.map(|got| format!("{:>8}", confusion.get(&(should, got)).copied().unwrap_or(0))).concat();
        out.line(&format!("  should be {should:<8}{row}"))?;
    }
    if !wrong.is_empty() {
        out.line(&format!("wrong files ({}):", wrong.len()))?;
        for line in &wrong {
            out.line(line)?;
        }
    }
    Ok(Ok(wrong.is_empty()))
}

struct Verdict {
    topics: BTreeSet<String>,
    prefecture: Option<String>,
}

fn verdict(plan: &Plan) -> Verdict {
    let answered = plan.action == Action::Answer;
    Verdict {
        topics: if answered { plan.topics.iter().cloned().collect() } else { BTreeSet::new() },
        prefecture: match &plan.place {
            Place::Known(prefecture) => Some(prefecture.to_string()),
            _ => None,
        },
    }
}

fn joined(topics: &BTreeSet<String>) -> String {
    if topics.is_empty() { "-".to_owned() } else { topics.iter().cloned().collect::<Vec<_>>().join("+") }
}
