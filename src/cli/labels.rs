//! `madoguchi test --labels FILE.jsonl DIR`: how often the rules are right on
//! mail that a careful reader has labelled. Counts; judges nothing.

use super::output::{self, Output};
use crate::core::inquiry::{self, SIZE_MAX};
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

/// A labels file and the folder of its messages.
#[derive(Debug, Clone, Copy)]
pub struct Set<'a> {
    pub file: &'a Path,
    pub folder: &'a Path,
}

/// Decides every labelled message and prints the figures of each set, and of
/// all together where there are several.
pub fn score(ruleset: &Ruleset, sets: &[Set<'_>], out: &mut Output) -> io::Result<Result<(), LabelError>> {
    let mut all = Figures::new(ruleset);
    for set in sets {
        let labels = match read(set.file) {
            Ok(labels) => labels,
            Err(error) => return Ok(Err(error)),
        };
        let mut figures = Figures::new(ruleset);
        for label in &labels {
            let raw = match message(set.folder, label) {
                Ok(raw) => raw,
                Err(error) => return Ok(Err(error)),
            };
            let plan = plan::decide(ruleset, &inquiry::read(&raw), &History::default());
            figures.count(label, &plan);
            all.count(label, &plan);
        }
        figures.print(&output::one_line(&set.file.display().to_string()), out)?;
        if !figures.wrong.is_empty() {
            out.line(&format!("wrong messages ({}):", figures.wrong.len()))?;
            for line in &figures.wrong {
                out.line(line)?;
            }
        }
    }
    if sets.len() > 1 {
        all.print(&format!("all {} sets", sets.len()), out)?;
    }
    Ok(Ok(()))
}

/// What is counted over a set.
struct Figures {
    messages: usize,
    action: Share,
    precision: Share,
    recall: Share,
    exact: Share,
    topics: BTreeMap<String, PerTopic>,
    place: Share,
    place_wrong: usize,
    unplaced: usize,
    out_of_nothing: usize,
    language: Share,
    /// Japanese, English, or any other.
    language3: Share,
    hard: Share,
    /// (should be, got), of actions and of topics.
    actions: BTreeMap<(String, String), usize>,
    kinds: BTreeMap<(String, String), usize>,
    wrong: Vec<String>,
}

/// Rows and columns of the table of topics beside the topics themselves.
const SEVERAL: &str = "several";
const NONE: &str = "none";

impl Figures {
    fn new(ruleset: &Ruleset) -> Figures {
        Figures {
            messages: 0,
            action: Share::default(),
            precision: Share::default(),
            recall: Share::default(),
            exact: Share::default(),
            topics: ruleset.rules.topics.iter().map(|t| (t.name.clone(), PerTopic::default())).collect(),
            place: Share::default(),
            place_wrong: 0,
            unplaced: 0,
            out_of_nothing: 0,
            language: Share::default(),
            language3: Share::default(),
            hard: Share::default(),
            actions: BTreeMap::new(),
            kinds: BTreeMap::new(),
            wrong: Vec::new(),
        }
    }

    fn count(&mut self, label: &Label, plan: &Plan) {
        let mut problems = Vec::new();
        self.messages += 1;
        let action_right = plan.action.word() == label.action;
        let topics_right = self.count_topics(label, plan, &mut problems);
        if label.action != "ignore" {
            self.count_place(label, plan, &mut problems);
            self.count_language(label, plan, &mut problems);
        }
        if label.note.starts_with("hard") {
            self.hard.count(action_right && (plan.action != Action::Answer || topics_right));
        }
        if !problems.is_empty() {
            let (file, note) = (output::one_line(&label.file), output::one_line(&label.note));
            self.wrong.push(format!("  {file}: {} ({})\n      {note}", problems.join("; "), plan.why()));
        }
    }

    fn count_topics(&mut self, label: &Label, plan: &Plan, problems: &mut Vec<String>) -> bool {
        let answered = plan.action == Action::Answer;
        let got: BTreeSet<String> = if answered { plan.topics.iter().cloned().collect() } else { BTreeSet::new() };
        let action_right = plan.action.word() == label.action;
        self.action.count(action_right);
        *self.actions.entry((label.action.clone(), plan.action.word().to_owned())).or_default() += 1;
        *self.kinds.entry((kind(&label.topics), kind(&got))).or_default() += 1;
        if !action_right {
            problems.push(format!("action {}, should be {}", plan.action.word(), label.action));
        }
        let should = label.action == "answer";
        let topics_right = got == label.topics;
        if answered {
            self.precision.count(should && topics_right);
        }
        if should {
            self.recall.count(answered && topics_right);
            self.exact.count(topics_right);
            if answered && !topics_right {
                problems.push(format!("topics {}, should be {}", joined(&got), joined(&label.topics)));
            }
        }
        for (name, per) in &mut self.topics {
            match (label.topics.contains(name), got.contains(name)) {
                (true, true) => per.right += 1,
                (false, true) => per.wrong += 1,
                (true, false) => per.missed += 1,
                (false, false) => {}
            }
        }
        topics_right
    }

    fn count_place(&mut self, label: &Label, plan: &Plan, problems: &mut Vec<String>) {
        let got = plan.place.known().map(|p| p.to_string());
        match label.prefecture.as_deref() {
            Some(right) => {
                self.place.count(got.as_deref() == Some(right));
                if got.as_deref() != Some(right) {
                    self.place_wrong += usize::from(got.is_some());
                    problems.push(format!("prefecture {}, should be {right}", got.as_deref().unwrap_or(NONE)));
                }
            }
            None => {
                self.unplaced += 1;
                if let Some(got) = got {
                    self.out_of_nothing += 1;
                    problems.push(format!("prefecture {got}, should be {NONE}"));
                }
            }
        }
    }

    fn count_language(&mut self, label: &Label, plan: &Plan, problems: &mut Vec<String>) {
        let Some(right) = label.language.as_deref() else { return };
        let group = |l: &str| if l == "ja" || l == "en" { l.to_owned() } else { "other".to_owned() };
        let got = plan.language.unwrap_or(NONE);
        self.language.count(got == right);
        self.language3.count(group(got) == group(right));
        if got != right {
            problems.push(format!("language {got}, should be {right}"));
        }
    }

    fn print(&self, called: &str, out: &mut Output) -> io::Result<()> {
        let Figures { action, precision, recall, exact, place, language, language3, hard, .. } = self;
        out.line(&format!("== {called}: {} messages", self.messages))?;
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
        out.line(
            "topic               precision recall     f1  support   (topics count only where the action is answer)",
        )?;
        for (name, per) in &self.topics {
            let (p, r) = (Share(per.right, per.right + per.wrong), Share(per.right, per.right + per.missed));
            let f1 = Share(2 * per.right, 2 * per.right + per.wrong + per.missed);
            out.line(&format!("  {name:<17}   {p} {r} {f1}  {:>5}", r.1))?;
        }
        out.line(&format!(
            "prefecture accuracy          {place}   (of {} with one; {} named a wrong one)",
            place.1, self.place_wrong
        ))?;
        out.line(&format!(
            "prefecture false positives   {:>4}     (of {} without one)",
            self.out_of_nothing, self.unplaced
        ))?;
        out.line(&format!(
            "language accuracy            {language}   (ja/en/other only: {})",
            language3.to_string().trim()
        ))?;
        out.line(&format!("hard ones right              {hard}   (action and topics, of {})", hard.1))?;
        let actions = ["answer", "review", "ignore"].map(str::to_owned);
        table(&self.actions, &actions, out)?;
        let mut kinds: Vec<String> = self.topics.keys().cloned().collect();
        kinds.extend([SEVERAL.to_owned(), NONE.to_owned()]);
        table(&self.kinds, &kinds, out)
    }
}

/// A confusion table: a row what should be, a column what was got.
fn table(counts: &BTreeMap<(String, String), usize>, kinds: &[String], out: &mut Output) -> io::Result<()> {
    let width = kinds.iter().map(String::len).max().unwrap_or(0);
    let row = |cells: Vec<String>| {
        cells.iter().zip(kinds).map(|(cell, kind)| format!("  {cell:>0$}", kind.len().max(6))).collect::<String>()
    };
    let head = width + "  should be ".len();
    out.line(&format!("{:<head$}{}", "confusion     got:", row(kinds.to_vec())))?;
    for should in kinds {
        let count = |got: &String| counts.get(&(should.clone(), got.clone())).copied().unwrap_or(0);
        let cells = kinds.iter().map(|got| count(got).to_string()).collect();
        out.line(&format!("  should be {should:<width$}{}", row(cells)))?;
    }
    Ok(())
}

/// The row of a set of topics.
fn kind(topics: &BTreeSet<String>) -> String {
    match topics.len() {
        0 => NONE.to_owned(),
        1 => topics.iter().next().cloned().unwrap_or_default(),
        _ => SEVERAL.to_owned(),
    }
}

fn joined(topics: &BTreeSet<String>) -> String {
    if topics.is_empty() { NONE.to_owned() } else { topics.iter().cloned().collect::<Vec<_>>().join("+") }
}
